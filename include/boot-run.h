/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last part of a boot, which `rapido cut` and `rapido boot` share: kernel and VM. */
#ifndef RAPIDO_BOOT_RUN_H
#define RAPIDO_BOOT_RUN_H

#include "cmd.h"

struct boot_request {
	const char *image;  /* path */
	int image_fd;	    /* the image if it is open already, else -1; the caller's */
	const char *kernel; /* -k, or NULL for the one the image was cut for */
	bool dry_run;	    /* print the QEMU command only */
};

/*
 * Boot an image: with the kernel asked for, else the one that is noted in the image (with
 * a warning if that is newer than the image), else, for other tools' images, the one that
 * a cut would take. The exit status, see vm_run().
 */
int boot_image(const struct session *session, const struct boot_request *request);

#endif

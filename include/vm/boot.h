/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an image and the name of a kernel to what a VM is started with. */
#ifndef RAPIDO_BOOT_H
#define RAPIDO_BOOT_H

#include "conf/session.h"
#include "kernel/kernel.h"
#include "vm/vm.h"

struct boot_request {
	const char *image;   /* path */
	int image_fd;	     /* the image if it is open already, else -1; the caller's */
	const char *kernel;  /* -k, or NULL for the one the image was cut for */
	const char *network; /* --network, or NULL */
	const char *notice;  /* of the cut, see kernel_notice(), or NULL */
	bool dry_run;	     /* print the QEMU command only */
};

/* An image and its kernel; the options point into it. */
struct boot {
	int image_fd;
	struct image_info info;
	struct kernel kernel;
	char *notice; /* of that kernel, or NULL */
	struct vm_options options;
};

/*
 * Find what the request names: the image, and the kernel asked for, else the one that is
 * noted in the image (with a warning if that is newer than the image), else, for other
 * tools' images, the one that a cut would take. 0, or -errno after a message;
 * boot_release() in any case.
 */
int boot_prepare(struct boot *boot, const struct session *session,
		 const struct boot_request *request);
void boot_release(struct boot *boot);

/* Boot it with the console on our terminal. The exit status, see vm_run(). */
int boot_image(const struct session *session, const struct boot_request *request);

#endif

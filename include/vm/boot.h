/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The image and the kernel that a VM is started with: found, and booted. */
#ifndef RAPIDO_BOOT_H
#define RAPIDO_BOOT_H

#include "conf/session.h"
#include "kernel/kernel.h"
#include "vm/vm.h"

struct boot_request {
	const char *image;  /* path */
	int image_fd;	    /* the image if the caller has opened it, else -1; stays the
			       caller's */
	const char *kernel; /* -k, or NULL for the kernel that the image was cut for */
	const struct vm_args *args; /* what else the command line asks; must outlive the
				       boot */
	const char *notice;	    /* what kernel_notice() said at the cut, or NULL */
	bool command, quiet;	    /* see struct vm_options */
};

/* An image and its kernel. The options point into this struct, which must not move. */
struct boot {
	int image_fd;
	struct image_info info;
	struct kernel kernel;
	char *notice; /* about that kernel, or NULL */
	struct vm_options options;
};

/*
 * Open the requested image and find its kernel: the requested one, else the one that the
 * image names (with a warning if that is newer than the image), else, for an image of
 * another tool, the one that a cut would choose. 0, or -errno after a message. The caller
 * calls boot_release() in either case.
 */
int boot_prepare(struct boot *boot, const struct session *session,
		 const struct boot_request *request);
void boot_release(struct boot *boot);

/* Boot the requested image with the console on our terminal. Returns the exit status, see
 * vm_run(). */
int boot_image(const struct session *session, const struct boot_request *request);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running a VM in the foreground: slot, QEMU, terminal, and how it ended. */
#ifndef RAPIDO_VM_H
#define RAPIDO_VM_H

#include "conf.h"
#include "image.h"

struct vm_options {
	const struct conf *conf;
	const char *image;	       /* path, for messages and --dry-run */
	int image_fd;		       /* the image, open for reading */
	const struct image_info *info; /* what image_read_info() found in it */
	const char *kernel;	       /* path of the kernel image */
	const char *term;	       /* TERM for the guest's shell, or NULL */
	bool dry_run;		       /* print the command instead of running it */
};

/*
 * Boot the image and wait until the VM has ended. With a terminal on standard input the
 * user has the VM's console; without, the VM ends by itself after its autorun scripts.
 *
 * The exit status for rapido: 0 when the VM ended in good order; 1, after a message, when
 * it could not be started, was reset where nobody can look on (the kernel panicked), or
 * QEMU failed; 128 plus the signal that ended rapido or QEMU. The terminal is as it was,
 * the VM's number free, and QEMU gone.
 */
int vm_run(const struct vm_options *options);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The insides of a VM, for vm.c, which starts it, and vm-init.c, which makes it. */
#ifndef RAPIDO_VM_PRIVATE_H
#define RAPIDO_VM_PRIVATE_H

#include "lib/process.h"
#include "vm/slot.h"
#include "vm-net.h"
#include "vm-share.h"
#include "vm/vm.h"

/* PCI has 32 slots, some of which other devices have. */
#define VM_DISKS_MAX 20
/* Sockets and pipes that its process inherits. */
#define VM_ENDS_MAX 5

struct vm {
	const struct vm_options *options;
	const struct vm_args *args; /* of the command line, never NULL */
	const struct vm_backend *backend;
	void *state; /* the back end's */
	struct vm_traits traits;
	struct vm_spec spec;
	struct strvec paths; /* that the spec points to */
	struct vm_disk disks[VM_DISKS_MAX];
	int disk_fds[VM_DISKS_MAX]; /* or -1 */
	struct vm_kernel kernel;    /* the one that is booted */
	unsigned int page_size;	    /* its */
	int initrd_fd; /* the image with what is added to it, or -1: the image */
	struct vm_net net;
	struct vm_shares shares;
	struct slot slot;
	struct control *control; /* or NULL */
	int dump_client;	 /* who waits for the dump that is running; -1: nobody */
	struct process process;	 /* pid 0: not running */
	int output_fd; /* what its process has written, if that is kept, or -1 */
	struct strbuf output;
	int ends[VM_ENDS_MAX];
	size_t nr_ends;
};

/*
 * Take a number, open the kernel, make the disks and the network, and fill the spec by
 * the options, the configuration and the back end. 0, or -errno after a message;
 * vm_free() afterwards in any case.
 */
int vm_init(struct vm *vm, const struct vm_options *options);

/* The descriptor of its initramfs. */
static inline int vm_initrd(const struct vm *vm)
{
	return vm->initrd_fd >= 0 ? vm->initrd_fd : vm->options->image_fd;
}

#endif

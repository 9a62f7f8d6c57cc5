/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command line asks of one VM. It wins over rapido.conf, which wins over the
 * manifest. Strings are the command line's unless they are on the heap.
 */
#ifndef RAPIDO_VM_ARGS_H
#define RAPIDO_VM_ARGS_H

#include <stdint.h>

#include "lib/str.h"

struct vm_args {
	const char *kernel;   /* -k, or NULL */
	const char *network;  /* --network, or NULL */
	const char *gdb;      /* --gdb: "attach" or "wait"; or NULL */
	unsigned long cpus;   /* 0: not asked */
	uint64_t memory;      /* bytes; 0: not asked */
	struct strvec append; /* words for the kernel's command line */
	/* words for the command line of the VM's process, by the back end they are for */
	struct strvec machine_args, um_args;
};

void vm_args_release(struct vm_args *args);

#endif

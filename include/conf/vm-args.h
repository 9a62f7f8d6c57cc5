/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command line asks of one VM. It wins over rapido.conf, which wins over the
 * manifest. Strings are the command line's unless they are on the heap.
 */
#ifndef RAPIDO_VM_ARGS_H
#define RAPIDO_VM_ARGS_H

#include "conf/manifest.h"
#include "conf/share.h"

enum vm_disk_format {
	VM_DISK_GUESSED, /* by the file's name and its beginning */
	VM_DISK_RAW,
	VM_DISK_QCOW2,
};

/* A disk of --disk. */
struct vm_disk_arg {
	char *file;    /* path, on the heap; NULL: an empty disk that goes with the VM */
	uint64_t size; /* bytes, without a file */
	char *name;    /* on the heap */
	bool read_only;
	bool snapshot; /* what the VM writes goes with it, and the file stays as it is */
	enum vm_disk_format format;
};

struct vm_args {
	const char *kernel;   /* -k, or NULL */
	const char *network;  /* --network, or NULL */
	bool dry_run;	      /* only print the command that starts the VM */
	const char *gdb;      /* --gdb: "attach" or "wait"; or NULL */
	unsigned long cpus;   /* 0: not asked */
	uint64_t memory;      /* bytes; 0: not asked */
	struct strvec append; /* words for the kernel's command line */
	struct share_args shares;
	struct vm_disk_arg *disks;
	size_t nr_disks, alloc_disks;
	/* words for the command line of the VM's process, by the back end they are for */
	struct strvec machine_args, um_args;
};

void vm_args_release(struct vm_args *args);

/*
 * Add the disk "FILE[,ro][,snapshot][,format=raw|qcow2][,name=NAME]" or
 * "SIZE[,name=NAME]"; a FILE that looks like a size has a slash. Its default name is
 * "diskN", N from 1. 0, or -EINVAL and a complaint in *@why, on the heap.
 */
int vm_args_add_disk(struct vm_args *args, const char *text, char **why);

#endif

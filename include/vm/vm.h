/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM that is being made, runs and ends: its number, kernel, disks and QEMU. What is
 * done with it meanwhile is vm-console.c's and run-vm.c's.
 */
#ifndef RAPIDO_VM_H
#define RAPIDO_VM_H

#include <signal.h>

#include "conf/conf.h"
#include "image/image.h"
#include "lib/process.h"
#include "vm/control.h"
#include "vm/qemu.h"
#include "vm/qemu-qmp.h"
#include "vm/slot.h"
#include "vm/vm-net.h"

/* PCI has 32 slots, some of which other devices have. */
#define VM_DISKS_MAX 20
/* Descriptors that QEMU inherits beside those of the disks. */
#define VM_KEEP_MAX 8
/* What a user may have without privilege (pipe(7), pipe-max-size). */
#define VM_PIPE_SIZE (1 << 20)

struct vm_options {
	const struct conf *conf;
	const char *image;	       /* path, for messages and --dry-run */
	int image_fd;		       /* the image, open for reading */
	const struct image_info *info; /* what image_read_info() found in it */
	const char *kernel;	       /* path of the kernel image */
	const char *release;	       /* its release, or NULL: not known */
	const char *notice;	       /* see kernel_notice(), or NULL */
	const char *term;	       /* TERM for the guest's shell, or NULL */
	const char *network;	       /* kind that the user asked for, or NULL */
	const struct vm_peer *peers;   /* VMs that run beside it */
	size_t nr_peers;
	bool dry_run; /* print the command instead of running it */
};

struct vm {
	const struct vm_options *options;
	struct vm_spec spec;
	struct strvec extra_args;
	struct strvec paths; /* that the spec points to */
	const char *disk_files[VM_DISKS_MAX];
	int disk_fds[VM_DISKS_MAX];
	const char *kernel;	/* path of the one that is booted */
	unsigned int page_size; /* its */
	int kernel_fd;
	int initrd_fd; /* the image with what is added to it, or -1: the image */
	struct vm_net net;
	struct slot slot;
	struct control *control; /* what `rapido stop` and its kin talk to, or NULL */
	struct qmp qmp;
	struct process qemu; /* pid 0: not running */
	int sockets[VM_KEEP_MAX];
	size_t nr_sockets;
};

/*
 * Take a number, open the kernel, make the disks, and fill the spec with all that the
 * options and the configuration say; the caller adds what the VM is for. 0, or -errno
 * after a message. vm_release() afterwards in any case: it ends QEMU if it still runs.
 */
int vm_init(struct vm *vm, const struct vm_options *options);
void vm_release(struct vm *vm);

/* It has ended: its number is free for others, and nobody can ask for it any more. */
void vm_give_number_back(struct vm *vm);

/* The descriptor of what QEMU gets as its initramfs. */
static inline int vm_initrd(const struct vm *vm)
{
	return vm->initrd_fd >= 0 ? vm->initrd_fd : vm->options->image_fd;
}

/*
 * A socket to QEMU: @ours is the caller's, non-blocking; the other end is kept for
 * vm_start() to be inherited, and its number returned for the spec. -errno.
 */
int vm_socket(struct vm *vm, int *ours);

/*
 * A pipe from QEMU, as large as there are: the kernel waits some milliseconds for a
 * console that is full, and then goes on without what it had to say. Otherwise as
 * vm_socket().
 */
int vm_pipe(struct vm *vm, int *ours);

/* A socket for the monitor, which tells how the VM ended. 0, or -errno after a message.
 */
int vm_add_monitor(struct vm *vm);

/*
 * Start QEMU with @in, @out and @err as its standard streams (-1: ours). @log is the file
 * that its console goes to, or NULL. 0, or -errno after a message.
 */
int vm_start(struct vm *vm, int in, int out, int err, const char *log);

/* SIGTERM, @grace_ms of patience, SIGKILL; reaped in any case. */
void vm_stop(struct vm *vm, int grace_ms);

/* Print the QEMU command, quoted for a shell. 0, or -errno after a message. */
int vm_print_command(const struct vm *vm);

/*
 * Block SIGCHLD and the signals that end us, and @more if that is not 0, to get them
 * through a descriptor, which is returned, or -errno. One that ends us and that the
 * caller had ignored, as nohup(1) does, stays ignored.
 */
int vm_catch_signals(sigset_t *before, int more);

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

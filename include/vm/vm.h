/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM that is made, runs and ends, whatever back end it has. What is done with it
 * meanwhile is vm-console.c's and run-vm.c's.
 */
#ifndef RAPIDO_VM_H
#define RAPIDO_VM_H

#include <signal.h>

#include "conf/conf.h"
#include "image/image.h"
#include "vm/backend.h"
#include "vm/control.h"
#include "vm/slot.h"
#include "vm/vm-net.h"

struct vm;

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
	/* see struct vm_spec; vm_run() fills them in itself */
	unsigned short rows, cols;
	bool unattended, run, merge, stay;
};

/*
 * Make a VM, which takes a number. @options must outlive it. 0, or -errno after a
 * message; vm_free() in any case, which ends it if it still runs; NULL is harmless.
 */
int vm_new(struct vm **vm, const struct vm_options *options);
void vm_free(struct vm *vm);

/* It has ended: its number is free for others, and nobody can ask for it any more. */
void vm_give_number_back(struct vm *vm);

/* Its control socket, which `rapido stop` and its kin talk to; NULL: it has none. */
struct control *vm_control(const struct vm *vm);

/* Its number, from 1. */
unsigned int vm_number(const struct vm *vm);

/* What is known of it. */
const struct vm_traits *vm_traits(const struct vm *vm);

/*
 * Before vm_start(): ways to the guest. @ours gets the caller's end, non-blocking; the
 * other end is closed when the VM has inherited it. 0 or -errno.
 *
 * The console is a pipe, as large as there are: the kernel waits some milliseconds for a
 * console that is full, and then goes on without what it had to say. The channel, a
 * socket, needs a back end that has one, and a console that is known, this one or the
 * process's own; else @ours is -1. The port is a socket.
 */
int vm_add_console(struct vm *vm, int *ours);
int vm_add_channel(struct vm *vm, int *ours);
int vm_add_port(struct vm *vm, int *ours);

/* A monitor, where the back end has one, by which vm_ending() knows more. 0, or -errno
 * after a message. */
int vm_add_monitor(struct vm *vm);

/*
 * Start it with @in, @out and @err as its process's standard streams (-1: ours). @log is
 * the file that its console goes to, or NULL. 0, or -errno after a message.
 */
int vm_start(struct vm *vm, int in, int out, int err, const char *log);

/* For poll(2), POLLIN: call vm_read_monitor() then. -1: there is nothing, or no more. */
int vm_monitor_fd(const struct vm *vm);
void vm_read_monitor(struct vm *vm);

/* Whether it was started and has not been waited for since. */
bool vm_is_running(const struct vm *vm);

/* Wait for its end as process_wait() does: the status, -ETIMEDOUT or another -errno. */
int vm_wait(struct vm *vm, int timeout_ms);

/* How it ended, by the @status that vm_wait() returned. */
struct vm_ending vm_ending(struct vm *vm, int status);

/* SIGTERM, @grace_ms of patience, SIGKILL; reaped in any case. */
void vm_stop(struct vm *vm, int grace_ms);

/* See vm_net_lost(). */
const char *vm_lost(const struct vm *vm);

/*
 * Block SIGCHLD and the signals that end us, and @more if that is not 0, to get them
 * through a descriptor, which is returned, or -errno. One that ends us and that the
 * caller had ignored, as nohup(1) does, stays ignored.
 */
int vm_catch_signals(sigset_t *before, int more);

/* Print its process's command, quoted for a shell. 0, or -errno after a message. */
int vm_print_command(const struct vm *vm);

/*
 * Boot the image and wait until the VM has ended. With a terminal on standard input the
 * user has the VM's console; without, the VM ends by itself after its autorun scripts.
 *
 * The exit status for rapido: 0 when the VM ended in good order; 1, after a message, when
 * it could not be started, was reset in an unattended boot (the kernel panicked), or
 * failed; 128 plus the signal that ended rapido or the VM. The terminal is as it was, the
 * VM's number free, and its process gone.
 */
int vm_run(const struct vm_options *options);

#endif

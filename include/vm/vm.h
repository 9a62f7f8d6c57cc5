/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM that is made, runs and ends, with any back end. vm-console.c and run-vm.c drive it
 * while it runs.
 */
#ifndef RAPIDO_VM_H
#define RAPIDO_VM_H

#include "conf/conf.h"
#include "conf/vm-args.h"
#include "image/image.h"
#include "vm/backend.h"
#include "vm/control.h"

struct vm;

/* Another VM of the run, and the name by which this one reaches it. */
struct vm_peer {
	const char *name; /* a host name without dots */
	unsigned int slot;
};

/* The exit status for a command on the console if its own is not known. */
#define VM_NO_COMMAND 125

enum vm_debug {
	VM_DEBUG_NO,
	VM_DEBUG_ATTACH, /* a debugger can attach to the kernel at any time */
	VM_DEBUG_WAIT,	 /* and the kernel is not started before it says so */
};

struct vm_options {
	const struct conf *conf;
	const char *image;	       /* path, for messages and --dry-run */
	int image_fd;		       /* the image, open for reading */
	const struct image_info *info; /* what image_read_info() found in it */
	const char *kernel;	       /* path of the kernel image */
	const char *release;	       /* its release, or NULL: not known */
	const char *notice;	       /* see kernel_notice(), or NULL */
	const char *term;	       /* TERM for the guest's shell, or NULL */
	const struct vm_args *args;    /* what the command line asks, or NULL; its
					  kernel is chosen already */
	const struct vm_peer *peers;   /* VMs that run beside it */
	size_t nr_peers;
	bool together; /* there are, or will be, such VMs */
	enum vm_debug debug;
	int vmcore;   /* see struct vm_spec; borrowed; 0 or less: none */
	bool dry_run; /* print the command instead of running it */
	/* the console has a command, and vm_run() returns its status */
	bool command;
	bool prompt; /* there is a user, who gets programs beside the image's; vm_run()
			sets it itself */
	/* of vm_run(): the kernel's log goes to the slot's log, not to the terminal */
	bool quiet;
	/* see struct vm_spec; vm_run() sets them itself */
	unsigned short rows, cols;
	bool unattended, run, merge, stay;
};

/*
 * Make a VM and take a number for it. @options must outlive it. 0, or -errno after a
 * message. Call vm_free() in any case: it ends the VM if it still runs, and ignores NULL.
 */
int vm_new(struct vm **vm, const struct vm_options *options);
void vm_free(struct vm *vm);

/* Free the number of a VM that has ended, and close its control socket. */
void vm_give_number_back(struct vm *vm);

/* Its control socket, which `rapido stop` and its kin talk to; NULL: it has none. */
struct control *vm_control(const struct vm *vm);

/* The path of the log that its console may have, see slot.h. Heap. */
char *vm_log_path(const struct vm *vm);

/* Its number, from 1. */
unsigned int vm_number(const struct vm *vm);

/* The bytes of memory that it has, or will have. */
uint64_t vm_memory(const struct vm *vm);

/* Its properties. */
const struct vm_traits *vm_traits(const struct vm *vm);

/*
 * Make a way to the guest, before vm_start(). @ours gets the caller's end, non-blocking;
 * the other end is closed after the VM has inherited it. 0 or -errno.
 *
 * The console is a pipe, and large: if it is full, the kernel waits some milliseconds and
 * then drops what it had to say. The channel is a socket. It requires a back end that has
 * one, and that the console is this pipe or the process's standard output; otherwise
 * @ours is -1. The port is a socket, too; without a back end that has one, @ours is -1.
 */
int vm_add_console(struct vm *vm, int *ours);
int vm_add_channel(struct vm *vm, int *ours);
int vm_add_port(struct vm *vm, int *ours);

/* Connect the monitor, if the back end has one: vm_ending() knows more then. 0, or -errno
 * after a message. */
int vm_add_monitor(struct vm *vm);

/*
 * Start it with @in, @out and @err as its process's standard streams (-1: ours). @log is
 * the file that its console goes to, or NULL. 0, or -errno after a message.
 */
int vm_start(struct vm *vm, int in, int out, int err, const char *log);

/* To be polled for POLLIN, before vm_read_monitor(). -1 if there is no monitor; then
 * vm_read_monitor() does nothing. */
int vm_monitor_fd(const struct vm *vm);
void vm_read_monitor(struct vm *vm);

/* See watch() of struct vm_backend. */
void vm_watch(struct vm *vm, const char *line);

/*
 * Write its memory to a file, see dump() of struct vm_backend: -EOPNOTSUPP if the back
 * end cannot, -ENOTCONN without a monitor. And what became of the last dump.
 */
int vm_dump(struct vm *vm, int fd, enum vm_dump_format format);
enum vm_dump vm_dump_state(const struct vm *vm, const char **error);

/*
 * Serve the requests for dumps that control_read() has read. They are answered when the
 * dump is done, as vm_read_monitor() finds out, and it counts as none then.
 */
void vm_serve_dumps(struct vm *vm);

/* Whether it was started and has not been waited for since. */
bool vm_is_running(const struct vm *vm);

/* Wait for its end as process_wait() does: the status, -ETIMEDOUT or another -errno. */
int vm_wait(struct vm *vm, int timeout_ms);

/*
 * What its process has written to its standard error, if the back end keeps that
 * (keeps_output), up to 1 MiB, as whole lines; else "". When it has ended. The VM's until
 * vm_free().
 */
const char *vm_output(struct vm *vm);

/* How it ended, by the @status that vm_wait() returned. */
struct vm_ending vm_ending(struct vm *vm, int status);

/*
 * Send SIGTERM, and SIGKILL after @grace_ms; SIGKILL at once if it has children (see
 * struct vm_traits). Reaps it in any case.
 */
void vm_stop(struct vm *vm, int grace_ms);

/*
 * What the VM has lost because a process beside it has ended, which serves its network or
 * a share: a sentence, static text. NULL: nothing.
 */
const char *vm_lost(const struct vm *vm);

/* Print its process's command, quoted for a shell. 0, or -errno after a message. */
int vm_print_command(const struct vm *vm);

/*
 * Whether VM @slot would get the network that the image of @info requires, by @conf and
 * by what this host has. Opens and starts nothing. 0, also without a network, or -errno
 * after a message.
 */
int vm_check_network(const struct conf *conf, const struct image_info *info,
		     unsigned int slot);

/*
 * Boot the image and wait until the VM has ended. With a terminal on standard input the
 * user has the VM's console; without, the VM ends by itself after its autorun scripts.
 *
 * The exit status for rapido: that of options->command, or VM_NO_COMMAND after a message.
 * Otherwise 0 when the VM ended in good order; 1, after a message, when
 * it could not be started, was reset in an unattended boot (the kernel panicked), or
 * failed; 128 plus the signal that ended rapido or the VM. The terminal is as it was, the
 * VM's number free, and its process gone.
 */
int vm_run(const struct vm_options *options);

#endif

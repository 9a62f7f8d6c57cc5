/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A back end runs VMs. It is a const struct of functions, defined in a file of its own
 * and listed in backend.c. Only vm.c and vm-init.c call these functions; callers of vm.h
 * do not know which back end a VM has.
 *
 * A VM is one process, our child: the back end makes its argument vector, and vm.c
 * starts, signals and reaps it. The order of the calls is takes(), prepare(), monitor()
 * if one is wanted, argv(), started(), monitor_fd() and read_monitor() while it runs,
 * how_it_ended(), release(). After an error, and after argv() in a dry run, release()
 * follows at once.
 */
#ifndef RAPIDO_BACKEND_H
#define RAPIDO_BACKEND_H

#include "conf/conf.h"
#include "kernel/kernel-image.h"
#include "lib/report.h"
#include "lib/view.h"
#include "vm/spec.h"

/* How a VM ended if rapido did not stop it. */
enum vm_end {
	VM_END_OFF,	  /* the guest powered off */
	VM_END_RESET,	  /* the guest reset it in an unattended boot: a kernel panic */
	VM_END_FAILED,	  /* its process ended with a status that is not 0 */
	VM_END_KILLED,	  /* its process was ended by a signal */
	VM_END_NEVER_RAN, /* its process ended with 0, but had not run a VM */
};

struct vm_ending {
	enum vm_end end;
	/*
	 * If the user's settings are to blame: what happened and what to do, to follow
	 * "the VM ". Static text. Otherwise NULL.
	 */
	const char *fault;
	/*
	 * What this host has done to the VM, which may be why anything went wrong in it:
	 * likewise. A guest that is not content is not judged then.
	 */
	const char *interference;
};

/* What else is known of a VM's end, for how_it_ended(). */
struct vm_traces {
	int status; /* the process's exit status, or 128 + the signal that ended it */
	/* if traits.keeps_output, what the process has written, else ""; terminated */
	const char *output;
};

/* How a VM's memory is written to a file. */
enum vm_dump_format {
	VM_DUMP_PHYSICAL,   /* an ELF core of physical addresses, for crash(8) and drgn */
	VM_DUMP_VIRTUAL,    /* an ELF core of the kernel's addresses, for gdb(1) */
	VM_DUMP_COMPRESSED, /* kdump's format, compressed with zlib, for crash and drgn */
};

enum vm_dump {
	VM_DUMP_NONE, /* none was begun */
	VM_DUMP_RUNNING,
	VM_DUMP_DONE,
	VM_DUMP_FAILED,
};

/*
 * The kernel to boot. The back end may replace it by another file of the same build, or
 * the descriptor alone by that of what is packed in it.
 */
struct vm_kernel {
	char *path;   /* heap */
	int fd;	      /* open for reading */
	bool dry_run; /* nothing is booted: only the path is looked at */
};

/* Properties of a VM that are known before it is started. */
struct vm_traits {
	const char *accel; /* how its code runs: a static word for records, or NULL */
	bool emulated;	   /* the VM is slow */
	/* a sentence for the user, the back end's own until release(); NULL if the VM is
	   not emulated, or the user asked for it */
	const char *why_emulated;
	/*
	 * Without spec.console, the standard streams of the process are the guest's
	 * console. spec.console may say so (VM_FD_STDIO), which a channel requires.
	 */
	bool has_console;
	/*
	 * What the process writes to its standard error, and to its standard output
	 * unless that is the console, is kept for how_it_ended(). Otherwise it is the
	 * user's.
	 */
	bool keeps_output;
	bool has_port; /* spec.port may be set */
	/*
	 * spec.debug and debug_wait may be set. If not, the process is what a debugger
	 * attaches to, which needs no preparation.
	 */
	bool has_debugger;
	bool can_dump; /* dump() works, with a monitor */
	/*
	 * Its process has children of its own, which must not outlive it. They do not if
	 * it is killed, and that is what happens when we die or stop it: SIGTERM may make
	 * it hang, or report a fault.
	 */
	bool has_children;
	const char *title;	 /* see struct process; static text or NULL */
	const struct view *view; /* what it sees of this host, the back end's; or NULL */
	const char *env;	 /* NAME=VALUE for it, the back end's own; or NULL */
	bool firmware_draws; /* before the kernel, escape sequences come to the console */
};

struct vm_backend {
	const char *name;    /* of the program, for messages */
	const char *setting; /* of rapido.conf(5), which names another program */
	const char *option;  /* of the command line, which adds to its arguments */
	/* it can keep what is written to a disk apart; otherwise it gets a copy */
	bool snapshots;
	/* its cards are sockets for packets, see struct vm_nic; it has no user-mode
	   network of its own */
	bool packets;
	/* the type of file system by which its guest mounts all shares, without a device;
	   NULL: by devices */
	const char *share_type;

	/*
	 * Whether it can run @image, whose objection is NULL. An image with only an
	 * architecture stands for the usual kernels of that.
	 */
	bool (*takes)(const struct kernel_image *image);

	/*
	 * Decide, by the settings @conf and by what this host offers, how the guest's
	 * code is run, whether in a sandbox, and which image of the kernel's build boots
	 * fastest. Of @spec, the ways to the guest and the paths of kernel and initrd are
	 * filled in later; what the VM cannot have it refuses, but fewer processors will
	 * do, which it says there; and it sets words. @state
	 * gets the back end's own data, to be released also after an error. 0, or -errno
	 * after a message.
	 */
	int (*prepare)(const struct conf *conf, struct vm_kernel *kernel,
		       struct vm_spec *spec, struct vm_traits *traits, void **state);

	/* Free @state, which may be NULL. The process has ended. */
	void (*release)(void *state);

	/* Append the argument vector, argv[0] included. */
	void (*argv)(const void *state, const struct vm_spec *spec, struct strvec *argv);

	/*
	 * Make the connection by which the VM tells how it ends. Returns spec.monitor, a
	 * descriptor that stays @state's, or -errno. A back end whose exit status tells
	 * all leaves this, monitor_fd() and read_monitor() NULL.
	 */
	int (*monitor)(void *state);

	/*
	 * The VM's process has been started, or that has failed: close what only it
	 * needs, such as the VM's end of the monitor. Called for each VM that was to be
	 * started, with a monitor or without. NULL: there is nothing to do.
	 */
	void (*started)(void *state);

	/* Our end, to be polled for POLLIN; -1 if it is closed. Only after monitor(). */
	int (*monitor_fd)(const void *state);

	/* Read what has arrived; does not block. Only after monitor(). */
	void (*read_monitor)(void *state);

	/*
	 * While it runs: note what this host does to it, for how_it_ended(). @line is a
	 * line that the guest's kernel has logged, or NULL. NULL: the host has no other
	 * part in it than to run a process.
	 */
	void (*watch)(void *state, const char *line);

	/* Judge by the monitor, by what was noted, and by @traces. */
	struct vm_ending (*how_it_ended)(void *state, const struct vm_traces *traces);

	/*
	 * Begin to write the VM's memory to the regular file @fd, which stays the
	 * caller's and may be closed. Only after monitor() and started(). 0; -EBUSY if a
	 * dump is running; another -errno. NULL: it cannot.
	 */
	int (*dump)(void *state, int fd, enum vm_dump_format format);

	/* What became of the last dump. @error gets the reason of VM_DUMP_FAILED, the
	 * back end's own until the next dump. */
	enum vm_dump (*dump_state)(const void *state, const char **error);

	/* The last dump, which has ended, counts as none. */
	void (*forget_dump)(void *state);

	/*
	 * The program that this host lacks to run kernels of @arch, and its package, to
	 * follow "cannot find ". Heap. NULL if it is installed. NULL: there is none.
	 */
	char *(*missing)(const struct conf *conf, const struct arch *arch);

	/* For `rapido check`: report what is missing here for @arch, or makes it slow.
	 * NULL: nothing. */
	void (*check)(const struct conf *conf, const struct arch *arch,
		      struct report *report);

	/* Whether a process of this name (comm in proc(5)) may be such a VM that another
	   program than rapido has started. NULL: there is no such program. */
	bool (*is_process)(const char *name);
};

/* The first back end that takes @image, or NULL. */
const struct vm_backend *backend_for(const struct kernel_image *image);

/* Whether a process of this name may be a VM of any back end. */
bool backend_is_process(const char *name);

/* Call check() of the back end that runs usual kernels of @arch. */
void backend_check(const struct conf *conf, const struct arch *arch,
		   struct report *report);

/* The static word that struct vm_traits has for @name, or NULL: no back end says that. */
const char *backend_accel(const char *name);

/* Call missing() of the back end that runs usual kernels of @arch. */
char *backend_missing(const struct conf *conf, const struct arch *arch);

#endif

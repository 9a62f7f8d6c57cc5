/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What runs a VM: a back end is a const struct of functions, defined in a file of its own
 * and listed in backend.c. vm.h's functions are the ones that call them: whoever boots or
 * runs something knows no back end.
 *
 * A VM is a process, our child: the back end makes its argument vector, vm.c starts,
 * signals and reaps it. The order of the calls is takes, prepare, monitor (or not), argv,
 * started, monitor_fd and read_monitor while it runs, how_it_ended, release; after a
 * failure and for a dry run (prepare, argv) release comes at once.
 */
#ifndef RAPIDO_BACKEND_H
#define RAPIDO_BACKEND_H

#include "conf/conf.h"
#include "kernel/kernel-image.h"
#include "lib/report.h"
#include "vm/spec.h"

/* How a VM ended, when nobody stopped it. */
enum vm_end {
	VM_END_OFF,	  /* the guest powered off */
	VM_END_RESET,	  /* the guest reset it, where it may not: the kernel panicked */
	VM_END_FAILED,	  /* its process ended with a status that is not 0 */
	VM_END_KILLED,	  /* its process was ended by a signal */
	VM_END_NEVER_RAN, /* its process ended well, but there was no VM in it */
};

struct vm_ending {
	enum vm_end end;
	/*
	 * That the user's settings are to blame, to follow "the VM ": what happened and
	 * what to do. Static text, or NULL.
	 */
	const char *fault;
};

/* The kernel to be booted; the back end may put another file of the same build here. */
struct vm_kernel {
	char *path; /* heap */
	int fd;	    /* open for reading */
};

/* What is known of a VM before it is started. Static text. */
struct vm_traits {
	const char *accel; /* what runs its code, for records: "kvm", "tcg"; or NULL */
	bool emulated;	   /* which is slow */
	const char *why_emulated; /* if the user has not asked for it; else NULL */
	/*
	 * Whether the process's standard streams are the guest's console as long as the
	 * spec has no other, so that it may have STDIO, and a channel beside it.
	 */
	bool has_console;
	bool firmware_draws; /* escape sequences on that console, before the kernel runs
			      */
};

struct vm_backend {
	const char *name;    /* of the program, for messages */
	const char *setting; /* of rapido.conf(5), by which the user has another one */

	/* Whether it can run @image, whose objection is NULL. */
	bool (*takes)(const struct kernel_image *image);

	/*
	 * Decide all that the settings @conf and this host leave to be decided: how the
	 * guest's code is run, whether in a sandbox, which of the build's images is the
	 * fastest to boot. spec->arch is known; the rest but spec->words is filled in
	 * later. @state gets what the other functions need, for release(), also after an
	 * error. 0, or -errno after a message.
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
	 * all leaves this and the next three NULL.
	 */
	int (*monitor)(void *state);

	/* The process has been started, or that failed: close its end. */
	void (*started)(void *state);

	/* Our end for poll(2), POLLIN, or -1: there is none, or no longer. */
	int (*monitor_fd)(const void *state);

	/* Read what has arrived; does not block. */
	void (*read_monitor)(void *state);

	/* From what the monitor said, and @status: the process's, or 128 + signal. */
	struct vm_ending (*how_it_ended)(void *state, int status);

	/*
	 * What this host lacks to run kernels of @arch, to follow "cannot find ": the
	 * program and its package, heap; NULL: nothing.
	 */
	char *(*missing)(const struct conf *conf, const struct arch *arch);

	/* `rapido check`: all that is wrong or slow here, as @arch is this machine's. */
	void (*check)(const struct conf *conf, const struct arch *arch,
		      struct report *report);

	/* Whether proc(5)'s comm @name may be a VM's process, started by other tools. */
	bool (*is_process)(const char *name);
};

/* The first of all back ends that takes @image, or NULL. */
const struct vm_backend *backend_for(const struct kernel_image *image);

/* As is_process() of any back end. */
bool backend_is_process(const char *name);

/* As check() of each back end that is the usual one for this machine's kernels. */
void backend_check(const struct conf *conf, const struct arch *arch,
		   struct report *report);

/* As missing(), of the back end for usual kernels of @arch. */
char *backend_missing(const struct conf *conf, const struct arch *arch);

#endif

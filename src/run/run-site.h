/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the VM of a run is: on this host, or with a worker. run-vm.c drives both by these
 * functions, each of which is about @run's VM.
 */
#ifndef RAPIDO_RUN_SITE_H
#define RAPIDO_RUN_SITE_H

#include <poll.h>

#include "vm/vm.h"
#include "worker/worker.h"

struct run_vm;

#define RUN_SITE_FDS WORKER_FDS

/* What is known of a VM that has been started. */
struct run_site_facts {
	unsigned int slot;
	const char *accel; /* static text, see struct vm_traits */
	bool emulated;
};

struct run_site {
	bool tells_end; /* work() finds its end, not SIGCHLD */
	/* Make it, by run->vm_options, and the ways to its guest. 0, or -errno after a
	 * message. */
	int (*make)(struct run_vm *run, int *console, int *slow, int *fast);
	/* Start it; @log is the file that its console goes to. 0, or -errno after a
	 * message. */
	int (*start)(struct run_vm *run, const char *log);
	/* It has been started now, or before: true, and the facts. */
	bool (*started)(const struct run_vm *run, struct run_site_facts *facts);
	void (*free)(struct run_vm *run);

	/* Descriptors to poll, or -1, which they all are at first; what to do when they
	 * were polled; and milliseconds until that must be done anyway, or -1. */
	void (*fill_pollfds)(const struct run_vm *run, struct pollfd fds[RUN_SITE_FDS]);
	enum control_request (*work)(struct run_vm *run,
				     const struct pollfd fds[RUN_SITE_FDS]);
	int (*timeout)(const struct run_vm *run);

	/* Whether it has ended: its status, as vm_wait(); -ETIMEDOUT if not; -ESRCH if
	 * that will never be known, for the reason that is the record's host_error then;
	 * or another -errno. */
	int (*wait)(struct run_vm *run);
	/* The next are those of vm.h. */
	void (*stop)(struct run_vm *run, int grace_ms);
	void (*give_number_back)(struct run_vm *run);
	const char *(*lost)(const struct run_vm *run);
	void (*watch)(struct run_vm *run, const char *line);
	/* After its end, see worker_vm_more(). */
	bool (*more)(struct run_vm *run);
	const char *(*output)(struct run_vm *run);
	struct vm_ending (*ending)(struct run_vm *run);
};

extern const struct run_site run_site_here, run_site_worker;

#endif

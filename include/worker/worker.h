/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMs that run elsewhere. A worker is a `rapido worker` process that a command of the
 * user's has started, on this host or any other; it runs one VM at a time. All that makes
 * a run, its limits, logs and verdict, stays on our side: the worker makes the VM that we
 * describe, and carries the bytes between us and the guest. See worker-wire.h for the
 * protocol, and serve.h for the worker's side.
 *
 * A worker is lost if its process ends, if what it sends makes no sense, or if it is
 * silent for too long. Nothing here waits, unless it says so.
 */
#ifndef RAPIDO_WORKER_H
#define RAPIDO_WORKER_H

#include <poll.h>

#include "vm/vm.h"

/* Seconds that a worker may take from its command's start to its first message, unless
 * WORKER_TIMEOUT says otherwise, and from one message to the next. */
#define WORKER_START_S	600
#define WORKER_SILENT_S 60

struct worker;

/* All workers of a command line. */
struct workers {
	struct worker **v;
	size_t nr;
	const struct conf *conf;
	struct worker_known *known; /* digests of files, for all of them */
	size_t nr_known, alloc_known;
};

#define WORKERS_INIT \
	{            \
		0    \
	}

/*
 * Start @nr workers by the @commands in turn: the words of a command, as a shell would
 * split them, are followed by the rapido program and "worker". @conf is borrowed: its
 * settings about VMs are the workers', too. 0, or -errno after a message;
 * workers_free() in either case.
 */
int workers_start(struct workers *workers, const struct strvec *commands, size_t nr,
		  const struct conf *conf);

/* End them, with the VMs that they have. Waits up to some seconds. */
void workers_free(struct workers *workers);

enum worker_state {
	WORKER_STARTING, /* it was not heard yet; it accepts a VM nevertheless */
	WORKER_READY,	 /* it has no VM */
	WORKER_BUSY,	 /* it has one, or is about to end one */
	WORKER_GONE,	 /* it is lost, see worker_why_lost() */
};

enum worker_state worker_state(const struct worker *worker);

/* "worker 2 (ssh host)", for messages. */
const char *worker_name(const struct worker *worker);

/* Why it was lost, to follow its name: "ended with status 255". */
const char *worker_why_lost(const struct worker *worker);

/* It is of no use: end it. @why follows its name, see worker_why_lost(). */
void worker_drop(struct worker *worker, const char *why);

/* The descriptors of a worker, for poll(2): -1 for those that must not be polled. */
#define WORKER_FDS 6

void worker_fill_pollfds(const struct worker *worker, struct pollfd fds[WORKER_FDS]);

/* Read and write what that allows, and see whether the worker is lost; to be called after
 * poll(2), and after worker_timeout() milliseconds at the latest. */
void worker_work(struct worker *worker);
int worker_timeout(const struct worker *worker);

/* --- the VM that a worker runs --- */

struct worker_vm;

/*
 * Have the worker run the VM that @options, which must outlive it, describes: kernel and
 * image get there unless it has them, and then the VM is made and started. The ends of a
 * pipe from its console, and of sockets to its agent, become the caller's, as those of
 * vm_add_console() and its kin. 0, or -errno after a message; worker_vm_free() in either
 * case. It ends the VM, and ignores NULL.
 */
int worker_vm_new(struct worker_vm **vm, struct worker *worker,
		  const struct vm_options *options, int *console, int *slow, int *fast);
void worker_vm_free(struct worker_vm *vm);

enum worker_vm_state {
	WORKER_VM_MADE, /* files are on their way, or it is being started */
	WORKER_VM_RUNNING,
	WORKER_VM_ENDED,  /* and all that it has said is here */
	WORKER_VM_FAILED, /* it could not be started, see worker_vm_why_failed() */
	WORKER_VM_LOST,	  /* the worker was lost */
};

enum worker_vm_state worker_vm_state(const struct worker_vm *vm);
const char *worker_vm_why_failed(const struct worker_vm *vm);

/* Once it runs: its number on the worker's host, and what vm_traits() would tell. */
unsigned int worker_vm_number(const struct worker_vm *vm);
const char *worker_vm_accel(const struct worker_vm *vm);
bool worker_vm_is_emulated(const struct worker_vm *vm);

/* What somebody on the worker's host has asked for with `rapido stop`; once. */
enum control_request worker_vm_request(struct worker_vm *vm);

/* As those of struct vm. The status of vm_wait(), once it has ended. */
void worker_vm_watch(struct worker_vm *vm, const char *line);
const char *worker_vm_lost(const struct worker_vm *vm);
int worker_vm_status(const struct worker_vm *vm);

/* End it. Waits until all that it has said is here, for some seconds at most. */
void worker_vm_stop(struct worker_vm *vm, int grace_ms);

/* After its end, when the pipe and the sockets are empty: move some of what is still in
 * our memory into them. False if there is nothing left. */
bool worker_vm_more(struct worker_vm *vm);

/* After its end, as vm_output() and vm_ending(), whose texts are the VM's. The second
 * waits for the worker's answer, for some seconds at most. */
const char *worker_vm_output(const struct worker_vm *vm);
struct vm_ending worker_vm_ending(struct worker_vm *vm, int status);

#endif

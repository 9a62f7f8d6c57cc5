/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One of the VMs of a run: it is started, read from and written to, and ended when its
 * time has come. supervise.c decides which VM starts when, and when the run is over.
 */
#ifndef RAPIDO_RUN_VM_H
#define RAPIDO_RUN_VM_H

#include <poll.h>

#include "run-limits.h"
#include "conversation.h"
#include "run-site.h"
#include "run/runs.h"

enum run_phase {
	RUN_PHASE_NONE,
	RUN_PHASE_WAIT,
	RUN_PHASE_BOOT,
	RUN_PHASE_TEST,
	RUN_PHASE_DUMP
};

struct run_vm {
	const struct run_vm_config *config;
	struct vm_options vm_options; /* the config's, with the VM's peers */
	struct conversation_options talk_options;
	struct run_record *record;
	/* where the VM is: run_site_here, unless the caller sets another one */
	const struct run_site *site;
	struct vm *vm; /* a VM that is here; NULL before run_vm_start() */
	struct worker
		*worker; /* who runs it, if it is elsewhere: see run_vm_use_worker() */
	struct worker_vm *remote; /* a VM that is there; NULL before run_vm_start() */
	bool lost_worker;	  /* so nothing is known about the VM's end */
	struct conversation *guest;
	struct run_facts facts;
	const char *lost;     /* what vm_lost() said, or NULL */
	bool waited_for;      /* a helper: the user was told that it is not ready */
	bool running;	      /* the VM was asked for and has not ended */
	bool started;	      /* it was started; its time is counted from there */
	enum run_phase phase; /* that the user was told */
	bool dump_on_fault;
	int vmcore;	     /* a file for the VM's memory after a fault, or -1 */
	bool dumped;	     /* a fault has asked for that */
	uint64_t dump_until; /* when one is given up, see monotonic_ms(); 0: none is
				running */
};

/* The descriptors of a VM, for poll(2): those of its site and of the conversation. */
#define RUN_VM_FDS (RUN_SITE_FDS + CONVERSATION_FDS)

/* Note in the new @record what is known of a VM before its run. @dir is a path, or NULL.
 */
void run_vm_note(struct run_record *record, const struct run_vm_config *vm,
		 const char *dir);

/* @vm is one of @config's, and its files go into @dir. All arguments are borrowed. */
void run_vm_init(struct run_vm *run, const struct run_config *config,
		 const struct run_vm_config *vm, struct run_record *record,
		 const struct rundir *dir);
/* Before run_vm_start(): the VM is run by @worker, which must outlive @run. NULL: by
 * none. */
void run_vm_use_worker(struct run_vm *run, struct worker *worker);
/* Ends the VM if it still runs. */
void run_vm_release(struct run_vm *run);

/* Start the VM. If it is not run->running afterwards, there was a message. */
void run_vm_start(struct run_vm *run);

/* After SIGCHLD: see whether the VM has ended, or a process that serves its network. */
void run_vm_child_ended(struct run_vm *run);

/* Fill RUN_VM_FDS entries, with -1 where there is nothing to poll. */
void run_vm_fill_pollfds(const struct run_vm *run, struct pollfd *fds);

/* Read and write where poll(2) has found that possible. */
void run_vm_work(struct run_vm *run, const struct pollfd *fds);

/*
 * After the VM's end: read what is left, and wait for the readers of our own output to
 * take it, until run_output_until() or a signal that ends us. When @signals, see
 * supervise_run(), is readable, @on_signal is called with @data; it returns the number of
 * the signal it has read.
 */
void run_vm_finish(struct run_vm *run, int signals, int (*on_signal)(void *data),
		   void *data);

/* Ask the guest to end. After @grace_ms its VM is ended. See run_facts_stop(). */
void run_vm_stop(struct run_vm *run, enum run_stop why, uint64_t grace_ms);

/* Do what is due by run_due(): ask the guest to stop, or end its VM. */
void run_vm_keep_limits(struct run_vm *run);

/* End the VM without asking the guest. @why is the reason unless there was one before. */
void run_vm_kill(struct run_vm *run, enum run_stop why);

/* The timeout for poll(2) until run_vm_keep_limits() has to be called again. */
int run_vm_next_wake(struct run_vm *run);

#endif

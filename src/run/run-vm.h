/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One of the VMs of a run: started, read from and written to, and ended when its time has
 * come. supervise.c decides which of them starts and ends when.
 */
#ifndef RAPIDO_RUN_VM_H
#define RAPIDO_RUN_VM_H

#include <poll.h>

#include "run-limits.h"
#include "conversation.h"
#include "run/runs.h"

struct run_vm {
	const struct run_vm_config *config;
	struct vm_options vm_options; /* those of the config, with its peers */
	struct conversation_options talk_options;
	struct vm_peer *peers;
	struct run_record *record;
	struct vm vm;
	struct conversation *guest;
	struct run_facts facts;
	const char *lost; /* vm_net_lost() when it was not NULL any more */
	bool waited_for;  /* a helper: the user knows that it is not ready yet */
	bool prepared;	  /* run_vm_start() was called */
	bool running;	  /* QEMU */
};

/* The descriptors of a VM, for poll(2): the monitor's, and those of the conversation. */
#define RUN_VM_FDS (1 + CONVERSATION_FDS)

/* The VM of @config that @vm describes, whose files go into @dir. All are borrowed. */
void run_vm_init(struct run_vm *run, const struct run_config *config,
		 const struct run_vm_config *vm, struct run_record *record,
		 const struct rundir *dir);
/* QEMU is ended if it still runs. */
void run_vm_release(struct run_vm *run);

/* Start QEMU. Why that was not possible has been said. */
void run_vm_start(struct run_vm *run);

/* A child of ours has ended: QEMU, or what serves the VM's network. */
void run_vm_child_ended(struct run_vm *run);

/* QEMU has ended: the VM's number is free for others. */
void run_vm_ended(struct run_vm *run);

/* RUN_VM_FDS entries; -1 for those that must not be polled. */
void run_vm_fill_pollfds(const struct run_vm *run, struct pollfd *fds);

/* Do what these, polled, allow to be done. */
void run_vm_work(struct run_vm *run, const struct pollfd *fds);

/*
 * After QEMU's end: take what it said last, and let the readers of our own output take
 * what is left, see run_output_until(), unless a signal comes: for each, @on_signal is
 * called with @data and returns its number. @signals is that of supervise_run().
 */
void run_vm_finish(struct run_vm *run, int signals, int (*on_signal)(void *data),
		   void *data);

/* Ask the guest to end within @grace_ms; its VM is ended then. See run_facts_stop(). */
void run_vm_stop(struct run_vm *run, enum run_stop why, uint64_t grace_ms);

/* Look at what has happened and at limits that have passed, and do what is due. */
void run_vm_keep_limits(struct run_vm *run);

/* End QEMU, whatever the guest does; for @why, unless there was a reason before. */
void run_vm_kill(struct run_vm *run, enum run_stop why);

/* How long poll(2) may wait, in milliseconds; -1: for ever. */
int run_vm_next_wake(struct run_vm *run);

#endif

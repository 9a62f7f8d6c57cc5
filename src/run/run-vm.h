/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One of the VMs of a run: started, read from and written to, and ended when its time has
 * come. run.c decides which of them starts and ends when.
 */
#ifndef RAPIDO_RUN_VM_H
#define RAPIDO_RUN_VM_H

#include <poll.h>

#include "run-limits.h"
#include "run/run.h"

struct run {
	const struct run_options *options;
	struct vm_options vm_options; /* those, with its peers */
	struct vm_peer *peers;
	struct run_record *record;
	struct vm vm;
	struct conversation guest;
	int console; /* pipe */
	struct run_facts facts;
	const char *lost;    /* vm_net_lost() when it was not NULL any more */
	bool waited_for;     /* a helper: the user knows that it is not ready yet */
	bool prepared;	     /* run_start() was called */
	bool guest_prepared; /* and there is a guest */
	bool running;	     /* QEMU */
};

/* What there is to poll for a VM. */
enum {
	RUN_FD_MONITOR,
	RUN_FD_CONSOLE,
	RUN_FD_DOWNLINK,
	RUN_FD_OUT = RUN_FD_DOWNLINK + DOWNLINK_STREAMS,
	RUN_FD_ERR,
	RUN_FD_STDIN,
	RUN_NR_FDS
};

void run_init(struct run *run, const struct run_options *options,
	      struct run_record *record);
/* QEMU is ended if it still runs. */
void run_release(struct run *run);

/* Start QEMU. Why that was not possible has been said. */
void run_start(struct run *run);

/* A child of ours has ended: QEMU, or what serves the VM's network. */
void run_child_ended(struct run *run);

/* QEMU has ended: the VM's number is free for others. */
void run_ended(struct run *run);

/* RUN_NR_FDS entries; what is not to be polled has -1. */
void run_fill_pollfds(const struct run *run, struct pollfd *fds);

/* Do what these, polled, allow to be done. */
void run_work(struct run *run, const struct pollfd *fds);

/*
 * After QEMU's end: take what it said last, and let the readers of our own output take
 * what is left, see run_output_until(), unless a signal comes: for each, @on_signal is
 * called with @data and returns its number. @signals is that of run_vms().
 */
void run_finish(struct run *run, int signals, int (*on_signal)(void *data), void *data);

/* Note what the host could not do; the first of it is kept. A VM that runs goes on. */
void run_host_failed(struct run *run, const char *what, int err);

/* Ask the guest to end within @grace_ms; its VM is ended then. See run_facts_stop(). */
void run_stop_within(struct run *run, enum run_stop why, uint64_t grace_ms);

/* Look at what has happened and at limits that have passed, and do what is due. */
void run_judge_time(struct run *run);

/* End QEMU, whatever the guest does; for @why, unless there was a reason before. */
void run_kill(struct run *run, enum run_stop why);

/* How long poll(2) may wait, in milliseconds; -1: for ever. */
int run_next_wake(struct run *run);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One of the VMs of a run: started, read from and written to (run-vm.c), and ended when
 * its time has come (run-time.c). Which of them does what when is for run.c to say.
 */
#ifndef RAPIDO_RUN_VM_H
#define RAPIDO_RUN_VM_H

#include <poll.h>

#include "run/run.h"

#define RUN_NEVER UINT64_MAX

/* Milliseconds that a guest has to end when it was asked, ... */
#define RUN_STOP_GRACE_MS      10000
#define RUN_INTERRUPT_GRACE_MS 1000 /* when somebody waits for us to end */

/* Times are in milliseconds since this VM was started, those of conversation_ms(). */
struct run {
	const struct run_options *options;
	struct vm_options vm_options; /* those, with its peers */
	struct vm_peer *peers;
	struct run_record *record;
	struct vm vm;
	struct conversation guest;
	int console;	     /* pipe */
	uint64_t begun_ms;   /* of the whole run, when this VM was started */
	bool waited_for;     /* a helper: the user knows that it is not ready yet */
	bool limited;	     /* the whole run's time limit is looked at here */
	uint64_t stop_ms;    /* when QEMU is ended; NEVER */
	uint64_t asked_ms;   /* when the guest was asked to stop */
	uint64_t end_ms;     /* when WIRE_END came; NEVER */
	uint64_t panic_ms;   /* when a kernel that has panicked is ended; NEVER */
	const char *lost;    /* vm_net_lost() before that */
	uint64_t lost_ms;    /* when that was */
	uint64_t doubt_ms;   /* since when a fault waits to be told from a program's */
	uint64_t output_ms;  /* until when readers of our output are waited for; 0 */
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

/* run-vm.c */

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
 * After QEMU's end: take what it said last, and have our own readers take what is left.
 * When a signal comes meanwhile, @on_signal is called with @data for its number, after
 * which it may go on; @signals is that of run_vms().
 */
void run_finish(struct run *run, int signals, int (*on_signal)(void *data), void *data);

/* Note what the host could not do; the first of it is kept. A VM that runs goes on. */
void run_host_failed(struct run *run, const char *what, int err);

/* run-time.c */

/*
 * QEMU is ended within @grace_ms, and within the whole run's time limit from now if that
 * is shorter (but 3 s it has); before that the guest may end in good order. Of several
 * reasons the first counts, and of several times the earliest.
 */
void run_stop_within(struct run *run, enum run_stop why, uint64_t grace_ms);

/* Look at what the record says has happened, and at limits that have passed; QEMU is
 * ended when the guest's time is over. */
void run_judge_time(struct run *run);

/* End QEMU, whatever the guest does; for @why, unless there was a reason before. */
void run_kill(struct run *run, enum run_stop why);

/* How long poll(2) may wait, in milliseconds; -1: for ever. */
int run_next_wake(struct run *run);

/* How long readers of our output may take for what is left, in milliseconds; -1: any. */
int run_output_patience(struct run *run);

#endif

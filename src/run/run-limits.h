/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a VM of a run must end, computed from plain facts and the time, which the caller
 * passes. Nothing here reads a clock, ends anything or needs a VM.
 *
 * Times are in milliseconds since the VM was started, by the host's monotonic clock.
 */
#ifndef RAPIDO_RUN_LIMITS_H
#define RAPIDO_RUN_LIMITS_H

#include "run/record.h"

#define RUN_NEVER UINT64_MAX

/* Usual limits in seconds, until the agent is heard and until it is heard again; the SLOW
 * ones are for a processor that is emulated. */
#define RUN_BOOT_S	60
#define RUN_BOOT_SLOW_S 240
#define RUN_HANG_S	60
#define RUN_HANG_SLOW_S 180
/* Milliseconds from asking a guest to stop to ending its VM. */
#define RUN_STOP_GRACE_MS      10000
#define RUN_INTERRUPT_GRACE_MS 1000  /* after a signal to rapido */
#define RUN_SILENT_GRACE_MS    1000  /* a silent agent will hardly listen */
#define RUN_RESULTS_GRACE_MS   60000 /* as long as its results keep coming in */
/* Milliseconds to power off after the agent's last message, */
#define RUN_OFF_GRACE_MS 20000
/* and for a kernel to reset itself after it has panicked. */
#define RUN_PANIC_GRACE_MS 10000
/* No grace is longer than --timeout, or than this many milliseconds if --timeout is less.
 * Only the panic's is not shortened. */
#define RUN_LEAST_GRACE_MS 3000
/* Milliseconds until a lost network ends the run: the process that serves it ends with
 * the VM anyway, and its end may be seen first. */
#define RUN_LOST_GRACE_MS 1000
/*
 * A fault that was only seen on the console may be text that a program wrote to
 * /dev/kmsg. If the agent is heard RUN_HEARD_MS later, it has sent all it had of the log,
 * and the fault is the kernel's. If it is not heard, the VM is ended after RUN_DOUBT_MS.
 */
#define RUN_HEARD_MS 1500
#define RUN_DOUBT_MS 10000
/* Milliseconds from a helper's boot until the user is told that it is not ready. */
#define RUN_READY_HINT_MS 10000

struct run_facts {
	/* limits that the user has set, in seconds; 0: the usual, for the first none */
	unsigned int timeout; /* for the whole run */
	/* until the agent is heard, or the next of the kernel's own tests */
	unsigned int boot_timeout;
	unsigned int hang_timeout; /* until the agent is heard again */
	bool stop_on_fault;	   /* faults are checked, and end the VM */
	bool emulated;		   /* the processor is */
	/* a debugger may stop it at any time: of the limits, only those that the user has
	   set count */
	bool debugged;

	uint64_t begun_ms; /* age of the whole run when this VM was started */
	bool limited;	   /* this VM is asked to stop when the run's time is over */

	/* from the record: */
	enum run_stop stop;
	bool hello, has_end, damaged, results_begun;
	bool fault;	    /* there is one that counts, */
	bool fault_certain; /* which is certainly the kernel's */
	bool fault_pending; /* a report is not complete yet */
	bool panicked;
	bool awaited;	    /* a helper that is not ready, which the user was not told */
	uint64_t boot_ms;   /* when the agent said hello */
	uint64_t tested_ms; /* when the kernel's own tests went on last; 0: none */
	/* from the conversation with the agent: */
	bool can_be_asked; /* to stop: it can hear that */
	bool asked;	   /* it was */
	bool listening;	   /* what it says is read */
	uint64_t heard_ms; /* when it was heard last */
	uint64_t lost_ms;  /* when the VM's network was lost; RUN_NEVER */

	/* set by run_facts_note() and run_facts_stop(): */
	uint64_t asked_ms; /* since when there is a reason to stop, if any */
	uint64_t stop_ms;  /* when the VM is ended for it; RUN_NEVER, as below */
	uint64_t end_ms;   /* when the agent's last message came */
	uint64_t panic_ms; /* when the kernel panicked */
	uint64_t doubt_ms; /* since when there is a fault that is not certain */
};

/* No limit is set, and nothing has happened. */
void run_facts_init(struct run_facts *facts);

/* Note the time of each event that is new among the facts, and forget that of an event
 * which turned out to be none. Call this after changing facts, before run_due(). */
void run_facts_note(struct run_facts *facts, uint64_t now);

/*
 * Note that the VM is to stop for the reason @why. A guest that can be asked, or has
 * ended by itself, has @grace_ms; any other is ended at once. The first reason wins, and
 * the earliest time.
 */
void run_facts_stop(struct run_facts *facts, enum run_stop why, uint64_t grace_ms,
		    uint64_t now);

/* The next thing to do with a VM, and when. */
struct run_due {
	uint64_t at;	      /* do it then, or now if that has passed; RUN_NEVER */
	bool kill;	      /* end the VM; otherwise call run_facts_stop() */
	enum run_stop why;    /* if kill: the reason it was stopped for, or RUN_NO_END */
	uint64_t grace_ms;    /* for run_facts_stop() */
	unsigned int limit_s; /* the limit that has passed then; 0: none */
};

/*
 * Returns the earliest thing to do. If several have passed, the order is: the kernel's
 * fault, a damaged conversation, a lost network, a time limit, and the end of a VM that
 * was stopped before. After doing one the caller asks again.
 */
struct run_due run_due(const struct run_facts *facts, uint64_t now);

/* When to tell the user that rapido waits for a helper; RUN_NEVER. */
uint64_t run_hint_at(const struct run_facts *facts);

/* When to look again even if nothing is heard of the VM; RUN_NEVER. */
uint64_t run_wake_at(const struct run_facts *facts, uint64_t now);

/*
 * The VM has ended by @now: how long to wait for the readers of our own output. RUN_NEVER
 * if no --timeout is set, and no other limit (@limit_s, else 0) has passed.
 */
uint64_t run_output_until(const struct run_facts *facts, unsigned int limit_s,
			  uint64_t now);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a VM of a run must end. Everything here is computed from plain facts and a time
 * that the caller passes: no clock is read, nothing is ended, there need not be a VM.
 *
 * Times are in milliseconds since the VM was started, by the host's monotonic clock.
 */
#ifndef RAPIDO_RUN_LIMITS_H
#define RAPIDO_RUN_LIMITS_H

#include "run/record.h"

#define RUN_NEVER UINT64_MAX

/* Seconds that a kernel has to boot, and the agent to be heard again, unless the user has
 * set them; the latter ones under emulation. */
#define RUN_BOOT_S	60
#define RUN_BOOT_SLOW_S 240
#define RUN_HANG_S	60
#define RUN_HANG_SLOW_S 180
/* Milliseconds that a guest which was asked to stop has before its VM is ended. */
#define RUN_STOP_GRACE_MS      10000
#define RUN_INTERRUPT_GRACE_MS 1000  /* while somebody waits for rapido to end */
#define RUN_SILENT_GRACE_MS    1000  /* an agent that is silent will hardly listen */
#define RUN_RESULTS_GRACE_MS   60000 /* as long as its results keep coming in */
/* Milliseconds to power off after the agent's last message. */
#define RUN_OFF_GRACE_MS 20000
/* Milliseconds to reset itself for a kernel that has panicked. */
#define RUN_PANIC_GRACE_MS 10000
/* With --timeout, none of the grace periods is longer than that, nor than this, whichever
 * is more; only the panic's is not shortened. */
#define RUN_LEAST_GRACE_MS 3000
/* Milliseconds after which a lost network ends the run: whatever serves it ends when QEMU
 * does, and may be seen to have ended first. */
#define RUN_LOST_GRACE_MS 1000
/*
 * A fault that only the console has told of may be what a program wrote to /dev/kmsg. An
 * agent that is heard RUN_HEARD_MS later has sent what it had of the log by then; if it
 * is not heard, the VM is ended after RUN_DOUBT_MS.
 */
#define RUN_HEARD_MS 1500
#define RUN_DOUBT_MS 10000
/* Milliseconds after which the user is told that a helper is not ready yet. */
#define RUN_READY_HINT_MS 10000

struct run_facts {
	/* what the user has set, in seconds; 0: no limit for the first, else as above */
	unsigned int timeout;	   /* for the whole run */
	unsigned int boot_timeout; /* until the agent is heard */
	unsigned int hang_timeout; /* until it is heard again */
	bool stop_on_fault;	   /* a fault ends the VM, and faults are checked */
	bool emulated;		   /* the processor */

	uint64_t begun_ms; /* age of the whole run when this VM was started */
	bool limited;	   /* this VM is the one that ends when the run's time is over */

	/* what has happened: by the record, ... */
	enum run_stop stop;
	bool hello, has_end, damaged, results_begun;
	bool fault;	    /* one that counts */
	bool fault_certain; /* and is the kernel's for sure */
	bool fault_pending; /* a report is not complete yet */
	bool panicked;
	bool awaited;	  /* a helper that is not ready, and nobody was told so */
	uint64_t boot_ms; /* when the agent said hello */
	/* ... and by the conversation with the agent */
	bool can_be_asked; /* to stop */
	bool asked;	   /* it was */
	bool listening;	   /* its words are being read */
	uint64_t heard_ms; /* when it was heard last */
	uint64_t lost_ms;  /* when its network was; RUN_NEVER */

	/* run_facts_note() and run_facts_stop() set these */
	uint64_t asked_ms; /* since when there is a reason to stop, if there is one */
	uint64_t stop_ms;  /* when the VM is ended for it; RUN_NEVER, as below */
	uint64_t end_ms;   /* when the agent's last message was seen */
	uint64_t panic_ms; /* when the panic was */
	uint64_t doubt_ms; /* since when a fault that is not certain was seen */
};

/* Nothing has happened, and there is no limit. */
void run_facts_init(struct run_facts *facts);

/* Note the time of what is seen now for the first time, and forget that of what turned
 * out not to be. To be called whenever facts have changed, before run_due(). */
void run_facts_note(struct run_facts *facts, uint64_t now);

/*
 * At @now, there is the reason @why to stop. A guest that can be asked to, or has ended
 * by itself, gets @grace_ms, others no time. The first reason stays, and the earliest
 * time.
 */
void run_facts_stop(struct run_facts *facts, enum run_stop why, uint64_t grace_ms,
		    uint64_t now);

/* What is to be done next, and when. */
struct run_due {
	uint64_t at;	   /* not later than now: do it; RUN_NEVER: nothing is due */
	bool kill;	   /* end the VM; otherwise run_facts_stop() is what is due */
	enum run_stop why; /* for kill, too: the reason that was there, or RUN_NO_END */
	uint64_t grace_ms; /* for run_facts_stop() */
	unsigned int limit_s; /* the user's or usual limit that passes then; 0: none */
};

/*
 * What @facts demand first. Of several things that are due the one is returned that tells
 * most about the kernel: its fault, a damaged conversation, a lost network, a time limit;
 * and only then the end of a VM that was stopped before. After each that was done the
 * caller asks again.
 */
struct run_due run_due(const struct run_facts *facts, uint64_t now);

/* When the user is to be told that a helper is waited for; RUN_NEVER. */
uint64_t run_hint_at(const struct run_facts *facts);

/* When to look again, at the latest, though nothing is heard of the VM; RUN_NEVER. */
uint64_t run_wake_at(const struct run_facts *facts, uint64_t now);

/*
 * Until when the readers of our own output may take what is left of it, when the VM has
 * ended by @now; RUN_NEVER unless a time limit is set, or has passed (@limit_s).
 */
uint64_t run_output_until(const struct run_facts *facts, unsigned int limit_s,
			  uint64_t now);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* When a VM of a run must end: the limits it has, and the patience with one that is asked
 * to stop. */
#include <limits.h>

#include "lib/log.h"
#include "run-vm.h"

/* When people are told that a helper which has booted is not ready yet, in ms. */
#define READY_HINT_MS 10000
/* Seconds that a kernel has to boot, and an agent to be heard of again. */
#define BOOT_LIMIT	60
#define BOOT_LIMIT_SLOW 240 /* under emulation */
#define HANG_LIMIT	60
#define HANG_LIMIT_SLOW 180
/* Milliseconds that a guest has to end when it was asked, beside those in run-vm.h, ...
 */
#define SILENT_GRACE_MS	 1000
#define RESULTS_GRACE_MS 60000 /* while results come in */
#define OFF_GRACE_MS	 20000 /* to power off after its last message */
/* With --timeout none of these is longer than that, but this is what each may have. */
#define LEAST_GRACE_MS 3000
/* ... and QEMU to end after SIGTERM. */
#define QEMU_GRACE_MS 500
/* How often a report that may not be complete is looked at. */
#define REPORT_POLL_MS 50
#define SLOW_READER_MS 1000
/*
 * An agent that is heard of so long after a fault has sent what it had of the log then;
 * one that is not, is waited for a while longer.
 */
#define HEARD_MS 1500
#define DOUBT_MS 10000
/* What serves a VM's network ends with QEMU, and may be seen to do so before it. */
#define LOST_GRACE_MS 1000

/*
 * What is left of a grace of @ms when there is a limit for the whole run: who sets one of
 * a few seconds does not want to wait for a minute after it.
 */
static uint64_t bounded_grace(const struct run *run, uint64_t ms)
{
	uint64_t limit = 1000ULL * run->options->timeout;

	if (!limit)
		return ms;
	if (limit < LEAST_GRACE_MS)
		limit = LEAST_GRACE_MS;
	return ms < limit ? ms : limit;
}

void run_stop_within(struct run *run, enum run_stop why, uint64_t grace_ms)
{
	uint64_t now = conversation_ms(&run->guest), at;

	if (run->record->stop == RUN_NOT_STOPPED) {
		run->record->stop = why;
		run->asked_ms = now;
	}
	at = conversation_stop(&run->guest) || run->record->has_end
		     ? now + bounded_grace(run, grace_ms)
		     : now;
	if (at < run->stop_ms)
		run->stop_ms = at;
}

static unsigned int boot_limit(const struct run *run)
{
	if (run->options->boot_timeout)
		return run->options->boot_timeout;
	return run->vm.spec.accel == ACCEL_KVM ? BOOT_LIMIT : BOOT_LIMIT_SLOW;
}

static unsigned int hang_limit(const struct run *run)
{
	if (run->options->hang_timeout)
		return run->options->hang_timeout;
	return run->vm.spec.accel == ACCEL_KVM ? HANG_LIMIT : HANG_LIMIT_SLOW;
}

/* When the whole run's time is over, as this VM's clock has it; RUN_NEVER. */
static uint64_t whole_limit(const struct run *run)
{
	uint64_t limit = 1000ULL * run->options->timeout;

	if (!limit)
		return RUN_NEVER;
	return limit > run->begun_ms ? limit - run->begun_ms : 1;
}

/* The limits that may pass while nothing has ended the run yet, and which is the next. */
static uint64_t next_limit(const struct run *run, enum run_stop *why, unsigned int *limit)
{
	const struct run_record *record = run->record;
	uint64_t next = run->limited ? whole_limit(run) : RUN_NEVER, at;

	if (record->stop != RUN_NOT_STOPPED || record->has_end)
		return RUN_NEVER;
	*why = RUN_TIMEOUT;
	*limit = run->options->timeout;
	/* while we do not listen, the agent cannot be heard */
	at = !record->hello ? 1000ULL * boot_limit(run)
	     : conversation_listens(&run->guest)
		     ? run->guest.heard_ms + 1000ULL * hang_limit(run)
		     : RUN_NEVER;
	if (at < next) {
		*why = record->hello ? RUN_SILENT : RUN_BOOT_TIMEOUT;
		*limit = record->hello ? hang_limit(run) : boot_limit(run);
		next = at;
	}
	return next;
}

/* When a guest that is ending is ended: later as long as its results come in. */
static uint64_t hard_end(const struct run *run)
{
	uint64_t at = run->stop_ms, heard = run->guest.heard_ms + RUN_STOP_GRACE_MS,
		 latest = run->asked_ms + bounded_grace(run, RESULTS_GRACE_MS),
		 off = run->end_ms + bounded_grace(run, OFF_GRACE_MS);

	if (run->end_ms != RUN_NEVER && off < at)
		at = off;
	if (run->panic_ms < at)
		at = run->panic_ms;
	if (run->stop_ms == RUN_NEVER || run->record->has_end || !run->guest.asked ||
	    run->record->stop == RUN_SIGNAL || run->record->stop == RUN_SILENT ||
	    !run->record->results.begun)
		return at;
	if (at < heard && heard <= latest)
		at = heard;
	return at;
}

/* Whether the agent was silent only as long as we did not come to listen to it. */
static bool was_not_heard(struct run *run, enum run_stop why)
{
	return why == RUN_SILENT && conversation_listens(&run->guest) &&
	       conversation_read(&run->guest);
}

void run_kill(struct run *run, enum run_stop why)
{
	if (run->record->stop == RUN_NOT_STOPPED)
		run->record->stop = why;
	vm_stop(&run->vm, QEMU_GRACE_MS);
	run_ended(run);
}

/* When that is to be said; RUN_NEVER. */
static uint64_t ready_hint(const struct run *run)
{
	const struct run_record *record = run->record;

	if (!record->helper || !record->hello || record->ready || run->waited_for ||
	    record->stop != RUN_NOT_STOPPED)
		return RUN_NEVER;
	return record->boot_ms + READY_HINT_MS;
}

static void say_what_is_waited_for(struct run *run, uint64_t now)
{
	if (now < ready_hint(run))
		return;
	run->waited_for = true;
	log_info("waiting for '%s' to be ready: its scripts have not ended, and none has "
		 "called _vm_ar_ready",
		 run->record->helper);
}

/* When a network that was lost is the end of it; RUN_NEVER. */
static uint64_t network_limit(const struct run *run)
{
	if (!run->lost || run->record->stop != RUN_NOT_STOPPED)
		return RUN_NEVER;
	return run->lost_ms + LOST_GRACE_MS;
}

/* A test that ends after that may have failed for it. */
static void judge_network(struct run *run, uint64_t now)
{
	struct run_record *record = run->record;
	uint64_t limit = network_limit(run);

	if (limit == RUN_NEVER || (!record->has_end && now < limit))
		return;
	if (!record->host_error)
		record->host_error = xstrdup(run->lost);
	run_stop_within(run, RUN_NO_NETWORK, RUN_STOP_GRACE_MS);
}

/*
 * Whether to end the VM for its faults. One that only the console has told of may be what
 * a program wrote to /dev/kmsg: then the agent, if it is there, will say so soon.
 */
static bool stops_for_fault(struct run *run, bool pending, uint64_t now)
{
	const struct run_record *record = run->record;

	if (!run->options->fault_check || !run->options->stop_on_fault ||
	    !record->faults.counted || pending || record->has_end) {
		run->doubt_ms = 0;
		return false;
	}
	if (faults_certain(&record->faults) || !record->hello)
		return true;
	if (!run->doubt_ms)
		run->doubt_ms = now;
	if (run->guest.heard_ms >= run->doubt_ms + HEARD_MS &&
	    conversation_listens(&run->guest))
		return true;
	return now >= run->doubt_ms + DOUBT_MS;
}

void run_judge_time(struct run *run)
{
	struct run_record *record = run->record;
	uint64_t now = conversation_ms(&run->guest);
	bool pending = faults_pending(&record->faults, now);
	enum run_stop why = RUN_NOT_STOPPED;
	unsigned int limit = 0;

	if (record->has_end && run->end_ms == RUN_NEVER)
		run->end_ms = now;
	if (stops_for_fault(run, pending, now))
		run_stop_within(run, RUN_FAULT, RUN_STOP_GRACE_MS);
	/* it resets itself, unless somebody told it not to */
	if (!record->faults.panicked)
		run->panic_ms = RUN_NEVER;
	else if (run->panic_ms == RUN_NEVER && !pending)
		run->panic_ms = now + RUN_STOP_GRACE_MS;
	if (record->damage && record->stop == RUN_NOT_STOPPED)
		run_stop_within(run, RUN_DAMAGED, 0);
	judge_network(run, now);
	say_what_is_waited_for(run, now);
	if (now >= next_limit(run, &why, &limit) && !was_not_heard(run, why)) {
		record->limit_s = limit;
		/* one that does not speak will hardly listen */
		run_stop_within(run, why,
				why == RUN_SILENT ? SILENT_GRACE_MS : RUN_STOP_GRACE_MS);
	}
	if (now >= hard_end(run))
		run_kill(run, RUN_NO_END);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int run_next_wake(struct run *run)
{
	enum run_stop why;
	unsigned int limit;
	uint64_t now = conversation_ms(&run->guest);
	uint64_t next = next_limit(run, &why, &limit), end = hard_end(run);

	next = earlier(next, end);
	if (faults_pending(&run->record->faults, now) || run->doubt_ms)
		next = earlier(next, now + REPORT_POLL_MS);
	if (!conversation_listens(&run->guest))
		next = earlier(next, now + SLOW_READER_MS);
	next = earlier(next, network_limit(run));
	next = earlier(next, ready_hint(run));
	if (next == RUN_NEVER)
		return -1;
	if (next <= now)
		return 0;
	return next - now < INT_MAX ? (int)(next - now) : INT_MAX;
}

int run_output_patience(struct run *run)
{
	uint64_t now = conversation_ms(&run->guest), limit = whole_limit(run);

	if (run->record->signal)
		return 0;
	/* who sets a limit wants to go on after it, whatever it was that took so long */
	if (limit == RUN_NEVER && !run->record->limit_s)
		return -1;
	if (!run->output_ms)
		run->output_ms = (limit == RUN_NEVER || now > limit ? now : limit) +
				 bounded_grace(run, RUN_STOP_GRACE_MS);
	return now < run->output_ms ? (int)(run->output_ms - now) : 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The time limits of a VM, and which of them comes first. */
#include "run-limits.h"

/* How often to look at a report that may not be complete, */
#define REPORT_POLL_MS 50
/* and at an agent that waits for the readers of our own output. */
#define SLOW_READER_MS 1000

void run_facts_init(struct run_facts *facts)
{
	*facts = (struct run_facts){
		.lost_ms = RUN_NEVER,
		.stop_ms = RUN_NEVER,
		.end_ms = RUN_NEVER,
		.panic_ms = RUN_NEVER,
		.doubt_ms = RUN_NEVER,
	};
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Whoever limits a run to a few seconds does not want to wait a minute for its end. */
static uint64_t bounded_grace(const struct run_facts *facts, uint64_t ms)
{
	uint64_t limit = 1000ULL * facts->timeout;

	if (!limit)
		return ms;
	return earlier(ms, limit < RUN_LEAST_GRACE_MS ? RUN_LEAST_GRACE_MS : limit);
}

/* Whether a fault must end the VM and its report is complete. */
static bool is_fault_complete(const struct run_facts *facts)
{
	return facts->stop_on_fault && facts->fault && !facts->fault_pending &&
	       !facts->has_end;
}

/* There is such a fault, but a program may have written it. */
static bool is_fault_doubtful(const struct run_facts *facts)
{
	/* before the agent runs there is no program */
	return is_fault_complete(facts) && !facts->fault_certain && facts->hello;
}

static void note_since(uint64_t *since, bool holds, uint64_t now)
{
	if (!holds)
		*since = RUN_NEVER;
	else if (*since == RUN_NEVER)
		*since = now;
}

void run_facts_note(struct run_facts *facts, uint64_t now)
{
	note_since(&facts->end_ms, facts->has_end, now);
	note_since(&facts->doubt_ms, is_fault_doubtful(facts), now);
	/* until its report is complete, the panic's grace does not begin */
	if (!facts->panicked || !facts->fault_pending)
		note_since(&facts->panic_ms, facts->panicked, now);
}

/* When to end a VM that is to stop from now on. */
static uint64_t stop_time(const struct run_facts *facts, uint64_t grace_ms, uint64_t now)
{
	return facts->can_be_asked || facts->has_end
		       ? now + bounded_grace(facts, grace_ms)
		       : now;
}

void run_facts_stop(struct run_facts *facts, enum run_stop why, uint64_t grace_ms,
		    uint64_t now)
{
	if (facts->stop == RUN_NOT_STOPPED) {
		facts->stop = why;
		facts->asked_ms = now;
	}
	facts->stop_ms = earlier(facts->stop_ms, stop_time(facts, grace_ms, now));
}

/* When a fault stops the VM, or makes one that is being stopped end earlier. */
static uint64_t fault_time(const struct run_facts *facts, uint64_t now)
{
	if (!is_fault_complete(facts) ||
	    (facts->stop != RUN_NOT_STOPPED &&
	     facts->stop_ms <= stop_time(facts, RUN_STOP_GRACE_MS, now)))
		return RUN_NEVER;
	if (!is_fault_doubtful(facts))
		return now;
	if (facts->listening && facts->heard_ms >= facts->doubt_ms + RUN_HEARD_MS)
		return now;
	return facts->doubt_ms + RUN_DOUBT_MS;
}

/* A test that ends after the loss may have failed because of it. */
static uint64_t network_time(const struct run_facts *facts, uint64_t now)
{
	if (facts->lost_ms == RUN_NEVER || facts->stop != RUN_NOT_STOPPED)
		return RUN_NEVER;
	return facts->has_end ? now : facts->lost_ms + RUN_LOST_GRACE_MS;
}

/* When the whole run's time is over, by this VM's clock. */
static uint64_t whole_time(const struct run_facts *facts)
{
	uint64_t limit = 1000ULL * facts->timeout;

	if (!limit)
		return RUN_NEVER;
	return limit > facts->begun_ms ? limit - facts->begun_ms : 1;
}

static unsigned int limit_or(unsigned int limit, const struct run_facts *facts,
			     unsigned int usual, unsigned int slow)
{
	if (limit)
		return limit;
	return facts->emulated ? slow : usual;
}

/* The first of the user's limits to pass, as long as nothing else has ended the run. */
static struct run_due limit_due(const struct run_facts *facts)
{
	unsigned int boot =
		limit_or(facts->boot_timeout, facts, RUN_BOOT_S, RUN_BOOT_SLOW_S);
	unsigned int hang =
		limit_or(facts->hang_timeout, facts, RUN_HANG_S, RUN_HANG_SLOW_S);
	struct run_due due = {
		.at = facts->limited ? whole_time(facts) : RUN_NEVER,
		.why = RUN_TIMEOUT,
		.grace_ms = RUN_STOP_GRACE_MS,
		.limit_s = facts->timeout,
	};

	if (facts->stop != RUN_NOT_STOPPED || facts->has_end)
		return (struct run_due){ .at = RUN_NEVER };
	if (!facts->hello && (!facts->debugged || facts->boot_timeout) &&
	    facts->tested_ms + 1000ULL * boot < due.at)
		return (struct run_due){ .at = facts->tested_ms + 1000ULL * boot,
					 .why = RUN_BOOT_TIMEOUT,
					 .grace_ms = RUN_STOP_GRACE_MS,
					 .limit_s = boot };
	/* an agent that nobody listens to is not silent */
	if (facts->hello && facts->listening &&
	    (!facts->debugged || facts->hang_timeout) &&
	    facts->heard_ms + 1000ULL * hang < due.at)
		return (struct run_due){ .at = facts->heard_ms + 1000ULL * hang,
					 .why = RUN_SILENT,
					 .grace_ms = RUN_SILENT_GRACE_MS,
					 .limit_s = hang };
	return due;
}

/* When to end a VM that does not end by itself: later while its results come in. */
static uint64_t kill_time(const struct run_facts *facts)
{
	uint64_t at = facts->stop_ms, heard = facts->heard_ms + RUN_STOP_GRACE_MS;

	if (facts->end_ms != RUN_NEVER && !facts->debugged)
		at = earlier(at, facts->end_ms + bounded_grace(facts, RUN_OFF_GRACE_MS));
	if (facts->panic_ms != RUN_NEVER && !facts->debugged)
		at = earlier(at, facts->panic_ms + RUN_PANIC_GRACE_MS);
	if (facts->stop_ms == RUN_NEVER || facts->has_end || !facts->asked ||
	    facts->stop == RUN_SIGNAL || facts->stop == RUN_SILENT ||
	    !facts->results_begun)
		return at;
	if (at < heard &&
	    heard <= facts->asked_ms + bounded_grace(facts, RUN_RESULTS_GRACE_MS))
		at = heard;
	return at;
}

struct run_due run_due(const struct run_facts *facts, uint64_t now)
{
	const struct run_due dues[] = {
		{ .at = fault_time(facts, now),
		  .why = RUN_FAULT,
		  .grace_ms = RUN_STOP_GRACE_MS },
		{ .at = facts->damaged && facts->stop == RUN_NOT_STOPPED ? now
									 : RUN_NEVER,
		  .why = RUN_DAMAGED },
		{ .at = network_time(facts, now),
		  .why = RUN_NO_NETWORK,
		  .grace_ms = RUN_STOP_GRACE_MS },
		limit_due(facts),
		{ .at = kill_time(facts),
		  .kill = true,
		  .why = facts->stop == RUN_NOT_STOPPED ? RUN_NO_END : facts->stop },
	};
	const struct run_due *first = &dues[0];

	for (size_t i = 0; i < ARRAY_SIZE(dues) && first->at > now; i++)
		if (dues[i].at < first->at)
			first = &dues[i];
	return *first;
}

uint64_t run_hint_at(const struct run_facts *facts)
{
	if (!facts->awaited || !facts->hello || facts->stop != RUN_NOT_STOPPED)
		return RUN_NEVER;
	return facts->boot_ms + RUN_READY_HINT_MS;
}

uint64_t run_wake_at(const struct run_facts *facts, uint64_t now)
{
	uint64_t at = earlier(run_due(facts, now).at, run_hint_at(facts));

	if (facts->fault_pending || facts->doubt_ms != RUN_NEVER)
		at = earlier(at, now + REPORT_POLL_MS);
	if (!facts->listening)
		at = earlier(at, now + SLOW_READER_MS);
	return at;
}

uint64_t run_output_until(const struct run_facts *facts, unsigned int limit_s,
			  uint64_t now)
{
	uint64_t limit = whole_time(facts);

	/* whoever sets a limit wants to go on after it, whatever took the time */
	if (limit == RUN_NEVER && !limit_s)
		return RUN_NEVER;
	return (limit == RUN_NEVER || now > limit ? now : limit) +
	       bounded_grace(facts, RUN_STOP_GRACE_MS);
}

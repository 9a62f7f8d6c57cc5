// SPDX-License-Identifier: GPL-2.0-or-later
/* When a VM of a run must end: each limit a millisecond before, at and after its time,
 * and what comes first where there are several. */
#include "fixture.h"
#include "run/run-limits.h"

/* A kernel that boots, when nothing is set and nothing has happened. */
static struct run_facts fresh(void)
{
	struct run_facts facts;

	run_facts_init(&facts);
	facts.listening = true;
	return facts;
}

/* Its agent has said hello at @hello_ms, and is heard no more. */
static struct run_facts booted(uint64_t hello_ms)
{
	struct run_facts facts = fresh();

	facts.hello = facts.can_be_asked = true;
	facts.boot_ms = facts.heard_ms = hello_ms;
	return facts;
}

/* The guest was asked at @now. */
static void stop(struct run_facts *facts, enum run_stop why, uint64_t grace_ms,
		 uint64_t now)
{
	run_facts_stop(facts, why, grace_ms, now);
	facts->asked |= facts->can_be_asked;
}

static void assert_now(const struct run_facts *facts, uint64_t now, enum run_stop why,
		       bool kill)
{
	struct run_due due = run_due(facts, now);

	assert_true(due.at <= now);
	assert_int_equal(due.why, why);
	assert_int_equal(due.kill, kill);
	assert_true(run_wake_at(facts, now) <= now);
}

/* That nothing is due before @at, and then @why, with @kill. */
static void assert_due(const struct run_facts *facts, uint64_t at, enum run_stop why,
		       bool kill)
{
	assert_int_equal(run_due(facts, at - 1).at, at);
	assert_int_equal(run_wake_at(facts, at - 1), at);
	assert_now(facts, at, why, kill);
	assert_now(facts, at + 1, why, kill);
}

static void assert_nothing_due(const struct run_facts *facts, uint64_t now)
{
	assert_int_equal(run_due(facts, now).at, RUN_NEVER);
}

DEFINE_TEST(facts__nothing_set_and_ended__nothing_is_ever_due)
{
	struct run_facts facts = fresh();

	/* a guest that was heard of last an eternity from now */
	facts.hello = true;
	facts.listening = false;
	assert_nothing_due(&facts, 0);
	assert_nothing_due(&facts, RUN_NEVER - 1);
	assert_int_equal(run_hint_at(&facts), RUN_NEVER);
}

DEFINE_TEST(timeout__at_its_time__asks_with_a_grace)
{
	struct run_facts facts = booted(1000);
	struct run_due due;

	facts.timeout = 20;
	facts.limited = true;
	assert_due(&facts, 20000, RUN_TIMEOUT, false);
	due = run_due(&facts, 20000);
	assert_int_equal(due.limit_s, 20);
	assert_int_equal(due.grace_ms, RUN_STOP_GRACE_MS);
}

DEFINE_TEST(timeout__run_began_before_this_vm__what_is_left)
{
	struct run_facts facts = booted(1000);

	facts.timeout = 20;
	facts.limited = true;
	facts.begun_ms = 5000;
	assert_due(&facts, 15000, RUN_TIMEOUT, false);
	/* a VM that starts when the time is over already */
	facts.begun_ms = 20000;
	assert_due(&facts, 1, RUN_TIMEOUT, false);
	facts.begun_ms = 30000;
	assert_due(&facts, 1, RUN_TIMEOUT, false);
}

DEFINE_TEST(timeout__another_vm_is_limited__not_here)
{
	struct run_facts facts = booted(1000);

	facts.timeout = 20;
	assert_due(&facts, 1000 + 1000 * RUN_HANG_S, RUN_SILENT, false);
}

DEFINE_TEST(boot_timeout__no_hello__asked_or_usual_time)
{
	struct run_facts facts = fresh();

	assert_due(&facts, 60000, RUN_BOOT_TIMEOUT, false);
	assert_int_equal(run_due(&facts, 60000).limit_s, 60);
	facts.emulated = true;
	assert_due(&facts, 240000, RUN_BOOT_TIMEOUT, false);
	facts.boot_timeout = 7;
	assert_due(&facts, 7000, RUN_BOOT_TIMEOUT, false);
	assert_int_equal(run_due(&facts, 7000).limit_s, 7);
	/* there is nobody who could be asked */
	stop(&facts, RUN_BOOT_TIMEOUT, RUN_STOP_GRACE_MS, 7000);
	assert_due(&facts, 7000, RUN_BOOT_TIMEOUT, true);
}

/* A debugger may have stopped the VM: only limits that the user has set end it. */
DEFINE_TEST(debugged__nothing_is_heard__no_limit_of_ours)
{
	struct run_facts facts = fresh();

	facts.debugged = true;
	assert_int_equal(run_due(&facts, 1000000).at, RUN_NEVER);
	facts.panicked = true;
	run_facts_note(&facts, 1000);
	assert_int_equal(run_due(&facts, 1000000).at, RUN_NEVER);
	facts.boot_timeout = 7;
	assert_due(&facts, 7000, RUN_BOOT_TIMEOUT, false);
	facts = booted(500);
	facts.debugged = true;
	assert_int_equal(run_due(&facts, 1000000).at, RUN_NEVER);
	facts.hang_timeout = 3;
	assert_due(&facts, 3500, RUN_SILENT, false);
	facts.has_end = true;
	run_facts_note(&facts, 600);
	assert_int_equal(run_due(&facts, 1000000).at, RUN_NEVER);
}

/* A boot takes as long as the tests that are built in go on. */
DEFINE_TEST(boot_timeout__kernels_own_tests__counts_from_the_last)
{
	struct run_facts facts = fresh();

	facts.tested_ms = 50000;
	assert_due(&facts, 110000, RUN_BOOT_TIMEOUT, false);
	facts.limited = true;
	facts.timeout = 100;
	assert_due(&facts, 100000, RUN_TIMEOUT, false);
}

DEFINE_TEST(hang_timeout__agent_not_heard__asked_or_usual_time)
{
	struct run_facts facts = booted(500);

	assert_due(&facts, 60500, RUN_SILENT, false);
	facts.emulated = true;
	assert_due(&facts, 180500, RUN_SILENT, false);
	facts.hang_timeout = 3;
	assert_due(&facts, 3500, RUN_SILENT, false);
	assert_int_equal(run_due(&facts, 3500).limit_s, 3);
	assert_int_equal(run_due(&facts, 3500).grace_ms, RUN_SILENT_GRACE_MS);
	facts.heard_ms = 3499;
	assert_due(&facts, 6499, RUN_SILENT, false);
}

DEFINE_TEST(hang_timeout__nobody_listens__does_not_pass)
{
	struct run_facts facts = booted(500);

	facts.listening = false;
	assert_nothing_due(&facts, 1000000);
	/* but the readers of our output are looked after */
	assert_int_equal(run_wake_at(&facts, 5000), 6000);
}

DEFINE_TEST(limits__several__earliest_wins)
{
	struct run_facts facts = fresh();

	facts.limited = true;
	facts.timeout = 20;
	facts.boot_timeout = 19;
	assert_due(&facts, 19000, RUN_BOOT_TIMEOUT, false);
	facts.boot_timeout = 21;
	assert_due(&facts, 20000, RUN_TIMEOUT, false);
	/* one that was asked for, where they pass together */
	facts.boot_timeout = 20;
	assert_due(&facts, 20000, RUN_TIMEOUT, false);
	facts.hello = true;
	facts.heard_ms = 10000;
	facts.hang_timeout = 9;
	assert_due(&facts, 19000, RUN_SILENT, false);
	facts.hang_timeout = 10;
	assert_due(&facts, 20000, RUN_TIMEOUT, false);
}

DEFINE_TEST(limits__after_a_stop_or_the_end__do_not_pass)
{
	struct run_facts facts = booted(1000);

	facts.limited = true;
	facts.timeout = 20;
	stop(&facts, RUN_COMMAND, RUN_STOP_GRACE_MS, 19999);
	assert_due(&facts, 29999, RUN_COMMAND, true);
	facts = booted(1000);
	facts.limited = true;
	facts.timeout = 20;
	facts.has_end = true;
	run_facts_note(&facts, 19999);
	assert_due(&facts, 39999, RUN_NO_END, true);
}

DEFINE_TEST(stop_grace__guest_was_asked__ended_after_it)
{
	struct run_facts facts = booted(1000);

	stop(&facts, RUN_COMMAND, RUN_STOP_GRACE_MS, 5000);
	assert_int_equal(facts.asked_ms, 5000);
	assert_due(&facts, 15000, RUN_COMMAND, true);
}

DEFINE_TEST(stop_grace__guest_cannot_be_asked__none)
{
	struct run_facts facts = booted(1000);

	facts.can_be_asked = false;
	stop(&facts, RUN_COMMAND, RUN_STOP_GRACE_MS, 5000);
	assert_due(&facts, 5000, RUN_COMMAND, true);
}

DEFINE_TEST(stop_grace__has_ended_by_itself__is_not_asked_and_has_it)
{
	struct run_facts facts = booted(1000);

	facts.has_end = true;
	facts.can_be_asked = false;
	run_facts_note(&facts, 5000);
	stop(&facts, RUN_SIGNAL, RUN_INTERRUPT_GRACE_MS, 5000);
	assert_due(&facts, 6000, RUN_SIGNAL, true);
}

DEFINE_TEST(stop_grace__short_timeout__not_longer_than_that)
{
	struct run_facts facts = booted(1000);

	facts.timeout = 5;
	stop(&facts, RUN_TIMEOUT, RUN_STOP_GRACE_MS, 5000);
	assert_due(&facts, 10000, RUN_TIMEOUT, true);
	/* but this much it has */
	facts = booted(1000);
	facts.timeout = 1;
	stop(&facts, RUN_TIMEOUT, RUN_STOP_GRACE_MS, 5000);
	assert_due(&facts, 5000 + RUN_LEAST_GRACE_MS, RUN_TIMEOUT, true);
	facts = booted(1000);
	facts.timeout = 100;
	stop(&facts, RUN_TIMEOUT, RUN_STOP_GRACE_MS, 5000);
	assert_due(&facts, 15000, RUN_TIMEOUT, true);
}

DEFINE_TEST(stop__several_reasons__first_reason_and_earliest_time)
{
	struct run_facts facts = booted(1000);

	stop(&facts, RUN_OVER, 20000, 5000);
	assert_due(&facts, 25000, RUN_OVER, true);
	stop(&facts, RUN_COMMAND, RUN_STOP_GRACE_MS, 6000);
	assert_due(&facts, 16000, RUN_OVER, true);
	/* a later one with more patience changes nothing */
	stop(&facts, RUN_OVER, 20000, 7000);
	assert_due(&facts, 16000, RUN_OVER, true);
	assert_int_equal(facts.asked_ms, 5000);
	stop(&facts, RUN_SIGNAL, 0, 8000);
	assert_due(&facts, 8000, RUN_OVER, true);
}

DEFINE_TEST(results_grace__they_come_in__ended_later)
{
	struct run_facts facts = booted(1000);

	facts.results_begun = true;
	stop(&facts, RUN_TIMEOUT, RUN_STOP_GRACE_MS, 5000);
	facts.heard_ms = 14000;
	assert_due(&facts, 24000, RUN_TIMEOUT, true);
	facts.heard_ms = 55000;
	assert_due(&facts, 65000, RUN_TIMEOUT, true);
	/* not for ever: the grace is that of the stop then */
	facts.heard_ms = 55001;
	assert_true(run_due(&facts, 55001).kill);
	assert_int_equal(run_due(&facts, 55001).at, 15000);
}

DEFINE_TEST(results_grace__nobody_waits_for_them__none)
{
	static const enum run_stop reasons[] = { RUN_SIGNAL, RUN_SILENT };

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		struct run_facts facts = booted(1000);

		facts.results_begun = true;
		stop(&facts, reasons[i], RUN_INTERRUPT_GRACE_MS, 5000);
		facts.heard_ms = 5900;
		assert_due(&facts, 6000, reasons[i], true);
	}
}

DEFINE_TEST(end_grace__vm_does_not_power_off__no_end)
{
	struct run_facts facts = booted(1000);

	facts.has_end = true;
	run_facts_note(&facts, 3000);
	/* the first time counts */
	run_facts_note(&facts, 4000);
	assert_int_equal(facts.end_ms, 3000);
	assert_due(&facts, 3000 + RUN_OFF_GRACE_MS, RUN_NO_END, true);
	facts.timeout = 5;
	assert_due(&facts, 8000, RUN_NO_END, true);
}

DEFINE_TEST(end_grace__and_a_stop__earlier_one)
{
	struct run_facts facts = booted(1000);

	stop(&facts, RUN_COMMAND, RUN_STOP_GRACE_MS, 2000);
	facts.has_end = true;
	run_facts_note(&facts, 3000);
	assert_due(&facts, 12000, RUN_COMMAND, true);
	facts = booted(1000);
	facts.has_end = true;
	run_facts_note(&facts, 3000);
	stop(&facts, RUN_COMMAND, RUN_STOP_GRACE_MS, 22000);
	assert_due(&facts, 23000, RUN_COMMAND, true);
}

DEFINE_TEST(panic_grace__kernel_does_not_reset__no_end)
{
	struct run_facts facts = booted(1000);

	facts.panicked = facts.fault = facts.fault_certain = true;
	facts.can_be_asked = false;
	facts.timeout = 1;
	run_facts_note(&facts, 3000);
	run_facts_note(&facts, 4000);
	assert_due(&facts, 13000, RUN_NO_END, true);
	/* a program has written that */
	facts.panicked = false;
	run_facts_note(&facts, 5000);
	assert_due(&facts, 61000, RUN_SILENT, false);
}

DEFINE_TEST(panic_grace__report_goes_on__from_its_end)
{
	struct run_facts facts = booted(1000);

	facts.panicked = facts.fault_pending = true;
	run_facts_note(&facts, 3000);
	assert_int_equal(facts.panic_ms, RUN_NEVER);
	assert_int_equal(run_wake_at(&facts, 3000), 3050);
	facts.fault_pending = false;
	run_facts_note(&facts, 3500);
	assert_due(&facts, 13500, RUN_NO_END, true);
}

DEFINE_TEST(network__lost__ends_after_a_moment)
{
	struct run_facts facts = booted(1000);

	facts.lost_ms = 4000;
	assert_due(&facts, 5000, RUN_NO_NETWORK, false);
	assert_int_equal(run_due(&facts, 5000).grace_ms, RUN_STOP_GRACE_MS);
	/* a VM that is being stopped ends it with itself */
	stop(&facts, RUN_COMMAND, RUN_STOP_GRACE_MS, 4999);
	assert_due(&facts, 14999, RUN_COMMAND, true);
}

DEFINE_TEST(network__lost_before_the_end__reason_of_it)
{
	struct run_facts facts = booted(1000);

	facts.lost_ms = 4000;
	facts.has_end = true;
	run_facts_note(&facts, 4100);
	assert_now(&facts, 4100, RUN_NO_NETWORK, false);
}

static struct run_facts faulty(void)
{
	struct run_facts facts = booted(1000);

	facts.stop_on_fault = facts.fault = facts.fault_certain = true;
	return facts;
}

DEFINE_TEST(fault__certain__at_once)
{
	struct run_facts facts = faulty();

	assert_now(&facts, 2000, RUN_FAULT, false);
	assert_int_equal(run_due(&facts, 2000).grace_ms, RUN_STOP_GRACE_MS);
	/* without an agent there is no program that could have written it */
	facts.hello = facts.fault_certain = facts.can_be_asked = false;
	run_facts_note(&facts, 2000);
	assert_now(&facts, 2000, RUN_FAULT, false);
}

DEFINE_TEST(fault__does_not_end_the_vm__limits_stay)
{
	struct run_facts facts = faulty();

	facts.stop_on_fault = false;
	assert_due(&facts, 61000, RUN_SILENT, false);
	facts = faulty();
	facts.fault_pending = true;
	assert_int_equal(run_due(&facts, 2000).at, 61000);
	facts = faulty();
	facts.fault = facts.fault_certain = false;
	assert_due(&facts, 61000, RUN_SILENT, false);
	facts = faulty();
	facts.has_end = true;
	run_facts_note(&facts, 2000);
	assert_due(&facts, 22000, RUN_NO_END, true);
}

DEFINE_TEST(fault__doubtful_and_agent_heard__after_that)
{
	struct run_facts facts = faulty();

	facts.fault_certain = false;
	run_facts_note(&facts, 2000);
	run_facts_note(&facts, 2500);
	assert_int_equal(facts.doubt_ms, 2000);
	/* looked at often, as reports are */
	assert_int_equal(run_wake_at(&facts, 2600), 2650);
	facts.heard_ms = 2000 + RUN_HEARD_MS - 1;
	assert_int_equal(run_due(&facts, 4000).at, 12000);
	facts.heard_ms = 2000 + RUN_HEARD_MS;
	assert_now(&facts, 4000, RUN_FAULT, false);
	/* its words, but nobody reads them */
	facts.listening = false;
	assert_int_equal(run_due(&facts, 4000).at, 12000);
}

DEFINE_TEST(fault__doubtful_and_agent_silent__after_a_while)
{
	struct run_facts facts = faulty();

	facts.fault_certain = false;
	run_facts_note(&facts, 2000);
	assert_int_equal(run_due(&facts, 11999).at, 12000);
	assert_now(&facts, 12000, RUN_FAULT, false);
	assert_now(&facts, 12001, RUN_FAULT, false);
}

DEFINE_TEST(fault__turns_out_to_be_a_programs__forgotten)
{
	struct run_facts facts = faulty();

	facts.fault_certain = false;
	run_facts_note(&facts, 2000);
	facts.fault = false;
	run_facts_note(&facts, 3000);
	assert_due(&facts, 61000, RUN_SILENT, false);
	/* the next one has its own time */
	facts.fault = true;
	run_facts_note(&facts, 20000);
	assert_int_equal(run_due(&facts, 20000).at, 30000);
}

DEFINE_TEST(fault__while_stopping__may_shorten_the_grace)
{
	struct run_facts facts = faulty();

	stop(&facts, RUN_OVER, 20000, 2000);
	assert_now(&facts, 2001, RUN_FAULT, false);
	stop(&facts, RUN_FAULT, RUN_STOP_GRACE_MS, 2001);
	/* and is not due again and again */
	assert_due(&facts, 12001, RUN_OVER, true);
	/* a kernel that panics then cannot be asked any more */
	facts.can_be_asked = false;
	assert_now(&facts, 3000, RUN_FAULT, false);
	stop(&facts, RUN_FAULT, RUN_STOP_GRACE_MS, 3000);
	assert_now(&facts, 3000, RUN_OVER, true);
}

DEFINE_TEST(damage__at_once_and_without_grace)
{
	struct run_facts facts = booted(1000);

	facts.damaged = true;
	facts.can_be_asked = facts.listening = false;
	assert_now(&facts, 2000, RUN_DAMAGED, false);
	stop(&facts, RUN_DAMAGED, run_due(&facts, 2000).grace_ms, 2000);
	assert_now(&facts, 2000, RUN_DAMAGED, true);
}

/* Everything at once, each taken away after the other. */
DEFINE_TEST(due__several_at_once__what_tells_most_about_the_kernel)
{
	struct run_facts facts = faulty();

	facts.damaged = facts.limited = true;
	facts.timeout = 20;
	facts.lost_ms = 10000;
	facts.stop_ms = 15000;
	assert_int_equal(run_due(&facts, 30000).why, RUN_FAULT);
	facts.fault = false;
	assert_int_equal(run_due(&facts, 30000).why, RUN_DAMAGED);
	facts.damaged = false;
	assert_int_equal(run_due(&facts, 30000).why, RUN_NO_NETWORK);
	facts.lost_ms = RUN_NEVER;
	assert_int_equal(run_due(&facts, 30000).why, RUN_TIMEOUT);
	assert_false(run_due(&facts, 30000).kill);
	facts.limited = false;
	facts.heard_ms = 29000;
	assert_true(run_due(&facts, 30000).kill);
}

DEFINE_TEST(hint__helper_not_ready__after_a_while)
{
	struct run_facts facts = booted(1000);

	assert_int_equal(run_hint_at(&facts), RUN_NEVER);
	facts.awaited = true;
	assert_int_equal(run_hint_at(&facts), 11000);
	assert_int_equal(run_wake_at(&facts, 2000), 11000);
	stop(&facts, RUN_OVER, 20000, 2000);
	assert_int_equal(run_hint_at(&facts), RUN_NEVER);
	facts = fresh();
	facts.awaited = true;
	assert_int_equal(run_hint_at(&facts), RUN_NEVER);
}

DEFINE_TEST(output__no_limit__any_time)
{
	struct run_facts facts = booted(1000);

	assert_int_equal(run_output_until(&facts, 0, 5000), RUN_NEVER);
}

DEFINE_TEST(output__timeout__until_a_grace_after_it)
{
	struct run_facts facts = booted(1000);

	facts.timeout = 20;
	/* though it is another VM that it ends */
	assert_int_equal(run_output_until(&facts, 0, 19999), 30000);
	assert_int_equal(run_output_until(&facts, 0, 20000), 30000);
	assert_int_equal(run_output_until(&facts, 0, 20001), 30001);
	facts.timeout = 1;
	assert_int_equal(run_output_until(&facts, 0, 500), 1000 + RUN_LEAST_GRACE_MS);
}

DEFINE_TEST(output__another_limit_has_passed__a_grace_from_now)
{
	struct run_facts facts = booted(1000);

	assert_int_equal(run_output_until(&facts, 60, 70000), 80000);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* verdict: what each fact of a run makes of it, alone and with others. */
#include <signal.h>

#include "fixture.h"

#include "lib/io.h"
#include "run/verdict.h"

/* What the functions below change: the test, unless one looks at a helper. */
static struct run_record test, *record;

static struct run_case *add_case(const char *name, bool ended, unsigned int status)
{
	struct run_case *c = record_add_case(record, name, strlen(name), 10);

	c->ended = ended;
	c->status = status;
	return c;
}

static void drop_last_case(void)
{
	struct run_case *c = &record->cases[--record->nr_cases];

	free(c->name);
	tap_release(&c->tap);
}

static struct fault *add_fault(const char *title, bool allowed)
{
	struct faults *faults = &record->faults;
	struct fault *fault;

	ALLOC_GROW(faults->list, faults->nr, faults->alloc);
	fault = &faults->list[faults->nr++];
	*fault = (struct fault){
		.kind = "bug",
		.title = xstrdup(title),
		.text = xasprintf("%s\n", title),
		.allowed = allowed,
		.case_index = SIZE_MAX,
	};
	*(allowed ? &faults->allowed : &faults->counted) += 1;
	return fault;
}

static void fill(void)
{
	record->started_vm = record->console_spoke = record->hello = true;
	record->has_end = true;
	record->planned = 2;
	add_case("000-first", true, 0);
	add_case("001-command", true, 0);
	record->out_bytes = record->out_sent = 100;
	record->err_bytes = record->err_sent = 7;
	record->results.begun = record->results.complete = true;
}

/* Every run here begins as one that has passed: two scripts, some output. */
static int setup(void **state)
{
	(void)state;
	record = &test;
	record_init(record);
	fill();
	return 0;
}

/* One that was there for it: what happens now, happens to it. */
static void setup_helper(void)
{
	record = record_add_helper(&test, "server");
	fill();
	record->ready = true;
	record->end = WIRE_END_STOPPED;
	record->stop = RUN_OVER;
}

static int teardown(void **state)
{
	(void)state;
	record_release(&test);
	return 0;
}

/* Each of these is one thing that happened, or did not. */
static void signalled(void)
{
	record->stop = RUN_SIGNAL;
	record->signal = SIGINT;
}

static void stopped_by_a_signal_that_is_not_known(void)
{
	record->stop = RUN_SIGNAL;
}

static void not_started(void)
{
	record->started_vm = false;
}

static void host_error(void)
{
	record->host_error =
		xstrdup("cannot write 'console.log': no space left on device");
}

static void results_not_written(void)
{
	record->results.write_error = ENOSPC;
}

static void fault_on_the_console_alone(void)
{
	add_fault("BUG: Bad page state", false)->case_index = 0;
}

static void console_not_read(void)
{
	record->unread = true;
	free(record->host_error);
	record->host_error = xstrdup("cannot read the VM's console: input/output error");
}

static void log_lost(void)
{
	record->kernel_lines_lost = 7;
}

static void log_not_read(void)
{
	record->kmsg_error = ENODEV;
}

static void machine_check(void)
{
	taint_note(&record->taint, TAINT_MACHINE_CHECK, SIZE_MAX);
}

static void set_damage(const char *what)
{
	free(record->damage);
	record->damage = xstrdup(what);
}

static void image_of_another_version(void)
{
	record->other_version = true;
	set_damage("the image was cut by another version of rapido");
}

static void not_unpacked(void)
{
	record->unpack_error = xstrdup("Initramfs unpacking failed: write error");
}

static void not_understood(void)
{
	record->unpack_error = xstrdup("Initramfs unpacking failed: junk");
}

static void incomplete(void)
{
	record->end = WIRE_END_INCOMPLETE;
}

static void fault(void)
{
	add_fault("BUG: KASAN: slab-out-of-bounds in foo+0x1/0x2", false);
}

static void fault_that_was_not_kept(void)
{
	record->faults.counted = 1;
}

static void allowed_fault(void)
{
	add_fault("WARNING: at foo+0x1/0x2", true);
}

static void panicked(void)
{
	record->faults.panicked = true;
}

static void timed_out(void)
{
	record->stop = RUN_TIMEOUT;
	record->limit_s = 10;
}

static void boot_timed_out(void)
{
	record->stop = RUN_BOOT_TIMEOUT;
	record->limit_s = 60;
}

static void silent(void)
{
	record->stop = RUN_SILENT;
	record->limit_s = 60;
}

static void would_not_power_off(void)
{
	record->stop = RUN_NO_END;
}

static void stopped_for_a_fault(void)
{
	record->stop = RUN_FAULT;
}

static void stopped_by_command(void)
{
	record->stop = RUN_COMMAND;
}

static void stopped_for_damage(void)
{
	record->stop = RUN_DAMAGED;
}

static void network_lost(void)
{
	record->stop = RUN_NO_NETWORK;
	free(record->host_error);
	record->host_error = xstrdup("the VM's private LAN ended");
}

static void host_gave_up(void)
{
	record->stop = RUN_HOST;
	free(record->host_error);
	record->host_error = xstrdup("cannot wait for the VM: too many open files");
}

static void damaged(void)
{
	set_damage("frame 7 is none");
}

static void started_again(void)
{
	record->started_again = true;
	set_damage("it began again");
}

static void no_hello(void)
{
	record->hello = false;
}

static void no_end(void)
{
	record->has_end = false;
}

static void reset(void)
{
	record->was_reset = true;
}

static void vm_killed(void)
{
	record->vm_status = 137;
}

static void vm_sandboxed(void)
{
	record->vm_status = 159;
	record->vm_fault = "was ended by its sandbox (QEMU_SANDBOX)";
}

static void vm_disturbed(void)
{
	record->vm_interference = "lost a process of its guest";
}

static void vm_exited(void)
{
	record->vm_status = 1;
}

static void vm_never_ran(void)
{
	record->never_ran = true;
}

static void console_was_silent(void)
{
	record->console_spoke = false;
}

static void shell_exited_5(void)
{
	record->end_status = 5;
}

static void shell_killed(void)
{
	record->end = WIRE_END_SIGNAL;
	record->end_status = SIGKILL;
}

static void test_stopped(void)
{
	record->end = WIRE_END_STOPPED;
}

static void shut_down(void)
{
	record->end = WIRE_END_SHUTDOWN;
}

static void no_shell(void)
{
	record->end = WIRE_END_NO_SHELL;
	record->end_status = ENOENT;
}

static void strange_end(void)
{
	record->end = 99;
}

static void output_lost(void)
{
	record->out_bytes--;
}

static void more_output_than_was_sent(void)
{
	record->out_bytes++;
}

static void error_output_lost(void)
{
	record->err_sent++;
}

static void first_returned_3(void)
{
	record->cases[0].status = 3;
}

static void last_returned_137(void)
{
	record->cases[1].status = 137;
}

static void first_returned_127(void)
{
	record->cases[0].status = 127;
}

static void last_returned_126(void)
{
	record->cases[1].status = 126;
}

static void miss(const char *name, bool on_host)
{
	struct run_case *c = &record->cases[0];

	c->missing[c->nr_missing++] =
		(struct run_missing){ .name = xstrdup(name), .on_host = on_host };
}

static void cat_was_missing(void)
{
	miss("cat", true);
}

static void head_was_missing(void)
{
	miss("head", true);
}

static void typo_was_missing(void)
{
	miss("ehco", false);
}

static void shell_exited_127(void)
{
	record->end_status = 127;
}

static void first_never_ended(void)
{
	record->cases[0].ended = false;
}

static void last_is_running(void)
{
	record->cases[1].ended = false;
}

static void more_was_planned(void)
{
	record->planned = 4;
}

static void less_was_planned(void)
{
	record->planned = 1;
}

/* Only the first script was begun, and it is running. */
static void in_the_first(void)
{
	drop_last_case();
	record->cases[0].ended = false;
}

static void before_the_first(void)
{
	drop_last_case();
	drop_last_case();
	record->planned = 0;
}

static void unchecked(void)
{
	record->fault_check = false;
}

static void results_missing_some(void)
{
	record->results.announced = 5;
	record->results.complete = false;
}

static void results_refused_some(void)
{
	record->results.nr_refused = 1;
	strvec_push(&record->results.refused, "'../x': it leads out of the directory");
}

static void agent_said_why(void)
{
	record->last_words = xstrdup("[    1.2] rapido: of the kernel\r\n" WIRE_INIT_SAYS
				     "an earlier one\n" WIRE_INIT_SAYS
				     "the kernel has no way to rapido\r\n"
				     "[    1.3] reboot: Power down\r\n");
}

static void evil_name(void)
{
	free(record->cases[0].name);
	record->cases[0].name = xstrdup("a\nb\033[2J");
}

static void print_tap(struct run_case *c, const char *text)
{
	tap_feed(&c->tap, text, strlen(text));
	tap_finish(&c->tap);
}

static void tap_failed(void)
{
	print_tap(&record->cases[0], "1..4\nok 1\nnot ok 2 b\nnot ok 3 c\nok 4\n");
}

static void kunit_failed(void)
{
	static const char log[] = "KTAP version 1\n1..2\nok 1 good\nnot ok 2 bad\n";

	tap_feed(&record->ktap, log, strlen(log));
	tap_finish(&record->ktap);
}

/* The log ends in the second test. */
static void kunit_unfinished(void)
{
	static const char log[] = "KTAP version 1\n1..1\n    KTAP version 1\n"
				  "    # Subtest: s\n    1..3\n    ok 1 a\n";

	tap_feed(&record->ktap, log, strlen(log));
	tap_finish(&record->ktap);
}

static void kunit_was_wanted(void)
{
	record->kunit = true;
}

/* In the function that KUnit has called. */
static void fault_in_kunit(void)
{
	struct fault *fault = add_fault("BUG: x", false);

	free(fault->text);
	fault->text = xstrdup("[    1.0] BUG: x\n[    1.0] Call Trace:\n"
			      "[    1.0]  b_test+0x1/0x2\n"
			      "[    1.0]  kunit_try_run_case+0x1/0x2\n");
}

static void tap_missing(void)
{
	print_tap(&record->cases[1], "1..3\nok 1 a\nnot ok 2 b # TODO later\n");
}

static void tap_passed(void)
{
	print_tap(&record->cases[1],
		  "1..3\nok 1 a\nnot ok 2 b # SKIP no\nnot ok 3 c # TODO later\n");
}

static void tap_only_reported(void)
{
	record->tap_check = false;
}

/* It did all that it was told to; one of its cases has failed. */
static void suite_ran(void)
{
	record->suite = record->suite_over = true;
	record_add_suite_case(record, "generic/001", 20);
	record_output(record, "1..2\nnot ok 1\n", 14, true);
	record_end_case(record, 3, 30, false);
	record_add_suite_case(record, "generic/002", 30);
	record_end_case(record, 0, 40, false);
}

static void suite_left(void)
{
	record->suite = true;
	record->suite_over = false;
}

static void suite_left_in_a_case(void)
{
	suite_left();
	record_add_suite_case(record, "generic/003", 40);
}

static void suite_gave_up(void)
{
	free(record->suite_fatal);
	record->suite_fatal = xstrdup("there is no disk");
}

static void run_was_over(void)
{
	record->stop = RUN_OVER;
}

static void run_was_not_over(void)
{
	record->stop = RUN_NOT_STOPPED;
}

static void skipped(void)
{
	record->skipped = true;
}

static void ready(void)
{
	record->ready = true;
}

static void not_ready(void)
{
	record->ready = false;
}

static void ended_run(void)
{
	record->ended_run = true;
}

struct happening {
	const char *name;
	void (*happen)(void);
	bool harmless;	     /* to a test */
	bool good_in_helper; /* harmless to one */
};

#define BAD(f)                      \
	{                           \
#f, f, false, false \
	}
#define BAD_IN_TEST(f)             \
	{                          \
#f, f, false, true \
	}
#define BAD_IN_HELPER(f)           \
	{                          \
#f, f, true, false \
	}
#define GOOD(f)                   \
	{                         \
#f, f, true, true \
	}

static const struct happening happenings[] = {
	/* before those that the VM was ended for otherwise */
	GOOD(run_was_over),
	BAD_IN_HELPER(run_was_not_over),
	BAD(signalled),
	BAD(stopped_by_a_signal_that_is_not_known),
	BAD(not_started),
	BAD(skipped),
	GOOD(ready),
	BAD_IN_HELPER(not_ready),
	BAD_IN_HELPER(ended_run),
	BAD(host_error),
	BAD(results_not_written),
	BAD(machine_check),
	BAD(fault_on_the_console_alone),
	BAD(console_not_read),
	BAD(image_of_another_version),
	BAD(not_unpacked),
	BAD(fault),
	BAD(fault_that_was_not_kept),
	BAD(panicked),
	BAD(timed_out),
	BAD(boot_timed_out),
	BAD(silent),
	BAD(stopped_for_a_fault),
	BAD(stopped_by_command),
	BAD(stopped_for_damage),
	BAD(network_lost),
	BAD(host_gave_up),
	BAD(damaged),
	BAD(started_again),
	BAD(no_hello),
	BAD(no_end),
	BAD(reset),
	BAD(shell_exited_5),
	BAD(shell_killed),
	BAD_IN_TEST(test_stopped),
	BAD(shut_down),
	BAD(incomplete),
	BAD(no_shell),
	BAD(strange_end),
	BAD(output_lost),
	BAD(more_output_than_was_sent),
	BAD(error_output_lost),
	BAD(first_returned_3),
	BAD(last_returned_137),
	BAD(first_returned_127),
	BAD(last_returned_126),
	BAD(shell_exited_127),
	BAD(tap_failed),
	BAD(kunit_failed),
	BAD(kunit_unfinished),
	BAD(kunit_was_wanted),
	BAD(tap_missing),
	GOOD(suite_ran),
	BAD_IN_TEST(suite_left),
	BAD(suite_gave_up),
	BAD(first_never_ended),
	BAD_IN_TEST(more_was_planned),
	BAD(less_was_planned),
	BAD_IN_TEST(in_the_first),
	BAD_IN_TEST(before_the_first),
	/* the verdict of the test is there already, whole */
	BAD_IN_HELPER(would_not_power_off),
	GOOD(vm_killed),
	GOOD(vm_sandboxed),
	GOOD(vm_disturbed),
	GOOD(vm_exited),
	GOOD(vm_never_ran),
	/* quiet kernels have nothing on the console */
	GOOD(console_was_silent),
	/* `exit 0` in the last script */
	GOOD(last_is_running),
	GOOD(tap_passed),
	GOOD(allowed_fault),
	GOOD(unchecked),
	/* is said, but says nothing of the test */
	GOOD(results_missing_some),
	GOOD(log_lost),
	GOOD(log_not_read),
	GOOD(results_refused_some),
	GOOD(agent_said_why),
	GOOD(evil_name),
};

#define VERDICT_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

VERDICT_TEST(judge__nothing_wrong__passed)
{
	verdict_judge(record);
	assert_int_equal(record->verdict, VERDICT_PASSED);
	assert_int_equal(record->status, 0);
	assert_string_equal(record->reason, "all 2 scripts returned 0");
}

static void check_status(bool harmless, const char *a, const char *b)
{
	bool passed = test.verdict == VERDICT_PASSED;

	if (passed != (test.status == 0) || passed != harmless || !*test.reason ||
	    strchr(test.reason, '\n') || strchr(test.reason, '\033'))
		fail_msg("%s and %s: %s, %d, '%s'", a, b, verdict_name(test.verdict),
			 test.status, test.reason);
}

VERDICT_TEST(judge__any_one_thing__never_passed)
{
	for (size_t i = 0; i < ARRAY_SIZE(happenings); i++) {
		const struct happening *one = &happenings[i];

		one->happen();
		verdict_judge(record);
		check_status(one->harmless, one->name, "nothing else");
		teardown(state);
		setup(state);
	}
}

/* Things that cannot both have happened, or of which the second undoes the first. */
static bool contradict(const struct happening *one, const struct happening *two)
{
	static void (*const pairs[][2])(void) = {
		{ output_lost, more_output_than_was_sent },
		{ last_returned_137, last_is_running },
		{ last_returned_126, last_is_running },
		/* its scripts have returned 0 */
		{ suite_ran, last_is_running },
	};
	const struct happening *both[] = { one, two };

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (one->happen == pairs[i][0] && two->happen == pairs[i][1])
			return true;
	/* these leave no cases for the other one */
	for (size_t i = 0; i < ARRAY_SIZE(both); i++)
		if (both[i]->happen == in_the_first ||
		    both[i]->happen == before_the_first)
			return true;
	/* the VM is ended once */
	return two->happen == would_not_power_off;
}

/* Nothing makes good what another has spoiled, but for what is made for that. */
VERDICT_TEST(judge__any_two_things__never_passed)
{
	for (size_t i = 0; i < ARRAY_SIZE(happenings); i++) {
		for (size_t j = i + 1; j < ARRAY_SIZE(happenings); j++) {
			const struct happening *one = &happenings[i],
					       *two = &happenings[j];
			bool is_fault = one->happen == fault ||
					one->happen == fault_that_was_not_kept ||
					one->happen == fault_on_the_console_alone ||
					one->happen == machine_check;

			if (contradict(one, two))
				continue;
			one->happen();
			two->happen();
			verdict_judge(record);
			check_status((one->harmless && two->harmless) ||
					     (is_fault && two->happen == unchecked),
				     one->name, two->name);
			teardown(state);
			setup(state);
		}
	}
}

static void judge_both(void)
{
	verdict_judge(record);
	verdict_judge(&test);
}

/* As the test's, but what a helper does not get to do is no matter. */
VERDICT_TEST(judge__any_one_thing_in_a_helper__never_passed)
{
	for (size_t i = 0; i < ARRAY_SIZE(happenings); i++) {
		const struct happening *one = &happenings[i];

		setup_helper();
		one->happen();
		judge_both();
		check_status(one->good_in_helper, one->name, "all is well with the test");
		teardown(state);
		setup(state);
	}
}

/* Neither of the two makes good what the other one has spoiled. */
VERDICT_TEST(judge__one_thing_in_each__never_passed)
{
	for (size_t i = 0; i < ARRAY_SIZE(happenings); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(happenings); j++) {
			happenings[i].happen();
			setup_helper();
			happenings[j].happen();
			judge_both();
			check_status(happenings[i].harmless &&
					     happenings[j].good_in_helper,
				     happenings[i].name, happenings[j].name);
			teardown(state);
			setup(state);
		}
	}
}

VERDICT_TEST(judge__each_row__status_and_reason)
{
	static const struct {
		void (*happen[4])(void);
		enum verdict verdict;
		int status;
		const char *reason;
	} rows[] = {
		/* signals come first */
		{ { signalled },
		  VERDICT_INTERRUPTED,
		  130,
		  "interrupted by signal 2 (Interrupt)" },
		{ { signalled, fault, no_end, last_is_running },
		  VERDICT_INTERRUPTED,
		  130,
		  "interrupted by signal 2 (Interrupt) while it ran '001-command'" },
		/* a suite, whose cases are not judged here */
		{ { suite_ran }, VERDICT_PASSED, 0, "all 2 scripts returned 0" },
		{ { suite_left, shell_exited_5 },
		  VERDICT_NOT_RUN,
		  125,
		  "the suite's script ended the shell with status 5" },
		{ { suite_left_in_a_case },
		  VERDICT_NOT_RUN,
		  125,
		  "the suite's script ended the shell with status 0 in 'generic/003'" },
		{ { suite_left_in_a_case, fault },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: BUG: KASAN: slab-out-of-bounds in "
		  "foo+0x1/0x2" },
		{ { suite_left_in_a_case, shut_down },
		  VERDICT_NO_VERDICT,
		  102,
		  "the VM was powered off by the test in 'generic/003' before it had ended" },
		{ { suite_left_in_a_case, suite_gave_up },
		  VERDICT_NOT_RUN,
		  125,
		  "there is no disk, in 'generic/003'" },
		{ { suite_gave_up }, VERDICT_NOT_RUN, 125, "there is no disk" },
		{ { first_returned_3 }, VERDICT_FAILED, 3, "'000-first' returned 3" },
		/* the VM's process */
		{ { not_started, no_hello, no_end },
		  VERDICT_NOT_RUN,
		  125,
		  "the VM could not be prepared" },
		{ { host_error, no_end },
		  VERDICT_NOT_RUN,
		  125,
		  "cannot write 'console.log': no space left on device; the VM ended without "
		  "a verdict" },
		{ { not_started, host_error },
		  VERDICT_NOT_RUN,
		  125,
		  "cannot write 'console.log': no space left on device" },
		{ { vm_exited, console_was_silent, no_hello, no_end },
		  VERDICT_NOT_RUN,
		  125,
		  "the VM ended with status 1 before it said anything" },
		{ { vm_never_ran, console_was_silent, no_hello, no_end },
		  VERDICT_NOT_RUN,
		  125,
		  "the program that should run the VM ended without having run one" },
		{ { vm_killed, no_hello, no_end, before_the_first },
		  VERDICT_NO_VERDICT,
		  102,
		  "the VM was killed by signal 9 (Killed)" },
		{ { vm_killed, no_end, last_is_running },
		  VERDICT_NO_VERDICT,
		  102,
		  "the VM was killed by signal 9 (Killed) in '001-command'" },
		{ { vm_sandboxed, no_end, last_is_running },
		  VERDICT_NOT_RUN,
		  125,
		  "the VM was ended by its sandbox (QEMU_SANDBOX) in '001-command'" },
		{ { vm_disturbed, fault },
		  VERDICT_NOT_RUN,
		  125,
		  "the VM lost a process of its guest" },
		/* faults before everything that they cause */
		{ { fault },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: BUG: KASAN: slab-out-of-bounds in "
		  "foo+0x1/0x2" },
		{ { fault, fault, allowed_fault, fault },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: BUG: KASAN: slab-out-of-bounds in "
		  "foo+0x1/0x2 (and 2 more)" },
		{ { allowed_fault, fault, timed_out, no_end },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: BUG: KASAN: slab-out-of-bounds in "
		  "foo+0x1/0x2" },
		{ { fault, panicked, reset, no_end },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: BUG: KASAN: slab-out-of-bounds in "
		  "foo+0x1/0x2" },
		{ { fault_that_was_not_kept, first_returned_3 },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: not kept" },
		{ { fault, unchecked, first_returned_3 },
		  VERDICT_FAILED,
		  3,
		  "'000-first' returned 3" },
		{ { fault, unchecked, panicked, no_end },
		  VERDICT_NO_VERDICT,
		  102,
		  "the VM ended without a verdict: the kernel panicked" },
		{ { allowed_fault, panicked, reset, last_is_running },
		  VERDICT_NO_VERDICT,
		  102,
		  "the VM ended without a verdict: the kernel panicked in '001-command'" },
		/* limits */
		{ { timed_out, last_is_running, no_end },
		  VERDICT_TIMEOUT,
		  101,
		  "the time limit of 10 s passed while '001-command' was running" },
		{ { timed_out, before_the_first, no_end, agent_said_why },
		  VERDICT_TIMEOUT,
		  101,
		  "the time limit of 10 s passed" },
		{ { boot_timed_out, no_hello, no_end, console_was_silent },
		  VERDICT_TIMEOUT,
		  101,
		  "the VM said nothing for 60 s after its start" },
		{ { boot_timed_out, no_hello, no_end },
		  VERDICT_TIMEOUT,
		  101,
		  "the VM did not get as far as the test in 60 s after its start" },
		{ { silent, in_the_first, no_end },
		  VERDICT_TIMEOUT,
		  101,
		  "the VM stopped responding in '000-first': no sign of life for 60 s" },
		{ { timed_out, first_returned_3, no_end, damaged },
		  VERDICT_TIMEOUT,
		  101,
		  "the time limit of 10 s passed" },
		/* what went wrong after that may have gone wrong for it */
		{ { network_lost, first_returned_3 },
		  VERDICT_NOT_RUN,
		  125,
		  "the VM's private LAN ended" },
		{ { host_gave_up, last_is_running, no_end },
		  VERDICT_NOT_RUN,
		  125,
		  "cannot wait for the VM: too many open files in '001-command'" },
		{ { network_lost, last_is_running, no_end },
		  VERDICT_NOT_RUN,
		  125,
		  "the VM's private LAN ended in '001-command'" },
		/* no verdict */
		{ { damaged, no_end, first_returned_3 },
		  VERDICT_NO_VERDICT,
		  102,
		  "the VM's messages make no sense: frame 7 is none" },
		{ { stopped_by_command, test_stopped, last_is_running },
		  VERDICT_NO_VERDICT,
		  102,
		  "the VM was ended by 'rapido stop' in '001-command'" },
		{ { no_end, reset }, VERDICT_NO_VERDICT, 102, "the VM was reset" },
		{ { no_end, last_is_running },
		  VERDICT_NO_VERDICT,
		  102,
		  "the VM was powered off in '001-command' before the test had ended" },
		{ { no_end, no_hello, before_the_first },
		  VERDICT_NO_VERDICT,
		  102,
		  "the VM ended before the test began" },
		{ { no_end, no_hello, before_the_first, agent_said_why },
		  VERDICT_NO_VERDICT,
		  102,
		  "the VM ended before the test began: the kernel has no way to rapido" },
		{ { no_end, no_hello, before_the_first, console_was_silent },
		  VERDICT_NO_VERDICT,
		  102,
		  "the VM ended and had said nothing" },
		{ { shut_down, in_the_first },
		  VERDICT_NO_VERDICT,
		  102,
		  "the VM was powered off by the test in '000-first' before it had ended" },
		{ { shell_killed, in_the_first },
		  VERDICT_NO_VERDICT,
		  102,
		  "the shell was killed by signal 9 (Killed) in '000-first'" },
		{ { started_again, in_the_first, no_end },
		  VERDICT_NO_VERDICT,
		  102,
		  "the VM started again in '000-first', as after kexec, before the test had "
		  "ended" },
		/* a panic that comes of it is not the kernel's fault */
		{ { not_unpacked, panicked, before_the_first, no_end },
		  VERDICT_NOT_RUN,
		  125,
		  "the image did not fit into the VM's memory (Initramfs unpacking failed: "
		  "write error): give it more with 'memory' in the manifest" },
		{ { not_understood, fault, before_the_first, no_end },
		  VERDICT_NOT_RUN,
		  125,
		  "the kernel could not unpack the image: junk" },
		/* but what scripts say before they begin undoes nothing */
		{ { not_understood },
		  VERDICT_NOT_RUN,
		  125,
		  "the kernel could not unpack the image: junk" },
		{ { not_understood, first_returned_3 },
		  VERDICT_FAILED,
		  3,
		  "'000-first' returned 3" },
		{ { not_unpacked, fault },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: BUG: KASAN: slab-out-of-bounds in "
		  "foo+0x1/0x2" },
		{ { incomplete, first_returned_3 },
		  VERDICT_NO_VERDICT,
		  102,
		  "the VM found its image incomplete after scripts were run" },
		{ { stopped_for_a_fault, first_returned_3, test_stopped },
		  VERDICT_FAILED,
		  3,
		  "'000-first' returned 3" },
		{ { incomplete, before_the_first },
		  VERDICT_NOT_RUN,
		  125,
		  "the image did not fit into the VM's memory: give it more with 'memory' in "
		  "the manifest" },
		{ { incomplete, fault, before_the_first },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: BUG: KASAN: slab-out-of-bounds in "
		  "foo+0x1/0x2" },
		{ { no_shell, before_the_first },
		  VERDICT_NOT_RUN,
		  125,
		  "the shell could not be started: no such file or directory" },
		{ { reset },
		  VERDICT_NO_VERDICT,
		  102,
		  "the VM was reset when the test had ended" },
		{ { output_lost, first_returned_3 },
		  VERDICT_FAILED,
		  3,
		  "'000-first' returned 3" },
		{ { output_lost },
		  VERDICT_NOT_RUN,
		  125,
		  "only 99 of the 100 bytes of the test's standard output arrived" },
		{ { more_output_than_was_sent },
		  VERDICT_NO_VERDICT,
		  102,
		  "101 bytes of the test's standard output arrived, more than the 100 that "
		  "the VM says it sent" },
		{ { in_the_first },
		  VERDICT_NO_VERDICT,
		  102,
		  "the shell ended with status 0 in '000-first', so that 1 of 2 scripts was "
		  "not run" },
		{ { more_was_planned },
		  VERDICT_NO_VERDICT,
		  102,
		  "the shell ended with status 0, so that 2 of 4 scripts were not run" },
		{ { before_the_first },
		  VERDICT_NO_VERDICT,
		  102,
		  "the shell ended with status 0 and no script was run" },
		{ { first_never_ended, first_returned_3 },
		  VERDICT_NO_VERDICT,
		  102,
		  "the end of '000-first' was not reported" },
		{ { less_was_planned, first_returned_3 },
		  VERDICT_NO_VERDICT,
		  102,
		  "2 scripts were run, but 1 were planned" },
		/* the test's own */
		{ { first_returned_3, last_returned_137 },
		  VERDICT_FAILED,
		  3,
		  "'000-first' returned 3" },
		/* nothing of the test's was judged then */
		{ { first_returned_127, cat_was_missing },
		  VERDICT_NOT_RUN,
		  125,
		  "'000-first' returned 127: 'cat' is not in the image: cut it with --bin "
		  "cat or add 'bin cat' to the manifest" },
		{ { first_returned_127, cat_was_missing, head_was_missing,
		    typo_was_missing },
		  VERDICT_NOT_RUN,
		  125,
		  "'000-first' returned 127: 'cat', 'head' are not in the image: cut it "
		  "with --bin cat --bin head or add 'bin cat head' to the manifest; "
		  "'ehco' is neither in the image nor on this "
		  "host" },
		{ { first_returned_127, last_returned_137 },
		  VERDICT_NOT_RUN,
		  125,
		  "'000-first' returned 127: a command was not found in the VM; --bin NAME "
		  "brings the host's" },
		{ { last_returned_126 },
		  VERDICT_NOT_RUN,
		  125,
		  "'001-command' returned 126: a command could not be executed" },
		{ { shell_exited_127, last_is_running },
		  VERDICT_NOT_RUN,
		  125,
		  "the shell ended in '001-command' with status 127: a command was not "
		  "found in the VM; --bin NAME brings the host's" },
		{ { first_returned_127, fault },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: BUG: KASAN: slab-out-of-bounds in "
		  "foo+0x1/0x2" },
		/* a failure is one, whatever it was that failed */
		{ { first_returned_3, cat_was_missing, last_returned_126 },
		  VERDICT_FAILED,
		  3,
		  "'000-first' returned 3; 'cat' is not in the image: cut it with --bin cat "
		  "or add 'bin cat' to the manifest" },
		{ { cat_was_missing }, VERDICT_PASSED, 0, "all 2 scripts returned 0" },
		{ { last_returned_137 },
		  VERDICT_FAILED,
		  99,
		  "'001-command' returned 137, reported as 99" },
		{ { shell_exited_5 },
		  VERDICT_FAILED,
		  5,
		  "the shell ended with status 5" },
		{ { shell_exited_5, in_the_first },
		  VERDICT_FAILED,
		  5,
		  "the shell ended in '000-first' with status 5, so that 1 of 2 scripts were not run" },
		{ { shell_exited_5, last_is_running, first_returned_3 },
		  VERDICT_FAILED,
		  3,
		  "'000-first' returned 3" },
		{ { first_returned_3, host_error, results_not_written },
		  VERDICT_FAILED,
		  3,
		  "'000-first' returned 3" },
		{ { first_returned_3, evil_name },
		  VERDICT_FAILED,
		  3,
		  "'a\\012b\\033[2J' returned 3" },
		/* what it says in TAP, which makes no difference to a status */
		{ { kunit_failed },
		  VERDICT_FAILED,
		  1,
		  "1 of 2 TAP cases failed: 'bad', in the kernel's log" },
		{ { kunit_failed, tap_only_reported },
		  VERDICT_PASSED,
		  0,
		  "all 2 scripts returned 0 (1 of 2 TAP cases failed)" },
		{ { kunit_unfinished },
		  VERDICT_FAILED,
		  1,
		  "1 of 2 TAP cases failed: 's / test 2', in the kernel's log" },
		{ { kunit_unfinished, log_lost },
		  VERDICT_NOT_RUN,
		  125,
		  "results of the kernel's tests are missing: 7 lines of the kernel's "
		  "log were lost, in which it may have reported a fault" },
		{ { kunit_unfinished, fault },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: BUG: KASAN: slab-out-of-bounds in foo+0x1/0x2; the kernel's test "
		  "'s / test 2' was running" },
		{ { kunit_unfinished, fault_in_kunit },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: BUG: x; the kernel's test 'b_test' was "
		  "running" },
		{ { kunit_failed, fault_in_kunit },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: BUG: x; the kernel's test 'b_test' was "
		  "running" },
		{ { kunit_unfinished, timed_out },
		  VERDICT_TIMEOUT,
		  101,
		  "the time limit of 10 s passed; the kernel's test 's / test 2' was "
		  "running" },
		{ { kunit_was_wanted },
		  VERDICT_NOT_RUN,
		  125,
		  "the kernel ran no KUnit test: none matches KUNIT_FILTER, or it has "
		  "none; set CONFIG_KUNIT_ALL_TESTS, or the options of single tests" },
		{ { kunit_was_wanted, kunit_failed },
		  VERDICT_FAILED,
		  1,
		  "1 of 2 TAP cases failed: 'bad', in the kernel's log" },
		{ { tap_failed },
		  VERDICT_FAILED,
		  1,
		  "2 of 4 TAP cases failed: 'b' is the first, in '000-first'" },
		{ { tap_missing },
		  VERDICT_FAILED,
		  1,
		  "1 of 3 TAP cases failed: 'plan', in '001-command'" },
		{ { tap_failed, tap_missing, host_error },
		  VERDICT_FAILED,
		  1,
		  "3 of 7 TAP cases failed: 'b' is the first, in '000-first'" },
		{ { tap_failed, last_returned_137 },
		  VERDICT_FAILED,
		  99,
		  "'001-command' returned 137, reported as 99" },
		{ { tap_failed, last_is_running },
		  VERDICT_FAILED,
		  1,
		  "2 of 4 TAP cases failed: 'b' is the first, in '000-first'" },
		{ { tap_failed, output_lost },
		  VERDICT_FAILED,
		  1,
		  "2 of 4 TAP cases failed: 'b' is the first, in '000-first'" },
		{ { tap_failed, tap_only_reported },
		  VERDICT_PASSED,
		  0,
		  "all 2 scripts returned 0 (2 of 4 TAP cases failed)" },
		{ { tap_passed }, VERDICT_PASSED, 0, "all 2 scripts returned 0" },
		/* the host */
		{ { host_error },
		  VERDICT_NOT_RUN,
		  125,
		  "cannot write 'console.log': no space left on device" },
		{ { fault_on_the_console_alone },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: BUG: Bad page state (only the console has "
		  "it, not /dev/kmsg)" },
		/* the agent could not tell any more */
		{ { fault_on_the_console_alone, no_end, panicked },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: BUG: Bad page state" },
		{ { stopped_for_a_fault, last_is_running, no_end },
		  VERDICT_NOT_RUN,
		  125,
		  "the VM was stopped in '001-command' because of a false fault: a program had "
		  "written it to /dev/kmsg" },
		/* it may have been a panic */
		{ { console_not_read, no_end, reset },
		  VERDICT_NOT_RUN,
		  125,
		  "cannot read the VM's console: input/output error" },
		{ { console_not_read, fault, no_end },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: BUG: KASAN: slab-out-of-bounds in "
		  "foo+0x1/0x2" },
		{ { first_returned_3, console_not_read },
		  VERDICT_FAILED,
		  3,
		  "'000-first' returned 3" },
		{ { log_lost },
		  VERDICT_PASSED,
		  0,
		  "all 2 scripts returned 0; 7 lines of the kernel's log were lost, in "
		  "which it may have reported a fault" },
		{ { log_not_read },
		  VERDICT_PASSED,
		  0,
		  "all 2 scripts returned 0; /dev/kmsg was not read: no such device" },
		{ { machine_check },
		  VERDICT_NOT_RUN,
		  125,
		  "the kernel is tainted: M (machine check), which comes from the VM's "
		  "processor and is not the kernel's fault" },
		{ { image_of_another_version, stopped_for_damage, no_hello, no_end },
		  VERDICT_NOT_RUN,
		  125,
		  "the image was cut by another version of rapido: cut it again" },
		{ { results_not_written },
		  VERDICT_NOT_RUN,
		  125,
		  "cannot write the test's results: no space left on device" },
		{ { host_error, fault, no_end },
		  VERDICT_FAULT,
		  100,
		  "the kernel reported a fault: BUG: KASAN: slab-out-of-bounds in "
		  "foo+0x1/0x2" },
		/* none of it */
		{ { would_not_power_off, vm_killed },
		  VERDICT_PASSED,
		  0,
		  "all 2 scripts returned 0; the VM did not power off by itself" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(rows[i].happen) && rows[i].happen[j];
		     j++)
			rows[i].happen[j]();
		verdict_judge(record);
		if (record->verdict != rows[i].verdict ||
		    record->status != rows[i].status ||
		    !streq(record->reason, rows[i].reason))
			print_error("row %zu: %s, %d, '%s'\nnot '%s'\n", i,
				    verdict_name(record->verdict), record->status,
				    record->reason, rows[i].reason);
		assert_int_equal(record->verdict, rows[i].verdict);
		assert_int_equal(record->status, rows[i].status);
		assert_string_equal(record->reason, rows[i].reason);
		teardown(state);
		setup(state);
	}
}

VERDICT_TEST(judge__every_status_of_a_test__1_to_99)
{
	for (unsigned int status = 1; status < 100000; status += 1 + status / 300) {
		int expected = status == 126 || status == 127 ? 125
			       : status < 99		      ? (int)status
							      : 99;

		record->cases[0].status = status;
		verdict_judge(record);
		assert_int_equal(record->status, expected);
	}
	record->cases[0].status = 0;
	record->end_status = UINT32_MAX;
	verdict_judge(record);
	assert_int_equal(record->status, 99);
}

static void taint_without_a_report(void)
{
	taint_note(&record->taint, 1u << 9, SIZE_MAX);
	taint_judge(&record->taint, &record->faults, 5);
}

/* rapido-run(1), "Who is to blame": its rows, and what happens in each. */
static const struct blame {
	const char *row;
	void (*happen[3])(void);
} blames[] = {
	{ "All scripts returned 0, and the kernel reported nothing", { ready } },
	{ "A script returned 1 to 98", { first_returned_3 } },
	{ "A script returned a higher status", { last_returned_137 } },
	{ "A case of TAP, KTAP or KUnit failed", { tap_failed } },
	{ "A case of TAP, KTAP or KUnit was planned and is missing", { tap_missing } },
	{ "A script ended the shell with status 0, though others were left",
	  { in_the_first } },
	{ "The test killed the shell", { shell_killed } },
	{ "The test powered the VM off or reset it", { shut_down } },
	{ "The kernel reported a fault, in a script, before or after them", { fault } },
	{ "The kernel is tainted by a fault whose report was not seen",
	  { taint_without_a_report } },
	{ "The kernel panicked, as the test allows", { panicked, no_end } },
	{ "The time limit passed", { timed_out } },
	{ "The VM did not get as far as the test in time", { boot_timed_out, no_hello } },
	{ "The VM stopped responding", { silent, no_end } },
	{ "The VM ended, or was reset, before the test had", { no_end } },
	{ "The VM was killed, or failed when it ran", { vm_killed, no_end } },
	{ "The VM's messages make no sense", { damaged } },
	{ "The VM's scripts are not those of its image", { more_was_planned } },
	{ "The VM started again, as after kexec", { started_again, no_end } },
	{ "A command was not found, or could not be executed", { first_returned_127 } },
	{ "The kernel was to run KUnit tests, and ran none", { kunit_was_wanted } },
	{ "Tests of the kernel are missing in a log that is incomplete",
	  { kunit_unfinished, log_lost } },
	{ "The shell could not be started", { before_the_first, no_shell } },
	{ "The image could not be cut, or the VM not be prepared", { not_started } },
	{ "The VM was ended by its sandbox", { vm_sandboxed, no_end } },
	{ "The host killed a process of the VM, or had no memory for it",
	  { vm_disturbed, no_end } },
	{ "The VM failed before it said anything",
	  { vm_exited, console_was_silent, no_hello } },
	{ "The program that should run the VM ran none",
	  { vm_never_ran, console_was_silent, no_hello } },
	{ "The image did not fit into the VM's memory", { not_unpacked } },
	{ "The image was cut by another version of rapido",
	  { image_of_another_version } },
	{ "The process that serves the VM's network ended", { network_lost } },
	{ "The host could not write output, logs or results", { host_error } },
	{ "The console or the kernel's log could not be read", { console_not_read } },
	{ "Output of the test got lost on its way", { output_lost } },
	{ "A machine check of the VM's processor", { machine_check } },
	{ "A signal ended rapido", { signalled } },
	{ "The command 'rapido stop' ended the VM", { stopped_by_command } },
};

/* ".It STATUS (WHO)" and the line behind it: "row", "who", "status". */
static bool read_row(char *item, const char *text, const char *columns[3])
{
	char *who;

	if (!starts_with(item, ".It "))
		return false;
	who = strstr(item, " (");
	assert_non_null(who);
	assert_non_null(text);
	*who = '\0';
	who += strlen(" (");
	who[strcspn(who, ")")] = '\0';
	columns[0] = text;
	columns[1] = who;
	columns[2] = item + strlen(".It ");
	return true;
}

static int expected_status(const char *column)
{
	if (streq(column, "its own"))
		return 3;
	if (streq(column, "128+N"))
		return 128 + SIGINT;
	return (int)strtol(column, NULL, 10);
}

VERDICT_TEST(judge__each_row_of_the_man_page__that_status)
{
	_cleanup_(strvec_release) struct strvec lines = STRVEC_INIT;
	_cleanup_free_ char *text = NULL;
	const char *columns[3];
	char *table;
	size_t nr = 0;

	assert_int_equal(io_read_file(AT_FDCWD, SOURCE_DIR "/docs/rapido-run.1", 1 << 20,
				      &text, NULL),
			 0);
	table = strstr(text, ".Ss Who is to blame");
	assert_non_null(table);
	*strstr(table, "\n.El") = '\0';
	strvec_split(&lines, table, "\n");
	for (size_t i = 0; i < lines.nr; i++) {
		bool set_up, kernel;

		if (!read_row(lines.v[i], lines.v[i + 1], columns))
			continue;
		assert_true(nr < ARRAY_SIZE(blames));
		assert_string_equal(columns[0], blames[nr].row);
		for (size_t j = 0; j < 3 && blames[nr].happen[j]; j++)
			blames[nr].happen[j]();
		verdict_judge(record);
		if (record->status != expected_status(columns[2]))
			print_error("'%s': %d, %s\n", columns[0], record->status,
				    record->reason);
		assert_int_equal(record->status, expected_status(columns[2]));
		/* the kernel is blamed for nothing else, and never for the set-up */
		set_up = streq(columns[1], "set-up");
		kernel = streq(columns[1], "kernel");
		assert_true(set_up == (record->status == STATUS_NOT_RUN));
		assert_true(kernel == (record->status == STATUS_FAULT));
		nr++;
		teardown(state);
		setup(state);
	}
	assert_int_equal(nr, ARRAY_SIZE(blames));
}

VERDICT_TEST(judge__fresh_record__not_run)
{
	teardown(state);
	record_init(record);
	verdict_judge(record);
	assert_int_equal(record->status, STATUS_NOT_RUN);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

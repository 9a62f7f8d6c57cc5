// SPDX-License-Identifier: GPL-2.0-or-later
/* verdict: of a helper by itself, and of a test that had two of them. */
#include <signal.h>

#include "record_fixture.h"

static struct run_record record, *first, *second;

/* What a helper is that did what it was there for. */
static struct run_record *add_helper(const char *name, unsigned int slot)
{
	struct run_record *helper = record_add_helper(&record, name);

	helper->started_vm = helper->console_spoke = helper->hello = helper->has_end =
		helper->ready = true;
	helper->planned = 2;
	helper->slot = slot;
	helper->end = WIRE_END_STOPPED;
	helper->stop = RUN_OVER;
	fx_case(helper, "000-setup", 0, 10, 0, "");
	fx_case(helper, "001-serve", 10, 0, 0, "");
	return helper;
}

static int setup(void **state)
{
	(void)state;
	fx_record(&record, 1);
	fx_case(&record, "000-test", 0, 10, 0, "");
	first = add_helper("server", 1);
	second = add_helper("server-2", 2);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	record_release(&record);
	return 0;
}

static void judge(void)
{
	verdict_judge(first);
	verdict_judge(second);
	verdict_judge(&record);
}

/* The verdict on @of. */
#define assert_verdict(of, number, why)                   \
	do {                                              \
		judge();                                  \
		assert_string_equal((of)->reason, (why)); \
		assert_int_equal((of)->status, (number)); \
		/* a second look comes to the same end */ \
		verdict_judge(&record);                   \
		assert_string_equal((of)->reason, (why)); \
	} while (0)

/* It ended the run: the VM of the test was asked to stop, or not even started. */
static void ends_run(struct run_record *helper, bool skipped)
{
	helper->ended_run = true;
	record.stop = RUN_OVER;
	record.end = WIRE_END_STOPPED;
	record.skipped = skipped;
	if (skipped)
		record.started_vm = record.hello = record.has_end = false;
}

#define VERDICT_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

VERDICT_TEST(helper__there_for_the_test__passed)
{
	assert_verdict(first, 0, "the VM was there for the test");
	assert_verdict(&record, 0, "'000-test' returned 0");
	assert_null(record.cause);
}

VERDICT_TEST(helper__no_scripts__passed)
{
	struct run_record *helper = record_add_helper(&record, "empty");

	helper->started_vm = helper->hello = helper->has_end = helper->ready = true;
	helper->end = WIRE_END_STOPPED;
	helper->stop = RUN_OVER;
	verdict_judge(helper);
	assert_int_equal(helper->verdict, VERDICT_PASSED);
}

VERDICT_TEST(helper__script_ended_with_it__passed)
{
	record_end_case(first, 143, 20, true);
	assert_verdict(first, 0, "the VM was there for the test");
}

static void print_failure(struct run_record *of)
{
	static const char text[] = "1..2\nnot ok 1 - bad\n";

	record_output(of, text, sizeof(text) - 1, true);
}

VERDICT_TEST(helper__tap_failed_in_it__failed)
{
	print_failure(first);
	record_end_case(first, 0, 20, false);
	assert_verdict(first, 1,
		       "2 of 2 TAP cases failed: 'bad' is the first, in "
		       "'001-serve'");
	assert_verdict(&record, 1,
		       "in the VM of 'server': 2 of 2 TAP cases failed: 'bad' is the "
		       "first, in '001-serve'");
}

VERDICT_TEST(helper__tap_of_what_a_stop_ended__no_matter)
{
	print_failure(first);
	record_end_case(first, 143, 20, true);
	assert_verdict(first, 0, "the VM was there for the test");
	print_failure(second);
	record_finish(second);
	assert_verdict(second, 0, "the VM was there for the test");
	assert_false(first->cases[1].tap.is_tap || second->cases[1].tap.is_tap);
}

VERDICT_TEST(helper__not_gone_when_asked__no_verdict)
{
	first->has_end = false;
	assert_verdict(first, STATUS_NO_VERDICT,
		       "the VM did not end when it was asked to");
	assert_int_equal(record.status, STATUS_NO_VERDICT);
	assert_ptr_equal(record.cause, first);
}

VERDICT_TEST(helper__ended_by_itself__no_verdict)
{
	ends_run(second, false);
	second->end = WIRE_END_EXIT;
	assert_verdict(second, STATUS_NO_VERDICT, "the VM ended before the test had");
	assert_verdict(&record, STATUS_NO_VERDICT,
		       "in the VM of 'server-2': the VM ended before the test had");
}

VERDICT_TEST(test__its_own_status__counts_more)
{
	record.cases[0].status = 3;
	record_end_case(first, 7, 20, false);
	assert_verdict(first, 7, "'001-serve' returned 7");
	assert_verdict(&record, 3, "'000-test' returned 3");
}

VERDICT_TEST(test__passed_and_a_helper_did_not__the_first_of_them)
{
	record_end_case(first, 7, 20, false);
	second->has_end = false;
	assert_verdict(&record, 7, "in the VM of 'server': '001-serve' returned 7");
	assert_int_equal(record.verdict, VERDICT_FAILED);
}

/* Or a bisection would call a kernel bad for what the helper has done. */
VERDICT_TEST(test__failed_after_a_helpers_end__the_helpers)
{
	ends_run(first, false);
	first->end = WIRE_END_EXIT;
	record.end = WIRE_END_EXIT;
	record.cases[0].status = 3;
	assert_verdict(&record, STATUS_NO_VERDICT,
		       "in the VM of 'server': the VM ended before the test had");
}

VERDICT_TEST(test__fault_after_a_helpers_end__both_are_told)
{
	ends_run(first, false);
	record_end_case(first, 7, 20, false);
	fx_fault(&record, "bug", "BUG: own", "text\n", 0);
	assert_verdict(&record, STATUS_FAULT,
		       "the kernel reported a fault: BUG: own; before that, in the VM of "
		       "'server': '001-serve' returned 7");
	assert_null(record.cause);
}

/* It needs no helper any more. */
VERDICT_TEST(helper__ended_after_the_test__passed)
{
	first->end = WIRE_END_EXIT;
	record_end_case(first, 0, 20, false);
	assert_verdict(first, 0, "the VM was there for the test");
	assert_verdict(&record, 0, "'000-test' returned 0");
}

VERDICT_TEST(test__fault_of_a_helper__before_all_but_signals)
{
	fx_fault(second, "panic", "Kernel panic", "text\n", 0);
	record.cases[0].status = 3;
	assert_verdict(
		&record, STATUS_FAULT,
		"in the VM of 'server-2': the kernel reported a fault: Kernel panic");
	assert_int_equal(record.verdict, VERDICT_FAULT);
	record.stop = RUN_TIMEOUT;
	record.limit_s = 5;
	judge();
	assert_int_equal(record.status, STATUS_FAULT);
	fx_fault(&record, "bug", "BUG: own", "text\n", 0);
	assert_verdict(&record, STATUS_FAULT, "the kernel reported a fault: BUG: own");
	assert_null(record.cause);
	record.signal = first->signal = second->signal = SIGINT;
	judge();
	assert_int_equal(record.status, 128 + SIGINT);
}

VERDICT_TEST(test__not_run__why)
{
	ends_run(first, true);
	first->ready = false;
	first->stop = RUN_TIMEOUT;
	first->limit_s = 5;
	second->skipped = true;
	assert_verdict(
		&record, STATUS_TIMEOUT,
		"the test was not run: in the VM of 'server': the time limit of 5 s "
		"passed while '001-serve' was running");
	assert_string_equal(second->reason, "the run was over before it was started");
	assert_int_equal(second->status, STATUS_NOT_RUN);
}

VERDICT_TEST(test__victims_and_a_culprit__the_culprits)
{
	ends_run(second, true);
	first->has_end = false;
	second->ready = false;
	record_end_case(second, 9, 20, false);
	assert_verdict(&record, 9,
		       "the test was not run: in the VM of 'server-2': '001-serve' "
		       "returned 9");
}

VERDICT_TEST(test__helper_stopped_by_the_user__number_and_name)
{
	ends_run(second, false);
	second->stop = RUN_COMMAND;
	assert_verdict(&record, STATUS_NO_VERDICT,
		       "VM 2 of 'server-2' was ended by 'rapido stop'");
}

VERDICT_TEST(test__could_not_be_started__its_own)
{
	record.started_vm = false;
	assert_verdict(&record, STATUS_NOT_RUN, "the VM could not be prepared");
}

VERDICT_TEST(test__helpers_files_not_written__not_run)
{
	first->host_error = xstrdup("cannot write 'output': no space left on device");
	assert_verdict(&record, STATUS_NOT_RUN,
		       "in the VM of 'server': cannot write 'output': no space left on "
		       "device");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

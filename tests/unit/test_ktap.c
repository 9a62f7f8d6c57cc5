// SPDX-License-Identifier: GPL-2.0-or-later
/* KTAP in the kernel's log: out of console and /dev/kmsg, by way of klog. */
#include "fixture.h"
#include "run/ktap.h"

static struct klog klog;
static struct ktap ktap;
static struct tap tap;

static void take_line(void *data, const struct klog_line *line)
{
	(void)data;
	ktap_line(&ktap, &klog, line, &tap);
}

static void take_settled(void *data, const struct klog_line *line)
{
	(void)data;
	ktap_settle(&ktap, line);
}

static int setup(void **state)
{
	(void)state;
	klog_init(&klog, take_line, take_settled, NULL);
	ktap = (struct ktap){ 0 };
	tap_init(&tap);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	klog_release(&klog);
	ktap_release(&ktap);
	tap_release(&tap);
	return 0;
}

static void console(const char *text)
{
	klog_console(&klog, text, strlen(text));
}

static void kmsg(const char *record)
{
	klog_kmsg(&klog, record, strlen(record) + 1);
}

static void finish(void)
{
	klog_console_end(&klog);
	ktap_finish(&ktap, &klog, &tap);
	tap_finish(&tap);
}

#define TEST(name) DEFINE_TEST_WITH(name, setup, teardown)

/* As lib/kunit/test.c of Linux 6.2 and later has it at the boot. */
TEST(ktap__console_of_the_boot__cases)
{
	console("[    1.000000] KTAP version 1\r\n"
		"[    1.000001] 1..1\r\n"
		"[    1.000002]     KTAP version 1\r\n"
		"[    1.000003]     # Subtest: list\r\n"
		"[    1.000004]     1..2\r\n"
		"[    1.000005]     ok 1 add\r\n"
		"[    1.000006] usb: a device\r\n"
		"[    1.000007]     # del: EXPECTATION FAILED at lib/list.c:7\r\n"
		"[    1.000008]     not ok 2 del\r\n"
		"[    1.000009] not ok 1 list\r\n");
	finish();
	assert_true(tap.is_tap);
	assert_int_equal(tap.passed, 1);
	assert_int_equal(tap.failed, 2);
	assert_string_equal(tap.cases[1].name, "list / del");
	assert_contains(tap.cases[1].notes, "EXPECTATION FAILED");
}

TEST(ktap__both_sources__each_line_once)
{
	console("[    1.000000] KTAP version 1\n[    1.000000] 1..2\n");
	kmsg("6,1,1000000,-;KTAP version 1\n");
	kmsg("6,2,1000000,-;1..2\n");
	kmsg("6,3,1000001,-;ok 1 a\n");
	console("[    1.000001] ok 1 a\n[    1.000002] ok 2 b\n");
	kmsg("6,4,1000002,-;ok 2 b\n");
	finish();
	assert_int_equal(tap.passed, 2);
	assert_int_equal(tap.failed, 0);
}

/* The console leaves out what is no error, and brings that before the rest. */
TEST(ktap__errors_come_first__in_the_order_of_time)
{
	console("[    1.000003]     # a: EXPECTATION FAILED\n"
		"[    1.000005]     # b: EXPECTATION FAILED\n");
	kmsg("6,1,1000000,-;KTAP version 1\n");
	kmsg("6,2,1000001,-;1..2\n");
	console("[    1.000007] # c: late\n");
	kmsg("3,3,1000003,-;    # a: EXPECTATION FAILED\n");
	kmsg("6,4,1000004,-;not ok 1 a\n");
	kmsg("3,5,1000005,-;    # b: EXPECTATION FAILED\n");
	kmsg("6,6,1000006,-;not ok 2 b\n");
	finish();
	assert_int_equal(tap.failed, 2);
	assert_int_equal(tap_total(&tap), 2);
}

TEST(ktap__lines_of_programs__not_taken)
{
	console("[    1.000000] KTAP version 1\n[    1.000001] 1..1\n"
		"[    1.000002] not ok 1 a joke\n[    1.000003] ok 1 true\n");
	kmsg("6,1,1000000,-;KTAP version 1\n");
	kmsg("6,2,1000001,-;1..1\n");
	kmsg("12,3,1000002,-;not ok 1 a joke\n");
	kmsg("6,4,1000003,-;ok 1 true\n");
	kmsg("12,5,1000004,-;not ok 2 another\n");
	finish();
	assert_int_equal(tap.passed, 1);
	assert_int_equal(tap.failed, 0);
}

/* Something else has been written to the console in the middle of a line. */
TEST(ktap__torn_line__not_taken_twice)
{
	kmsg("6,1,1000000,-;KTAP version 1\n");
	kmsg("6,2,1000001,-;1..1\n");
	console("[    1.000000] KTAP version 1\n[    1.000001] 1..1\n"
		"[    1.000002] not ok 1 alo# ls\n");
	kmsg("6,3,1000002,-;not ok 1 along name\n");
	kmsg("6,4,1000003,-;something else\n");
	finish();
	assert_int_equal(tap.failed, 1);
	assert_string_equal(tap.cases[0].name, "along name");
}

TEST(ktap__without_a_version__no_cases)
{
	console("[    1.000000] 1..1\n[    1.000001] not ok 1 a driver's words\n");
	finish();
	assert_false(tap.is_tap);
	assert_int_equal(tap_total(&tap), 0);
}

/* More than is kept: nothing of it is lost or out of order. */
TEST(ktap__very_many__all)
{
	const int nr = 200000;
	char line[64];

	console("[    1.000000] KTAP version 1\n");
	snprintf(line, sizeof(line), "[    1.000000] 1..%d\n", nr);
	console(line);
	for (int i = 1; i <= nr; i++) {
		snprintf(line, sizeof(line), "[    2.%06d] ok %d x\n", i, i);
		console(line);
	}
	finish();
	assert_int_equal(tap.passed, nr);
	assert_int_equal(tap.failed, 0);
}

/* A module of Linux 6.1. */
TEST(ktap__suite_without_a_version__cases)
{
	console("[    1.000000]     # Subtest: s\n[    1.000001]     1..1\n"
		"[    1.000002]     ok 1 - a\n[    1.000003] ok 1 - s\n");
	finish();
	assert_int_equal(tap.passed, 2);
}

/* The lines of one message; what else the kernel says has another time, or no blanks. */
TEST(ktap__note_of_several_lines__all)
{
	console("[    1.000000] KTAP version 1\n[    1.000001] 1..1\n"
		"[    1.000002]     # a: EXPECTATION FAILED at a.c:1\n"
		"[    1.000002]     Expected x == y, but\n"
		"[    1.000002]         not == 1\n"
		"[    1.000003]         something else\n"
		"[    1.000004] not ok 1 a\n");
	kmsg("6,1,1000000,-;KTAP version 1\n");
	kmsg("6,2,1000001,-;1..1\n");
	kmsg("3,3,1000002,-;    # a: EXPECTATION FAILED at a.c:1\\x0a    Expected x == y, "
	     "but\\x0a        not == 1\n");
	kmsg("6,4,1000003,-;        something else\n");
	kmsg("6,5,1000004,-;not ok 1 a\n");
	finish();
	assert_int_equal(tap_total(&tap), 1);
	assert_string_equal(tap.cases[0].notes, "a: EXPECTATION FAILED at a.c:1\n"
						"    Expected x == y, but\n"
						"        not == 1\n");
}

/* Only what shows that the tests go on. */
TEST(ktap__progress__begin_and_end_of_a_test)
{
	static const struct {
		const char *text;
		bool progress;
	} lines[] = {
		{ "not ok 0 before it began", false },
		{ "KTAP version 1", false },
		{ "1..1", false },
		{ "    # Subtest: s", true },
		{ "    # a: again and again", false },
		{ "    ok 1 a", true },
		{ "not ok 1 s", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct klog_line line = { .usec = i,
					  .text = lines[i].text,
					  .origin = KLOG_KERNEL };

		assert_int_equal(ktap_line(&ktap, &klog, &line, &tap), lines[i].progress);
	}
}

#define REPORT_HEAD "[    1.0] BUG: kernel NULL pointer dereference, address: 0\n"

TEST(ktap__test_in_report__function_that_kunit_called)
{
	static const struct {
		const char *report, *test;
	} reports[] = {
		/* a function of the test's has the fault */
		{ REPORT_HEAD "[    1.0] RIP: 0010:helper+0x5/0x10 [list_test]\n"
			      "[    1.0] Call Trace:\n[    1.0]  <TASK>\n"
			      "[    1.0]  ? __die+0x1f/0x60\n"
			      "[    1.0]  list_test_add+0x12/0x50 [list_test]\n"
			      "[    1.0]  kunit_try_run_case+0x6e/0x100\n",
		  "list_test_add" },
		/* the test itself has it */
		{ REPORT_HEAD "[    1.0] RIP: 0010:list_test_add+0x5/0x10\n"
			      "[    1.0] Call Trace:\n[    1.0]  <TASK>\n"
			      "[    1.0]  ? __die+0x1f/0x60\n"
			      "[    1.0]  kunit_try_run_case+0x6e/0x100\n",
		  "list_test_add" },
		{ REPORT_HEAD "pc : list_test_add+0x5/0x10\nlr : other+0x4/0x8\n"
			      "Call trace:\n list_test_add+0x5/0x10\n"
			      " kunit_try_run_case+0x6e/0x100\n",
		  "list_test_add" },
		/* User Mode Linux without frame pointers */
		{ "Kernel panic - not syncing: Segfault with no mm\nCall Trace:\n"
		  " [<a680d039>] ? dies_here+0xc/0xfd3 [kunit_dies]\n"
		  " [<6007c05c>] ? ktime_get_ts64+0x0/0xe5\n"
		  " [<602039be>] ? kunit_try_run_case+0xc8/0x186\n",
		  "dies_here" },
		{ "WARNING\nCall Trace:\n [<6020c5b2>] ? kunit_a_test+0x176/0x1e8\n"
		  " [<6007c0ee>] ? ktime_get_ts64+0x92/0xe5\n"
		  " [<602039be>] ? kunit_try_run_case+0xc8/0x186\n",
		  NULL },
		/* not called by a test */
		{ REPORT_HEAD "RIP: 0010:worker+0x5/0x10\nCall Trace:\n"
			      " process_one_work+0x1/0x2\n",
		  NULL },
		{ "", NULL },
		{ "+0x", NULL },
		{ "kunit_try_run_case+0x6e/0x100\n", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(reports); i++) {
		_cleanup_free_ char *name = ktap_test_in_report(reports[i].report);

		if (reports[i].test)
			assert_string_equal(name, reports[i].test);
		else
			assert_null(name);
	}
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

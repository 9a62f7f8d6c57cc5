// SPDX-License-Identifier: GPL-2.0-or-later
/* What is said about a suite: the line while it runs, a case's line, the summary. */
#include "suite_facts_fixture.h"

static struct strbuf out;

static int setup(void **state)
{
	fx_facts(state);
	out = (struct strbuf)STRBUF_INIT;
	return 0;
}

static int teardown(void **state)
{
	strbuf_release(&out);
	return fx_facts_release(state);
}

#define PRINT_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

/* The line while it runs */

static const char *progress(const struct suite_running *running, size_t nr)
{
	strbuf_setlen(&out, 0);
	suite_progress_format(&suite, running, nr, &out);
	return out.buf;
}

PRINT_TEST(progress__at_first__no_time_left)
{
	const struct suite_running boots[] = { { NULL, 300 }, { NULL, 200 } };

	fx_cases("a\nb\n");
	fx_start();
	assert_string_equal(progress(boots, 2), "0/2 done; 2 VMs boot");
	assert_string_equal(progress(boots, 1), "0/2 done; 1 VM boots");
	assert_string_equal(progress(NULL, 0), "0/2 done");
}

PRINT_TEST(progress__cases_run__the_longest_first)
{
	const struct suite_running running[] = {
		{ "generic/018", 2000 },
		{ NULL, 50000 },
		{ "generic/013", 41000 },
		{ "generic/020", 64000 },
	};

	fx_many_cases(60);
	fx_start();
	assert_string_equal(progress(running, 4),
			    "60/60 done, 6 failed; generic/020 1:04, generic/013 41 s, "
			    "generic/018 2 s, 1 VM boots");
}

/* Ten of 20 took 10 s each; of the two that run, one has just begun. */
PRINT_TEST(progress__time_left__by_the_mean)
{
	const struct suite_running running[] = { { "c/10", 0 }, { "c/11", 60000 } };
	_cleanup_(strbuf_release) struct strbuf list = STRBUF_INIT;

	for (size_t i = 0; i < 20; i++)
		strbuf_addf(&list, "c/%zu\n", i);
	fx_cases(list.buf);
	for (size_t i = 0; i < 10; i++)
		fx_attempt(i, SUITE_PASSED, NULL, NULL)->ms = 10000;
	/* what fx_attempt() has noted, with the time that is said here */
	suite.spent_ms = 100000;
	fx_start();
	assert_contains(progress(running, 2), "10/20 done, about 45 s left; c/11 1:00, ");
	assert_contains(progress(running, 1), "10/20 done, about 1:40 left; ");
}

PRINT_TEST(progress__last_case__not_before_its_mean)
{
	const struct suite_running running[] = { { "b", 2000 }, { NULL, 0 } };

	fx_cases("a\nb\n");
	fx_attempt(0, SUITE_PASSED, NULL, NULL);
	suite.spent_ms = 3600000;
	fx_start();
	assert_contains(progress(running, 2), "1/2 done, about 59:58 left");
	suite.spent_ms = 2 * 3600000;
	assert_contains(progress(running, 2), "about 1:59:58 left");
	/* it takes longer than that */
	suite.spent_ms = 1000;
	assert_contains(progress(running, 2), "1/2 done; b 2 s");
}

PRINT_TEST(progress__kinds_of_trouble__told_apart)
{
	fx_cases("a\nb\nc\nd\n");
	fx_attempt(0, SUITE_FAILED, NULL, NULL);
	fx_attempt(1, SUITE_FAULT, NULL, NULL);
	suite.cases[1].known = true;
	fx_attempt(2, SUITE_NOT_RUN, NULL, NULL);
	fx_attempt(3, SUITE_PASSED, NULL, NULL);
	fx_start();
	assert_contains(progress(NULL, 0), " done, 1 failed, 1 known, 1 not judged");
}

PRINT_TEST(progress__long_name__its_end)
{
	const struct suite_running running[] = {
		{ "a/very/long/name/of/a/case/with/\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		  "\xc3\xa4\xc3\xa4\xc3\xa4/and/the/case",
		  1000 },
	};

	fx_cases("a\n");
	fx_start();
	assert_contains(progress(running, 1), "; ...");
	assert_contains(out.buf, "\xc3\xa4/and/the/case 1 s");
	assert_lacks(out.buf, "\\");
	assert_lacks(out.buf, "a/very");
}

/* A case's line */

static const char *line(size_t nr)
{
	strbuf_setlen(&out, 0);
	suite_case_format(&suite.cases[nr], &out);
	return out.buf;
}

PRINT_TEST(case__outcomes__word_name_time_and_reason)
{
	fx_cases("a\nb\nc\nd\ne\nf\n");
	fx_attempt(0, SUITE_PASSED, NULL, NULL)->ms = 41290;
	fx_attempt(1, SUITE_SKIPPED, "needs a zoned device", NULL);
	fx_attempt(2, SUITE_FAILED, "output mismatch\nand more", NULL);
	fx_attempt(3, SUITE_FAULT, "BUG: x", NULL);
	suite.cases[3].known = true;
	fx_attempt(4, SUITE_TIMEOUT, "", NULL);
	fx_attempt(4, SUITE_PASSED, "", NULL);
	assert_string_equal(line(0), "pass a (41.2 s)");
	assert_string_equal(line(1), "skip b (1.0 s): needs a zoned device");
	assert_string_equal(line(2), "fail c (1.0 s): output mismatch");
	assert_string_equal(line(3), "fault d (1.0 s, a known failure): BUG: x");
	assert_string_equal(line(4), "pass e (1.0 s, attempt 2, flaky)");
	assert_string_equal(line(5), "none f");
	/* which does not count */
	fx_attempt(3, SUITE_NOT_RUN, "no memory", NULL);
	assert_string_equal(line(3), "not-run d (1.0 s, attempt 2): no memory");
}

PRINT_TEST(case__hostile_reason__harmless)
{
	fx_cases("a\n");
	fx_attempt(0, SUITE_FAILED, "\x1b]0;x\x07\xff\xe2\x80\xae", NULL);
	assert_string_equal(line(0),
			    "fail a (1.0 s): \\033]0;x\\007\\377\\342\\200\\256");
}

/* The summary */

static const char *summary(size_t rows, size_t cols)
{
	strbuf_setlen(&out, 0);
	suite_summary_format(&facts, rows, cols, &out);
	return out.buf;
}

static size_t count_lines(const char *text, size_t cols)
{
	size_t lines = 0;

	for (; *text; text += strcspn(text, "\n") + 1) {
		size_t len = strcspn(text, "\n");

		lines += len > cols ? (len + cols - 1) / cols : 1;
	}
	return lines;
}

PRINT_TEST(summary__all_passed__one_line)
{
	fx_cases("a\n");
	fx_attempt(0, SUITE_PASSED, NULL, NULL);
	facts.vms = 1;
	fx_start();
	assert_string_equal(summary(0, 0), "1 case: 1 passed; 1 VM, 1:23\n");
}

PRINT_TEST(summary__nothing_run__says_so)
{
	fx_cases("a\nb\n");
	fx_start();
	assert_string_equal(summary(0, 0), "2 cases: 2 not reached; 5 VMs, 1:23\n");
	suite_release(&suite);
	assert_string_equal(summary(0, 0), "0 cases; 5 VMs, 1:23\n");
}

PRINT_TEST(summary__everything__in_order_of_importance)
{
	static struct suite_incident incident = {
		.vm = 3,
		.verdict = VERDICT_TIMEOUT,
		.reason = (char *)"it did not boot",
	};

	fx_cases("a\nb\nc\nd\ne\nf\ng\nh\n");
	fx_attempt(0, SUITE_PASSED, NULL, NULL);
	suite.cases[0].known = true;
	suite.cases[0].known_why = xstrdup("bug 12");
	fx_attempt(1, SUITE_FAULT, "x failed", NULL);
	fx_attempt(1, SUITE_PASSED, NULL, NULL);
	fx_attempt(2, SUITE_NOT_RUN, "no such program", NULL);
	fx_attempt(3, SUITE_FAULT, "BUG: y", NULL);
	fx_attempt(4, SUITE_NO_VERDICT, NULL, NULL);
	fx_attempt(5, SUITE_SKIPPED, NULL, NULL);
	fx_attempt(6, SUITE_FAILED, NULL, NULL);
	suite.cases[6].known = true;
	facts.incidents = &incident;
	facts.nr_incidents = 1;
	fx_start();
	assert_string_equal(
		summary(0, 0),
		"newly broken (2):\n"
		"  fault      d: BUG: y\n"
		"  no-verdict e\n"
		"could not be judged (1):\n"
		"  c: no such program\n"
		"VMs that ended without a case (1):\n"
		"  VM 3: timeout: it did not boot\n"
		"flaky (1):\n"
		"  b: fault, then passed: x failed\n"
		"newly fixed (1):\n"
		"  a: bug 12\n"
		"8 cases: 2 passed, 1 skipped, 2 newly broken, 1 still broken, "
		"1 could not be judged, 1 not reached, 1 flaky, 1 newly fixed; "
		"5 VMs, 1:23\n");
}

/* The number of rows is never exceeded, whatever there is to say. */
PRINT_TEST(summary__any_number_of_rows__fits)
{
	static struct suite_incident incidents[5] = {
		[0 ... 4] = { .vm = 1, .verdict = VERDICT_FAULT, .reason = (char *)"x" },
	};

	fx_many_cases(400);
	for (size_t i = 0; i < 40; i++) {
		fx_attempt(100 + i, SUITE_FAILED, NULL, NULL);
		fx_attempt(100 + i, SUITE_PASSED, NULL, NULL);
		fx_attempt(200 + i, SUITE_NOT_RUN, NULL, NULL);
		suite.cases[301 + i].known = true;
	}
	facts.incidents = incidents;
	facts.nr_incidents = ARRAY_SIZE(incidents);
	fx_start();
	for (size_t cols = 20; cols <= 200; cols += 7) {
		for (size_t rows = 10; rows < 60; rows++)
			if (count_lines(summary(rows, cols), cols) > rows)
				fail_msg("%zu rows of %zu: %s", rows, cols, out.buf);
		assert_contains(out.buf, "400 case");
	}
}

PRINT_TEST(summary__too_many__says_how_many_more)
{
	fx_many_cases(300);
	fx_start();
	assert_string_equal(summary(6, 80),
			    "broken (30):\n"
			    "  failed     c/000000: does not work\n"
			    "  failed     c/000010: does not work\n"
			    "  failed     c/000020: does not work\n"
			    "  and 27 more\n"
			    "300 cases: 270 passed, 30 broken; 5 VMs, 1:23\n");
	/* one that is shown says more than "and 30 more" */
	assert_string_equal(summary(3, 80),
			    "broken (30):\n"
			    "  failed     c/000000: does not work\n"
			    "300 cases: 270 passed, 30 broken; 5 VMs, 1:23\n");
	assert_string_equal(summary(2, 80),
			    "300 cases: 270 passed, 30 broken; 5 VMs, 1:23\n");
	assert_int_equal(count_lines(summary(32, 80), 80), 32);
	assert_lacks(out.buf, "more\n");
	assert_int_equal(count_lines(summary(0, 0), 80), 32);
}

PRINT_TEST(summary__narrow_terminal__lines_are_cut)
{
	fx_cases("a\n");
	fx_attempt(0, SUITE_FAILED, "\xc3\xa4\xc3\xa4 and \x1b[2J a long reason", NULL);
	fx_start();
	assert_contains(summary(24, 30),
			"  failed     a: \xc3\xa4\xc3\xa4 and \\033...\n");
	assert_contains(summary(24, 20), "  failed     a: \xc3\xa4...\n");
	assert_contains(summary(24, 19), "  failed     a: ...\n");
	assert_contains(summary(24, 48), " and \\033[2J a long reason\n");
}

PRINT_TEST(summary__100000_cases__in_time)
{
	uint64_t start = monotonic_ms();

	fx_many_cases(100000);
	fx_start();
	assert_int_equal(count_lines(summary(40, 0), 1000), 40);
	assert_int_equal(count_lines(summary(0, 0), 1000), 10002);
	assert_true(monotonic_ms() - start < 60000);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

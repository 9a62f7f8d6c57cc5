// SPDX-License-Identifier: GPL-2.0-or-later
/* TAP and KTAP in a test's output. */
#include "fixture.h"
#include "run/tap.h"

static struct tap tap;

static int setup(void **state)
{
	(void)state;
	tap_init(&tap);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tap_release(&tap);
	return 0;
}

static void feed(const char *text)
{
	tap_feed(&tap, text, strlen(text));
}

/* All cases, "outcome name (reason) [notes]" each. */
static void describe(struct strvec *out)
{
	static const char *const outcomes[] = { "ok", "FAILED", "skipped", "todo" };

	for (size_t i = 0; i < tap.nr; i++) {
		const struct tap_case *c = &tap.cases[i];
		_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT;

		strbuf_addf(&sb, "%s %s", outcomes[c->outcome], c->name);
		if (c->reason)
			strbuf_addf(&sb, " (%s)", c->reason);
		if (c->notes)
			strbuf_addf(&sb, " [%s]", c->notes);
		strvec_push(out, sb.buf);
	}
}

#define assert_cases(text, ...)                                            \
	do {                                                               \
		_cleanup_(strvec_release) struct strvec sv_ = STRVEC_INIT; \
		feed(text);                                                \
		tap_finish(&tap);                                          \
		describe(&sv_);                                            \
		assert_strvec(&sv_, __VA_ARGS__);                          \
	} while (0)

#define TEST(name) DEFINE_TEST_WITH(name, setup, teardown)

TEST(tap__plain_document__cases)
{
	assert_cases(
		"TAP version 13\n1..6\nok 1 - one\nnot ok 2 - two\nok 3 three\nok - four\n"
		"ok\nnot ok 6\n",
		"ok one", "FAILED two", "ok three", "ok four", "ok test 5",
		"FAILED test 6");
	assert_true(tap.is_tap);
	assert_int_equal(tap.failed, 2);
	assert_int_equal(tap.skipped, 0);
}

TEST(tap__plan_at_the_end__lines_before_count)
{
	assert_cases("starting\nok 1 - one\nnoise\nok 2 - two\n1..2\n", "ok one",
		     "ok two");
	assert_true(tap.is_tap);
}

TEST(tap__prose__no_cases)
{
	feed("ok\nok then\nnot ok at all\nBail out! of prison\n# a shell comment\n1..x\n1.. 2\n"
	     "--- a/file\n1..5 is what we count\n 1...3\n");
	tap_finish(&tap);
	assert_false(tap.is_tap);
	assert_false(tap.bailed);
	assert_int_equal(tap.nr + tap.failed + tap.skipped, 0);
}

TEST(tap__lines_that_are_nearly_tests__none)
{
	assert_cases(
		"1..1\nokay\nok:\nOK 1\nnot okay\nnotok\nnot  ok\nok 1 real\nok_1\nTAPversion\n",
		"ok real");
}

TEST(tap__directives__outcomes_and_reasons)
{
	assert_cases(
		"1..12\nok 1 a # SKIP no disk\nnot ok 2 b # skip: never\nok 3 c #SKIP\n"
		"not ok 4 d # TODO later\nok 5 e # XFAIL known\nnot ok 6 f # TIMEOUT 45 seconds\n"
		"not ok 7 g # exit=3\nok 8 # SKIP\nok 9 SKIP is a name\nok 10 j # skipping\n"
		"ok 11 k # SKIPPED why # not\nok 12 issue #5 and \\# and \\\\ # Skip x\n",
		"skipped a (no disk)", "skipped b (never)", "skipped c", "todo d (later)",
		"todo e (known)", "FAILED f (TIMEOUT 45 seconds)", "FAILED g (exit=3)",
		"skipped test 8", "ok SKIP is a name", "ok j (skipping)",
		"skipped k (why # not)", "skipped issue #5 and # and \\ (x)");
	assert_int_equal(tap.failed, 2);
	assert_int_equal(tap.skipped, 6);
}

TEST(tap__whole_document_skipped__said)
{
	assert_cases("TAP version 13\n1..0 # SKIP needs root\n",
		     "skipped all tests (needs root)");
}

TEST(tap__fewer_or_more_than_planned__failure)
{
	assert_cases("1..3\nok 1 a\n", "ok a",
		     "FAILED plan (1 of 3 planned tests were run)");
	assert_int_equal(tap.failed, 1);
	teardown(state);
	setup(state);
	assert_cases("ok 1 a\nok 2 b\n1..1\n", "ok a", "ok b",
		     "FAILED plan (2 of 1 planned tests were run)");
}

TEST(tap__bail_out__failure_and_no_word_on_the_plan)
{
	assert_cases("1..3\nok 1 a\nBail out!  no memory \n", "ok a",
		     "FAILED Bail out! (no memory)");
	assert_true(tap.bailed);
}

TEST(tap__bail_out_of_a_subtest__said_once)
{
	assert_cases("1..3\nok 1 a\n    1..2\n    ok 1 b\n    Bail out!\nBail out!\n",
		     "ok a", "ok b", "FAILED Bail out! (the test bailed out)");
	assert_int_equal(tap.failed, 1);
}

TEST(tap__documents_one_after_the_other__all)
{
	assert_cases("TAP version 13\n1..1\nok 1 a\nTAP version 13\n1..2\nok 1 b\n"
		     "TAP version 13\nok 1 c\n1..1\nok 1 d\n1..1\n1..1\nok 1 e\n",
		     "ok a", "ok b", "FAILED plan (1 of 2 planned tests were run)",
		     "ok c", "ok d", "ok e");
}

TEST(tap__crlf_and_single_bytes__the_same)
{
	static const char text[] = "TAP version 13\r\nok 1 - a # SKIP x\r\n1..1\r\n";

	for (const char *p = text; *p; p++)
		tap_feed(&tap, p, 1);
	assert_cases("", "skipped a (x)");
}

TEST(tap__no_newline_at_the_end__is_a_line)
{
	assert_cases("1..1\nok 1 a", "ok a");
}

TEST(tap__notes_after_a_failure__its)
{
	assert_cases(
		"1..3\n# at first\nok 1 a\nnot ok 2 b\n#   Failed test 'b'\n# got: 1\nok 3 c\n"
		"# the end\n",
		"ok a [at first\n]", "FAILED b [  Failed test 'b'\ngot: 1\n]", "ok c");
}

TEST(tap__yaml__notes_of_the_case)
{
	assert_cases("TAP version 14\n1..2\nnot ok 1 a\n  ---\n  message: 'x'\n  ok 1 b\n"
		     "  ...\nok 2 b\n  ---\n  left: open\nok 3 c\n",
		     "FAILED a [message: 'x'\nok 1 b\n]", "ok b [left: open\n]", "ok c",
		     "FAILED plan (3 of 2 planned tests were run)");
}

TEST(tap__notes_before_and_after__both)
{
	assert_cases("1..1\n# before\nnot ok 1 a\n# after\n# more\n",
		     "FAILED a [before\nafter\nmore\n]");
}

TEST(tap__endless_notes__bounded)
{
	feed("1..2\n");
	for (int i = 0; i < 100000; i++)
		feed("# x\n");
	feed("not ok 1 a\n");
	for (int i = 0; i < 100000; i++)
		feed("# y\n");
	feed("ok 2 b\n");
	tap_finish(&tap);
	assert_true(strlen(tap.cases[0].notes) <= 2 * 16384);
	assert_null(tap.cases[1].notes);
}

TEST(tap__rule_elsewhere__no_yaml)
{
	assert_cases("1..2\nok 1 a\ntext\n---\nok 2 b\n", "ok a", "ok b");
}

/* TAP 14: the comment before the subtest, or the test point after it, says its name. */
TEST(tap__subtests_of_tap_14__named)
{
	assert_cases(
		"TAP version 14\n1..2\n# Subtest: first\n    ok 1 - a\n    # Subtest: in\n"
		"        not ok 1 - b\n        1..1\n    not ok 2 - in\n    1..2\n"
		"not ok 1 - first\n    1..1\n    ok 1 - c\nok 2 - second\n",
		"ok first / a", "FAILED first / in / b", "FAILED first / in",
		"FAILED first", "ok second / c", "ok second");
}

TEST(tap__two_subtests_end_at_once__only_the_outer_is_named)
{
	assert_cases("1..1\n    ok 1 - b\n        ok 1 - c\nok 1 - top\n", "ok top / b",
		     "ok top / c", "ok top");
}

/* KTAP: KUnit's. */
TEST(tap__subtests_of_ktap__named)
{
	assert_cases(
		"KTAP version 1\n1..2\n  KTAP version 1\n  # Subtest: suite\n  # module: x\n"
		"  1..2\n    KTAP version 1\n    # Subtest: param\n    ok 1 p=1\n"
		"    ok 2 p=2\n    # param: pass:2 fail:0\n  ok 1 param\n"
		"  # other: EXPECTATION FAILED at x.c:1\n  not ok 2 other\n"
		"# suite: pass:1 fail:1\nnot ok 1 suite\n"
		"    # Subtest: old\n    1..1\n    ok 1 - t\nok 2 - old\n",
		"ok suite / param / p=1", "ok suite / param / p=2",
		"ok suite / param [param: pass:2 fail:0\n]",
		"FAILED suite / other [other: EXPECTATION FAILED at x.c:1\n]",
		"FAILED suite [suite: pass:1 fail:1\n]", "ok old / t", "ok old");
}

TEST(tap__subtest_cut_short__named_and_missing)
{
	assert_cases(
		"KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: suite\n    1..2\n"
		"    ok 1 a\n",
		"ok suite / a", "FAILED suite / plan (1 of 2 planned tests were run)",
		"FAILED plan (0 of 1 planned tests were run)");
}

TEST(tap__kselftest__programs_and_their_tests)
{
	assert_cases(
		"TAP version 13\n1..3\n# timeout set to 45\n# selftests: clone3: clone3\n"
		"# TAP version 13\n# 1..2\n# # note of the program\n# ok 1 simple\n"
		"# not ok 2 other # SKIP no namespace\n# # Totals: pass:1\n"
		"ok 1 selftests: clone3: clone3\n"
		"# selftests: net: a.sh\n# ok then, no TAP\n# TEST: ping  [FAIL]\n"
		"not ok 2 selftests: net: a.sh # exit=1\n"
		"# selftests: net: b\nok 3 selftests: net: b # SKIP\n"
		"# 1..1\n# ok 1 of no program\n",
		"ok selftests: clone3: clone3 / simple [note of the program\n]",
		"skipped selftests: clone3: clone3 / other (no namespace)",
		"ok selftests: clone3: clone3 [Totals: pass:1\n]",
		"FAILED selftests: net: a.sh (exit=1) [ok then, no TAP\nTEST: ping  [FAIL]\n]",
		"skipped selftests: net: b");
}

TEST(tap__kselftest_harness__notes_before_the_case)
{
	assert_cases(
		"TAP version 13\n1..2\n# Starting 2 tests from 1 test cases.\n"
		"#  RUN           global.a ...\n# a.c:12:a:Expected 0 (0) == 1 (1)\n"
		"not ok 1 global.a\n#  RUN           global.b ...\n#            OK  global.b\n"
		"ok 2 global.b\n",
		"FAILED global.a [Starting 2 tests from 1 test cases.\n RUN           global.a ...\n"
		"a.c:12:a:Expected 0 (0) == 1 (1)\n]",
		"ok global.b [ RUN           global.b ...\n           OK  global.b\n]");
}

TEST(tap__binary_between__passed_over)
{
	static const char data[] = "1..2\n\0\0\377\376ok 1\nok 1 a\0b\n\0\nok 2 b\n";

	tap_feed(&tap, data, sizeof(data) - 1);
	assert_cases("", "ok a", "ok b");
}

TEST(tap__endless_lines__bounded)
{
	_cleanup_free_ char *text = xcalloc(1, 1000001);

	memset(text, 'x', 1000000);
	feed("1..1\nok 1 ");
	feed(text);
	feed(text);
	feed("\n#");
	feed(text);
	tap_finish(&tap);
	assert_int_equal(tap.nr, 1);
	assert_int_equal(strlen(tap.cases[0].name), 512);
}

TEST(tap__more_cases_than_are_kept__counted)
{
	feed("TAP version 13\n");
	for (int i = 0; i < TAP_CASES_MAX + 7; i++)
		feed("not ok\n# note\n");
	tap_finish(&tap);
	assert_int_equal(tap.nr, TAP_CASES_MAX);
	assert_int_equal(tap.failed, TAP_CASES_MAX + 7);
}

TEST(tap__finished__ends_there)
{
	assert_cases("1..1\nok 1 - a\n", "ok a");
	feed("not ok 2 - b\n1..3\n");
	tap_finish(&tap);
	assert_int_equal(tap.nr, 1);
	assert_int_equal(tap.failed, 0);
}

TEST(tap_forget__cases__numbers_stay)
{
	feed("1..6\nok 1\nok 2\nnot ok 3\nok 4 # SKIP x\nnot ok 5 # TODO y\nok 6\n");
	tap_finish(&tap);
	tap_forget(&tap);
	assert_int_equal(tap.nr, 0);
	assert_true(tap.is_tap);
	assert_int_equal(tap.passed, 3);
	assert_int_equal(tap.failed, 1);
	assert_int_equal(tap.skipped, 1);
	assert_int_equal(tap.todo, 1);
}

TEST(tap__subtests_by_tabs__as_by_blanks)
{
	assert_cases(
		"1..1\n\tKTAP version 1\n\t1..1\n\tnot ok 1 inner\nok 1 outer\n"
		"KTAP version 1\n1..1\n\tKTAP version 1\n\t# Subtest: suite\n\t1..2\n"
		"\t\t# Subtest: deep\n\t\tok 1 x\n\t\t1..2\n\tnot ok 1 deep\n"
		"    \tok 2 four blanks and a tab\n\tBail out! of it\n",
		"FAILED outer / inner", "ok outer", "ok suite / deep / x",
		"FAILED suite / deep / plan (1 of 2 planned tests were run)",
		"FAILED suite / deep", "ok suite / four blanks and a tab",
		"FAILED suite / Bail out! (of it)");
}

TEST(tap__kselftest_with_tabs__programs_and_their_tests)
{
	assert_cases("TAP version 13\n1..1\n# selftests: a: b\n# TAP version 13\n# 1..1\n"
		     "# \t1..1\n# \tnot ok 1 in\n# ok 1 out\nok 1 selftests: a: b\n",
		     "FAILED selftests: a: b / out / in", "ok selftests: a: b / out",
		     "ok selftests: a: b");
}

TEST(tap__after_bail_out__plans_count_again)
{
	assert_cases(
		"TAP version 13\nBail out!\nTAP version 13\n1..3\nok 1 a\nnot ok 2 b\n"
		"Bail out! again\n1..2\nok 1 c\n",
		"FAILED Bail out! (the test bailed out)", "ok a", "FAILED b",
		"FAILED Bail out! (again)", "ok c",
		"FAILED plan (1 of 2 planned tests were run)");
	assert_true(tap.bailed);
}

TEST(tap__after_bail_out__points_are_of_another_document)
{
	assert_cases("1..5\nok 1 a\nBail out!\nok 1 b\nok 2 c\n1..2\n", "ok a",
		     "FAILED Bail out! (the test bailed out)", "ok b", "ok c");
}

TEST(tap__subtest_bails_out_and_parent_goes_on__its_plan_counts)
{
	assert_cases("1..3\n    1..2\n    ok 1 x\n    Bail out!\nnot ok 1 sub\nok 2 b\n",
		     "ok sub / x", "FAILED sub / Bail out! (the test bailed out)",
		     "FAILED sub", "ok b", "FAILED plan (2 of 3 planned tests were run)");
}

TEST(tap__subtest_bails_out_and_then_another__both)
{
	assert_cases("1..2\n    Bail out! x\nnot ok 1 a\n    Bail out! y\nBail out! y\n",
		     "FAILED a / Bail out! (x)", "FAILED a", "FAILED Bail out! (y)");
}

TEST(tap__numbers_out_of_order__all_there)
{
	assert_cases("1..3\nok 3 c\nok 1 a\nok 2 b\n1..2\nok d\nok 2 e\n", "ok c", "ok a",
		     "ok b", "ok d", "ok e");
}

TEST(tap__number_twice_or_too_high__another_is_missing)
{
	assert_cases(
		"1..3\nok 1 a\nok 1 b\nok 3 c\n1..2\nok 1 d\nok 200000 e\n", "ok a",
		"ok b", "ok c",
		"FAILED plan (test 2 of 3 was not run: the numbers of others repeat or "
		"are too high)",
		"ok d", "ok e",
		"FAILED plan (test 2 of 2 was not run: the numbers of others repeat or "
		"are too high)");
}

TEST(tap__subtest_of_a_todo__todo)
{
	assert_cases("1..2\n    1..3\n    ok 1 a\n        not ok 1 c\n    not ok 2 b\n"
		     "not ok 1 sub # TODO later\n    not ok 1 d\nok 2 e\n",
		     "ok sub / a", "todo sub / b / c", "todo sub / b",
		     "todo sub / plan (2 of 3 planned tests were run)",
		     "todo sub (later)", "FAILED e / d", "ok e");
	assert_int_equal(tap.failed, 1);
	assert_int_equal(tap.todo, 4);
}

TEST(tap__directive_after_another_hash__found)
{
	assert_cases("1..2\nnot ok 1 a # b # todo c\nok 2 d # e # f\n", "todo a # b (c)",
		     "ok d (e # f)");
}

TEST(tap__rule_below_a_point__no_yaml)
{
	assert_cases("1..2\nok 1 a\n---\n    not ok 1 x\nok 2 b\n", "ok a",
		     "FAILED b / x", "ok b");
}

TEST(tap__plan_only__nothing_was_run)
{
	assert_cases("1..2\n", "FAILED plan (0 of 2 planned tests were run)");
}

TEST(tap__no_plan__promises_nothing)
{
	assert_cases("KTAP version 1\n  KTAP version 1\n  ok 1 a\nok 1 b\n", "ok b / a",
		     "ok b");
}

TEST(tap__first_failure__named_also_when_forgotten)
{
	feed("1..1\n    ok 1 a\n    not ok 2 b\nok 1 suite\n");
	tap_finish(&tap);
	assert_string_equal(tap.first_failed, "suite / b");
	tap_forget(&tap);
	assert_string_equal(tap.first_failed, "suite / b");
	assert_int_equal(tap_total(&tap), 3);
}

TEST(tap__nested_without_end__bounded)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	strbuf_adds(&text, "1..1\n");
	for (int i = 1; i < 200; i++) {
		strbuf_addf(&text, "%*s# Subtest: a rather long name of a subtest %d\n",
			    i, "", i);
		strbuf_addf(&text, "%*sok 1 x\n", i, "");
	}
	feed(text.buf);
	tap_finish(&tap);
	for (size_t i = 0; i < tap.nr; i++)
		assert_true(strlen(tap.cases[i].name) <= 512);
}

/* lib/kunit/test.c of Linux 6.12 */
#define SUITE_OF_THREE                                                               \
	"KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: s\n    1..3\n"     \
	"    ok 1 a\n        KTAP version 1\n        # Subtest: p\n"                 \
	"        ok 1 x # SKIP not here\n        # p: EXPECTATION FAILED at p.c:3\n" \
	"        not ok 2 y\n    # p: pass:0 fail:1 skip:1 total:2\n    not ok 2 p\n"

TEST(tap__kernel__point_of_a_subtest_is_no_case)
{
	tap.kernel = true;
	assert_cases(SUITE_OF_THREE "    ok 3 c\n# s: pass:2 fail:1 skip:0 total:3\n"
				    "# Totals: pass:2 fail:1 skip:1 total:4\n"
				    "not ok 1 s\n",
		     "ok s / a", "skipped s / p / x (not here)",
		     "FAILED s / p / y [p: EXPECTATION FAILED at p.c:3\n]", "ok s / c");
	assert_null(tap.unfinished);
	assert_int_equal(tap.incomplete, 0);
}

/* suite_init() has failed, or there is more to the failure than its tests know. */
TEST(tap__kernel__point_that_says_more__case)
{
	tap.kernel = true;
	assert_cases("KTAP version 1\n1..3\n"
		     "    # failed to initialize (-12)\nnot ok 1 s\n"
		     "    KTAP version 1\n    # Subtest: t\n    1..1\n    ok 1 a\n"
		     "not ok 2 t\n"
		     "    KTAP version 1\n    # Subtest: e\n    1..0\nok 3 e # SKIP\n",
		     "FAILED s [failed to initialize (-12)\n]", "ok t / a", "FAILED t",
		     "skipped e");
}

TEST(tap__kernel__log_ends_in_a_test__one_failed_case)
{
	tap.kernel = true;
	assert_cases(SUITE_OF_THREE, "ok s / a", "skipped s / p / x (not here)",
		     "FAILED s / p / y [p: EXPECTATION FAILED at p.c:3\n]",
		     "FAILED s / test 3 (it did not end: 2 of 3 planned tests did)");
	assert_string_equal(tap.unfinished, "s / test 3");
	assert_int_equal(tap.incomplete, 1);
	tap_name_unfinished(&tap, "c");
	assert_string_equal(tap.unfinished, "s / c");
	assert_string_equal(tap.cases[3].name, "s / c");
	/* it is known already */
	tap_name_unfinished(&tap, "d");
	assert_string_equal(tap.unfinished, "s / c");
}

TEST(tap__kernel__log_ends_in_a_parameter__named_by_its_test)
{
	tap.kernel = true;
	feed("KTAP version 1\n1..9\n    KTAP version 1\n    # Subtest: s\n    1..3\n"
	     "        KTAP version 1\n        # Subtest: p\n        ok 1 x\n");
	tap_finish(&tap);
	assert_string_equal(tap.unfinished, "s / p / test 2");
	assert_string_equal(tap.first_failed, "s / p / test 2");
	tap_name_unfinished(&tap, "p");
	assert_string_equal(tap.unfinished, "s / p / test 2");
	assert_int_equal(tap.failed, 1);
}

TEST(tap__kernel__log_ends_between_suites__number_of_the_suite)
{
	tap.kernel = true;
	feed("KTAP version 1\n1..2\n    KTAP version 1\n    # Subtest: s\n    1..1\n"
	     "    ok 1 a\n");
	feed("ok 1 s\n");
	tap_finish(&tap);
	assert_string_equal(tap.unfinished, "test 2");
	assert_int_equal(tap.nr, 2);
}

TEST(tap__kernel__suite_hangs_at_its_end__said)
{
	tap.kernel = true;
	assert_cases("KTAP version 1\n1..2\n    KTAP version 1\n    # Subtest: s\n"
		     "    1..1\n    ok 1 a\n",
		     "ok s / a",
		     "FAILED s / end of the suite (the suite did not end after its last "
		     "test)");
}

/* Linux 6.1: the modules' suites follow those of the boot, and have no version. */
TEST(tap__kernel__suites_without_a_document_after_one__no_plan_is_missed)
{
	tap.kernel = true;
	assert_cases("TAP version 14\n1..1\n    # Subtest: s\n    1..1\n    ok 1 - a\n"
		     "ok 1 - s\n    # Subtest: t\n    1..1\n    ok 1 - b\nok 1 - t\n"
		     "    # Subtest: u\n    1..1\n    not ok 1 - c\nnot ok 1 - u\n",
		     "ok s / a", "ok t / b", "FAILED u / c");
}

TEST(tap__lines_with_times__cases_have_them)
{
	tap.kernel = true;
	tap.usec = 1000;
	feed("KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: s\n    1..2\n");
	tap.usec = 3500;
	feed("    ok 1 a\n");
	tap.usec = 3600;
	feed("    # b: EXPECTATION FAILED\n");
	tap.usec = 4000;
	feed("    not ok 2 b\nnot ok 1 s\n");
	tap_finish(&tap);
	assert_int_equal(tap.cases[0].usec, 2500);
	assert_int_equal(tap.cases[1].usec, 500);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

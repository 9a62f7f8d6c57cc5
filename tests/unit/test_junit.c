// SPDX-License-Identifier: GPL-2.0-or-later
/* junit: runs as the XML that CI systems read. */
#include "record_fixture.h"

#include "run/junit.h"
#include "lib/xml.h"

static struct run_record record;
static struct strbuf out;

static int setup(void **state)
{
	(void)state;
	fx_record(&record, 2);
	out = (struct strbuf)STRBUF_INIT;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	strbuf_release(&out);
	record_release(&record);
	return 0;
}

static void format(void)
{
	const struct run_record *one[] = { &record };

	strbuf_setlen(&out, 0);
	verdict_judge(&record);
	junit_format(one, 1, &out);
}

/* The testcases of the only suite are @expected. */
#define assert_cases(expected) check_cases((expected), __LINE__)
static void check_cases(const char *expected, int line)
{
	static const char end[] = "  </testsuite>\n</testsuites>\n";
	const char *cases = strstr(out.buf, "    </properties>\n");

	assert_non_null(cases);
	cases += strlen("    </properties>\n");
	if (strlen(cases) == strlen(expected) + strlen(end) &&
	    starts_with(cases, expected) && ends_with(cases, end))
		return;
	print_error("%snot\n%s", cases, expected);
	_fail(__FILE__, line);
}

/* Failures and errors together, by the attributes of the whole. */
static unsigned int count_bad(void)
{
	unsigned int failures, errors;
	const char *counts = strstr(out.buf, " failures=");

	assert_non_null(counts);
	assert_int_equal(
		sscanf(counts, " failures=\"%u\" errors=\"%u\"", &failures, &errors), 2);
	return failures + errors;
}

#define JUNIT_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

JUNIT_TEST(format__passed_run__whole_document)
{
	_cleanup_free_ char *expected = NULL;
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	expected = xasprintf(
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"rapido\" tests=\"2\" failures=\"0\" errors=\"0\""
		" time=\"4.321\">\n"
		"  <testsuite name=\"simple\" timestamp=\"2023-11-14T22:13:22\""
		" hostname=\"%s\" tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"0\""
		" time=\"4.321\">\n"
		"    <properties>\n"
		"      <property name=\"rapido\" value=\"" RAPIDO_VERSION "\"/>\n"
		"      <property name=\"verdict\" value=\"passed\"/>\n"
		"      <property name=\"reason\" value=\"all 2 scripts returned 0\"/>\n"
		"      <property name=\"kernel.release\" value=\"6.1.0-tiny\"/>\n"
		"      <property name=\"kernel\" value=\"/linux/bzImage\"/>\n"
		"      <property name=\"image\" value=\"initrds/simple\"/>\n"
		"      <property name=\"accel\" value=\"tcg\"/>\n"
		"    </properties>\n"
		"    <testcase name=\"000-x\" classname=\"simple\" time=\"0.500\">\n"
		"      <system-out>1 &lt; 2 &amp; ]]&gt;\n</system-out>\n"
		"    </testcase>\n"
		"    <testcase name=\"001-y\" classname=\"simple\" time=\"1.002\">\n"
		"    </testcase>\n"
		"  </testsuite>\n"
		"</testsuites>\n",
		host);
	fx_case(&record, "000-x", 1500, 2000, 0, "1 < 2 & ]]>\n");
	fx_case(&record, "001-y", 2000, 3002, 0, "");
	format();
	assert_string_equal(out.buf, expected);
}

JUNIT_TEST(format__status__failure)
{
	fx_case(&record, "000-x", 1500, 2500, 137, "oh\n");
	fx_case(&record, "001-y", 2500, 2500, 0, "");
	format();
	assert_cases("    <testcase name=\"000-x\" classname=\"simple\" time=\"1.000\">\n"
		     "      <failure type=\"status\" message=\"'000-x' returned 137\">"
		     "'000-x' returned 137</failure>\n"
		     "      <system-out>oh\n</system-out>\n"
		     "    </testcase>\n"
		     "    <testcase name=\"001-y\" classname=\"simple\" time=\"0.000\">\n"
		     "    </testcase>\n");
}

JUNIT_TEST(format__kernels_own_tests__suite_is_their_class)
{
	static const char *const lines[] = {
		"KTAP version 1",
		"1..2",
		"    KTAP version 1",
		"    # Subtest: s",
		"    1..2",
		"    ok 1 a",
		"        KTAP version 1",
		"        # Subtest: p",
		"        not ok 1 x",
		"    not ok 2 p",
		"not ok 1 s",
		"not ok 2 broken",
	};

	record.planned = 1;
	fx_case(&record, "000-kunit", 500, 1500, 0, "");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		record.ktap.usec = 1000000 + 5000 * i;
		tap_feed(&record.ktap, lines[i], strlen(lines[i]));
		tap_feed(&record.ktap, "\n", 1);
	}
	tap_finish(&record.ktap);
	format();
	assert_contains(out.buf, "<testcase name=\"a\" classname=\"simple.s\" "
				 "time=\"0.010\">");
	assert_contains(out.buf, "<testcase name=\"p / x\" classname=\"simple.s\" "
				 "time=\"0.005\">");
	assert_contains(out.buf, "<testcase name=\"broken\" classname=\"simple.kernel\"");
	assert_int_equal(count_bad(), 2);
}

JUNIT_TEST(format__command_not_found__error)
{
	fx_case(&record, "000-x", 1500, 2500, 127, "");
	fx_case(&record, "001-y", 2500, 2500, 0, "");
	format();
	assert_cases("    <testcase name=\"000-x\" classname=\"simple\" time=\"1.000\">\n"
		     "      <error type=\"not-run\" message=\"'000-x' returned 127\">"
		     "'000-x' returned 127</error>\n"
		     "    </testcase>\n"
		     "    <testcase name=\"001-y\" classname=\"simple\" time=\"0.000\">\n"
		     "    </testcase>\n");
}

#define ENDED "the shell ended in '000-x' with status 3"
#define WHY   ENDED ", so that 1 of 2 scripts were not run"

JUNIT_TEST(format__exit_in_the_first__the_rest_was_not_run)
{
	fx_case(&record, "000-x", 1500, 0, 0, "");
	record.end_status = 3;
	format();
	assert_cases(
		"    <testcase name=\"000-x\" classname=\"simple\" time=\"2.500\">\n"
		"      <failure type=\"status\" message=\"" ENDED "\">" ENDED
		"</failure>\n"
		"    </testcase>\n"
		"    <testcase name=\"not run\" classname=\"simple\" time=\"0.000\">\n"
		"      <error type=\"not-run\" message=\"1 of 2 scripts not run: " WHY
		"\">1 of 2 scripts not run: " WHY "</error>\n"
		"    </testcase>\n");
}

JUNIT_TEST(format__time_limit__error_of_the_running_case)
{
	fx_case(&record, "000-x", 1500, 2500, 0, "");
	fx_case(&record, "001-y", 2500, 0, 0, "begun\n");
	record.has_end = false;
	record.stop = RUN_TIMEOUT;
	record.limit_s = 4;
	format();
	assert_cases(
		"    <testcase name=\"000-x\" classname=\"simple\" time=\"1.000\">\n"
		"    </testcase>\n"
		"    <testcase name=\"001-y\" classname=\"simple\" time=\"1.500\">\n"
		"      <error type=\"timeout\" message=\"the time limit of 4 s passed "
		"while '001-y' was running\">the time limit of 4 s passed while '001-y' "
		"was running</error>\n"
		"      <system-out>begun\n</system-out>\n"
		"    </testcase>\n");
}

JUNIT_TEST(format__faults_of_a_case__one_failure_with_their_text)
{
	fx_case(&record, "000-x", 1500, 2500, 0, "");
	fx_case(&record, "001-y", 2500, 2500, 0, "");
	fx_fault(&record, "kasan", "BUG: KASAN: a", "BUG: KASAN: a\nCall Trace:\n", 1);
	fx_fault(&record, "oops", "Oops: b", "Oops: b\n", 1);
	fx_fault(&record, "warning", "WARNING: c", "WARNING: c\n", 1);
	record.faults.list[2].allowed = true;
	format();
	assert_cases(
		"    <testcase name=\"000-x\" classname=\"simple\" time=\"1.000\">\n"
		"    </testcase>\n"
		"    <testcase name=\"001-y\" classname=\"simple\" time=\"0.000\">\n"
		"      <failure type=\"kasan\" message=\"BUG: KASAN: a (and 1 more)\">"
		"BUG: KASAN: a\nCall Trace:\n\nOops: b\n</failure>\n"
		"    </testcase>\n");
}

JUNIT_TEST(format__fault_outside_of_cases__boot)
{
	record.planned = 1;
	fx_case(&record, "000-x", 1500, 2500, 0, "");
	fx_fault(&record, "warning", "WARNING: a", "WARNING: a\n", SIZE_MAX);
	format();
	assert_cases("    <testcase name=\"000-x\" classname=\"simple\" time=\"1.000\">\n"
		     "    </testcase>\n"
		     "    <testcase name=\"boot\" classname=\"simple\" time=\"1.500\">\n"
		     "      <failure type=\"warning\" message=\"WARNING: a\">WARNING: a\n"
		     "</failure>\n"
		     "    </testcase>\n");
}

JUNIT_TEST(format__did_not_boot__boot_with_the_last_lines)
{
	record.planned = 0;
	record.boot_ms = 0;
	record.hello = record.has_end = false;
	record.last_words = xstrdup("VFS: cannot mount\x1b[0m\r\n");
	format();
	assert_cases(
		"    <testcase name=\"boot\" classname=\"simple\" time=\"0.000\">\n"
		"      <error type=\"no-verdict\" message=\"the VM ended before the test "
		"began\">the VM ended before the test began</error>\n"
		"      <system-out>VFS: cannot mount\xef\xbf\xbd[0m&#13;\n"
		"</system-out>\n"
		"    </testcase>\n");
}

JUNIT_TEST(format__tap__cases_of_their_own)
{
	struct run_case *c;

	record.planned = 1;
	c = fx_case(&record, "000-x", 1500, 2500, 1, "");
	fx_tap(c, "good", TAP_PASSED, NULL, NULL);
	fx_tap(c, "suite / bad", TAP_FAILED, NULL, "# expected 1 < 2\n");
	fx_tap(c, "left out", TAP_SKIPPED, "no \"device\"", NULL);
	fx_tap(c, "later", TAP_TODO, NULL, NULL);
	fx_tap(c, "Bail out!", TAP_FAILED, "no disk", NULL);
	c->tap.bailed = true;
	format();
	assert_cases(
		"    <testcase name=\"000-x\" classname=\"simple\" time=\"1.000\">\n"
		"      <failure type=\"status\" message=\"'000-x' returned 1\">'000-x' "
		"returned 1</failure>\n"
		"    </testcase>\n"
		"    <testcase name=\"good\" classname=\"simple.000-x\" time=\"0.000\">\n"
		"    </testcase>\n"
		"    <testcase name=\"suite / bad\" classname=\"simple.000-x\" time=\"0.000\">\n"
		"      <failure type=\"tap\" message=\"not ok\"># expected 1 &lt; 2\n"
		"</failure>\n"
		"    </testcase>\n"
		"    <testcase name=\"left out\" classname=\"simple.000-x\" time=\"0.000\">\n"
		"      <skipped message=\"no &quot;device&quot;\"></skipped>\n"
		"    </testcase>\n"
		"    <testcase name=\"later\" classname=\"simple.000-x\" time=\"0.000\">\n"
		"      <skipped message=\"TODO\"></skipped>\n"
		"    </testcase>\n"
		"    <testcase name=\"Bail out!\" classname=\"simple.000-x\" time=\"0.000\">\n"
		"      <failure type=\"tap\" message=\"no disk\"></failure>\n"
		"    </testcase>\n");
	assert_contains(out.buf, "tests=\"6\" failures=\"3\" errors=\"0\" skipped=\"2\"");
}

/* Of those that are not kept, the number at least. */
JUNIT_TEST(format__tap_that_is_not_kept__one_case)
{
	struct run_case *c;

	record.planned = 1;
	c = fx_case(&record, "000-x", 1500, 2500, 0, "");
	fx_tap(c, "bad", TAP_FAILED, NULL, NULL);
	c->tap.passed += 7;
	format();
	assert_contains(out.buf,
			"    <testcase name=\"not kept\" classname=\"simple.000-x\" "
			"time=\"0.000\">\n"
			"      <skipped message=\"7 test lines are not kept, of which 0 "
			"failed\"></skipped>\n");
	strbuf_setlen(&out, 0);
	c->tap.failed += 2;
	format();
	assert_contains(out.buf, "      <failure type=\"tap\" message=\"9 test lines are "
				 "not kept, of which 2 failed\"></failure>\n");
	assert_contains(out.buf, "tests=\"3\" failures=\"2\" errors=\"0\" skipped=\"0\"");
	strbuf_setlen(&out, 0);
	record_forget_output(&record);
	format();
	assert_contains(out.buf, "10 test lines are not kept, of which 3 failed");
}

/* TAP that failed does not excuse rapido from telling what became of the run. */
JUNIT_TEST(format__very_much_tap__bounded_and_failures_first)
{
	char name[513];
	struct run_case *c;

	memset(name, '&', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	record.planned = 1;
	c = fx_case(&record, "000-x", 1500, 2500, 0, "");
	for (int i = 0; i < 20000; i++)
		fx_tap(c, name, TAP_PASSED, NULL, NULL);
	fx_tap(c, "the last one", TAP_FAILED, NULL, NULL);
	format();
	assert_true(out.len < JUNIT_TAP_MAX);
	assert_contains(out.buf, "<testcase name=\"the last one\"");
	assert_contains(out.buf, "test lines are not kept, of which 0 failed");
	assert_contains(out.buf, "failures=\"1\"");
}

JUNIT_TEST(format__tap_failed_and_run_too__both)
{
	struct run_case *c;

	record.planned = 1;
	c = fx_case(&record, "000-x", 1500, 2500, 0, "");
	fx_tap(c, "bad", TAP_FAILED, NULL, NULL);
	record.was_reset = true;
	format();
	assert_contains(out.buf, "<testcase name=\"boot\"");
	assert_contains(out.buf, "the VM was reset when the test had ended");
}

/* It is the reason for the verdict, and stands there. */
JUNIT_TEST(format__only_tap_failed__told_once)
{
	struct run_case *c;

	record.planned = 1;
	c = fx_case(&record, "000-x", 1500, 2500, 0, "");
	fx_tap(c, "bad", TAP_FAILED, NULL, NULL);
	format();
	assert_contains(out.buf, "tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\"");
	assert_contains(out.buf, "name=\"verdict\" value=\"failed\"");
}

JUNIT_TEST(format__kernel_log_with_gaps__standard_error_of_the_suite)
{
	fx_case(&record, "000-x", 0, 1, 0, "");
	fx_case(&record, "001-y", 1, 2, 0, "");
	record.kernel_lines_lost = 7;
	format();
	assert_contains(out.buf, "    <system-err>7 lines of the kernel's log were lost");
	assert_contains(out.buf, "</system-err>\n  </testsuite>");
}

JUNIT_TEST(format__several_runs__told_apart)
{
	struct run_record other;
	const struct run_record *both[] = { &record, &other };

	fx_record(&other, 1);
	fx_case(&other, "000-x", 0, 1, 0, "");
	fx_case(&record, "000-x", 0, 1, 1, "");
	fx_case(&record, "001-y", 0, 1, 0, "");
	verdict_judge(&record);
	verdict_judge(&other);
	junit_format(both, 2, &out);
	assert_contains(out.buf, "<testsuites name=\"rapido\" tests=\"3\" failures=\"1\" "
				 "errors=\"0\" time=\"8.642\">");
	assert_contains(out.buf, "<testsuite name=\"simple.run-1\"");
	assert_contains(out.buf, "<testcase name=\"000-x\" classname=\"simple.run-2\"");
	record_release(&other);
}

/* Whatever a run that did not pass is like, something in the document says so. */
JUNIT_TEST(format__any_verdict_but_passed__never_looks_passed)
{
	for (int i = 0; i < 1 << 10; i++) {
		record.planned = i & 1 ? 3 : 2;
		record.hello = !(i & 2);
		record.has_end = !(i & 4);
		record.end_status = i & 8 ? 2 : 0;
		record.end = i & 16 ? WIRE_END_SHUTDOWN : WIRE_END_EXIT;
		record.out_sent = i & 32 ? 1 : 0;
		record.stop = i & 64 ? RUN_TIMEOUT : RUN_NOT_STOPPED;
		fx_case(&record, "000-x", 0, 1, i & 128 ? 1 : 0, "");
		fx_case(&record, "001-y", 0, i & 256 ? 0 : 1, 0, "");
		if (i & 512)
			fx_fault(&record, "bug", "BUG: a", "BUG: a\n", 1);
		format();
		assert_true((record.status == 0) == (count_bad() == 0));
		teardown(state);
		setup(state);
	}
}

JUNIT_TEST(format__helpers__suites_of_their_own)
{
	const struct run_record *one[] = { &record };
	struct run_record *helper = record_add_helper(&record, "server");

	fx_case(&record, "000-a", 0, 10, 0, "");
	fx_case(&record, "001-b", 10, 20, 0, "");
	helper->started_vm = helper->hello = helper->has_end = true;
	helper->planned = 3;
	fx_case(helper, "000-setup", 0, 10, 0, "");
	fx_case(helper, "001-serve", 10, 20, 143, "")->late = true;
	helper->verdict = VERDICT_PASSED;
	helper->status = 0;
	verdict_judge(&record);
	junit_format(one, 1, &out);
	assert_non_null(strstr(out.buf, "tests=\"4\" failures=\"0\" errors=\"0\""));
	assert_non_null(strstr(out.buf, "<testsuite name=\"simple\""));
	assert_non_null(strstr(out.buf, "<testsuite name=\"simple.with-server\""));
	assert_non_null(strstr(out.buf, "name=\"001-serve\" "
					"classname=\"simple.with-server\""));
}

JUNIT_TEST(add__every_byte__valid_or_replaced)
{
	static const char in[] = "\0\x01\t\n\r\x1f ~\x7f\"'<>&\xc3\xa4\xef\xbf\xbf\xff";

	xml_add_text(&out, in, sizeof(in) - 1);
	assert_string_equal(out.buf,
			    "\xef\xbf\xbd\xef\xbf\xbd\t\n&#13;\xef\xbf\xbd ~\x7f\"'"
			    "&lt;&gt;&amp;\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd");
	strbuf_setlen(&out, 0);
	xml_add_attribute(&out, "a", "\t\n\"");
	xml_add_attribute(&out, "b", NULL);
	assert_string_equal(out.buf, " a=\"&#9;&#10;&quot;\"");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

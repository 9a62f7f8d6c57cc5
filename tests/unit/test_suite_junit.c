// SPDX-License-Identifier: GPL-2.0-or-later
/* JUnit XML of a suite, as CI systems read it. */
#include "suite_facts_fixture.h"

#include "lib/xml.h"

static struct strbuf out;
static int dir_fd;

static int setup(void **state)
{
	fx_facts(state);
	out = (struct strbuf)STRBUF_INIT;
	dir_fd = -1;
	return fixture_make(state);
}

static int teardown(void **state)
{
	strbuf_release(&out);
	if (dir_fd >= 0)
		close(dir_fd);
	fx_facts_release(state);
	return fixture_remove(state);
}

/* With the files that the test has made. */
static void format(void)
{
	dir_fd = open(fixture_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir_fd >= 0);
	fx_start();
	suite_junit_format(&facts, dir_fd, &out);
	assert_true(ends_with(out.buf, "</testsuites>\n"));
}

/* The testcases are @expected. */
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

/* Numbers of the testsuite. */
static void assert_numbers(unsigned int tests, unsigned int failures, unsigned int errors,
			   unsigned int skipped)
{
	_cleanup_free_ char *expected =
		xasprintf("tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\"",
			  tests, failures, errors, skipped);

	assert_contains(out.buf, expected);
}

#define JUNIT_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

JUNIT_TEST(format__whole_suite__whole_document)
{
	_cleanup_free_ char *expected = NULL;
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	expected = xasprintf(
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"rapido\" tests=\"2\" failures=\"1\" errors=\"0\""
		" time=\"83.456\">\n"
		"  <testsuite name=\"fstests-xfs\" timestamp=\"2023-11-14T22:13:22\""
		" hostname=\"%s\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\""
		" time=\"83.456\">\n"
		"    <properties>\n"
		"      <property name=\"rapido\" value=\"" RAPIDO_VERSION "\"/>\n"
		"      <property name=\"verdict\" value=\"failed\"/>\n"
		"      <property name=\"reason\" value=\"1 case is broken\"/>\n"
		"      <property name=\"kernel.release\" value=\"6.12.0\"/>\n"
		"      <property name=\"kernel\" value=\"/linux/bzImage\"/>\n"
		"      <property name=\"image\" value=\"initrds/fstests\"/>\n"
		"      <property name=\"accel\" value=\"kvm\"/>\n"
		"      <property name=\"directory\" value=\"/results/1\"/>\n"
		"      <property name=\"suite.args\" value=\"-g quick\"/>\n"
		"      <property name=\"suite.jobs\" value=\"2\"/>\n"
		"      <property name=\"suite.vms\" value=\"5\"/>\n"
		"    </properties>\n"
		"    <testcase name=\"generic/001\" classname=\"fstests-xfs.generic\""
		" time=\"1.250\">\n"
		"    </testcase>\n"
		"    <testcase name=\"xfs/002\" classname=\"fstests-xfs.xfs\""
		" time=\"1.000\">\n"
		"      <failure type=\"failed\" message=\"output differs\">+a &lt;\n-b\n"
		"</failure>\n"
		"      <system-out>QA output\n</system-out>\n"
		"    </testcase>\n"
		"  </testsuite>\n"
		"</testsuites>\n",
		host);
	fx_cases("generic/001\nxfs/002\n");
	fx_attempt(0, SUITE_PASSED, NULL, NULL)->ms = 1250;
	fx_attempt(1, SUITE_FAILED, "output differs", "+a <\n-b\n");
	put_file("cases/generic/001/output", "not shown\n");
	put_file("cases/xfs/002/output", "QA output\n");
	format();
	assert_string_equal(out.buf, expected);
}

JUNIT_TEST(format__names__class_has_all_parts_but_the_last)
{
	fx_cases("plain\na/b/c\n/d//e\nf/\n");
	format();
	assert_contains(out.buf, "name=\"plain\" classname=\"fstests-xfs\"");
	assert_contains(out.buf, "name=\"a/b/c\" classname=\"fstests-xfs.a.b\"");
	assert_contains(out.buf, "name=\"/d//e\" classname=\"fstests-xfs.d\"");
	assert_contains(out.buf, "name=\"f/\" classname=\"fstests-xfs.f\"");
}

JUNIT_TEST(format__test_by_its_path__plain_name)
{
	free(suite.test);
	suite.test = xstrdup("/tmp/dir.d/my_suite.fest");
	fx_cases("a/b\n");
	format();
	assert_contains(out.buf, "<testsuite name=\"my-suite\"");
	assert_contains(out.buf, "name=\"a/b\" classname=\"my-suite.a\"");
}

JUNIT_TEST(format__outcomes__failure_or_error_or_skipped)
{
	static const struct {
		enum suite_outcome outcome;
		const char *element;
	} expected[] = {
		{ SUITE_SKIPPED, "<skipped message=\"why\"></skipped>" },
		{ SUITE_FAILED,
		  "<failure type=\"failed\" message=\"why\">why</failure>" },
		{ SUITE_FAULT, "<failure type=\"fault\" message=\"why\">why</failure>" },
		{ SUITE_TIMEOUT, "<error type=\"timeout\" message=\"why\">why</error>" },
		{ SUITE_NO_VERDICT,
		  "<error type=\"no-verdict\" message=\"why\">why</error>" },
		{ SUITE_NOT_RUN, "<error type=\"not-run\" message=\"why\">why</error>" },
	};

	fx_cases("0\n1\n2\n3\n4\n5\nnever\n");
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		fx_attempt(i, expected[i].outcome, "why", NULL);
	format();
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		_cleanup_free_ char *text = xasprintf(
			"<testcase name=\"%zu\" classname=\"fstests-xfs\" time=\"1.000\">\n"
			"      %s\n    </testcase>\n",
			i, expected[i].element);

		assert_contains(out.buf, text);
	}
	assert_contains(out.buf,
			"name=\"never\" classname=\"fstests-xfs\" time=\"0.000\">\n"
			"      <skipped message=\"not reached\"></skipped>");
	assert_numbers(7, 2, 3, 2);
}

JUNIT_TEST(format__known_failure__skipped_with_time_and_output)
{
	fx_cases("a\nb\n");
	fx_attempt(0, SUITE_FAULT, "BUG: x", "BUG: x\nCall Trace:\n");
	suite.cases[0].known = true;
	suite.cases[0].known_why = xstrdup("reported in May");
	fx_attempt(1, SUITE_FAILED, NULL, NULL);
	suite.cases[1].has_before = true;
	suite.cases[1].before = SUITE_FAILED;
	put_file("cases/a/output", "begun\n");
	facts.status = 0;
	format();
	assert_cases(
		"    <testcase name=\"a\" classname=\"fstests-xfs\" time=\"1.000\">\n"
		"      <skipped message=\"known failure (reported in May): fault: "
		"BUG: x\"></skipped>\n"
		"      <system-out>begun\n</system-out>\n"
		"    </testcase>\n"
		"    <testcase name=\"b\" classname=\"fstests-xfs\" time=\"1.000\">\n"
		"      <skipped message=\"broken before: failed\"></skipped>\n"
		"    </testcase>\n");
	assert_numbers(2, 0, 0, 2);
}

JUNIT_TEST(format__flaky__passed_with_flaky_failure)
{
	fx_cases("a\n");
	fx_attempt(0, SUITE_FAULT, "BUG: x", "BUG: x\nCall Trace:\n");
	fx_attempt(0, SUITE_PASSED, NULL, NULL)->ms = 2000;
	put_file("cases/a/output", "second\n");
	put_file("cases/a/attempt-1/output", "first\n");
	facts.status = 0;
	format();
	assert_cases(
		"    <testcase name=\"a\" classname=\"fstests-xfs\" time=\"2.000\">\n"
		"      <flakyFailure type=\"fault\" message=\"BUG: x\">\n"
		"        <stackTrace>BUG: x\nCall Trace:\n</stackTrace>\n"
		"        <system-out>first\n</system-out>\n"
		"      </flakyFailure>\n"
		"    </testcase>\n");
	assert_numbers(1, 0, 0, 0);
}

JUNIT_TEST(format__broken_again__one_failure_and_a_rerun)
{
	fx_cases("a\n");
	fx_attempt(0, SUITE_TIMEOUT, "after 10 s", NULL);
	fx_attempt(0, SUITE_FAILED, "differs", NULL);
	put_file("cases/a/output", "second\n");
	format();
	assert_cases(
		"    <testcase name=\"a\" classname=\"fstests-xfs\" time=\"1.000\">\n"
		"      <failure type=\"failed\" message=\"differs\">differs</failure>\n"
		"      <rerunFailure type=\"timeout\" message=\"after 10 s\">\n"
		"        <stackTrace>after 10 s</stackTrace>\n"
		"      </rerunFailure>\n"
		"      <system-out>second\n</system-out>\n"
		"    </testcase>\n");
	assert_numbers(1, 1, 0, 0);
}

/* The first attempt counts then, and its output has moved. */
JUNIT_TEST(format__second_attempt_not_judged__output_of_the_first)
{
	fx_cases("a\n");
	fx_attempt(0, SUITE_FAILED, "differs", NULL);
	fx_attempt(0, SUITE_NOT_RUN, "no memory", NULL);
	put_file("cases/a/attempt-1/output", "first\n");
	put_file("cases/a/output", "second\n");
	format();
	assert_contains(out.buf, "<failure type=\"failed\" message=\"differs\">");
	assert_contains(out.buf, "<rerunFailure type=\"not-run\" message=\"no memory\">");
	assert_contains(out.buf, "    <system-out>first\n</system-out>\n    </testcase>");
}

JUNIT_TEST(format__incident__case_of_its_own)
{
	static struct suite_incident incident = {
		.vm = 3,
		.verdict = VERDICT_FAULT,
		.reason = (char *)"Oops",
		.report = (char *)"Oops: 0\n",
	};

	fx_cases("a\n");
	fx_attempt(0, SUITE_PASSED, NULL, NULL);
	facts.incidents = &incident;
	facts.nr_incidents = 1;
	facts.status = 125;
	format();
	assert_contains(
		out.buf,
		"<testcase name=\"vm 3\" classname=\"fstests-xfs\" time=\"0.000\">\n"
		"      <error type=\"fault\" message=\"Oops\">Oops: 0\n</error>");
	assert_numbers(2, 0, 1, 0);
}

JUNIT_TEST(format__nothing_explains_the_status__case_that_does)
{
	fx_cases("a\n");
	facts.status = 130;
	facts.signal = 2;
	facts.reason = "interrupted by a signal";
	format();
	assert_contains(
		out.buf,
		"<testcase name=\"suite\" classname=\"fstests-xfs\" time=\"0.000\">\n"
		"      <error type=\"interrupted\" message=\"interrupted by a signal\">");
	assert_numbers(2, 0, 1, 1);
}

JUNIT_TEST(format__large_output__beginning_and_end)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	strbuf_adds(&text, "first line\n");
	while (text.len < 3 * CASE_OUTPUT_MAX)
		strbuf_adds(&text, "some line in the middle\n");
	strbuf_adds(&text, "last line\n");
	fx_cases("a\n");
	fx_attempt(0, SUITE_FAILED, "differs", NULL);
	put_file("cases/a/output", text.buf);
	format();
	assert_contains(out.buf, "<system-out>first line\n");
	assert_contains(out.buf, "last line\n</system-out>");
	assert_contains(out.buf, " bytes are left out ...]");
	assert_true(out.len < CASE_OUTPUT_MAX + 4096);
}

JUNIT_TEST(format__much_output_of_many__whole_is_bounded)
{
	enum { NR = 1000 };
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	_cleanup_free_ char *name = NULL;

	while (text.len < 40000)
		strbuf_adds(&text, "\"&<>\n");
	fx_many_cases(NR);
	for (size_t i = 0; i < NR; i++) {
		suite.cases[i].attempts[0].outcome = SUITE_FAULT;
		suite.cases[i].attempts[0].report = xstrdup(text.buf);
	}
	name = xasprintf("cases/%s/output", suite.cases[0].name);
	put_file(name, text.buf);
	format();
	assert_true(out.len < SUITE_JUNIT_TEXT_MAX + (1 << 20));
	assert_numbers(NR, NR, 0, 0);
}

JUNIT_TEST(format__output_is_a_link_or_a_fifo__not_read)
{
	fx_cases("a\nb\nc/d\n");
	for (size_t i = 0; i < 3; i++)
		fx_attempt(i, SUITE_FAILED, "differs", NULL);
	put_file("secret", "secret\n");
	put_dir("cases/a");
	assert_int_equal(symlink(at("secret"), at("cases/a/output")), 0);
	put_dir("cases/b");
	assert_int_equal(mkfifo(at("cases/b/output"), 0600), 0);
	put_file("elsewhere/d/output", "secret\n");
	assert_int_equal(symlink(at("elsewhere"), at("cases/c")), 0);
	format();
	assert_lacks(out.buf, "secret");
	assert_lacks(out.buf, "system-out");
}

JUNIT_TEST(format__hostile_texts__valid_xml)
{
	static const char expected[] =
		"    <testcase name=\"&lt;&amp;&quot;]]&gt;\" classname=\"fstests-xfs\""
		" time=\"1.000\">\n"
		"      <failure type=\"failed\" message=\"]]&gt;&#10;\xef\xbf\xbd[2J"
		"\xef\xbf\xbd\">\xef\xbf\xbd(\xef\xbf\xbd]]&gt;</failure>\n"
		"      <system-out>\xef\xbf\xbd\xef\xbf\xbd&lt;/system-out&gt;</system-out>\n"
		"    </testcase>\n";

	fx_cases("<&\"]]>\n");
	fx_attempt(0, SUITE_FAILED, "]]>\n\x1b[2J\xff", "\xc3(\x01]]>");
	put_data("cases/%3C&%22]]%3E/output", "\0\xfe</system-out>", 15);
	format();
	assert_cases(expected);
}

JUNIT_TEST(format__100000_cases__in_time)
{
	uint64_t start = monotonic_ms();

	fx_many_cases(100000);
	format();
	assert_numbers(100000, 10000, 0, 0);
	assert_true(monotonic_ms() - start < 60000);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

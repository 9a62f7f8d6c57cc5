// SPDX-License-Identifier: GPL-2.0-or-later
/* status.json of a suite: what programs get to know of its cases. */
#include <json-c/json.h>
#include <signal.h>

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

/* The member at "a/b/0/c" as JSON on one line. Good until the next call. */
static const char *member(const char *path)
{
	static char text[4096];
	struct json_object *whole = json_tokener_parse(out.buf), *at_path = NULL;
	_cleanup_free_ char *pointer = xasprintf("/%s", path);

	assert_non_null(whole);
	if (json_pointer_get(whole, pointer, &at_path))
		snprintf(text, sizeof(text), "(absent)");
	else
		snprintf(text, sizeof(text), "%s",
			 json_object_to_json_string_ext(at_path,
							JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(whole);
	return text;
}

static void format(void)
{
	fx_start();
	suite_json_format(&facts, &out);
	assert_true(ends_with(out.buf, "}\n"));
}

#define JSON_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

JSON_TEST(format__whole_suite__all_members)
{
	static const char *const expected[][2] = {
		{ "rapido", "\"" RAPIDO_VERSION "\"" },
		{ "test", "\"fstests-xfs\"" },
		{ "verdict", "\"failed\"" },
		{ "status", "1" },
		{ "reason", "\"1 case is broken\"" },
		{ "started", "\"2023-11-14T22:13:22.042Z\"" },
		{ "seconds/total", "83.456" },
		{ "accel", "\"kvm\"" },
		{ "image/path", "\"initrds/fstests\"" },
		{ "kernel", "{\"path\":\"/linux/bzImage\",\"release\":\"6.12.0\","
			    "\"version\":null}" },
		{ "results/directory", "\"/results/1\"" },
		{ "signal", "null" },
		{ "incidents", "[]" },
		{ "suite/args", "[\"-g\",\"quick\"]" },
		{ "suite/jobs", "2" },
		{ "suite/jobs_asked", "4" },
		{ "suite/vms", "5" },
		{ "suite/shuffle", "null" },
		{ "suite/compared", "null" },
		{ "suite/counts/total", "2" },
		{ "suite/counts/passed", "1" },
		{ "suite/counts/failed", "1" },
		{ "suite/counts/newly-broken", "1" },
		{ "suite/cases/0",
		  "{\"name\":\"generic/001\",\"outcome\":\"passed\",\"seconds\":1.250,\"reason\":null,\"change\":null,"
		  "\"flaky\":false,\"known\":false,\"known_why\":null,\"before\":null,"
		  "\"directory\":\"cases/generic/001\",\"attempts\":[{\"outcome\":"
		  "\"passed\",\"status\":null,\"seconds\":1.250,\"vm\":1,\"reason\":null,"
		  "\"report\":null}]}" },
		{ "suite/cases/1/change", "\"newly-broken\"" },
		{ "suite/cases/1/attempts/0",
		  "{\"outcome\":\"failed\",\"status\":3,\"seconds\":0.000,\"vm\":2,"
		  "\"reason\":\"output differs\",\"report\":\"+a\\n-b\\n\"}" },
	};

	fx_cases("generic/001\ngeneric/002\n");
	fx_attempt(0, SUITE_PASSED, NULL, NULL)->ms = 1250;
	fx_attempt(1, SUITE_FAILED, "output differs", "+a\n-b\n");
	suite.cases[1].attempts[0].status = 3;
	suite.cases[1].attempts[0].vm = 2;
	suite.cases[1].attempts[0].ms = 0;
	format();
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(member(expected[i][0]), expected[i][1]);
}

JSON_TEST(format__no_cases__empty_array)
{
	suite.cases = NULL;
	facts.status = 125;
	format();
	assert_string_equal(member("suite/cases"), "[]");
	assert_string_equal(member("verdict"), "\"not-run\"");
}

JSON_TEST(format__not_reached__no_attempts_and_no_directory)
{
	fx_cases("a\n");
	facts.signal = SIGINT;
	facts.status = 128 + SIGINT;
	format();
	assert_string_equal(member("verdict"), "\"interrupted\"");
	assert_string_equal(member("signal"), "2");
	assert_string_equal(member("suite/cases/0/outcome"), "\"none\"");
	assert_string_equal(member("suite/cases/0/attempts"), "[]");
	assert_string_equal(member("suite/cases/0/seconds"), "null");
	assert_string_equal(member("suite/cases/0/directory"), "null");
}

JSON_TEST(format__known_before_and_flaky__said)
{
	fx_cases("known\nbefore\nflaky\nfixed\n");
	fx_attempt(0, SUITE_FAULT, "BUG", "BUG: x\n");
	suite.cases[0].known = true;
	suite.cases[0].known_why = xstrdup("bug 12");
	fx_attempt(1, SUITE_TIMEOUT, NULL, NULL);
	suite.cases[1].has_before = true;
	suite.cases[1].before = SUITE_FAILED;
	fx_attempt(2, SUITE_NO_VERDICT, NULL, NULL);
	fx_attempt(2, SUITE_PASSED, NULL, NULL);
	fx_attempt(3, SUITE_PASSED, NULL, NULL);
	suite.cases[3].has_before = true;
	suite.cases[3].before = SUITE_FAULT;
	format();
	assert_string_equal(member("suite/cases/0/known"), "true");
	assert_string_equal(member("suite/cases/0/known_why"), "\"bug 12\"");
	assert_string_equal(member("suite/cases/0/change"), "\"still-broken\"");
	assert_string_equal(member("suite/cases/1/before"), "\"failed\"");
	assert_string_equal(member("suite/cases/1/change"), "\"still-broken\"");
	assert_string_equal(member("suite/cases/2/flaky"), "true");
	assert_string_equal(member("suite/cases/2/outcome"), "\"passed\"");
	assert_string_equal(member("suite/cases/2/attempts/0/outcome"), "\"no-verdict\"");
	assert_string_equal(member("suite/cases/3/change"), "\"newly-fixed\"");
	assert_string_equal(member("suite/counts/still-broken"), "2");
	assert_string_equal(member("suite/counts/flaky"), "1");
	assert_string_equal(member("suite/counts/newly-fixed"), "1");
}

JSON_TEST(format__incident__not_a_case)
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
	format();
	assert_string_equal(member("incidents"),
			    "[{\"vm\":3,\"verdict\":\"fault\",\"reason\":\"Oops\","
			    "\"report\":\"Oops: 0\\n\"}]");
	assert_string_equal(member("suite/counts/total"), "1");
}

JSON_TEST(format__largest_seed__whole)
{
	fx_cases("a\n");
	suite.shuffled = true;
	suite.seed = UINT64_MAX;
	format();
	assert_string_equal(member("suite/shuffle"), "18446744073709551615");
}

JSON_TEST(format__hostile_texts__valid_json)
{
	fx_cases("]}\"],\\\n");
	fx_attempt(0, SUITE_FAILED, "]}\n\"\x1b[2J\xff\xfe", "\xc3(\x01]");
	strvec_push(&suite.args, "\"]}");
	format();
	assert_string_equal(member("suite/cases/0/name"), "\"]}\\\"],\\\\\"");
	assert_string_equal(member("suite/cases/0/attempts/0/reason"),
			    "\"]}\\n\\\"\\u001b[2J\xef\xbf\xbd\xef\xbf\xbd\"");
	assert_string_equal(member("suite/cases/0/attempts/0/report"),
			    "\"\xef\xbf\xbd(\\u0001]\"");
	assert_string_equal(member("suite/args/2"), "\"\\\"]}\"");
}

/* What is read by whoever has grep and no JSON parser. */
JSON_TEST(format__each_case__one_line)
{
	size_t lines = 0;

	fx_cases("a\nb\nc\n");
	fx_attempt(1, SUITE_FAILED, "x\ny", "1\n2\n3\n");
	format();
	for (const char *p = out.buf; (p = strstr(p, "\n      { \"name\":")); p++)
		lines++;
	assert_int_equal(lines, 3);
	assert_contains(out.buf, "\"cases\": [\n      { \"name\": \"a\",");
	assert_true(ends_with(out.buf, " }\n    ]\n  }\n}\n"));
}

JSON_TEST(format__100000_cases__in_time)
{
	uint64_t start = monotonic_ms();

	fx_many_cases(100000);
	format();
	assert_string_equal(member("suite/counts/total"), "100000");
	assert_string_equal(member("suite/cases/99999/name"), "\"c/099999\"");
	/* a second, or two minutes if it were quadratic */
	assert_true(monotonic_ms() - start < 60000);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

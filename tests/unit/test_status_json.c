// SPDX-License-Identifier: GPL-2.0-or-later
/* status.json: what programs get to know of a run. */
#include <json-c/json.h>
#include <signal.h>

#include "record_fixture.h"
#include "run/status-json.h"

static struct run_record record;
static struct strbuf out;

static int setup(void **state)
{
	(void)state;
	fx_record(&record, 1);
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
	verdict_judge(&record);
	status_json_format(&record, &out);
	assert_true(ends_with(out.buf, "}\n"));
}

#define STATUS_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

STATUS_TEST(format__passed_run__all_members)
{
	static const char *const expected[][2] = {
		{ "rapido", "\"" RAPIDO_VERSION "\"" },
		{ "test", "\"simple\"" },
		{ "verdict", "\"passed\"" },
		{ "status", "0" },
		{ "reason", "\"'000-x' returned 0\"" },
		{ "started", "\"2023-11-14T22:13:22.042Z\"" },
		{ "seconds", "{\"boot\":1.500,\"vm\":4.000,\"total\":4.321}" },
		{ "accel", "\"tcg\"" },
		{ "slot", "3" },
		{ "image", "{\"path\":\"initrds/simple\",\"size\":5678,"
			   "\"mtime\":\"2023-11-14T22:13:21.000Z\"}" },
		{ "kernel",
		  "{\"path\":\"/linux/bzImage\",\"size\":1234,"
		  "\"mtime\":\"2023-11-14T22:13:20.500Z\",\"taint\":null,\"release\":\"6.1.0-tiny\","
		  "\"version\":null}" },
		{ "logs/1", "{\"name\":\"kernel.log\",\"bytes\":0,\"left_out\":0}" },
		{ "cases", "[{\"name\":\"000-x\",\"status\":0,\"seconds\":2.001,"
			   "\"output_bytes\":6,\"missing\":[\"cat\"]}]" },
		{ "faults", "[]" },
		{ "kernel_log", "{\"lost\":0,\"missing\":null}" },
		{ "stop", "null" },
		{ "signal", "null" },
		{ "vm_status", "0" },
	};

	record_add_case(&record, "000-x", 5, 1500);
	record_missing(&record, "cat");
	record_output(&record, "hello\n", 6, false);
	record_end_case(&record, 0, 3501, false);
	format();
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(member(expected[i][0]), expected[i][1]);
}

STATUS_TEST(format__case_without_end__null)
{
	fx_case(&record, "000-x", 1500, 0, 0, "");
	record.has_end = false;
	record.stop = RUN_TIMEOUT;
	record.limit_s = 2;
	format();
	assert_string_equal(member("cases/0/status"), "null");
	assert_string_equal(member("cases/0/seconds"), "2.500");
	assert_string_equal(member("stop"), "\"timeout\"");
	assert_string_equal(member("verdict"), "\"timeout\"");
	assert_string_equal(member("status"), "101");
}

STATUS_TEST(format__tap__counted)
{
	struct run_case *c = fx_case(&record, "000-x", 0, 1, 0, "");

	fx_tap(c, "a", TAP_PASSED, NULL, NULL);
	fx_tap(c, "b", TAP_FAILED, NULL, NULL);
	fx_tap(c, "c", TAP_SKIPPED, NULL, NULL);
	fx_tap(c, "d", TAP_TODO, NULL, NULL);
	format();
	assert_string_equal(member("cases/0/tap"),
			    "{\"passed\":1,\"failed\":1,\"skipped\":2}");
	assert_string_equal(member("tap_check"), "true");
	assert_string_equal(member("status"), "1");
	strbuf_setlen(&out, 0);
	record_forget_output(&record);
	format();
	assert_string_equal(member("cases/0/tap"),
			    "{\"passed\":1,\"failed\":1,\"skipped\":2}");
}

STATUS_TEST(format__faults__with_their_case)
{
	fx_case(&record, "000-x", 0, 1, 0, "");
	fx_fault(&record, "kasan", "BUG: KASAN: x", "BUG: KASAN: x\nCall Trace:\n", 0);
	fx_fault(&record, "oops", "Oops: 0002 [#1]", "Oops\n", SIZE_MAX);
	record.faults.list[1].allowed = true;
	format();
	assert_string_equal(member("faults/0"),
			    "{\"kind\":\"kasan\",\"title\":\"BUG: KASAN: x\","
			    "\"text\":\"BUG: KASAN: x\\nCall Trace:\\n\","
			    "\"allowed\":false,\"certain\":true,\"case\":\"000-x\"}");
	assert_string_equal(member("faults/1/allowed"), "true");
	assert_string_equal(member("faults/1/case"), "null");
}

STATUS_TEST(format__kernels_own_tests__each)
{
	static const char log[] = "KTAP version 1\n1..1\n    KTAP version 1\n"
				  "    # Subtest: s\n    1..2\n    ok 1 a # SKIP no\n"
				  "    # b: EXPECTATION FAILED\n    not ok 2 b\n";

	tap_feed(&record.ktap, log, strlen(log));
	tap_feed(&record.ktap, "not ok 1 s\n", 11);
	tap_finish(&record.ktap);
	format();
	assert_string_equal(member("kernel_log/tap/failed"), "1");
	assert_string_equal(member("kernel_log/tap/tests/0"),
			    "{\"name\":\"s / a\",\"outcome\":\"skipped\","
			    "\"reason\":\"no\",\"notes\":null,\"seconds\":null}");
	assert_string_equal(member("kernel_log/tap/tests/1"),
			    "{\"name\":\"s / b\",\"outcome\":\"failed\",\"reason\":null,"
			    "\"notes\":\"b: EXPECTATION FAILED\\n\",\"seconds\":null}");
}

STATUS_TEST(format__kernel_log_with_gaps__how_much)
{
	fx_case(&record, "000-x", 0, 1, 0, "");
	record.kernel_lines_lost = 1234;
	format();
	assert_string_equal(member("kernel_log/lost"), "1234");
	assert_contains(member("kernel_log/missing"), "1234 lines");
	assert_string_equal(member("verdict"), "\"passed\"");
}

STATUS_TEST(format__taint__as_it_was_and_as_it_is)
{
	fx_case(&record, "000-x", 0, 1, 0, "");
	taint_note(&record.taint, 4096, SIZE_MAX);
	taint_note(&record.taint, 4096 | 64, 0);
	format();
	assert_string_equal(member("kernel/taint"), "{\"start\":4096,\"end\":4160}");
}

STATUS_TEST(format__results__what_came_and_what_did_not)
{
	record.dir = xstrdup("/state/results/1");
	record.results.files = 2;
	record.results.bytes = 5000000000;
	record.results.announced = 7;
	record.results.settled = 3;
	record.results.nr_refused = 150;
	strvec_push(&record.results.refused, "'../x': it leads out of the directory");
	format();
	assert_string_equal(member("results"),
			    "{\"directory\":\"/state/results/1\",\"files\":2,"
			    "\"bytes\":5000000000,\"complete\":false,\"missing\":4,"
			    "\"refused\":[\"'../x': it leads out of the directory\"],"
			    "\"meta_failed\":0,"
			    "\"refused_count\":150}");
}

STATUS_TEST(format__nothing_known__null_and_not_passed)
{
	record_release(&record);
	record_init(&record);
	format();
	assert_string_equal(member("status"), "125");
	assert_string_equal(member("verdict"), "\"not-run\"");
	assert_string_equal(member("test"), "null");
	assert_string_equal(member("started"), "null");
	assert_string_equal(member("image"),
			    "{\"path\":null,\"size\":null,\"mtime\":null}");
	assert_string_equal(member("seconds/boot"), "null");
	assert_string_equal(member("vm_status"), "null");
}

STATUS_TEST(format__what_is_no_text__still_json)
{
	fx_case(&record, "a\"\\\n\x01\x80\xff", 0, 1, 0, "");
	format();
	assert_string_equal(member("cases/0/name"),
			    "\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\xef\xbf\xbd\"");
}

STATUS_TEST(format_all__several_runs__counts_and_times)
{
	struct run_record other;
	const struct run_record *both[] = { &record, &other };

	fx_record(&other, 1);
	other.signal = SIGTERM;
	other.total_ms = 1000;
	fx_case(&record, "000-x", 0, 1, 3, "");
	verdict_judge(&record);
	verdict_judge(&other);
	status_json_format_all(both, 2, 143, &out);
	assert_string_equal(member("status"), "143");
	assert_string_equal(member("counts"),
			    "{\"runs\":2,\"passed\":0,\"failed\":1,\"fault\":0,"
			    "\"timeout\":0,\"no-verdict\":0,\"not-run\":0,"
			    "\"interrupted\":1}");
	assert_string_equal(member("seconds"),
			    "{\"total\":5.321,\"shortest\":1.000,\"mean\":2.660,"
			    "\"longest\":4.321}");
	assert_string_equal(member("runs/0/status"), "3");
	assert_string_equal(member("runs/1/signal"), "15");
	record_release(&other);
}

STATUS_TEST(format__helpers__whole_objects)
{
	struct run_record *helper = record_add_helper(&record, "server-2");

	helper->test = xstrdup("server");
	status_json_format(&record, &out);
	assert_string_equal(member("name"), "(absent)");
	assert_string_equal(member("with/0/name"), "\"server-2\"");
	assert_string_equal(member("with/0/test"), "\"server\"");
	assert_string_equal(member("with/0/verdict"), "\"not-run\"");
	assert_string_equal(member("with/0/with"), "(absent)");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

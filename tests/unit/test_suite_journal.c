// SPDX-License-Identifier: GPL-2.0-or-later
/* The journal of a suite, and what is read of earlier runs. */
#include "run/suite-journal.h"
#include "run/suite-report.h"
#include "suite_fixture.h"

static struct suite suite, again;
static struct strvec args;
static char kernel_path[] = "/linux/bzImage";
static struct run_file kernel;
static struct suite_identity identity;

static int setup(void **state)
{
	suite = (struct suite)SUITE_INIT;
	again = (struct suite)SUITE_INIT;
	args = (struct strvec)STRVEC_INIT;
	strvec_pushl(&args, "-g", "quick", NULL);
	kernel = (struct run_file){ kernel_path, 1234, { 1700000000, 123456789 } };
	identity = (struct suite_identity){ "fstests", &args, &kernel, "6.12.0" };
	return fixture_make(state);
}

static int teardown(void **state)
{
	suite_release(&suite);
	suite_release(&again);
	strvec_release(&args);
	return fixture_remove(state);
}

#define JOURNAL_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

/* A new journal of the suite, open for writing. */
static int begin(void)
{
	int fd = open(at("journal"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(suite_journal_begin(fd, &identity, &suite), 0);
	return fd;
}

static void write_attempt(int fd, const char *name, const struct suite_attempt *attempt)
{
	size_t nr = fx_nr(&suite, name);

	suite_add_attempt(&suite, nr, attempt);
	assert_int_equal(suite_journal_attempt(fd, &suite, nr), 0);
}

static void append(const char *text)
{
	int fd = open(at("journal"), O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static const char *text(const char *name)
{
	static char data[4096];
	int fd = open(at(name), O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, data, sizeof(data) - 1);

	assert_true(n >= 0);
	data[n] = '\0';
	close(fd);
	return data;
}

/* What was said meanwhile. */
static const char *read_again(int expected)
{
	struct capture capture = capture_start();
	int err = suite_journal_read(at("journal"), &identity, &again);
	const char *said = capture_stop(&capture);

	if (err != expected)
		fail_msg("%d, not %d: %s", err, expected, said);
	return said;
}

JOURNAL_TEST(begin__header_and_list__two_lines)
{
	fx_list(&suite, "a/1\na/2\n\xc3\xa4\n");
	suite.left_out = 7;
	close(begin());
	assert_string_equal(
		text("journal"),
		"{ \"rapido\": \"" RAPIDO_VERSION "\", \"test\": \"fstests\", "
		"\"args\": [ \"-g\", \"quick\" ], \"kernel\": { \"path\": "
		"\"/linux/bzImage\", \"size\": 1234, \"mtime\": 1700000000, "
		"\"mtime_ns\": 123456789, \"release\": \"6.12.0\" }, "
		"\"shuffle\": null }\n"
		"{ \"list\": [ \"a/1\", \"a/2\", \"\xc3\xa4\" ], \"left_out\": 7 }\n");
}

JOURNAL_TEST(attempt__all_of_it__one_line)
{
	static char reason[] = "the kernel's \xff report", report[] = "BUG: x\nline 2\n";
	struct suite_attempt attempt = { SUITE_FAULT,	 0, 1500, 3, xstrdup(reason),
					 xstrdup(report) };
	int fd;

	fx_list(&suite, "a/1\n");
	fd = begin();
	write_attempt(fd, "a/1", &attempt);
	close(fd);
	assert_true(ends_with(
		text("journal"),
		"\n{ \"case\": \"a/1\", \"attempt\": 1, \"outcome\": \"fault\", "
		"\"status\": 0, \"ms\": 1500, \"vm\": 3, \"reason\": \"the kernel's "
		"\xef\xbf\xbd report\", \"report\": \"BUG: x\\nline 2\\n\" }\n"));
}

JOURNAL_TEST(begin__full_disk__its_error)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	fx_list(&suite, "a\n");
	assert_int_equal(suite_journal_begin(fd, &identity, &suite), -ENOSPC);
	close(fd);
}

JOURNAL_TEST(read__whole_run__is_the_same)
{
	struct suite_attempt failed = { SUITE_FAILED, 3, 10, 1, xstrdup("why"), NULL },
			     passed = { .outcome = SUITE_PASSED, .ms = 20, .vm = 2 };
	int fd;

	fx_list(&suite, "a\nb\nc\nd \"q\\\ne\n");
	suite.left_out = 2;
	suite_shuffle(&suite, UINT64_MAX - 5);
	fd = begin();
	write_attempt(fd, "b", &failed);
	write_attempt(fd, "b", &passed);
	write_attempt(fd, "d \"q\\", &passed);
	close(fd);
	assert_string_equal(read_again(0), "");
	assert_int_equal(again.nr, 5);
	assert_true(again.shuffled);
	assert_true(again.seed == UINT64_MAX - 5);
	assert_int_equal(again.left_out, 2);
	for (size_t i = 0; i < suite.nr; i++) {
		const struct suite_case *was = &suite.cases[i], *is = &again.cases[i];

		assert_string_equal(was->name, is->name);
		assert_int_equal(was->listed, is->listed);
		assert_int_equal(was->nr_attempts, is->nr_attempts);
	}
	assert_int_equal(suite_find(&again, "b")->attempts[0].status, 3);
	assert_string_equal(suite_find(&again, "b")->attempts[0].reason, "why");
	assert_null(suite_find(&again, "b")->attempts[0].report);
	assert_int_equal(suite_find(&again, "b")->attempts[1].vm, 2);
	assert_int_equal(again.spent_ms, 50);
	suite_start(&again);
	assert_int_equal(again.counts.flaky, 1);
	assert_int_equal(again.counts.passed, 2);
	assert_int_equal(again.first_left, 3);
}

#define PASSED(name) "{\"case\": \"" name "\", \"outcome\": \"passed\"}\n"

JOURNAL_TEST(read__last_line_is_torn__it_is_left_out)
{
	fx_list(&suite, "a\nb\n");
	close(begin());
	append(PASSED("a"));
	append("{\"case\": \"b\", \"outcome\": \"passed\"}");
	assert_string_equal(read_again(0), "");
	assert_int_equal(again.cases[0].nr_attempts, 1);
	assert_int_equal(again.cases[1].nr_attempts, 0);
}

JOURNAL_TEST(read__unknown_keys_and_lines__are_passed_over)
{
	fx_list(&suite, "a\nb\n");
	close(begin());
	append("{\"vm\": 3, \"ended\": true}\n{}\n");
	append("{\"new\": [{}], \"case\": \"a\", \"outcome\": \"passed\", \"ms\": 5}\n");
	assert_string_equal(read_again(0), "");
	assert_int_equal(again.cases[0].attempts[0].ms, 5);
}

JOURNAL_TEST(read__damaged_lines__are_left_out_and_said)
{
	fx_list(&suite, "a\nb\n");
	close(begin());
	append("{\"case\": \"a\", \"outc{\"case\": \"b\", \"outcome\": \"passed\"}\n");
	append("\n[]\n");
	append("{\"case\": \"a\", \"outcome\": \"none\"}\n");
	append("{\"case\": \"a\", \"outcome\": \"great\"}\n{\"case\": \"a\"}\n");
	append("{\"case\": 3, \"outcome\": \"passed\"}\n");
	append("{\"case\": \"a\\u0000b\", \"outcome\": \"passed\"}\n");
	append("{\"case\": \"other\", \"outcome\": \"passed\"}\n");
	append("{\"case\": \"a\", \"attempt\": 2, \"outcome\": \"passed\"}\n");
	append(PASSED("b"));
	assert_contains(read_again(0), "10 damaged lines");
	assert_int_equal(again.cases[0].nr_attempts, 0);
	assert_int_equal(again.cases[1].nr_attempts, 1);
}

JOURNAL_TEST(read__attempt_comes_again__the_last_one_counts)
{
	fx_list(&suite, "a\n");
	close(begin());
	append("{\"case\": \"a\", \"attempt\": 1, \"outcome\": \"passed\", \"ms\": 5}\n");
	append("{\"case\": \"a\", \"attempt\": 1, \"outcome\": \"fault\", \"ms\": 7}\n");
	append("{\"case\": \"a\", \"attempt\": 2, \"outcome\": \"failed\", \"ms\": 9}\n");
	read_again(0);
	assert_int_equal(again.cases[0].nr_attempts, 2);
	assert_int_equal(again.cases[0].attempts[0].outcome, SUITE_FAULT);
	assert_int_equal(again.spent_ms, 16);
	again.retries = 2;
	suite_start(&again);
	assert_int_equal(again.counts.newly_broken, 1);
	assert_int_equal(again.counts.passed, 0);
	assert_string_equal(fx_next(&again, true, 1), "a");
	assert_false(suite_has_more(&again));
}

JOURNAL_TEST(read__wrong_numbers__are_not_believed)
{
	fx_list(&suite, "a\n");
	close(begin());
	append("{\"case\": \"a\", \"outcome\": \"failed\", \"status\": -1, "
	       "\"ms\": 9223372036854775807, \"vm\": \"x\", \"reason\": 5}\n");
	read_again(0);
	assert_int_equal(again.cases[0].attempts[0].status, 0);
	assert_int_equal(again.cases[0].attempts[0].ms, UINT32_MAX);
	assert_int_equal(again.cases[0].attempts[0].vm, 0);
	assert_null(again.cases[0].attempts[0].reason);
}

/* Of what was another thing in that run, and a word of the message. */
static void assert_refused(const char *word)
{
	const char *said = read_again(-EINVAL);

	assert_contains(said, at("journal"));
	assert_contains(said, word);
	suite_release(&again);
}

JOURNAL_TEST(read__another_run__is_refused)
{
	_cleanup_(strvec_release) struct strvec others = STRVEC_INIT;
	static char other_path[] = "/linux/vmlinux";
	const struct suite_identity was = identity;
	const struct run_file kernel_was = kernel;

	fx_list(&suite, "a\n");
	close(begin());
	identity.test = "blktests";
	assert_refused("'fstests'");
	identity = was;
	identity.args = &others;
	assert_refused("arguments");
	identity = was;
	identity.release = "6.12.1";
	assert_refused("kernel");
	identity = was;
	kernel.path = other_path;
	assert_refused("kernel");
	kernel = kernel_was;
	kernel.size++;
	assert_refused("kernel");
	kernel = kernel_was;
	kernel.mtime.tv_nsec++;
	assert_refused("kernel");
	kernel = kernel_was;
	assert_string_equal(read_again(0), "");
}

JOURNAL_TEST(read__arguments_that_are_no_utf8__are_the_same)
{
	fx_list(&suite, "a\n");
	strvec_push(&args, "\xff");
	close(begin());
	assert_string_equal(read_again(0), "");
}

JOURNAL_TEST(read__any_arguments__become_the_suites)
{
	fx_list(&suite, "a\n");
	close(begin());
	identity.args = NULL;
	assert_string_equal(read_again(0), "");
	assert_strvec(&again.args, "-g", "quick");
}

JOURNAL_TEST(read__more_arguments_than_fit_into_an_order__refused)
{
	_cleanup_free_ char *word = xcalloc(1, WIRE_ORDER_MAX - 9 + 1);

	fx_list(&suite, "a\n");
	/* "-g" and "quick" need nine bytes, each word one more */
	memset(word, 'x', WIRE_ORDER_MAX - 9);
	strvec_push(&args, word);
	close(begin());
	identity.args = NULL;
	assert_refused("damaged");
}

JOURNAL_TEST(read__seed_that_is_no_number__refused)
{
	_cleanup_free_ char *journal = NULL;
	char *seed;

	fx_list(&suite, "a\n");
	suite_shuffle(&suite, 7);
	close(begin());
	journal = xstrdup(text("journal"));
	seed = strstr(journal, "\"7\"");
	assert_non_null(seed);
	seed[1] = 'x';
	put_file("journal", journal);
	assert_refused("damaged");
}

JOURNAL_TEST(read__no_journal__is_said)
{
	assert_contains(read_again(-ENOENT), "no such file");
	put_file("journal", "");
	assert_refused("not the journal");
	put_file("journal", "{\"rapido\": \"1\", \"verdict\": \"passed\"}\n");
	assert_refused("not the journal");
	put_file("journal", "\x7f"
			    "ELF\n\n\n");
	assert_refused("not the journal");
}

JOURNAL_TEST(read__run_ended_before_its_list__is_said)
{
	char header[1024];

	fx_list(&suite, "a\n");
	close(begin());
	snprintf(header, sizeof(header), "%s", text("journal"));
	*(strchr(header, '\n') + 1) = '\0';
	put_file("journal", header);
	assert_refused("no list");
	append("{\"list\": [\"a\", \"a\"]}\n");
	assert_refused("damaged");
	put_file("journal", header);
	append("{\"list\": [\"a\", 5]}\n");
	assert_refused("damaged");
	put_file("journal", header);
	append("{\"list\": []}\n");
	assert_refused("damaged");
}

JOURNAL_TEST(read__most_cases__do_not_take_quadratic_time)
{
	size_t nr = getenv("RAPIDO_VALGRIND") ? 5000 : SUITE_CASES_MAX;
	uint64_t start = monotonic_ms();
	int fd;

	fx_many(&suite, nr);
	suite_shuffle(&suite, 1);
	fd = begin();
	for (size_t i = 0; i < nr; i += 4) {
		const struct suite_attempt passed = { .outcome = SUITE_PASSED };

		suite_add_attempt(&suite, i, &passed);
		assert_int_equal(suite_journal_attempt(fd, &suite, i), 0);
	}
	close(fd);
	assert_string_equal(read_again(0), "");
	suite_start(&again);
	assert_int_equal(again.counts.passed, nr / 4);
	assert_in_range(monotonic_ms() - start, 0, 60000);
}

/* An earlier run */

static const char *compare(const char *name, int expected)
{
	struct capture capture = capture_start();
	int err = suite_compare(at(name), &suite);
	const char *said = capture_stop(&capture);

	if (err != expected)
		fail_msg("%d, not %d: %s", err, expected, said);
	return said;
}

static void assert_before(const char *name, int outcome, uint64_t ms)
{
	const struct suite_case *c = suite_find(&suite, name);

	assert_int_equal(c->has_before, outcome != SUITE_NONE);
	assert_int_equal(c->before, outcome);
	assert_int_equal(c->before_ms, ms);
}

static const char status_json[] =
	"{\n  \"rapido\": \"1\", \"test\": \"fstests\", \"verdict\": \"failed\",\n"
	"  \"suite\": { \"counts\": { }, \"cases\": [\n"
	"    { \"name\": \"a\", \"outcome\": \"passed\", \"seconds\": 1.250,\n"
	"      \"attempts\": [ { \"outcome\": \"fault\", \"seconds\": 9.0 } ] },\n"
	"    { \"name\": \"b\", \"outcome\": \"timeout\" },\n"
	"    { \"name\": \"gone\", \"outcome\": \"failed\", \"seconds\": -1 },\n"
	"    { \"name\": \"c\", \"outcome\": \"none\" },\n"
	"    { \"outcome\": \"passed\" }, 5, null, { \"name\": \"c\" }\n"
	"  ] }\n}";

JOURNAL_TEST(compare__status_json__outcomes_and_times)
{
	fx_list(&suite, "a\nb\nc\nnew\n");
	suite.test = xstrdup("fstests");
	put_file("status.json", status_json);
	assert_string_equal(compare("status.json", 0), "");
	assert_before("a", SUITE_PASSED, 1250);
	assert_before("b", SUITE_TIMEOUT, 0);
	assert_before("c", SUITE_NONE, 0);
	assert_before("new", SUITE_NONE, 0);
}

JOURNAL_TEST(compare__our_own_status_json__is_read)
{
	const struct suite_facts facts = { .suite = &suite };
	const struct suite_attempt failed = { .outcome = SUITE_FAILED, .ms = 1234 },
				   passed = { .outcome = SUITE_PASSED, .ms = 7 };
	_cleanup_(strbuf_release) struct strbuf json = STRBUF_INIT;

	fx_list(&suite, "a \"q\"\nb\nc\n");
	suite.test = xstrdup("fstests");
	suite_add_attempt(&suite, 0, &failed);
	suite_add_attempt(&suite, 1, &failed);
	suite_add_attempt(&suite, 1, &passed);
	suite_start(&suite);
	suite_json_format(&facts, &json);
	put_file("status.json", json.buf);
	assert_string_equal(compare("status.json", 0), "");
	assert_before("a \"q\"", SUITE_FAILED, 1234);
	assert_before("b", SUITE_PASSED, 7);
	assert_before("c", SUITE_NONE, 0);
}

JOURNAL_TEST(compare__directory__status_json_if_there_is_no_journal)
{
	fx_list(&suite, "a\nb\n");
	put_file("status.json", status_json);
	assert_string_equal(compare("", 0), "");
	assert_before("b", SUITE_TIMEOUT, 0);
	put_file("journal", "{\"rapido\": \"1\", \"test\": \"fstests\"}\n" PASSED("b"));
	assert_string_equal(compare("", 0), "");
	assert_before("b", SUITE_PASSED, 0);
}

JOURNAL_TEST(compare__journal__last_judged_attempt)
{
	fx_list(&suite, "a\nb\nc\nd\n");
	put_file("journal",
		 "{\"rapido\": \"1\", \"test\": \"fstests\"}\n"
		 "{\"list\": [\"a\", \"b\", \"c\"]}\n"
		 "{\"case\": \"a\", \"outcome\": \"failed\", \"ms\": 5}\n"
		 "{\"case\": \"a\", \"outcome\": \"passed\", \"ms\": 6}\n"
		 "{\"case\": \"b\", \"outcome\": \"fault\", \"ms\": 7}\nwhat?\n"
		 "{\"case\": \"b\", \"outcome\": \"not-run\", \"ms\": 8}\n"
		 "{\"case\": \"c\", \"outcome\": \"not-run\", \"ms\": 9}\n"
		 "{\"case\": \"d\", \"outcome\": \"passed\", \"ms\": 10}");
	assert_string_equal(compare("journal", 0), "");
	assert_before("a", SUITE_PASSED, 6);
	assert_before("b", SUITE_FAULT, 7);
	assert_before("c", SUITE_NOT_RUN, 9);
	assert_before("d", SUITE_NONE, 0);
}

JOURNAL_TEST(compare__our_own_journal__is_read)
{
	struct suite_attempt failed = { .outcome = SUITE_FAILED, .ms = 4 };
	int fd;

	fx_list(&suite, "a\n");
	fd = begin();
	write_attempt(fd, "a", &failed);
	close(fd);
	assert_string_equal(compare("journal", 0), "");
	assert_before("a", SUITE_FAILED, 4);
}

JOURNAL_TEST(compare__another_test__is_refused)
{
	fx_list(&suite, "a\n");
	suite.test = xstrdup("blktests");
	put_file("status.json", status_json);
	assert_contains(compare("status.json", -EINVAL), "'fstests'");
	assert_before("a", SUITE_NONE, 0);
	put_file("journal", "{\"rapido\": \"1\", \"test\": \"fstests\"}\n" PASSED("a"));
	assert_contains(compare("journal", -EINVAL), "'fstests'");
	assert_before("a", SUITE_NONE, 0);
}

JOURNAL_TEST(compare__no_suite__is_refused)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"generic/001\n",
		"[]\n",
		"{\"rapido\": \"1\", \"verdict\": \"passed\", \"test\": \"x\"}\n",
		"{\"rapido\": \"1\", \"runs\": []}\n",
		"{\"suite\": 5}\n",
		"{\"suite\": {}}\n",
		"{\"suite\": {\"cases\": {}}}\n",
		"{\"suite\": {\"cases\": [\n",
		"{}\n",
	};

	fx_list(&suite, "a\n");
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *said;

		put_file("file", texts[i]);
		said = compare("file", -EINVAL);
		assert_contains(said, at("file"));
		assert_contains(said, "neither");
	}
}

JOURNAL_TEST(compare__nothing_there__is_said)
{
	fx_list(&suite, "a\n");
	assert_contains(compare("absent", -ENOENT), "no such file");
	put_dir("empty");
	assert_contains(compare("empty", -ENOENT), "status.json");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* record: cases, and what is kept of their output. */
#include "fixture.h"

#include "run/record.h"

#define HALF (CASE_OUTPUT_MAX / 2)

static struct run_record record;

static int setup(void **state)
{
	(void)state;
	record_init(&record);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	record_release(&record);
	return 0;
}

/* Output number @i of a long series: no two bytes near each other look alike. */
static char byte_at(size_t i)
{
	return (char)('a' + (i + i / 26) % 26);
}

/* Write @total bytes in pieces of @piece; what is kept is the beginning and the end. */
static void check_kept(size_t total, size_t piece)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
	_cleanup_free_ char *data = xmalloc(total), *middle = NULL;
	size_t left_out = total > CASE_OUTPUT_MAX ? total - CASE_OUTPUT_MAX : 0;
	size_t head = total < HALF ? total : HALF, middle_len;

	for (size_t i = 0; i < total; i++)
		data[i] = byte_at(i);
	record_add_case(&record, "case", 4, 0);
	for (size_t i = 0; i < total; i += piece)
		record_output(&record, data + i, total - i < piece ? total - i : piece,
			      false);
	record_case_output(record_running(&record), &out);
	middle = left_out ? xasprintf("\n[... %zu bytes are left out ...]\n", left_out)
			  : xstrdup("");
	middle_len = strlen(middle);
	assert_int_equal(out.len, total - left_out + middle_len);
	assert_memory_equal(out.buf, data, head);
	assert_memory_equal(out.buf + head, middle, middle_len);
	assert_memory_equal(out.buf + head + middle_len, data + head + left_out,
			    total - head - left_out);
	assert_int_equal(record_running(&record)->output_bytes, total);
}

#define RECORD_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

RECORD_TEST(output__any_sizes__beginning_and_end_kept)
{
	static const size_t totals[] = { 0,
					 1,
					 HALF - 1,
					 HALF,
					 HALF + 1,
					 CASE_OUTPUT_MAX - 1,
					 CASE_OUTPUT_MAX,
					 CASE_OUTPUT_MAX + 1,
					 CASE_OUTPUT_MAX + HALF,
					 5 * CASE_OUTPUT_MAX + 77 };
	static const size_t pieces[] = { 13, 4096, 32760, HALF, HALF + 1, 1 << 20 };

	for (size_t t = 0; t < ARRAY_SIZE(totals); t++)
		for (size_t p = 0; p < ARRAY_SIZE(pieces); p++)
			check_kept(totals[t], pieces[p]);
}

RECORD_TEST(output__hundreds_of_megabytes__little_memory)
{
	static char piece[32760];
	struct run_case *c = record_add_case(&record, "case", 4, 0);

	for (int i = 0; i < 10000; i++)
		record_output(&record, piece, sizeof(piece), true);
	assert_int_equal(c->output_bytes, 327600000);
	assert_true(c->head.alloc + c->tail.alloc <= 4 * CASE_OUTPUT_MAX);
}

RECORD_TEST(output__no_case__dropped)
{
	struct run_case *c;

	record_output(&record, "early", 5, true);
	c = record_add_case(&record, "case", 4, 0);
	c->ended = true;
	record_output(&record, "late", 4, true);
	assert_int_equal(c->output_bytes, 0);
}

RECORD_TEST(output__tap_on_stdout__found)
{
	static const char text[] = "TAP version 13\n1..1\nok 1 - it\n";
	struct run_case *c = record_add_case(&record, "case", 4, 0);

	record_output(&record, text, sizeof(text) - 1, false);
	assert_false(c->tap.is_tap);
	record_output(&record, text, sizeof(text) - 1, true);
	assert_true(c->tap.is_tap);
}

RECORD_TEST(output__tap_after_megabytes__found)
{
	static const char text[] = "\nTAP version 13\n1..1\nok 1 - it\n";
	struct run_case *c = record_add_case(&record, "case", 4, 0);
	_cleanup_free_ char *much = xcalloc(1, 4 << 20);

	record_output(&record, much, 4 << 20, true);
	record_output(&record, text, sizeof(text) - 1, true);
	assert_true(c->tap.is_tap);
}

RECORD_TEST(add_case__name__copied_up_to_its_length)
{
	struct run_case *c = record_add_case(&record, "000-xyz", 5, 42);

	assert_string_equal(c->name, "000-x");
	assert_int_equal(c->begin_ms, 42);
	assert_false(c->ended);
}

RECORD_TEST(add_case__very_long_name__cut_off)
{
	static char name[32000];

	memset(name, 'x', sizeof(name));
	assert_int_equal(strlen(record_add_case(&record, name, sizeof(name), 0)->name),
			 CASE_NAME_MAX);
}

RECORD_TEST(add_case__too_many__null)
{
	for (int i = 0; i < WIRE_CASES_MAX; i++)
		assert_non_null(record_add_case(&record, "x", 1, 0));
	assert_null(record_add_case(&record, "x", 1, 0));
}

RECORD_TEST(running__last_one_not_ended__it)
{
	struct run_case *c;

	assert_null(record_running(&record));
	record_add_case(&record, "a", 1, 0)->ended = true;
	assert_null(record_running(&record));
	c = record_add_case(&record, "b", 1, 0);
	assert_ptr_equal(record_running(&record), c);
}

RECORD_TEST(init__nothing_known__not_passed)
{
	assert_int_not_equal(record.verdict, VERDICT_PASSED);
	assert_int_not_equal(record.status, 0);
}

/* Each case prints more than is kept of one. */
RECORD_TEST(output__of_many_cases__bounded_in_all)
{
	static char data[CASE_OUTPUT_MAX + 1000];
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
	const char *end = data + sizeof(data);
	size_t kept = 0, nr = 1000;
	const struct run_case *c;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = byte_at(i);
	for (size_t i = 0; i < nr; i++) {
		record_add_case(&record, "case", 4, 0);
		for (const char *at = data; at < end; at += 1001)
			record_output(&record, at,
				      (size_t)(end - at < 1001 ? end - at : 1001), true);
		record_end_case(&record, 0, 0, false);
		c = &record.cases[i];
		kept += c->head.alloc + c->tail.alloc;
		assert_int_equal(c->output_bytes, sizeof(data));
	}
	assert_true(kept <=
		    RUN_OUTPUT_MAX + CASE_OUTPUT_MAX + nr * (CASE_OUTPUT_FEW + 2));
	record_case_output(&record.cases[nr - 1], &out);
	assert_true(starts_with(out.buf, "\n[... 127976 bytes are left out ...]\n"));
	assert_memory_equal(out.buf + out.len - CASE_OUTPUT_FEW, end - CASE_OUTPUT_FEW,
			    CASE_OUTPUT_FEW);
}

static void feed_tap(size_t nr, const char *line)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	record_add_case(&record, "case", 4, 0);
	strbuf_adds(&text, "TAP version 13\n");
	for (size_t i = 0; i < nr; i++)
		strbuf_adds(&text, line);
	record_output(&record, text.buf, text.len, true);
	record_end_case(&record, 0, 0, false);
}

RECORD_TEST(tap__of_many_cases__bounded_in_all)
{
	size_t nr = TAP_CASES_MAX / 5 * 2;

	for (int i = 0; i < 4; i++)
		feed_tap(nr, "not ok\n");
	assert_int_equal(record.cases[1].tap.nr, nr);
	assert_int_equal(record.cases[2].tap.nr, TAP_CASES_MAX - 2 * nr);
	assert_int_equal(record.cases[3].tap.nr, 0);
	assert_int_equal(record.cases[3].tap.failed, nr);
}

RECORD_TEST(tap__notes_and_reasons_of_many_cases__bounded_in_all)
{
	_cleanup_free_ char *line = xmalloc(7000);
	size_t kept = 0;

	snprintf(line, 7000, "not ok x # TODO %03000d\n# %03000d\n", 0, 0);
	for (int i = 0; i < 20; i++)
		feed_tap(300, line);
	for (size_t i = 0; i < record.nr_cases; i++) {
		const struct tap *tap = &record.cases[i].tap;

		assert_int_equal(tap->nr, 300);
		for (size_t j = 0; j < tap->nr; j++) {
			kept += tap->cases[j].reason ? strlen(tap->cases[j].reason) : 0;
			kept += tap->cases[j].notes ? strlen(tap->cases[j].notes) : 0;
		}
	}
	assert_in_range(kept, TAP_TEXT_MAX, TAP_TEXT_MAX + 16384);
}

/* What a parser remembers is not kept for each of 10,000 cases. */
RECORD_TEST(end_case__tap__no_state_left)
{
	feed_tap(1, "ok 1 - it\n");
	assert_null(record.cases[0].tap.state);
	assert_int_equal(record.cases[0].tap.nr, 1);
}

RECORD_TEST(end_case__running__status_and_time)
{
	struct run_case *c = record_add_case(&record, "case", 4, 10);

	record_end_case(&record, 3, 42, false);
	assert_true(c->ended);
	assert_int_equal(c->status, 3);
	assert_int_equal(c->end_ms, 42);
	assert_null(record_running(&record));
}

RECORD_TEST(finish__case_without_end__tap_is_complete)
{
	static const char text[] = "1..2\nok 1 - it\nok 2 - cut";
	struct run_case *c;

	record_finish(&record);
	c = record_add_case(&record, "case", 4, 0);
	record_output(&record, text, sizeof(text) - 1, true);
	record_finish(&record);
	assert_int_equal(c->tap.nr, 2);
	assert_ptr_equal(record_running(&record), c);
}

RECORD_TEST(forget_output__all_cases__numbers_stay)
{
	static const char text[] = "1..2\nok 1 - it\nnot ok 2 - that\n";
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
	const struct run_case *c;

	record_add_case(&record, "first", 5, 10);
	record_output(&record, text, sizeof(text) - 1, true);
	record_end_case(&record, 3, 42, false);
	record_add_case(&record, "second", 6, 50);
	record_output(&record, text, sizeof(text) - 1, true);
	record_forget_output(&record);
	record_forget_output(&record);
	for (size_t i = 0; i < record.nr_cases; i++) {
		c = &record.cases[i];
		assert_int_equal(c->head.alloc + c->tail.alloc + c->tap.nr, 0);
		assert_null(c->tap.cases);
		assert_null(c->tap.state);
		assert_int_equal(c->output_bytes, sizeof(text) - 1);
		assert_true(c->tap.is_tap);
		assert_int_equal(c->tap.passed, 1);
	}
	c = &record.cases[0];
	assert_string_equal(c->name, "first");
	assert_int_equal(c->status, 3);
	assert_int_equal(c->end_ms, 42);
	assert_int_equal(c->tap.failed, 1);
	record_case_output(c, &out);
	assert_string_equal(out.buf, "\n[... 31 bytes are left out ...]\n");
}

/* No hole in the tables, and no name twice. */
RECORD_TEST(names__all__there_and_different)
{
	assert_string_equal(verdict_name(VERDICT_PASSED), "passed");
	assert_string_equal(verdict_name(VERDICT_NO_VERDICT), "no-verdict");
	assert_string_equal(verdict_name(VERDICT_INTERRUPTED), "interrupted");
	assert_null(run_stop_name(RUN_NOT_STOPPED));
	assert_string_equal(run_stop_name(RUN_TIMEOUT), "timeout");
	assert_string_equal(run_stop_name(RUN_DAMAGED), "damaged");
	for (enum verdict i = VERDICT_PASSED; i < VERDICT_INTERRUPTED; i++)
		assert_string_not_equal(verdict_name(i), verdict_name(i + 1));
	for (enum run_stop i = RUN_TIMEOUT; i < RUN_DAMAGED; i++)
		assert_string_not_equal(run_stop_name(i), run_stop_name(i + 1));
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

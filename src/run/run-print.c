// SPDX-License-Identifier: GPL-2.0-or-later
/* What the user is told about runs. */

#include "lib/log.h"
#include "lib/utf8.h"
#include "run-print.h"

/* Lines of the console or of a report that are shown. */
#define LINES_SHOWN 30
/* Lines of the test's output that are shown. */
#define OUTPUT_SHOWN 15

/* Where the last @max lines of @text begin. */
static const char *last_lines(const char *text, size_t max)
{
	size_t i = strlen(text);

	while (i > 0 && text[i - 1] == '\n')
		i--;
	for (; i > 0; i--)
		if (text[i - 1] == '\n' && --max == 0)
			break;
	return text + i;
}

/* Add at most @max lines with a bar in front of each, and without a console's "\r". */
static void add_lines(struct strbuf *out, const char *text, size_t max)
{
	for (size_t n = 0; *text && n < max; n++) {
		size_t len = strcspn(text, "\n"), shown = len;
		_cleanup_free_ char *line = NULL;

		while (shown && text[shown - 1] == '\r')
			shown--;
		line = xstrndup(text, shown);
		strbuf_adds(out, "  | ");
		strbuf_add_visible(out, line);
		strbuf_addch(out, '\n');
		text += len + (text[len] == '\n');
	}
}

/* Add the last @max lines of @text below @title, if there are any. */
static void add_last(struct strbuf *out, const char *title, const char *text, size_t max)
{
	if (!text || !text[strspn(text, "\r\n")])
		return;
	strbuf_addf(out, "%s\n", title);
	add_lines(out, last_lines(text, max), max);
}

/* The script that the verdict is about: the first that failed, or the last one. */
static const struct run_case *telling_case(const struct run_record *record)
{
	for (size_t i = 0; i < record->nr_cases; i++)
		if (run_case_failed(&record->cases[i]))
			return &record->cases[i];
	return record->nr_cases ? &record->cases[record->nr_cases - 1] : NULL;
}

static void add_test_output(struct strbuf *out, const struct run_record *record)
{
	const struct run_case *c = telling_case(record);
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	if (!c)
		return;
	record_case_output(c, &text);
	for (size_t i = 0; i < text.len; i++)
		if (!text.buf[i])
			text.buf[i] = '?';
	add_last(out, "the test's last lines:", text.buf, OUTPUT_SHOWN);
}

/* The kernel's tests that failed, with what they said of it. */
static void add_failed_tests(struct strbuf *out, const struct tap *tap)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < tap->nr; i++) {
		const struct tap_case *c = &tap->cases[i];

		if (c->outcome == TAP_FAILED)
			strbuf_addf(&text, "not ok %s%s%s\n%s", c->name,
				    c->reason ? ": " : "", c->reason ? c->reason : "",
				    c->notes ? c->notes : "");
	}
	if (text.len)
		strbuf_adds(out, "the kernel's tests that failed:\n");
	add_lines(out, text.len ? text.buf : "", LINES_SHOWN);
}

/* In one write, so that nothing comes in between. */
void run_print_evidence(const struct run_record *record, bool output_shown)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
	const struct fault *fault = faults_first(&record->faults);

	if (record->verdict == VERDICT_FAULT && fault) {
		add_lines(&out, fault->text, LINES_SHOWN);
	} else if (record->verdict == VERDICT_FAILED && record->ktap.failed) {
		if (!output_shown)
			add_test_output(&out, record);
		add_failed_tests(&out, &record->ktap);
	} else if (!record->kernel_said) {
		add_last(&out, "the console's last lines:", record->last_words,
			 LINES_SHOWN);
	} else {
		if (!output_shown)
			add_test_output(&out, record);
		add_last(&out, "the kernel's lines since the last script began:",
			 record->kernel_said, LINES_SHOWN);
	}
	log_text(out.buf, out.len);
}

static double seconds(uint64_t ms)
{
	return (double)ms / 1000;
}

static void note_results(const struct run_record *record, const char *where)
{
	const struct results *results = &record->results;
	uint64_t missing = results_missing(results);

	for (size_t i = 0; i < results->refused.nr && i < 10; i++)
		log_warn("%srefused of the results: %s", where, results->refused.v[i]);
	if (results->nr_refused > 10)
		log_warn("%srefused of the results: %zu more", where,
			 results->nr_refused - 10);
	if (results->meta_failed)
		log_warn("%scannot set the permissions or times of %llu results: %s",
			 where, (unsigned long long)results->meta_failed,
			 results->meta_reason);
	if (results->begun && !results->complete)
		log_warn("%sthe results are not complete: %llu files arrived, %llu are "
			 "missing or not known",
			 where, (unsigned long long)results->files,
			 (unsigned long long)missing);
	else if (missing)
		log_warn("%s%llu files of the results are missing", where,
			 (unsigned long long)missing);
}

static void note_lost_lines(const struct run_record *record, const char *where)
{
	_cleanup_free_ char *gap = record_log_gap(record);

	/* if the test has passed, the reason already says so */
	if (gap && (record->helper || record->verdict != VERDICT_PASSED))
		log_warn("%s%s", where, gap);
}

/* Warn of losses that the verdict does not mention. */
static void note_losses(const struct run_record *record)
{
	_cleanup_free_ char *where =
		record->helper ? xasprintf("in the VM of '%s': ", record->helper)
			       : xstrdup("");

	for (size_t i = 0; i < RUN_LOGS; i++)
		if (record->logs[i].left_out)
			log_warn(
				"%s'%s' is cut: of its %llu bytes, %llu are left out in the "
				"middle (LOG_MAX)",
				where, record->logs[i].name,
				(unsigned long long)record->logs[i].bytes,
				(unsigned long long)record->logs[i].left_out);
	note_results(record, where);
	note_lost_lines(record, where);
	for (size_t i = 0; i < record->nr_with; i++)
		note_losses(record->with[i]);
}

void run_print_end(const struct run_record *record, bool output_shown)
{
	/* the VM that the verdict is about */
	const struct run_record *of = record->cause ? record->cause : record;

	note_losses(record);
	if (record->verdict == VERDICT_PASSED) {
		log_verdict(true, "passed: %s, in %.1f s; logs are in '%s'",
			    record->reason, seconds(record->total_ms), record->dir);
		return;
	}
	if (of->started_vm && of->verdict != VERDICT_INTERRUPTED)
		/* a helper's output is in its logs only */
		run_print_evidence(of, output_shown && of == record);
	if (of->dir)
		log_verdict(false, "%s; logs are in '%s'", record->reason, of->dir);
	else
		log_verdict(false, "%s", record->reason);
}

static int compare_times(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

void run_print_summary(struct run_record *const *records, size_t nr)
{
	_cleanup_free_ uint64_t *times = xcalloc(nr, sizeof(*times));
	size_t passed = 0;

	for (size_t i = 0; i < nr; i++) {
		times[i] = records[i]->vm_ms;
		passed += records[i]->verdict == VERDICT_PASSED;
	}
	qsort(times, nr, sizeof(*times), compare_times);
	log_info(
		"%zu runs: %zu passed, %zu did not; %.1f s to %.1f s each, median %.1f s",
		nr, passed, nr - passed, seconds(times[0]), seconds(times[nr - 1]),
		seconds(times[nr / 2]));
	for (size_t i = 0, shown = 0; i < nr && shown < 20; i++) {
		if (records[i]->verdict == VERDICT_PASSED)
			continue;
		log_info("run %zu: status %d, %s", i + 1, records[i]->status,
			 records[i]->reason);
		shown++;
	}
}

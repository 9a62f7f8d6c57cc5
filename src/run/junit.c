// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JUnit XML. The cases of a run are formatted first and counted meanwhile, since their
 * numbers come before them in the file.
 */
#include <unistd.h>

#include "junit.h"
#include "lib/xml.h"

/* The cases of a run so far. */
struct suite {
	const struct run_record *record;
	const char *name; /* of the suite, and class of its cases */
	struct strbuf body;
	size_t tests, failures, errors, skipped;
	size_t tap_bytes; /* of TAP cases, in this suite and those before it */
};

static void add_seconds(struct strbuf *out, uint64_t ms)
{
	strbuf_addf(out, " time=\"%llu.%03u\"", (unsigned long long)(ms / 1000),
		    (unsigned int)(ms % 1000));
}

static void begin_case(struct suite *suite, const char *classname, const char *name,
		       uint64_t ms)
{
	suite->tests++;
	strbuf_adds(&suite->body, "    <testcase");
	xml_add_attribute(&suite->body, "name", name);
	xml_add_attribute(&suite->body, "classname", classname);
	add_seconds(&suite->body, ms);
	strbuf_adds(&suite->body, ">\n");
}

static void end_case(struct suite *suite)
{
	strbuf_adds(&suite->body, "    </testcase>\n");
}

/* Add a child to the testcase: failure, error or skipped. */
static void add_outcome(struct suite *suite, const char *element, const char *type,
			const char *message, const char *text)
{
	strbuf_addf(&suite->body, "      <%s", element);
	xml_add_attribute(&suite->body, "type", type);
	xml_add_attribute(&suite->body, "message", message);
	strbuf_addch(&suite->body, '>');
	if (text)
		xml_add_text(&suite->body, text, strlen(text));
	strbuf_addf(&suite->body, "</%s>\n", element);
}

static void add_failure(struct suite *suite, const char *type, const char *message,
			const char *text)
{
	suite->failures++;
	add_outcome(suite, "failure", type, message, text);
}

static void add_error(struct suite *suite, const char *type, const char *message)
{
	suite->errors++;
	add_outcome(suite, "error", type, message, message);
}

static void add_skipped(struct suite *suite, const char *message)
{
	suite->skipped++;
	add_outcome(suite, "skipped", NULL, message, NULL);
}

static void add_output(struct suite *suite, const char *text, size_t len)
{
	if (!len)
		return;
	strbuf_adds(&suite->body, "      <system-out>");
	xml_add_text(&suite->body, text, len);
	strbuf_adds(&suite->body, "</system-out>\n");
}

/* Whether @fault counts and belongs to case @i, or, for SIZE_MAX, to no case. */
static bool is_of_case(const struct run_record *record, const struct fault *fault,
		       size_t i)
{
	size_t of = fault->case_index < record->nr_cases ? fault->case_index : SIZE_MAX;

	return record->fault_check && !fault->allowed && of == i;
}

/*
 * Add all faults of a case as one failure, since some readers accept only one. False if
 * there are none.
 */
static bool add_faults(struct suite *suite, size_t i)
{
	const struct faults *faults = &suite->record->faults;
	_cleanup_(strbuf_release) struct strbuf title = STRBUF_INIT, text = STRBUF_INIT;
	const struct fault *first = NULL;
	size_t nr = 0;

	for (size_t f = 0; f < faults->nr; f++) {
		const struct fault *fault = &faults->list[f];

		if (!is_of_case(suite->record, fault, i))
			continue;
		if (!nr++)
			first = fault;
		else
			strbuf_addch(&text, '\n');
		strbuf_adds(&text, fault->text);
	}
	if (!first)
		return false;
	strbuf_adds(&title, first->title);
	if (nr > 1)
		strbuf_addf(&title, " (and %zu more)", nr - 1);
	add_failure(suite, first->kind, title.buf, text.buf);
	return true;
}

static void add_tap_outcome(struct suite *suite, const struct tap_case *c)
{
	switch (c->outcome) {
	case TAP_PASSED:
		break;
	case TAP_FAILED:
		add_failure(suite, "tap", c->reason ? c->reason : "not ok", c->notes);
		break;
	case TAP_SKIPPED:
	case TAP_TODO:
		add_skipped(suite, c->reason
					   ? c->reason
					   : (c->outcome == TAP_TODO ? "TODO" : "SKIP"));
		break;
	}
}

/* Account for TAP cases that were not kept: failures among them must not get lost. */
static void add_tap_rest(struct suite *suite, const char *classname, size_t rest,
			 size_t failed)
{
	_cleanup_free_ char *message = NULL;

	if (!rest)
		return;
	message = xasprintf("%zu test lines are not kept, of which %zu failed", rest,
			    failed);
	begin_case(suite, classname, "not kept", 0);
	if (failed)
		add_failure(suite, "tap", message, NULL);
	else
		add_skipped(suite, message);
	end_case(suite);
}

/* Whether there is room for one more case. Some of the room is kept for failures. */
static bool has_tap_room(const struct suite *suite, const struct tap_case *c)
{
	return suite->tap_bytes <
	       (c->outcome == TAP_FAILED ? JUNIT_TAP_MAX : JUNIT_TAP_MAX / 2);
}

/* The suite of a test of the kernel's is its class: "SUITE / TEST". Begin the case. */
static void begin_tap_case(struct suite *suite, const char *classname,
			   const struct tap *tap, const struct tap_case *c)
{
	const char *test = tap->kernel ? strstr(c->name, " / ") : NULL;
	_cleanup_free_ char *class = NULL;

	if (test)
		class = xasprintf("%s.%.*s", suite->name, (int)(test - c->name), c->name);
	begin_case(suite, class ? class : classname, test ? test + 3 : c->name,
		   c->usec / 1000);
}

/* Add the TAP cases that a script printed, or the kernel, for the @name "kernel". */
static void add_tap(struct suite *suite, const char *name, const struct tap *tap)
{
	_cleanup_free_ char *classname = xasprintf("%s.%s", suite->name, name);
	size_t rest = tap->passed + tap->failed + tap->skipped + tap->todo;
	size_t failed = tap->failed;

	if (!tap->is_tap)
		return;
	for (size_t i = 0; i < tap->nr; i++) {
		const struct tap_case *c = &tap->cases[i];
		size_t before = suite->body.len;

		if (!has_tap_room(suite, c))
			continue;
		begin_tap_case(suite, classname, tap, c);
		add_tap_outcome(suite, c);
		end_case(suite);
		suite->tap_bytes += suite->body.len - before;
		rest--;
		failed -= c->outcome == TAP_FAILED;
	}
	add_tap_rest(suite, classname, rest, failed);
}

/*
 * A case that has not ended has the run's verdict. If `exit` in it has ended the shell,
 * the shell's status is that of the case.
 */
static void add_case_outcome(struct suite *suite, const struct run_case *c, size_t i)
{
	const struct run_record *record = suite->record;
	_cleanup_free_ char *message = NULL;

	if (add_faults(suite, i))
		return;
	if (c->ended) {
		message = xasprintf("'%s' returned %u", c->name, c->status);
		if (run_case_failed(c) && run_status_is_missing(c->status))
			add_error(suite, verdict_name(VERDICT_NOT_RUN), message);
		else if (run_case_failed(c))
			add_failure(suite, "status", message, message);
	} else if (record->has_end && record->end == WIRE_END_EXIT) {
		message = xasprintf("the shell ended in '%s' with status %u", c->name,
				    record->end_status);
		if (run_status_is_missing(record->end_status))
			add_error(suite, verdict_name(VERDICT_NOT_RUN), record->reason);
		else if (record->end_status)
			add_failure(suite, "status", message, message);
	} else if (record->verdict != VERDICT_PASSED) {
		add_error(suite, verdict_name(record->verdict), record->reason);
	}
}

static void add_case(struct suite *suite, size_t i)
{
	const struct run_case *c = &suite->record->cases[i];
	uint64_t end_ms = c->ended ? c->end_ms : suite->record->vm_ms;
	_cleanup_(strbuf_release) struct strbuf output = STRBUF_INIT;

	begin_case(suite, suite->name, c->name,
		   end_ms > c->begin_ms ? end_ms - c->begin_ms : 0);
	add_case_outcome(suite, c, i);
	record_case_output(c, &output);
	add_output(suite, output.buf, output.len);
	end_case(suite);
}

/* Scripts that did not run: their names are not known here. */
static void add_not_run(struct suite *suite)
{
	const struct run_record *record = suite->record;
	_cleanup_free_ char *message = NULL;

	/* a helper that passed may have been stopped before its last script */
	if (record->nr_cases >= record->planned || record->verdict == VERDICT_PASSED)
		return;
	message = xasprintf("%zu of %u scripts not run: %s",
			    record->planned - record->nr_cases, record->planned,
			    record->reason ? record->reason : "");
	begin_case(suite, suite->name, "not run", 0);
	add_error(suite, "not-run", message);
	end_case(suite);
}

static bool has_faults_outside(const struct run_record *record)
{
	for (size_t i = 0; i < record->faults.nr; i++)
		if (is_of_case(record, &record->faults.list[i], SIZE_MAX))
			return true;
	return false;
}

/* Add the faults outside of all cases; and the verdict, if no case shows that the run did
 * not pass. */
static void add_boot(struct suite *suite, bool told)
{
	const struct run_record *record = suite->record;
	const char *words = record->last_words;

	/* without a hello the boot has failed, whatever the scripts' cases say */
	told = record->verdict == VERDICT_PASSED || (told && record->hello);
	if (told && !has_faults_outside(record))
		return;
	begin_case(suite, suite->name, "boot", record->boot_ms);
	if (!add_faults(suite, SIZE_MAX))
		add_error(suite, verdict_name(record->verdict), record->reason);
	if (words)
		add_output(suite, words, strlen(words));
	end_case(suite);
}

static void add_cases(struct suite *suite)
{
	const struct run_record *record = suite->record;
	bool tap_decides = record->verdict == VERDICT_FAILED && record->tap_check;
	size_t before;
	bool told = false;

	for (size_t i = 0; i < record->nr_cases; i++) {
		before = suite->failures + suite->errors;
		add_case(suite, i);
		told |= suite->failures + suite->errors > before;
		before = suite->failures;
		add_tap(suite, record->cases[i].name, &record->cases[i].tap);
		/* unless TAP decided the verdict, failed TAP cases do not explain it */
		told |= tap_decides && suite->failures > before;
	}
	before = suite->failures;
	add_tap(suite, "kernel", &record->ktap);
	told |= tap_decides && suite->failures > before;
	before = suite->errors;
	add_not_run(suite);
	add_boot(suite, told || suite->errors > before);
}

static void add_property(struct strbuf *out, const char *name, const char *value)
{
	if (!value)
		return;
	strbuf_adds(out, "      <property");
	xml_add_attribute(out, "name", name);
	xml_add_attribute(out, "value", value);
	strbuf_adds(out, "/>\n");
}

static void add_properties(struct strbuf *out, const struct run_record *record)
{
	strbuf_adds(out, "    <properties>\n");
	add_property(out, "rapido", RAPIDO_VERSION);
	add_property(out, "verdict", verdict_name(record->verdict));
	add_property(out, "reason", record->reason);
	add_property(out, "kernel.release", record->release);
	add_property(out, "kernel.version", record->kernel_version);
	add_property(out, "kernel", record->kernel.path);
	add_property(out, "image", record->image.path);
	add_property(out, "accel", record->accel);
	add_property(out, "directory", record->dir);
	strbuf_adds(out, "    </properties>\n");
}

static void add_counts(struct strbuf *out, const struct suite *suite)
{
	strbuf_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", suite->tests,
		    suite->failures, suite->errors);
}

/* The time is UTC; the schema has no room for a time zone. */
static void add_timestamp(struct strbuf *out, const struct timespec *started)
{
	char text[64];
	struct tm tm;

	if (gmtime_r(&started->tv_sec, &tm) &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		xml_add_attribute(out, "timestamp", text);
}

static void add_log_gap(struct strbuf *out, const struct run_record *record)
{
	_cleanup_free_ char *gap = record_log_gap(record);

	if (!gap)
		return;
	strbuf_adds(out, "    <system-err>");
	xml_add_text(out, gap, strlen(gap));
	strbuf_adds(out, "</system-err>\n");
}

static void add_suite(struct strbuf *out, const struct suite *suite)
{
	char host[256] = "localhost";

	(void)!gethostname(host, sizeof(host) - 1);
	strbuf_adds(out, "  <testsuite");
	xml_add_attribute(out, "name", suite->name);
	add_timestamp(out, &suite->record->started);
	xml_add_attribute(out, "hostname", host);
	add_counts(out, suite);
	strbuf_addf(out, " skipped=\"%zu\"", suite->skipped);
	add_seconds(out, suite->record->total_ms);
	strbuf_adds(out, ">\n");
	add_properties(out, suite->record);
	strbuf_add(out, suite->body.buf, suite->body.len);
	add_log_gap(out, suite->record);
	strbuf_adds(out, "  </testsuite>\n");
}

/*
 * Readers treat cases of the same class and name as one, so each of several runs has a
 * class of its own.
 */
static char *suite_name(const struct run_record *record, size_t i, size_t nr)
{
	const char *test = record->test ? record->test : "rapido";

	return nr == 1 ? xstrdup(test) : xasprintf("%s.run-%zu", test, i + 1);
}

/* Add a suite, and its numbers to those of @all. */
static void add_record(struct strbuf *suites, struct suite *all,
		       const struct run_record *record, const char *name)
{
	struct suite suite = {
		.record = record,
		.name = name,
		.body = STRBUF_INIT,
		.tap_bytes = all->tap_bytes,
	};

	add_cases(&suite);
	add_suite(suites, &suite);
	all->tests += suite.tests;
	all->failures += suite.failures;
	all->errors += suite.errors;
	all->tap_bytes = suite.tap_bytes;
	strbuf_release(&suite.body);
}

/* Add a run: the test's suite, and then its helpers' suites. */
static void add_run(struct strbuf *suites, struct suite *all,
		    const struct run_record *record, const char *name)
{
	add_record(suites, all, record, name);
	for (size_t i = 0; i < record->nr_with; i++) {
		const struct run_record *helper = record->with[i];
		_cleanup_free_ char *helper_name =
			xasprintf("%s.with-%s", name, helper->helper);

		add_record(suites, all, helper, helper_name);
	}
}

void junit_format(const struct run_record *const *records, size_t nr, struct strbuf *out)
{
	_cleanup_(strbuf_release) struct strbuf suites = STRBUF_INIT;
	struct suite all = { 0 };
	uint64_t ms = 0;

	for (size_t i = 0; i < nr; i++) {
		_cleanup_free_ char *name = suite_name(records[i], i, nr);

		add_run(&suites, &all, records[i], name);
		ms += records[i]->total_ms;
	}
	strbuf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	xml_add_attribute(out, "name", "rapido");
	add_counts(out, &all);
	add_seconds(out, ms);
	strbuf_adds(out, ">\n");
	strbuf_add(out, suites.buf, suites.len);
	strbuf_adds(out, "</testsuites>\n");
}

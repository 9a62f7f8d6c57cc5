// SPDX-License-Identifier: GPL-2.0-or-later
/* JUnit XML of runs: a testsuite for each VM, with its scripts and TAP as cases. */
#include "junit.h"
#include "junit-parts.h"

/* The cases of a run so far. */
struct vm_suite {
	const struct run_record *record;
	const char *name; /* of the suite, and class of its cases */
	struct junit_cases cases;
	size_t tap_bytes; /* of TAP cases, in this suite and those before it */
};

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
static bool add_faults(struct vm_suite *suite, size_t i)
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
	junit_add_failure(&suite->cases, first->kind, title.buf, text.buf);
	return true;
}

static void add_tap_outcome(struct vm_suite *suite, const struct tap_case *c)
{
	switch (c->outcome) {
	case TAP_PASSED:
		break;
	case TAP_FAILED:
		junit_add_failure(&suite->cases, "tap", c->reason ? c->reason : "not ok",
				  c->notes);
		break;
	case TAP_SKIPPED:
	case TAP_TODO:
		junit_add_skipped(&suite->cases,
				  c->reason ? c->reason
					    : (c->outcome == TAP_TODO ? "TODO" : "SKIP"));
		break;
	}
}

/* Account for TAP cases that were not kept: failures among them must not get lost. */
static void add_tap_rest(struct vm_suite *suite, const char *classname, size_t rest,
			 size_t failed)
{
	_cleanup_free_ char *message = NULL;

	if (!rest)
		return;
	message = xasprintf("%zu test lines are not kept, of which %zu failed", rest,
			    failed);
	junit_begin_case(&suite->cases, classname, "not kept", 0);
	if (failed)
		junit_add_failure(&suite->cases, "tap", message, NULL);
	else
		junit_add_skipped(&suite->cases, message);
	junit_end_case(&suite->cases);
}

/* Whether there is room for one more case. Some of the room is kept for failures. */
static bool has_tap_room(const struct vm_suite *suite, const struct tap_case *c)
{
	return suite->tap_bytes <
	       (c->outcome == TAP_FAILED ? JUNIT_TAP_MAX : JUNIT_TAP_MAX / 2);
}

/* The suite of a test of the kernel's is its class: "SUITE / TEST". Begin the case. */
static void begin_tap_case(struct vm_suite *suite, const char *classname,
			   const struct tap *tap, const struct tap_case *c)
{
	const char *test = tap->kernel ? strstr(c->name, " / ") : NULL;
	_cleanup_free_ char *class = NULL;

	if (test)
		class = xasprintf("%s.%.*s", suite->name, (int)(test - c->name), c->name);
	junit_begin_case(&suite->cases, class ? class : classname,
			 test ? test + 3 : c->name, c->usec / 1000);
}

/* Add the TAP cases that a script printed, or the kernel, for the @name "kernel". */
static void add_tap(struct vm_suite *suite, const char *name, const struct tap *tap)
{
	_cleanup_free_ char *classname = xasprintf("%s.%s", suite->name, name);
	size_t rest = tap->passed + tap->failed + tap->skipped + tap->todo;
	size_t failed = tap->failed;

	if (!tap->is_tap)
		return;
	for (size_t i = 0; i < tap->nr; i++) {
		const struct tap_case *c = &tap->cases[i];
		size_t before = suite->cases.body.len;

		if (!has_tap_room(suite, c))
			continue;
		begin_tap_case(suite, classname, tap, c);
		add_tap_outcome(suite, c);
		junit_end_case(&suite->cases);
		suite->tap_bytes += suite->cases.body.len - before;
		rest--;
		failed -= c->outcome == TAP_FAILED;
	}
	add_tap_rest(suite, classname, rest, failed);
}

/*
 * A case that has not ended has the run's verdict. If `exit` in it has ended the shell,
 * the shell's status is that of the case.
 */
static void add_case_outcome(struct vm_suite *suite, const struct run_case *c, size_t i)
{
	const struct run_record *record = suite->record;
	_cleanup_free_ char *message = NULL;

	if (add_faults(suite, i))
		return;
	if (c->ended) {
		message = xasprintf("'%s' returned %u", c->name, c->status);
		if (run_case_failed(c) && run_status_is_missing(c->status))
			junit_add_error(&suite->cases, verdict_name(VERDICT_NOT_RUN),
					message, message);
		else if (run_case_failed(c))
			junit_add_failure(&suite->cases, "status", message, message);
	} else if (record->has_end && record->end == WIRE_END_EXIT) {
		message = xasprintf("the shell ended in '%s' with status %u", c->name,
				    record->end_status);
		if (run_status_is_missing(record->end_status))
			junit_add_error(&suite->cases, verdict_name(VERDICT_NOT_RUN),
					record->reason, record->reason);
		else if (record->end_status)
			junit_add_failure(&suite->cases, "status", message, message);
	} else if (record->verdict != VERDICT_PASSED) {
		junit_add_error(&suite->cases, verdict_name(record->verdict),
				record->reason, record->reason);
	}
}

static void add_case(struct vm_suite *suite, size_t i)
{
	const struct run_case *c = &suite->record->cases[i];
	uint64_t end_ms = c->ended ? c->end_ms : suite->record->vm_ms;
	_cleanup_(strbuf_release) struct strbuf output = STRBUF_INIT;

	junit_begin_case(&suite->cases, suite->name, c->name,
			 end_ms > c->begin_ms ? end_ms - c->begin_ms : 0);
	add_case_outcome(suite, c, i);
	record_case_output(c, &output);
	junit_add_output(&suite->cases, output.buf, output.len);
	junit_end_case(&suite->cases);
}

/* Scripts that did not run: their names are not known here. */
static void add_not_run(struct vm_suite *suite)
{
	const struct run_record *record = suite->record;
	_cleanup_free_ char *message = NULL;

	/* a helper that passed may have been stopped before its last script */
	if (record->nr_cases >= record->planned || record->verdict == VERDICT_PASSED)
		return;
	message = xasprintf("%zu of %u scripts not run: %s",
			    record->planned - record->nr_cases, record->planned,
			    record->reason ? record->reason : "");
	junit_begin_case(&suite->cases, suite->name, "not run", 0);
	junit_add_error(&suite->cases, "not-run", message, message);
	junit_end_case(&suite->cases);
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
static void add_boot(struct vm_suite *suite, bool told)
{
	const struct run_record *record = suite->record;
	const char *words = record->last_words;

	/* without a hello the boot has failed, whatever the scripts' cases say */
	told = record->verdict == VERDICT_PASSED || (told && record->hello);
	if (told && !has_faults_outside(record))
		return;
	junit_begin_case(&suite->cases, suite->name, "boot", record->boot_ms);
	if (!add_faults(suite, SIZE_MAX))
		junit_add_error(&suite->cases, verdict_name(record->verdict),
				record->reason, record->reason);
	if (words)
		junit_add_output(&suite->cases, words, strlen(words));
	junit_end_case(&suite->cases);
}

static void add_cases(struct vm_suite *suite)
{
	const struct run_record *record = suite->record;
	bool tap_decides = record->verdict == VERDICT_FAILED && record->tap_check;
	size_t before;
	bool told = false;

	for (size_t i = 0; i < record->nr_cases; i++) {
		before = suite->cases.failures + suite->cases.errors;
		add_case(suite, i);
		told |= suite->cases.failures + suite->cases.errors > before;
		before = suite->cases.failures;
		add_tap(suite, record->cases[i].name, &record->cases[i].tap);
		/* unless TAP decided the verdict, failed TAP cases do not explain it */
		told |= tap_decides && suite->cases.failures > before;
	}
	before = suite->cases.failures;
	add_tap(suite, "kernel", &record->ktap);
	told |= tap_decides && suite->cases.failures > before;
	before = suite->cases.errors;
	add_not_run(suite);
	add_boot(suite, told || suite->cases.errors > before);
}

static void add_suite(struct strbuf *out, const struct vm_suite *suite)
{
	const struct run_record *record = suite->record;
	_cleanup_free_ char *gap = record_log_gap(record);
	const char *const properties[][2] = {
		{ "rapido", RAPIDO_VERSION },
		{ "verdict", verdict_name(record->verdict) },
		{ "reason", record->reason },
		{ "kernel.release", record->release },
		{ "kernel.version", record->kernel_version },
		{ "kernel", record->kernel.path },
		{ "image", record->image.path },
		{ "accel", record->accel },
		{ "directory", record->dir },
	};
	const struct junit_suite about = {
		.name = suite->name,
		.started = &record->started,
		.ms = record->total_ms,
		.properties = properties,
		.nr_properties = ARRAY_SIZE(properties),
		.error = gap,
	};

	junit_add_suite(out, &about, &suite->cases);
}

/*
 * Readers treat cases of the same class and name as one, so each of several runs has a
 * class of its own.
 */
static char *suite_name(const struct run_record *record, size_t i, size_t nr)
{
	_cleanup_free_ char *test = junit_test_name(record->test);

	return nr == 1 ? TAKE_PTR(test) : xasprintf("%s.run-%zu", test, i + 1);
}

/* Add a suite, and its numbers to those of @all. */
static void add_record(struct strbuf *suites, struct vm_suite *all,
		       const struct run_record *record, const char *name)
{
	struct vm_suite suite = {
		.record = record,
		.name = name,
		.cases = JUNIT_CASES_INIT,
		.tap_bytes = all->tap_bytes,
	};

	add_cases(&suite);
	add_suite(suites, &suite);
	all->cases.tests += suite.cases.tests;
	all->cases.failures += suite.cases.failures;
	all->cases.errors += suite.cases.errors;
	all->tap_bytes = suite.tap_bytes;
	strbuf_release(&suite.cases.body);
}

/* Add a run: the test's suite, and then its helpers' suites. */
static void add_run(struct strbuf *suites, struct vm_suite *all,
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
	struct vm_suite all = { 0 };
	uint64_t ms = 0;

	for (size_t i = 0; i < nr; i++) {
		_cleanup_free_ char *name = suite_name(records[i], i, nr);

		add_run(&suites, &all, records[i], name);
		ms += records[i]->total_ms;
	}
	junit_add_document(out, &suites, &all.cases, ms);
}

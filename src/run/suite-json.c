// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * status.json of a suite. A case is one line, which is made and written before the next
 * one: json-c needs kilobytes for each, and a suite may have 200,000.
 */
#include "json-parts.h"
#include "run/suite-run.h"
#include "run/verdict.h"
#include "suite-report.h"

enum verdict suite_verdict(const struct suite_facts *facts)
{
	if (facts->signal)
		return VERDICT_INTERRUPTED;
	switch (facts->status) {
	case 0:
		return VERDICT_PASSED;
	case STATUS_FAULT:
		return VERDICT_FAULT;
	case STATUS_TIMEOUT:
		return VERDICT_TIMEOUT;
	case STATUS_NO_VERDICT:
		return VERDICT_NO_VERDICT;
	case STATUS_NOT_RUN:
		return VERDICT_NOT_RUN;
	default:
		return VERDICT_FAILED;
	}
}

static struct json_object *format_kernel(const struct suite_facts *facts)
{
	struct json_object *kernel = json_object_new_object();

	json_add(kernel, "path", json_text(facts->kernel));
	json_add(kernel, "release", json_text(facts->release));
	json_add(kernel, "version", json_text(facts->kernel_version));
	return kernel;
}

/* An object with nothing else in it. */
static struct json_object *object_of_text(const char *key, const char *value)
{
	struct json_object *object = json_object_new_object();

	json_add(object, key, json_text(value));
	return object;
}

static struct json_object *format_incidents(const struct suite_facts *facts)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < facts->nr_incidents; i++) {
		const struct suite_incident *incident = &facts->incidents[i];
		struct json_object *object = json_object_new_object();

		json_add(object, "vm", json_number(incident->vm));
		json_add(object, "verdict", json_text(verdict_name(incident->verdict)));
		json_add(object, "reason", json_text(incident->reason));
		json_add(object, "report", json_text(incident->report));
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *format_counts(const struct suite *suite)
{
	struct json_object *object = json_object_new_object();
	struct suite_counts n;

	suite_count(suite, &n);
	json_add(object, "total", json_number(n.total));
	json_add(object, "passed", json_number(n.passed));
	json_add(object, "skipped", json_number(n.skipped));
	json_add(object, "failed", json_number(n.failed));
	json_add(object, "fault", json_number(n.fault));
	json_add(object, "timeout", json_number(n.timeout));
	json_add(object, "no-verdict", json_number(n.no_verdict));
	json_add(object, "not-run", json_number(n.not_run));
	json_add(object, "none", json_number(n.none));
	json_add(object, "flaky", json_number(n.flaky));
	json_add(object, "known", json_number(n.known));
	json_add(object, "newly-broken", json_number(n.newly_broken));
	json_add(object, "still-broken", json_number(n.still_broken));
	json_add(object, "newly-fixed", json_number(n.newly_fixed));
	return object;
}

static struct json_object *format_args(const struct strvec *args)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < args->nr; i++)
		json_object_array_add(array, json_text(args->v[i]));
	return array;
}

static struct json_object *format_suite(const struct suite_facts *facts)
{
	const struct suite *suite = facts->suite;
	struct json_object *object = json_object_new_object();

	json_add(object, "args", format_args(&suite->args));
	json_add(object, "jobs", json_number(facts->jobs));
	json_add(object, "jobs_asked", json_number(facts->jobs_asked));
	json_add(object, "vms", json_number(facts->vms));
	json_add(object, "left_out", json_number(suite->left_out));
	json_add(object, "retry", json_number(suite->retries));
	json_add(object, "shuffle",
		 suite->shuffled ? json_object_new_uint64(suite->seed) : NULL);
	json_add(object, "compared", json_text(facts->compared));
	json_add(object, "continued", json_text(facts->resumed));
	json_add(object, "counts", format_counts(suite));
	json_add(object, "cases", json_object_new_array());
	return object;
}

static struct json_object *format_whole(const struct suite_facts *facts)
{
	struct json_object *object = json_object_new_object();
	struct json_object *times = json_object_new_object();

	json_add(times, "total", json_seconds(facts->total_ms));
	json_add(object, "rapido", json_text(RAPIDO_VERSION));
	json_add(object, "test", json_text(facts->suite->test));
	json_add(object, "verdict", json_text(verdict_name(suite_verdict(facts))));
	json_add(object, "status", json_object_new_int(facts->status));
	json_add(object, "reason", json_text(facts->reason));
	json_add(object, "started", json_point_in_time(&facts->started));
	json_add(object, "seconds", times);
	json_add(object, "accel", json_text(facts->accel));
	json_add(object, "image", object_of_text("path", facts->image));
	json_add(object, "kernel", format_kernel(facts));
	json_add(object, "results", object_of_text("directory", facts->dir));
	json_add(object, "signal",
		 facts->signal ? json_object_new_int(facts->signal) : NULL);
	json_add(object, "incidents", format_incidents(facts));
	json_add(object, "suite", format_suite(facts));
	return object;
}

static struct json_object *format_attempt(const struct suite_attempt *attempt)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "outcome", json_text(suite_outcome_name(attempt->outcome)));
	json_add(object, "status",
		 attempt->outcome == SUITE_FAILED ? json_number(attempt->status) : NULL);
	json_add(object, "seconds", json_seconds(attempt->ms));
	json_add(object, "vm", attempt->vm ? json_number(attempt->vm) : NULL);
	json_add(object, "reason", json_text(attempt->reason));
	json_add(object, "report", json_text(attempt->report));
	return object;
}

static const char *change_name(enum suite_change change)
{
	static const char *const names[] = {
		[SUITE_AS_BEFORE] = NULL,
		[SUITE_NEWLY_BROKEN] = "newly-broken",
		[SUITE_STILL_BROKEN] = "still-broken",
		[SUITE_NEWLY_FIXED] = "newly-fixed",
	};

	return names[change];
}

static struct json_object *format_case(const struct suite_case *c)
{
	struct json_object *object = json_object_new_object();
	struct json_object *attempts = json_object_new_array();
	const struct suite_attempt *attempt = suite_case_attempt(c);
	_cleanup_free_ char *dir = suite_case_dir(c->name);
	_cleanup_free_ char *path = xasprintf(SUITE_CASES "/%s", dir);

	for (size_t i = 0; i < c->nr_attempts; i++)
		json_object_array_add(attempts, format_attempt(&c->attempts[i]));
	json_add(object, "name", json_text(c->name));
	json_add(object, "outcome", json_text(suite_outcome_name(suite_case_outcome(c))));
	json_add(object, "seconds", attempt ? json_seconds(attempt->ms) : NULL);
	json_add(object, "reason", attempt ? json_text(attempt->reason) : NULL);
	json_add(object, "change", json_text(change_name(suite_case_change(c))));
	json_add(object, "flaky", json_object_new_boolean(suite_is_flaky(c)));
	json_add(object, "known", json_object_new_boolean(c->known));
	json_add(object, "known_why", json_text(c->known_why));
	json_add(object, "before",
		 c->has_before ? json_text(suite_outcome_name(c->before)) : NULL);
	json_add(object, "directory", c->nr_attempts ? json_text(path) : NULL);
	json_add(object, "attempts", attempts);
	return object;
}

void suite_json_format(const struct suite_facts *facts, struct strbuf *out)
{
	const struct suite *suite = facts->suite;
	_cleanup_(strbuf_release) struct strbuf whole = STRBUF_INIT;
	const char *begin, *end;

	/* "suite" is the last member, and the empty array "cases" is the last one in it
	 */
	json_write(format_whole(facts), &whole);
	begin = strrchr(whole.buf, '[') + 1;
	end = strrchr(whole.buf, ']');
	strbuf_add(out, whole.buf, (size_t)(begin - whole.buf));
	for (size_t i = 0; i < suite->nr; i++) {
		strbuf_adds(out, i ? ",\n      " : "\n      ");
		json_write_line(format_case(&suite->cases[i]), out);
	}
	strbuf_adds(out, suite->nr ? "\n    " : "");
	strbuf_adds(out, end);
}

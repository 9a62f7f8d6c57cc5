// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JUnit XML of a suite. What is said of attempts that were followed by another one has
 * the elements of Maven Surefire, which Jenkins reads, and others ignore.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "junit-parts.h"
#include "lib/beneath.h"
#include "lib/io.h"
#include "lib/xml.h"
#include "run/suite-run.h"
#include "suite-report.h"

/* Bytes of an output: what suite-files.c keeps of one, with its words about the rest. */
#define OUTPUT_MAX (CASE_OUTPUT_MAX + 1024)

struct writer {
	const struct suite_facts *facts;
	const char *test; /* a plain name */
	struct junit_cases cases;
	int cases_fd; /* the directory of the cases, or -1 */
	size_t text; /* bytes of what explains outcomes so far, as they are in the file */
};

/*
 * How many bytes the next text may have, at most @max. Readers refuse a file that is too
 * large (GitLab's limit is 30 MB), so the first broken cases have more to say than the
 * thousandth.
 */
static size_t room(const struct writer *writer, size_t max)
{
	if (writer->text >= SUITE_JUNIT_TEXT_MAX)
		return 0;
	if (writer->text >= SUITE_JUNIT_TEXT_MAX / 2 && max > CASE_OUTPUT_FEW)
		return CASE_OUTPUT_FEW;
	return max;
}

/* What stands in the file since @before explains an outcome. */
static void count_text(struct writer *writer, size_t before)
{
	writer->text += writer->cases.body.len - before;
}

/* Append @text, of which no more than there is room for: beginning and end. */
static void add_within(struct strbuf *out, const char *text, size_t size, size_t max)
{
	size_t half = max / 2;

	if (size <= max) {
		strbuf_add(out, text, size);
		return;
	}
	strbuf_add(out, text, half);
	strbuf_addf(out, "\n[... %zu bytes are left out ...]\n", size - 2 * half);
	strbuf_add(out, text + size - half, half);
}

/* What explains an attempt. Heap. */
static char *explain(const struct writer *writer, const struct suite_attempt *attempt)
{
	const char *text = attempt->report ? attempt->report : attempt->reason;
	struct strbuf out = STRBUF_INIT;

	if (text)
		add_within(&out, text, strlen(text), room(writer, CASE_OUTPUT_MAX));
	return strbuf_detach(&out);
}

/* The reason, or for want of one the outcome. */
static const char *reason_of(const struct suite_attempt *attempt)
{
	return attempt->reason && *attempt->reason ? attempt->reason
						   : suite_outcome_name(attempt->outcome);
}

/* Append the beginning and the end of the file @fd. */
static void add_file(struct strbuf *out, int fd, size_t max)
{
	size_t half = max / 2, size;
	struct stat st;
	ssize_t n;
	_cleanup_free_ char *data = xmalloc(max + 1);

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
		return;
	size = (size_t)st.st_size;
	n = io_pread_full(fd, data, size <= max ? size : half, 0);
	if (n > 0)
		strbuf_add(out, data, (size_t)n);
	if (size <= max)
		return;
	strbuf_addf(out, "\n[... %zu bytes are left out ...]\n", size - 2 * half);
	n = io_pread_full(fd, data, half, st.st_size - (off_t)half);
	if (n > 0)
		strbuf_add(out, data, (size_t)n);
}

/* Append what attempt @i at the case has printed, at most @max bytes of it. */
static void read_output(const struct writer *writer, const struct suite_case *c, size_t i,
			size_t max, struct strbuf *out)
{
	_cleanup_free_ char *name = NULL, *path = NULL;
	_cleanup_close_ int dir = -1, fd = -1;

	max = room(writer, max);
	if (writer->cases_fd < 0 || !max)
		return;
	name = suite_case_dir(c->name);
	path = i + 1 < c->nr_attempts ? xasprintf("%s/attempt-%zu", name, i + 1)
				      : xstrdup(name);
	dir = beneath_open(writer->cases_fd, path);
	if (dir >= 0)
		fd = openat(dir, "output",
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		add_file(out, fd, max);
}

/* Add an attempt that does not count, as @element. */
static void add_rerun(struct writer *writer, const struct suite_case *c, size_t i,
		      const char *element)
{
	const struct suite_attempt *attempt = &c->attempts[i];
	struct strbuf *body = &writer->cases.body;
	_cleanup_(strbuf_release) struct strbuf output = STRBUF_INIT;
	_cleanup_free_ char *text = explain(writer, attempt);
	size_t before = body->len;

	strbuf_addf(body, "      <%s", element);
	xml_add_attribute(body, "type", suite_outcome_name(attempt->outcome));
	xml_add_attribute(body, "message", reason_of(attempt));
	strbuf_adds(body, ">\n        <stackTrace>");
	xml_add_text(body, text, strlen(text));
	strbuf_adds(body, "</stackTrace>\n");
	read_output(writer, c, i, CASE_OUTPUT_FEW, &output);
	if (output.len) {
		strbuf_adds(body, "        <system-out>");
		xml_add_text(body, output.buf, output.len);
		strbuf_adds(body, "</system-out>\n");
	}
	strbuf_addf(body, "      </%s>\n", element);
	count_text(writer, before);
}

/* All attempts but the one that counts. */
static void add_reruns(struct writer *writer, const struct suite_case *c,
		       const char *element)
{
	for (size_t i = 0; i < c->nr_attempts; i++)
		if (&c->attempts[i] != suite_case_attempt(c))
			add_rerun(writer, c, i, element);
}

/* A case that is broken as expected. */
static void add_known(struct writer *writer, const struct suite_case *c,
		      const struct suite_attempt *last)
{
	_cleanup_(strbuf_release) struct strbuf message = STRBUF_INIT;

	strbuf_adds(&message, c->known ? "known failure" : "broken before");
	if (c->known && c->known_why && *c->known_why)
		strbuf_addf(&message, " (%s)", c->known_why);
	strbuf_addf(&message, ": %s", suite_outcome_name(last->outcome));
	if (last->reason && *last->reason)
		strbuf_addf(&message, ": %s", last->reason);
	junit_add_skipped(&writer->cases, message.buf);
}

/* A case that is broken and should not be, or that could not be judged. */
static void add_broken(struct writer *writer, const struct suite_case *c,
		       const struct suite_attempt *last)
{
	const char *type = suite_outcome_name(last->outcome);
	_cleanup_free_ char *text = explain(writer, last);
	size_t before = writer->cases.body.len;

	if (last->outcome == SUITE_FAILED || last->outcome == SUITE_FAULT) {
		junit_add_failure(&writer->cases, type, reason_of(last), text);
		count_text(writer, before);
		add_reruns(writer, c, "rerunFailure");
	} else {
		junit_add_error(&writer->cases, type, reason_of(last), text);
		count_text(writer, before);
		add_reruns(writer, c, "rerunError");
	}
}

/* Say what became of a case that has been run. */
static void add_outcome(struct writer *writer, const struct suite_case *c,
			const struct suite_attempt *last)
{
	_cleanup_(strbuf_release) struct strbuf output = STRBUF_INIT;
	size_t before;

	if (suite_is_flaky(c))
		add_reruns(writer, c, "flakyFailure");
	if (suite_case_change(c) == SUITE_STILL_BROKEN)
		add_known(writer, c, last);
	else if (suite_is_broken(last->outcome) || last->outcome == SUITE_NOT_RUN)
		add_broken(writer, c, last);
	else if (last->outcome == SUITE_SKIPPED)
		junit_add_skipped(&writer->cases, reason_of(last));
	if (last->outcome == SUITE_PASSED || last->outcome == SUITE_SKIPPED)
		return;
	before = writer->cases.body.len;
	read_output(writer, c, (size_t)(last - c->attempts),
		    suite_case_change(c) == SUITE_STILL_BROKEN ? CASE_OUTPUT_FEW
							       : OUTPUT_MAX,
		    &output);
	junit_add_output(&writer->cases, output.buf, output.len);
	count_text(writer, before);
}

/*
 * The class of a case: the test's name, and the parts of its own name but the last one.
 * "generic/013" of fstests-btrfs is "generic/013" of the class "fstests-btrfs.generic":
 * where readers group by classes, or by packages, the groups are the suite's own. The
 * name is the whole one, for many readers show nothing else.
 */
static char *class_of(const struct writer *writer, const char *name)
{
	struct strbuf class = STRBUF_INIT;

	strbuf_adds(&class, writer->test);
	for (const char *slash; (slash = strchr(name, '/')); name = slash + 1) {
		if (slash == name)
			continue;
		strbuf_addch(&class, '.');
		strbuf_add(&class, name, (size_t)(slash - name));
	}
	return strbuf_detach(&class);
}

static void add_case(struct writer *writer, const struct suite_case *c)
{
	_cleanup_free_ char *class = class_of(writer, c->name);
	const struct suite_attempt *last = suite_case_attempt(c);

	junit_begin_case(&writer->cases, class, c->name, last ? last->ms : 0);
	if (last)
		add_outcome(writer, c, last);
	else
		junit_add_skipped(&writer->cases, "not reached");
	junit_end_case(&writer->cases);
}

/* Something that is no case's. */
static void add_incident(struct writer *writer, const char *name, enum verdict verdict,
			 const char *reason, const char *report)
{
	size_t before = writer->cases.body.len;
	const struct suite_attempt as_attempt = {
		.reason = (char *)reason,
		.report = (char *)report,
	};
	_cleanup_free_ char *text = explain(writer, &as_attempt);

	junit_begin_case(&writer->cases, writer->test, name, 0);
	junit_add_error(&writer->cases, verdict_name(verdict), reason, text);
	junit_end_case(&writer->cases);
	count_text(writer, before);
}

static void add_cases(struct writer *writer)
{
	const struct suite_facts *facts = writer->facts;

	for (size_t i = 0; i < facts->suite->nr; i++)
		add_case(writer, &facts->suite->cases[i]);
	for (size_t i = 0; i < facts->nr_incidents; i++) {
		const struct suite_incident *incident = &facts->incidents[i];
		_cleanup_free_ char *name = xasprintf("vm %u", incident->vm);

		add_incident(writer, name, incident->verdict, incident->reason,
			     incident->report);
	}
	/* a suite that did not pass never looks as if it had */
	if (facts->status && !writer->cases.failures && !writer->cases.errors)
		add_incident(writer, "suite", suite_verdict(facts), facts->reason, NULL);
}

/* The words as a shell would read them. Heap. */
static char *quoted(const struct strvec *words)
{
	struct strbuf out = STRBUF_INIT;

	for (size_t i = 0; i < words->nr; i++) {
		strbuf_adds(&out, i ? " " : "");
		strbuf_add_quoted(&out, words->v[i]);
	}
	return strbuf_detach(&out);
}

static void add_suite(struct strbuf *out, const struct writer *writer)
{
	const struct suite_facts *facts = writer->facts;
	const struct suite *suite = facts->suite;
	_cleanup_free_ char *args = quoted(&suite->args);
	_cleanup_free_ char *jobs = xasprintf("%zu", facts->jobs);
	_cleanup_free_ char *vms = xasprintf("%u", facts->vms);
	_cleanup_free_ char *seed = xasprintf("%llu", (unsigned long long)suite->seed);
	const char *const properties[][2] = {
		{ "rapido", RAPIDO_VERSION },
		{ "verdict", verdict_name(suite_verdict(facts)) },
		{ "reason", facts->reason },
		{ "kernel.release", facts->release },
		{ "kernel.version", facts->kernel_version },
		{ "kernel", facts->kernel },
		{ "image", facts->image },
		{ "accel", facts->accel },
		{ "directory", facts->dir },
		{ "suite.args", suite->args.nr ? args : NULL },
		{ "suite.jobs", jobs },
		{ "suite.vms", vms },
		{ "suite.shuffle", suite->shuffled ? seed : NULL },
		{ "suite.compared", facts->compared },
		{ "suite.continued", facts->resumed },
	};
	struct junit_suite about = {
		.name = writer->test,
		.started = &facts->started,
		.ms = facts->total_ms,
		.properties = properties,
		.nr_properties = ARRAY_SIZE(properties),
	};

	junit_add_suite(out, &about, &writer->cases);
}

void suite_junit_format(const struct suite_facts *facts, int dir_fd, struct strbuf *out)
{
	_cleanup_close_ int cases_fd =
		dir_fd < 0 ? -1 : beneath_open(dir_fd, SUITE_CASES);
	_cleanup_free_ char *test = junit_test_name(facts->suite->test);
	_cleanup_(strbuf_release) struct strbuf suites = STRBUF_INIT;
	struct writer writer = {
		.facts = facts,
		.test = test,
		.cases = JUNIT_CASES_INIT,
		.cases_fd = cases_fd,
	};

	add_cases(&writer);
	add_suite(&suites, &writer);
	junit_add_document(out, &suites, &writer.cases, facts->total_ms);
	strbuf_release(&writer.cases.body);
}

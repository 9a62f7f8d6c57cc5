// SPDX-License-Identifier: GPL-2.0-or-later
/* Elements of JUnit XML. */
#include <unistd.h>

#include "conf/recipe.h"
#include "junit-parts.h"
#include "lib/xml.h"

char *junit_test_name(const char *test)
{
	if (!test)
		return xstrdup("rapido");
	return strchr(test, '/') ? recipe_test_name(test) : xstrdup(test);
}

static void add_seconds(struct strbuf *out, uint64_t ms)
{
	strbuf_addf(out, " time=\"%llu.%03u\"", (unsigned long long)(ms / 1000),
		    (unsigned int)(ms % 1000));
}

void junit_begin_case(struct junit_cases *cases, const char *classname, const char *name,
		      uint64_t ms)
{
	cases->tests++;
	strbuf_adds(&cases->body, "    <testcase");
	xml_add_attribute(&cases->body, "name", name);
	xml_add_attribute(&cases->body, "classname", classname);
	add_seconds(&cases->body, ms);
	strbuf_adds(&cases->body, ">\n");
}

void junit_end_case(struct junit_cases *cases)
{
	strbuf_adds(&cases->body, "    </testcase>\n");
}

/* Add a child to the testcase: failure, error or skipped. */
static void add_outcome(struct junit_cases *cases, const char *element, const char *type,
			const char *message, const char *text)
{
	strbuf_addf(&cases->body, "      <%s", element);
	xml_add_attribute(&cases->body, "type", type);
	xml_add_attribute(&cases->body, "message", message);
	strbuf_addch(&cases->body, '>');
	if (text)
		xml_add_text(&cases->body, text, strlen(text));
	strbuf_addf(&cases->body, "</%s>\n", element);
}

void junit_add_failure(struct junit_cases *cases, const char *type, const char *message,
		       const char *text)
{
	cases->failures++;
	add_outcome(cases, "failure", type, message, text);
}

void junit_add_error(struct junit_cases *cases, const char *type, const char *message,
		     const char *text)
{
	cases->errors++;
	add_outcome(cases, "error", type, message, text);
}

void junit_add_skipped(struct junit_cases *cases, const char *message)
{
	cases->skipped++;
	add_outcome(cases, "skipped", NULL, message, NULL);
}

void junit_add_output(struct junit_cases *cases, const char *text, size_t len)
{
	if (!len)
		return;
	strbuf_adds(&cases->body, "      <system-out>");
	xml_add_text(&cases->body, text, len);
	strbuf_adds(&cases->body, "</system-out>\n");
}

static void add_properties(struct strbuf *out, const struct junit_suite *suite)
{
	strbuf_adds(out, "    <properties>\n");
	for (size_t i = 0; i < suite->nr_properties; i++) {
		if (!suite->properties[i][1])
			continue;
		strbuf_adds(out, "      <property");
		xml_add_attribute(out, "name", suite->properties[i][0]);
		xml_add_attribute(out, "value", suite->properties[i][1]);
		strbuf_adds(out, "/>\n");
	}
	strbuf_adds(out, "    </properties>\n");
}

static void add_counts(struct strbuf *out, const struct junit_cases *cases)
{
	strbuf_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", cases->tests,
		    cases->failures, cases->errors);
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

void junit_add_suite(struct strbuf *out, const struct junit_suite *suite,
		     const struct junit_cases *cases)
{
	char host[256] = "localhost";

	(void)!gethostname(host, sizeof(host) - 1);
	strbuf_adds(out, "  <testsuite");
	xml_add_attribute(out, "name", suite->name);
	add_timestamp(out, suite->started);
	xml_add_attribute(out, "hostname", host);
	add_counts(out, cases);
	strbuf_addf(out, " skipped=\"%zu\"", cases->skipped);
	add_seconds(out, suite->ms);
	strbuf_adds(out, ">\n");
	add_properties(out, suite);
	strbuf_add(out, cases->body.buf, cases->body.len);
	if (suite->error) {
		strbuf_adds(out, "    <system-err>");
		xml_add_text(out, suite->error, strlen(suite->error));
		strbuf_adds(out, "</system-err>\n");
	}
	strbuf_adds(out, "  </testsuite>\n");
}

void junit_add_document(struct strbuf *out, const struct strbuf *suites,
			const struct junit_cases *total, uint64_t ms)
{
	strbuf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	xml_add_attribute(out, "name", "rapido");
	add_counts(out, total);
	add_seconds(out, ms);
	strbuf_adds(out, ">\n");
	strbuf_add(out, suites->buf, suites->len);
	strbuf_adds(out, "</testsuites>\n");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts that the JUnit XML of runs and that of a suite are made of. Cases are
 * formatted first and counted meanwhile, since their numbers come before them in the
 * file.
 */
#ifndef RAPIDO_JUNIT_PARTS_H
#define RAPIDO_JUNIT_PARTS_H

#include <time.h>

#include "lib/str.h"

/* The cases of a testsuite so far. Release the body. */
struct junit_cases {
	struct strbuf body;
	size_t tests, failures, errors, skipped;
};

#define JUNIT_CASES_INIT            \
	{                           \
		.body = STRBUF_INIT \
	}

/* What a testsuite is called: @test, or the name in it if it is a path; "rapido" for
 * NULL. Heap. */
char *junit_test_name(const char *test);

/* Begin and end a testcase; what the next functions add stands in between. */
void junit_begin_case(struct junit_cases *cases, const char *classname, const char *name,
		      uint64_t ms);
void junit_end_case(struct junit_cases *cases);

/* Say what became of the case; one of these at most. Each of @message and @text may be
 * NULL. */
void junit_add_failure(struct junit_cases *cases, const char *type, const char *message,
		       const char *text);
void junit_add_error(struct junit_cases *cases, const char *type, const char *message,
		     const char *text);
void junit_add_skipped(struct junit_cases *cases, const char *message);

/* Add @len bytes of output, unless there are none. */
void junit_add_output(struct junit_cases *cases, const char *text, size_t len);

/* What describes a testsuite. */
struct junit_suite {
	const char *name;
	const struct timespec *started;
	uint64_t ms;
	const char *const (
		*properties)[2]; /* name and value; without those that are NULL */
	size_t nr_properties;
	const char *error; /* text of the suite's own, or NULL */
};

/* Append a testsuite with @cases. */
void junit_add_suite(struct strbuf *out, const struct junit_suite *suite,
		     const struct junit_cases *cases);

/* Append the whole document: @suites are testsuites, @total has their numbers, @ms is
 * their time. */
void junit_add_document(struct strbuf *out, const struct strbuf *suites,
			const struct junit_cases *total, uint64_t ms);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A suite of cases with given names, and attempts at them. */
#ifndef RAPIDO_TESTS_SUITE_FIXTURE_H
#define RAPIDO_TESTS_SUITE_FIXTURE_H

#include "fixture.h"
#include "run/suite.h"

/* @list: names, each ended by a newline. */
static inline void fx_list(struct suite *suite, const char *list)
{
	struct report report = REPORT_INIT;

	*suite = (struct suite)SUITE_INIT;
	assert_int_equal(suite_set_list(suite, list, strlen(list), &report), 0);
	assert_int_equal(report.errors.nr, 0);
	report_release(&report);
}

/* @nr cases "c/000000", "c/000001", ... */
static inline void fx_many(struct suite *suite, size_t nr)
{
	_cleanup_(strbuf_release) struct strbuf list = STRBUF_INIT;

	for (size_t i = 0; i < nr; i++)
		strbuf_addf(&list, "c/%06zu\n", i);
	fx_list(suite, list.buf);
}

static inline size_t fx_nr(const struct suite *suite, const char *name)
{
	const struct suite_case *c = suite_find(suite, name);

	if (!c)
		fail_msg("there is no case '%s'", name);
	return (size_t)(c - suite->cases);
}

/* An attempt at the case @name has ended, which it has in its order or not. */
static inline void fx_ended(struct suite *suite, const char *name,
			    enum suite_outcome outcome)
{
	const struct suite_attempt attempt = { .outcome = outcome, .ms = 100, .vm = 1 };

	suite_ended(suite, fx_nr(suite, name), &attempt);
}

/* The next order, as "a b c"; NULL: there is none. Good until the next call. */
static inline const char *fx_next(struct suite *suite, bool fresh, size_t vms)
{
	static char text[4096];
	struct suite_batch batch;
	size_t len = 0;

	if (!suite_next(suite, fresh, vms, &batch))
		return NULL;
	for (size_t i = 0; i < batch.nr; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
					i ? " " : "", suite->cases[batch.cases[i]].name);
	return text;
}

#endif

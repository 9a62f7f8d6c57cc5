// SPDX-License-Identifier: GPL-2.0-or-later
/* What became of the cases of a suite, and what that means. */
#include <errno.h>

#include "run/suite.h"

static const char *const names[] = {
	[SUITE_NONE] = "none",
	[SUITE_PASSED] = "passed",
	[SUITE_SKIPPED] = "skipped",
	[SUITE_FAILED] = "failed",
	[SUITE_FAULT] = "fault",
	[SUITE_TIMEOUT] = "timeout",
	[SUITE_NO_VERDICT] = "no-verdict",
	[SUITE_NOT_RUN] = "not-run",
};

const char *suite_outcome_name(enum suite_outcome outcome)
{
	return names[outcome];
}

int suite_outcome_parse(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (streq(names[i], name))
			return (int)i;
	return -EINVAL;
}

const struct suite_attempt *suite_case_attempt(const struct suite_case *c)
{
	for (size_t i = c->nr_attempts; i--;)
		if (c->attempts[i].outcome != SUITE_NOT_RUN)
			return &c->attempts[i];
	return c->nr_attempts ? &c->attempts[c->nr_attempts - 1] : NULL;
}

enum suite_outcome suite_case_outcome(const struct suite_case *c)
{
	const struct suite_attempt *attempt = suite_case_attempt(c);

	return attempt ? attempt->outcome : SUITE_NONE;
}

bool suite_is_flaky(const struct suite_case *c)
{
	enum suite_outcome outcome = suite_case_outcome(c);

	if (outcome != SUITE_PASSED && outcome != SUITE_SKIPPED)
		return false;
	for (size_t i = 0; i < c->nr_attempts; i++)
		if (suite_is_broken(c->attempts[i].outcome))
			return true;
	return false;
}

enum suite_change suite_case_change(const struct suite_case *c)
{
	bool was_broken = c->known || (c->has_before && suite_is_broken(c->before));
	enum suite_outcome outcome = suite_case_outcome(c);

	if (suite_is_broken(outcome))
		return was_broken ? SUITE_STILL_BROKEN : SUITE_NEWLY_BROKEN;
	if (outcome == SUITE_PASSED && was_broken && !suite_is_flaky(c))
		return SUITE_NEWLY_FIXED;
	return SUITE_AS_BEFORE;
}

void suite_count(const struct suite *suite, struct suite_counts *counts)
{
	*counts = suite->counts;
}

const struct suite_case *suite_deciding(const struct suite *suite)
{
	const struct suite_case *first = NULL;

	for (size_t i = 0; i < suite->nr; i++) {
		const struct suite_case *c = &suite->cases[i];

		if (suite_case_change(c) == SUITE_NEWLY_BROKEN &&
		    (!first || c->listed < first->listed))
			first = c;
	}
	return first;
}

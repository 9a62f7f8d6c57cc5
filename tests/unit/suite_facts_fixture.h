/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A suite that never ran, for what is written and said about it. */
#ifndef RAPIDO_TESTS_SUITE_FACTS_FIXTURE_H
#define RAPIDO_TESTS_SUITE_FACTS_FIXTURE_H

#include "run/suite-report.h"
#include "suite_fixture.h"

static struct suite suite;
static struct suite_facts facts;

/* For a test's setup. */
static inline int fx_facts(void **state)
{
	(void)state;
	suite = (struct suite)SUITE_INIT;
	suite.test = xstrdup("fstests-xfs");
	strvec_pushl(&suite.args, "-g", "quick", NULL);
	facts = (struct suite_facts){
		.suite = &suite,
		.release = "6.12.0",
		.kernel = "/linux/bzImage",
		.image = "initrds/fstests",
		.accel = "kvm",
		.dir = "/results/1",
		.started = { 1700000002, 42000000 },
		.total_ms = 83456,
		.vms = 5,
		.jobs = 2,
		.jobs_asked = 4,
		.status = 1,
		.reason = "1 case is broken",
	};
	return 0;
}

static inline int fx_facts_release(void **state)
{
	(void)state;
	suite_release(&suite);
	return 0;
}

/* @list: names, each ended by a newline. */
static inline void fx_cases(const char *list)
{
	struct report report = REPORT_INIT;

	assert_int_equal(suite_set_list(&suite, list, strlen(list), &report), 0);
	report_release(&report);
}

/* An attempt at case @nr, before fx_start(). */
static inline struct suite_attempt *fx_attempt(size_t nr, enum suite_outcome outcome,
					       const char *reason, const char *report)
{
	const struct suite_attempt attempt = {
		.outcome = outcome,
		.ms = 1000,
		.vm = 1,
		.reason = reason ? xstrdup(reason) : NULL,
		.report = report ? xstrdup(report) : NULL,
	};
	struct suite_case *c = &suite.cases[nr];

	suite_add_attempt(&suite, nr, &attempt);
	return &c->attempts[c->nr_attempts - 1];
}

/* @nr cases, of which every tenth has failed. */
static inline void fx_many_cases(size_t nr)
{
	_cleanup_(strbuf_release) struct strbuf list = STRBUF_INIT;

	for (size_t i = 0; i < nr; i++)
		strbuf_addf(&list, "c/%06zu\n", i);
	fx_cases(list.buf);
	for (size_t i = 0; i < nr; i++)
		fx_attempt(i, i % 10 ? SUITE_PASSED : SUITE_FAILED,
			   i % 10 ? NULL : "does not work", NULL);
}

/* Count the cases: after all attempts. */
static inline void fx_start(void)
{
	suite_start(&suite);
}

#endif

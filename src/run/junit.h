/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JUnit XML, as GitLab, Jenkins and the GitHub reporters read it (the schema of the
 * Jenkins xunit plugin, junit-10.xsd).
 */
#ifndef RAPIDO_JUNIT_H
#define RAPIDO_JUNIT_H

#include "run/record.h"

/* Bytes that all TAP cases of a document may have; half of that is kept for failed ones.
 * Cases beyond that are counted. */
#define JUNIT_TAP_MAX (16 << 20)

/*
 * Format one testsuite for each record, with a testcase for each case: its time, its
 * output as system-out, a failure with the status or the fault's text, an error if it was
 * not run or the run ended in it without a verdict. If the case printed TAP, its test
 * lines become testcases beside it. Anything that happened outside of the cases (the VM
 * did not boot) becomes a testcase called "boot", so that a run that did not pass never
 * looks as if it had. Helpers of a run (--with) have testsuites of their own, named
 * "TEST.with-NAME". Characters that XML 1.0 does not allow are replaced.
 */
void junit_format(const struct run_record *const *records, size_t nr, struct strbuf *out);

#endif

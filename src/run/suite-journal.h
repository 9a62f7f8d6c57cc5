/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of a suite: a file with a line of JSON for each thing that happened, so
 * that nothing is lost when rapido itself is killed, and a later run can go on with it.
 * Each line is written with one write(2) when it happens.
 *
 * The first line is the header: {"rapido": VERSION, "test": NAME, "args": [...],
 * "kernel": {"path", "size", "mtime": seconds, "mtime_ns", "release"}, "shuffle": "SEED"
 * or null}. Then {"list": [NAME...], "left_out": N} with all cases as they were listed;
 * and {"case": NAME, "attempt": N, "outcome", "status", "ms", "vm", "reason", "report"}
 * for each attempt, N from 1: if there is another line with the same N, the last one
 * counts. A reader skips keys and lines that it does not know, and a last line without
 * its newline.
 */
#ifndef RAPIDO_SUITE_JOURNAL_H
#define RAPIDO_SUITE_JOURNAL_H

#include "run/record.h"
#include "run/suite.h"

/* What must be the same if a run is to go on with another one. */
struct suite_identity {
	const char *test;
	const struct strvec *args; /* NULL: any, see suite_journal_read() */
	const struct run_file *kernel;
	const char *release;
};

/* Write the header and the list to the new file @fd. 0 or -errno. */
int suite_journal_begin(int fd, const struct suite_identity *identity,
			const struct suite *suite);
/* Write the last attempt of case @nr. 0 or -errno. */
int suite_journal_attempt(int fd, const struct suite *suite, size_t nr);

/*
 * Read the journal @path into @suite, which is new: its list, order and attempts; before
 * suite_start(). If it was another test's, had other arguments, or another kernel (path,
 * size or time), that is an error: results of two kernels are not mixed. If any arguments
 * are right, they become those of @suite. A damaged line after the list is left out, with
 * a warning. 0, or -errno after a message.
 */
int suite_journal_read(const char *path, const struct suite_identity *identity,
		       struct suite *suite);

/*
 * Read the outcomes of an earlier run for suite_case.before, from its directory, its
 * journal, or a status.json. 0, or -errno after a message: also if it was no suite's, or
 * that of another test.
 */
int suite_compare(const char *path, struct suite *suite);

#endif

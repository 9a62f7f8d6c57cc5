/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written and said about a suite: status.json, JUnit XML, the line while it runs,
 * and the summary. All of it is text that is made of plain data. */
#ifndef RAPIDO_SUITE_REPORT_H
#define RAPIDO_SUITE_REPORT_H

#include <time.h>

#include "run/record.h"
#include "run/suite.h"

/* A VM that ended in a way that is no case's: while it booted or was set up, or when no
 * case was running. */
struct suite_incident {
	unsigned int vm; /* its number in the suite */
	enum verdict verdict;
	char *reason; /* heap */
	char *report; /* the kernel's report, heap, or NULL */
};

struct suite_facts {
	const struct suite *suite;
	const char *release, *kernel, *kernel_version, *image, *accel, *dir; /* or NULL */
	const char *compared, *resumed; /* what --compare and --continue said, or NULL */
	struct timespec started;	/* CLOCK_REALTIME */
	uint64_t total_ms;
	unsigned int vms;	 /* that were started */
	size_t jobs, jobs_asked; /* VMs at a time */
	int signal;		 /* that ended it, or 0 */
	const struct suite_incident *incidents;
	size_t nr_incidents;
	int status;	    /* rapido's exit status */
	const char *reason; /* why, in one line */
};

/* The verdict that goes with rapido's exit status and the signal. */
enum verdict suite_verdict(const struct suite_facts *facts);

/*
 * status.json: an object as that of a run (status-json.h), with "incidents", and as its
 * last member "suite", whose last member "cases" has each case on a line of its own. A
 * case has "name", "outcome" (suite_outcome_name()) with the "seconds" and the "reason"
 * of the attempt that counts, "change", "flaky", "known", "before", "directory" (below
 * that of the results), and "attempts". Names and reasons are UTF-8; other bytes are
 * replaced.
 */
void suite_json_format(const struct suite_facts *facts, struct strbuf *out);

/* Bytes that reports and output may have in JUnit XML, beyond which they are left out. */
#define SUITE_JUNIT_TEXT_MAX (16 << 20)

/*
 * JUnit XML with each case once. Its class is the test's name with the parts of the
 * case's own name but the last one, "fstests-xfs.generic" for "generic/013"; its name is
 * the whole. A broken case is a failure (failed, fault) or an error (timeout, no-verdict,
 * not-run); known failures and what was broken before are skipped, with the outcome in
 * the message; attempts that do not count are flakyFailure, rerunFailure or rerunError
 * elements, as those of Maven Surefire. Incidents are cases named "vm N"; if nothing else
 * explains the status, there is one named "suite". @dir_fd is the run's directory, for
 * the output of each case that did not pass, of which only the beginning and the end go
 * in; -1: without.
 */
void suite_junit_format(const struct suite_facts *facts, int dir_fd, struct strbuf *out);

/* A case that a VM is running now. */
struct suite_running {
	const char *name; /* NULL: the VM boots, or is being set up */
	uint64_t ms;	  /* for how long */
};

/*
 * The line while it runs: "37/60 done, 2 failed, about 1:20 left; generic/013 41 s,
 * generic/018 2 s". At first what every user wants to see, because a terminal may be
 * too narrow for the rest. The time left is estimated from those that have ended.
 */
void suite_progress_format(const struct suite *suite, const struct suite_running *running,
			   size_t nr, struct strbuf *out);

/* Lines of a summary for those who have no terminal. */
#define SUITE_SUMMARY_ROWS 200

/*
 * The summary: lists of the cases that are newly broken, could not be judged, are flaky
 * or newly fixed, and of incidents, an entry with its reason on each line; then one line
 * with the numbers. At most @rows lines of @cols columns, of which the last in a list
 * that is too long says how many more there are; 0: no limit. What rapido says last, the
 * verdict with its reason and the directory, is not in it.
 */
void suite_summary_format(const struct suite_facts *facts, size_t rows, size_t cols,
			  struct strbuf *out);

/* The line about the last attempt at a case, for those who are not at a terminal, or for
 * -v: "fail generic/013 (41.2 s): output mismatch". Without a newline. */
void suite_case_format(const struct suite_case *c, struct strbuf *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cases of a suite: which there are, which of them run next and in which VM, and what
 * became of each. Plain data and decisions; nothing here has a VM, reads a clock or
 * prints. suite-loop.c runs the VMs, suite-lists.h reads lists that users have, and
 * suite-journal.h, suite-json.h, suite-junit.h and suite-print.h write down what is here.
 */
#ifndef RAPIDO_SUITE_H
#define RAPIDO_SUITE_H

#include "lib/report.h"
#include "lib/str.h"
#include "lib/strmap.h"
#include "lib/wire.h"

/* More cases than this are refused. */
#define SUITE_CASES_MAX 200000
/* The usual limit of a case in seconds; the second is for an emulated processor. */
#define SUITE_CASE_S	  1200
#define SUITE_CASE_SLOW_S 3600
/* Cases of one order, and about how many milliseconds they are to take together. */
#define SUITE_BATCH_MAX 64
#define SUITE_BATCH_MS	20000
/* When so many workers have died with a case, it is not run any more. */
#define SUITE_DEATHS_MAX 3

/* What became of one attempt at a case. */
enum suite_outcome {
	SUITE_NONE, /* it has not been run */
	SUITE_PASSED,
	SUITE_SKIPPED,
	SUITE_FAILED,
	/* as the verdicts of these names: the VM's, while the case was running */
	SUITE_FAULT,
	SUITE_TIMEOUT,
	SUITE_NO_VERDICT,
	SUITE_NOT_RUN, /* it could not be judged */
};

/* "none", "passed", "skipped", "failed", "fault", "timeout", "no-verdict", "not-run". */
const char *suite_outcome_name(enum suite_outcome outcome);
/* The outcome of that name; -EINVAL. */
int suite_outcome_parse(const char *name);

/* Whether an outcome means that the case, the kernel or the VM is broken. */
static inline bool suite_is_broken(enum suite_outcome outcome)
{
	return outcome >= SUITE_FAILED && outcome <= SUITE_NO_VERDICT;
}

struct suite_attempt {
	enum suite_outcome outcome;
	unsigned int status; /* of a failed one, as its script says; else 0 */
	uint64_t ms;	     /* that it took */
	unsigned int vm;     /* number of the VM in this suite, from 1; 0: none */
	char *reason;	     /* heap, one line, or NULL */
	char *report;	     /* the kernel's report if the outcome is SUITE_FAULT, or the
				last lines of what the case printed; heap, or NULL */
};

/* Free its strings. */
void suite_attempt_release(struct suite_attempt *attempt);

/* What the outcome of a case means for the suite's. */
enum suite_change {
	SUITE_AS_BEFORE,    /* neither of these */
	SUITE_NEWLY_BROKEN, /* it is broken, and nothing said that it would be */
	SUITE_STILL_BROKEN, /* it is broken, and is known to be, or was before */
	SUITE_NEWLY_FIXED,  /* it has passed, though it is listed as a known failure, or
			       was broken in the earlier run */
};

struct suite_case {
	char *name;
	size_t listed; /* its place among the cases as they were listed, from 0 */
	/* in order; see suite_case_attempt() for the one that counts */
	struct suite_attempt *attempts;
	size_t nr_attempts, alloc_attempts;
	bool known;		   /* listed as a known failure */
	char *known_why;	   /* what the list says of it, heap, or NULL */
	bool has_before;	   /* it was in the run that this one is compared with, */
	enum suite_outcome before; /* and this is what it was there, */
	uint64_t before_ms;	   /* after so long */
	bool queued;		   /* it waits to be run */
	bool in_order;		   /* it is in the order of a VM */
	unsigned int deaths;	   /* of workers that were running it */
};

struct suite_counts {
	size_t total, passed, skipped, failed, fault, timeout, no_verdict, not_run;
	size_t none;  /* not reached */
	size_t known; /* listed as known failures, whatever became of them */
	size_t flaky, newly_broken, still_broken, newly_fixed;
};

/* Numbers of cases that wait, the first of them first. */
struct suite_queue {
	size_t *cases;
	size_t first, nr, alloc;
};

struct suite {
	char *test;		  /* the test's name, or NULL */
	struct strvec args;	  /* what suite_list got */
	struct suite_case *cases; /* in the order in which they run */
	size_t nr, alloc;
	struct strmap index;  /* name to its case's number + 1, cast */
	size_t left_out;      /* listed, but not selected, or excluded */
	unsigned int retries; /* how often a broken case is run again */
	bool shuffled;
	uint64_t seed; /* if shuffled */

	/* all but suite.c only read these; from suite_start() on */
	bool started;
	size_t next;		 /* no case before it waits for its first attempt, */
	struct suite_queue back; /* but for these, which have left an order without one */
	struct suite_queue retry; /* cases to be run again */
	size_t first_left;	  /* cases that wait for their first attempt */
	size_t done;		  /* cases that will not be run again */
	uint64_t spent_ms;	  /* of all attempts */
	size_t spent_nr;	  /* and their number */
	uint64_t usual_ms; /* the same, but of each attempt at most SUITE_BATCH_MS */
	struct suite_counts counts; /* see suite_count() */
};

#define SUITE_INIT                                        \
	{                                                 \
		.args = STRVEC_INIT, .index = STRMAP_INIT \
	}

void suite_release(struct suite *suite);

/*
 * Take the list that suite_list has printed: a name on each line; empty lines and white
 * space around names do not count. Each wrong line gets into @report with its number, up
 * to a few: a name that is too long, comes twice, is not UTF-8, or has a character that
 * no terminal shows. 0; -EINVAL; -ENODATA without a report if there is no name at all;
 * -E2BIG after one for too many.
 */
int suite_set_list(struct suite *suite, const char *text, size_t size,
		   struct report *report);

/* The case of that name, or NULL. */
struct suite_case *suite_find(const struct suite *suite, const char *name);

/*
 * Patterns of cases are shell patterns as in fnmatch(3), in which '*' matches '/' as
 * well; a case's own name also matches if it has characters that are special there.
 * Store the numbers of the cases that match @pattern in @cases, which has room for all.
 * How many there are.
 */
size_t suite_match(const struct suite *suite, const char *pattern, size_t *cases);

/*
 * Keep the cases that match one of @select (if there is any) and none of @exclude; before
 * suite_shuffle(). The first pattern of @select that matches no case of the list, or
 * NULL.
 */
const char *suite_select(struct suite *suite, const struct strvec *select,
			 const struct strvec *exclude);

/* Part number @nr, from 1, of @of parts. */
struct suite_shard {
	unsigned long nr, of;
};

/* Parse "NR/OF". 0 or -EINVAL. */
int suite_shard_parse(const char *text, struct suite_shard *shard);

/*
 * Keep every @of-th case, so that each part has some of each group, and all parts
 * together have each case once; after suite_select(), before suite_shuffle(). None may be
 * left.
 */
void suite_keep_shard(struct suite *suite, const struct suite_shard *shard);

/* Run them in an order that depends on nothing but their names and @seed. */
void suite_shuffle(struct suite *suite, uint64_t seed);

/* Add an attempt of an earlier run that this one goes on with. Its strings become the
 * suite's. */
void suite_add_attempt(struct suite *suite, size_t nr,
		       const struct suite_attempt *attempt);

/*
 * Queue the cases that have no attempt yet, or that could not be judged in the run that
 * this one goes on with; and those that are broken and have retries left. Nothing above
 * may be called any more; known failures and an earlier run were read before as well.
 */
void suite_start(struct suite *suite);

/* Cases for one order, by their numbers. */
struct suite_batch {
	size_t cases[SUITE_BATCH_MAX];
	size_t nr;
};

/*
 * The next cases for a VM, which are in its order then. @fresh: it has not run a case
 * yet; only such a VM gets a case that was broken, and then nothing else. @vms is the
 * number of VMs that share the rest. False if there is nothing for it now. The caller
 * calls suite_ended(), suite_put_back() or suite_lost_worker() for each of them.
 */
bool suite_next(struct suite *suite, bool fresh, size_t vms, struct suite_batch *batch);

/* Whether something is left that suite_next() would return to a fresh VM. */
bool suite_has_more(const struct suite *suite);

/*
 * An attempt at case @nr has ended. It leaves its order, and is queued once more if it is
 * broken and has retries left: it is run again after as many broken attempts as
 * suite.retries says. @attempt's strings become the suite's.
 */
void suite_ended(struct suite *suite, size_t nr, const struct suite_attempt *attempt);

/*
 * More is known now of the last attempt at case @nr that has ended: @attempt is in place
 * of it, and its strings become the suite's. If the case is broken by that, it is queued
 * as after suite_ended().
 */
void suite_amend(struct suite *suite, size_t nr, const struct suite_attempt *attempt);

/* Case @nr leaves its order without an attempt, and is queued again. */
void suite_put_back(struct suite *suite, size_t nr);

/* A worker died while it was running case @nr: as suite_put_back(), but the last of
 * SUITE_DEATHS_MAX is an attempt with SUITE_NOT_RUN and @reason (heap). */
void suite_lost_worker(struct suite *suite, size_t nr, char *reason);

/*
 * The attempt that counts: the last one that could be judged, or else the last one; NULL
 * if there is none.
 */
const struct suite_attempt *suite_case_attempt(const struct suite_case *c);
/* Its outcome, or SUITE_NONE. */
enum suite_outcome suite_case_outcome(const struct suite_case *c);

/* It has passed or was skipped, but only after an attempt in which it was broken. */
bool suite_is_flaky(const struct suite_case *c);

/* A flaky case is as before, and so is one that was skipped or could not be judged. */
enum suite_change suite_case_change(const struct suite_case *c);

/* The numbers of cases with each outcome, after suite_start(). They are kept, not
 * counted: it is cheap. */
void suite_count(const struct suite *suite, struct suite_counts *counts);

/*
 * The first newly broken case in the suite's own order, whose outcome is the suite's; or
 * NULL. The order is that of the names as listed, also in a shuffled suite, so that it
 * does not depend on the number of VMs.
 */
const struct suite_case *suite_deciding(const struct suite *suite);

/*
 * The directory of a case below "cases", made of its name: '/' separates directories.
 * Written as %XX is what may not be in the name of a file here or where results are
 * uploaded to; also a dot at the beginning, and the beginning of names that rapido's own
 * files have in the directory of a case. A part that is too long goes on in a directory
 * below, and what goes on ends in "%+"; an empty part is "%00". No two names have the
 * same. Heap.
 */
char *suite_case_dir(const char *name);

#endif

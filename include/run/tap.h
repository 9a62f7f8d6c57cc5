/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TAP (testanything.org, versions 13 and 14) and KTAP (Documentation/dev-tools/ktap.rst)
 * in a test's output: its lines become cases. Other lines are passed over.
 *
 * Subtests are indented, by blanks or tabs. A subtest's points become cases, and so does
 * the subtest's own point; if that is TODO, failures in the subtest are TODO, too. A
 * program that runs under the kernel's kselftest is a subtest as well if it prints TAP,
 * which the runner prefixes with "# ". If the number of tests differs from the plan, that
 * is a failed case called "plan". "Bail out!" is a failed case, too, and ends its
 * document: after it comes another one, with a plan of its own. A document needs no plan.
 * KTAP in the kernel's log is ktap.h's. In that (tap->kernel), a subtest's own point is
 * no case if it only repeats whether the tests of the subtest have failed; a test that
 * had begun, but has no end, is one failed case, instead of "plan".
 */
#ifndef RAPIDO_TAP_H
#define RAPIDO_TAP_H

#include "lib/str.h"

#define TAP_CASES_MAX 100000	/* cases that are kept; others are counted */
#define TAP_TEXT_MAX  (8 << 20) /* bytes of reasons and notes that are kept */
#define TAP_LINE_MAX  4096

enum tap_outcome { TAP_PASSED, TAP_FAILED, TAP_SKIPPED, TAP_TODO };

struct tap_case {
	char *name; /* "suite / subtest" if it is a subtest; never empty; at most 512
		       bytes */
	enum tap_outcome outcome;
	char *reason; /* of the directive, or NULL */
	char *notes;  /* its diagnostic lines ("# ...", without that; YAML), each ended by
			 a  newline, or NULL; at most 32 KiB */
	uint64_t usec; /* how long it took, if the lines have times; else 0 */
};

struct tap {
	struct tap_case *cases;
	size_t nr, alloc;
	size_t passed, failed, skipped, todo; /* of all cases, kept or not */
	size_t text_bytes;		      /* of the reasons and notes that are kept */
	size_t max_cases,
		max_text;   /* the limits above, or what is left of them in a run */
	char *first_failed; /* after tap_finish(): the name of the first kept case that
			       failed, or NULL */
	bool is_tap;	    /* there was a version line or a plan, so the lines count */
	bool bailed;	    /* "Bail out!" */
	bool kernel;	    /* set by the caller: this is the kernel's log, as above */
	uint64_t usec;	   /* set by the caller: the time of the next line; 0: no times */
	size_t incomplete; /* of the failed cases: those that miss tests of a plan */
	char *unfinished;  /* after tap_finish(): the name of the kernel's test that has
			      no end, "suite / test 3", or NULL */
	struct tap_state *state; /* NULL after tap_finish() */
};

void tap_init(struct tap *tap);
void tap_release(struct tap *tap);

/* Take bytes of the test's output, as they arrive. */
void tap_feed(struct tap *tap, const char *data, size_t size);
/*
 * The output has ended; anything that still comes is ignored. Without a version line or a
 * plan there are no cases.
 */
void tap_finish(struct tap *tap);

/*
 * Give the unfinished test, which KTAP only numbers, the @name that it has in its suite.
 * Nothing changes if it is one of the parameters of the test @name.
 */
void tap_name_unfinished(struct tap *tap, const char *name);

/* Free the cases. Their numbers stay, and the name of the first one that failed. */
void tap_forget(struct tap *tap);

/* The number of all cases: passed, failed, skipped and TODO. */
static inline size_t tap_total(const struct tap *tap)
{
	return tap->passed + tap->failed + tap->skipped + tap->todo;
}

#endif

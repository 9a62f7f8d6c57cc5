/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TAP (testanything.org, versions 13 and 14) and KTAP (Documentation/dev-tools/ktap.rst)
 * in what a test prints: its lines become cases. Other lines are passed over.
 *
 * Subtests are indented, by blanks or tabs. A subtest's cases are there, and its own test
 * point as well; what fails in a subtest whose point is TODO is TODO, too. What runs
 * under the kernel's kselftest is a subtest too, when it prints TAP that the runner puts
 * "# " before. Tests that a plan promises and that did not run, or the other way round,
 * are a failed case called "plan"; "Bail out!" is one, too, and ends its document: what
 * comes after it is another one, with a plan of its own. A document without a plan
 * promises nothing. What KUnit prints into the kernel's log is ktap.h's.
 */
#ifndef RAPIDO_TAP_H
#define RAPIDO_TAP_H

#include "lib/str.h"

#define TAP_CASES_MAX 100000	/* more are counted, not kept */
#define TAP_TEXT_MAX  (8 << 20) /* bytes of reasons and notes; more are left out */
#define TAP_LINE_MAX  4096

enum tap_outcome { TAP_PASSED, TAP_FAILED, TAP_SKIPPED, TAP_TODO };

struct tap_case {
	char *name; /* "suite / subtest" when it is a subtest; never empty; at most 512
		       bytes */
	enum tap_outcome outcome;
	char *reason; /* of the directive, or NULL */
	char *notes;  /* diagnostic lines ("# ...", without that; YAML) that belong to it,
			 or NULL; lines ended by newlines; at most 32 KiB */
};

struct tap {
	struct tap_case *cases;
	size_t nr, alloc;
	size_t passed, failed, skipped, todo; /* also of those that are not kept */
	size_t text_bytes;		      /* of the reasons and notes that are kept */
	size_t max_cases, max_text; /* the limits above; lower in a run that has much */
	char *first_failed; /* after tap_finish(): the name of the first kept case that
			       failed, or NULL */
	bool is_tap; /* there was a version line or a plan, so that the lines count */
	bool bailed; /* "Bail out!" */
	struct tap_state *state; /* NULL after tap_finish() */
};

void tap_init(struct tap *tap);
void tap_release(struct tap *tap);

/* Bytes of the test's output, as they arrive. */
void tap_feed(struct tap *tap, const char *data, size_t size);
/*
 * There is no more: what comes all the same is ignored. Without a version line or a plan,
 * there are no cases now.
 */
void tap_finish(struct tap *tap);

/* Free the cases. Their numbers stay, and the name of the first that failed. */
void tap_forget(struct tap *tap);

/* All cases: those that passed, failed, were skipped or are to do. */
static inline size_t tap_total(const struct tap *tap)
{
	return tap->passed + tap->failed + tap->skipped + tap->todo;
}

#endif

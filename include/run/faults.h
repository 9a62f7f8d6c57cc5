/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reports of the kernel about itself: panic, oops, BUG, WARN, sanitizers, lockdep, hung
 * tasks, stalls. They are found by the kernel's own markers in its log, line by line
 * (fault-titles.h), and kept with their text.
 *
 * A report is one fault, whatever it has in it: the sentence of a WARN(), its line and
 * its trace; the cause of an oops, the oops, and the panic that comes of it. Whatever
 * follows "cut here" is a report, of a kind that is known or not. Lines of others that
 * arrive within are part of its text. The next title, or "cut here", begins the next
 * fault, also while the first one still goes on; after a panic there is none.
 */
#ifndef RAPIDO_FAULTS_H
#define RAPIDO_FAULTS_H

#include "lib/report.h"
#include "run/klog.h"

#define FAULTS_MAX	100   /* more are counted, not kept */
#define FAULT_TEXT_MAX	65536 /* bytes of one report */
#define FAULT_QUIET_MS	400   /* silence after which a report is taken to be complete */
#define FAULT_REPORT_MS 5000  /* no report is waited for longer than this */

/*
 * The lines of the log that make a report one: no more than these are known apart ("cut
 * here", a sentence, a trap, an oops, the end). All but `certain` is the detector's own.
 */
#define FAULT_HEADS_MAX 6

struct fault_heads {
	uint64_t line[FAULT_HEADS_MAX]; /* hashes */
	bool known[FAULT_HEADS_MAX];	/* to be the kernel's */
	size_t nr;			/* more than FAULT_HEADS_MAX are all the same */
	uint64_t allowed;		/* hash of the line that is why it is allowed */
	bool certain;			/* one of them is known to be the kernel's */
};

struct fault {
	const char *kind;  /* "panic", "oops", "bug", "warning", "kasan", ...: static */
	char *title;	   /* the line that says what it is */
	char *text;	   /* the report, lines ended by newlines, time stamps in front */
	bool allowed;	   /* an allow-fault expression matches one of its lines */
	size_t case_index; /* the case that was running, or SIZE_MAX */
	struct fault_heads heads; /* not `certain`: the console alone has it */
	size_t number;		  /* in the order of their beginning */
};

struct faults {
	struct fault *list;
	size_t nr, alloc;
	size_t counted; /* all of them, allowed ones not included */
	size_t allowed;
	bool panicked; /* the kernel has panicked: nothing will come from the guest */
	struct faults_state *state; /* the detector's own: faults.c */
	struct faults_late *late;   /* and faults-list.c */
};

/* The kinds there are, for documentation and tests: NULL after the last. */
const char *faults_kind(size_t i);

void faults_init(struct faults *faults);
void faults_release(struct faults *faults);

/*
 * Faults that match @regex, which ere_compile() takes, are no faults. It is compared with
 * each line of a report, without the time stamp, from its first to the 20th after its
 * title, so that it can name a function in RIP: or near the top of the call trace. 0, or
 * -EINVAL and in @why (heap) what is wrong with it.
 */
int faults_allow(struct faults *faults, const char *regex, char **why);

/*
 * Take a line of the log. @now_ms is any monotonic clock; @case_index is noted. True when
 * a report has begun or gone on with it.
 */
bool faults_line(struct faults *faults, const struct klog_line *line, uint64_t now_ms,
		 size_t case_index);

/*
 * A line that faults_line() was given has turned out not to be the kernel's: a program
 * wrote it to /dev/kmsg. A report is taken back when all the lines that made it one were
 * such: its "cut here", its title, a panic. A report that was allowed for such a line is
 * allowed no longer, and what came after a panic that was none counts. Of several lines
 * with the same words and time, this and faults_confirm() settle one each, the first
 * first.
 */
void faults_disown(struct faults *faults, const struct klog_line *line);

/* A line that faults_line() was given is the kernel's, by its record in /dev/kmsg. */
void faults_confirm(struct faults *faults, const struct klog_line *line);

/* Whether a fault that counts is known to be the kernel's. */
bool faults_certain(const struct faults *faults);

/*
 * A fault that did not come as lines of the log. @kind is static, the others are copied;
 * the lines of @text are compared with the expressions of faults_allow().
 */
void faults_add(struct faults *faults, const char *kind, const char *title,
		const char *text, size_t case_index);

/*
 * Whether a report is being taken that may go on. Becomes false by the report's own end
 * mark, FAULT_QUIET_MS after its last line unless that was "cut here", or FAULT_REPORT_MS
 * after its first; then the report is judged, and counts. Returns false as well when
 * there is none.
 */
bool faults_pending(struct faults *faults, uint64_t now_ms);

/* The log has ended: a report that is being taken is complete. */
void faults_finish(struct faults *faults);

/* The first one that counts, or NULL. */
const struct fault *faults_first(const struct faults *faults);

#endif

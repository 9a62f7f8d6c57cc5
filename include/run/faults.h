/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's reports of its own faults: panic, oops, BUG, WARN, sanitizers, lockdep,
 * hung tasks, stalls. They are recognised by the kernel's own markers in its log, line by
 * line (fault-titles.h), and kept with their text.
 *
 * A report is one fault, however many parts it has: the sentence of a WARN(), its line
 * and its trace; the cause of an oops, the oops, and the panic that follows it. Anything
 * after "cut here" is a report, whether its kind is known or not. Other lines in between
 * are part of its text. The next title, or "cut here", begins the next fault, even while
 * the first one still goes on; after a panic there is no other.
 */
#ifndef RAPIDO_FAULTS_H
#define RAPIDO_FAULTS_H

#include "lib/report.h"
#include "run/klog.h"

#define FAULTS_MAX	100   /* faults that are kept; others are counted */
#define FAULT_TEXT_MAX	65536 /* bytes of one report */
#define FAULT_QUIET_MS	400   /* silence after which a report is complete */
#define FAULT_REPORT_MS 5000  /* the longest time that a report may take */

/*
 * The lines of the log that make a report a fault ("cut here", a sentence, a trap, an
 * oops, the end). Other files may read only `certain`.
 */
#define FAULT_HEADS_MAX 6

struct fault_heads {
	uint64_t line[FAULT_HEADS_MAX]; /* hashes */
	bool known[FAULT_HEADS_MAX];	/* the line is known to be the kernel's */
	size_t nr;			/* beyond FAULT_HEADS_MAX they are only counted */
	uint64_t allowed;		/* hash of the line for which it is allowed */
	bool certain;			/* one of the lines is known to be the kernel's */
};

struct fault {
	const char *kind;  /* "panic", "oops", "bug", "warning", "kasan", ...: static */
	char *title;	   /* the line that says what the fault is */
	char *text;	   /* the report, lines ended by newlines, time stamps in front */
	bool allowed;	   /* an allow-fault expression matches one of its lines */
	size_t case_index; /* the case that was running, or SIZE_MAX */
	struct fault_heads heads; /* not certain: only the console has it */
	size_t number;		  /* in the order of their beginning */
};

struct faults {
	struct fault *list;
	size_t nr, alloc;
	size_t counted; /* all faults but the allowed ones */
	size_t allowed;
	bool panicked; /* the kernel has panicked, so the guest will send no more */
	struct faults_state *state; /* the detector's own: faults.c */
	struct faults_late *late;   /* and faults-list.c */
};

/* All kinds of faults, for documentation and tests: NULL after the last. */
const char *faults_kind(size_t i);

void faults_init(struct faults *faults);
void faults_release(struct faults *faults);

/*
 * Allow faults that match @regex, which ere_compile() must accept: they do not count. It
 * is compared with each line of a report, without the time stamp, from the first line to
 * the 20th after the title, so that it can name a function in RIP: or near the top of the
 * call trace. 0, or -EINVAL, and @why (heap) says what is wrong with it.
 */
int faults_allow(struct faults *faults, const char *regex, char **why);

/*
 * Take a line of the log. @now_ms is the time of any monotonic clock; @case_index is
 * noted. True if the line begins or continues a report.
 */
bool faults_line(struct faults *faults, const struct klog_line *line, uint64_t now_ms,
		 size_t case_index);

/*
 * A line that was given to faults_line() turned out not to be the kernel's: a program
 * wrote it to /dev/kmsg. A report is withdrawn if this is true of all lines that made it
 * a fault: its "cut here", its title, a panic. A report that was allowed for such a line
 * is no longer allowed, and reports after a false panic count. Of several lines with the
 * same words and time, this and faults_confirm() settle one each, in their order.
 */
void faults_disown(struct faults *faults, const struct klog_line *line);

/* A line that was given to faults_line() is the kernel's, by its record in /dev/kmsg. */
void faults_confirm(struct faults *faults, const struct klog_line *line);

/* Whether a fault that counts is known to be the kernel's. */
bool faults_certain(const struct faults *faults);

/*
 * Add a fault that did not come as lines of the log. @kind is static, @title and @text
 * are copied. The lines of @text are compared with the expressions of faults_allow().
 */
void faults_add(struct faults *faults, const char *kind, const char *title,
		const char *text, size_t case_index);

/*
 * Whether there is a report that may go on. A report is complete after its own end mark,
 * FAULT_QUIET_MS after its last line unless that was "cut here", or FAULT_REPORT_MS after
 * its first line; then it is judged and counted.
 */
bool faults_pending(struct faults *faults, uint64_t now_ms);

/* The log has ended: all reports are complete. */
void faults_finish(struct faults *faults);

/* The first fault that counts, or NULL. */
const struct fault *faults_first(const struct faults *faults);

#endif

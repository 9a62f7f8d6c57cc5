/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One report of the kernel while its lines come in: the parts it has, and those it still
 * lacks. faults.c decides which report a line belongs to.
 *
 * The console does not say who wrote a line; its record in /dev/kmsg does, but may come
 * later, and then settles the line. If none of its lines may be the kernel's, a report is
 * not a fault.
 */
#ifndef RAPIDO_FAULT_REPORT_H
#define RAPIDO_FAULT_REPORT_H

#include "fault-titles.h"
#include "run/faults.h"

/* include/asm-generic/bug.h */
#define FAULT_CUT_HERE "------------[ cut here ]------------"
/* kernel/panic.c; lib/ubsan.c prints it without a number */
#define FAULT_END_TRACE "---[ end trace "

/* A part of a report that comes late may be earlier than the report by so much, by the
 * kernel's clock. */
#define FAULT_EARLIER_USEC 10000

struct fault_report {
	struct strbuf text;
	const struct fault_title *title; /* NULL: it has not come yet */
	char *title_text;
	char *opening;	/* the report's first line */
	char *sentence; /* the first line after "cut here" that is not empty */
	char caller[KLOG_CALLER_SIZE]; /* the task or processor that prints it, or empty
					*/
	uint64_t usec;		       /* of the title, or else of the first line */
	size_t case_index, number;
	uint64_t begun_ms, last_ms;
	unsigned int lines; /* since the title, the end mark or the panic */
	bool cut;	    /* it began with "cut here" */
	bool trapped;	    /* the line of WARN() or BUG() has come */
	bool dies;	    /* an oops is expected */
	bool died;	    /* the oops has come */
	bool ended;	    /* the end mark has come, but more lines may */
	bool allowed, full;
	struct fault_heads heads;
};

void fault_report_release(struct fault_report *report);

/* Whether @text is a line of "cut here". */
bool fault_report_is_cut(const char *text);

/* Whether a report with this title, or a line of it, may follow "cut here". */
bool fault_report_follows_cut(const struct fault_title *title);

/* Whether the report's end mark, or silence, must still come. */
bool fault_report_expects_end(const struct fault_report *report);

/* Whether the report is complete: lines after "cut here" may take their time, but the
 * rest of a report comes soon or not at all. */
bool fault_report_is_over(const struct fault_report *report, uint64_t now_ms);

/* Whether @line may be the same processor's or task's; most kernels do not say. */
bool fault_report_same_caller(const struct fault_report *report,
			      const struct klog_line *line);

/* Whether @title continues the report instead of beginning another. */
bool fault_report_goes_on(const struct fault_report *report,
			  const struct fault_title *title);

/* Add @line, whose title is the report's own or continues it. */
void fault_report_add_title(struct fault_report *report, const struct fault_title *title,
			    const struct klog_line *line);

/* Append @line to the text, if there is room. */
void fault_report_add_text(struct fault_report *report, const struct klog_line *line,
			   uint64_t now_ms);

/* Give a WARN() or BUG() whose own line is not known, or got lost, its sentence as title.
 */
void fault_report_add_sentence(struct fault_report *report);

/* Append @line, ended by a newline, with its time stamp in front. */
void fault_format_line(struct strbuf *out, const struct klog_line *line);

/* Whether @text is the last line of a panic. */
bool fault_ends_panic(const char *text);

/* Of its time and its words; never 0. */
uint64_t fault_line_hash(const struct klog_line *line);

/* Add @line to those that make the report a fault. */
void fault_heads_add(struct fault_heads *heads, const struct klog_line *line);

/*
 * The record of the line with this @hash has come: the line is the kernel's, or a
 * program's and removed. False: @heads has no such line that is not settled yet. @lost:
 * it was the last line that made the report a fault.
 *
 * Several lines may have the same words and the same time but different origins, since a
 * guest's clock may stand still for milliseconds. Both sources bring them in the same
 * order, so a record settles the first one whose record has not come yet.
 */
bool fault_heads_settle(struct fault_heads *heads, uint64_t hash, bool kernel,
			bool *lost);

/*
 * The line with this @hash is a program's. True: the report was @allowed for this line,
 * and is not any more.
 */
bool fault_heads_revoke(struct fault_heads *heads, bool *allowed, uint64_t hash);

#endif

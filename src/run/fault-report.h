/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One report of the kernel while its lines come in: what it has had so far, and what it
 * still lacks. Which report a line is of is decided in faults.c.
 *
 * The console does not say who wrote a line, the record in /dev/kmsg does, and may come
 * later: then a line is settled. A report of which no line is left that may be the
 * kernel's is none.
 */
#ifndef RAPIDO_FAULT_REPORT_H
#define RAPIDO_FAULT_REPORT_H

#include "fault-titles.h"
#include "run/faults.h"

/* include/asm-generic/bug.h */
#define FAULT_CUT_HERE "------------[ cut here ]------------"
/* kernel/panic.c; lib/ubsan.c has it without a number */
#define FAULT_END_TRACE "---[ end trace "

/* A part of a report that comes late may be older than it by so much, by the kernel's
 * clock. */
#define FAULT_EARLIER_USEC 10000

struct fault_report {
	struct strbuf text;
	const struct fault_title *title; /* NULL: only the line before it came */
	char *title_text;
	char *opening;	/* the line that it began with */
	char *sentence; /* the first line after "cut here" that is not empty */
	char caller[KLOG_CALLER_SIZE]; /* who prints it, or empty */
	uint64_t usec;		       /* of the title, or of what came before it */
	size_t case_index, number;
	uint64_t begun_ms, last_ms;
	unsigned int lines; /* since the title, the end mark or the panic */
	bool cut;	    /* it began with "cut here" */
	bool trapped;	    /* the line of WARN() or BUG() was there */
	bool dies;	    /* an oops is expected */
	bool died;	    /* it was there */
	bool ended;	    /* the end mark was there, but more may come */
	bool allowed, full;
	struct fault_heads heads;
};

void fault_report_release(struct fault_report *report);

/* Whether @text is a line of "cut here". */
bool fault_report_is_cut(const char *text);

/* Whether a report with this title, or a line of it, may follow "cut here". */
bool fault_report_follows_cut(const struct fault_title *title);

/* Whether only an end mark completes the report, or silence. */
bool fault_report_expects_end(const struct fault_report *report);

/* What follows "cut here" is waited for, the rest of a report comes soon or not at all.
 */
bool fault_report_is_over(const struct fault_report *report, uint64_t now_ms);

/* Whether @line may be of the same processor or task: most kernels do not say. */
bool fault_report_same_caller(const struct fault_report *report,
			      const struct klog_line *line);

/* Whether @title goes on with the report instead of heading another. */
bool fault_report_goes_on(const struct fault_report *report,
			  const struct fault_title *title);

/* @line has this title: the report's own, or one more that goes on with it. */
void fault_report_add_title(struct fault_report *report, const struct fault_title *title,
			    const struct klog_line *line);

/* Append @line to the text, as long as there is room. */
void fault_report_add_text(struct fault_report *report, const struct klog_line *line,
			   uint64_t now_ms);

/* A WARN() or BUG() whose own line is not known, or got lost, gets its sentence as title.
 */
void fault_report_add_sentence(struct fault_report *report);

/* Append @line, ended by a newline, with its time stamp in front. */
void fault_format_line(struct strbuf *out, const struct klog_line *line);

/* Whether @text is the last line of a panic. */
bool fault_ends_panic(const char *text);

/* Of its time and its words; never 0. */
uint64_t fault_line_hash(const struct klog_line *line);

/* @line makes the report one, beside others. */
void fault_heads_add(struct fault_heads *heads, const struct klog_line *line);

/*
 * The record of the line with this @hash has come: it is the kernel's, or a program's and
 * taken out. False: @heads has no such line that is not settled yet. @lost: it was the
 * last that made the report one.
 *
 * Several lines may have the same words and the same time, and be of several origins: a
 * guest's clock may stand still for milliseconds. Both sources have them in one order, so
 * that a record is about the first whose record has not come yet.
 */
bool fault_heads_settle(struct fault_heads *heads, uint64_t hash, bool kernel,
			bool *lost);

/*
 * The line with this @hash is a program's. True: it was why the report was @allowed,
 * which it is no longer.
 */
bool fault_heads_revoke(struct fault_heads *heads, bool *allowed, uint64_t hash);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What faults.c and faults-list.c have of each other; for them alone. */
#ifndef RAPIDO_FAULTS_PARTS_H
#define RAPIDO_FAULTS_PARTS_H

#include <regex.h>

#include "fault-report.h"
#include "run/faults.h"

/* Reports that are taken at the same time, several processors having one. */
#define FAULTS_OPEN_MAX 4
/* Complete reports whose missing parts may come late. */
#define FAULTS_CLOSED_MAX 64
/* So much before a report, by the kernel's clock, may be what comes late of it. */
#define FAULTS_EARLIER_USEC 10000

/* What a complete report lacked. */
struct closed_report {
	size_t number; /* of the fault */
	uint64_t usec;
	bool allowed, cut, trap, die, end;
};

/* A report that counts and for which the list has no room. */
struct unkept {
	bool allowed;
	struct fault_heads heads;
};

/* What came after a panic, in case that it was none. */
struct held_line {
	uint64_t usec, now_ms;
	char *text, caller[KLOG_CALLER_SIZE];
	size_t case_index;
	enum klog_origin origin;
};

struct faults_state {
	struct fault_titles titles;
	regex_t *allow;
	size_t nr_allow, alloc_allow;
	struct strbuf rule; /* a line of "=" that the last line was */
	struct fault_report open[FAULTS_OPEN_MAX]; /* in the order in which they began */
	size_t nr_open;
	struct closed_report closed[FAULTS_CLOSED_MAX]; /* a ring */
	size_t nr_closed, nr_begun;
	uint64_t end_usec; /* of the last end mark */
	struct unkept *unkept;
	size_t nr_unkept, alloc_unkept;
	uint64_t panic; /* hash of its line */
	bool no_panic;	/* there was one that was none: no other is believed */
	struct held_line *held;
	size_t nr_held, alloc_held;
	uint64_t closed_ms;	  /* the last one that is complete */
	bool last_kept;		  /* and it is at the end of the list */
	unsigned int panic_lines; /* that may still go into it */
};

/* faults-list.c */

void faults_list_release(struct faults *faults);

/* Count @fault, whose strings become the list's, and keep it if there is room. */
void faults_list_add(struct faults *faults, struct fault fault);

/* The same of a complete report, whose missing parts may come late. */
void faults_list_add_report(struct faults *faults, struct fault_report *report);

/* Whether @line, with @title or NULL, is the part that a complete report lacked. */
bool faults_list_comes_late(struct faults *faults, const struct fault_title *title,
			    const struct klog_line *line);
/* Whether the end mark @line is that of a complete report, or was there before. */
bool faults_list_end_comes_late(struct faults *faults, const struct klog_line *line);

/*
 * The record of the line with this @hash has come: it makes a complete report certain, or
 * is taken out of it. False when it is none of theirs.
 */
bool faults_list_settle(struct faults *faults, uint64_t hash, bool kernel);

/* The line with this @hash is a program's: what it allowed is allowed no longer. */
void faults_list_revoke(struct faults *faults, uint64_t hash);

#endif

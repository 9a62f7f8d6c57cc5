/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Complete reports: those that are kept, and those for which there is no room, which
 * count as well. A part of them may still come, and the record of a line may withdraw
 * them; the facts for that are in faults->late.
 */
#ifndef RAPIDO_FAULTS_LIST_H
#define RAPIDO_FAULTS_LIST_H

#include "fault-report.h"

void faults_list_init(struct faults *faults);
void faults_list_release(struct faults *faults);

/* Count @fault, whose strings become the list's, and keep it if there is room. */
void faults_list_add(struct faults *faults, struct fault fault);

/* The same for a complete report, whose missing parts may come late. */
void faults_list_add_report(struct faults *faults, struct fault_report *report);

/* Whether @line, with @title or NULL, is a part that a complete report lacks. */
bool faults_list_comes_late(struct faults *faults, const struct fault_title *title,
			    const struct klog_line *line);

/* The end mark @line has ended a report. */
void faults_list_note_end(struct faults *faults, const struct klog_line *line);
/* Whether the end mark @line belongs to a complete report, or has come before. */
bool faults_list_end_comes_late(struct faults *faults, const struct klog_line *line);

/*
 * The kernel has panicked because of the report that was added last: the next lines are
 * part of its text. faults_list_add_panic() is false once there are enough of them.
 */
void faults_list_begin_panic(struct faults *faults);
bool faults_list_add_panic(struct faults *faults, const struct klog_line *line);
void faults_list_end_panic(struct faults *faults);

/*
 * The record of the line with this @hash has come: the line makes its complete report
 * certain, or is not part of it. False if no complete report has this line.
 */
bool faults_list_settle(struct faults *faults, uint64_t hash, bool kernel);

/* The line with this @hash is a program's: reports that it allowed are allowed no longer.
 */
void faults_list_revoke(struct faults *faults, uint64_t hash);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Complete reports: those that are kept, and those for which there is no room, which
 * count all the same. A part of them may still come, and the record of a line may take
 * them back. What is known for that is faults->late.
 */
#ifndef RAPIDO_FAULTS_LIST_H
#define RAPIDO_FAULTS_LIST_H

#include "fault-report.h"

void faults_list_init(struct faults *faults);
void faults_list_release(struct faults *faults);

/* Count @fault, whose strings become the list's, and keep it if there is room. */
void faults_list_add(struct faults *faults, struct fault fault);

/* The same of a complete report, whose missing parts may come late. */
void faults_list_add_report(struct faults *faults, struct fault_report *report);

/* Whether @line, with @title or NULL, is the part that a complete report lacked. */
bool faults_list_comes_late(struct faults *faults, const struct fault_title *title,
			    const struct klog_line *line);

/* The end mark @line was taken by a report. */
void faults_list_note_end(struct faults *faults, const struct klog_line *line);
/* Whether the end mark @line is that of a complete report, or was there before. */
bool faults_list_end_comes_late(struct faults *faults, const struct klog_line *line);

/*
 * The kernel has panicked over the report that was added last: lines that come now are of
 * its text. faults_list_add_panic() is false when no more of them are taken.
 */
void faults_list_begin_panic(struct faults *faults);
bool faults_list_add_panic(struct faults *faults, const struct klog_line *line);
void faults_list_end_panic(struct faults *faults);

/*
 * The record of the line with this @hash has come: it makes a complete report certain, or
 * is taken out of it. False when it is none of theirs.
 */
bool faults_list_settle(struct faults *faults, uint64_t hash, bool kernel);

/* The line with this @hash is a program's: what it allowed is allowed no longer. */
void faults_list_revoke(struct faults *faults, uint64_t hash);

#endif

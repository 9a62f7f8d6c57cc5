/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `rapido run` leaves and says about runs: files, and lines for people. */
#ifndef RAPIDO_RUN_PRINT_H
#define RAPIDO_RUN_PRINT_H

#include "run/record.h"
#include "run/rundir.h"

/* The runs of one command. */
struct run_list {
	struct run_record **records; /* on the heap, and the list's */
	size_t nr, alloc;
};

void run_list_release(struct run_list *list);

/* A new record at the list's end, set up. */
struct run_record *run_list_add(struct run_list *list);

/* The exit status for all: that of the last if a signal has ended it, else of the first
 * that did not pass, or 0. */
int run_list_status(const struct run_list *list);

/* Write faults.txt, if there were any, and status.json. 0, or -errno after a message. */
int run_report_faults(const struct run_record *record, const struct rundir *dir);
int run_report_status(const struct run_record *record, const struct rundir *dir);

/*
 * One line that says what happened; before it, if the run did not pass, the fault's
 * report; or what the test wrote last, unless @output_shown, and the kernel's lines since
 * the last script began; or where none began the console's last lines: of the VM that the
 * verdict is about.
 */
void run_print_end(const struct run_record *record, bool output_shown);

/* How many passed and failed, and the times they took. */
void run_print_summary(const struct run_list *list);

/* JUnit XML of all runs. */
void run_report_junit(const struct run_list *list, struct strbuf *out);

/* JSON of the only run, or if there could be @many an object about all. */
void run_report_json(const struct run_list *list, bool many, struct strbuf *out);

#endif

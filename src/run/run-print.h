/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user is told about runs, on standard error. */
#ifndef RAPIDO_RUN_PRINT_H
#define RAPIDO_RUN_PRINT_H

#include "run/record.h"

/*
 * Print one line that says what happened. If the run did not pass, print before it the
 * evidence from the VM that the verdict is about: the fault's report; or what the test
 * wrote last, unless @output_shown, and the kernel's lines since the last script began;
 * or, if no script began, the console's last lines.
 */
void run_print_end(const struct run_record *record, bool output_shown);

/* Print that evidence alone. */
void run_print_evidence(const struct run_record *record, bool output_shown);

/* Print how many of the @nr runs (at least one) passed and failed, and their times. */
void run_print_summary(struct run_record *const *records, size_t nr);

#endif

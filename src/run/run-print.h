/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people are told about runs, on standard error. */
#ifndef RAPIDO_RUN_PRINT_H
#define RAPIDO_RUN_PRINT_H

#include "run/record.h"

/*
 * One line that says what happened; before it, if the run did not pass, the fault's
 * report; or what the test wrote last, unless @output_shown, and the kernel's lines since
 * the last script began; or where none began the console's last lines: of the VM that the
 * verdict is about.
 */
void run_print_end(const struct run_record *record, bool output_shown);

/* How many of the @nr runs, at least one, passed and failed, and the times they took. */
void run_print_summary(struct run_record *const *records, size_t nr);

#endif

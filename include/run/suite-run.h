/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a suite: its VMs, the cases that each gets, and the files and messages about them.
 *
 * The directory of the run has:
 *
 *	status.json		what became of the suite, see suite-json.h
 *	journal			one line for each thing that happened, see suite-journal.h
 *	cases/NAME/		of each case: 'output', what it printed; 'kernel.log', what
 *the kernel logged meanwhile, if it did not pass; and the files that its script gave to
 *_case. Of an attempt that was followed by another one: cases/NAME/attempt-N/ vms/N/
 *the logs of each VM, see rundir.h
 */
#ifndef RAPIDO_SUITE_RUN_H
#define RAPIDO_SUITE_RUN_H

#include "run/runs.h"

#define SUITE_JOURNAL "journal"
#define SUITE_CASES   "cases"
#define SUITE_VMS     "vms"

/*
 * Run the suite that is the test of @config (image_info.suite). Returns rapido's exit
 * status: 0 if no case is newly broken; else, by the outcome of suite_deciding(), 1, 100,
 * 101 or 102; 125 if nothing is newly broken, but there was nothing to judge in a case,
 * in a VM before its first case, or in the list; 128 + a signal's number.
 */
int suite_run(const struct run_config *config);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a suite: its VMs, the cases that each gets, and the files and messages about them.
 *
 * The directory of the run has 'status.json', see suite-report.h, and 'journal', see
 * suite-journal.h. In cases/NAME/ are 'output', what the case printed, 'kernel.log', what
 * the kernel logged meanwhile, if it did not pass, and the files that its script gave to
 * _case; those of an attempt that was followed by another one are in
 * cases/NAME/attempt-N/. vms/N/ has the logs of each VM, see rundir.h.
 */
#ifndef RAPIDO_SUITE_RUN_H
#define RAPIDO_SUITE_RUN_H

#include "run/runs.h"

#define SUITE_JOURNAL "journal"
#define SUITE_CASES   "cases"
#define SUITE_VMS     "vms"

/*
 * Run the suite that is the test of @config (image_info.suite). Returns rapido's exit
 * status, the first that applies:
 *
 *  - 128 + the number of a signal that has ended it;
 *  - 125 if the host could not go on;
 *  - if a case is newly broken, by the outcome of suite_deciding(): 1, 100, 101 or 102;
 *  - 100, 101 or 102 for a VM that ended so and was running no case;
 *  - 101 if --timeout has passed;
 *  - 125 if there was nothing to judge: in the list, in a case, or in a VM;
 *  - 0.
 */
int suite_run(const struct run_config *config);

#endif

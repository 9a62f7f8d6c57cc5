/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One unattended run in one or more VMs, from the first VM's start to the verdict. */
#ifndef RAPIDO_SUPERVISE_H
#define RAPIDO_SUPERVISE_H

#include "run/record.h"
#include "run/runs.h"
#include "worker/worker.h"

/*
 * Run the VMs of @config. They start in their order, each when the helper before it has
 * said that it is ready; the test is the last. When the test's VM has ended, the helpers
 * are asked to stop; if a helper ends or fails before that, the whole run is over. Each
 * VM gets the names and numbers of those before it.
 *
 * @record is the test's and has the records of the helpers, in their order. The caller
 * has set them up with the faults that are allowed; they are filled and judged, and the
 * status of the test's record is rapido's exit status. Each VM's files go into the
 * directory in @dirs that has the VM's index.
 *
 * The test's VM is run by @worker, unless that is NULL; there are no helpers then.
 *
 * @signals is what signal_fd_open() returned. Every wait for a kernel or a VM has a
 * limit; on return all VMs have ended and their numbers are free.
 */
void supervise_run(const struct run_config *config, struct run_record *record,
		   const struct rundir *dirs, int signals, struct worker *worker);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One unattended run of images in VMs, from the first VM's start to the verdict. */
#ifndef RAPIDO_SUPERVISE_H
#define RAPIDO_SUPERVISE_H

#include "run/record.h"
#include "run/runs.h"

/*
 * Run the VMs of @config. They start in their order, each when the helper before it has
 * said that it is ready; the test is the last. When the test's VM has ended the helpers
 * are asked to stop; when a helper ends or fails before that, the whole run is over. Each
 * VM knows the names and numbers of those before it.
 *
 * @record is the test's, and has those of the helpers in the same order. They have been
 * set up and know the faults that are allowed; they are filled and judged, and the status
 * of the test's is the exit status for rapido. The files of each VM go into the entry of
 * @dirs at its place.
 *
 * @signals is what vm_catch_signals() returned. The kernels' and QEMU's ends are waited
 * for within limits; all QEMUs are gone, the VMs' numbers free.
 */
void supervise_run(const struct run_config *config, struct run_record *record,
		   const struct rundir *dirs, int signals);

#endif

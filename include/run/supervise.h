/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An unattended run of images in VMs, from start to verdict. */
#ifndef RAPIDO_SUPERVISE_H
#define RAPIDO_SUPERVISE_H

#include "run/conversation.h"
#include "vm/vm.h"

/* Of one VM. */
struct run_options {
	struct vm_options vm;
	struct conversation_options guest;
	/* seconds; 0: no limit for the first, a usual value for the others */
	unsigned int timeout;	   /* for the whole run */
	unsigned int boot_timeout; /* until the guest's agent is heard of */
	unsigned int hang_timeout; /* until it is heard of again */
	bool fault_check;
	bool tap_check; /* failed TAP cases count */
	bool stop_on_fault;
	bool merge; /* the test's standard error joins its output */
};

/*
 * Run a test in the last of @nr VMs, beside those of its helpers if there are any before
 * it. These start in their order, each when the one before it has said that it is ready;
 * the test is the last. When the test's VM has ended the helpers are asked to stop; when
 * a helper ends or fails before that, the whole run is over.
 *
 * The records, which have been set up and know the faults that are allowed, are filled
 * and judged; those of helpers have their names and are the test record's, in the same
 * order. The status of the test's record is the exit status for rapido. Each VM has the
 * names and numbers of those before it as its vm.peers, which the caller does not set.
 * @signals is what vm_catch_signals() returned. The kernels' and QEMU's ends are waited
 * for within limits; all QEMUs are gone, the VMs' numbers free.
 */
void supervise_run(const struct run_options *options, struct run_record *const *records,
		   size_t nr, int signals);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An unattended run of an image in a VM, from start to verdict. */
#ifndef RAPIDO_RUN_H
#define RAPIDO_RUN_H

#include "guest.h"
#include "vm.h"

struct run_options {
	struct vm_options vm;
	struct guest_options guest;
	/* seconds; 0: no limit for the first, a usual value for the others */
	unsigned int timeout;	   /* for the whole VM */
	unsigned int boot_timeout; /* until the guest's agent is heard of */
	unsigned int hang_timeout; /* until it is heard of again */
	bool fault_check;
	bool stop_on_fault;
	bool merge;  /* the test's standard error joins its output */
	int signals; /* what vm_catch_signals() returned */
};

/*
 * Run it. The record, which has been set up and knows the faults that are allowed, is
 * filled and judged; record->status is the exit status for rapido. The kernel's and
 * QEMU's ends are waited for within limits; QEMU is gone, the VM's number free.
 */
void run_vm(const struct run_options *options, struct run_record *record);

#endif

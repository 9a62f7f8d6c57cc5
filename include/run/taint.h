/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's taint, /proc/sys/kernel/tainted, as a second witness beside its log: a bit
 * that a fault sets, and no report that was seen accounts for, is a fault whose report
 * got lost (Documentation/admin-guide/tainted-kernels.rst).
 */
#ifndef RAPIDO_TAINT_H
#define RAPIDO_TAINT_H

#include "run/faults.h"

/* M: a fault of the hardware, and so in a VM of its host. */
#define TAINT_MACHINE_CHECK (1u << 4)

/* When a bit was seen first; each entry has bits that those before it have not. */
struct taint_step {
	uint64_t bits;	   /* of WIRE_TAINT_FAULTS */
	size_t case_index; /* the case that was running, or SIZE_MAX */
	bool boot;	   /* it was there before the test began */
};

/* What is known of a kernel's taint. No bit goes away until the kernel ends. */
struct taint {
	bool known;
	uint64_t start, now; /* when the test began, and when it was read last */
	struct taint_step steps[8];
	size_t nr_steps;
};

/* The guest has read the taint: @value. */
void taint_note(struct taint *taint, uint64_t value, size_t case_index);

/*
 * The log has ended: add a fault of the kind "taint" to @faults for what no report there
 * accounts for. A report that is allowed accounts for its taint as well. @lost: lines of
 * the log that are known to be missing.
 */
void taint_judge(const struct taint *taint, struct faults *faults, uint64_t lost);

#endif

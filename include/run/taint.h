/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's taint, /proc/sys/kernel/tainted, as a second witness beside its log. If a
 * bit that faults set is set, but no report in the log explains it, then the report got
 * lost (Documentation/admin-guide/tainted-kernels.rst).
 */
#ifndef RAPIDO_TAINT_H
#define RAPIDO_TAINT_H

#include "run/faults.h"

/* M: a fault of the hardware; in a VM, of its host. */
#define TAINT_MACHINE_CHECK (1u << 4)

/* The bits that were seen for the first time at one moment. */
struct taint_step {
	uint64_t bits;	   /* of WIRE_TAINT_FAULTS */
	size_t case_index; /* the case that was running, or SIZE_MAX */
	bool boot;	   /* they were set before the test began */
};

/* A kernel's taint. The kernel never clears a bit. */
struct taint {
	bool known;
	uint64_t start, now; /* when the test began, and when it was read last */
	struct taint_step steps[8];
	size_t nr_steps;
};

/* The guest has read the taint @value. */
void taint_note(struct taint *taint, uint64_t value, size_t case_index);

/*
 * The log has ended: add a fault of the kind "taint" to @faults for bits that no report
 * there explains. A report that is allowed explains its bits as well. @lost: the number
 * of lines that are known to be missing in the log.
 */
void taint_judge(const struct taint *taint, struct faults *faults, uint64_t lost);

#endif

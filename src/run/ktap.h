/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of the kernel's own say in its log: KTAP, as KUnit prints it. Its lines are
 * put into their order, and those of programs and torn ones left out, before tap.h takes
 * them.
 */
#ifndef RAPIDO_KTAP_H
#define RAPIDO_KTAP_H

#include "run/klog.h"
#include "run/tap.h"

struct ktap_line {
	uint64_t usec, number; /* in which it came */
	enum klog_origin origin;
	char *text;
};

struct ktap {
	struct ktap_line *lines; /* in the order in which they came */
	size_t nr, alloc;
	size_t bytes; /* of their texts */
	size_t next;  /* behind the one that was settled last */
	uint64_t seen;
	bool begun; /* there was a version line: what comes before is none of it */
};

void ktap_release(struct ktap *ktap);

/*
 * A line of @klog's, as it is passed on, and once more when it is settled. When there are
 * too many to be kept, the oldest go to @tap.
 */
void ktap_line(struct ktap *ktap, const struct klog *klog, const struct klog_line *line,
	       struct tap *tap);
void ktap_settle(struct ktap *ktap, const struct klog_line *line);

/* The log has ended: all that is left goes to @tap. */
void ktap_finish(struct ktap *ktap, const struct klog *klog, struct tap *tap);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which lines of the log make a report one, and whose they are. The console does not say
 * who wrote a line, the record in /dev/kmsg does, and may come later: then a line is
 * settled. A report of which no line is left that may be the kernel's is none.
 */
#ifndef RAPIDO_FAULT_HEADS_H
#define RAPIDO_FAULT_HEADS_H

#include "run/klog.h"

/* No more of them are known apart: "cut here", a sentence, a trap, an oops, the end. */
#define FAULT_HEADS_MAX 6

struct fault_heads {
	uint64_t line[FAULT_HEADS_MAX]; /* hashes */
	bool known[FAULT_HEADS_MAX];	/* to be the kernel's */
	size_t nr;			/* more than FAULT_HEADS_MAX are all the same */
	uint64_t allowed;		/* hash of the line that is why it is allowed */
	bool certain;			/* one of them is known to be the kernel's */
};

/* Of its time and its words; never 0. */
uint64_t fault_line_hash(const struct klog_line *line);

/* @line makes the report one, beside others. */
void fault_heads_add(struct fault_heads *heads, const struct klog_line *line);

/*
 * The record of the line with this @hash has come: it is the kernel's, or a program's and
 * taken out. False: @heads has no such line that is not settled yet. @lost: it was the
 * last that made the report one.
 *
 * Several lines may have the same words and the same time, and be of several origins: a
 * guest's clock may stand still for milliseconds. Both sources have them in one order, so
 * that a record is about the first whose record has not come yet.
 */
bool fault_heads_settle(struct fault_heads *heads, uint64_t hash, bool kernel,
			bool *lost);

/*
 * The line with this @hash is a program's. True: it was why the report was @allowed,
 * which it is no longer.
 */
bool fault_heads_revoke(struct fault_heads *heads, bool *allowed, uint64_t hash);

#endif

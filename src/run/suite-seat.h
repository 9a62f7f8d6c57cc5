/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One VM of a suite. suite-seat.c gives it orders and hears what becomes of them,
 * suite-settle.c finds what that means for the cases, and suite-loop.c decides which VMs
 * there are.
 */
#ifndef RAPIDO_SUITE_SEAT_H
#define RAPIDO_SUITE_SEAT_H

#include "run-vm.h"
#include "suite-loop.h"

/* What a VM was told last. */
enum seat_work {
	SEAT_BOOTS, /* nothing yet */
	SEAT_ARGS,
	SEAT_LISTS,
	SEAT_RUNS,
	SEAT_ENDS, /* that there is nothing more */
};

/* A case that has ended while the kernel's report of a fault may be on its way. */
struct seat_held {
	size_t nr;    /* the case's in the suite, */
	size_t index; /* and in the record */
	struct suite_attempt attempt;
	uint64_t at_ms; /* when it ended */
};

/* A place for a VM. Times are those of conversation_ms(). */
struct seat {
	struct suite_loop *loop;
	bool taken; /* it has one */
	unsigned int number;
	char *mark; /* "vm 3" */
	struct rundir dir;
	struct run_record record;
	struct run_vm run;
	struct suite_ears ears;

	enum seat_work work;
	bool ready; /* it waits for an order; the last one returned @returned */
	unsigned int returned;
	struct suite_batch batch;
	bool reported[SUITE_BATCH_MAX]; /* of these, the ones that have ended */
	size_t current; /* in the batch: it is running; SIZE_MAX: none is */
	uint64_t
		begun_ms; /* when it began; if none is, when the last order or case did */
	uint64_t
		limit_ms; /* when its time was over, and its kernel was asked why; or 0 */
	size_t nr_ended;  /* cases that ended in this VM */
	struct seat_held *held;
	size_t nr_held, alloc_held;
	bool spoilt; /* its kernel has reported a fault, and it is going to be stopped */
	char *mistake; /* what the suite's script has done wrong, or NULL */
};

/* --- suite-seat.c --- */

/* Set the ears of a new seat. */
void seat_init(struct seat *seat);

/* The guest waits for an order: take the result of the last one, and give the next. */
void seat_take_ready(struct seat *seat);

/* The case with this number in the batch. */
struct suite_case *seat_case(const struct seat *seat, size_t in_batch);

/* The running case has ended like this; the attempt's strings become the seat's. */
void seat_end_case(struct seat *seat, struct suite_attempt attempt);

/* suite_run has returned: it should have reported all of its order. */
void seat_check_reports(struct seat *seat);

/* What has not ended of the order is run later, in this VM or in another one. */
void seat_put_back_rest(struct seat *seat);

/* When to call the next function, RUN_NEVER. It ends a VM whose case takes too long, or
 * whatever its script does instead of one. */
uint64_t seat_due(const struct seat *seat);
void seat_keep_limit(struct seat *seat);

/* --- suite-settle.c --- */

/* The case @nr of the suite has ended: move the files that it has kept. */
void seat_take_files(struct seat *seat, size_t nr);

/* Write down what is known of the cases that have ended: all, or only those for which no
 * report of the kernel is on its way. */
void seat_settle(struct seat *seat, bool all);

/* The VM has ended, and verdict_judge() has judged it: find what that means for the case
 * that was running, for cases before it, or for the suite. */
void seat_judge_end(struct seat *seat);

/* The last lines of what the case printed. Heap, or NULL if that is nothing. */
char *seat_last_lines(const struct run_case *c);

/* --- suite-loop.c --- */

/* No VM starts any more, and those that run are stopped. */
void suite_loop_end(struct suite_loop *loop);

/* There is nothing to judge, and @why (heap) says the reason: the same. */
void suite_loop_refuse(struct suite_loop *loop, char *why);

/* Now that the cases are known, and how large a VM is: how many there may be. */
void suite_loop_allow_jobs(struct suite_loop *loop, const struct seat *seat);

#endif

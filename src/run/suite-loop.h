/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VMs of a suite, and what each of them runs next. suite-run.c decides which cases
 * there are, and what is said about it all in the end.
 */
#ifndef RAPIDO_SUITE_LOOP_H
#define RAPIDO_SUITE_LOOP_H

#include "run/runs.h"
#include "run/suite.h"
#include "suite-report.h"
#include "worker/worker.h"

struct seat;

struct suite_loop {
	/* set by the caller: */
	const struct run_config *config;
	const struct run_vm_config *vm; /* what each VM is */
	struct suite *suite;
	const struct rundir *dir; /* the run's */
	int signals;		  /* see signal_fd_open() */
	uint64_t start_ms;	  /* see monotonic_ms(): --timeout counts from here */
	unsigned int first_vm;	  /* so many VMs had a number already */
	int journal;		  /* to write attempts to; -1: @listed will set it */
	bool has_list;		  /* the cases are known, and started */
	size_t jobs; /* VMs at a time, at least 1; fixed when the loop runs */
	struct workers
		*workers; /* as many as @jobs, which run them; NULL: they run here */
	uint64_t memory;  /* that the VMs may have together; UINT64_MAX: any */
	/* the list has come: set the suite, and start it. False: @refusal says why not */
	bool (*listed)(struct suite_loop *loop, const char *text, size_t size);
	/* an attempt at the case has ended: the last one that it has so far */
	void (*case_ended)(struct suite_loop *loop, const struct suite_case *c);
	void *data;

	/* what became of it: */
	unsigned int vms;    /* that were started */
	size_t jobs_allowed; /* less than @jobs if the memory, or the list, is too small
			      */
	struct suite_incident *incidents;
	size_t nr_incidents, alloc_incidents;
	int signal;	   /* that has ended it, or 0 */
	bool timed_out;	   /* --timeout has passed */
	char *refusal;	   /* why there was nothing to judge; heap, or NULL */
	char *host_error;  /* the host could not go on: "cannot write ...": heap, or NULL
			    */
	const char *accel; /* of the VMs, or NULL */
	char *kernel_version; /* heap, or NULL */

	/* its own: */
	struct seat *seats; /* places for VMs, as many as @jobs */
	bool over;	    /* no VM starts, and those that run must end */
	bool progress; /* a case has ended since the last incident; or there was none */
	size_t barren; /* VMs that ended since a case was judged */
	bool stuck;    /* two incidents, and no case that ended between them: no other VM
			  starts until one does */
	uint64_t shown_ms; /* when the line about progress was made last */
	struct strbuf list;
};

/* Run the VMs until nothing is left to run, or it is over. On return no VM is left. */
void suite_loop_run(struct suite_loop *loop);
void suite_loop_release(struct suite_loop *loop);

/* Note that the host "cannot @what: ...", with a message; all VMs end. */
void suite_loop_host_failed(struct suite_loop *loop, const char *what, int err);

#endif

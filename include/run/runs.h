/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runs of one `rapido run`: what they were asked to be, and running them. Each boots
 * the VM of the test, and before it those of its helpers (--with) if there are any.
 */
#ifndef RAPIDO_RUNS_H
#define RAPIDO_RUNS_H

#include "cut/cut-image.h"
#include "run/rundir.h"
#include "vm/boot.h"

/* One VM of each run. Plain data. */
struct run_vm_config {
	char *name; /* of a helper: a plain name, no two alike; NULL: it is the test */
	struct cut_result cut; /* the image, if it was cut now */
	struct boot boot;      /* the image and its kernel */
	struct strvec allow;   /* expressions for faults_allow(), checked */
	int out, err; /* where its scripts' standard output and error go; -1: nowhere */
	int in;	      /* what they get as standard input; -1: nothing */
	bool merge;   /* their standard error joins their output */
};

/*
 * What the command line says, with pointers to its words, and what was made of it. Plain
 * data, which a run only reads.
 */
struct run_config {
	struct cut_args cut;	   /* of the test; the kernel is every VM's */
	const char *test, *image;  /* one of them, the other is NULL */
	const char *results;	   /* directory, or NULL for a new one */
	struct strvec with, allow; /* helpers' tests; expressions for faults */
	/* limits in seconds; 0: see run-limits.h */
	unsigned long timeout, boot_timeout, hang_timeout;
	const char *on_fault; /* "stop", "continue" */
	const char *tap; /* a failed TAP case will "fail" the run, or is a "report" */
	bool no_fault_check;
	unsigned long
		repeat;	    /* run so often; 0: once, or with until_failure any number */
	bool until_failure; /* but not after a run that did not pass */
	const char *junit;  /* write JUnit XML there, or NULL */
	bool json;	    /* print the status on standard output */

	uint64_t start_ms;	   /* monotonic_ms() when all began, before the cut */
	uint64_t log_max;	   /* bytes of each log; 0: RUN_LOG_MAX */
	bool show_log;		   /* the kernel's log goes to standard error, too */
	struct rundir dir;	   /* of the only run; each of many has "1", "2", ... */
	struct run_vm_config *vms; /* helpers in their order, then the test */
	size_t nr_vms;
};

/* Whether there may be more than one run. */
static inline bool run_config_is_many(const struct run_config *config)
{
	return config->repeat || config->until_failure;
}

/* Free what it owns: lists, VMs, and the directory's descriptor. */
void run_config_release(struct run_config *config);

/*
 * Run them, tell about each, and write the files about all. The exit status for rapido:
 * that of the first run that did not pass, or of the one that a signal has ended.
 */
int runs_run(const struct run_config *config);

#endif

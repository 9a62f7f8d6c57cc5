/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runs of one `rapido run`: their configuration, and running them. Each run boots the
 * VM of the test, and before it those of its helpers (--with), if any.
 */
#ifndef RAPIDO_RUNS_H
#define RAPIDO_RUNS_H

#include "cut/cut-image.h"
#include "run/rundir.h"
#include "vm/boot.h"

/* One VM of each run. Plain data. */
struct run_vm_config {
	char *name; /* of a helper: a plain and unique name; NULL: it is the test */
	struct cut_result cut; /* the image, if it was cut now */
	struct vm_args asked;  /* of a helper: the kernel and the network of the others */
	struct boot boot;      /* the image and its kernel */
	struct strvec allow;   /* expressions for faults_allow(), checked */
	int out, err; /* where its scripts' standard output and error go; -1: nowhere */
	int in;	      /* what they get as standard input; -1: nothing */
	bool merge;   /* their standard error joins their output */
};

/* What the command line says of a suite, see suite-run.h. Pointers to its words. */
struct suite_options {
	struct strvec args;	    /* for the suite: the words after -- */
	bool expected;		    /* the manifest says that the test is a suite */
	const char *given;	    /* an option that only suites have, or NULL */
	unsigned long jobs;	    /* VMs at a time, at most; 0: one */
	unsigned long case_timeout; /* seconds; 0: the manifest's, or the usual one */
	unsigned long retry;
	struct strvec select, exclude,
		known_failures; /* patterns; patterns or @FILE; files */
	const char *shuffle;	/* seed, NULL: the suite's own order */
	const char *shard;	/* "I/N": only that part of the cases; NULL: all */
	const char *compare;	/* an earlier run, or a file of one; NULL */
	const char *resume;	/* a run to go on with (--continue); NULL */
	char *compare_path;	/* where that is, found by run_prepare(); heap */
	struct strvec workers;	/* commands that start a worker */
};

/*
 * The command line's options, with pointers to its words, and what run_prepare() has made
 * of them. Plain data, which the runs only read.
 */
struct run_config {
	struct cut_args cut; /* for the test; its kernel is every VM's */
	/* at most one of these; if neither, the image is what @cut adds */
	const char *test, *image;
	const char *results;	   /* directory, or NULL for a new one */
	struct strvec with, allow; /* helpers' tests; expressions for faults */
	/* limits in seconds; 0: see run-limits.h */
	unsigned long timeout, boot_timeout, hang_timeout;
	const char *on_fault; /* "stop", "continue", "dump" */
	const char
		*tap; /* failed TAP cases "fail" the run, or there is only a "report" */
	bool no_fault_check;
	unsigned long
		repeat;	    /* number of runs; 0: one, or with until_failure any number */
	bool until_failure; /* stop after a run that did not pass */
	const char *junit;  /* write JUnit XML there, or NULL */
	struct suite_options suite;
	bool json; /* print the status on standard output */

	uint64_t start_ms;	   /* monotonic_ms() when all began, before the cut */
	uint64_t log_max;	   /* bytes of each log; 0: RUN_LOG_MAX */
	bool show_log;		   /* the kernel's log goes to standard error, too */
	struct rundir dir;	   /* of the only run; many have "1", "2", ... in it */
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
 * Run them, print a message about each, and write the files about all of them. Returns
 * rapido's exit status: that of the run that a signal has ended, else of the first run
 * that did not pass.
 */
int runs_run(const struct run_config *config);

#endif

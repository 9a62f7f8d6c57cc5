/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run with all that belongs to it: directories, records, VMs, files. */
#ifndef RAPIDO_RUN_ONCE_H
#define RAPIDO_RUN_ONCE_H

#include "run/supervise.h"

/* One of its VMs. */
struct run_plan {
	const char *name;	    /* of a helper, no two alike; NULL: it is the test */
	struct run_options run;	    /* without its directory */
	const struct strvec *allow; /* expressions for faults_allow(), checked */
};

struct run_once {
	const struct run_plan
		*plans; /* of helpers, in their order; the test's is the last */
	size_t nr;
	const struct rundir *dir; /* helpers have subdirectories of it */
	int signals;		  /* what vm_catch_signals() returned */
	uint64_t start_ms;	  /* monotonic_ms() when this run began, with its cut */
};

/* Note in a new record what is known before the run. @dir is a path, or NULL. */
void run_once_describe(struct run_record *record, const struct run_plan *plan,
		       const char *dir);

/* Run it; @record, which is described, is judged, and the files of the run are written.
 */
void run_once(const struct run_once *once, struct run_record *record);

/* "cannot write '@what'" on the host: no run that passes. The record is judged again. */
void run_once_failed(struct run_record *record, const char *what, int err);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runs of one `rapido run`: one, a number of them, or until one fails. */
#ifndef RAPIDO_RUNS_H
#define RAPIDO_RUNS_H

#include "run/run-once.h"

struct runs_options {
	const struct run_plan *plans; /* see struct run_once */
	size_t nr;
	const struct rundir *dir; /* of the only run; or its subdirectories 1, 2, ... */
	bool many;		  /* there may be more than one */
	unsigned long repeat;	  /* at most so many; 0: any number */
	bool until_failure;
	const char *junit; /* file, or NULL */
	bool json;	   /* on standard output */
	uint64_t start_ms; /* monotonic_ms() when the first began, with its cut */
};

/*
 * Run them, tell about each, and write the files about all. The exit status for rapido:
 * that of the first run that did not pass, or of the one that a signal has ended.
 */
int runs_run(const struct runs_options *options);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory for the logs and results of a run. */
#ifndef RAPIDO_RUNDIR_H
#define RAPIDO_RUNDIR_H

#include "lib/util.h"

/* The limits on the directories that rapido names itself, whose oldest are removed. */
#define RUNDIR_KEEP  100
#define RUNDIR_TOTAL (20ULL << 30) /* bytes, unless the caller has another limit */

struct rundir {
	char *path; /* absolute */
	int fd;	    /* locked: two runs do not write into one directory */
};

/* The subdirectory with the helpers' directories (--with), which have their names. */
#define RUNDIR_WITH "with"

#define RUNDIR_INIT      \
	{                \
		.fd = -1 \
	}

/* The names of rapido's own files in it; NULL after the last. */
extern const char *const rundir_reserved[];

/*
 * Use @path, which is created with its parents if necessary. 0, or -errno after a
 * message: -EWOULDBLOCK if another run uses it, -EEXIST if it is not empty and no run has
 * used it before (see made.h), -EACCES or -EROFS if no files can be created in it.
 * rapido's own files of an earlier run, its helpers and its cases (suite-run.h) are
 * removed, other files stay.
 */
int rundir_open(struct rundir *dir, const char *path);

/* The same for a directory that is there, in which everything stays. */
int rundir_open_again(struct rundir *dir, const char *path);

/*
 * The run that the user calls @name: the path of a directory or a file, or else a name
 * below @state/results, where "last" is the last one. Heap; NULL after a message.
 */
char *rundir_find(const char *state, const char *name);

/*
 * Create a new directory in @state/results, named after the time and @test (a name or a
 * path), and make the link @state/results/last point to it. The oldest directories beyond
 * RUNDIR_KEEP or @total bytes are removed unless they are in use. 0, or -errno after a
 * message.
 */
int rundir_new(struct rundir *dir, const char *state, const char *test, uint64_t total);

void rundir_release(struct rundir *dir);

/* Create a file in it, replacing one that was there: a descriptor for writing, or -errno.
 */
int rundir_create(const struct rundir *dir, const char *name);

/* Write a complete file, or none. 0, or -errno after a message. */
int rundir_write(const struct rundir *dir, const char *name, const void *data,
		 size_t size);

#endif

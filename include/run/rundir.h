/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory that a run leaves its logs and results in. */
#ifndef RAPIDO_RUNDIR_H
#define RAPIDO_RUNDIR_H

#include "lib/util.h"

/* Of the directories that rapido names itself so many are kept. */
#define RUNDIR_KEEP  100
#define RUNDIR_TOTAL (20ULL << 30) /* bytes of them, unless somebody says otherwise */

struct rundir {
	char *path; /* absolute */
	int fd;	    /* locked: two runs do not write into one directory */
};

/* The subdirectory with those of helpers (--with), by their names. */
#define RUNDIR_WITH "with"

#define RUNDIR_INIT      \
	{                \
		.fd = -1 \
	}

/* Names of rapido's own in it; NULL after the last. */
extern const char *const rundir_reserved[];

/* Use @path, which is made with its parents if it is not there. 0, or -errno after a
 * message: -EWOULDBLOCK when another run uses it, -EEXIST when it is neither empty nor
 * was used by a run before (see made.h), -EACCES or -EROFS when no files can be made in
 * it. Files of rapido's own that are there from a former run and from its helpers are
 * removed, others stay. */
int rundir_open(struct rundir *dir, const char *path);

/*
 * Make a new one in @state/results, named after the time and @test (a name or a path),
 * and let the link @state/results/last point at it. The oldest beyond RUNDIR_KEEP, and
 * those beyond @total bytes, that are not in use are removed. 0, or -errno after a
 * message.
 */
int rundir_new(struct rundir *dir, const char *state, const char *test, uint64_t total);

void rundir_release(struct rundir *dir);

/* A new file in it, open for writing, in the place of one that was there; -errno. */
int rundir_create(const struct rundir *dir, const char *name);

/* Write a whole file, or none. 0, or -errno after a message. */
int rundir_write(const struct rundir *dir, const char *name, const void *data,
		 size_t size);

#endif

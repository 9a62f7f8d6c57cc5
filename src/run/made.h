/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of files and directories that runs have made in a directory of results, so
 *that the next run replaces these and nothing else. It is the file MADE_FILE there, which
 * begins with MADE_MARK; each record ends in a NUL, since names may have any other byte:
 *
 *	d PATH
 *	f SIZE SECONDS.NANOSECONDS PATH
 *
 * A later record for a path replaces the earlier one.
 */
#ifndef RAPIDO_MADE_H
#define RAPIDO_MADE_H

#include <sys/stat.h>

#include "lib/strmap.h"

#define MADE_FILE ".rapido-run"
#define MADE_MARK "what runs of rapido have made here"

struct made {
	struct strmap known; /* by path */
	int fd;		     /* the list, to append to; -1: it is not open */
};

#define MADE_INIT        \
	{                \
		.fd = -1 \
	}

/*
 * Whether a run may use the directory @dir_fd: 0 if it is empty, or if its list or its
 * status.json shows that a run has used it before; -EEXIST if something else is in it, of
 * which @other (heap) is the name; or -errno.
 */
int made_may_use(int dir_fd, char **other);

/* Read the list of the directory, or create it. 0 or -errno; after an error nothing is
 * known, and nothing can be added. Call made_release() in any case. */
int made_open(struct made *made, int dir_fd);
void made_release(struct made *made);

/* Note that a directory or a file, of @st's size and time, is about to be made at @path
 * below the directory. 0 or -errno. */
int made_add_dir(struct made *made, const char *path);
int made_add_file(struct made *made, const char *path, const struct stat *st);

/* Whether a run has made it. A file whose size or time has changed since then is not the
 * run's any more. */
bool made_has_dir(const struct made *made, const char *path);
bool made_has_file(const struct made *made, const char *path, const struct stat *st);

#endif

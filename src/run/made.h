/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What runs have made in a directory of results, so that the next one replaces that and
 * nothing else: a list in the file MADE_FILE there. It begins with MADE_MARK; each record
 * ends in a NUL, because names may have anything else in them:
 *
 *	d PATH
 *	f SIZE SECONDS.NANOSECONDS PATH
 *
 * A later record for a path stands for the earlier one.
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
 * Whether a run may use the directory @dir_fd: 0 when it is empty, or was used by a run
 * before, by its list or its status.json; -EEXIST when something else is in it, whose
 * name is then @other (heap); or -errno.
 */
int made_may_use(int dir_fd, char **other);

/* Read the list of the directory, which is made if there is none. 0 or -errno, after
 * which nothing is known and nothing is noted. made_release() in any case. */
int made_open(struct made *made, int dir_fd);
void made_release(struct made *made);

/* Note what is about to be made at @path below the directory. @st has the file's size and
 * time. 0 or -errno. */
int made_add_dir(struct made *made, const char *path);
int made_add_file(struct made *made, const char *path, const struct stat *st);

/* Whether a run has made that. A file that has another size or time than it got is not
 * the run's any more. */
bool made_has_dir(const struct made *made, const char *path);
bool made_has_file(const struct made *made, const char *path, const struct stat *st);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Temporary directories that do not outlive rapido for long: each is locked while it is
 * in use, and whoever makes one removes those of processes that were killed.
 */
#ifndef RAPIDO_TMPDIR_H
#define RAPIDO_TMPDIR_H

#include "lib/util.h"

struct tmpdir {
	char *path; /* NULL: there is none */
	int fd;	    /* the directory, which is locked */
};

#define TMPDIR_INIT      \
	{                \
		.fd = -1 \
	}

/* Remove the directories that killed processes of this user have left in @dir. */
void tmpdir_clean(const char *dir);

/*
 * Make a temporary directory in @dir after tmpdir_clean(); @dir is made if it does not
 * exist. 0 or -errno.
 */
int tmpdir_init(struct tmpdir *tmpdir, const char *dir);

/*
 * Make a temporary directory in the existing directory @dir, to which others write as
 * well, such as /tmp. Nothing else in it is examined, so what a killed process left
 * stays. 0 or -errno.
 */
int tmpdir_init_shared(struct tmpdir *tmpdir, const char *dir);

/* Remove the directory with everything in it. */
void tmpdir_release(struct tmpdir *tmpdir);

#endif

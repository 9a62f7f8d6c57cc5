/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Temporary directories that do not outlive rapido for long: each is locked while it is
 * in use, and whoever makes one removes those that a killed process left.
 */
#ifndef RAPIDO_TMPDIR_H
#define RAPIDO_TMPDIR_H

#include "lib/util.h"

struct tmpdir {
	char *path; /* NULL: none */
	int fd;	    /* the directory, locked */
};

#define TMPDIR_INIT      \
	{                \
		.fd = -1 \
	}

/* Remove what killed processes of this user have left in @dir. */
void tmpdir_clean(const char *dir);

/* Make one in @dir, which is made if it is not there, and cleaned. 0 or -errno. */
int tmpdir_init(struct tmpdir *tmpdir, const char *dir);

/*
 * Make one in @dir, which is there and which others write to as well, such as /tmp: what
 * else is in it is not looked at, so one that a killed process left stays. 0 or -errno.
 */
int tmpdir_init_shared(struct tmpdir *tmpdir, const char *dir);

/* Remove it with all that is in it. */
void tmpdir_release(struct tmpdir *tmpdir);

#endif

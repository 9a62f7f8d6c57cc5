/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Temporary directories that do not outlive rapido for long: each is locked while it is
 * in use, and whoever makes one removes those that a killed process left.
 */
#ifndef RAPIDO_STAGE_H
#define RAPIDO_STAGE_H

#include "lib/util.h"

struct stage {
	char *path; /* NULL: none */
	int fd;	    /* the directory, locked */
};

#define STAGE_INIT       \
	{                \
		.fd = -1 \
	}

/* Remove what killed processes of this user have left in @dir. */
void stage_clean(const char *dir);

/* Make one in @dir, which is made if it is not there, and cleaned. 0 or -errno. */
int stage_init(struct stage *stage, const char *dir);

/*
 * Make one in @dir, which is there and which others write to as well, such as /tmp: what
 * else is in it is not looked at, so one that a killed process left stays. 0 or -errno.
 */
int stage_init_shared(struct stage *stage, const char *dir);

/* Remove it with all that is in it. */
void stage_release(struct stage *stage);

#endif

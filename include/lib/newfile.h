/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that gets its name when it is complete, in place of what has it then. */
#ifndef RAPIDO_NEWFILE_H
#define RAPIDO_NEWFILE_H

#include <sys/types.h>

#include "lib/util.h"

struct newfile {
	int fd; /* to write to, and to read */
	char *path, *tmp;
	bool named; /* it has the name @tmp meanwhile: the file system requires one */
};

#define NEWFILE_INIT     \
	{                \
		.fd = -1 \
	}

/*
 * Begin the file @path, with @mode less the umask. If @path is something that cannot be
 * replaced, such as a device, it is opened itself, for writing only. 0, or -errno;
 * newfile_release() either way.
 */
int newfile_open(struct newfile *file, const char *path, mode_t mode);

/* It is complete: give it its name. 0, or -errno and all is as it was. */
int newfile_commit(struct newfile *file);

/* Close it. If it was not completed, nothing is left of it. */
void newfile_release(struct newfile *file);

#endif

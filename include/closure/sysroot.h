/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory that stands for "/": the host's root, or a tree that a test made. Paths are
 * looked up as by a process that has changed its root to it: absolute links and ".." stay
 * inside. The caller is told about every symbolic link on the way.
 */
#ifndef RAPIDO_SYSROOT_H
#define RAPIDO_SYSROOT_H

#include <dirent.h>
#include <sys/stat.h>

#include "lib/strmap.h"

struct sysroot {
	int fd;		     /* for openat(2), with a path from path_relative() */
	struct strmap parts; /* directories and links that were seen before */
};

#define SYSROOT_INIT     \
	{                \
		.fd = -1 \
	}

/* Open @path as a root. 0 or -errno. sysroot_release() closes it. */
int sysroot_init(struct sysroot *root, const char *path);
void sysroot_release(struct sysroot *root);

/*
 * Called for a symbolic link, with its path, in which only the last part is a link, and
 * its text. @last: it is the last part of the path that is resolved, not a directory on
 * the way.
 */
typedef void (*sysroot_link_fn)(void *ctx, const char *path, const char *target,
				bool last);

/*
 * Resolve @path (absolute, below the root). @canonical gets the path without links, on
 * the heap, and @st the status; either may be NULL. @on_link, unless it is NULL, is
 * called for each link on the way, the outermost first.
 *
 * Returns 0, or -ENOENT, -ENOTDIR, -EACCES, -ELOOP (more than 40 links, see
 * path_resolution(7)), -ENAMETOOLONG. Directories and links are cached, so the root must
 * not change while it is in use.
 */
int sysroot_resolve(struct sysroot *root, const char *path, char **canonical,
		    struct stat *st, sysroot_link_fn on_link, void *ctx);

/*
 * Whether @path exists, and for sysroot_is_file() whether it is a regular file. Links are
 * followed.
 */
bool sysroot_exists(struct sysroot *root, const char *path);
bool sysroot_is_file(struct sysroot *root, const char *path);

/* Open a canonical path for reading. A descriptor or -errno. */
int sysroot_open(const struct sysroot *root, const char *canonical);

/* Open the directory @path, following links, for closedir(3). NULL on failure. */
DIR *sysroot_open_dir(struct sysroot *root, const char *path);

/* Read the file @path as io_read_file() does, following links inside the root. */
int sysroot_read_file(struct sysroot *root, const char *path, size_t limit, char **data,
		      size_t *size);

#endif

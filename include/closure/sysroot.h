/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory that stands for "/": the host's own root, or a tree that a test made. Paths
 * are looked up below it as a process that had changed its root there would (absolute
 * links and ".." stay inside), and every symbolic link on the way is told to the caller.
 */
#ifndef RAPIDO_SYSROOT_H
#define RAPIDO_SYSROOT_H

#include <dirent.h>
#include <sys/stat.h>

#include "lib/strmap.h"

struct sysroot {
	int fd;		     /* for openat(2) with a path from path_relative() */
	struct strmap parts; /* directories and links already seen on the way */
};

#define SYSROOT_INIT     \
	{                \
		.fd = -1 \
	}

/* Open @path as a root; 0 or -errno. sysroot_release() closes it. */
int sysroot_init(struct sysroot *root, const char *path);
void sysroot_release(struct sysroot *root);

/*
 * Called for a symbolic link: its own path (no link in it but the last part), and its
 * text.
 * @last: the link stands for the thing itself, not for a directory on the way to it.
 */
typedef void (*sysroot_link_fn)(void *ctx, const char *path, const char *target,
				bool last);

/*
 * Follow @path (absolute, below the root) to what it names. @canonical gets the path with
 * no link in it, on the heap, and @st its status; either may be NULL. @on_link, when not
 * NULL, is called for each link passed, outermost first.
 *
 * Returns 0, or -ENOENT, -ENOTDIR, -EACCES, -ELOOP (more than 40 links, as
 * path_resolution(7) has it), -ENAMETOOLONG. Directories and links are remembered, so a
 * root must not change while it is in use.
 */
int sysroot_resolve(struct sysroot *root, const char *path, char **canonical,
		    struct stat *st, sysroot_link_fn on_link, void *ctx);

/* Whether @path leads to anything, or, for sysroot_is_file(), to a regular file. */
bool sysroot_exists(struct sysroot *root, const char *path);
bool sysroot_is_file(struct sysroot *root, const char *path);

/* Open a canonical path for reading; a descriptor or -errno. */
int sysroot_open(const struct sysroot *root, const char *canonical);

/* Open the directory that any path leads to, for closedir(3); NULL if that cannot be. */
DIR *sysroot_open_dir(struct sysroot *root, const char *path);

/* As io_read_file(), for any path: links are followed inside the root. */
int sysroot_read_file(struct sysroot *root, const char *path, size_t limit, char **data,
		      size_t *size);

#endif

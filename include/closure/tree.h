/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Adds files, and directories with everything below them, to a plan. */
#ifndef RAPIDO_TREE_H
#define RAPIDO_TREE_H

#include "image/plan.h"
#include "lib/report.h"
#include "closure/sysroot.h"

/*
 * Called for each regular file that is added, with its index in the plan, its canonical
 * source and its status.
 */
typedef void (*tree_file_fn)(void *ctx, int index, const char *source,
			     const struct stat *st);

/* Whether @name, and everything below it, is to be left out. */
typedef bool (*tree_skip_fn)(void *ctx, const char *name);

/*
 * Add the directory @source (canonical, below @root) and everything below it as @path:
 * files with their owners, modes and times, symbolic links as links. The names in a
 * directory are added in byte order, so that the result does not depend on the file
 * system. Sockets, FIFOs and devices are left out. What cannot be read is reported. 0, or
 * the first -errno.
 */
int tree_add(struct plan *plan, const char *path, struct sysroot *root,
	     const char *source, struct plan_reason reason, tree_file_fn on_file,
	     void *ctx, struct report *report);

/* The same, but leave out what @skip selects. */
int tree_add_some(struct plan *plan, const char *path, struct sysroot *root,
		  const char *source, struct plan_reason reason, tree_skip_fn skip,
		  tree_file_fn on_file, void *ctx, struct report *report);

/*
 * Add the regular file @source (absolute; links are followed) as @path. @normalise: see
 * plan_add_file(). 0, also if a filter excludes it, or -errno; nothing is reported.
 */
int tree_add_file(struct plan *plan, const char *path, struct sysroot *root,
		  const char *source, bool normalise, struct plan_reason reason);

/*
 * Add the file or directory @path under its own path, with the links that lead to it, but
 * nothing below it. @canonical, unless it is NULL, gets the path without links (heap),
 * and @st the status. The index of its entry, PLAN_FILTERED, or -errno: -EINVAL if it is
 * neither; nothing is reported.
 */
int tree_add_path(struct plan *plan, struct sysroot *root, const char *path,
		  struct plan_reason reason, char **canonical, struct stat *st);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of the host, and directories with all that is below them, as entries of a plan.
 */
#ifndef RAPIDO_TREE_H
#define RAPIDO_TREE_H

#include "image/plan.h"
#include "lib/report.h"
#include "closure/sysroot.h"

/* Called for each regular file added: its index in the plan, its canonical source,
 * status. */
typedef void (*tree_file_fn)(void *ctx, int index, const char *source,
			     const struct stat *st);

/* Whether what is called @name, and all below it, is to be left out. */
typedef bool (*tree_skip_fn)(void *ctx, const char *name);

/*
 * Add the directory @source (canonical, below @root) and all below it as @path: files
 * with their owners, modes and times, symbolic links as links. Each directory's names are
 * taken in byte order, so the result does not depend on the file system. Sockets, FIFOs
 * and devices are left out. What cannot be read is reported; 0, or the first -errno then.
 */
int tree_add(struct plan *plan, const char *path, struct sysroot *root,
	     const char *source, struct plan_reason reason, tree_file_fn on_file,
	     void *ctx, struct report *report);

/* The same, but for what @skip does not want. */
int tree_add_some(struct plan *plan, const char *path, struct sysroot *root,
		  const char *source, struct plan_reason reason, tree_skip_fn skip,
		  tree_file_fn on_file, void *ctx, struct report *report);

/*
 * Add the regular file @source (absolute; links are followed) as @path. @normalise: see
 * plan_add_file(). 0, also when a filter keeps it out, or -errno; nothing is reported.
 */
int tree_add_file(struct plan *plan, const char *path, struct sysroot *root,
		  const char *source, bool normalise, struct plan_reason reason);

/*
 * Add the file or directory (that alone) at @path, where it is, with the links that lead
 * to it. The path without links goes to @canonical (heap) when that is not NULL, its
 * status to @st. The index of its entry, PLAN_FILTERED, or -errno: -EINVAL when it is
 * neither; nothing is reported.
 */
int tree_add_path(struct plan *plan, struct sysroot *root, const char *path,
		  struct plan_reason reason, char **canonical, struct stat *st);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interpreters that cannot start, or do next to nothing, without a library of their own:
 * the files that came with them, not the packages that were installed later.
 */
#ifndef RAPIDO_RUNTIME_H
#define RAPIDO_RUNTIME_H

#include "lib/str.h"
#include "closure/sysroot.h"

struct runtime;

/* The kind of interpreter that a program at @path is by its name, or NULL. */
const struct runtime *runtime_of(const char *path);

/*
 * Append the directories of the library of the interpreter @path (canonical), those that
 * are there. It is started, and tells them, if @root is the machine's own, and if nobody
 * but root and the caller can have changed it; else they are where it usually has them.
 */
void runtime_dirs(const struct runtime *runtime, struct sysroot *root, const char *path,
		  struct strvec *dirs);

/* Whether what is called @name in such a directory is of no use in a VM: its tests, what
 * it takes to build with it. */
bool runtime_skips(const struct runtime *runtime, const char *name);

/* A file of each such directory that is complete, or of one that a manifest has made. */
const char *runtime_landmark(const struct runtime *runtime);

#endif

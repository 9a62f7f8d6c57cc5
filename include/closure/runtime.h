/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interpreters that can do little or nothing without their standard library: the files
 * that come with them, not packages that are installed later.
 */
#ifndef RAPIDO_RUNTIME_H
#define RAPIDO_RUNTIME_H

#include "lib/str.h"
#include "closure/sysroot.h"

struct runtime;

/* The kind of interpreter that the program @path is, by its name; or NULL. */
const struct runtime *runtime_of(const char *path);

/*
 * Append the existing directories of the library of the interpreter @path (canonical).
 * The interpreter is run and asked, if @root is the machine's own and only root and the
 * caller can have changed the program; else its usual directories are used.
 */
void runtime_dirs(const struct runtime *runtime, struct sysroot *root, const char *path,
		  struct strvec *dirs);

/*
 * Whether @name in such a directory is of no use in a VM: tests, or files for building
 * with it.
 */
bool runtime_skips(const struct runtime *runtime, const char *name);

/*
 * A file that each complete directory of this kind contains, also one that a manifest
 * makes.
 */
const char *runtime_landmark(const struct runtime *runtime);

#endif

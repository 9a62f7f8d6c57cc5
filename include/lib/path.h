/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Path names as text: nothing here reads the file system, unless it says so. */
#ifndef RAPIDO_PATH_H
#define RAPIDO_PATH_H

#include "lib/util.h"

/* "DIR/NAME" with one slash between them; @name alone when it is absolute. Heap. */
char *path_join(const char *dir, const char *name);

/*
 * @path as an absolute path without empty, "." and ".." components: "/a/../b" becomes
 * "/b", and ".." at the top stays there. A relative path is relative to "/". Heap.
 */
char *path_clean(const char *path);

/* The directory part of @path: "/" for "/a", "." for "a". Heap. */
char *path_dirname(const char *path);

/*
 * The last component of @path, or @path itself if it has no slash: a pointer into @path.
 */
const char *path_basename(const char *path);

/* Whether @path is @dir or below it; both clean and absolute. */
bool path_below(const char *path, const char *dir);

/* @path as openat(2) below a directory needs it: a pointer behind its slashes, or ".". */
const char *path_relative(const char *path);

/* @path made absolute with getcwd(3), but not resolved. Heap. */
char *path_absolute(const char *path);

#endif

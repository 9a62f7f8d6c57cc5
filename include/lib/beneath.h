/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens directories below another one, for paths that somebody else chose: no symbolic
 * link is followed, and no path leads out. A path is relative, without empty, "." and
 * ".." parts; "" is the directory itself. Each function returns a descriptor or -errno:
 * -ENOTDIR or -ELOOP if a part is a symbolic link or no directory, -EXDEV for "..".
 */
#ifndef RAPIDO_BENEATH_H
#define RAPIDO_BENEATH_H

#include "lib/util.h"

/* Open the directory @path below @dir_fd. */
int beneath_open(int dir_fd, const char *path);

/* The same, but make missing directories, with mode 0700. */
int beneath_make(int dir_fd, const char *path);

/*
 * Do the same part by part. The two functions above fall back to this where the kernel or
 * the container has no openat2(2).
 */
int beneath_walk(int dir_fd, const char *path, bool make);

#endif

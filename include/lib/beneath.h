/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directories below another one, for paths that somebody else chose: no link is followed,
 * and nothing leads out. Paths are relative, without empty, "." and ".." parts; "" is the
 * directory itself. Each function returns a descriptor, or -errno: -ENOTDIR or -ELOOP
 * when a part is a link or no directory, -EXDEV for "..".
 */
#ifndef RAPIDO_BENEATH_H
#define RAPIDO_BENEATH_H

#include "lib/util.h"

/* Open the directory @path below @dir_fd. */
int beneath_open(int dir_fd, const char *path);

/* The same; what is missing is made, with mode 0700. */
int beneath_make(int dir_fd, const char *path);

/*
 * Either of them, part by part: what they do where a kernel or a container has no
 * openat2(2).
 */
int beneath_walk(int dir_fd, const char *path, bool make);

#endif

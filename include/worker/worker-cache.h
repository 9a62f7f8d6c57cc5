/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that a worker was sent: each once, under its SHA-256, in a directory of bounded
 * size. Several workers may share the directory, also by a network's file system.
 *
 * Reading a large file takes its time: @tick is called with @data now and then.
 */
#ifndef RAPIDO_WORKER_CACHE_H
#define RAPIDO_WORKER_CACHE_H

#include "lib/digest.h"
#include "lib/newfile.h"

/* What a file is known by: its content, and where the other side has it. */
struct worker_file {
	struct digest digest;
	uint64_t size;
	struct timespec mtime;
	char *path; /* absolute; heap */
};

void worker_file_release(struct worker_file *file);

/*
 * A descriptor of the file, and in *@path (heap) where it is: at the same path as at the
 * other side, if it has the same size, time and content there; or in the directory @dir,
 * if its content is what its name says. -ENOENT if it is in neither.
 */
int worker_cache_find(const char *dir, const struct worker_file *file, char **path,
		      void (*tick)(void *data), void *data);

/* Begin to store a file: write to @new->fd, and then call worker_cache_add(). 0 or
 * -errno; newfile_release() either way. */
int worker_cache_begin(const char *dir, const struct worker_file *file,
		       struct newfile *new);

/*
 * All is written: check the content, give the file its name, and remove those that were
 * not used for the longest time until there are at most @max bytes. 0; -EBADMSG if the
 * content is another one; or -errno.
 */
int worker_cache_add(const char *dir, const struct worker_file *file, struct newfile *new,
		     uint64_t max, void (*tick)(void *data), void *data);

#endif

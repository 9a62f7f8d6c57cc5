/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that arrives from a guest piece by piece, and what it may be called. Until it is
 * whole it has a temporary name in the directory where it will be.
 */
#ifndef RAPIDO_RESULTS_FILE_H
#define RAPIDO_RESULTS_FILE_H

#include "made.h"

/* Bytes of a name, and its parts. */
#define RESULTS_PATH_MAX  1024
#define RESULTS_DEPTH_MAX 32

/* Names with this end are rapido's own: a file has one until it is whole. */
#define RESULTS_TEMPORARY ".rapido-tmp"

/*
 * What is wrong with @path, which the guest sent as @len bytes, in words; NULL when it
 * may be used. @reserved: see results_init().
 */
const char *results_path_fault(const char *path, size_t len, const char *const *reserved);

/* What a file of this st_mode is that is neither a file nor a directory; NULL for these.
 */
const char *results_kind_fault(mode_t mode);

struct results_file {
	char *path; /* below the results' directory; checked by results_path_fault() */
	mode_t mode;
	struct timespec mtime;
	uint64_t size;
	int dir_fd, fd; /* its directory, and it; -1: it is not being written */
	char temporary[64];
};

#define RESULTS_FILE_INIT              \
	{                              \
		.dir_fd = -1, .fd = -1 \
	}

/*
 * Make it and the directories that lead to it. 0 or -errno: -EISDIR when a directory of
 * its name is there, -EEXIST when it is something that is not in @made, as beneath_make()
 * for the directories. @serial counts the temporary names that were used.
 */
int results_file_create(struct results_file *file, int top_fd, unsigned int *serial,
			const struct made *made);

/* Write at @offset. 0 or -errno. */
int results_file_write(struct results_file *file, const void *data, size_t size,
		       uint64_t offset);

/*
 * It is whole, but for a hole at its end if @short_of: give it its size, its mode, its
 * time and its name, and note it in @made. 0, or -errno, after which there is nothing of
 * it: -EEXIST as above. @meta_err is the -errno for which it has not got its mode or its
 * time, or 0.
 */
int results_file_place(struct results_file *file, bool short_of, struct made *made,
		       int *meta_err);

/* Close it and remove what there is of it, if it is being written. */
void results_file_drop(struct results_file *file);

#endif

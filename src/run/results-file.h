/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that arrives from a guest piece by piece, and the names that it may have. Until
 * it is complete it has a temporary name in its directory.
 */
#ifndef RAPIDO_RESULTS_FILE_H
#define RAPIDO_RESULTS_FILE_H

#include "made.h"

/* Limits of a name: its bytes, and the directories in it. */
#define RESULTS_PATH_MAX  1024
#define RESULTS_DEPTH_MAX 32

/* Names that end like this are rapido's own: a file has one until it is complete. */
#define RESULTS_TEMPORARY ".rapido-tmp"

/*
 * What is wrong with @path, which the guest sent as @len bytes, in words; NULL if it may
 * be used. For @reserved see results_init().
 */
const char *results_path_fault(const char *path, size_t len, const char *const *reserved);

/* Why a file of this st_mode is refused, in words; NULL for regular files and
 * directories.
 */
const char *results_kind_fault(mode_t mode);

struct results_file {
	char *path; /* below the results' directory; checked by results_path_fault() */
	mode_t mode;
	struct timespec mtime;
	uint64_t size;
	int dir_fd, fd; /* its directory, and the file; -1: it is not being written */
	char temporary[64];
};

#define RESULTS_FILE_INIT              \
	{                              \
		.dir_fd = -1, .fd = -1 \
	}

/*
 * Create the file and the directories above it. 0 or -errno: -EISDIR if there is a
 * directory of its name, -EEXIST if there is anything else that is not in @made; for the
 * directories as beneath_make(). @serial counts the temporary names that were used.
 */
int results_file_create(struct results_file *file, int top_fd, unsigned int *serial,
			const struct made *made);

/* Write at @offset. 0 or -errno. */
int results_file_write(struct results_file *file, const void *data, size_t size,
		       uint64_t offset);

/*
 * The file is complete, but for a hole at its end if @short_of: give it its size, mode,
 * time and name, and note it in @made. 0, or -errno, after which the file is removed:
 * -EEXIST as above. @meta_err becomes 0, or the -errno for which its mode or time could
 * not be set.
 */
int results_file_place(struct results_file *file, bool short_of, struct made *made,
		       int *meta_err);

/* If the file is being written, close and remove it. */
void results_file_drop(struct results_file *file);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log with a limit. A log within the limit is complete; a longer one has its beginning
 * and its end, and a line between them that says how much is left out.
 */
#ifndef RAPIDO_CAPFILE_H
#define RAPIDO_CAPFILE_H

#include "lib/util.h"

struct capfile {
	int fd;		 /* the beginning; -1: closed */
	int dir_fd;	 /* its directory; borrowed */
	uint64_t limit;	 /* bytes, at least 4 */
	uint64_t bytes;	 /* written to the log */
	uint64_t head;	 /* of these, in the beginning */
	int tails[2];	 /* files for the bytes after it, in turns; -1: not made yet */
	uint64_t len[2]; /* bytes in each of them */
	unsigned int at; /* the one that is being written */
};

/* Not open. */
#define CAPFILE_INIT                          \
	{                                     \
		.fd = -1, .tails = { -1, -1 } \
	}

/* Take over @fd, a new file in the directory @dir_fd. */
void capfile_init(struct capfile *file, int fd, int dir_fd, uint64_t limit);

/* Append. 0 or -errno. */
int capfile_write(struct capfile *file, const void *data, size_t size);

/* Append the end to the beginning, and close the log. 0 or -errno; harmless if it is
 * closed already. */
int capfile_finish(struct capfile *file);

/* Close the log as it is. */
void capfile_release(struct capfile *file);

/* The number of bytes that are, or will be, left out. */
uint64_t capfile_left_out(const struct capfile *file);

#endif

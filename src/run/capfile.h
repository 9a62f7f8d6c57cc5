/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log of which somebody else decides how long it becomes: within a limit it is whole,
 * beyond that it has its beginning and its end, and says what is left out between them.
 */
#ifndef RAPIDO_CAPFILE_H
#define RAPIDO_CAPFILE_H

#include "lib/util.h"

struct capfile {
	int fd;		 /* the beginning; -1: closed */
	int dir_fd;	 /* where it is; borrowed */
	uint64_t limit;	 /* bytes, at least 4 */
	uint64_t bytes;	 /* that came */
	uint64_t head;	 /* of these in the beginning */
	int tails[2];	 /* what came after it, in turns; -1: not made yet */
	uint64_t len[2]; /* of these */
	unsigned int at; /* the one that is written to */
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

/* Put the end behind the beginning, and close it. 0 or -errno; harmless when it is closed
 * already. */
int capfile_finish(struct capfile *file);

/* Close it as it is. */
void capfile_release(struct capfile *file);

/* Bytes that are, or will be, left out. */
uint64_t capfile_left_out(const struct capfile *file);

#endif

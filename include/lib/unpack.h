/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compressed data that stands somewhere in a file: its beginning, or all of it. */
#ifndef RAPIDO_UNPACK_H
#define RAPIDO_UNPACK_H

#include "lib/util.h"

/* The @size bytes at @offset of @fd; the file's position is neither used nor changed. */
struct packed {
	int fd;
	uint64_t offset;
	uint64_t size; /* may be more than the file has */
};

/*
 * The first @size bytes of what @packed unpacks to; their number, which is less only
 * when there are no more. Compressed with gzip, xz, lzma, lz4 or zstd; -EBADMSG for
 * anything else and for damage, or -errno of reading.
 */
ssize_t unpack_head(const struct packed *packed, void *data, size_t size);

/*
 * All of it, into memory: a descriptor that the caller closes, or -errno as above;
 * -EFBIG when that would have more than @limit bytes.
 */
int unpack_to_memory(const struct packed *packed, uint64_t limit);

/*
 * How many bytes the stream takes that @packed begins with, found without unpacking it:
 * of xz, of zstd (one frame), or of lz4 in the form that kernels have. @packed's size may
 * not be more than the file has. 0 for another format, or when it does not end in there.
 */
uint64_t unpack_stream_size(const struct packed *packed);

#endif

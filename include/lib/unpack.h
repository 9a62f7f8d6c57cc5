/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpacks compressed data that stands somewhere in a file: its beginning, or all of it.
 */
#ifndef RAPIDO_UNPACK_H
#define RAPIDO_UNPACK_H

#include "lib/util.h"

/* The @size bytes at @offset of @fd. The file's position is neither used nor changed. */
struct packed {
	int fd;
	uint64_t offset;
	uint64_t size; /* may be larger than the file */
};

/*
 * Unpack the first @size bytes of @packed. Returns their number, which is less only if
 * there are no more. Formats: gzip, xz, lzma, lz4, zstd. -EBADMSG for any other format
 * and for damaged data, or another -errno.
 */
ssize_t unpack_head(const struct packed *packed, void *data, size_t size);

/*
 * Unpack all of it into memory that nobody can change any more. Returns a descriptor,
 * which the caller closes, or -errno as above; -EFBIG if there are more than @limit
 * bytes.
 */
int unpack_to_memory(const struct packed *packed, uint64_t limit);

/*
 * The size of the compressed stream that @packed begins with, without unpacking it: of
 * xz, of zstd (one frame), or of lz4 in the form that kernels have. @packed->size may not
 * exceed the file. 0 for another format, or if the stream does not end in @packed.
 */
uint64_t unpack_stream_size(const struct packed *packed);

#endif

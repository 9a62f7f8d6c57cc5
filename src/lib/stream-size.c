// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the end of a compressed stream by its headers alone. libarchive takes whatever
 * follows xz, zstd or lz4 data for more of the same, while the kernel reads the next
 * archive there. Each step goes forward in the file, so that no wrong length can make it
 * run for longer than the file is.
 */
#include "lib/io.h"
#include "lib/unpack.h"

#define LZ4_LEGACY_MAGIC 0x184c2102U
/* LZ4_compressBound() of 8 MiB, the unpacked size of a chunk. */
#define LZ4_CHUNK_MAX ((8U << 20) + (8U << 20) / 255 + 16)

struct walk {
	const struct packed *packed;
	uint64_t pos; /* from the beginning of the stream */
	uint64_t ahead_pos;
	size_t ahead_len;
	bool failed; /* beyond the end of the file, or not valid in this format */
	unsigned char ahead[4096];
};

static unsigned char next_byte(struct walk *w)
{
	if (w->pos < w->ahead_pos || w->pos - w->ahead_pos >= w->ahead_len) {
		uint64_t left = w->pos < w->packed->size ? w->packed->size - w->pos : 0;
		size_t size = left < sizeof(w->ahead) ? (size_t)left : sizeof(w->ahead);
		ssize_t n = io_pread_full(w->packed->fd, w->ahead, size,
					  (off_t)(w->packed->offset + w->pos));

		w->ahead_pos = w->pos;
		w->ahead_len = n < 0 ? 0 : (size_t)n;
	}
	if (w->pos - w->ahead_pos >= w->ahead_len) {
		w->failed = true;
		return 0;
	}
	return w->ahead[w->pos++ - w->ahead_pos];
}

static void skip(struct walk *w, uint64_t size)
{
	if (w->pos > w->packed->size || size > w->packed->size - w->pos)
		w->failed = true;
	else
		w->pos += size;
}

static uint64_t little_endian(struct walk *w, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t)next_byte(w) << (8 * i);
	return value;
}

/*
 * RFC 8878, 3.1.1: the header of a frame, its blocks and its checksum. Begins after the
 * magic.
 */
static void walk_zstd(struct walk *w)
{
	static const unsigned char id_sizes[] = { 0, 1, 2, 4 };
	static const unsigned char content_sizes[] = { 0, 2, 4, 8 };
	unsigned char flags = next_byte(w);
	bool single = flags & 0x20, last = false;
	size_t content = content_sizes[flags >> 6];

	skip(w,
	     (single ? 0 : 1) + id_sizes[flags & 3] + (single && !content ? 1 : content));
	while (!w->failed && !last) {
		uint64_t block = little_endian(w, 3);

		last = block & 1;
		/* a repeated byte is stored once */
		skip(w, (block >> 1 & 3) == 1 ? 1 : block >> 3);
	}
	if (flags & 4)
		skip(w, 4);
}

/* The xz format, 1.2: seven bits a byte, the lowest first. */
static uint64_t xz_number(struct walk *w)
{
	uint64_t value = 0;

	for (int i = 0; i < 9; i++) {
		unsigned char byte = next_byte(w);

		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80))
			return value;
	}
	w->failed = true;
	return 0;
}

/* LZMA2: chunks, each with its length, up to a byte of 0. */
static void walk_lzma2(struct walk *w)
{
	unsigned char control;

	while ((control = next_byte(w)) && !w->failed) {
		unsigned char size[2];

		if (control > 2 && control < 0x80) {
			w->failed = true;
			return;
		}
		/* the unpacked size */
		if (control >= 0x80)
			skip(w, 2);
		size[0] = next_byte(w);
		size[1] = next_byte(w);
		/* its properties */
		if (control >= 0xc0)
			skip(w, 1);
		skip(w, ((uint64_t)size[0] << 8 | size[1]) + 1);
	}
}

static void align4(struct walk *w)
{
	skip(w, -w->pos & 3);
}

/* The xz format, 3: @words is the first byte of the block's header. */
static void walk_xz_block(struct walk *w, unsigned char words, size_t check_size)
{
	uint64_t start = w->pos - 1 + ((uint64_t)words + 1) * 4;
	unsigned char flags = next_byte(w);
	uint64_t packed_size = flags & 0x40 ? xz_number(w) : 0;

	if (w->pos > start) {
		w->failed = true;
		return;
	}
	w->pos = start;
	if (flags & 0x40)
		skip(w, packed_size);
	else
		walk_lzma2(w);
	align4(w);
	skip(w, check_size);
}

/* The xz format, 2: a stream's header, its blocks, their index, a footer. */
static void walk_xz(struct walk *w)
{
	static const unsigned char check_sizes[] = { 0, 4, 8, 16, 32, 64 };
	unsigned char words, check;
	uint64_t records;

	next_byte(w);
	check = next_byte(w) & 15;
	skip(w, 4);
	while ((words = next_byte(w)) && !w->failed)
		walk_xz_block(w, words, check_sizes[(check + 2) / 3]);
	records = xz_number(w);
	while (records-- && !w->failed) {
		xz_number(w);
		xz_number(w);
	}
	align4(w);
	skip(w, 4 + 12);
}

/* lib/decompress_unlz4.c in the kernel: chunks up to the end, or to a length of 0. */
static void walk_lz4(struct walk *w)
{
	while (w->pos + 4 <= w->packed->size && !w->failed) {
		uint64_t start = w->pos, size = little_endian(w, 4);

		if (size == LZ4_LEGACY_MAGIC)
			continue;
		/* the end of the file ends the stream as well */
		if (w->failed || !size || size > LZ4_CHUNK_MAX) {
			w->failed = false;
			w->pos = start;
			return;
		}
		skip(w, size);
	}
}

uint64_t unpack_stream_size(const struct packed *packed)
{
	struct walk w = { .packed = packed };
	uint64_t magic = little_endian(&w, 4);

	if (magic == 0xfd2fb528)
		walk_zstd(&w);
	else if (magic == LZ4_LEGACY_MAGIC)
		walk_lz4(&w);
	else if (magic == 0x587a37fd && little_endian(&w, 2) == 0x5a)
		walk_xz(&w);
	else
		return 0;
	return w.failed ? 0 : w.pos;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads initramfs images as the kernel does: archives one after another, and compressed
 * parts, which libarchive unpacks, in the same way.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/cpio.h"
#include "lib/io.h"
#include "lib/path.h"
#include "lib/unpack.h"

#define HEADER_SIZE 110
#define AHEAD_FIRST 4096
#define AHEAD_SIZE  (64 << 10)
/*
 * How much of the file the unpacker gets, at first and later: parts may be many and
 * small.
 */
#define INPUT_FIRST 4096
#define INPUT_SIZE  (64 << 10)

struct cpio_reader {
	int fd;
	uint64_t pos;  /* in the file, or in the unpacked part */
	uint64_t size; /* of the file when reading began; no more is read */
	char *ahead;   /* what was read from there on, but not used yet */
	size_t ahead_start, ahead_len;
	size_t ahead_want;  /* how much to read ahead: little after something was skipped
			     */
	uint64_t data_left; /* of the entry that was read last, without padding */
	size_t data_pad;
	bool inside; /* an archive has begun, and its trailer is still to come */
	struct archive *unpacker; /* not NULL: in a compressed part */
	uint64_t packed_start,
		packed_end;  /* in the file; the end is what is known so far */
	uint64_t packed_pos; /* where in it the unpacker reads */
	char *input;
	char *name, *target;
	const char *error;
};

struct cpio_reader *cpio_reader_new(int fd)
{
	struct cpio_reader *r = xcalloc(1, sizeof(*r));
	struct stat st;

	r->fd = fd;
	r->ahead = xmalloc(AHEAD_SIZE);
	r->size = fstat(fd, &st) < 0 || st.st_size < 0 ? 0 : (uint64_t)st.st_size;
	return r;
}

void cpio_reader_free(struct cpio_reader *r)
{
	if (!r)
		return;
	if (r->unpacker)
		archive_read_free(r->unpacker);
	free(r->ahead);
	free(r->input);
	free(r->name);
	free(r->target);
	free(r);
}

const char *cpio_reader_error(const struct cpio_reader *r)
{
	return r->error ? r->error : "";
}

static int fail(struct cpio_reader *r, const char *why)
{
	r->error = why;
	return -EBADMSG;
}

static la_ssize_t packed_input(struct archive *archive, void *ctx, const void **data)
{
	struct cpio_reader *r = ctx;
	uint64_t left = r->packed_end - r->packed_pos;
	size_t most = r->packed_pos == r->packed_start ? INPUT_FIRST : INPUT_SIZE;
	ssize_t n = io_pread_full(r->fd, r->input, left < most ? (size_t)left : most,
				  (off_t)r->packed_pos);

	if (n < 0) {
		archive_set_error(archive, (int)-n, "cannot read");
		return -1;
	}
	r->packed_pos += (uint64_t)n;
	*data = r->input;
	return n;
}

/* The rest of the file begins with a compressed part: goes on in its unpacked form. */
static int start_unpacking(struct cpio_reader *r)
{
	struct packed rest = { r->fd, r->pos, r->size - r->pos };
	uint64_t size = unpack_stream_size(&rest);
	struct archive_entry *entry;

	if (!r->input)
		r->input = xmalloc(INPUT_SIZE);
	r->packed_start = r->packed_pos = r->pos;
	r->packed_end = size ? r->pos + size : r->size;
	r->ahead_len = 0;
	r->unpacker = archive_read_new();
	/*
	 * the formats that kernels unpack; "all" would run other programs on untrusted
	 * files
	 */
	archive_read_support_filter_gzip(r->unpacker);
	archive_read_support_filter_bzip2(r->unpacker);
	archive_read_support_filter_lzma(r->unpacker);
	archive_read_support_filter_xz(r->unpacker);
	archive_read_support_filter_lz4(r->unpacker);
	archive_read_support_filter_zstd(r->unpacker);
	archive_read_support_format_raw(r->unpacker);
	if (archive_read_open(r->unpacker, r, NULL, packed_input, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(r->unpacker, &entry) != ARCHIVE_OK)
		return fail(
			r,
			archive_filter_count(r->unpacker) > 1
				? "a compressed part is damaged"
				: "neither a newc archive nor compressed in a known way");
	if (archive_filter_count(r->unpacker) < 2)
		return fail(r, "not a newc archive");
	r->pos = 0;
	return 0;
}

/* The compressed part has ended: goes on after it in the file. */
static void stop_unpacking(struct cpio_reader *r)
{
	/* what the filter has used of the file, without what was read ahead */
	r->pos = r->packed_start + (uint64_t)archive_filter_bytes(r->unpacker, -1);
	r->ahead_len = 0;
	archive_read_free(r->unpacker);
	r->unpacker = NULL;
}

/* 1 if there is more to read, 0 at the end, or -errno. */
static int look_ahead(struct cpio_reader *r)
{
	uint64_t left = r->pos < r->size ? r->size - r->pos : 0;
	size_t want = r->ahead_want ? r->ahead_want : AHEAD_FIRST;
	ssize_t n;

	if (r->ahead_len)
		return 1;
	r->ahead_want = want < AHEAD_SIZE ? want * 2 : AHEAD_SIZE;
	if (r->unpacker)
		n = archive_read_data(r->unpacker, r->ahead, AHEAD_SIZE);
	else
		n = io_pread_full(r->fd, r->ahead, left < want ? (size_t)left : want,
				  (off_t)r->pos);
	if (n < 0)
		return r->unpacker ? fail(r, "damaged compressed data") : (int)n;
	r->ahead_start = 0;
	r->ahead_len = (size_t)n;
	return n > 0;
}

static void use_ahead(struct cpio_reader *r, size_t size)
{
	r->ahead_start += size;
	r->ahead_len -= size;
	r->pos += size;
}

/* Reads the next @size bytes; fewer at the end. Returns the count or -errno. */
static ssize_t read_some(struct cpio_reader *r, void *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		int more = look_ahead(r);
		size_t part = size - done < r->ahead_len ? size - done : r->ahead_len;

		if (more < 0)
			return more;
		if (!more)
			break;
		memcpy((char *)data + done, r->ahead + r->ahead_start, part);
		use_ahead(r, part);
		done += part;
	}
	return (ssize_t)done;
}

static int read_exactly(struct cpio_reader *r, void *data, size_t size)
{
	ssize_t n = read_some(r, data, size);

	if (n < 0)
		return (int)n;
	return (size_t)n == size ? 0 : fail(r, "it is truncated");
}

static int skip(struct cpio_reader *r, uint64_t size)
{
	if (!r->unpacker && (size > r->size || r->pos > r->size - size))
		return fail(r, "it is truncated");
	while (size) {
		size_t part = size < r->ahead_len ? (size_t)size : r->ahead_len;
		int more;

		use_ahead(r, part);
		size -= part;
		if (!r->unpacker) {
			/* skip without reading what is not read ahead */
			if (size)
				r->ahead_len = r->ahead_want = 0;
			r->pos += size;
			return 0;
		}
		more = size ? look_ahead(r) : 1;
		if (more <= 0)
			return more ? more : fail(r, "it is truncated");
	}
	return 0;
}

/* Eight hexadecimal digits. */
static int parse_field(const char *text, uint32_t *value)
{
	*value = 0;
	for (int i = 0; i < 8; i++) {
		char c = text[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;

		if (digit < 0)
			return -EBADMSG;
		*value = *value << 4 | (uint32_t)digit;
	}
	return 0;
}

static int parse_header(struct cpio_reader *r, const char *header, struct cpio_entry *e,
			uint32_t *name_size)
{
	uint32_t check, *const fields[] = {
		&e->ino,	&e->mode,  &e->uid,	  &e->gid,	 &e->nlink,
		&e->mtime,	&e->size,  &e->dev_major, &e->dev_minor, &e->rdev_major,
		&e->rdev_minor, name_size, &check,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (parse_field(header + 6 + 8 * i, fields[i]))
			return fail(
				r, "a header has something else than hexadecimal digits");
	if (*name_size < 1 || *name_size > CPIO_NAME_MAX)
		return fail(r, "a name has an impossible length");
	return 0;
}

static size_t padding(uint64_t size)
{
	return (size_t)(-size & 3);
}

static int read_name(struct cpio_reader *r, struct cpio_entry *e, uint32_t size)
{
	size_t len;
	int err;

	r->name = xmalloc(size);
	err = read_exactly(r, r->name, size);
	if (err)
		return err;
	if (r->name[size - 1])
		return fail(r, "a name does not end");
	err = skip(r, padding(HEADER_SIZE + (uint64_t)size));
	if (err)
		return err;
	len = strlen(r->name);
	e->padding = S_ISDIR(e->mode) && len > 1 && r->name[len - 1] == '/';
	return 0;
}

static int read_target(struct cpio_reader *r, struct cpio_entry *e)
{
	int err;

	if (e->size >= CPIO_NAME_MAX)
		return fail(r, "a symbolic link has an impossible length");
	r->target = xcalloc(1, (size_t)e->size + 1);
	err = read_exactly(r, r->target, e->size);
	e->target = r->target;
	return err ? err : skip(r, padding(e->size));
}

/* Skips the rest of a hole in the file, which can be of any size. */
static void skip_hole(struct cpio_reader *r)
{
	off_t data;

	if (r->unpacker)
		return;
	data = lseek(r->fd, (off_t)r->pos, SEEK_DATA);
	if (data < 0 && errno == ENXIO)
		r->pos = r->size;
	else if (data > 0 && (uint64_t)data > r->pos)
		r->pos = (uint64_t)data;
}

/* Skips zeros. 1 if something else follows, 0 at the end, or -errno. */
static int skip_zeros(struct cpio_reader *r)
{
	int more;

	while ((more = look_ahead(r)) > 0) {
		const char *at = r->ahead + r->ahead_start;
		size_t len = r->ahead_len, n = 0;

		/*
		 * all zeros: the first byte is, and each byte is equal to the one before
		 */
		if (!at[0] && !memcmp(at, at + 1, len - 1))
			n = len;
		while (n < len && !at[n])
			n++;
		use_ahead(r, n);
		if (n < len)
			break;
		skip_hole(r);
	}
	return more;
}

/*
 * Goes on to the next header as unpack_to_rootfs() in the kernel's init/initramfs.c does:
 * skips zeros, enters compressed parts and leaves them. 1, 0 at the end, or -errno.
 */
static int next_header(struct cpio_reader *r, char header[HEADER_SIZE])
{
	for (;;) {
		int more = skip_zeros(r), err;

		if (more < 0)
			return more;
		if (!more && r->inside)
			return fail(r, "it is truncated");
		if (!more && !r->unpacker)
			return 0;
		if (!more) {
			stop_unpacking(r);
			continue;
		}
		if (r->ahead[r->ahead_start] == '0' && !(r->pos & 3)) {
			err = read_exactly(r, header, HEADER_SIZE);
			if (err)
				return err;
			if (!memcmp(header, "070701", 6) || !memcmp(header, "070702", 6))
				return 1;
			return fail(r,
				    memcmp(header, "0707", 4)
					    ? "not a newc archive"
					    : "a cpio archive, but not of the newc form");
		}
		if (r->unpacker)
			return fail(r, "there is something else than an archive in it");
		err = start_unpacking(r);
		if (err)
			return err;
	}
}

/* Removes double slashes and slashes at the ends, in place. */
static void tidy(char *name)
{
	char *to = name;

	for (char *from = name; *from; from++) {
		if (from[0] == '/' && (from[1] == '/' || from[1] == '\0') && to > name)
			continue;
		*to++ = *from;
	}
	*to = '\0';
}

int cpio_read_next(struct cpio_reader *r, struct cpio_entry *e)
{
	char header[HEADER_SIZE];
	uint32_t name_size;
	int err;

	for (;;) {
		err = skip(r, r->data_left + r->data_pad);
		r->data_left = r->data_pad = 0;
		free(r->name);
		free(r->target);
		r->name = r->target = NULL;
		*e = (struct cpio_entry){ 0 };
		if (!err)
			err = next_header(r, header);
		if (err <= 0)
			return err;
		err = parse_header(r, header, e, &name_size);
		if (!err)
			err = read_name(r, e, name_size);
		if (err)
			return err;
		r->inside = !streq(r->name, "TRAILER!!!");
		if (r->inside)
			break;
		r->data_left = e->size;
		r->data_pad = padding(e->size);
	}
	tidy(r->name);
	e->name = r->name;
	if (S_ISLNK(e->mode))
		return (err = read_target(r, e)) ? err : 1;
	r->data_left = e->size;
	r->data_pad = padding(e->size);
	return 1;
}

int cpio_read_data(struct cpio_reader *r, size_t limit, char **data)
{
	_cleanup_free_ char *buffer = NULL;
	int err;

	if (r->data_left > limit)
		return -EFBIG;
	buffer = xcalloc(1, (size_t)r->data_left + 1);
	err = read_exactly(r, buffer, (size_t)r->data_left);
	if (err)
		return err;
	r->data_left = 0;
	*data = TAKE_PTR(buffer);
	return 0;
}

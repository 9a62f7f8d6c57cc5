// SPDX-License-Identifier: GPL-2.0-or-later
/* Unpacking by libarchive, whose "raw" format is one file and nothing around it. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "lib/io.h"
#include "lib/unpack.h"

#define INPUT_SIZE (64 << 10)

struct unpacker {
	struct archive *archive;
	struct packed rest; /* what libarchive has not yet read */
	int err;	    /* -errno of reading the file */
	char input[INPUT_SIZE];
};

static la_ssize_t next_input(struct archive *archive, void *ctx, const void **data)
{
	struct unpacker *u = ctx;
	size_t size = u->rest.size < INPUT_SIZE ? (size_t)u->rest.size : INPUT_SIZE;
	ssize_t n = io_pread_full(u->rest.fd, u->input, size, (off_t)u->rest.offset);

	if (n < 0) {
		u->err = (int)n;
		archive_set_error(archive, (int)-n, "cannot read");
		return -1;
	}
	u->rest.offset += (uint64_t)n;
	u->rest.size -= (uint64_t)n;
	*data = u->input;
	return n;
}

static void unpacker_free(struct unpacker **u)
{
	if (*u)
		archive_read_free((*u)->archive);
	free(*u);
}

static int failure(const struct unpacker *u)
{
	return u->err ? u->err : -EBADMSG;
}

static int unpacker_open(struct unpacker **out, const struct packed *packed)
{
	struct unpacker *u = *out = xcalloc(1, sizeof(*u));
	struct archive_entry *entry;

	u->rest = *packed;
	u->archive = archive_read_new();
	/* "all" would run other programs on untrusted files */
	archive_read_support_filter_gzip(u->archive);
	archive_read_support_filter_lzma(u->archive);
	archive_read_support_filter_xz(u->archive);
	archive_read_support_filter_lz4(u->archive);
	archive_read_support_filter_zstd(u->archive);
	archive_read_support_format_raw(u->archive);
	if (archive_read_open(u->archive, u, NULL, next_input, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(u->archive, &entry) != ARCHIVE_OK)
		return failure(u);
	/* the uncompressed data counts as one filter */
	return archive_filter_count(u->archive) == 2 ? 0 : -EBADMSG;
}

static ssize_t unpacker_read(struct unpacker *u, void *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		la_ssize_t n =
			archive_read_data(u->archive, (char *)data + done, size - done);

		if (n < 0)
			return failure(u);
		if (!n)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t unpack_head(const struct packed *packed, void *data, size_t size)
{
	_cleanup_(unpacker_free) struct unpacker *u = NULL;
	int err = unpacker_open(&u, packed);

	return err ? err : unpacker_read(u, data, size);
}

int unpack_to_memory(const struct packed *packed, uint64_t limit)
{
	_cleanup_(unpacker_free) struct unpacker *u = NULL;
	_cleanup_close_ int fd =
		memfd_create("unpacked", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	_cleanup_free_ char *buffer = xmalloc(INPUT_SIZE);
	int err = fd < 0 ? -errno : unpacker_open(&u, packed);
	uint64_t done = 0;
	ssize_t n;

	while (!err && (n = unpacker_read(u, buffer, INPUT_SIZE)) != 0) {
		done += n < 0 ? 0 : (uint64_t)n;
		err = n < 0 ? (int)n : done > limit ? -EFBIG : 0;
		if (!err)
			err = io_write_all(fd, buffer, (size_t)n);
	}
	if (!err &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) < 0)
		err = -errno;
	return err ? err : TAKE_FD(fd);
}

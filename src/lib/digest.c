// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SHA-256, which libarchive computes for lists of files in the format of mtree(5): the
 * digest is read from the list of one file. See archive_write_set_options(3).
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <sys/stat.h>

#include "lib/digest.h"
#include "lib/io.h"

#define CHUNK	 (1 << 18)
#define LIST_MAX 4096
#define KEYWORD	 " sha256digest="

static void writer_free(struct archive **archive)
{
	archive_write_free(*archive);
}

static void entry_free(struct archive_entry **entry)
{
	archive_entry_free(*entry);
}

/* Begin the list, with a file of @size bytes. */
static int begin(struct archive *list, uint64_t size, char *text, size_t *used)
{
	_cleanup_(entry_free) struct archive_entry *entry = archive_entry_new();

	if (!entry || archive_write_set_format_mtree(list) != ARCHIVE_OK ||
	    archive_write_set_format_option(list, "mtree", "all", NULL) != ARCHIVE_OK ||
	    archive_write_set_format_option(list, "mtree", "sha256", "1") != ARCHIVE_OK)
		return -EOPNOTSUPP;
	archive_entry_set_pathname(entry, "file");
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_size(entry, (int64_t)size);
	/* no padding at its end */
	if (archive_write_set_bytes_per_block(list, 0) != ARCHIVE_OK ||
	    archive_write_open_memory(list, text, LIST_MAX, used) != ARCHIVE_OK ||
	    archive_write_header(list, entry) != ARCHIVE_OK)
		return -EIO;
	return 0;
}

static int add_all(struct archive *list, int fd, uint64_t size, void (*tick)(void *data),
		   void *data)
{
	_cleanup_free_ char *chunk = xmalloc(CHUNK);

	for (uint64_t at = 0; at < size;) {
		size_t most = size - at < CHUNK ? (size_t)(size - at) : CHUNK;
		ssize_t n = io_pread_full(fd, chunk, most, (off_t)at);

		if (n <= 0)
			return n ? (int)n : -EIO;
		if (archive_write_data(list, chunk, (size_t)n) != n)
			return -EIO;
		at += (uint64_t)n;
		if (tick)
			tick(data);
	}
	return 0;
}

bool digest_is_valid(const char *text)
{
	return strspn(text, "0123456789abcdef") == DIGEST_HEX && text[DIGEST_HEX] == '\0';
}

int digest_file(struct digest *digest, int fd, void (*tick)(void *data), void *data)
{
	_cleanup_(writer_free) struct archive *list = archive_write_new();
	char text[LIST_MAX + 1];
	size_t used = 0;
	struct stat st;
	const char *at;
	int err;

	if (!list || fstat(fd, &st) < 0)
		return list ? -errno : -ENOMEM;
	err = begin(list, (uint64_t)st.st_size, text, &used);
	if (!err)
		err = add_all(list, fd, (uint64_t)st.st_size, tick, data);
	if (!err && archive_write_close(list) != ARCHIVE_OK)
		err = -EIO;
	if (err)
		return err;
	text[used] = '\0';
	at = strstr(text, KEYWORD);
	if (!at || strlen(at) < strlen(KEYWORD) + DIGEST_HEX)
		return -EOPNOTSUPP;
	memcpy(digest->hex, at + strlen(KEYWORD), DIGEST_HEX);
	digest->hex[DIGEST_HEX] = '\0';
	return digest_is_valid(digest->hex) ? 0 : -EOPNOTSUPP;
}

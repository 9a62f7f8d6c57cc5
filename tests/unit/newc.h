/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * newc archives for tests, by hand: to look at what was written without the reader that
 * is tested as well, and to make what no writer would.
 */
#ifndef RAPIDO_TEST_NEWC_H
#define RAPIDO_TEST_NEWC_H

#include <sys/mman.h>

#include "elf_fixture.h"

/* An entry as it stands in an archive in memory. */
struct newc {
	const char *name; /* in the archive */
	uint32_t ino, mode, uid, gid, nlink, mtime, size, rdev_major, rdev_minor;
	size_t data; /* offset */
	size_t next; /* offset of what follows */
};

static inline uint32_t newc_field(const char *header, int n)
{
	char text[9] = { 0 };

	memcpy(text, header + 6 + 8 * n, 8);
	return (uint32_t)strtoul(text, NULL, 16);
}

/* The entry at @offset; false at the trailer. */
static inline bool newc_at(const struct strbuf *archive, size_t offset, struct newc *e)
{
	const char *h = archive->buf + offset;

	assert_true(offset + 110 <= archive->len);
	assert_memory_equal(h, "070701", 6);
	*e = (struct newc){
		.name = h + 110,
		.ino = newc_field(h, 0),
		.mode = newc_field(h, 1),
		.uid = newc_field(h, 2),
		.gid = newc_field(h, 3),
		.nlink = newc_field(h, 4),
		.mtime = newc_field(h, 5),
		.size = newc_field(h, 6),
		.rdev_major = newc_field(h, 9),
		.rdev_minor = newc_field(h, 10),
	};
	assert_int_equal(strlen(e->name) + 1, newc_field(h, 11));
	e->data = (offset + 110 + strlen(e->name) + 1 + 3) & ~(size_t)3;
	e->next = (e->data + e->size + 3) & ~(size_t)3;
	assert_true(e->next <= archive->len);
	return !streq(e->name, "TRAILER!!!");
}

/* The entry called @name, or false. */
static inline bool newc_find(const struct strbuf *archive, const char *name,
			     struct newc *e)
{
	for (size_t at = 0; newc_at(archive, at, e); at = e->next)
		if (streq(e->name, name))
			return true;
	return false;
}

/* Append an entry: what is 0 in @e stays 0, nothing is checked. */
static inline void newc_put(struct strbuf *out, const struct newc *e, const void *data)
{
	size_t len = strlen(e->name) + 1;

	strbuf_addf(out, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08zx%08x",
		    e->ino, e->mode, e->uid, e->gid, e->nlink, e->mtime, e->size, 0U, 0U,
		    e->rdev_major, e->rdev_minor, len, 0U);
	strbuf_add(out, e->name, len);
	while (out->len % 4)
		strbuf_addch(out, '\0');
	strbuf_add(out, data ? data : "", data ? e->size : 0);
	while (out->len % 4)
		strbuf_addch(out, '\0');
}

static inline void newc_put_file(struct strbuf *out, const char *name, const char *text)
{
	const struct newc e = {
		.name = name,
		.mode = S_IFREG | 0644,
		.nlink = 1,
		.size = (uint32_t)strlen(text),
	};

	newc_put(out, &e, text);
}

static inline void newc_put_trailer(struct strbuf *out)
{
	newc_put(out, &(const struct newc){ .name = "TRAILER!!!" }, NULL);
}

static inline int memory_file(const void *data, size_t size)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, data, size), 0);
	return fd;
}

/* All of the file @fd, from its beginning. */
static inline struct strbuf file_bytes(int fd)
{
	struct strbuf bytes = STRBUF_INIT;
	struct stat st;
	char *data;

	assert_int_equal(fstat(fd, &st), 0);
	data = xmalloc((size_t)st.st_size + 1);
	assert_int_equal(io_pread_full(fd, data, (size_t)st.st_size, 0), st.st_size);
	strbuf_add(&bytes, data, (size_t)st.st_size);
	free(data);
	return bytes;
}

#endif

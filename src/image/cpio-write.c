// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes a plan as a newc archive. libarchive makes the headers. The contents of files do
 * not go through it: it gets the address of memory that must not be accessed, and passes
 * that to write_out(), which recognises it and copies from the source file instead.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "image/cpio.h"
#include "lib/io.h"
#include "lib/live.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/strmap.h"
#include "lib/wire.h"

#define BUFFER_SIZE (256 << 10)
/*
 * Smaller files are copied through the buffer: another system call would cost more than
 * the copy.
 */
#define COPY_RANGE_MIN (64 << 10)
/* How much of a file is "given" to libarchive at a time. */
#define PHANTOM_SIZE (1UL << 30)
/*
 * Two entries with the name of a directory fill any gap if the name is not longer than
 * this.
 */
#define PADDING_NAME_MAX 1024
/* The fixed part of newc's header; name and data are each padded to 4 bytes. */
#define HEADER_SIZE 110

struct writer {
	struct archive *archive;
	struct archive_entry *entry;
	int fd;
	uint64_t written; /* bytes of the archive so far, with those in the buffer */
	char *buffer;
	size_t used;
	void *phantom; /* PHANTOM_SIZE bytes of address space, which cannot be read */
	int source;    /* the file whose contents are being "written" */
	uint64_t source_pos;
	int err; /* why write_out() failed, which libarchive does not tell */
	uint32_t next_ino;
	struct strmap links; /* "dev:ino" -> struct group */
};

/* The names of one file. */
struct group {
	uint32_t ino;	/* in the archive; 0: none written yet */
	uint32_t names; /* in the plan */
};

static int flush(struct writer *w)
{
	int err = io_write_all(w->fd, w->buffer, w->used);

	w->used = 0;
	return err;
}

static int buffer_bytes(struct writer *w, const void *data, size_t size)
{
	int err;

	if (size > BUFFER_SIZE - w->used) {
		err = flush(w);
		if (err)
			return err;
	}
	if (size > BUFFER_SIZE)
		return io_write_all(w->fd, data, size);
	memcpy(w->buffer + w->used, data, size);
	w->used += size;
	return 0;
}

/* Reads @size bytes of the source into the buffer. */
static int buffer_source(struct writer *w, size_t size)
{
	while (size) {
		size_t part = size < BUFFER_SIZE - w->used ? size : BUFFER_SIZE - w->used;
		ssize_t n = io_pread_full(w->source, w->buffer + w->used, part,
					  (off_t)w->source_pos);
		int err;

		if (n < 0)
			return (int)n;
		if ((size_t)n < part)
			return -ESTALE;
		w->used += part;
		w->source_pos += part;
		size -= part;
		err = w->used == BUFFER_SIZE ? flush(w) : 0;
		if (err)
			return err;
	}
	return 0;
}

/*
 * Lets the kernel copy, or share blocks where the file system can; see
 * copy_file_range(2).
 */
static int copy_source(struct writer *w, size_t size)
{
	int err = flush(w);

	if (err)
		return err;
	while (size) {
		off_t pos = (off_t)w->source_pos;
		ssize_t n = copy_file_range(w->source, &pos, w->fd, NULL, size, 0);

		if (n < 0 && errno == EINTR)
			continue;
		/* on another file system, or not supported there */
		if (n < 0 && (errno == EXDEV || errno == EOPNOTSUPP || errno == EINVAL ||
			      errno == ENOSYS || errno == EBADF || errno == EPERM))
			return buffer_source(w, size);
		if (n < 0)
			return -errno;
		if (n == 0)
			return buffer_source(
				w, size); /* the end, or a file such as in /proc */
		w->source_pos += (size_t)n;
		size -= (size_t)n;
	}
	return 0;
}

static la_ssize_t write_out(struct archive *archive, void *ctx, const void *data,
			    size_t size)
{
	struct writer *w = ctx;
	const char *start = w->phantom;

	(void)archive;
	if ((const char *)data < start || (const char *)data >= start + PHANTOM_SIZE)
		w->err = buffer_bytes(w, data, size);
	else if (size < COPY_RANGE_MIN)
		w->err = buffer_source(w, size);
	else
		w->err = copy_source(w, size);
	if (w->err)
		return -1;
	w->written += size;
	return (la_ssize_t)size;
}

static int start_archive(struct writer *w)
{
	w->archive = archive_write_new();
	w->entry = archive_entry_new();
	if (!w->archive || !w->entry)
		return -ENOMEM;
	if (archive_write_set_format_cpio_newc(w->archive) != ARCHIVE_OK ||
	    archive_write_add_filter_none(w->archive) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(w->archive, 0) != ARCHIVE_OK ||
	    archive_write_open(w->archive, w, NULL, write_out, NULL) != ARCHIVE_OK)
		return -EIO;
	return 0;
}

static int writer_init(struct writer *w, int fd)
{
	*w = (struct writer){ .fd = fd, .source = -1, .next_ino = 1 };
	w->phantom = mmap(NULL, PHANTOM_SIZE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (w->phantom == MAP_FAILED) {
		w->phantom = NULL;
		return -errno;
	}
	w->buffer = xmalloc(BUFFER_SIZE);
	return start_archive(w);
}

static void writer_release(struct writer *w)
{
	if (w->entry)
		archive_entry_free(w->entry);
	if (w->archive)
		archive_write_free(w->archive);
	if (w->phantom)
		munmap(w->phantom, PHANTOM_SIZE);
	free(w->buffer);
	strmap_release(&w->links, free);
}

static int put_header(struct writer *w)
{
	if (archive_write_header(w->archive, w->entry) == ARCHIVE_OK)
		return 0;
	return w->err ? w->err : -EIO;
}

static int put_data(struct writer *w, const void *data, size_t size)
{
	la_ssize_t n;

	if (!size)
		return 0;
	n = archive_write_data(w->archive, data, size);
	if (n < 0)
		return w->err ? w->err : -EIO;
	/* it accepts less than it gets when the size in the header is reached */
	return (size_t)n == size ? 0 : -EIO;
}

/*
 * Fills in what all kinds of entries share. newc has 32 bits for each; times outside are
 * clamped.
 */
static void describe_entry(struct writer *w, const struct plan_entry *e, const char *name,
			   unsigned int type, uint64_t size)
{
	int64_t mtime = e->mtime < 0 ? 0 : e->mtime > UINT32_MAX ? UINT32_MAX : e->mtime;

	archive_entry_clear(w->entry);
	archive_entry_copy_pathname(w->entry, name);
	archive_entry_set_filetype(w->entry, type);
	archive_entry_set_perm(w->entry, e->mode & 07777);
	archive_entry_set_uid(w->entry, e->uid);
	archive_entry_set_gid(w->entry, e->gid);
	archive_entry_set_mtime(w->entry, mtime, 0);
	archive_entry_set_size(w->entry, (int64_t)size);
	archive_entry_set_nlink(w->entry, type == AE_IFDIR ? 2 : 1);
	archive_entry_set_ino64(w->entry, w->next_ino++);
}

/* The nearest directory above @path whose name is short enough. Heap. */
static char *padding_dir(const char *path)
{
	char *dir = path_dirname(path);

	while (strlen(dir) > PADDING_NAME_MAX) {
		char *above = path_dirname(dir);

		free(dir);
		dir = above;
	}
	return dir;
}

static size_t padded_header(size_t name_len)
{
	return (HEADER_SIZE + name_len + 1 + 3) & ~(size_t)3;
}

/* Writes an entry of exactly @size bytes that repeats the directory @dir. */
static int put_padding(struct writer *w, const struct plan_entry *dir, const char *name,
		       size_t size)
{
	char padded[CPIO_NAME_MAX];
	size_t len = strlen(name), want = size - HEADER_SIZE - 1;

	memcpy(padded, name, len);
	memset(padded + len, '/', want - len);
	padded[want] = '\0';
	describe_entry(w, dir, padded, AE_IFDIR, 0);
	return put_header(w);
}

/*
 * Makes the data of the next entry, whose name has @name_len bytes, begin at a multiple
 * of CPIO_ALIGN. libarchive cannot do that, and newc has no room for padding; but the
 * kernel accepts a directory twice, with any number of slashes at its end.
 */
static int align_next(struct writer *w, const struct plan *plan, const char *path,
		      size_t name_len)
{
	static const struct plan_entry root = { .kind = PLAN_DIR, .mode = 0755 };
	const size_t most = padded_header(CPIO_NAME_MAX - 4);
	_cleanup_free_ char *parent = padding_dir(path);
	int index = plan_find(plan, parent);
	const struct plan_entry *dir = index < 0 ? &root : &plan->entries[index];
	const char *name = index < 0 ? "." : parent + 1;
	size_t least = padded_header(strlen(name) + 1);
	/* libarchive pads the contents of an entry when the next one begins */
	uint64_t start = (w->written + 3) & ~(uint64_t)3;
	size_t pad = CPIO_ALIGN - (start + padded_header(name_len)) % CPIO_ALIGN;
	int err = 0;

	if (pad == CPIO_ALIGN)
		return 0;
	while (pad < least)
		pad += CPIO_ALIGN;
	if (pad > most) {
		err = put_padding(w, dir, name, least);
		pad -= least;
		while (pad < least)
			pad += CPIO_ALIGN;
	}
	return err ? err : pad > most ? 0 : put_padding(w, dir, name, pad);
}

static bool same_file(const struct stat *st, const struct plan_entry *e)
{
	return S_ISREG(st->st_mode) && (uint64_t)st->st_size == e->size &&
	       timespec_compare(&st->st_mtim, &e->source_mtime) == 0;
}

/* Opens the source of @e, which must not have changed since it was planned. */
static int open_source(const struct plan_entry *e)
{
	_cleanup_close_ int fd = openat(e->root, path_relative(e->text),
					O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? -ESTALE : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	return same_file(&st, e) ? TAKE_FD(fd) : -ESTALE;
}

static int put_contents(struct writer *w, const struct plan_entry *e)
{
	uint64_t left = e->size;
	struct stat st;
	int err = 0;

	w->source_pos = 0;
	while (left && !err) {
		size_t part = left < PHANTOM_SIZE ? left : PHANTOM_SIZE;

		err = put_data(w, w->phantom, part);
		left -= part;
	}
	if (!err && (fstat(w->source, &st) < 0 || !same_file(&st, e)))
		err = -ESTALE;
	return err;
}

static int put_file(struct writer *w, const struct plan *plan, const struct plan_entry *e)
{
	const char *name = e->path + 1;
	struct group *group = NULL;
	bool first = true;
	int err = 0;

	if (e->ino) {
		_cleanup_free_ char *key =
			xasprintf("%jx:%jx", (uintmax_t)e->dev, (uintmax_t)e->ino);

		group = *strmap_get(&w->links, key);
		first = !group->ino;
	}
	if (e->size > CPIO_FILE_MAX)
		return -EOVERFLOW;
	if (first) {
		w->source = open_source(e);
		if (w->source < 0)
			return w->source;
		if (e->size >= CPIO_ALIGN)
			err = align_next(w, plan, e->path, strlen(name));
	}
	if (!err) {
		describe_entry(w, e, name, AE_IFREG, first ? e->size : 0);
		if (group) {
			if (first)
				group->ino = (uint32_t)archive_entry_ino64(w->entry);
			archive_entry_set_ino64(w->entry, group->ino);
			archive_entry_set_nlink(w->entry, group->names);
		}
		err = put_header(w);
	}
	if (!err && first)
		err = put_contents(w, e);
	if (first)
		close(w->source);
	return err;
}

static int put_blob(struct writer *w, const struct plan *plan, const struct plan_entry *e)
{
	const char *name = e->path + 1;
	int err = 0;

	if (e->size > CPIO_FILE_MAX)
		return -EOVERFLOW;
	if (e->size >= CPIO_ALIGN)
		err = align_next(w, plan, e->path, strlen(name));
	if (err)
		return err;
	describe_entry(w, e, name, AE_IFREG, e->size);
	err = put_header(w);
	return err ? err : put_data(w, e->data, e->size);
}

static int put_entry(struct writer *w, const struct plan *plan,
		     const struct plan_entry *e)
{
	const char *name = e->path + 1;

	switch (e->kind) {
	case PLAN_FILE:
		return put_file(w, plan, e);
	case PLAN_DATA:
		return put_blob(w, plan, e);
	case PLAN_DIR:
		describe_entry(w, e, name, AE_IFDIR, 0);
		break;
	case PLAN_LINK:
		if (strlen(e->text) >= CPIO_NAME_MAX)
			return -ENAMETOOLONG;
		describe_entry(w, e, name, AE_IFLNK, 0);
		archive_entry_copy_symlink(w->entry, e->text);
		break;
	case PLAN_DEVICE:
		describe_entry(w, e, name, AE_IFCHR, 0);
		archive_entry_set_rdevmajor(w->entry, major(e->dev));
		archive_entry_set_rdevminor(w->entry, minor(e->dev));
		break;
	}
	return put_header(w);
}

/* Whether this is the first name of its file. */
static bool is_first_name(struct strmap *seen, const struct plan_entry *e)
{
	_cleanup_free_ char *key =
		xasprintf("%jx:%jx", (uintmax_t)e->dev, (uintmax_t)e->ino);
	void **known = strmap_put(seen, key);
	bool first = !*known;

	*known = (void *)1;
	return first;
}

/* Counts the names of each file in the plan: that is its link count in the image. */
static void count_links(struct writer *w, const struct plan *plan)
{
	for (size_t i = plan->known; i < plan->nr; i++) {
		const struct plan_entry *e = &plan->entries[i];
		_cleanup_free_ char *key = NULL;
		void **slot;

		if (e->kind != PLAN_FILE || !e->ino)
			continue;
		key = xasprintf("%jx:%jx", (uintmax_t)e->dev, (uintmax_t)e->ino);
		slot = strmap_put(&w->links, key);
		if (!*slot)
			*slot = xcalloc(1, sizeof(struct group));
		((struct group *)*slot)->names++;
	}
}

static void say_why(const struct plan_entry *e, int err)
{
	const char *what = e->kind == PLAN_FILE ? e->text : e->path;

	if (err == -ESTALE)
		log_error("'%s' changed while the image was being written; try again",
			  what);
	else if (err == -EOVERFLOW)
		log_error(CPIO_TOO_LARGE, what);
	else if (err == -EFBIG)
		log_error("cannot write the image: it is larger than a file can be here, "
			  "see 'ulimit -f'");
	else if (err == -ENOSPC || err == -EDQUOT)
		log_error("cannot write the image: %s", err_text(err));
	else
		log_error("cannot put '%s' into the image: %s", what, err_text(err));
}

enum turn { TURN_RESOURCES, TURN_EARLY, TURN_OTHERS };

static int put_all(struct writer *w, const struct plan *plan, enum turn turn)
{
	for (size_t i = plan->known; i < plan->nr; i++) {
		const struct plan_entry *e = &plan->entries[i];
		int err;

		if (turn != (path_below(e->path, IMAGE_RESOURCES) ? TURN_RESOURCES
			     : e->early				  ? TURN_EARLY
								  : TURN_OTHERS))
			continue;
		live_tick();
		err = put_entry(w, plan, e);
		if (err) {
			say_why(e, err);
			return err;
		}
	}
	return 0;
}

uint64_t cpio_least_size(const struct plan *plan)
{
	struct strmap seen = STRMAP_INIT;
	uint64_t size = 0;

	for (size_t i = plan->known; i < plan->nr; i++) {
		const struct plan_entry *e = &plan->entries[i];

		size += padded_header(strlen(e->path + 1));
		if (e->kind != PLAN_FILE || !e->ino || is_first_name(&seen, e))
			size += e->kind == PLAN_LINK ? strlen(e->text) : e->size;
	}
	strmap_release(&seen, NULL);
	return size;
}

int cpio_write(const struct plan *plan, int fd)
{
	struct writer w;
	int err = writer_init(&w, fd);

	if (err) {
		log_error("cannot write the image: %s%s", err_text(err),
			  err == -ENOMEM
				  ? "; it takes 1 GiB of address space, see ulimit -v"
				  : "");
		writer_release(&w);
		return err;
	}
	count_links(&w, plan);
	for (enum turn turn = TURN_RESOURCES; !err && turn <= TURN_OTHERS; turn++)
		err = put_all(&w, plan, turn);
	if (!err &&
	    (archive_write_close(w.archive) != ARCHIVE_OK || (w.err = flush(&w)))) {
		err = w.err ? w.err : -EIO;
		log_error("cannot write the image: %s", err_text(err));
	}
	writer_release(&w);
	return err;
}

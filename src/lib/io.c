// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole reads and writes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"

/* A reader that accepts nothing for this long is given up. */
#define READER_MS 10000

bool io_is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool io_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Whether @fd accepts more, after it was full. */
static bool wait_for_reader(int fd)
{
	struct pollfd out = { .fd = fd, .events = POLLOUT };
	uint64_t start = monotonic_ms(), passed;

	while ((passed = monotonic_ms() - start) < READER_MS) {
		int n = poll(&out, 1, (int)(READER_MS - passed));

		if (n > 0 || (n < 0 && errno != EINTR))
			return n > 0;
	}
	return false;
}

int io_write_all(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && wait_for_reader(fd))
			continue;
		if (n < 0)
			return -errno;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

ssize_t io_pread_full(int fd, void *data, size_t size, off_t offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n =
			pread(fd, (char *)data + done, size - done, offset + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int io_read_fd(int fd, size_t limit, char **data, size_t *size)
{
	_cleanup_free_ char *buf = NULL;
	size_t used = 0, room = 0;

	for (;;) {
		ssize_t n;

		if (used + 1 >= room) {
			room = room ? room * 2 : 4096;
			buf = xrealloc(buf, room);
		}
		n = read(fd, buf + used, room - used - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		used += (size_t)n;
		if (used > limit)
			return -EFBIG;
	}
	buf[used] = '\0';
	*data = TAKE_PTR(buf);
	if (size)
		*size = used;
	return 0;
}

int io_read_file(int dirfd, const char *path, size_t limit, char **data, size_t *size)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return io_read_fd(fd, limit, data, size);
}

int io_read_regular(const char *path, size_t limit, char **data, size_t *size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	return io_read_fd(fd, limit, data, size);
}

/* @first: the number of bytes in @data already, 0 or 1. */
static int read_rest(int fd, size_t first, size_t limit, char **data, size_t *size)
{
	_cleanup_free_ char *rest = NULL;
	int err = io_read_fd(fd, limit, &rest, size);

	if (err)
		return err;
	*data = xrealloc(*data, first + *size + 1);
	memcpy(*data + first, rest, *size + 1);
	*size += first;
	return 0;
}

int io_read_text(const char *path, size_t limit, char **text, const char **why)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	_cleanup_free_ char *data = xcalloc(1, 2);
	size_t size = 0;
	ssize_t first = 0;
	struct stat st;
	int err = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;

	/* a pipe that is at its end at once has no writer */
	if (!err && S_ISFIFO(st.st_mode)) {
		first = read(fd, data, 1);
		if (!first) {
			*why = "nobody writes to this pipe";
			return -EPIPE;
		}
		first = first > 0;
	}
	if (!err && fcntl(fd, F_SETFL, O_RDONLY) < 0)
		err = -errno;
	if (!err)
		err = read_rest(fd, (size_t)first, limit, &data, &size);
	*why = err ? err_text(err) : "it holds binary data";
	if (!err && memchr(data, '\0', size))
		err = -EILSEQ;
	if (!err)
		*text = TAKE_PTR(data);
	return err;
}

/* Make one directory, unless it exists. */
static int make_dir(const char *path)
{
	struct stat st;

	if (mkdir(path, 0777) == 0)
		return 0;
	if (errno != EEXIST || stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

char *io_denied(const char *path)
{
	_cleanup_free_ char *absolute = path_absolute(path);
	char *dir = path_clean(absolute);
	struct stat st;

	if (stat(path, &st) == 0 || errno != EACCES) {
		free(dir);
		return NULL;
	}
	while (!streq(dir, "/") && stat(dir, &st) < 0 && errno == EACCES) {
		char *above = path_dirname(dir);

		free(dir);
		dir = above;
	}
	if (access(dir, X_OK) == 0) {
		free(dir);
		return xstrdup(path);
	}
	return dir;
}

int io_mkdir_p(const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);
	int err;

	if (!*path)
		return -ENOENT;
	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		err = make_dir(copy);
		if (err)
			return err;
		*p = '/';
	}
	return make_dir(copy);
}

DIR *io_open_dir(int dir, const char *name)
{
	_cleanup_close_ int fd =
		openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (d)
		fd = -1;
	return d;
}

mode_t io_umask(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return mask;
}

uint64_t io_tree_bytes(int dir, const char *name)
{
	_cleanup_closedir_ DIR *d = io_open_dir(dir, name);
	struct dirent *entry;
	uint64_t bytes = 0;

	while (d && (entry = readdir(d))) {
		struct stat st;

		if (streq(entry->d_name, ".") || streq(entry->d_name, "..") ||
		    fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		bytes += (uint64_t)st.st_blocks * 512;
		if (S_ISDIR(st.st_mode))
			bytes += io_tree_bytes(dirfd(d), entry->d_name);
	}
	return bytes;
}

void io_remove_tree(int dir, const char *name)
{
	_cleanup_closedir_ DIR *d = io_open_dir(dir, name);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		if (streq(entry->d_name, ".") || streq(entry->d_name, ".."))
			continue;
		if (unlinkat(dirfd(d), entry->d_name, 0) < 0 &&
		    (errno == EISDIR || errno == EPERM))
			io_remove_tree(dirfd(d), entry->d_name);
	}
	unlinkat(dir, name, AT_REMOVEDIR);
}

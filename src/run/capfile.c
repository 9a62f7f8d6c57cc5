// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Logs with a limit. The first half of the limit goes to the file itself. The rest goes
 * to two files without names, of a quarter each; when the newer one is full, the older
 * one is emptied and written again. So the end is known whenever it comes, and only that
 * is written twice.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capfile.h"
#include "lib/io.h"

void capfile_init(struct capfile *file, int fd, int dir_fd, uint64_t limit)
{
	*file = (struct capfile)CAPFILE_INIT;
	file->fd = fd;
	file->dir_fd = dir_fd;
	file->limit = limit;
}

static int make_tail(int dir_fd)
{
	static const char name[] = ".log.rapido-tmp";
	int fd = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	/* not every file system has O_TMPFILE */
	unlinkat(dir_fd, name, 0);
	fd = openat(dir_fd, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	unlinkat(dir_fd, name, 0);
	return fd;
}

/* Go on with the other file, from its beginning. */
static int turn(struct capfile *file)
{
	unsigned int next = file->tails[file->at] < 0 ? file->at : !file->at;

	if (file->tails[next] < 0) {
		int fd = make_tail(file->dir_fd);

		if (fd < 0)
			return fd;
		file->tails[next] = fd;
	} else if (ftruncate(file->tails[next], 0) < 0 ||
		   lseek(file->tails[next], 0, SEEK_SET) < 0) {
		return -errno;
	}
	file->len[next] = 0;
	file->at = next;
	return 0;
}

static int write_tail(struct capfile *file, const char *data, size_t size)
{
	uint64_t quarter = file->limit / 4;

	while (size) {
		uint64_t room =
			file->tails[file->at] < 0 ? 0 : quarter - file->len[file->at];
		size_t n = size < room ? size : (size_t)room;
		int err = n ? io_write_all(file->tails[file->at], data, n) : turn(file);

		if (err)
			return err;
		file->len[file->at] += n;
		data += n;
		size -= n;
	}
	return 0;
}

int capfile_write(struct capfile *file, const void *data, size_t size)
{
	uint64_t room = file->limit / 2 - file->head;
	size_t first = size < room ? size : (size_t)room;
	int err = first ? io_write_all(file->fd, data, first) : 0;

	if (err)
		return err;
	file->bytes += size;
	file->head += first;
	return write_tail(file, (const char *)data + first, size - first);
}

uint64_t capfile_left_out(const struct capfile *file)
{
	return file->bytes - file->head - file->len[0] - file->len[1];
}

static int append(struct capfile *file, unsigned int which)
{
	char buffer[65536];
	off_t offset = 0;
	ssize_t n;

	if (file->tails[which] < 0)
		return 0;
	while ((n = io_pread_full(file->tails[which], buffer, sizeof(buffer), offset)) >
	       0) {
		int err = io_write_all(file->fd, buffer, (size_t)n);

		if (err)
			return err;
		offset += n;
	}
	return (int)n;
}

int capfile_finish(struct capfile *file)
{
	uint64_t left_out = capfile_left_out(file);
	char text[128];
	int len, err = 0;

	if (file->fd < 0)
		return 0;
	len = snprintf(text, sizeof(text),
		       "\n[... %llu bytes are left out: the limit is %llu ...]\n",
		       (unsigned long long)left_out, (unsigned long long)file->limit);
	if (left_out)
		err = io_write_all(file->fd, text, (size_t)len);
	if (!err)
		err = append(file, !file->at);
	if (!err)
		err = append(file, file->at);
	/* some file systems report only now that it did not fit */
	if (close(TAKE_FD(file->fd)) < 0 && !err)
		err = -errno;
	capfile_release(file);
	return err;
}

void capfile_release(struct capfile *file)
{
	int *fds[] = { &file->fd, &file->tails[0], &file->tails[1] };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (*fds[i] >= 0)
			close(TAKE_FD(*fds[i]));
}

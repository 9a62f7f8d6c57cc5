// SPDX-License-Identifier: GPL-2.0-or-later
/* A file of the results while it is written. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beneath.h"
#include "path.h"
#include "results-file.h"
#include "results-path.h"

/* Temporary names that are tried before those that were left over are too many. */
#define ATTEMPTS 1000

/* A new file in the directory, under a name that nothing has. */
static int create_temporary(struct results_file *file, unsigned int *serial)
{
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		snprintf(file->temporary, sizeof(file->temporary),
			 ".%ld-%u" RESULTS_TEMPORARY, (long)getpid(), (*serial)++);
		file->fd = openat(file->dir_fd, file->temporary,
				  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				  0600);
		if (file->fd >= 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
	return -EBUSY;
}

static bool is_directory(int dir_fd, const char *name)
{
	struct stat st;

	return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

int results_file_create(struct results_file *file, int top_fd, unsigned int *serial)
{
	const char *name = path_basename(file->path);
	_cleanup_free_ char *dir = xstrdup(file->path);
	int err;

	dir[name == file->path ? 0 : name - file->path - 1] = '\0';
	file->dir_fd = beneath_make(top_fd, dir);
	if (file->dir_fd < 0)
		return file->dir_fd;
	if (is_directory(file->dir_fd, name))
		err = -EISDIR;
	else
		err = create_temporary(file, serial);
	if (err)
		close(TAKE_FD(file->dir_fd));
	return err;
}

int results_file_write(struct results_file *file, const void *data, size_t size,
		       uint64_t offset)
{
	const char *p = data;

	while (size) {
		ssize_t n = pwrite(file->fd, p, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

/*
 * Everything but the name. That permissions and times are not the same on every file
 * system is no reason to lose what is in the file; what close(2) says may be one.
 */
static int complete(struct results_file *file, bool short_of)
{
	const struct timespec times[2] = { file->mtime, file->mtime };

	if (short_of && ftruncate(file->fd, (off_t)file->size) < 0)
		return -errno;
	(void)!fchmod(file->fd, file->mode & 0777);
	(void)!futimens(file->fd, times);
	return close(TAKE_FD(file->fd)) < 0 ? -errno : 0;
}

int results_file_place(struct results_file *file, bool short_of)
{
	int err = complete(file, short_of);

	if (!err && renameat(file->dir_fd, file->temporary, file->dir_fd,
			     path_basename(file->path)) < 0)
		err = -errno;
	if (!err)
		close(TAKE_FD(file->dir_fd));
	else
		results_file_drop(file);
	return err;
}

void results_file_drop(struct results_file *file)
{
	if (file->fd >= 0)
		close(TAKE_FD(file->fd));
	if (file->dir_fd < 0)
		return;
	unlinkat(file->dir_fd, file->temporary, 0);
	close(TAKE_FD(file->dir_fd));
}

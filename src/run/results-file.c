// SPDX-License-Identifier: GPL-2.0-or-later
/* A file of the results: checks its name, and writes it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/beneath.h"
#include "lib/io.h"
#include "lib/path.h"
#include "results-file.h"

/* Temporary names that are tried; others may be left over from processes that were
 * killed. */
#define ATTEMPTS 1000

static bool is_reserved(const char *path, const char *const *reserved)
{
	size_t len = strcspn(path, "/");

	for (const char *const *name = reserved; name && *name; name++)
		if (strlen(*name) == len && memcmp(*name, path, len) == 0)
			return true;
	return false;
}

static bool is_temporary(const char *part, size_t len)
{
	static const size_t end = sizeof(RESULTS_TEMPORARY) - 1;

	return len >= end && memcmp(part + len - end, RESULTS_TEMPORARY, end) == 0;
}

static const char *part_fault(const char *part, size_t len)
{
	if (!len)
		return "its name has an empty part";
	if (len == 1 && part[0] == '.')
		return "its name has a part '.'";
	if (len == 2 && part[0] == '.' && part[1] == '.')
		return "it leads out of the directory";
	if (len > NAME_MAX)
		return "its name is too long";
	if (is_temporary(part, len))
		return "names that end in '" RESULTS_TEMPORARY "' are rapido's own";
	/* at any depth: a run may use the subdirectory as its own later */
	if (len == sizeof(MADE_FILE) - 1 && memcmp(part, MADE_FILE, len) == 0)
		return "that name is rapido's own";
	return NULL;
}

static const char *parts_fault(const char *path)
{
	for (size_t depth = 0; depth <= RESULTS_DEPTH_MAX; depth++) {
		size_t len = strcspn(path, "/");
		const char *fault = part_fault(path, len);

		if (fault || !path[len])
			return fault;
		path += len + 1;
	}
	return "it is too deep below the directory";
}

const char *results_path_fault(const char *path, size_t len, const char *const *reserved)
{
	if (!len)
		return "its name is empty";
	if (strlen(path) != len)
		return "its name has a NUL in it";
	if (path[0] == '/')
		return "its name is absolute";
	if (len > RESULTS_PATH_MAX)
		return "its name is too long";
	if (is_reserved(path, reserved))
		return "that name is rapido's own";
	return parts_fault(path);
}

const char *results_kind_fault(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
		return NULL;
	case S_IFLNK:
		return "it is a symbolic link";
	case S_IFCHR:
	case S_IFBLK:
		return "it is a device";
	case S_IFIFO:
		return "it is a fifo";
	case S_IFSOCK:
		return "it is a socket";
	default:
		return "it is neither a file nor a directory";
	}
}

/* Create a file in the directory under a name that is free. */
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

/* Look at the file's place: 0 if it is free, or taken by a file that a run has made. */
static int look_at_place(const struct results_file *file, const struct made *made,
			 bool *taken)
{
	struct stat st;

	*taken = fstatat(file->dir_fd, path_basename(file->path), &st,
			 AT_SYMLINK_NOFOLLOW) == 0;
	if (!*taken)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return made_has_file(made, file->path, &st) ? 0 : -EEXIST;
}

int results_file_create(struct results_file *file, int top_fd, unsigned int *serial,
			const struct made *made)
{
	const char *name = path_basename(file->path);
	_cleanup_free_ char *dir = xstrdup(file->path);
	bool taken;
	int err;

	dir[name == file->path ? 0 : name - file->path - 1] = '\0';
	file->dir_fd = beneath_make(top_fd, dir);
	if (file->dir_fd < 0)
		return file->dir_fd;
	err = look_at_place(file, made, &taken);
	if (!err)
		err = create_temporary(file, serial);
	if (err)
		close(TAKE_FD(file->dir_fd));
	return err;
}

int results_file_write(struct results_file *file, const void *data, size_t size,
		       uint64_t offset)
{
	if (lseek(file->fd, (off_t)offset, SEEK_SET) < 0)
		return -errno;
	return io_write_all(file->fd, data, size);
}

/*
 * Do everything but the rename; @st is the file's state then. A file system that cannot
 * set permissions or times is no reason to lose the file; an error of close(2) may be
 * one.
 */
static int complete(struct results_file *file, bool short_of, struct stat *st,
		    int *meta_err)
{
	const struct timespec times[2] = { file->mtime, file->mtime };

	if (short_of && ftruncate(file->fd, (off_t)file->size) < 0)
		return -errno;
	*meta_err = fchmod(file->fd, file->mode & 0777) < 0 ? -errno : 0;
	if (futimens(file->fd, times) < 0 && !*meta_err)
		*meta_err = -errno;
	if (fstat(file->fd, st) < 0)
		return -errno;
	return close(TAKE_FD(file->fd)) < 0 ? -errno : 0;
}

/* If the file system supports it, do not replace a file that has appeared meanwhile. */
static int rename_to_free_place(const struct results_file *file, const char *name)
{
	if (renameat2(file->dir_fd, file->temporary, file->dir_fd, name,
		      RENAME_NOREPLACE) == 0)
		return 0;
	return errno == EINVAL || errno == ENOSYS
		       ? renameat(file->dir_fd, file->temporary, file->dir_fd, name)
		       : -1;
}

int results_file_place(struct results_file *file, bool short_of, struct made *made,
		       int *meta_err)
{
	const char *name = path_basename(file->path);
	struct stat st;
	bool taken;
	int err = complete(file, short_of, &st, meta_err);

	if (!err)
		err = look_at_place(file, made, &taken);
	/* before the rename: a file that is not in the list could not be replaced later
	 */
	if (!err)
		err = made_add_file(made, file->path, &st);
	if (!err && (taken ? renameat(file->dir_fd, file->temporary, file->dir_fd, name)
			   : rename_to_free_place(file, name)) < 0)
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

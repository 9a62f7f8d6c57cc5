// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening directories below another one without following symbolic links. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/beneath.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* One part of a path. */
static int open_part(int dir_fd, const char *name, bool make)
{
	int fd;

	if (streq(name, ".."))
		return -EXDEV;
	fd = openat(dir_fd, name, DIR_FLAGS);
	if (fd < 0 && errno == ENOENT && make) {
		if (mkdirat(dir_fd, name, 0700) < 0 && errno != EEXIST)
			return -errno;
		fd = openat(dir_fd, name, DIR_FLAGS);
	}
	return fd < 0 ? -errno : fd;
}

int beneath_walk(int dir_fd, const char *path, bool make)
{
	_cleanup_free_ char *copy = xstrdup(path);
	_cleanup_close_ int fd = openat(dir_fd, ".", DIR_FLAGS);
	char *rest = *path ? copy : NULL, *name;

	if (fd < 0)
		return -errno;
	while ((name = strsep(&rest, "/"))) {
		int next = open_part(fd, name, make);

		if (next < 0)
			return next;
		close(fd);
		fd = next;
	}
	return TAKE_FD(fd);
}

/*
 * Opens the whole path in one system call, where the kernel has that call. If it fails
 * for whatever reason, the walk either succeeds or returns the right error.
 */
static int open_whole(int dir_fd, const char *path, bool make)
{
	struct open_how how = {
		.flags = DIR_FLAGS,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, dir_fd, *path ? path : ".", &how, sizeof(how));

	return fd >= 0 ? fd : beneath_walk(dir_fd, path, make);
}

int beneath_open(int dir_fd, const char *path)
{
	return open_whole(dir_fd, path, false);
}

int beneath_make(int dir_fd, const char *path)
{
	return open_whole(dir_fd, path, true);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Lock files: taken, waited for, and removed when their owner is gone. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/lockfile.h"

#define PAUSE_MS 10
/* How often in a row a file may be replaced before it is locked. */
#define REPLACED_MAX 100

static void pause_shortly(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = PAUSE_MS * 1000000L }, NULL);
}

int lockfile_lock(int fd, uint64_t deadline)
{
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK || monotonic_ms() >= deadline)
			return -errno;
		pause_shortly();
	}
	return 0;
}

static bool is_named(int fd, int dir, const char *name)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 &&
	       fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

int lockfile_lock_named(int fd, int dir, const char *name)
{
	int err = lockfile_lock(fd, 0);

	return err ? err : is_named(fd, dir, name) ? 0 : -ESTALE;
}

void lockfile_remove_stale(const char *dir, const char *prefix, const char *suffix)
{
	_cleanup_closedir_ DIR *d = opendir(dir);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		const char *name = entry->d_name;
		_cleanup_close_ int fd = -1;
		struct stat st;

		if (!starts_with(name, prefix) || !ends_with(name, suffix))
			continue;
		fd = openat(dirfd(d), name,
			    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		/* another user's file is not even locked */
		if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != geteuid() ||
		    lockfile_lock_named(fd, dirfd(d), name))
			continue;
		if (S_ISDIR(st.st_mode))
			io_remove_tree(dirfd(d), name);
		else
			unlinkat(dirfd(d), name, 0);
	}
}

/* -ESTALE: the file existed, but was removed before it was opened. */
static int open_or_make(const char *path, mode_t mode, bool *made)
{
	/*
	 * O_CREAT without O_EXCL may be refused, see fs.protected_regular in
	 * proc_sys_fs(5)
	 */
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	*made = fd >= 0;
	if (fd < 0 && errno == EEXIST) {
		fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd < 0 && errno == ENOENT)
			return -ESTALE;
		/* a socket, or a device that is not there */
		if (fd < 0 && errno == ENXIO)
			return -EINVAL;
	}
	return fd < 0 ? -errno : fd;
}

static int take_once(struct lockfile *lock, const char *path, mode_t mode)
{
	_cleanup_close_ int fd = open_or_make(path, mode, &lock->made);
	struct stat st;
	int err;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	err = lockfile_lock_named(fd, AT_FDCWD, path);
	if (err)
		return err;
	lock->fd = TAKE_FD(fd);
	lock->path = xstrdup(path);
	return 0;
}

int lockfile_take(struct lockfile *lock, const char *path, mode_t mode, uint64_t deadline)
{
	int replaced = 0, err;

	*lock = (struct lockfile)LOCKFILE_INIT;
	for (;;) {
		err = take_once(lock, path, mode);
		if (err == -ESTALE && ++replaced < REPLACED_MAX)
			continue;
		if ((err != -ESTALE && err != -EWOULDBLOCK) || monotonic_ms() >= deadline)
			return err == -ESTALE ? -EWOULDBLOCK : err;
		pause_shortly();
	}
}

void lockfile_leave(struct lockfile *lock)
{
	if (lock->fd >= 0)
		close(lock->fd);
	free(lock->path);
	*lock = (struct lockfile)LOCKFILE_INIT;
}

bool lockfile_is_ours(const struct lockfile *lock)
{
	return lock->fd >= 0 && is_named(lock->fd, AT_FDCWD, lock->path);
}

void lockfile_release(struct lockfile *lock)
{
	if (lockfile_is_ours(lock))
		unlink(lock->path);
	lockfile_leave(lock);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files and directories that belong to a running process: it holds a flock(2) on each,
 * and removes the file before it releases the lock. A process that is killed loses its
 * locks, so an unlocked file is stale. Whoever gets a lock must check that the file still
 * has its name, because the former owner may just have removed it.
 */
#ifndef RAPIDO_LOCKFILE_H
#define RAPIDO_LOCKFILE_H

#include "lib/util.h"

/*
 * Lock the open file description of @fd; a child that inherits @fd holds the lock, too.
 * If another process holds it, try again until monotonic_ms() reaches @deadline; 0 does
 * not wait. 0, or -errno: -EWOULDBLOCK if the lock is still taken.
 */
int lockfile_lock(int fd, uint64_t deadline);

/*
 * Lock @fd without waiting, and check that @name in the directory @dir (or AT_FDCWD)
 * still names that file. 0, or -errno: -EWOULDBLOCK if another process holds the lock,
 * -ESTALE if the name is gone or means another file; @fd may be locked then.
 */
int lockfile_lock_named(int fd, int dir, const char *name);

/*
 * Remove the files and directories in @dir whose names begin with @prefix and end with
 * @suffix, if they belong to this user and nobody holds a lock on them. Symbolic links
 * are not followed.
 */
void lockfile_remove_stale(const char *dir, const char *prefix, const char *suffix);

struct lockfile {
	int fd; /* open for reading and writing, locked; -1: not taken */
	char *path;
	bool made; /* lockfile_take() created the file */
};

#define LOCKFILE_INIT    \
	{                \
		.fd = -1 \
	}

/*
 * Open the regular file @path and lock it; create it with @mode less the umask if it does
 * not exist. If another process holds the lock, try again until @deadline, as
 * lockfile_lock() does. 0, or -errno: -EWOULDBLOCK if the lock is still taken, -ELOOP if
 * @path is a symbolic link, -EISDIR or -EINVAL if it is not a regular file.
 * lockfile_release() either way.
 */
int lockfile_take(struct lockfile *lock, const char *path, mode_t mode,
		  uint64_t deadline);

/*
 * Whether the lock was taken and @lock->path still names its file. Somebody else may have
 * removed it, such as a cleaner of /tmp; then another process can make the file anew and
 * lock that.
 */
bool lockfile_is_ours(const struct lockfile *lock);

/* Remove the file if it still is ours, then release the lock by closing it. */
void lockfile_release(struct lockfile *lock);

/* Release the lock, but keep the file. */
void lockfile_leave(struct lockfile *lock);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files and directories that belong to a living process: it has them locked with flock(2)
 * and removes them before it gives the lock back. If the process is killed, the lock goes
 * with it; what it leaves behind is known by that. Whoever gets a lock must therefore
 * check that the file still has its name: the former owner may just have removed it.
 */
#ifndef RAPIDO_LOCKFILE_H
#define RAPIDO_LOCKFILE_H

#include "lib/util.h"

/*
 * Lock @fd for its open file description, so that a child that inherits it keeps the lock
 * as well. If somebody else has it, try again until monotonic_ms() is @deadline; 0 does
 * not wait. 0, or -errno: -EWOULDBLOCK if it is still taken then.
 */
int lockfile_lock(int fd, uint64_t deadline);

/*
 * Lock @fd without waiting, if it is what @name in the directory @dir (or AT_FDCWD)
 * names. 0, or -errno: -EWOULDBLOCK if somebody else has the lock, -ESTALE if the name
 * is gone or means another file, after which @fd may be locked.
 */
int lockfile_lock_named(int fd, int dir, const char *name);

/*
 * Remove the files and directories in @dir whose names begin with @prefix and end with
 * @suffix, belong to this user, and are locked by nobody. Symbolic links are not
 * followed.
 */
void lockfile_remove_stale(const char *dir, const char *prefix, const char *suffix);

struct lockfile {
	int fd; /* open for reading and writing, locked; -1: not taken */
	char *path;
	bool made; /* it was not there before */
};

#define LOCKFILE_INIT    \
	{                \
		.fd = -1 \
	}

/*
 * Open the regular file @path and lock it; if it is not there it is made with @mode less
 * the umask. If somebody else has it, try again until @deadline, as lockfile_lock() does.
 * 0, or -errno: -EWOULDBLOCK if somebody still has it, -ELOOP if @path is a symbolic
 * link, -EISDIR or -EINVAL if it is no regular file. lockfile_release() either way.
 */
int lockfile_take(struct lockfile *lock, const char *path, mode_t mode,
		  uint64_t deadline);

/* Remove the file, then close it, which gives the lock back. */
void lockfile_release(struct lockfile *lock);

/* Give the lock back, but leave the file there. */
void lockfile_leave(struct lockfile *lock);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* Temporary directories. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/lockfile.h"
#include "lib/tmpdir.h"

#define PREFIX ".stage."
#define SUFFIX ".rapido-tmp"

void tmpdir_clean(const char *dir)
{
	lockfile_remove_stale(dir, PREFIX, SUFFIX);
}

int tmpdir_init(struct tmpdir *tmpdir, const char *dir)
{
	int err = io_mkdir_p(dir);

	*tmpdir = (struct tmpdir)TMPDIR_INIT;
	if (err)
		return err;
	tmpdir_clean(dir);
	for (int attempt = 0; attempt < 100; attempt++) {
		_cleanup_free_ char *path = xasprintf("%s/" PREFIX "%d.%d" SUFFIX, dir,
						      (int)getpid(), attempt);
		_cleanup_close_ int fd = -1;

		if (mkdir(path, 0700) < 0) {
			if (errno == EEXIST)
				continue;
			return -errno;
		}
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = fd < 0 ? -errno : lockfile_lock_named(fd, AT_FDCWD, path);
		if (!err) {
			tmpdir->path = TAKE_PTR(path);
			tmpdir->fd = TAKE_FD(fd);
			return 0;
		}
		/*
		 * another process has found it before it was locked, and removes it as
		 * stale
		 */
		if (err == -ENOENT || err == -ESTALE || err == -EWOULDBLOCK)
			continue;
		rmdir(path);
		return err;
	}
	return -EEXIST;
}

int tmpdir_init_shared(struct tmpdir *tmpdir, const char *dir)
{
	_cleanup_free_ char *path = xasprintf("%s/rapido.XXXXXX", dir);
	_cleanup_close_ int fd = -1;
	int err;

	*tmpdir = (struct tmpdir)TMPDIR_INIT;
	if (!mkdtemp(path))
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		rmdir(path);
		return err;
	}
	tmpdir->path = TAKE_PTR(path);
	tmpdir->fd = TAKE_FD(fd);
	return 0;
}

void tmpdir_release(struct tmpdir *tmpdir)
{
	if (tmpdir->path) {
		io_remove_tree(AT_FDCWD, tmpdir->path);
		close(tmpdir->fd);
	}
	free(tmpdir->path);
	*tmpdir = (struct tmpdir)TMPDIR_INIT;
}

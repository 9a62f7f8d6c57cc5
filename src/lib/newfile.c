// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that are complete when they have their names. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/newfile.h"
#include "lib/path.h"

int newfile_open(struct newfile *file, const char *path, mode_t mode)
{
	_cleanup_free_ char *target = realpath(path, NULL), *dir = NULL;
	struct stat st;

	*file = (struct newfile)NEWFILE_INIT;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		file->fd = open(path, O_WRONLY | O_CLOEXEC);
		return file->fd < 0 ? -errno : 0;
	}
	file->path = target ? TAKE_PTR(target) : path_absolute(path);
	dir = path_dirname(file->path);
	file->tmp = xasprintf("%s/.%s.%d.rapido-tmp", dir, path_basename(file->path),
			      (int)getpid());
	file->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
	if (file->fd >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return -errno;
	file->fd = open(file->tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	file->named = file->fd >= 0;
	return file->named ? 0 : -errno;
}

int newfile_commit(struct newfile *file)
{
	_cleanup_free_ char *self = xasprintf("/proc/self/fd/%d", file->fd);

	if (!file->path)
		return 0;
	if (!file->named &&
	    linkat(AT_FDCWD, self, AT_FDCWD, file->tmp, AT_SYMLINK_FOLLOW) < 0)
		return -errno;
	file->named = true;
	if (rename(file->tmp, file->path) < 0)
		return -errno;
	file->named = false;
	return 0;
}

void newfile_release(struct newfile *file)
{
	if (file->named)
		unlink(file->tmp);
	if (file->fd >= 0)
		close(file->fd);
	free(file->path);
	free(file->tmp);
	*file = (struct newfile)NEWFILE_INIT;
}

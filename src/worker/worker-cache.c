// SPDX-License-Identifier: GPL-2.0-or-later
/* The files that a worker has. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"
#include "worker/worker-cache.h"

void worker_file_release(struct worker_file *file)
{
	free(TAKE_PTR(file->path));
}

static char *path_of(const char *dir, const struct worker_file *file)
{
	return path_join(dir, file->digest.hex);
}

/* A descriptor, if it is a regular file of that size. */
static int open_sized(const char *path, uint64_t size, struct stat *st)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, st) < 0)
		return -errno;
	if (!S_ISREG(st->st_mode) || (uint64_t)st->st_size != size)
		return -ENOENT;
	return TAKE_FD(fd);
}

static bool has_content(int fd, const struct worker_file *file, void (*tick)(void *data),
			void *data)
{
	struct digest digest;

	return !digest_file(&digest, fd, tick, data) &&
	       streq(digest.hex, file->digest.hex);
}

int worker_cache_find(const char *dir, const struct worker_file *file, char **path,
		      void (*tick)(void *data), void *data)
{
	_cleanup_free_ char *stored = path_of(dir, file);
	_cleanup_close_ int shared = -1, own = -1;
	struct stat st;

	*path = NULL;
	shared = open_sized(file->path, file->size, &st);
	if (shared >= 0 && timespec_compare(&st.st_mtim, &file->mtime) == 0 &&
	    has_content(shared, file, tick, data)) {
		*path = xstrdup(file->path);
		return TAKE_FD(shared);
	}
	own = open_sized(stored, file->size, &st);
	if (own < 0)
		return -ENOENT;
	if (!has_content(own, file, tick, data)) {
		log_warn("'%s' is damaged, and is replaced", stored);
		unlink(stored);
		return -ENOENT;
	}
	/* it is the last one to go */
	futimens(own, NULL);
	*path = TAKE_PTR(stored);
	return TAKE_FD(own);
}

int worker_cache_begin(const char *dir, const struct worker_file *file,
		       struct newfile *new)
{
	_cleanup_free_ char *path = path_of(dir, file);
	int err = io_mkdir_p(dir);

	/* a kernel may be a program; others have no business with images */
	return err ? err : newfile_open(new, path, 0700);
}

struct stored {
	char *name;
	uint64_t size;
	struct timespec mtime;
};

static int is_older(const void *a, const void *b)
{
	return timespec_compare(&((const struct stored *)a)->mtime,
				&((const struct stored *)b)->mtime);
}

/* Remove the oldest files of @dir, but not @kept, until there are at most @max bytes. */
static void make_room(const char *dir, const char *kept, uint64_t max)
{
	DIR *files = io_open_dir(AT_FDCWD, dir);
	struct stored *list = NULL;
	size_t nr = 0, alloc = 0;
	const struct dirent *entry;
	uint64_t total = 0;
	struct stat st;

	while (files && (entry = readdir(files))) {
		if (!digest_is_valid(entry->d_name) ||
		    fstatat(dirfd(files), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		total += (uint64_t)st.st_size;
		if (streq(entry->d_name, kept))
			continue;
		ALLOC_GROW(list, nr, alloc);
		list[nr++] = (struct stored){
			.name = xstrdup(entry->d_name),
			.size = (uint64_t)st.st_size,
			.mtime = st.st_mtim,
		};
	}
	if (nr)
		qsort(list, nr, sizeof(*list), is_older);
	for (size_t i = 0; i < nr; i++) {
		if (total > max && unlinkat(dirfd(files), list[i].name, 0) == 0)
			total -= list[i].size;
		free(list[i].name);
	}
	free(list);
	if (files)
		closedir(files);
}

int worker_cache_add(const char *dir, const struct worker_file *file, struct newfile *new,
		     uint64_t max, void (*tick)(void *data), void *data)
{
	struct stat st;
	int err;

	if (fstat(new->fd, &st) < 0)
		return -errno;
	if ((uint64_t)st.st_size != file->size || !has_content(new->fd, file, tick, data))
		return -EBADMSG;
	err = newfile_commit(new);
	if (!err)
		make_room(dir, file->digest.hex, max);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What rapido.rc runs for the files of a suite's case: copies of them go to a directory
 * of their own below $RAPIDO_RESULTS, which has nothing else then.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init.h"

/* Directories below each other, and files of one case, that are kept. */
#define DEPTH_MAX 16
#define FILES_MAX 10000

static int complain(const char *what, int err)
{
	dprintf(STDERR_FILENO, "rapido: cannot keep '%s': %s\n", what, strerror(err));
	return 1;
}

struct keep {
	int depth;
	unsigned int files;
	int status; /* 1 after a message */
};

/* For for_each_name(): remove the file, or the directory with what is in it. */
static bool remove_name(const char *dir, const char *name, void *data)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return false;
	if (unlink(path) < 0 && errno == EISDIR) {
		for_each_name(path, remove_name, data);
		rmdir(path);
	}
	return false;
}

static int copy_bytes(int from, int to, off_t size)
{
	static char data[65536];
	off_t at = 0, next;

	while (at < size) {
		ssize_t n;

		/* a file may be large and have little in it */
		next = lseek(from, at, SEEK_DATA);
		if (next < 0 && errno == ENXIO)
			break;
		at = next > at ? next : at;
		n = pread(from, data, sizeof(data), at);
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		for (ssize_t done = 0, part; done < n; done += part) {
			part = pwrite(to, data + done, (size_t)(n - done), at + done);
			if (part <= 0)
				return part ? -errno : -ENOSPC;
		}
		at += n;
	}
	return ftruncate(to, at > size ? at : size) < 0 ? -errno : 0;
}

/* It keeps the time. */
static int copy_file(int from, const struct stat *st, const char *path)
{
	const struct timespec times[2] = { st->st_mtim, st->st_mtim };
	int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int err;

	if (to < 0)
		return -errno;
	err = copy_bytes(from, to, st->st_size);
	futimens(to, times);
	if (close(to) < 0 && !err)
		err = -errno;
	if (err)
		unlink(path);
	return err;
}

/* Count one more file. False if there are too many, which is said once. */
static bool has_room(struct keep *keep)
{
	if (++keep->files == FILES_MAX + 1) {
		dprintf(STDERR_FILENO,
			"rapido: only the first %d files of a case are kept\n",
			FILES_MAX);
		keep->status = 1;
	}
	return keep->files <= FILES_MAX;
}

static int copy_any(struct keep *keep, const char *source, const char *path, int flags);

struct pair {
	struct keep *keep;
	const char *to;
};

/* For for_each_name(): it stops when there are too many. */
static bool copy_name(const char *dir, const char *name, void *data)
{
	char from[4096], to[4096];
	struct pair *pair = data;
	int err = -ENAMETOOLONG;

	if (snprintf(from, sizeof(from), "%s/%s", dir, name) < (int)sizeof(from) &&
	    snprintf(to, sizeof(to), "%s/%s", pair->to, name) < (int)sizeof(to))
		err = copy_any(pair->keep, from, to, O_NOFOLLOW);
	/* links, devices and their kin are passed over */
	if (err && err != -ELOOP && err != -EINVAL)
		pair->keep->status = complain(from, -err);
	return pair->keep->files > FILES_MAX;
}

static int copy_dir(struct keep *keep, const char *source, const char *path)
{
	struct pair pair = { keep, path };

	if (keep->depth >= DEPTH_MAX)
		return -ENAMETOOLONG;
	if (mkdir(path, 0755) < 0)
		return -errno;
	keep->depth++;
	for_each_name(source, copy_name, &pair);
	keep->depth--;
	return 0;
}

/* A file, or a directory with what is in it. @flags are for the last part of @source. */
static int copy_any(struct keep *keep, const char *source, const char *path, int flags)
{
	int fd = open(source, O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags), err = -EINVAL;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		err = copy_dir(keep, source, path);
	else if (S_ISREG(st.st_mode))
		err = has_room(keep) ? copy_file(fd, &st, path) : 0;
	close(fd);
	return err;
}

/* The last part of a path, whose end is cut off if it is a slash. */
static const char *last_part(char *path)
{
	size_t len = strlen(path);
	char *slash;

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

int keep_files(char *const files[])
{
	static const char dir[] = RESULTS_DIR "/" WIRE_CASE_FILES;
	struct keep keep = { 0 };

	/* whatever a case has put there */
	unlink(dir);
	for_each_name(dir, remove_name, NULL);
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return complain(dir, errno);
	for (; *files; files++) {
		const char *name = last_part(*files);
		char path[4096];
		int err = -ENAMETOOLONG;

		if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			err = -EINVAL;
		else if (snprintf(path, sizeof(path), "%s/%s", dir, name) <
			 (int)sizeof(path))
			err = copy_any(&keep, *files, path, 0);
		if (err)
			keep.status = complain(*files, -err);
	}
	return keep.status;
}

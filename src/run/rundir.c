// SPDX-License-Identifier: GPL-2.0-or-later
/* Directories of runs: those that the user names, and those that rapido makes and keeps
 * for a while. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/lockfile.h"
#include "lib/log.h"
#include "made.h"
#include "lib/path.h"
#include "run/rundir.h"
#include "run/suite-run.h"
#include "lib/str.h"

#define RESULTS "results"
#define LAST	"last"

const char *const rundir_reserved[] = {
	"console.log", "kernel.log", "output",	  "status.json",
	"faults.txt",  "vmcore",     RUNDIR_WITH, NULL,
};

void rundir_release(struct rundir *dir)
{
	if (dir->fd >= 0)
		close(dir->fd);
	free(dir->path);
	*dir = (struct rundir)RUNDIR_INIT;
}

static int open_locked(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = fd < 0 ? -errno : lockfile_lock(fd, 0);

	return err ? err : TAKE_FD(fd);
}

/* Remove an earlier run's files, which must not be taken for this one's. */
static void remove_files(int fd)
{
	for (size_t i = 0; rundir_reserved[i]; i++)
		unlinkat(fd, rundir_reserved[i], 0);
}

/* Remove the list of what runs have made, unless some of that may still be there. */
static void remove_list(int dir_fd)
{
	_cleanup_closedir_ DIR *d = io_open_dir(dir_fd, ".");
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, "..") &&
		    !streq(entry->d_name, MADE_FILE))
			return;
	unlinkat(dir_fd, MADE_FILE, 0);
}

/*
 * Do both for its helpers. Remove their directories, too, if nothing else is in them.
 */
static void remove_helpers(int fd)
{
	static const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	_cleanup_closedir_ DIR *d = io_open_dir(fd, RUNDIR_WITH);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		bool plain = entry->d_name[0] != '.';
		_cleanup_close_ int helper =
			plain ? openat(dirfd(d), entry->d_name, flags) : -1;
		_cleanup_free_ char *other = NULL;

		/* another run may use it, or the user */
		if (helper < 0 || lockfile_lock(helper, 0) ||
		    made_may_use(helper, &other))
			continue;
		remove_files(helper);
		remove_list(helper);
		unlinkat(dirfd(d), entry->d_name, AT_REMOVEDIR);
	}
	unlinkat(fd, RUNDIR_WITH, AT_REMOVEDIR);
}

/* Mark the directory as a run's; the mark stays even if this run is killed. */
static int mark(int fd)
{
	struct made made;
	int err = made_open(&made, fd);

	made_release(&made);
	return err;
}

/*
 * Remove what a suite has left. It has a journal; all below its two directories is a
 * suite's. Without one, they are somebody else's.
 */
static void remove_suite(int fd)
{
	if (unlinkat(fd, SUITE_JOURNAL, 0) < 0)
		return;
	io_remove_tree(fd, SUITE_CASES);
	io_remove_tree(fd, SUITE_VMS);
}

/* @again: what is there stays. */
static int open_dir(struct rundir *dir, const char *path, bool again)
{
	int err = again ? 0 : io_mkdir_p(path), fd = err ? err : open_locked(path);
	_cleanup_free_ char *other = NULL;

	*dir = (struct rundir){ .path = path_absolute(path), .fd = fd < 0 ? -1 : fd };
	err = fd < 0 ? fd : 0;
	/* better to fail now than after a run of an hour */
	if (!err && faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		err = -errno;
	if (!err)
		err = made_may_use(fd, &other);
	if (!err)
		err = mark(fd);
	if (!err && !again) {
		remove_files(fd);
		remove_helpers(fd);
		remove_suite(fd);
	} else if (err && fd >= 0) {
		close(TAKE_FD(dir->fd));
	}
	if (other)
		log_error("cannot use directory '%s' for results: '%s' is in it, and no "
			  "run has used it before; give a new one or an empty one",
			  path, other);
	else if (err)
		log_error("cannot use directory '%s' for results: %s", path,
			  err == -EWOULDBLOCK ? "another run uses it" : err_text(err));
	return err;
}

int rundir_open(struct rundir *dir, const char *path)
{
	return open_dir(dir, path, false);
}

int rundir_open_again(struct rundir *dir, const char *path)
{
	return open_dir(dir, path, true);
}

char *rundir_find(const char *state, const char *name)
{
	_cleanup_free_ char *results = path_join(state, RESULTS), *path = NULL;
	char *found;

	if (!*name) {
		log_error("an empty name is not that of a run");
		return NULL;
	}
	/* 'last' will be another one soon; and a pipe of the shell's has no real path */
	found = realpath(name, NULL);
	if (found)
		return found;
	if (access(name, F_OK) == 0)
		return path_absolute(name);
	path = path_join(results, name);
	/* no path leads out of it */
	found = strchr(name, '/') ? NULL : realpath(path, NULL);
	if (found)
		return found;
	log_error("there is no run '%s', neither as a file or directory nor in '%s'",
		  name, results);
	return NULL;
}

/* "20261121-174302-simple-example", and a number after it if that is taken. */
static int make_new(struct rundir *dir, const char *results, const char *test)
{
	const char *base = path_basename(test);
	size_t len =
		ends_with(base, ".fest") ? strlen(base) - strlen(".fest") : strlen(base);
	time_t now = time(NULL);
	char stamp[32];
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	for (int i = 1; i < 1000; i++) {
		_cleanup_free_ char *number = i > 1 ? xasprintf("-%d", i) : xstrdup("");

		free(dir->path);
		dir->path =
			xasprintf("%s/%s-%.*s%s", results, stamp, (int)len, base, number);
		if (mkdir(dir->path, 0777) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

/* Two processes that do this at once both succeed, and either link may stay. */
static void link_last(const struct rundir *dir, const char *results)
{
	_cleanup_free_ char *link = path_join(results, LAST);
	_cleanup_free_ char *tmp =
		xasprintf("%s/.%s.%d.rapido-tmp", results, LAST, (int)getpid());

	/* an earlier process of this number may have been killed before its rename */
	unlink(tmp);
	if (symlink(path_basename(dir->path), tmp) < 0 || rename(tmp, link) < 0) {
		log_warn("cannot make '%s': %s", link, err_text(errno));
		unlink(tmp);
	}
}

/* Whether @name looks like one of ours: "20261121-174302-...". */
static bool is_run_name(const char *name)
{
	static const char form[] = "dddddddd-dddddd-";

	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != form[i])
			return false;
	return true;
}

static void remove_unused(const char *path)
{
	_cleanup_close_ int fd = open_locked(path);

	if (fd >= 0)
		io_remove_tree(AT_FDCWD, path);
}

static void remove_oldest(const char *results, uint64_t total)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	_cleanup_closedir_ DIR *d = opendir(results);
	struct dirent *entry;
	uint64_t bytes = 0;

	while (d && (entry = readdir(d)))
		if (is_run_name(entry->d_name))
			strvec_push(&names, entry->d_name);
	strvec_sort(&names);
	for (size_t i = names.nr; i > 0; i--) {
		_cleanup_free_ char *path = path_join(results, names.v[i - 1]);

		if (names.nr - i < RUNDIR_KEEP && bytes <= total)
			bytes += io_tree_bytes(AT_FDCWD, path);
		if (names.nr - i >= RUNDIR_KEEP || bytes > total)
			remove_unused(path);
	}
}

int rundir_new(struct rundir *dir, const char *state, const char *test, uint64_t total)
{
	_cleanup_free_ char *results = path_join(state, RESULTS);
	int err = io_mkdir_p(results);

	*dir = (struct rundir)RUNDIR_INIT;
	if (!err)
		err = make_new(dir, results, test);
	if (!err) {
		int fd = open_locked(dir->path);

		err = fd < 0 ? fd : 0;
		dir->fd = fd < 0 ? -1 : fd;
	}
	if (err) {
		log_error("cannot make a directory for results in '%s': %s", results,
			  err_text(err));
		return err;
	}
	link_last(dir, results);
	remove_oldest(results, total);
	return 0;
}

int rundir_create(const struct rundir *dir, const char *name)
{
	int fd;

	/* there may be a link to somewhere else */
	if (unlinkat(dir->fd, name, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0666);
	return fd < 0 ? -errno : fd;
}

int rundir_write(const struct rundir *dir, const char *name, const void *data,
		 size_t size)
{
	_cleanup_close_ int fd = rundir_create(dir, name);
	bool created = fd >= 0;
	int err = created ? io_write_all(fd, data, size) : fd;

	if (!err && close(TAKE_FD(fd)) < 0)
		err = -errno;
	/* its readers expect a complete file */
	if (err && created)
		unlinkat(dir->fd, name, 0);
	if (err)
		log_error("cannot write '%s/%s': %s", dir->path, name, err_text(err));
	return err;
}

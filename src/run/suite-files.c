// SPDX-License-Identifier: GPL-2.0-or-later
/* Moves and writes the files of a suite's case. Its name is the guest's, but what
 * suite_case_dir() makes of that cannot lead out of the run's directory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "run/suite-run.h"
#include "run/suite.h"
#include "suite-files.h"

/* rapido's own files there. A file of the case with such a name gets OTHER behind it. */
#define OUTPUT	"output"
#define KERNEL	"kernel.log"
#define ATTEMPT "attempt-"
#define OTHER	".case"

/* Make one directory. A file that another case has kept there gets OTHER behind it. */
static int make_one(int dir_fd, const char *path)
{
	_cleanup_free_ char *other = NULL;
	struct stat st;

	if (mkdirat(dir_fd, path, 0777) == 0)
		return 0;
	if (errno != EEXIST || fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return 0;
	other = xasprintf("%s" OTHER, path);
	if (renameat(dir_fd, path, dir_fd, other) < 0 || mkdirat(dir_fd, path, 0777) < 0)
		return -errno;
	return 0;
}

/* Make the directory @path, which has no "..", below @dir_fd, and open it. */
static int make_dir(int dir_fd, const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);
	int fd, err;

	for (char *p = copy; p;) {
		char *slash = strchr(p, '/');

		if (slash)
			*slash = '\0';
		err = make_one(dir_fd, copy);
		if (err)
			return err;
		if (slash)
			*slash = '/';
		p = slash ? slash + 1 : NULL;
	}
	fd = openat(dir_fd, copy, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool is_dots(const char *name)
{
	return streq(name, ".") || streq(name, "..");
}

/* What an attempt has left that does not count, as one that was interrupted. */
static void remove_files(int dir)
{
	_cleanup_closedir_ DIR *d = io_open_dir(dir, ".");
	struct dirent *entry;

	/* directories stay: unlinkat(2) refuses them */
	while (d && (entry = readdir(d)))
		unlinkat(dir, entry->d_name, 0);
}

/* The earlier attempt's files go to a directory of their own. Directories stay: they may
 * be those of other cases. */
static int set_aside(int dir, size_t earlier)
{
	_cleanup_free_ char *name = xasprintf(ATTEMPT "%zu", earlier);
	_cleanup_closedir_ DIR *d = io_open_dir(dir, ".");
	_cleanup_close_ int to = make_dir(dir, name);
	struct dirent *entry;
	struct stat st;

	if (!d || to < 0)
		return d ? to : -errno;
	while ((entry = readdir(d)))
		if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    !S_ISDIR(st.st_mode) &&
		    renameat(dir, entry->d_name, to, entry->d_name) < 0)
			return -errno;
	return 0;
}

static bool is_own(const char *name)
{
	return streq(name, OUTPUT) || streq(name, KERNEL) || starts_with(name, ATTEMPT);
}

/* Move what _case has kept in the VM's directory. */
static int move_files(int vm_dir, int dir)
{
	_cleanup_closedir_ DIR *d =
		vm_dir < 0 ? NULL : io_open_dir(vm_dir, WIRE_CASE_FILES);
	struct dirent *entry;

	if (!d)
		return 0;
	while ((entry = readdir(d))) {
		const char *name = entry->d_name;
		_cleanup_free_ char *to =
			xasprintf("%s%s", name, is_own(name) ? OTHER : "");

		if (is_dots(name) || renameat(dirfd(d), name, dir, to) == 0)
			continue;
		/* a directory of that name is another case's, or an earlier attempt's */
		free(to);
		to = xasprintf("%s" OTHER, name);
		io_remove_tree(dir, to);
		if (renameat(dirfd(d), name, dir, to) < 0)
			return -errno;
	}
	/* or the next case would have an empty one */
	unlinkat(vm_dir, WIRE_CASE_FILES, AT_REMOVEDIR);
	return 0;
}

static int write_file(int dir, const char *name, const void *data, size_t size)
{
	_cleanup_close_ int fd = -1;
	int err;

	unlinkat(dir, name, 0);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0666);
	err = fd < 0 ? -errno : io_write_all(fd, data, size);
	if (!err && close(TAKE_FD(fd)) < 0)
		err = -errno;
	return err;
}

/* The directory of the case. A descriptor or -errno. */
static int open_case(int dir_fd, const char *name)
{
	_cleanup_free_ char *dir = suite_case_dir(name);
	_cleanup_free_ char *path = xasprintf(SUITE_CASES "/%s", dir);

	return make_dir(dir_fd, path);
}

int suite_files_take(int dir_fd, const char *name, size_t earlier, int vm_dir)
{
	_cleanup_close_ int dir = open_case(dir_fd, name);
	int err = dir < 0 ? dir : 0;

	if (!err && earlier)
		err = set_aside(dir, earlier);
	else if (!err)
		remove_files(dir);
	return err ? err : move_files(vm_dir, dir);
}

int suite_files_write(int dir_fd, const char *name, const struct run_case *of,
		      const char *kernel)
{
	_cleanup_close_ int dir = open_case(dir_fd, name);
	_cleanup_(strbuf_release) struct strbuf output = STRBUF_INIT;
	int err = dir < 0 ? dir : 0;

	if (!err && of) {
		record_case_output(of, &output);
		err = write_file(dir, OUTPUT, output.buf, output.len);
	}
	if (!err && kernel)
		err = write_file(dir, KERNEL, kernel, strlen(kernel));
	return err;
}

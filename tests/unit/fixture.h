/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What unit tests share: an environment without the user's settings, a directory that is
 * made for each test and removed after it, and messages caught before they are printed.
 */
#ifndef RAPIDO_TESTS_FIXTURE_H
#define RAPIDO_TESTS_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "define_test.h"
#include "lib/str.h"

/* A test that has the directory fixture_dir to itself. */
#define FIXTURE_TEST(f) DEFINE_TEST_WITH(f, fixture_make, fixture_remove)

static char fixture_dir[64];

/* For the group's setup: nothing of the user's environment decides a test. */
static inline int fixture_clean_environment(void **state)
{
	extern char **environ;
	char name[64];

	(void)state;
	for (size_t i = 0; environ[i];) {
		size_t len = strcspn(environ[i], "=");

		if ((starts_with(environ[i], "RAPIDO_") ||
		     starts_with(environ[i], "XDG_")) &&
		    !starts_with(environ[i], "RAPIDO_VALGRIND=") && len < sizeof(name)) {
			memcpy(name, environ[i], len);
			name[len] = '\0';
			unsetenv(name);
		} else {
			i++;
		}
	}
	setenv("HOME", "/nonexistent/home", 1);
	return 0;
}

static inline int fixture_make(void **state)
{
	(void)state;
	strcpy(fixture_dir, "/tmp/rapido-unit.XXXXXX");
	return mkdtemp(fixture_dir) ? 0 : -1;
}

static inline int fixture_remove_one(const char *path, const struct stat *st, int type,
				     struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int fixture_remove(void **state)
{
	(void)state;
	if (chdir("/"))
		return -1;
	return nftw(fixture_dir, fixture_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of @name in the test's directory; good for the next 31 calls. */
static inline const char *at(const char *name)
{
	static char paths[32][512];
	static unsigned int next;
	char *path = paths[next++ % ARRAY_SIZE(paths)];

	snprintf(path, sizeof(paths[0]), "%s%s%s", fixture_dir, *name ? "/" : "", name);
	return path;
}

/* Make the directory @name with its parents. The path. */
static inline const char *put_dir(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s/", fixture_dir, name);
	for (char *p = path + strlen(fixture_dir) + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			fail_msg("cannot make '%s': %s", path, strerror(errno));
		*p = '/';
	}
	return at(name);
}

/* Write the file @name, making the directories above it. The path. */
static inline const char *put_data(const char *name, const void *data, size_t size)
{
	const char *slash = strrchr(name, '/'), *path = at(name);
	int fd;

	if (slash) {
		_cleanup_free_ char *dir = xstrndup(name, (size_t)(slash - name));

		put_dir(dir);
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		fail_msg("cannot write '%s': %s", path, strerror(errno));
	close(fd);
	return path;
}

static inline const char *put_file(const char *name, const char *text)
{
	return put_data(name, text, strlen(text));
}

#define assert_contains(text, part) \
	fixture_contains((text), (part), true, __FILE__, __LINE__)
#define assert_lacks(text, part) \
	fixture_contains((text), (part), false, __FILE__, __LINE__)

static inline void fixture_contains(const char *text, const char *part, bool wanted,
				    const char *file, int line)
{
	if (text && !!strstr(text, part) == wanted)
		return;
	print_error("'%s' %s '%s'\n", text ? text : "(null)",
		    wanted ? "does not contain" : "contains", part);
	_fail(file, line);
}

#define assert_strvec(sv, ...)                                                     \
	fixture_strvec((sv), (const char *const[]){ __VA_ARGS__, NULL }, __FILE__, \
		       __LINE__)

/* The vector has just these strings. */
static inline void fixture_strvec(const struct strvec *sv, const char *const *expected,
				  const char *file, int line)
{
	size_t nr = 0;

	while (expected[nr])
		nr++;
	for (size_t i = 0; i < nr && i < sv->nr; i++) {
		if (streq(sv->v[i], expected[i]))
			continue;
		print_error("string %zu is '%s', not '%s'\n", i, sv->v[i], expected[i]);
		_fail(file, line);
	}
	if (sv->nr != nr) {
		print_error("there are %zu strings, not %zu\n", sv->nr, nr);
		_fail(file, line);
	}
}

/* Standard error goes into memory between these two. */
struct capture {
	int fd, saved;
};

static inline struct capture capture_start(void)
{
	struct capture c = { .fd = memfd_create("stderr", MFD_CLOEXEC),
			     .saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10) };

	if (c.fd < 0 || c.saved < 0 || dup2(c.fd, STDERR_FILENO) < 0)
		fail_msg("cannot redirect standard error");
	return c;
}

/* What was written; good until the next call. */
static inline const char *capture_stop(struct capture *c)
{
	static char text[8192];
	ssize_t n;

	dup2(c->saved, STDERR_FILENO);
	n = pread(c->fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	close(c->saved);
	close(c->fd);
	return text;
}

/*
 * Run @fn in a child process that is not root; its return value. Skips the test when
 * privileges cannot be dropped. The fixture directory can be searched by everybody then.
 */
static inline int fixture_run_as_user(int (*fn)(void))
{
	int status = 0;
	pid_t pid;

	chmod(fixture_dir, 0755);
	pid = fork();
	if (!pid) {
		if (geteuid() == 0 && (setresgid(65534, 65534, 65534) < 0 ||
				       setresuid(65534, 65534, 65534) < 0))
			_exit(177);
		_exit(fn());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail_msg("cannot run a child process");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 177) {
		print_message("root's privileges cannot be dropped here\n");
		skip();
	}
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#endif

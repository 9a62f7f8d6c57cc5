// SPDX-License-Identifier: GPL-2.0-or-later
/* Temporary directories: made, removed, and cleaned up after those who could not. */
#include <signal.h>

#include "fixture.h"
#include "lib/tmpdir.h"
#include "seccomp_fixture.h"

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* The part of @path that put_file() and put_dir() take. */
static const char *below_fixture(const char *path)
{
	return path + strlen(fixture_dir) + 1;
}

FIXTURE_TEST(tmpdir_init__new_directory__private_and_inside)
{
	_cleanup_(tmpdir_release) struct tmpdir tmpdir = TMPDIR_INIT;
	struct stat st;

	assert_int_equal(tmpdir_init(&tmpdir, at("a/b")), 0);
	assert_true(starts_with(tmpdir.path, at("a/b/")));
	assert_int_equal(stat(tmpdir.path, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(st.st_uid, geteuid());
}

FIXTURE_TEST(tmpdir_init__twice_in_one_process__two_directories)
{
	_cleanup_(tmpdir_release) struct tmpdir a = TMPDIR_INIT, b = TMPDIR_INIT;

	assert_int_equal(tmpdir_init(&a, fixture_dir), 0);
	assert_int_equal(tmpdir_init(&b, fixture_dir), 0);
	assert_string_not_equal(a.path, b.path);
	assert_true(exists(a.path));
	assert_true(exists(b.path));
}

FIXTURE_TEST(tmpdir_release__with_contents__all_gone)
{
	struct tmpdir tmpdir = TMPDIR_INIT;
	_cleanup_free_ char *path = NULL, *sub = NULL;

	assert_int_equal(tmpdir_init(&tmpdir, fixture_dir), 0);
	path = xstrdup(tmpdir.path);
	sub = xasprintf("%s/x/y", below_fixture(path));
	put_dir(sub);
	free(sub);
	sub = xasprintf("%s/x/y/file", below_fixture(path));
	put_file(sub, "text");
	tmpdir_release(&tmpdir);
	assert_false(exists(path));
	assert_null(tmpdir.path);
	assert_int_equal(tmpdir.fd, -1);
}

FIXTURE_TEST(tmpdir_release__links_inside__targets_untouched)
{
	struct tmpdir tmpdir = TMPDIR_INIT;
	_cleanup_free_ char *to_dir = NULL, *to_file = NULL, *path = NULL;

	put_file("precious/file", "text");
	assert_int_equal(tmpdir_init(&tmpdir, at("s")), 0);
	path = xstrdup(tmpdir.path);
	to_dir = xasprintf("%s/dir", path);
	to_file = xasprintf("%s/file", path);
	assert_int_equal(symlink(at("precious"), to_dir), 0);
	assert_int_equal(symlink(at("precious/file"), to_file), 0);
	tmpdir_release(&tmpdir);
	assert_false(exists(path));
	assert_true(exists(at("precious/file")));
}

FIXTURE_TEST(tmpdir_release__never_made__harmless)
{
	struct tmpdir tmpdir = TMPDIR_INIT;

	tmpdir_release(&tmpdir);
	tmpdir_release(&tmpdir);
	assert_null(tmpdir.path);
}

/* In a process of its own that is killed in the middle; its directory's path. */
static char *leave_stale(void)
{
	char path[600] = "";
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		struct tmpdir tmpdir;

		if (tmpdir_init(&tmpdir, at("s")) ||
		    write(ends[1], tmpdir.path, strlen(tmpdir.path)) < 0)
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	close(ends[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(read(ends[0], path, sizeof(path) - 1) > 0);
	close(ends[0]);
	return xstrdup(path);
}

FIXTURE_TEST(tmpdir_init__left_by_a_killed_process__removed)
{
	_cleanup_(tmpdir_release) struct tmpdir tmpdir = TMPDIR_INIT;
	_cleanup_free_ char *stale = leave_stale(), *inside = NULL;

	assert_true(exists(stale));
	inside = xasprintf("%s/command-0.sh", below_fixture(stale));
	put_file(inside, "text");
	assert_int_equal(tmpdir_init(&tmpdir, at("s")), 0);
	assert_string_not_equal(tmpdir.path, stale);
	assert_false(exists(stale));
}

FIXTURE_TEST(tmpdir_init__in_use_by_a_live_process__kept)
{
	_cleanup_(tmpdir_release) struct tmpdir live = TMPDIR_INIT;
	int status;
	pid_t pid;

	assert_int_equal(tmpdir_init(&live, at("s")), 0);
	pid = fork();
	if (!pid) {
		struct tmpdir other;
		int err;

		/* as if it were not a child: without our lock */
		close(live.fd);
		err = tmpdir_init(&other, at("s"));
		tmpdir_release(&other);
		_exit(err ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(exists(live.path));
}

FIXTURE_TEST(tmpdir_init__other_names__kept)
{
	_cleanup_(tmpdir_release) struct tmpdir tmpdir = TMPDIR_INIT;

	put_file("s/myinitrd", "x");
	put_dir("s/.stage.1.0");
	put_dir("s/1.0.rapido-tmp");
	put_file("s/.stage.file.rapido-tmp", "x");
	put_dir("precious");
	assert_int_equal(symlink(at("precious"), at("s/.stage.link.rapido-tmp")), 0);
	assert_int_equal(tmpdir_init(&tmpdir, at("s")), 0);
	assert_true(exists(at("s/myinitrd")));
	assert_true(exists(at("s/.stage.1.0")));
	assert_true(exists(at("s/1.0.rapido-tmp")));
	assert_true(exists(at("precious")));
}

FIXTURE_TEST(tmpdir_init__directory_is_a_file__error)
{
	struct tmpdir tmpdir = TMPDIR_INIT;

	put_file("s", "");
	assert_true(tmpdir_init(&tmpdir, at("s")) < 0);
	assert_null(tmpdir.path);
	assert_int_equal(tmpdir.fd, -1);
	assert_true(exists(at("s")));
}

static int init_in_read_only(void)
{
	struct tmpdir tmpdir;
	int err = tmpdir_init(&tmpdir, at("s"));

	tmpdir_release(&tmpdir);
	return err == -EACCES ? 0 : 1;
}

FIXTURE_TEST(tmpdir_init__directory_not_writable__eacces)
{
	put_dir("s");
	assert_int_equal(chmod(at("s"), 0555), 0);
	assert_int_equal(fixture_run_as_user(init_in_read_only), 0);
	assert_int_equal(chmod(at("s"), 0755), 0);
}

static int init_without_locks(void)
{
	struct tmpdir tmpdir;
	int err = tmpdir_init(&tmpdir, at("s"));

	return err == -ENOLCK && !tmpdir.path && tmpdir.fd == -1 ? 0 : 1;
}

FIXTURE_TEST(tmpdir_init__cannot_lock__says_why_and_leaves_nothing)
{
	assert_int_equal(seccomp_run_without(SYS_flock, ENOLCK, init_without_locks), 0);
	assert_int_equal(rmdir(at("s")), 0);
}

static int init_without_descriptors(void)
{
	struct tmpdir tmpdir;
	int err = tmpdir_init(&tmpdir, at("s"));

	return err == -EMFILE && !tmpdir.path ? 0 : 1;
}

FIXTURE_TEST(tmpdir_init__no_descriptor_left__says_so_and_leaves_nothing)
{
	put_dir("s");
	assert_int_equal(
		seccomp_run_without(SYS_openat, EMFILE, init_without_descriptors), 0);
	assert_int_equal(rmdir(at("s")), 0);
}

/* Make one, see that it stays while others clean up, remove it. */
static void make_and_check(unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++) {
		struct tmpdir tmpdir;
		char file[600];
		int fd;

		if (tmpdir_init(&tmpdir, at("s")))
			_exit(1);
		snprintf(file, sizeof(file), "%s/file", tmpdir.path);
		fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			_exit(2);
		close(fd);
		usleep(100);
		if (!exists(file))
			_exit(3);
		tmpdir_release(&tmpdir);
	}
	_exit(0);
}

FIXTURE_TEST(tmpdir_init__many_processes_at_once__none_loses_its_own)
{
	unsigned int rounds = getenv("RAPIDO_VALGRIND") ? 10 : 100;
	int status, failed = 0;

	for (int i = 0; i < 8; i++)
		if (!fork())
			make_and_check(rounds);
	while (wait(&status) > 0)
		failed += status != 0;
	assert_int_equal(failed, 0);
	/* nothing is left */
	assert_int_equal(rmdir(at("s")), 0);
}

/* A name that ours could have, and a lock that nobody holds. */
FIXTURE_TEST(tmpdir_init__another_users__neither_locked_nor_removed)
{
	_cleanup_(tmpdir_release) struct tmpdir tmpdir = TMPDIR_INIT;
	const char *stranger = put_dir("s/.stage.1.0.rapido-tmp");

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(stranger, 65534, 65534), 0);
	assert_int_equal(tmpdir_init(&tmpdir, at("s")), 0);
	assert_true(exists(stranger));
}

FIXTURE_TEST(tmpdir_init_shared__what_else_is_there__not_looked_at)
{
	_cleanup_(tmpdir_release) struct tmpdir tmpdir = TMPDIR_INIT;
	const char *other = put_dir("s/.stage.1.0.rapido-tmp");
	struct stat st;

	assert_int_equal(tmpdir_init_shared(&tmpdir, at("s")), 0);
	assert_true(exists(other));
	assert_true(starts_with(tmpdir.path, at("s/")));
	assert_int_equal(stat(tmpdir.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

FIXTURE_TEST(tmpdir_init_shared__released__gone)
{
	struct tmpdir tmpdir = TMPDIR_INIT;
	_cleanup_free_ char *path = NULL;

	put_dir("s");
	assert_int_equal(tmpdir_init_shared(&tmpdir, at("s")), 0);
	path = xstrdup(tmpdir.path);
	tmpdir_release(&tmpdir);
	assert_false(exists(path));
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

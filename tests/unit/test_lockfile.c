// SPDX-License-Identifier: GPL-2.0-or-later
/* Lock files: taken, waited for, removed, and left behind by processes that were killed.
 */
#include <sched.h>
#include <signal.h>
#include <sys/file.h>

#include "fixture.h"
#include "lib/lockfile.h"

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* Open and locked, as its living owner has it. */
static int open_locked(const char *path)
{
	int fd = open_file(path);

	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	return fd;
}

FIXTURE_TEST(lockfile_lock__free__locked)
{
	_cleanup_close_ int fd = open_file(put_file("file", ""));
	_cleanup_close_ int other = open_file(at("file"));

	assert_int_equal(lockfile_lock(fd, 0), 0);
	assert_int_equal(lockfile_lock(other, 0), -EWOULDBLOCK);
}

FIXTURE_TEST(lockfile_lock__taken__gives_up_at_the_deadline)
{
	_cleanup_close_ int owner = open_locked(put_file("file", ""));
	_cleanup_close_ int fd = open_file(at("file"));
	uint64_t start = monotonic_ms(), waited;

	assert_int_equal(lockfile_lock(fd, start + 50), -EWOULDBLOCK);
	waited = monotonic_ms() - start;
	assert_true(waited >= 50);
}

FIXTURE_TEST(lockfile_lock__given_back_in_time__locked)
{
	_cleanup_close_ int fd = open_file(put_file("file", ""));
	int ready[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		open_locked(at("file"));
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		usleep(50 * 1000);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(lockfile_lock(fd, 0), -EWOULDBLOCK);
	assert_int_equal(lockfile_lock(fd, monotonic_ms() + 20000), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ready[0]);
	close(ready[1]);
}

FIXTURE_TEST(lockfile_lock_named__still_there__locked)
{
	_cleanup_close_ int fd = open_file(put_file("file", ""));

	assert_int_equal(lockfile_lock_named(fd, AT_FDCWD, at("file")), 0);
}

FIXTURE_TEST(lockfile_lock_named__removed_or_another__estale)
{
	_cleanup_close_ int fd = open_file(put_file("file", ""));

	assert_int_equal(unlink(at("file")), 0);
	assert_int_equal(lockfile_lock_named(fd, AT_FDCWD, at("file")), -ESTALE);
	put_file("file", "");
	assert_int_equal(lockfile_lock_named(fd, AT_FDCWD, at("file")), -ESTALE);
}

FIXTURE_TEST(lockfile_take__not_there__made_and_released_removed)
{
	struct lockfile lock;
	struct stat st;

	assert_int_equal(lockfile_take(&lock, at("lock"), 0600, 0), 0);
	assert_true(lock.made);
	assert_string_equal(lock.path, at("lock"));
	assert_int_equal(stat(at("lock"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	lockfile_release(&lock);
	assert_false(exists(at("lock")));
	assert_int_equal(lock.fd, -1);
	assert_null(lock.path);
	lockfile_release(&lock);
}

FIXTURE_TEST(lockfile_take__left_by_one_who_was_killed__taken)
{
	struct lockfile lock;

	put_file("lock", "former");
	assert_int_equal(lockfile_take(&lock, at("lock"), 0600, 0), 0);
	assert_false(lock.made);
	lockfile_release(&lock);
	assert_false(exists(at("lock")));
}

FIXTURE_TEST(lockfile_take__taken__gives_up_at_the_deadline)
{
	struct lockfile owner, lock;
	uint64_t start = monotonic_ms();

	assert_int_equal(lockfile_take(&owner, at("lock"), 0600, 0), 0);
	assert_int_equal(lockfile_take(&lock, at("lock"), 0600, 0), -EWOULDBLOCK);
	assert_int_equal(lockfile_take(&lock, at("lock"), 0600, start + 50),
			 -EWOULDBLOCK);
	assert_true(monotonic_ms() >= start + 50);
	lockfile_release(&lock);
	assert_true(exists(at("lock")));
	lockfile_release(&owner);
}

FIXTURE_TEST(lockfile_take__symbolic_link__not_followed)
{
	struct lockfile lock;

	assert_int_equal(symlink(at("target"), at("lock")), 0);
	assert_int_equal(lockfile_take(&lock, at("lock"), 0600, 0), -ELOOP);
	put_file("target", "");
	assert_int_equal(lockfile_take(&lock, at("lock"), 0600, 0), -ELOOP);
	lockfile_release(&lock);
	assert_true(exists(at("lock")));
}

FIXTURE_TEST(lockfile_take__no_regular_file__error)
{
	struct lockfile lock;

	put_dir("dir");
	assert_int_equal(lockfile_take(&lock, at("dir"), 0600, 0), -EISDIR);
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	assert_int_equal(lockfile_take(&lock, at("fifo"), 0600, 0), -EINVAL);
	/* what bind(2) leaves */
	assert_int_equal(mknod(at("socket"), S_IFSOCK | 0600, 0), 0);
	assert_int_equal(lockfile_take(&lock, at("socket"), 0600, 0), -EINVAL);
	assert_int_equal(lockfile_take(&lock, at("none/lock"), 0600, 0), -ENOENT);
	assert_int_equal(lock.fd, -1);
	assert_true(exists(at("fifo")));
	assert_true(exists(at("socket")));
}

/* As if a cleaner of /tmp had removed the file, and another process had made it anew. */
FIXTURE_TEST(lockfile_release__name_is_another_file_now__stays)
{
	struct lockfile first, second;

	assert_int_equal(lockfile_take(&first, at("lock"), 0600, 0), 0);
	assert_true(lockfile_is_ours(&first));
	assert_int_equal(unlink(at("lock")), 0);
	assert_false(lockfile_is_ours(&first));
	assert_int_equal(lockfile_take(&second, at("lock"), 0600, 0), 0);
	assert_false(lockfile_is_ours(&first));
	lockfile_release(&first);
	assert_true(exists(at("lock")));
	assert_true(lockfile_is_ours(&second));
	lockfile_release(&second);
	assert_false(exists(at("lock")));
	assert_false(lockfile_is_ours(&second));
}

/* Take it again and again; a mark that only one can make says whether we are alone. */
static void take_often(unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++) {
		struct lockfile lock;
		int fd;

		if (lockfile_take(&lock, at("lock"), 0600, monotonic_ms() + 20000))
			_exit(1);
		fd = open(at("mark"), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			_exit(2);
		close(fd);
		sched_yield();
		if (unlink(at("mark")))
			_exit(3);
		lockfile_release(&lock);
	}
	_exit(0);
}

FIXTURE_TEST(lockfile_take__many_at_once__never_two)
{
	unsigned int rounds = getenv("RAPIDO_VALGRIND") ? 3 : 30;
	int status, failed = 0;

	for (int i = 0; i < 6; i++)
		if (!fork())
			take_often(rounds);
	while (wait(&status) > 0)
		failed += status != 0;
	assert_int_equal(failed, 0);
	assert_false(exists(at("lock")));
}

FIXTURE_TEST(lockfile_remove_stale__files_and_directories__removed)
{
	put_file("d/.a.1.tmp", "x");
	put_file("d/.a.2.tmp/below/file", "x");
	lockfile_remove_stale(at("d"), ".a.", ".tmp");
	assert_int_equal(rmdir(at("d")), 0);
}

FIXTURE_TEST(lockfile_remove_stale__owner_lives__kept)
{
	_cleanup_close_ int file = open_locked(put_file("d/.a.1.tmp", "x"));
	_cleanup_close_ int dir = open_locked(put_dir("d/.a.2.tmp"));

	lockfile_remove_stale(at("d"), ".a.", ".tmp");
	assert_true(exists(at("d/.a.1.tmp")));
	assert_true(exists(at("d/.a.2.tmp")));
}

FIXTURE_TEST(lockfile_remove_stale__other_names_and_links__kept)
{
	static const char *const names[] = { "d/a", "d/.a.1", "d/1.tmp", "d/.b.1.tmp" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		put_file(names[i], "x");
	put_file("precious/file", "x");
	assert_int_equal(symlink(at("precious"), at("d/.a.1.tmp")), 0);
	lockfile_remove_stale(at("d"), ".a.", ".tmp");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_true(exists(at(names[i])));
	assert_true(exists(at("d/.a.1.tmp")));
	assert_true(exists(at("precious/file")));
}

FIXTURE_TEST(lockfile_remove_stale__another_users__neither_locked_nor_removed)
{
	const char *dir = put_dir("d/.a.1.tmp"), *file = put_file("d/.a.2.tmp", "x");

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(dir, 65534, 65534), 0);
	assert_int_equal(chown(file, 65534, 65534), 0);
	lockfile_remove_stale(at("d"), ".a.", ".tmp");
	assert_true(exists(dir));
	assert_true(exists(file));
}

FIXTURE_TEST(lockfile_remove_stale__no_directory__nothing)
{
	lockfile_remove_stale(at("none"), ".a.", ".tmp");
	assert_false(exists(at("none")));
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The lock of those who change the network. */
#include <sched.h>

#include "fixture.h"
#include "net/host/net-lock.h"

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

FIXTURE_TEST(net_lock_take__nobody_has_it__file_for_us_alone)
{
	struct net_lock lock = NET_LOCK_INIT;
	struct stat st;

	assert_int_equal(net_lock_take(&lock, at("lock"), 0), 0);
	assert_int_equal(stat(at("lock"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	net_lock_release(&lock);
	assert_false(exists(at("lock")));
}

FIXTURE_TEST(net_lock_take__somebody_has_it__gives_up_in_time)
{
	struct net_lock lock = NET_LOCK_INIT, other = NET_LOCK_INIT;
	struct capture c;

	assert_int_equal(net_lock_take(&other, at("lock"), 0), 0);
	c = capture_start();
	assert_int_equal(net_lock_take(&lock, at("lock"), 50), -ETIMEDOUT);
	assert_contains(capture_stop(&c), "another rapido is changing the network: '");
	net_lock_release(&lock);
	assert_true(exists(at("lock")));
	net_lock_release(&other);
}

FIXTURE_TEST(net_lock_take__takes_longer_than_a_second__says_so)
{
	struct net_lock lock = NET_LOCK_INIT, other = NET_LOCK_INIT;
	struct capture c;
	const char *said;

	assert_int_equal(net_lock_take(&other, at("lock"), 0), 0);
	c = capture_start();
	assert_int_equal(net_lock_take(&lock, at("lock"), 1100), -ETIMEDOUT);
	said = capture_stop(&c);
	assert_contains(said, "another rapido is changing the network: waiting for it\n");
	/* once, and then the error */
	assert_null(strchr(strchr(strchr(said, '\n') + 1, '\n') + 1, '\n'));
	net_lock_release(&other);
}

FIXTURE_TEST(net_lock_take__file_of_one_who_was_killed__taken)
{
	struct net_lock lock = NET_LOCK_INIT;

	put_file("lock", "");
	assert_int_equal(net_lock_take(&lock, at("lock"), 0), 0);
	net_lock_release(&lock);
	assert_false(exists(at("lock")));
}

FIXTURE_TEST(net_lock_take__symbolic_link__not_followed)
{
	struct net_lock lock = NET_LOCK_INIT;
	struct capture c;

	assert_int_equal(symlink(at("target"), at("lock")), 0);
	c = capture_start();
	assert_int_equal(net_lock_take(&lock, at("lock"), 0), -ELOOP);
	assert_contains(capture_stop(&c), "cannot lock '");
	assert_false(exists(at("target")));
	net_lock_release(&lock);
}

FIXTURE_TEST(net_lock_take__no_directory__error_names_the_file)
{
	struct net_lock lock = NET_LOCK_INIT;
	struct capture c;

	c = capture_start();
	assert_int_equal(net_lock_take(&lock, at("none/lock"), 0), -ENOENT);
	assert_contains(capture_stop(&c), "none/lock");
	net_lock_release(&lock);
}

/* Take it again and again; a mark that only one can make says whether we are alone. */
static void take_often(unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++) {
		struct net_lock lock;
		int fd;

		if (net_lock_take(&lock, at("lock"), 20000))
			_exit(1);
		fd = open(at("mark"), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			_exit(2);
		close(fd);
		sched_yield();
		if (unlink(at("mark")))
			_exit(3);
		net_lock_release(&lock);
	}
	_exit(0);
}

FIXTURE_TEST(net_lock_take__many_at_once__never_two)
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

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

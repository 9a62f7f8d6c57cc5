// SPDX-License-Identifier: GPL-2.0-or-later
/* Signals through a descriptor. */
#include <sys/signalfd.h>

#include "fixture.h"
#include "lib/signal-fd.h"

static const int all[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD };
static sigset_t before;

/* Whoever runs the tests may ignore some. */
static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		signal(all[i], SIG_DFL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return sigprocmask(SIG_SETMASK, &before, NULL);
}

/* The number of the next signal, or 0. */
static int next(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(open__each_kind_twice__once_each)
{
	_cleanup_close_ int fd = signal_fd_open(&before, 0);
	sigset_t seen;
	int nr = 0, sig;

	assert_true(fd >= 0);
	sigemptyset(&seen);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(all); i++)
		assert_int_equal(kill(getpid(), all[i % ARRAY_SIZE(all)]), 0);
	for (; (sig = next(fd)); nr++) {
		assert_int_equal(sigismember(&seen, sig), 0);
		sigaddset(&seen, sig);
	}
	assert_int_equal(nr, SIGNAL_FD_KINDS);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		assert_int_equal(sigismember(&seen, all[i]), 1);
}

TEST(open__ignored__stays_ignored)
{
	_cleanup_close_ int fd = -1;

	signal(SIGHUP, SIG_IGN);
	fd = signal_fd_open(&before, 0);
	assert_true(fd >= 0);
	kill(getpid(), SIGHUP);
	assert_int_equal(next(fd), 0);
}

TEST(open__more__comes_too)
{
	_cleanup_close_ int fd = signal_fd_open(&before, SIGWINCH);

	assert_true(fd >= 0);
	kill(getpid(), SIGWINCH);
	assert_int_equal(next(fd), SIGWINCH);
	assert_int_equal(next(fd), 0);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

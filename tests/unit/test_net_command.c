// SPDX-License-Identifier: GPL-2.0-or-later
/* How the commands begin and end that change the network. */
#include <signal.h>

#include "fixture.h"
#include "cmd/net-command.h"

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

FIXTURE_TEST(net_command_lock__nobody_has_it__file_for_us_alone)
{
	struct lockfile lock = LOCKFILE_INIT;
	struct stat st;

	assert_int_equal(net_command_lock(&lock, at("lock"), 0), 0);
	assert_int_equal(stat(at("lock"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	lockfile_release(&lock);
	assert_false(exists(at("lock")));
}

FIXTURE_TEST(net_command_lock__somebody_has_it__gives_up_in_time)
{
	struct lockfile lock = LOCKFILE_INIT, other = LOCKFILE_INIT;
	struct capture c;

	assert_int_equal(net_command_lock(&other, at("lock"), 0), 0);
	c = capture_start();
	assert_int_equal(net_command_lock(&lock, at("lock"), 50), -EWOULDBLOCK);
	assert_contains(capture_stop(&c), "another rapido is changing the network: '");
	lockfile_release(&lock);
	assert_true(exists(at("lock")));
	lockfile_release(&other);
}

FIXTURE_TEST(net_command_lock__takes_longer_than_a_second__says_so)
{
	struct lockfile lock = LOCKFILE_INIT, other = LOCKFILE_INIT;
	struct capture c;
	const char *said;

	assert_int_equal(net_command_lock(&other, at("lock"), 0), 0);
	c = capture_start();
	assert_int_equal(net_command_lock(&lock, at("lock"), 1100), -EWOULDBLOCK);
	said = capture_stop(&c);
	assert_contains(said, "another rapido is changing the network: waiting for it\n");
	/* once, and then the error */
	assert_null(strchr(strchr(strchr(said, '\n') + 1, '\n') + 1, '\n'));
	lockfile_release(&other);
}

FIXTURE_TEST(net_command_lock__symbolic_link__not_followed)
{
	struct lockfile lock = LOCKFILE_INIT;
	struct capture c;

	assert_int_equal(symlink(at("target"), at("lock")), 0);
	c = capture_start();
	assert_int_equal(net_command_lock(&lock, at("lock"), 0), -ELOOP);
	assert_contains(capture_stop(&c), "cannot lock '");
	assert_false(exists(at("target")));
	lockfile_release(&lock);
}

FIXTURE_TEST(net_command_lock__no_directory__error_names_the_file)
{
	struct lockfile lock = LOCKFILE_INIT;
	struct capture c;

	c = capture_start();
	assert_int_equal(net_command_lock(&lock, at("none/lock"), 0), -ENOENT);
	assert_contains(capture_stop(&c), "none/lock");
	lockfile_release(&lock);
}

/* In a child: what the command prints, and a signal that comes before its end. */
static void print_and_release(int out)
{
	struct net_command run = NET_COMMAND_INIT;
	sigset_t ends;

	if (dup2(out, STDOUT_FILENO) < 0 || net_command_lock(&run.lock, at("lock"), 0))
		_exit(1);
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, &run.signals);
	/* whatever we have inherited */
	signal(SIGINT, SIG_DFL);
	printf("tap tap1\n");
	raise(SIGINT);
	net_command_release(&run);
	_exit(2);
}

FIXTURE_TEST(net_command_release__interrupted__what_was_done_is_printed)
{
	char text[64] = "";
	int ends[2], status;
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fflush(stdout);
	pid = fork();
	if (!pid)
		print_and_release(ends[1]);
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGINT);
	assert_int_equal(read(ends[0], text, sizeof(text) - 1), 9);
	assert_string_equal(text, "tap tap1\n");
	assert_int_equal(access(at("lock"), F_OK), -1);
	close(ends[0]);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

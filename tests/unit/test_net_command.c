// SPDX-License-Identifier: GPL-2.0-or-later
/* How the commands end that change the network. */
#include <signal.h>

#include "fixture.h"
#include "cmd/net-command.h"

/* In a child: what the command prints, and a signal that comes before its end. */
static void print_and_release(int out)
{
	struct net_command run = NET_COMMAND_INIT;
	sigset_t ends;

	if (dup2(out, STDOUT_FILENO) < 0 || net_lock_take(&run.lock, at("lock"), 0))
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

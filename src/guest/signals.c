// SPDX-License-Identifier: GPL-2.0-or-later
/* The signals that the first process, or the agent, waits for beside its descriptors. */
#include <time.h>

#include "init.h"

static const int caught[] = { SIGCHLD, SIGUSR2, SIGTERM, SIGINT };
static volatile sig_atomic_t arrived[ARRAY_SIZE(caught)];

static void on_signal(int sig)
{
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		if (caught[i] == sig)
			arrived[i] = 1;
}

void catch_signals(void)
{
	const struct sigaction note = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		sigaddset(&set, caught[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		sigaction(caught[i], &note, NULL);
}

int wait_events(struct pollfd *fds, size_t nr, int timeout_ms)
{
	const struct timespec timeout = { timeout_ms / 1000,
					  timeout_ms % 1000 * 1000000L };
	sigset_t none;
	int n;

	sigemptyset(&none);
	n = ppoll(fds, nr, timeout_ms < 0 ? NULL : &timeout, &none);
	for (size_t i = 0; n < 0 && i < nr; i++)
		fds[i].revents = 0;
	return n;
}

bool signal_arrived(int sig)
{
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		if (caught[i] == sig && arrived[i]) {
			arrived[i] = 0;
			return true;
		}
	return false;
}

void default_signals(void)
{
	const struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		sigaction(caught[i], &standard, NULL);
	sigaction(SIGPIPE, &standard, NULL);
	sigaction(SIGHUP, &standard, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

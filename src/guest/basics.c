// SPDX-License-Identifier: GPL-2.0-or-later
/* What every file of the guest's first process needs: messages, programs, signals. */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

static const int caught[] = { SIGCHLD, SIGUSR2, SIGTERM, SIGINT };
static volatile sig_atomic_t arrived[ARRAY_SIZE(caught)];

void say(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int len, n;

	len = snprintf(line, sizeof(line), WIRE_INIT_SAYS);
	va_start(ap, fmt);
	n = vsnprintf(line + len, sizeof(line) - (size_t)len - 1, fmt, ap);
	va_end(ap);
	len += n;
	if (len > (int)sizeof(line) - 2)
		len = (int)sizeof(line) - 2;
	line[len] = '\n';
	(void)!write(STDERR_FILENO, line, (size_t)len + 1);
}

int run_program(const char *const argv[])
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -1;
	if (!pid) {
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool for_each_name(const char *dir,
		   bool (*fn)(const char *dir, const char *name, void *data), void *data)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	bool found = false;

	while (d && !found && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			found = fn(dir, entry->d_name, data);
	if (d)
		closedir(d);
	return found;
}

uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

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

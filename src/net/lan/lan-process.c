// SPDX-License-Identifier: GPL-2.0-or-later
/* Start and stop a process that moves frames beside a VM. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lan-process.h"
#include "lib/process.h"

#define STOP_LIMIT_MS 2000

/* Close the descriptors from @first to @last. */
static void close_from_to(unsigned int first, unsigned int last)
{
	struct rlimit limit = { .rlim_cur = 1024 };

	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	/* before Linux 5.9, and under valgrind */
	getrlimit(RLIMIT_NOFILE, &limit);
	for (unsigned int fd = first; fd <= last && fd < limit.rlim_cur; fd++)
		close((int)fd);
}

static int compare_fds(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return x < y ? -1 : x > y;
}

/* If this process kept rapido's standard output open, its reader would not see the end.
 */
static void close_others(int *keep, size_t nr)
{
	int null = open("/dev/null", O_RDWR);
	unsigned int next = STDERR_FILENO + 1;

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	qsort(keep, nr, sizeof(keep[0]), compare_fds);
	for (size_t i = 0; i < nr; i++) {
		if (keep[i] < (int)next)
			continue;
		close_from_to(next, (unsigned int)keep[i] - 1);
		next = (unsigned int)keep[i] + 1;
	}
	close_from_to(next, UINT_MAX);
}

/* The limit that rapido was started with may be too low for connections to all VMs. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* A descriptor for SIGTERM; other signals have their default actions. */
static int take_signals(void)
{
	sigset_t term;

	for (int n = 1; n < NSIG; n++)
		signal(n, SIG_DFL);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_SETMASK, &term, NULL);
	return signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
}

pid_t lan_process_start(const char *name, int *keep, size_t nr,
			void (*run)(void *data, int signals), void *data)
{
	pid_t parent = getpid(), pid;
	sigset_t all, before;
	int signals, err;

	/* the child must run none of our signal handlers */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	err = pid < 0 ? -errno : 0;
	if (pid) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		return err ? err : pid;
	}
	prctl(PR_SET_NAME, name);
	setsid();
	close_others(keep, nr);
	raise_limit();
	signals = take_signals();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* it ended before the kernel was told */
	if (getppid() != parent)
		raise(SIGTERM);
	if (signals >= 0)
		run(data, signals);
	_exit(0);
}

void lan_process_stop(pid_t pid)
{
	struct process process = PROCESS_INIT;

	process.pid = pid;
	kill(pid, SIGTERM);
	process_wait(&process, STOP_LIMIT_MS);
	process_release(&process);
}

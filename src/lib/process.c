// SPDX-License-Identifier: GPL-2.0-or-later
/* Child processes. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/path.h"
#include "lib/process.h"

void process_release(struct process *process)
{
	if (process->pid > 0) {
		kill(process->pid, SIGKILL);
		process_wait(process, -1);
	}
	strvec_release(&process->argv);
	strvec_release(&process->env);
	*process = (struct process)PROCESS_INIT;
}

/*
 * Sets up descriptors 0, 1 and 2. A descriptor in that range is moved out of it first, as
 * it might be overwritten before its turn comes.
 */
static int move_fds(const struct process *p)
{
	int fds[] = { p->in, p->out, p->err };

	for (int to = 0; to < 3; to++) {
		if (fds[to] < 0 || fds[to] == to || fds[to] > 2)
			continue;
		fds[to] = fcntl(fds[to], F_DUPFD_CLOEXEC, 3);
		if (fds[to] < 0)
			return -errno;
	}
	for (int to = 0; to < 3; to++) {
		if (fds[to] < 0)
			continue;
		if ((fds[to] == to ? fcntl(to, F_SETFD, 0) : dup2(fds[to], to)) < 0)
			return -errno;
	}
	return 0;
}

/* Runs in the child before exec. 0 or -errno. */
static int prepare_child(const struct process *p, pid_t parent)
{
	sigset_t none;
	int err = p->view ? view_enter(p->view) : 0;

	if (err)
		return err;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (p->death_signal) {
		prctl(PR_SET_PDEATHSIG, p->death_signal);
		if (getppid() != parent)
			return -ESRCH; /* the parent died before the signal was set up */
	}
	if (p->own_session)
		setsid();
	else if (p->own_group)
		setpgid(0, 0);
	if (p->no_core)
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
	err = move_fds(p);
	for (size_t i = 0; i < p->nr_keep; i++)
		fcntl(p->keep[i], F_SETFD, 0);
	for (size_t i = 0; i < p->env.nr; i++)
		putenv(p->env.v[i]);
	if (!err && p->dir && chdir(p->dir) < 0)
		err = -errno;
	return err;
}

/* Runs in the child and never returns. Writes the errno of what failed to @report. */
static void run_child(const struct process *p, pid_t parent, int report)
{
	const char *program = p->argv.v[0];
	int err = -prepare_child(p, parent);

	if (!err) {
		if (p->title)
			p->argv.v[0] = (char *)p->title;
		execvp(program, p->argv.v);
		err = errno;
	}
	(void)io_write_all(report, &err, sizeof(err));
	_exit(127);
}

int process_start(struct process *process)
{
	_cleanup_close_ int read_end = -1, write_end = -1;
	pid_t parent = getpid(), pid;
	int ends[2], err = 0;
	ssize_t n;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	read_end = ends[0];
	write_end = ends[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		run_child(process, parent, write_end);
	process->pid = pid;
	close(TAKE_FD(write_end));
	/* a successful exec closes the pipe */
	do
		n = read(read_end, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	if (n != sizeof(err))
		return 0;
	process_wait(process, -1);
	return -err;
}

/* Polls, where pidfd_open(2) does not work. */
static int look_until_ended(pid_t pid, int timeout_ms)
{
	for (int waited = 0;; waited += 2) {
		siginfo_t info = { 0 };

		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
			return -errno;
		if (info.si_pid)
			return 0;
		if (waited >= timeout_ms)
			return -ETIMEDOUT;
		usleep(2000);
	}
}

/* 0 if the child can be reaped without blocking. */
static int wait_until_ended(pid_t pid, int timeout_ms)
{
	struct pollfd p = { .fd = (int)syscall(SYS_pidfd_open, pid, 0),
			    .events = POLLIN };
	int n;

	/*
	 * Linux before 5.3 and valgrind do not have it, containers refuse unknown system
	 * calls with any error, and there may be no descriptor left
	 */
	if (p.fd < 0)
		return errno == ESRCH ? -ESRCH : look_until_ended(pid, timeout_ms);
	do
		n = poll(&p, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	close(p.fd);
	return n > 0 ? 0 : -ETIMEDOUT;
}

/*
 * Wait for the end of the child and kill what is left of its group. Until it is reaped
 * nobody else can have its number.
 */
static void kill_group(pid_t pid)
{
	siginfo_t info;
	int err;

	do
		err = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	while (err < 0 && errno == EINTR);
	if (!err)
		kill(-pid, SIGKILL);
}

int process_wait(struct process *process, int timeout_ms)
{
	int status, err;

	if (timeout_ms >= 0) {
		err = wait_until_ended(process->pid, timeout_ms);
		if (err)
			return err;
	}
	if (process->kill_group)
		kill_group(process->pid);
	while (waitpid(process->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	process->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

bool process_has_ended(pid_t pid)
{
	siginfo_t info = { 0 };

	return pid > 0 &&
	       waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == pid;
}

char *process_find(const char *name)
{
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;
	const char *path = getenv("PATH");

	if (strchr(name, '/'))
		return is_program(name) ? xstrdup(name) : NULL;
	strvec_split(&dirs, path ? path : "/usr/bin:/bin", ":");
	strvec_pushl(&dirs, "/usr/sbin", "/sbin", NULL);
	for (size_t i = 0; i < dirs.nr; i++) {
		char *program = path_join(dirs.v[i], name);

		if (is_program(program))
			return program;
		free(program);
	}
	return NULL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Starting bash: for a person at the console, with no one there, and for a run's agent.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "guest.h"

#define BASH	   "/bin/bash"
#define WINDOW_MAX 10000
/* Descriptors that no script uses by accident; rapido.rc is told of them. */
#define REPORT_FD  250
#define ANSWER_FD  251
#define REPORT_FDS "250 251"
#define PIPE_SIZE  (1 << 20)

static const char *const batch[] = { "bash", "/rapido.rc", NULL };

void set_window_size(int console, uint32_t rows, uint32_t cols)
{
	struct winsize size = { 0 };

	if (!rows || !cols || rows > WINDOW_MAX || cols > WINDOW_MAX)
		return;
	size.ws_row = (unsigned short)rows;
	size.ws_col = (unsigned short)cols;
	ioctl(console, TIOCSWINSZ, &size);
}

void init_window_size(const struct params *params)
{
	unsigned int rows, cols;
	struct winsize size;

	if (params->stty && sscanf(params->stty, "%u,%u", &rows, &cols) == 2 &&
	    ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 && !size.ws_row && !size.ws_col)
		set_window_size(STDIN_FILENO, rows, cols);
}

/* With the console as its controlling terminal if somebody is there. */
void exec_shell(const struct params *params)
{
	static const char *const interactive[] = { "bash", "--rcfile", "/rapido.rc", "-i",
						   NULL };
	int null_fd;

	if (params->unattended) {
		null_fd = open("/dev/null", O_RDWR);
		if (null_fd >= 0)
			dup2(null_fd, STDIN_FILENO);
	} else {
		ioctl(STDIN_FILENO, TIOCSCTTY, 1);
		init_window_size(params);
	}
	execv(BASH, (char *const *)(params->unattended ? batch : interactive));
	say("cannot run " BASH ": %s", strerror(errno));
}

/* The child's ends of the pipes. */
struct child_ends {
	int in, out, err, report, answer, error;
};

static void exec_run_shell(const struct child_ends *ends, bool stay)
{
	const struct {
		int fd, to;
	} fds[] = { { ends->in, STDIN_FILENO },
		    { ends->out, STDOUT_FILENO },
		    { ends->err >= 0 ? ends->err : ends->out, STDERR_FILENO },
		    { ends->report, REPORT_FD },
		    { ends->answer, ANSWER_FD } };
	int fd, err;

	default_signals();
	setsid();
	/* where we are not the first process this has what we gave ourselves */
	fd = getppid() == 1 ? -1 : open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		(void)!write(fd, "0", 1);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		dup2(fds[i].fd, fds[i].to);
	setenv("RAPIDO_RUN", "1", 1);
	setenv("RAPIDO_RESULTS", RESULTS_DIR, 1);
	setenv("RAPIDO_REPORT", REPORT_FDS, 1);
	if (stay)
		setenv("RAPIDO_STAY", "1", 1);
	execv(BASH, (char *const *)batch);
	err = errno;
	(void)!write(ends->error, &err, sizeof(err));
	_exit(127);
}

/* Ours does not block, and has all the room that it can get. */
static int make_pipe(int *ours, int *theirs, bool we_write)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ours = fds[we_write];
	*theirs = fds[!we_write];
	fcntl(*ours, F_SETFL, (we_write ? O_WRONLY : O_RDONLY) | O_NONBLOCK);
	return 0;
}

static int make_pipes(struct shell *shell, struct child_ends *ends, bool merge)
{
	int err = make_pipe(&shell->in, &ends->in, true);

	if (!err)
		err = make_pipe(&shell->out, &ends->out, false);
	if (!err && !merge)
		err = make_pipe(&shell->err, &ends->err, false);
	if (!err)
		err = make_pipe(&shell->report, &ends->report, false);
	if (!err)
		err = make_pipe(&shell->answer, &ends->answer, true);
	if (!err)
		err = make_pipe(&shell->error, &ends->error, false);
	/* for throughput alone: it need not succeed */
	fcntl(shell->out, F_SETPIPE_SZ, PIPE_SIZE);
	fcntl(shell->err, F_SETPIPE_SZ, PIPE_SIZE);
	return err;
}

int shell_start(struct shell *shell, const struct params *params)
{
	struct child_ends ends = { -1, -1, -1, -1, -1, -1 };
	int err;

	*shell = (struct shell)SHELL_INIT;
	err = make_pipes(shell, &ends, params->merge);
	if (!err) {
		shell->pid = fork();
		if (!shell->pid)
			exec_run_shell(&ends, params->stay);
		if (shell->pid < 0)
			err = -errno;
	}
	close(ends.in);
	close(ends.out);
	close(ends.err);
	close(ends.report);
	close(ends.answer);
	close(ends.error);
	return err;
}

int shell_exec_error(struct shell *shell)
{
	int err;

	return read(shell->error, &err, sizeof(err)) == sizeof(err) ? err : 0;
}

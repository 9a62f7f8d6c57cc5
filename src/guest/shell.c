// SPDX-License-Identifier: GPL-2.0-or-later
/* Starts bash: for a user at the console, with no one at it, and for a run's agent. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "init.h"

#define BASH	   "/bin/bash"
#define WINDOW_MAX 10000
/* rapido.rc knows these names, and opens them for each line. */
#define REPORT_PATH IMAGE_RESOURCES "/report"
#define ANSWER_PATH IMAGE_RESOURCES "/answer"
#define HEARD_PATH  IMAGE_RESOURCES "/heard"
#define PIPE_SIZE   (1 << 20)

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

/* If there is a user, the console becomes the controlling terminal. */
static void prepare_console(const struct params *params)
{
	int null_fd;

	if (params->unattended) {
		null_fd = open("/dev/null", O_RDWR);
		if (null_fd >= 0)
			dup2(null_fd, STDIN_FILENO);
	} else {
		ioctl(STDIN_FILENO, TIOCSCTTY, 1);
		init_window_size(params);
	}
}

void exec_shell(const struct params *params)
{
	static const char *const interactive[] = { "bash", "--rcfile", "/rapido.rc", "-i",
						   NULL };

	prepare_console(params);
	become_user(params);
	command_enter(IMAGE_CONSOLE);
	execv(BASH, (char *const *)(params->unattended ? batch : interactive));
	say("cannot run " BASH ": %s", strerror(errno));
}

static bool is_script(const char *dir, const char *name, void *data)
{
	(void)dir;
	(void)data;
	return name[0] != '.';
}

int exec_console_command(const struct params *params)
{
	static const char *const after_scripts[] = {
		"bash", "-c", ". /rapido.rc; exec /rdinit --console", NULL
	};

	prepare_console(params);
	become_user(params);
	if (!for_each_name("/rapido_autorun", is_script, NULL))
		return command_exec(IMAGE_CONSOLE);
	execv(BASH, (char *const *)after_scripts);
	say("cannot run " BASH ": %s", strerror(errno));
	return 126;
}

/* The child's ends of the pipes. */
struct child_ends {
	int in, out, err, error;
};

static void exec_run_shell(const struct child_ends *ends, const char *token,
			   const struct params *params)
{
	const struct {
		int fd, to;
	} fds[] = { { ends->in, STDIN_FILENO },
		    { ends->out, STDOUT_FILENO },
		    { ends->err >= 0 ? ends->err : ends->out, STDERR_FILENO } };
	int fd, err;

	default_signals();
	setsid();
	/* unless we are the first process, it has inherited our own setting */
	fd = getppid() == 1 ? -1 : open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		(void)!write(fd, "0", 1);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		dup2(fds[i].fd, fds[i].to);
	setenv("RAPIDO_RUN", "1", 1);
	setenv("RAPIDO_RESULTS", RESULTS_DIR, 1);
	setenv("RAPIDO_REPORT", token, 1);
	if (params->stay)
		setenv("RAPIDO_STAY", "1", 1);
	become_user(params);
	execv(BASH, (char *const *)batch);
	err = errno;
	(void)!write(ends->error, &err, sizeof(err));
	_exit(127);
}

/* Our end does not block, and has as much room as it can get. */
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

/* Both ends are ours, so that it never ends, and it does not block. */
static int make_fifo(const char *path, int *fd)
{
	unlink(path);
	if (mkfifo(path, 0600) < 0)
		return -errno;
	*fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return *fd < 0 ? -errno : 0;
}

/* Its one page is allocated at once, since memory may be short later. */
static int make_heard(int *fd)
{
	static const char nothing[SHELL_HEARD] = "0\n";

	*fd = open(HEARD_PATH, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return *fd < 0 || write(*fd, nothing, sizeof(nothing)) < 0 ? -errno : 0;
}

/* It is for the shell's user, who cannot make files there. */
static int make_list(void)
{
	int fd = open(LIST_PATH, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* A secret that only rapido.rc knows: 32 hexadecimal digits. */
static void make_token(char token[SHELL_TOKEN + 1])
{
	/* random bytes that the kernel gives each program */
	const unsigned char *bytes = (const unsigned char *)getauxval(AT_RANDOM);

	for (size_t i = 0; i < SHELL_TOKEN / 2; i++)
		snprintf(token + 2 * i, 3, "%02x", bytes[i]);
}

static int make_pipes(struct shell *shell, struct child_ends *ends, bool merge)
{
	int err = make_pipe(&shell->in, &ends->in, true);

	if (!err)
		err = make_pipe(&shell->out, &ends->out, false);
	if (!err && !merge)
		err = make_pipe(&shell->err, &ends->err, false);
	mkdir(IMAGE_RESOURCES, 0755);
	if (!err)
		err = make_fifo(REPORT_PATH, &shell->report);
	if (!err)
		err = make_fifo(ANSWER_PATH, &shell->answer);
	if (!err)
		err = make_heard(&shell->heard);
	if (!err && access(IMAGE_SUITE, F_OK) == 0)
		err = make_list();
	if (!err)
		err = make_pipe(&shell->error, &ends->error, false);
	/* for throughput only: failing does no harm */
	fcntl(shell->out, F_SETPIPE_SZ, PIPE_SIZE);
	fcntl(shell->err, F_SETPIPE_SZ, PIPE_SIZE);
	return err;
}

/* What is opened by its name: by rapido.rc, or as /dev/stdout. */
static void give_to_user(const struct child_ends *ends, const struct params *params)
{
	const int fds[] = { ends->in, ends->out, ends->err };
	const char *const paths[] = { REPORT_PATH, ANSWER_PATH, HEARD_PATH, RESULTS_DIR,
				      LIST_PATH };
	struct user user;

	if (!parse_user(params->user, &user))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		(void)!fchown(fds[i], user.uid, user.gid);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		(void)!chown(paths[i], user.uid, user.gid);
}

int shell_start(struct shell *shell, const struct params *params)
{
	struct child_ends ends = { -1, -1, -1, -1 };
	int err;

	*shell = (struct shell)SHELL_INIT;
	make_token(shell->token);
	err = make_pipes(shell, &ends, params->merge);
	if (!err)
		give_to_user(&ends, params);
	if (!err) {
		shell->pid = fork();
		if (!shell->pid)
			exec_run_shell(&ends, shell->token, params);
		if (shell->pid < 0)
			err = -errno;
	}
	close(ends.in);
	close(ends.out);
	close(ends.err);
	close(ends.error);
	return err;
}

int shell_exec_error(struct shell *shell)
{
	int err;

	return read(shell->error, &err, sizeof(err)) == sizeof(err) ? err : 0;
}

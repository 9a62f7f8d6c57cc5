// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command that the host's command line gave: its words are in a file of the image, so
 * that they arrive as they were, whatever characters they have.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"

/* As shells have it. */
#define STATUS_CANNOT_EXECUTE 126
#define STATUS_NOT_FOUND      127

/*
 * The words of the file @path; the directory is the first. NULL if there is no such file,
 * or it cannot be read. Not freed: the process becomes the command, or ends.
 */
static char **read_words(const char *path)
{
	char *data, **words;
	size_t size, nr = 0;
	struct stat st;

	if (stat(path, &st) < 0 || !st.st_size)
		return NULL;
	size = (size_t)st.st_size;
	data = read_all(path);
	words = data ? calloc(size + 1, sizeof(*words)) : NULL;
	for (size_t at = 0; words && at < size; at += strlen(data + at) + 1)
		words[nr++] = data + at;
	return words;
}

/* Go to @dir, and make it if the image could not have it. */
static bool enter(const char *dir)
{
	make_dirs(dir);
	if (chdir(dir) < 0) {
		say("cannot enter the directory %s: %s", dir, strerror(errno));
		return false;
	}
	setenv("PWD", dir, 1);
	return true;
}

bool command_is_there(const char *path)
{
	char **words = read_words(path);

	return words && words[1];
}

void command_enter(const char *path)
{
	char **words = read_words(path);

	if (words)
		enter(words[0]);
}

int command_exec(const char *path)
{
	char **words = read_words(path), *program;
	int err;

	if (!words || !words[1] || !words[2]) {
		say("there is no command in %s", path);
		return STATUS_CANNOT_EXECUTE;
	}
	if (!enter(words[0]))
		return STATUS_CANNOT_EXECUTE;
	program = words[1];
	execv(program, words + 2);
	err = errno;
	/* a script without a #! line, see execvp(3) */
	if (err == ENOEXEC) {
		words[1] = (char *)"sh";
		words[2] = program;
		execv("/bin/sh", words + 1);
	}
	say("cannot run %s: %s", program, strerror(err));
	return err == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_EXECUTE;
}

int command_run(const char *path)
{
	pid_t pid, ended;
	int status;

	/* those of a terminal are for the command */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	pid = fork();
	if (!pid) {
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		_exit(command_exec(path));
	}
	if (pid < 0) {
		say("cannot start a process: %s", strerror(errno));
		return STATUS_CANNOT_EXECUTE;
	}
	do
		ended = waitpid(pid, &status, 0);
	while (ended < 0 && errno == EINTR);
	if (ended < 0)
		return STATUS_CANNOT_EXECUTE;
	return command_status(status);
}

int command_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the guest's first process share. In an unattended run it is the
 * test's agent as well: agent.h, uplink.h, outbox.h.
 */
#ifndef RAPIDO_INIT_H
#define RAPIDO_INIT_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/wire.h"

#define RESULTS_DIR "/rapido_results"
/* Where this is in the image it becomes the first process. */
#define SYSTEMD "/usr/lib/systemd/systemd"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* A directory of the host, see struct vm_share in vm/spec.h. */
struct share {
	const char *type, *tag, *path;
	bool writable;
};

#define SHARES_MAX	10
#define USER_GROUPS_MAX 256

/* Whom the shell is for, see struct share_user in conf/share.h. */
struct user {
	uid_t uid;
	gid_t gid;
	gid_t groups[USER_GROUPS_MAX];
	size_t nr_groups;
	const char *name;
};

/* The parameters on the kernel's command line that are for us. */
struct params {
	const char *vm_num;
	const char *hostname;
	const char *stty;    /* "ROWS,COLS" */
	const char *channel; /* a serial port's name for frames */
	struct share shares[SHARES_MAX];
	size_t nr_shares;
	bool share_missing; /* one of them could not be mounted */
	bool host_root;	    /* the root is an overlay of the host's */
	bool systemd;	    /* the image has it */
	const char *user;   /* "UID:GID:GID,GID:NAME"; NULL: root */
	const char *home;   /* or NULL */
	const char *machine_id;
	bool unattended;
	bool run;   /* this is an unattended run, and we are its agent */
	bool merge; /* the test's standard output and error share a pipe */
	bool stay;  /* a helper: it stays after its scripts, until the host ends it */
	bool alone; /* the channel is all that there is: no port is faster */
	bool quiet; /* the kernel's log goes to the host, and hardly to the console */
};

/* basics.c */

/* Print a line on the console. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Run a program and wait for it: its exit status, or -1. */
int run_program(const char *const argv[]);
/* Call @fn with each name in @dir, but "." and "..", until it returns true. Whether it
 * has. */
bool for_each_name(const char *dir,
		   bool (*fn)(const char *dir, const char *name, void *data), void *data);
uint64_t now_ms(void);
/* Read a decimal number up to @max; *@text is what follows it. False if there is none. */
bool take_number(const char **text, unsigned long max, uint32_t *number);
/* Close *fd unless it is -1, and set it to -1. */
void close_fd(int *fd);

/* signals.c */

/*
 * From now on SIGCHLD, SIGUSR2, SIGTERM and SIGINT arrive only in wait_events(). This
 * uses neither signalfd(2) nor timerfd_create(2), which small kernels may lack.
 */
void catch_signals(void);
/* As poll(2). A signal ends it, with -1. */
int wait_events(struct pollfd *fds, size_t nr, int timeout_ms);
/* Whether @sig has arrived since the last call for it. */
bool signal_arrived(int sig);
/* In a child: reset signals to what a program expects. */
void default_signals(void);

/* files.c */

/* Make the directory @dir and those above it that are not there. */
void make_dirs(const char *dir);
/* Read the beginning of a file; false when it cannot be read. @text is NUL-terminated. */
bool read_text(const char *path, char *text, size_t size);
/* Read all of a file. NUL-terminated, on the heap. NULL if there is none, or if it cannot
 * be read, after a message. */
char *read_all(const char *path);
/* Whether the kernel has unpacked all of the image; if not, print a message. The kernel
 * leaves out what does not fit into memory, and hardly says so. */
bool image_complete(void);
/* Append text to a file as new lines. The file is created if there is none. */
void append_text(const char *path, const char *text);

/* capabilities.c: give files the capabilities that the image lists for them. */
void set_file_capabilities(void);

/* load-modules.c: load the modules that the file @list names, one path a line, in order.
 */
void load_modules(const char *list);

/* host-dirs.c */

/* Values of the kernel's command line; they are changed. */
void take_share(struct params *params, char *text);
void take_home(struct params *params, char *text);
/* Mount the host's directories; its root becomes ours. */
void mount_shares(struct params *params);
/* False if @text names no user. */
bool parse_user(const char *text, struct user *user);
/* In a process that is to become the shell: be its user, if the host named one. */
void become_user(const struct params *params);

/* power.c */

/* End all other processes: SIGTERM, and SIGKILL a fifth of a second later. */
void end_processes(void);
/* Wait until the terminal @fd has passed on everything, for at most two seconds. */
void drain_terminal(int fd);
void power_off(int how) __attribute__((noreturn));
/* Ask the first process, whichever it is, to end the VM. */
int ask_for_end(bool again);

/* command.c: the command in a file of the image, see IMAGE_COMMAND of wire.h */

/* Whether the file @path has a command, and not only a directory. */
bool command_is_there(const char *path);
/* Go to the directory that the file names, if there is such a file. */
void command_enter(const char *path);
/* Become the command. Returns a status only if that fails, after a message. */
int command_exec(const char *path);
/* Run it as a child. Returns its status, or 128 + the signal that ended it: a shell that
 * waits for us has nothing to say about that. */
int command_run(const char *path);
/* That, of a status of waitpid(2). */
int command_status(int status);

/* shell.c */

/* Files of a suite, see agent-suite.c. rapido.rc knows these names. */
#define LIST_PATH  IMAGE_RESOURCES "/list"  /* what suite_list has printed */
#define ORDER_PATH IMAGE_RESOURCES "/order" /* "run" or another kind, and the words */

/* Impossible sizes are ignored. The console's foreground processes get SIGWINCH. */
void set_window_size(int console, uint32_t rows, uint32_t cols);
/* Take the console's size from the kernel's command line, unless it is known already. */
void init_window_size(const struct params *params);
/* Become the shell of a VM that does not serve a run. Returns if that fails. */
void exec_shell(const struct params *params);
/* Become the command of IMAGE_CONSOLE, after the scripts if there are any. Returns a
 * status if that fails. */
int exec_console_command(const struct params *params);

/* The digits that each line of rapido.rc to the agent begins with. */
#define SHELL_TOKEN 32
/* Bytes of the file `heard`, see below. */
#define SHELL_HEARD 32

/* The shell of a run, and our ends of its pipes, -1 when closed. */
struct shell {
	pid_t pid;
	int in, out, err; /* err: always -1 if the test's output is merged */
	int report;	  /* fifo: rapido.rc's lines about the scripts */
	int answer;	  /* fifo: a newline for each line that was taken */
	int heard;	  /* file: the last line's number, and "yes" or "no" */
	int error;	  /* pipe: the errno value, if bash cannot be executed */
	char token[SHELL_TOKEN + 1];
};

/* Not started. */
#define SHELL_INIT                                                                     \
	{                                                                              \
		.pid = -1, .in = -1, .out = -1, .err = -1, .report = -1, .answer = -1, \
		.heard = -1, .error = -1                                               \
	}

/* 0 or -errno. */
int shell_start(struct shell *shell, const struct params *params);
/* After its end: the errno value for which it could not be executed, or 0. */
int shell_exec_error(struct shell *shell);

/* copy.c: how to end, after a message. */

/* Write the file @path to standard output. */
int copy_out(const char *path);
/* Write standard input to the file @path, or as @name into the directory @path. It is
 * made with @mode, octal. It is an error if there are not @size bytes. */
int copy_in(const char *path, const char *name, const char *mode, const char *size);

/* keep.c: copy files and directories to where those of a suite's case are, in place of
 * what is there. How to end, after messages. */
int keep_files(char *const files[]);

/* agent.c */

/* Serve a run to its end. @first: we are the first process. False: the test is over, but
 * another process ends the VM. */
bool agent_run(const struct params *params, bool first);

/* attendant.c; all accept NULL, which stands for no connection. */

struct attendant;

/* Open the channel and say hello to the host. NULL if that fails, or there is none. */
struct attendant *attendant_new(const struct params *params);
/* Wait for a signal or for something else to do, and do it. True if the host asks for the
 * VM's end. */
bool attendant_wait(struct attendant *attendant);
/* A child has ended. Whether it was one of the host's commands. */
bool attendant_reaped(struct attendant *attendant, pid_t pid, int status);
/* Tell the host what the command on the console returned. */
void attendant_tell_status(struct attendant *attendant, int status);
/* Tell the host that the VM is about to end. */
void attendant_leave(struct attendant *attendant);
/* End the commands, since the VM ends. */
void attendant_end(struct attendant *attendant);

#endif

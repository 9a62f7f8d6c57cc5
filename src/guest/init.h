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

#define MODULES_LIST	"/rapido-rsc/modules"
#define CHANNEL_MODULES "/rapido-rsc/channel-modules"
#define CAPABILITIES	"/rapido-rsc/capabilities"
#define RESULTS_DIR	"/rapido_results"
/* What the kernel unpacks last of an image; rapido's image.h has it too. */
#define COMPLETE      "/.rapido-complete"
#define COMPLETE_TEXT "complete\n"
/* Where this is in the image it becomes the first process. */
#define SYSTEMD "/usr/lib/systemd/systemd"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* What the kernel command line says to us. */
struct params {
	const char *vm_num;
	const char *hostname;
	const char *stty;    /* "ROWS,COLS" */
	const char *channel; /* a serial port's name for frames */
	const char *machine_id;
	bool unattended;
	bool run;   /* an unattended run, for which we are the agent */
	bool merge; /* its standard error is the same pipe as its standard output */
	bool stay;  /* a helper: after its scripts it is there until the host ends it */
};

/* basics.c */

/* A line on the console. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Run a program and wait for it: its status, or -1. */
int run_program(const char *const argv[]);
/* Call @fn with each name in @dir until it returns true. */
bool for_each_name(const char *dir,
		   bool (*fn)(const char *dir, const char *name, void *data), void *data);
uint64_t now_ms(void);
/* Closes it once: it is -1 then. */
void close_fd(int *fd);

/* signals.c */

/*
 * SIGCHLD, SIGUSR2, SIGTERM and SIGINT arrive in wait_events() alone. Neither signalfd(2)
 * nor timerfd_create(2): small kernels have been built without.
 */
void catch_signals(void);
/* poll(2), which a signal ends with -1. */
int wait_events(struct pollfd *fds, size_t nr, int timeout_ms);
/* Whether @sig has arrived since this was asked last. */
bool signal_arrived(int sig);
/* In a child: signals as a program expects them. */
void default_signals(void);

/* files.c */

/* Read the beginning of a file; false when it cannot be read. @text is NUL-terminated. */
bool read_text(const char *path, char *text, size_t size);
/* All of a file, however long it is, NUL-terminated and to be freed. NULL: there is none,
 * or that it cannot be read has been said. */
char *read_all(const char *path);
/* Whether the kernel has unpacked all of the image. If not, that is said: what has not
 * fit into memory it left out, more or less silently. */
bool image_complete(void);
/* Put text after the last line of a file, which is made if need be. */
void append_text(const char *path, const char *text);

/* capabilities.c: give files the capabilities that the image's list has for them. */
void set_file_capabilities(void);

/* load-modules.c: load the modules that the file @list has, a path a line, in their
 * order. */
void load_modules(const char *list);

/* power.c */

/* A fifth of a second for who has something to put in order, then SIGKILL. */
void end_processes(void);
/* Wait until the console has printed all, at most two seconds. */
void drain_console(void);
void power_off(int how) __attribute__((noreturn));
/* Ask the first process, whichever it is, to end the VM. */
int ask_for_end(bool again);

/* shell.c */

/* Nothing for what can be no size. Who is in the foreground there gets SIGWINCH. */
void set_window_size(int console, uint32_t rows, uint32_t cols);
/* By the kernel's command line, if the console's size is not known yet. */
void init_window_size(const struct params *params);
/* Become the shell of a VM that is no run's. Returns if that fails. */
void exec_shell(const struct params *params);

/* How rapido.rc's lines begin. */
#define SHELL_TOKEN 32
/* The length of that file. */
#define SHELL_HEARD 32

/* The shell of a run, and our ends of its pipes: -1 when they are closed. */
struct shell {
	pid_t pid;
	int in, out, err; /* err: -1 from the beginning when merged */
	int report;	  /* fifo: what rapido.rc says of the scripts */
	int answer;	  /* fifo: a newline for each line that was heard */
	int heard;	  /* file: the number of the last one, "yes" or "no" */
	int error;	  /* the errno value when it could not be executed */
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
/* When it has ended: why it could not be started, or 0. */
int shell_exec_error(struct shell *shell);

/* agent.c */

/* Serve a run to its end. @first: we are the first process. False: the test is over, and
 * somebody else ends the VM. */
bool agent_run(const struct params *params, bool first);

/* channel.c */

struct channel {
	int fd; /* -1: there is none, or it has ended */
	size_t len;
	unsigned char in[256];
};

/* Open the serial port @name, or none for NULL, and say hello to the host. */
void channel_open(struct channel *channel, const char *name);
/* Do what the host has asked for on it; true when that is the VM's end. */
bool channel_read(struct channel *channel);

#endif

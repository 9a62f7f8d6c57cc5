/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the guest's first process share. In an unattended run it is the
 * test's agent as well. All of the agent's memory is static and there from the beginning:
 * a test may fill all that the VM has.
 */
#ifndef RAPIDO_GUEST_H
#define RAPIDO_GUEST_H

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

/* capabilities.c: give files the capabilities that the image's list has for them. */
void set_file_capabilities(void);

/* modules.c: load the modules that the file @list has, a path a line, in their order. */
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

/*
 * uplink.c: the host. Frames are put into a buffer, where their payload is made in place,
 * and go out when uplink_flush() finds the port ready. A test's output or its results may
 * fill that but for one frame; the rest is for frames that say what happens.
 */
#define UPLINK_LIMIT (4 * WIRE_FRAME_MAX)
#define UPLINK_SIZE  (UPLINK_LIMIT + 2 * WIRE_FRAME_MAX)

struct port {
	int fd; /* -1: none */
	bool serial;
	uint64_t got; /* bytes */
	size_t len;
	unsigned char in[WIRE_FRAME_MAX];
};

/* The way from a serial port to a faster one. */
enum uplink_move { MOVE_NONE, MOVE_LOADING, MOVE_LAST_FRAMES, MOVE_DONE };

struct uplink {
	struct port ports[2]; /* the first one, and the one that is moved to */
	struct port *port;    /* where frames go out */
	enum uplink_move move;
	pid_t loader;		   /* loads the modules for the faster port; 0: none */
	int next_fd;		   /* the faster port while it is made ready, or -1 */
	uint64_t move_ms, look_ms; /* since when; when to look again */
	uint64_t sent;		   /* bytes */
	uint64_t progress_ms;	   /* when a byte was sent last */
	uint32_t out_number, in_number;
	struct port *taken; /* of the frame that uplink_next() gave last */
	size_t taken_len;
	bool closed;	   /* the last frame is made */
	size_t start, end; /* of what is to be sent */
	unsigned char out[UPLINK_SIZE];
};

/* Find a port; false, after a message, when there is none. */
bool uplink_open(struct uplink *uplink, const char *channel);
/* For wait_events(): their number. */
size_t uplink_poll(struct uplink *uplink, struct pollfd *fds);
/* Milliseconds until uplink_work() is to be called even if nothing happens; or -1. */
int uplink_timeout(const struct uplink *uplink, uint64_t now);
/* Read, move to a faster port; false when the host is gone. */
bool uplink_work(struct uplink *uplink, const struct pollfd *fds, size_t nr);
/* Write what can be written without waiting; false when the host is gone. */
bool uplink_flush(struct uplink *uplink);

/* Whether a frame of any length may be made; @bulk: of output or results. */
bool uplink_has_room(const struct uplink *uplink, bool bulk);
/* Where a payload is to be put, if there is room; and make a frame of it. */
unsigned char *uplink_place(struct uplink *uplink);
void uplink_commit(struct uplink *uplink, enum wire_type type, size_t size);
/* The two at once, for a small one. Only if there is room. */
void uplink_send(struct uplink *uplink, enum wire_type type, const void *data,
		 size_t size);
bool uplink_is_empty(const struct uplink *uplink);

/* The next frame from the host, valid until the next call: 1; 0: none yet; -1: what came
 * is none. */
int uplink_next(struct uplink *uplink, struct wire_frame *frame);

/* Open a serial port for frames: a descriptor, or -1 after a message. */
int serial_open(const char *name);

/* outbox.c: see there. */
#define WALK_DEPTH 32
#define KNOWN_SETS 1024
#define KNOWN_WAYS 8

enum outbox_kind { OUTBOX_NONE, OUTBOX_SETTLED, OUTBOX_CHANGED, OUTBOX_LAST };

struct known {
	uint64_t path;	/* hash; 0: unused */
	uint64_t state; /* hash of what stat(2) says, and flags */
};

/* A directory that is being read. */
struct level {
	int fd;
	size_t path_len;
	size_t at, len; /* in entries */
	_Alignas(8) char entries[2048];
};

struct outbox {
	enum outbox_kind kind, wanted;
	bool counting; /* the first of two passes over the directory */
	uint32_t files, sent;
	uint64_t bytes;
	unsigned int generation;
	uint64_t began_ms, count_ms; /* how long the first pass took */
	uint64_t next_ms;	     /* when to look for what has settled */
	dev_t dev;
	int file; /* that is being sent, or -1 */
	uint64_t size, offset, extent_end;
	int depth; /* of the innermost directory, or -1 */
	struct level levels[WALK_DEPTH + 1];
	char path[(WALK_DEPTH + 2) * 256];
	struct known known[KNOWN_SETS][KNOWN_WAYS];
};

void outbox_init(struct outbox *outbox);
/* Have results sent, when those that are under way have been. */
void outbox_want(struct outbox *outbox, enum outbox_kind kind);
bool outbox_busy(const struct outbox *outbox);
/* A piece of the work, as far as there is room. */
void outbox_step(struct outbox *outbox, struct uplink *uplink);

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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of `rapido exec`, in both kinds of VM. Whoever has the uplink hands over
 * the frames about them, see wire.h, and the ends of children. Nothing here waits.
 */
#ifndef RAPIDO_EXEC_H
#define RAPIDO_EXEC_H

#include "uplink.h"

struct exec_stream {
	int fd;	       /* -1: closed */
	uint32_t room; /* bytes that the host has room for */
	uint64_t sent; /* bytes */
	uint64_t due;  /* once the command has ended: bytes that are still to be sent */
	size_t polled; /* its index among the polled descriptors plus 1, or 0 */
	bool ready;
};

struct exec {
	uint32_t id; /* 0: this place is free */
	uint32_t flags;
	uint32_t rows, cols;
	char *words; /* heap */
	size_t words_len, words_size;
	pid_t pid;		       /* 0: not started, or it has ended */
	struct exec_stream streams[2]; /* its standard output and error */
	int in;			       /* its standard input, or -1 */
	int error;	      /* pipe: the errno value, if it cannot be executed */
	unsigned char *input; /* ring of WIRE_EXEC_INPUT bytes; heap */
	size_t input_start, input_len;
	size_t input_room; /* bytes that the host does not know yet it may send */
	bool input_ended;
	bool input_refused; /* it reads no more, and the host must be told so */
	bool started;	    /* the host was told so */
	bool hung_up;	    /* nobody is interested */
	bool forgotten;	    /* ... not even in its end */
	uint64_t kill_ms;   /* when it gets SIGKILL; 0: not at all */
	bool ended;	    /* @end and @value are known */
	enum wire_exec_end end;
	uint32_t value;
};

struct execs {
	struct uplink *uplink;
	const char *results; /* the directory for RAPIDO_RESULTS, or NULL */
	size_t nr;	     /* places that are not free */
	size_t turn;	     /* whose output is sent first */
	bool test_ended;     /* so a signal that ends one is not its own affair */
	struct exec list[WIRE_EXEC_MAX];
};

/* @uplink and @results are borrowed. */
void execs_init(struct execs *execs, struct uplink *uplink, const char *results);

/* Act upon a frame about a command: 1; 0: it is about something else; -1: it makes no
 * sense. */
int execs_take(struct execs *execs, const struct wire_frame *frame);

/* Fill in what to wait for, EXECS_FDS entries at most; their number. */
#define EXECS_FDS (3 * WIRE_EXEC_MAX)
size_t execs_poll(struct execs *execs, struct pollfd *fds);
/* The same entries after that. */
void execs_polled(struct execs *execs, const struct pollfd *fds);
/* Milliseconds until execs_work() must be called even if nothing happens, or -1. */
int execs_timeout(const struct execs *execs, uint64_t now);

/* A child has ended. Whether it was one of the commands. */
bool execs_reaped(struct execs *execs, pid_t pid, int status);

/* Move their input and output, as far as there is room, and report their ends. */
void execs_work(struct execs *execs);

/* Send a signal to all of them. */
void execs_kill(struct execs *execs, int sig);

/* The host knows nothing of them any more: end them. */
void execs_forget(struct execs *execs);

#endif

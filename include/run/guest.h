/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes from the guest of an unattended run, and where it goes: the agent's frames
 * and the console into the record, the logs, and our own standard output and error.
 */
#ifndef RAPIDO_GUEST_H
#define RAPIDO_GUEST_H

#include "run/capfile.h"
#include "run/ktap.h"
#include "run/downlink.h"
#include "run/record.h"
#include "run/rundir.h"
#include "run/sink.h"

/* What a log may have, unless somebody says otherwise. */
#define GUEST_LOG_MAX (256ULL << 20)

/* A file of the run's directory. */
struct guest_log {
	struct run_log *log;
	struct capfile file; /* closed if it cannot be written, see record->host_error */
};

struct guest_options {
	const struct rundir *dir;
	int out, err;	  /* where the test's standard output and error go; -1: nowhere */
	uint64_t log_max; /* bytes of each log; 0: GUEST_LOG_MAX */
	bool show_log;	  /* the kernel's log goes to @err too */
	const char *mark; /* of a helper: all goes to @err, with this before each line */
	int in;		  /* the test's standard input; -1: it has none */
};

struct guest {
	const struct guest_options *options;
	struct run_record *record;
	struct downlink link;
	struct klog klog;
	struct ktap ktap;
	struct sink out, err;
	struct guest_log console_log, kernel_log, output_log;
	bool in_line;	       /* of output that is marked: it did not end in a newline */
	size_t announced;      /* scripts, by the kernel's log */
	struct strbuf said;    /* the kernel's lines since the last script began */
	uint64_t script_usec;  /* when that was, by the kernel's log, or 0 */
	struct strbuf console; /* the last that it said */
	struct strbuf line;    /* of it, until the first script begins */
	uint64_t start_ms;     /* the VM's, see monotonic_ms() */
	uint64_t heard_ms;     /* when the agent was heard last, since then */
	uint32_t stdin_room;   /* bytes that the agent takes */
	bool stdin_ended;
	bool asked;	      /* WIRE_STOP was sent */
	uint64_t patience_ms; /* when WIRE_PATIENCE was sent last */
};

/* @slow and @fast are sockets to the agent, or -1, which become the guest's. */
void guest_init(struct guest *guest, const struct guest_options *options,
		struct run_record *record, int slow, int fast);
void guest_release(struct guest *guest);

/* Milliseconds since the VM was started. */
uint64_t guest_ms(const struct guest *guest);

/* Bytes of the console. */
void guest_console(struct guest *guest, const char *data, size_t size);

/*
 * Whether more is to be read from the agent: not while the readers of our own output are
 * behind, and not after something that made no sense, which record->damage then tells.
 */
bool guest_listens(const struct guest *guest);

/* Read what the agent has sent, and act upon it. Whether there was anything. */
bool guest_read(struct guest *guest);

/* Whether standard input is to be polled, and what to do when it is readable. */
bool guest_wants_stdin(const struct guest *guest);
void guest_read_stdin(struct guest *guest);

/* Ask the agent to end the test. False when it cannot be asked. */
bool guest_stop(struct guest *guest);

/*
 * Write what waits: to the agent, to our own output. An agent that we do not listen to is
 * told from time to time that we shall.
 */
void guest_write(struct guest *guest);

/* The VM has ended: the last of the console, and of the report in it. */
void guest_finish(struct guest *guest);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes from the guest of an unattended run, and where it goes: the agent's frames
 * and the console into the record, the logs, and our own standard output and error.
 */
#ifndef RAPIDO_CONVERSATION_H
#define RAPIDO_CONVERSATION_H

#include "run/downlink.h"
#include "run/run-logs.h"

struct conversation_options {
	struct run_logs_options logs;
	int in; /* the test's standard input; -1: it has none */
};

struct conversation {
	const struct conversation_options *options;
	struct run_record *record;
	struct downlink link;
	struct run_logs logs;
	uint64_t start_ms;   /* the VM's, see monotonic_ms() */
	uint64_t heard_ms;   /* when the agent was heard last, since then */
	uint32_t stdin_room; /* bytes that the agent takes */
	bool stdin_ended;
	bool asked;	      /* WIRE_STOP was sent */
	uint64_t patience_ms; /* when WIRE_PATIENCE was sent last */
};

/* @slow and @fast are sockets to the agent, or -1, which become the guest's. */
void conversation_init(struct conversation *talk,
		       const struct conversation_options *options,
		       struct run_record *record, int slow, int fast);
void conversation_release(struct conversation *talk);

/* Milliseconds since the VM was started. */
uint64_t conversation_ms(const struct conversation *talk);

/* Bytes of the console. */
void conversation_console(struct conversation *talk, const char *data, size_t size);

/*
 * Whether more is to be read from the agent: not while the readers of our own output are
 * behind, and not after something that made no sense, which record->damage then tells.
 */
bool conversation_listens(const struct conversation *talk);

/* Read what the agent has sent, and act upon it. Whether there was anything. */
bool conversation_read(struct conversation *talk);

/* Whether standard input is to be polled, and what to do when it is readable. */
bool conversation_wants_stdin(const struct conversation *talk);
void conversation_read_stdin(struct conversation *talk);

/* Whether the agent could be asked to end the test, and ask it, if so. */
bool conversation_can_stop(const struct conversation *talk);
void conversation_stop(struct conversation *talk);

/*
 * Write what waits: to the agent, to our own output. An agent that we do not listen to is
 * told from time to time that we shall.
 */
void conversation_write(struct conversation *talk);

/* The VM has ended: the last of the console, and of the report in it. */
void conversation_finish(struct conversation *talk);

#endif

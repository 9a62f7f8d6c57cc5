/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's side of the conversation with the guest of an unattended run. The agent's
 * frames and the console go into the record, the logs, and our own standard output and
 * error; our standard input goes to the test.
 */
#ifndef RAPIDO_CONVERSATION_H
#define RAPIDO_CONVERSATION_H

#include <poll.h>

#include "run-logs.h"

/*
 * What hears of a suite's cases. All may be called in the middle of conversation_read().
 * Names are not empty and have at most WIRE_SUITE_NAME_MAX bytes, reasons may be "" and
 * have at most WIRE_SUITE_TEXT_MAX; both have no control characters, and need not be
 * UTF-8. The listener checks that a name is one of the order.
 */
struct suite_ears {
	void *data;
	/* Some more of the list. */
	void (*list)(void *data, const char *text, size_t size);
	/* The guest waits for an order; the function of the last one returned @status,
	   up to 255. It may be given at once. */
	void (*ready)(void *data, unsigned int status);
	void (*begin)(void *data, const char *name);
	/* Its files, if any, are in the directory WIRE_CASE_FILES of the VM's, which must
	   be moved or removed. */
	void (*end)(void *data, const char *name, enum wire_case how, unsigned int status,
		    const char *reason);
};

struct conversation_options {
	struct run_logs_options logs;
	int in;				/* the test's standard input; -1: it has none */
	const struct suite_ears *suite; /* NULL: the test is no suite */
};

/* Its insides are conversation.c's. */
struct conversation;

/*
 * Begin a conversation, and open the logs. @options and @record are borrowed. @console is
 * a pipe from the guest's console; @slow and @fast are sockets to the agent. All three do
 * not block, may be -1, and become the conversation's.
 */
struct conversation *conversation_new(const struct conversation_options *options,
				      struct run_record *record, int console, int slow,
				      int fast);
/* Harmless for NULL. */
void conversation_free(struct conversation *talk);

/* The VM has been started now: times are counted from here. */
void conversation_started(struct conversation *talk);

/* Milliseconds since the VM was started, without those in which it was paused. */
uint64_t conversation_ms(const struct conversation *talk);

/* The VM stands still from now on, or goes on: its clock stops, or starts again. Harmless
 * if that is so already. */
void conversation_pause(struct conversation *talk, bool pause);

/* When the agent was heard last, or we last did not listen to it. */
uint64_t conversation_heard_ms(const struct conversation *talk);

/* The descriptors of a conversation, for poll(2): -1 for those that must not be polled.
 */
#define CONVERSATION_FDS 7

void conversation_fill_pollfds(const struct conversation *talk, struct pollfd *fds);

/* Read and write what these, polled, allow. While we do not listen, the agent is told
 * from time to time that we shall. */
void conversation_work(struct conversation *talk, const struct pollfd *fds);

/*
 * Whether to read more from the agent: not while the readers of our own output are
 * behind, nor after a message that made no sense, which is then record->damage.
 */
bool conversation_listens(const struct conversation *talk);

/* Read what the agent has sent, and act upon it. Whether there was anything. */
bool conversation_read(struct conversation *talk);

/* Run a command beside the test, for the connection @fd of control_take_exec(), which
 * becomes the conversation's. */
void conversation_exec(struct conversation *talk, int fd);

/*
 * After suite_ears.ready(): give the guest an order with @words, which are at most
 * WIRE_ORDER_MAX bytes with their ends. It is sent as the link has room.
 */
void conversation_order(struct conversation *talk, enum wire_order order,
			const struct strvec *words);

/* Ask the guest to have its kernel log the tasks that are blocked. */
void conversation_show_blocked(struct conversation *talk);

/* Whether the agent can be asked to end the test; ask it, if so; and whether it was. */
bool conversation_can_stop(const struct conversation *talk);
void conversation_stop(struct conversation *talk);
bool conversation_was_stopped(const struct conversation *talk);

/* See run_logs_suite_case() and run_logs_take_part(). */
void conversation_suite_case(struct conversation *talk);
char *conversation_take_part(struct conversation *talk, size_t index);

/*
 * After the VM's end: read what is left. False if the readers of our own output must take
 * some of it first, see conversation_flush(); call it again then.
 */
bool conversation_read_rest(struct conversation *talk);

/* Take text that would have come to the console if there had been one already. */
void conversation_console(struct conversation *talk, const char *text, size_t size);

/* After that: complete the record and the logs. */
void conversation_finish(struct conversation *talk);

/*
 * Write the output that is queued, for at most @timeout_ms (-1: without a limit) and not
 * once @stop_fd, if not -1, is readable: then -EINTR. Otherwise 0; output that could not
 * be written is dropped, and becomes record->host_error unless its reader closed the
 * pipe.
 */
int conversation_flush(struct conversation *talk, int timeout_ms, int stop_fd);

#endif

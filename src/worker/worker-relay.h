/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream between the guest and the run, at either end: what a descriptor says goes over
 * the link, as far as the other side has room, and back.
 */
#ifndef RAPIDO_WORKER_RELAY_H
#define RAPIDO_WORKER_RELAY_H

#include "worker-link.h"

struct worker_relay {
	enum worker_stream stream;
	int fd; /* non-blocking, owned; -1: closed */
	bool write_only;
	struct strbuf queue; /* from the other side, for the descriptor */
	size_t written;
	uint32_t may_send;    /* bytes to the other side */
	uint32_t may_receive; /* bytes that the other side has room for here */
	uint32_t owed;	      /* room that it was not told of yet */
	bool final;	      /* after WORKER_ENDED: room is not counted any more */
	bool said_all;	      /* the descriptor has no more */
	bool heard_all;	      /* the other side has no more */
};

/* @fd becomes the relay's; -1: there is no such stream. */
void worker_relay_init(struct worker_relay *relay, enum worker_stream stream, int fd,
		       bool write_only);
void worker_relay_release(struct worker_relay *relay);

/* For poll(2): POLLIN, POLLOUT, both or 0. */
short worker_relay_events(const struct worker_relay *relay);

/* Read what the descriptor has, and send it. Whether there was anything. @all: also if
 * the other side has no room. */
bool worker_relay_read(struct worker_relay *relay, struct worker_link *link, bool all);

/* Write what is queued, and make room for more. Whether anything was done. */
bool worker_relay_write(struct worker_relay *relay, struct worker_link *link);

/* The other side sends bytes, makes room, or has no more. 0 or -EPROTO. */
int worker_relay_bytes(struct worker_relay *relay, const void *data, size_t size);
int worker_relay_room(struct worker_relay *relay, uint32_t more);
void worker_relay_eof(struct worker_relay *relay);

/* On rapido's side: the VM has ended, and the rest comes. */
void worker_relay_finish(struct worker_relay *relay);

#endif

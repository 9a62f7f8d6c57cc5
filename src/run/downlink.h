/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's end of the ways to the guest's agent: frames in and out, see wire.h. */
#ifndef RAPIDO_DOWNLINK_H
#define RAPIDO_DOWNLINK_H

#include "lib/str.h"
#include "lib/wire.h"

#define DOWNLINK_STREAMS 2

/* One byte stream. */
struct downlink_stream {
	int fd; /* non-blocking socket; -1: there is none, or it has ended */
	unsigned char *in;
	size_t used, parsed; /* bytes of @in */
	struct strbuf out;
	size_t written; /* bytes of @out */
};

struct downlink {
	struct downlink_stream streams[DOWNLINK_STREAMS]; /* the slow one first */
	int current;		 /* the one that the agent sends on; -1: not known yet */
	bool torn;		 /* what came is no frame, nor yet one of another agent */
	bool again;		 /* another agent has begun, from the beginning */
	uint32_t received, sent; /* frames */
	int error; /* errno value for which it could not be read to its end, or 0 */
};

/* @slow and @fast become the link's; either may be -1. */
void downlink_init(struct downlink *link, int slow, int fast);
void downlink_release(struct downlink *link);

/* Whether to poll stream @i for reading, and for writing. One that the agent has left is
 * read for an agent that begins there: its VM's kernel has started another. */
bool downlink_wants_input(const struct downlink *link, int i);
bool downlink_wants_output(const struct downlink *link, int i);

/* Whether nothing can come any more. */
bool downlink_has_ended(const struct downlink *link);

/* Read what has arrived, without waiting: whether there was anything of the agent. */
bool downlink_read(struct downlink *link);

/*
 * The next frame out of what was read, valid until downlink_read(): 1; 0 when it is not
 * there as a whole; -ECONNRESET when it is the first one of another agent, or that is
 * behind what is no frame; -EPROTO for what is no frame otherwise. WIRE_SWITCH is taken
 * care of here.
 */
int downlink_next(struct downlink *link, struct wire_frame *frame);

/* Queue a frame for the agent, which has been heard of already. */
void downlink_send(struct downlink *link, enum wire_type type, const void *payload,
		   size_t size);

/* Write what the guest takes now. */
void downlink_write(struct downlink *link);

#endif

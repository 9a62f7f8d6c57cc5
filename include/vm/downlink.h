/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's end of the connections to the guest's agent, whose end is the uplink: frames
 * in and out, see wire.h.
 */
#ifndef RAPIDO_DOWNLINK_H
#define RAPIDO_DOWNLINK_H

#include "lib/str.h"
#include "lib/wire.h"

#define DOWNLINK_STREAMS 2

/* One byte stream. */
struct downlink_stream {
	int fd; /* non-blocking socket; -1: none, or it has ended */
	unsigned char *in;
	size_t used, parsed; /* bytes of @in that were read, and of these parsed */
	struct strbuf out;
	size_t written; /* bytes of @out that were sent */
};

struct downlink {
	struct downlink_stream streams[DOWNLINK_STREAMS]; /* the slow one first */
	int current;  /* the stream the agent sends on; -1: not known yet */
	bool skips;   /* set by the caller: bytes before the first frame are skipped */
	bool torn;    /* the bytes are not a frame; another agent may follow */
	bool again;   /* another agent has begun, */
	int again_on; /* on this stream */
	bool paced;   /* see downlink_pace() */
	size_t under_way; /* bytes on the slow stream that the agent has not read */
	uint32_t received, sent; /* frames */
	int error; /* errno value for which a stream could not be read to its end, or 0 */
};

/* @slow and @fast become the downlink's; either may be -1. */
void downlink_init(struct downlink *link, int slow, int fast);
void downlink_release(struct downlink *link);

/* Whether to poll stream @i for reading, and for writing. A stream that the agent has
 * left is still read: if the VM's kernel starts another one, another agent begins there.
 */
bool downlink_wants_input(const struct downlink *link, int i);
bool downlink_wants_output(const struct downlink *link, int i);

/* Whether nothing can come any more. */
bool downlink_has_ended(const struct downlink *link);

/* Read what has arrived, without waiting. Whether the agent had sent anything. */
bool downlink_read(struct downlink *link);

/*
 * The next frame out of the bytes that were read, valid until downlink_read(): 1; 0 if it
 * is not complete yet; -ECONNRESET if it is the first frame of another agent, or if bytes
 * that are not a frame are followed by that; otherwise -EPROTO for such bytes.
 * WIRE_SWITCH and WIRE_GOT are handled here.
 */
int downlink_next(struct downlink *link, struct wire_frame *frame);

/* After -ECONNRESET: listen to the other agent, whose first frame comes next. What the
 * first one has not been sent yet is dropped. */
void downlink_restart(struct downlink *link);

/* The agent reports what it has read from the slow stream: from now on, no more is sent
 * than it has room for (WIRE_SLOW_WINDOW). */
void downlink_pace(struct downlink *link);

/* Queue a frame for the agent, which must have been heard already. */
void downlink_send(struct downlink *link, enum wire_type type, const void *payload,
		   size_t size);

/* Send a frame on the slow stream to an agent that was not heard, and may not listen. */
void downlink_shout(struct downlink *link, enum wire_type type, const void *payload,
		    size_t size);

/* Bytes that are queued. */
size_t downlink_queued(const struct downlink *link);

/* Write as much as the guest takes now. */
void downlink_write(struct downlink *link);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One end of the connection between rapido and a worker: frames in and out. */
#ifndef RAPIDO_WORKER_LINK_H
#define RAPIDO_WORKER_LINK_H

#include "lib/str.h"
#include "worker-wire.h"

struct worker_link {
	int in, out; /* non-blocking; owned; -1: ended */
	unsigned char *data;
	size_t used, parsed; /* bytes of it that were read, and of these parsed */
	struct strbuf queue;
	size_t written;		     /* bytes of it that are written */
	uint32_t received, sent;     /* frames */
	uint64_t heard_ms, spoke_ms; /* when something was read, and queued, last */
	struct strbuf noise; /* what was skipped before the first frame; its beginning */
	size_t skipped;
	int error; /* errno value for which it ended, or 0 */
};

/* The descriptors become the link's. */
void worker_link_init(struct worker_link *link, int in, int out);
void worker_link_release(struct worker_link *link);

/* Queue a frame whose payload is @head and @data, either of which may have no bytes. */
void worker_link_send2(struct worker_link *link, enum worker_wire_type type,
		       const void *head, size_t head_size, const void *data, size_t size);
void worker_link_send(struct worker_link *link, enum worker_wire_type type,
		      const void *data, size_t size);
void worker_link_send32(struct worker_link *link, enum worker_wire_type type,
			uint32_t value);
/* As much of the text as a frame carries. */
void worker_link_send_text(struct worker_link *link, enum worker_wire_type type,
			   const char *text);

/* WORKER_ALIVE, if nothing was queued for so long; and in how many ms that will be. */
void worker_link_keep_alive(struct worker_link *link, uint64_t now);
int worker_link_alive_in(const struct worker_link *link, uint64_t now);

/* Read what has arrived, without waiting. Whether there was anything. At its end, or
 * after an error, link->in is -1. */
bool worker_link_read(struct worker_link *link);

/* The next frame, valid until worker_link_read(): 1; 0: it is not complete; or -EPROTO.
 */
int worker_link_next(struct worker_link *link, struct wire_frame *frame);

/* Write as much as the other side takes now. After an error link->out is -1. */
void worker_link_write(struct worker_link *link);

/* Bytes that are queued. */
size_t worker_link_queued(const struct worker_link *link);

/* A frame's payload as text. Heap. */
char *worker_frame_text(const struct wire_frame *frame, size_t offset);

#endif

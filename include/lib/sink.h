/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An output stream whose reader may be slow: what the reader does not accept is queued,
 * and rapido does not wait for it.
 */
#ifndef RAPIDO_SINK_H
#define RAPIDO_SINK_H

#include "lib/str.h"

/*
 * sink_is_full() is true if more bytes than this are queued; the caller should then add
 * no more.
 */
#define SINK_MAX (1 << 20)

enum sink_kind {
	SINK_NONE,   /* it has no reader, and everything is dropped */
	SINK_FILE,   /* never waits for a reader */
	SINK_SOCKET, /* each write asks not to wait */
	SINK_OWN,    /* opened again, non-blocking, for us alone */
	SINK_SHARED, /* written after poll(2), and no more than a pipe then accepts */
};

struct sink {
	int fd;	 /* the stream, which the sink does not own; -1: there is none */
	int own; /* SINK_OWN: that descriptor, else -1 */
	enum sink_kind kind;
	bool tty; /* the stream is a terminal */
	struct strbuf queue;
	size_t written; /* bytes of it that are written */
	int error;	/* the errno value after which nothing more is written, or 0 */
};

/*
 * Other processes may have the same descriptor, so it is not made non-blocking: that
 * would affect all of them.
 */
void sink_init(struct sink *sink, int fd);
void sink_release(struct sink *sink);

/* Write, and queue what does not fit. Does nothing after an error. */
void sink_add(struct sink *sink, const void *data, size_t size);

/* Write what is queued, as far as it fits now. */
void sink_write(struct sink *sink);

bool sink_is_full(const struct sink *sink);
/* The descriptor to poll for POLLOUT; -1: nothing is queued. */
int sink_fd(const struct sink *sink);

/*
 * Write what is queued. Give up after @timeout_ms (-1: never), or if @stop_fd, unless it
 * is -1, becomes readable. 0, or -errno (-ETIMEDOUT, -EINTR).
 */
int sink_finish(struct sink *sink, int timeout_ms, int stop_fd);

#endif

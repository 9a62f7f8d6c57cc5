/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream of ours that others read at their own pace: what they do not take is queued,
 * and nobody waits for them.
 */
#ifndef RAPIDO_SINK_H
#define RAPIDO_SINK_H

#include "lib/str.h"

/* With more than this queued, sink_is_full() says so; the caller then takes no more. */
#define SINK_MAX (1 << 20)

enum sink_kind {
	SINK_NONE,   /* nobody reads it, and all is dropped */
	SINK_FILE,   /* never waits for a reader */
	SINK_SOCKET, /* each write says that it must not wait */
	SINK_OWN,    /* opened again, without waiting, for us alone */
	SINK_SHARED, /* no more than a pipe takes after poll(2) says so */
};

struct sink {
	int fd;	 /* the stream; not the sink's; -1: there is none */
	int own; /* SINK_OWN: that, or -1 */
	enum sink_kind kind;
	struct strbuf queue;
	size_t written; /* of it */
	int error;	/* errno value after which nothing is written any more, or 0 */
};

/*
 * The descriptor is one that other processes have too: that it must not block is not set
 * on it, as it would be for all of them.
 */
void sink_init(struct sink *sink, int fd);
void sink_release(struct sink *sink);

/* Write, or queue what does not fit. Nothing after an error. */
void sink_add(struct sink *sink, const void *data, size_t size);

/* Write what is queued and fits now. */
void sink_write(struct sink *sink);

bool sink_is_full(const struct sink *sink);
/* What to poll for POLLOUT, or -1: nothing is queued. */
int sink_fd(const struct sink *sink);

/*
 * Write what is queued, for at most @timeout_ms (-1: as long as it takes) and not when
 * @stop_fd, if not -1, becomes readable. 0, or -errno (-ETIMEDOUT, -EINTR).
 */
int sink_finish(struct sink *sink, int timeout_ms, int stop_fd);

#endif

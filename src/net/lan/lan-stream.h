/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet frames on a stream socket: each has its length before it, 32 bits with the
 * most significant byte first, as QEMU's `-netdev socket` and `-netdev stream` have it
 * (net/socket.c, net/stream.c). Nothing here waits.
 */
#ifndef RAPIDO_LAN_STREAM_H
#define RAPIDO_LAN_STREAM_H

#include "net/lan/lan.h"

#define LAN_LENGTH_SIZE 4

struct lan_stream {
	int fd;		    /* -1: none */
	unsigned char *in;  /* what has come in, LAN_LENGTH_SIZE + LAN_FRAME_MAX bytes */
	size_t begin, end;  /* of it that has not been skipped */
	unsigned char *out; /* the rest of a frame that has gone out in part, or NULL */
	size_t out_sent, out_size;
};

/* Let @fd hold many frames that the other side has not read yet, as far as the host
 * allows that to all users. */
void lan_stream_make_room(int fd);

/* The stream owns @fd, which it makes non-blocking, from now on. */
void lan_stream_init(struct lan_stream *stream, int fd);
void lan_stream_release(struct lan_stream *stream);

/*
 * Read once. It is for when lan_stream_next() has no more frames. 0, -EAGAIN when nothing
 * has come, -EPIPE at the end, or another -errno.
 */
int lan_stream_fill(struct lan_stream *stream);

/*
 * The first frame that has come in completely, good until the next call of
 * lan_stream_fill(). 1; 0: none; -EBADMSG: the other side sends no such stream.
 */
int lan_stream_next(const struct lan_stream *stream, const unsigned char **frame,
		    size_t *size);

/* On to the frame after it. */
void lan_stream_skip(struct lan_stream *stream);

/*
 * Send a frame of at most LAN_FRAME_MAX bytes, wholly or not at all: 0, -EAGAIN when
 * there is no room, or another -errno. What the socket does not take at once is kept for
 * lan_stream_flush().
 */
int lan_stream_send(struct lan_stream *stream, const unsigned char *frame, size_t size);

/* Send what was kept: 0, -EAGAIN when some of it is left, or another -errno. */
int lan_stream_flush(struct lan_stream *stream);

#endif

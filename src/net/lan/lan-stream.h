/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet frames on a stream socket: each follows its length, which has 32 bits, the
 * most significant byte first, as VMs and passt(1) have them on such sockets. Where each
 * read(2) and write(2) moves one frame, on a socket for packets or a TAP device, the same
 * functions do without lengths. Nothing here blocks.
 */
#ifndef RAPIDO_LAN_STREAM_H
#define RAPIDO_LAN_STREAM_H

#include "net/lan/lan.h"

#define LAN_LENGTH_SIZE 4

struct lan_stream {
	int fd;		    /* -1: none */
	bool packets;	    /* each read or write moves one frame */
	unsigned char *in;  /* received; has LAN_LENGTH_SIZE + LAN_FRAME_MAX bytes */
	size_t begin, end;  /* the part of it that has not been skipped */
	unsigned char *out; /* a frame that has been sent in part, or NULL */
	size_t out_sent, out_size;
};

/* Let @fd buffer many frames that the other side has not read yet, as far as the host
 * allows any user. */
void lan_stream_make_room(int fd);

/* Takes over @fd and makes it non-blocking. */
void lan_stream_init(struct lan_stream *stream, int fd);
/* The same for a socket for packets or a TAP device. SIGPIPE must be ignored. */
void lan_stream_init_packets(struct lan_stream *stream, int fd);
void lan_stream_release(struct lan_stream *stream);

/*
 * Read once. Call it when lan_stream_next() has no more frames. 0, -EAGAIN if there is
 * nothing to read, -EPIPE at the end, or another -errno.
 */
int lan_stream_fill(struct lan_stream *stream);

/*
 * The first frame that has been received completely, valid until the next call of
 * lan_stream_fill(). 1; 0: there is none; -EBADMSG: the other side does not send frames.
 */
int lan_stream_next(const struct lan_stream *stream, const unsigned char **frame,
		    size_t *size);

/* Go on to the next frame. */
void lan_stream_skip(struct lan_stream *stream);

/*
 * Send a frame of at most LAN_FRAME_MAX bytes, all of it or nothing: 0, -EAGAIN if there
 * is no room, or another -errno. What a stream does not accept at once is kept for
 * lan_stream_flush().
 */
int lan_stream_send(struct lan_stream *stream, const unsigned char *frame, size_t size);

/* Send what was kept: 0, -EAGAIN if some of it is left, or another -errno. */
int lan_stream_flush(struct lan_stream *stream);

#endif

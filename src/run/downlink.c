// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames from and to the guest's agent, over two sockets to the VM. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "downlink.h"

#define IN_SIZE (8 * WIRE_FRAME_MAX)

void downlink_init(struct downlink *link, int slow, int fast)
{
	const int fds[DOWNLINK_STREAMS] = { slow, fast };

	*link = (struct downlink){ .current = -1 };
	for (int i = 0; i < DOWNLINK_STREAMS; i++)
		link->streams[i] = (struct downlink_stream){
			.fd = fds[i],
			.in = xmalloc(IN_SIZE),
			.out = STRBUF_INIT,
		};
}

void downlink_release(struct downlink *link)
{
	for (int i = 0; i < DOWNLINK_STREAMS; i++) {
		struct downlink_stream *stream = &link->streams[i];

		if (stream->fd >= 0)
			close(stream->fd);
		free(stream->in);
		strbuf_release(&stream->out);
	}
}

/* Whether the agent may send on stream @i. */
static bool is_in_use(const struct downlink *link, int i)
{
	return link->streams[i].fd >= 0 && (link->current < 0 || link->current == i);
}

bool downlink_wants_input(const struct downlink *link, int i)
{
	return is_in_use(link, i) || (link->streams[i].fd >= 0 && i < link->current);
}

bool downlink_wants_output(const struct downlink *link, int i)
{
	const struct downlink_stream *stream = &link->streams[i];

	return stream->fd >= 0 && stream->written < stream->out.len;
}

bool downlink_has_ended(const struct downlink *link)
{
	for (int i = 0; i < DOWNLINK_STREAMS; i++)
		if (is_in_use(link, i))
			return false;
	return true;
}

/* Move the bytes that are not parsed yet to the front, and read more behind them. */
static bool read_stream(struct downlink *link, struct downlink_stream *stream)
{
	ssize_t n;

	stream->used -= stream->parsed;
	memmove(stream->in, stream->in + stream->parsed, stream->used);
	stream->parsed = 0;
	n = recv(stream->fd, stream->in + stream->used, IN_SIZE - stream->used,
		 MSG_DONTWAIT);
	if (n > 0) {
		stream->used += (size_t)n;
		return true;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	/* ECONNRESET: a VM that was killed has not read all that we sent */
	if (n < 0 && errno != ECONNRESET && !link->error)
		link->error = errno;
	close(TAKE_FD(stream->fd));
	return false;
}

/*
 * The agent begins on one of the streams. The slow one is read last: by then it has
 * everything that was sent on it before anything was sent on the fast one.
 */
static bool read_first(struct downlink *link)
{
	for (int i = DOWNLINK_STREAMS - 1; i >= 0; i--)
		if (link->streams[i].fd >= 0 && read_stream(link, &link->streams[i]))
			link->current = i;
	return link->current >= 0;
}

/*
 * Look for the first frame of another agent in the stream, whatever is before it. Bytes
 * that were searched are dropped, but not the beginning of such a frame.
 */
static bool find_first(struct downlink_stream *stream)
{
	for (; stream->parsed < stream->used; stream->parsed++) {
		const unsigned char *at = stream->in + stream->parsed;
		size_t left = stream->used - stream->parsed;
		unsigned char magic[4];
		struct wire_frame frame = { .type = WIRE_HELLO };
		long size;

		wire_put32(magic, WIRE_MAGIC);
		if (memcmp(at, magic, left < 4 ? left : 4))
			continue;
		size = wire_parse(&frame, at, left, 0);
		if (size >= 0 && frame.type == WIRE_HELLO)
			return size > 0;
	}
	return false;
}

/* Read the streams that the agent has left. */
static void read_left(struct downlink *link)
{
	for (int i = 0; i < link->current && !link->again; i++) {
		struct downlink_stream *stream = &link->streams[i];

		if (stream->fd >= 0 && read_stream(link, stream))
			link->again = find_first(stream);
	}
}

bool downlink_read(struct downlink *link)
{
	bool something;

	if (link->current < 0)
		return read_first(link);
	something = is_in_use(link, link->current) &&
		    read_stream(link, &link->streams[link->current]);
	read_left(link);
	return something || link->again;
}

/* The bytes are not a frame of the agent that began first. */
static int look_for_first(struct downlink *link, struct downlink_stream *stream)
{
	link->again = link->received && find_first(stream);
	if (link->again)
		return -ECONNRESET;
	/* the rest of it may be on its way */
	link->torn = link->received && stream->parsed < stream->used;
	return link->torn ? 0 : -EPROTO;
}

int downlink_next(struct downlink *link, struct wire_frame *frame)
{
	struct downlink_stream *stream;
	long size;

	if (link->current < 0)
		return 0;
	if (link->again)
		return -ECONNRESET;
	stream = &link->streams[link->current];
	if (link->torn)
		return look_for_first(link, stream);
	size = wire_parse(frame, stream->in + stream->parsed,
			  stream->used - stream->parsed, link->received);
	if (size < 0)
		return look_for_first(link, stream);
	if (!size)
		return 0;
	stream->parsed += (size_t)size;
	link->received++;
	if (frame->type != WIRE_SWITCH)
		return 1;
	if (frame->size || link->current + 1 >= DOWNLINK_STREAMS ||
	    stream->parsed != stream->used)
		return -EPROTO;
	link->current++;
	/* read_first() may have read some of it */
	return downlink_next(link, frame);
}

void downlink_send(struct downlink *link, enum wire_type type, const void *payload,
		   size_t size)
{
	unsigned char header[WIRE_HEADER];
	struct strbuf *out;

	if (link->current < 0)
		return;
	out = &link->streams[link->current].out;
	wire_header(header, type, link->sent++, payload, size);
	strbuf_add(out, header, sizeof(header));
	strbuf_add(out, payload, size);
}

static void write_stream(struct downlink_stream *stream)
{
	while (stream->written < stream->out.len) {
		ssize_t n = send(stream->fd, stream->out.buf + stream->written,
				 stream->out.len - stream->written,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		/* nobody will read the rest, as downlink_read() will notice */
		if (n <= 0)
			break;
		stream->written += (size_t)n;
	}
	strbuf_setlen(&stream->out, 0);
	stream->written = 0;
}

void downlink_write(struct downlink *link)
{
	for (int i = 0; i < DOWNLINK_STREAMS; i++)
		if (downlink_wants_output(link, i))
			write_stream(&link->streams[i]);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames from and to the guest's agent, over two sockets to the VM. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vm/downlink.h"

#define IN_SIZE (8 * WIRE_FRAME_MAX)
/* Written bytes that a queue keeps. */
#define WRITTEN_MAX 65536

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

/* How many bytes the agent has room for. */
static size_t may_write(const struct downlink *link, int i)
{
	if (i > 0 || !link->paced)
		return SIZE_MAX;
	return link->under_way < WIRE_SLOW_WINDOW ? WIRE_SLOW_WINDOW - link->under_way
						  : 0;
}

bool downlink_wants_output(const struct downlink *link, int i)
{
	const struct downlink_stream *stream = &link->streams[i];

	return stream->fd >= 0 && stream->written < stream->out.len && may_write(link, i);
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
		link->again_on = i;
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
	bool may_follow = link->received || link->skips;

	link->again = may_follow && find_first(stream);
	link->again_on = link->current;
	if (link->again)
		return -ECONNRESET;
	/* the rest of it may be on its way */
	link->torn = may_follow && (link->skips || stream->parsed < stream->used);
	return link->torn ? 0 : -EPROTO;
}

static bool take_got(struct downlink *link, const struct wire_frame *frame)
{
	uint32_t size = frame->size == 4 ? wire_get32(frame->payload) : 0;

	/* what was sent before the other agent began does not count */
	link->under_way -= size < link->under_way ? size : link->under_way;
	return frame->size == 4;
}

/* The agent goes on on the next stream. False if it cannot. */
static bool take_switch(struct downlink *link, const struct wire_frame *frame)
{
	const struct downlink_stream *stream = &link->streams[link->current];

	if (frame->size || link->current + 1 >= DOWNLINK_STREAMS ||
	    stream->parsed != stream->used)
		return false;
	link->current++;
	return true;
}

int downlink_next(struct downlink *link, struct wire_frame *frame)
{
	if (link->current < 0)
		return 0;
	if (link->again)
		return -ECONNRESET;
	for (;;) {
		struct downlink_stream *stream = &link->streams[link->current];
		bool ok = true;
		long size;

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
		/* read_first() may have read some of what follows WIRE_SWITCH */
		if (frame->type == WIRE_SWITCH)
			ok = take_switch(link, frame);
		else if (frame->type == WIRE_GOT)
			ok = take_got(link, frame);
		else
			return 1;
		if (!ok) {
			link->torn = link->skips;
			return -EPROTO;
		}
	}
}

void downlink_restart(struct downlink *link)
{
	link->current = link->again_on;
	link->again = link->torn = link->paced = false;
	link->received = link->sent = 0;
	link->under_way = 0;
	for (int i = 0; i < DOWNLINK_STREAMS; i++) {
		strbuf_setlen(&link->streams[i].out, 0);
		link->streams[i].written = 0;
	}
}

void downlink_pace(struct downlink *link)
{
	link->paced = true;
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

void downlink_shout(struct downlink *link, enum wire_type type, const void *payload,
		    size_t size)
{
	struct downlink_stream *stream = &link->streams[0];
	unsigned char frame[WIRE_FRAME_MAX];

	wire_header(frame, type, 0, payload, size);
	memcpy(frame + WIRE_HEADER, payload, size);
	(void)!send(stream->fd, frame, WIRE_HEADER + size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

size_t downlink_queued(const struct downlink *link)
{
	size_t size = 0;

	for (int i = 0; i < DOWNLINK_STREAMS; i++)
		size += link->streams[i].out.len - link->streams[i].written;
	return size;
}

static void write_stream(struct downlink *link, int i)
{
	struct downlink_stream *stream = &link->streams[i];

	while (stream->written < stream->out.len) {
		size_t size = stream->out.len - stream->written;
		size_t room = may_write(link, i);
		ssize_t n;

		if (!room)
			return;
		n = send(stream->fd, stream->out.buf + stream->written,
			 size < room ? size : room, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		/* nobody will read the rest, as downlink_read() will notice */
		if (n <= 0)
			break;
		stream->written += (size_t)n;
		if (i == 0)
			link->under_way += (size_t)n;
		/* it may never be empty */
		if (stream->written >= WRITTEN_MAX) {
			strbuf_drop(&stream->out, stream->written);
			stream->written = 0;
		}
	}
	strbuf_setlen(&stream->out, 0);
	stream->written = 0;
}

void downlink_write(struct downlink *link)
{
	for (int i = 0; i < DOWNLINK_STREAMS; i++)
		if (downlink_wants_output(link, i))
			write_stream(link, i);
}

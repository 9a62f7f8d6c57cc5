// SPDX-License-Identifier: GPL-2.0-or-later
/* The test's output and standard input, which pass through the agent unchanged. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent.h"

/* Bytes of standard input that may be on their way over a serial port: what the host has
 * to say beside them waits for them, see WIRE_SLOW_WINDOW. */
#define SERIAL_STDIN 2048
/* A stream that has less than LITTLE, LITTLE_OFTEN times in a row, rests for REST_MS. */
#define LITTLE	     16384
#define LITTLE_OFTEN 8
#define REST_MS	     3

/*
 * A frame for every few lines costs more than the lines themselves, so a test that writes
 * line after line is read only every few milliseconds. This does not apply to a test that
 * writes much, nor when the other stream comes in between: the two keep their order as
 * far as we can see it.
 */
static void consider_rest(struct agent *a, struct stream *stream, size_t n)
{
	if (a->last_read != stream || n >= LITTLE)
		a->little = 0;
	a->last_read = stream;
	a->rest_ms = 0;
	if (n >= LITTLE)
		return;
	if (a->little < LITTLE_OFTEN)
		a->little++;
	else
		a->rest_ms = now_ms() + REST_MS;
}

/* Read at most @max bytes of it, straight into a frame. */
static void read_stream(struct agent *a, struct stream *stream, size_t max)
{
	unsigned char *at = uplink_place(&a->uplink);
	ssize_t n =
		read(*stream->fd, at, max < WIRE_PAYLOAD_MAX ? max : WIRE_PAYLOAD_MAX);

	if (n > 0) {
		uplink_commit(&a->uplink, stream->type, (size_t)n);
		stream->sent += (uint64_t)n;
		stream->due -= stream->due < (size_t)n ? stream->due : (size_t)n;
		consider_rest(a, stream, (size_t)n);
		return;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		stream->due = 0;
		return;
	}
	close_fd(stream->fd);
	stream->due = 0;
}

bool is_wanted(const struct agent *a, const struct stream *stream)
{
	if (*stream->fd < 0)
		return false;
	if (stream->due)
		return true;
	return !a->report.waiting && a->phase < PHASE_DRAINING &&
	       !(a->rest_ms && stream == a->last_read);
}

void read_streams(struct agent *a)
{
	/* the resting stream's bytes were written first */
	size_t first = a->rest_ms && a->last_read == &a->streams[1];

	if (a->rest_ms && (a->streams[0].ready || a->streams[1].ready))
		a->last_read->ready = true;
	for (size_t i = 0; i < ARRAY_SIZE(a->streams); i++) {
		struct stream *stream = &a->streams[i ^ first];

		if (!stream->ready || *stream->fd < 0 ||
		    !uplink_has_room(&a->uplink, true))
			continue;
		/* while a frame about a script waits, only the bytes before it */
		if (!a->report.waiting && a->phase < PHASE_DRAINING)
			read_stream(a, stream, WIRE_PAYLOAD_MAX);
		else if (stream->due)
			read_stream(a, stream, stream->due);
	}
}

void mark_streams(struct agent *a)
{
	for (size_t i = 0; i < ARRAY_SIZE(a->streams); i++) {
		int n = 0;

		if (*a->streams[i].fd >= 0 &&
		    ioctl(*a->streams[i].fd, FIONREAD, &n) == 0 && n > 0)
			a->streams[i].due = (size_t)n;
	}
}

bool streams_due(const struct agent *a)
{
	return a->streams[0].due || a->streams[1].due;
}

bool take_stdin(struct agent *a, const struct wire_frame *frame)
{
	size_t end = (a->stdin_start + a->stdin_len) % WIRE_STDIN_WINDOW;
	size_t first = WIRE_STDIN_WINDOW - end;

	if (frame->size > WIRE_STDIN_WINDOW - a->stdin_len - a->stdin_room)
		return false;
	if (first > frame->size)
		first = frame->size;
	memcpy(a->stdin_data + end, frame->payload, first);
	memcpy(a->stdin_data, frame->payload + first, frame->size - first);
	a->stdin_len += frame->size;
	return true;
}

/* False if the pipe is full. */
static bool write_stdin(struct agent *a)
{
	size_t size = WIRE_STDIN_WINDOW - a->stdin_start;
	ssize_t n;

	if (size > a->stdin_len)
		size = a->stdin_len;
	n = a->shell.in < 0 ? (ssize_t)size
			    : write(a->shell.in, a->stdin_data + a->stdin_start, size);
	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return false;
		/* nobody will read it */
		close_fd(&a->shell.in);
		n = (ssize_t)size;
	}
	a->stdin_start = (a->stdin_start + (size_t)n) % WIRE_STDIN_WINDOW;
	a->stdin_len -= (size_t)n;
	a->stdin_room += (size_t)n;
	return true;
}

/*
 * Over a serial port the host may send little at a time, and nothing while a faster port
 * is made ready.
 */
void grant_stdin(struct agent *a)
{
	size_t under_way = WIRE_STDIN_WINDOW - a->stdin_len - a->stdin_room;
	size_t size = a->stdin_room, limit = WIRE_STDIN_WINDOW;

	if (a->uplink.port->serial)
		limit = a->uplink.move == MOVE_LOADING ? 0 : SERIAL_STDIN;
	if (under_way >= limit)
		return;
	if (size > limit - under_way)
		size = limit - under_way;
	if (!size || (a->stdin_len && size < limit / 4) ||
	    !uplink_has_room(&a->uplink, false))
		return;
	uplink_send32(&a->uplink, WIRE_STDIN_ROOM, (uint32_t)size);
	a->stdin_room -= size;
}

void work_on_stdin(struct agent *a)
{
	while (a->stdin_len && write_stdin(a))
		;
	if (!a->stdin_len && a->stdin_ended)
		close_fd(&a->shell.in);
	grant_stdin(a);
}

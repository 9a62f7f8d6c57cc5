// SPDX-License-Identifier: GPL-2.0-or-later
/* Streams over the link, each with its own room. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "worker-relay.h"

#define CHUNK 16384
/* Less room than this is not worth a frame. */
#define ROOM_MIN (WORKER_WINDOW / 8)

void worker_relay_init(struct worker_relay *relay, enum worker_stream stream, int fd,
		       bool write_only)
{
	*relay = (struct worker_relay){
		.stream = stream,
		.fd = fd,
		.write_only = write_only,
		.queue = STRBUF_INIT,
		.may_send = WORKER_WINDOW,
		.may_receive = WORKER_WINDOW,
		.said_all = fd < 0 || write_only,
	};
}

void worker_relay_release(struct worker_relay *relay)
{
	cleanup_close(&relay->fd);
	relay->fd = -1;
	strbuf_release(&relay->queue);
}

static bool has_queue(const struct worker_relay *relay)
{
	return relay->written < relay->queue.len;
}

short worker_relay_events(const struct worker_relay *relay)
{
	short events = 0;

	if (relay->fd < 0)
		return 0;
	if (!relay->said_all && relay->may_send)
		events |= POLLIN;
	if (has_queue(relay))
		events |= POLLOUT;
	return events;
}

static void say_all(struct worker_relay *relay, struct worker_link *link)
{
	relay->said_all = true;
	worker_link_send32(link, WORKER_EOF, relay->stream);
}

bool worker_relay_read(struct worker_relay *relay, struct worker_link *link, bool all)
{
	char data[CHUNK];
	unsigned char head[4];
	size_t most = all || relay->may_send > CHUNK ? CHUNK : relay->may_send;
	ssize_t n;

	if (relay->said_all || relay->fd < 0 || !most)
		return false;
	n = read(relay->fd, data, most);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		say_all(relay, link);
		return false;
	}
	wire_put32(head, relay->stream);
	worker_link_send2(link, WORKER_BYTES, head, sizeof(head), data, (size_t)n);
	relay->may_send -= (size_t)n < relay->may_send ? (uint32_t)n : relay->may_send;
	return true;
}

/* The other side may send as much as was taken from the queue. */
static void make_room(struct worker_relay *relay, struct worker_link *link)
{
	unsigned char payload[8];

	if (!relay->owed || relay->heard_all || relay->final ||
	    (relay->owed < ROOM_MIN && has_queue(relay)))
		return;
	wire_put32(payload, relay->stream);
	wire_put32(payload + 4, relay->owed);
	worker_link_send(link, WORKER_ROOM, payload, sizeof(payload));
	relay->may_receive += relay->owed;
	relay->owed = 0;
}

bool worker_relay_write(struct worker_relay *relay, struct worker_link *link)
{
	bool something = false;

	while (has_queue(relay)) {
		size_t size = relay->queue.len - relay->written;
		ssize_t n = relay->fd < 0
				    ? -1
				    : write(relay->fd, relay->queue.buf + relay->written,
					    size);

		if (relay->fd >= 0 && n < 0 && errno == EINTR)
			continue;
		if (relay->fd >= 0 && n < 0 && errno == EAGAIN)
			break;
		/* nobody reads it any more */
		if (n <= 0)
			n = (ssize_t)size;
		relay->written += (size_t)n;
		relay->owed += (uint32_t)n;
		something = true;
	}
	if (!has_queue(relay) || relay->written >= WORKER_WINDOW) {
		strbuf_drop(&relay->queue, relay->written);
		relay->written = 0;
	}
	make_room(relay, link);
	if (relay->heard_all && !has_queue(relay) && relay->fd >= 0)
		close(TAKE_FD(relay->fd));
	return something;
}

int worker_relay_bytes(struct worker_relay *relay, const void *data, size_t size)
{
	if (relay->heard_all || size > relay->may_receive)
		return -EPROTO;
	relay->may_receive -= (uint32_t)size;
	strbuf_add(&relay->queue, data, size);
	return 0;
}

int worker_relay_room(struct worker_relay *relay, uint32_t more)
{
	if (more > WORKER_WINDOW - relay->may_send)
		return -EPROTO;
	relay->may_send += more;
	return 0;
}

void worker_relay_eof(struct worker_relay *relay)
{
	relay->heard_all = true;
}

void worker_relay_finish(struct worker_relay *relay)
{
	relay->final = true;
	relay->may_receive = WORKER_REST_MAX;
}

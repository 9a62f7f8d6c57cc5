// SPDX-License-Identifier: GPL-2.0-or-later
/* Distributes frames: which addresses are where, and what happens at a full end. */
#include <errno.h>
#include <net/ethernet.h>
#include <poll.h>

#include "lib/hash.h"
#include "lan-switch.h"

/* In how many places of the table an address may be. */
#define SEEN_PROBES 8

struct lan_switch *lan_switch_new(void)
{
	struct lan_switch *sw = xcalloc(1, sizeof(*sw));

	for (size_t i = 0; i < LAN_ENDS_MAX; i++)
		sw->ends[i].stream.fd = -1;
	return sw;
}

void lan_switch_free(struct lan_switch *sw)
{
	for (size_t i = 0; i < sw->nr; i++)
		lan_stream_release(&sw->ends[i].stream);
	free(sw);
}

int lan_switch_add(struct lan_switch *sw, int fd, bool local)
{
	size_t *nr = local ? &sw->nr_local : &sw->nr_peers, i = 0;
	struct lan_stream stream;

	lan_stream_init(&stream, fd);
	if (*nr >= (local ? LAN_PORTS_MAX : LAN_PEERS_MAX)) {
		lan_stream_release(&stream);
		return -ENOSPC;
	}
	while (sw->ends[i].stream.fd >= 0)
		i++;
	sw->ends[i] = (struct lan_end){ .stream = stream, .local = local };
	if (i == sw->nr)
		sw->nr++;
	(*nr)++;
	return 0;
}

/* Forgets the addresses behind it, too. Ends that wait for it notice by themselves. */
static void close_end(struct lan_switch *sw, struct lan_end *end)
{
	uint16_t number = (uint16_t)(end - sw->ends + 1);

	for (size_t i = 0; i < LAN_SEEN_MAX; i++)
		if (sw->seen[i].end == number)
			sw->seen[i].end = 0;
	lan_stream_release(&end->stream);
	end->awaits = NULL;
	(*(end->local ? &sw->nr_local : &sw->nr_peers))--;
}

/* The @i-th place for an address. */
static struct lan_seen *place(struct lan_switch *sw, const unsigned char *mac,
			      unsigned int i)
{
	return &sw->seen[(hash_bytes(mac, ETH_ALEN) + i) % LAN_SEEN_MAX];
}

static struct lan_seen *find_seen(struct lan_switch *sw, const unsigned char *mac)
{
	for (unsigned int i = 0; i < SEEN_PROBES; i++) {
		struct lan_seen *seen = place(sw, mac, i);

		if (seen->end && !memcmp(seen->mac, mac, ETH_ALEN))
			return seen;
	}
	return NULL;
}

/* A multicast address is no source. If all places are taken, the first one is reused. */
static void learn(struct lan_switch *sw, const unsigned char *mac,
		  const struct lan_end *end)
{
	struct lan_seen *seen = find_seen(sw, mac);

	if (mac[0] & 1)
		return;
	for (unsigned int i = 0; !seen && i < SEEN_PROBES; i++)
		if (!place(sw, mac, i)->end)
			seen = place(sw, mac, i);
	if (!seen)
		seen = place(sw, mac, 0);
	memcpy(seen->mac, mac, ETH_ALEN);
	seen->end = (uint16_t)(end - sw->ends + 1);
}

/* 0, or -EAGAIN if it may have room in a moment. Frames for a hung end are dropped. */
static int send_to(struct lan_switch *sw, struct lan_end *to, const unsigned char *frame,
		   size_t size, uint64_t now)
{
	int err = to->hung ? 0 : lan_stream_send(&to->stream, frame, size);

	if (to->hung)
		return 0;
	if (!err) {
		to->full_since = 0;
		return 0;
	}
	/* the host is short of memory: no use to wait, no reason to close */
	if (err == -ENOBUFS || err == -ENOMEM)
		return 0;
	if (err != -EAGAIN) {
		close_end(sw, to);
		return 0;
	}
	if (!to->full_since)
		to->full_since = now;
	to->hung = now - to->full_since >= LAN_PATIENCE;
	return to->hung ? 0 : -EAGAIN;
}

/* At least one of the two ends must be our own VM's. */
static bool may_pass(const struct lan_end *from, const struct lan_end *to)
{
	return to != from && to->stream.fd >= 0 && (to->local || from->local);
}

/* 0, or -EAGAIN: from->awaits is the end that it waits for. */
static int forward_frame(struct lan_switch *sw, struct lan_end *from,
			 const unsigned char *frame, size_t size, uint64_t now)
{
	const struct lan_seen *seen;
	struct lan_end *to;

	if (size < ETH_HLEN)
		return 0;
	learn(sw, frame + ETH_ALEN, from);
	seen = frame[0] & 1 ? NULL : find_seen(sw, frame);
	if (seen) {
		to = &sw->ends[seen->end - 1];
		if (may_pass(from, to) && send_to(sw, to, frame, size, now) == -EAGAIN)
			from->awaits = to;
		return from->awaits ? -EAGAIN : 0;
	}
	for (size_t i = 0; i < sw->nr; i++)
		if (may_pass(from, &sw->ends[i]))
			send_to(sw, &sw->ends[i], frame, size, now);
	return 0;
}

/* Pass on all received frames, up to the first that must wait. */
static void hand_on(struct lan_switch *sw, struct lan_end *from, uint64_t now)
{
	const unsigned char *frame;
	size_t size;
	int n;

	while ((n = lan_stream_next(&from->stream, &frame, &size)) == 1) {
		if (forward_frame(sw, from, frame, size, now) == -EAGAIN)
			return;
		lan_stream_skip(&from->stream);
	}
	if (n < 0)
		close_end(sw, from);
}

void lan_switch_readable(struct lan_switch *sw, struct lan_end *end, uint64_t now)
{
	int err;

	if (end->stream.fd < 0 || end->awaits)
		return;
	err = lan_stream_fill(&end->stream);
	if (!err)
		hand_on(sw, end, now);
	else if (err != -EAGAIN)
		close_end(sw, end);
}

void lan_switch_writable(struct lan_switch *sw, struct lan_end *end)
{
	int err = end->stream.fd < 0 ? -EAGAIN : lan_stream_flush(&end->stream);

	if (err && err != -EAGAIN)
		close_end(sw, end);
	if (err)
		return;
	end->hung = false;
	end->full_since = 0;
}

static bool is_over(const struct lan_end *awaited, uint64_t now)
{
	return awaited->stream.fd < 0 || awaited->hung || !awaited->full_since ||
	       now - awaited->full_since >= LAN_PATIENCE;
}

void lan_switch_resume(struct lan_switch *sw, uint64_t now)
{
	for (size_t i = 0; i < sw->nr; i++) {
		struct lan_end *end = &sw->ends[i];

		if (!end->awaits || !is_over(end->awaits, now))
			continue;
		end->awaits = NULL;
		hand_on(sw, end, now);
	}
}

static bool is_awaited(const struct lan_switch *sw, const struct lan_end *end)
{
	for (size_t i = 0; i < sw->nr; i++)
		if (sw->ends[i].awaits == end)
			return true;
	return false;
}

short lan_switch_events(const struct lan_switch *sw, const struct lan_end *end)
{
	short events = end->awaits ? 0 : POLLIN;

	if (end->stream.fd < 0)
		return 0;
	if (end->hung || end->stream.out || (end->full_since && is_awaited(sw, end)))
		events |= POLLOUT;
	return events;
}

uint64_t lan_switch_deadline(const struct lan_switch *sw)
{
	uint64_t first = 0;

	for (size_t i = 0; i < sw->nr; i++) {
		const struct lan_end *awaited = sw->ends[i].awaits;
		uint64_t end = awaited ? awaited->full_since + LAN_PATIENCE : 0;

		if (end && (!first || end < first))
			first = end;
	}
	return first;
}

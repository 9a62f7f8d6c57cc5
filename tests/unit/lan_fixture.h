/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ethernet frames for the tests of the LAN: made, sent as a QEMU would, and expected. */
#ifndef RAPIDO_TESTS_LAN_FIXTURE_H
#define RAPIDO_TESTS_LAN_FIXTURE_H

#include <poll.h>

#include "fixture.h"
#include "net/lan/lan-stream.h"

/* Under valgrind everything takes its time. */
#define LAN_TEST_LIMIT 20000

#define EVERYBODY 0xff

/* A frame to the interface @to from @from, which are the last bytes of addresses. */
struct test_frame {
	unsigned char to[6], from[6];
	uint16_t type;
	uint32_t number;
	char pad[46];
};

static inline struct test_frame frame_make(unsigned char to, unsigned char from,
					   uint32_t number)
{
	struct test_frame frame = {
		.to = { 0xb8 }, .from = { 0xb8 }, .type = 0xb588, .number = number
	};

	frame.to[5] = to;
	frame.from[5] = from;
	if (to == EVERYBODY)
		memset(frame.to, 0xff, sizeof(frame.to));
	return frame;
}

static inline void frame_send(struct lan_stream *nic, unsigned char to,
			      unsigned char from, uint32_t number)
{
	struct test_frame frame = frame_make(to, from, number);

	assert_int_equal(
		lan_stream_send(nic, (const unsigned char *)&frame, sizeof(frame)), 0);
}

/* Wait for the next frame; 1, 0 when none comes within @ms, or -EPIPE for the end. */
static inline int frame_wait(struct lan_stream *nic, const unsigned char **frame,
			     size_t *size, int ms)
{
	for (;;) {
		struct pollfd p = { .fd = nic->fd, .events = POLLIN };
		int n = lan_stream_next(nic, frame, size), err;

		if (n)
			return n;
		if (poll(&p, 1, ms) == 0)
			return 0;
		err = lan_stream_fill(nic);
		if (err && err != -EAGAIN)
			return -EPIPE;
	}
}

/* The next frame is this one. What is not for @nic shows up as the wrong one. */
static inline void frame_expect_at(struct lan_stream *nic, unsigned char from,
				   uint32_t number, const char *file, int line)
{
	const unsigned char *data;
	struct test_frame frame;
	size_t size;
	int n = frame_wait(nic, &data, &size, LAN_TEST_LIMIT);

	if (n == 1 && size == sizeof(frame)) {
		memcpy(&frame, data, sizeof(frame));
		lan_stream_skip(nic);
		if (frame.from[5] == from && frame.number == number)
			return;
		print_error("frame %u of %02x came, not %u of %02x\n", frame.number,
			    frame.from[5], number, from);
	} else {
		print_error("instead of frame %u of %02x came %s\n", number, from,
			    n == 1   ? "another"
			    : n == 0 ? "none"
				     : "the end");
	}
	_fail(file, line);
}

#define frame_expect(nic, from, number) \
	frame_expect_at((nic), (from), (number), __FILE__, __LINE__)

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames on a stream, and where the switch of a VM's port sends them; the time is ours.
 */
#include <sys/socket.h>

#include "net/lan/lan-switch.h"
#include "lan_fixture.h"

#define NOW 5000

/* The other sides of a switch's ends: the first is an interface, the others are ports. */
struct bench {
	struct lan_switch *sw;
	struct lan_stream far[4];
};

/* A pair of connected sockets, of which the second becomes an end. */
static int connected(struct lan_stream *far)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	lan_stream_init(far, pair[0]);
	return pair[1];
}

static void bench_init(struct bench *b)
{
	b->sw = lan_switch_new();
	for (size_t i = 0; i < ARRAY_SIZE(b->far); i++)
		assert_int_equal(lan_switch_add(b->sw, connected(&b->far[i]), i == 0), 0);
}

static void bench_release(struct bench *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(b->far); i++)
		lan_stream_release(&b->far[i]);
	lan_switch_free(b->sw);
}

static void pass(struct bench *b, size_t from, unsigned char to, unsigned char source,
		 uint32_t number, uint64_t now)
{
	frame_send(&b->far[from], to, source, number);
	lan_switch_readable(b->sw, &b->sw->ends[from], now);
}

static bool is_empty(struct lan_stream *nic)
{
	const unsigned char *frame;
	size_t size;

	return frame_wait(nic, &frame, &size, 0) == 0;
}

/* Frames from the interface to @to until one has to wait, or is dropped. The number of
 * those that were sent in all. */
static uint32_t fill_up(struct bench *b, unsigned char to, uint64_t now)
{
	uint32_t n = 0;

	while (n < 100000 && !b->sw->ends[0].awaits)
		pass(b, 0, to, 0x10, n++, now);
	assert_true(n < 100000);
	return n;
}

DEFINE_TEST(stream__sent_piece_by_piece__one_frame)
{
	static const unsigned char bytes[] = "\0\0\0\x10"
					     "a frame of sixte";
	const unsigned char *frame;
	struct lan_stream a, b;
	size_t size;

	lan_stream_init(&b, connected(&a));
	for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
		assert_int_equal(lan_stream_next(&b, &frame, &size), 0);
		assert_int_equal(write(a.fd, bytes + i, 1), 1);
		assert_int_equal(lan_stream_fill(&b), 0);
	}
	assert_int_equal(lan_stream_next(&b, &frame, &size), 1);
	assert_int_equal(size, 16);
	assert_memory_equal(frame, "a frame of sixte", 16);
	lan_stream_skip(&b);
	assert_int_equal(lan_stream_next(&b, &frame, &size), 0);
	lan_stream_release(&a);
	lan_stream_release(&b);
}

DEFINE_TEST(stream__longest_frames_to_a_slow_reader__whole_and_in_order)
{
	static unsigned char data[LAN_FRAME_MAX];
	unsigned int sent = 0, seen = 0;
	const unsigned char *frame;
	struct lan_stream a, b;
	size_t size;
	int err;

	lan_stream_init(&b, connected(&a));
	while (seen < 50) {
		data[0] = data[LAN_FRAME_MAX - 1] = (unsigned char)sent;
		if (sent < 50 && lan_stream_send(&a, data, sizeof(data)) == 0) {
			sent++;
			continue;
		}
		assert_int_equal(frame_wait(&b, &frame, &size, 0), 1);
		assert_int_equal(size, LAN_FRAME_MAX);
		assert_int_equal(frame[0], seen);
		assert_int_equal(frame[LAN_FRAME_MAX - 1], seen);
		lan_stream_skip(&b);
		seen++;
		err = lan_stream_flush(&a);
		assert_true(!err || err == -EAGAIN);
	}
	lan_stream_release(&a);
	lan_stream_release(&b);
}

DEFINE_TEST(stream__longer_than_any_frame__refused)
{
	const unsigned char *frame;
	struct lan_stream a, b;
	size_t size;

	lan_stream_init(&b, connected(&a));
	assert_int_equal(write(a.fd, "\0\1\x10\1", 4), 4);
	assert_int_equal(lan_stream_fill(&b), 0);
	assert_int_equal(lan_stream_next(&b, &frame, &size), -EBADMSG);
	lan_stream_release(&a);
	lan_stream_release(&b);
}

DEFINE_TEST(stream__other_side_closed__end)
{
	struct lan_stream a, b;

	lan_stream_init(&b, connected(&a));
	assert_int_equal(lan_stream_fill(&b), -EAGAIN);
	lan_stream_release(&a);
	assert_int_equal(lan_stream_fill(&b), -EPIPE);
	lan_stream_release(&b);
}

DEFINE_TEST(switch__frame_from_a_port__to_the_interface_only)
{
	struct bench b;

	bench_init(&b);
	pass(&b, 1, EVERYBODY, 0x11, 1, NOW);
	pass(&b, 1, 0x77, 0x11, 2, NOW);
	frame_expect(&b.far[0], 0x11, 1);
	frame_expect(&b.far[0], 0x11, 2);
	for (size_t i = 1; i < ARRAY_SIZE(b.far); i++)
		assert_true(is_empty(&b.far[i]));
	bench_release(&b);
}

/* Its own switch has sent it to the other port already. */
DEFINE_TEST(switch__port_to_port__dropped)
{
	struct bench b;

	bench_init(&b);
	pass(&b, 2, EVERYBODY, 0x12, 1, NOW);
	frame_expect(&b.far[0], 0x12, 1);
	pass(&b, 1, 0x12, 0x11, 2, NOW);
	for (size_t i = 0; i < ARRAY_SIZE(b.far); i++)
		assert_true(is_empty(&b.far[i]));
	bench_release(&b);
}

DEFINE_TEST(switch__address_moves__frames_follow)
{
	struct bench b;

	bench_init(&b);
	pass(&b, 1, EVERYBODY, 0x11, 1, NOW);
	pass(&b, 0, 0x11, 0x10, 2, NOW);
	pass(&b, 2, EVERYBODY, 0x11, 3, NOW);
	pass(&b, 0, 0x11, 0x10, 4, NOW);
	frame_expect(&b.far[1], 0x10, 2);
	assert_true(is_empty(&b.far[1]));
	frame_expect(&b.far[2], 0x10, 4);
	assert_true(is_empty(&b.far[3]));
	bench_release(&b);
}

DEFINE_TEST(switch__port_is_gone__its_addresses_are_unknown)
{
	struct bench b;

	bench_init(&b);
	pass(&b, 1, EVERYBODY, 0x11, 1, NOW);
	lan_stream_release(&b.far[1]);
	lan_switch_readable(b.sw, &b.sw->ends[1], NOW);
	assert_int_equal(b.sw->nr_peers, 2);
	pass(&b, 0, 0x11, 0x10, 2, NOW);
	frame_expect(&b.far[2], 0x10, 2);
	frame_expect(&b.far[3], 0x10, 2);
	bench_release(&b);
}

DEFINE_TEST(switch__more_addresses_than_it_remembers__still_right)
{
	struct bench b;

	bench_init(&b);
	for (uint32_t n = 0; n < 3 * LAN_SEEN_MAX; n++) {
		struct test_frame frame = frame_make(EVERYBODY, 0x11, n);

		memcpy(frame.from + 1, &n, sizeof(n));
		assert_int_equal(lan_stream_send(&b.far[1], (unsigned char *)&frame,
						 sizeof(frame)),
				 0);
		lan_switch_readable(b.sw, &b.sw->ends[1], NOW);
		frame_expect(&b.far[0], 0x11, n);
	}
	pass(&b, 2, EVERYBODY, 0x12, 1, NOW);
	frame_expect(&b.far[0], 0x12, 1);
	pass(&b, 0, 0x12, 0x10, 2, NOW);
	frame_expect(&b.far[2], 0x10, 2);
	assert_true(is_empty(&b.far[1]));
	bench_release(&b);
}

DEFINE_TEST(switch__less_than_a_header__dropped)
{
	static const unsigned char runt[13] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct bench b;

	bench_init(&b);
	assert_int_equal(lan_stream_send(&b.far[0], runt, 0), 0);
	assert_int_equal(lan_stream_send(&b.far[0], runt, sizeof(runt)), 0);
	pass(&b, 0, EVERYBODY, 0x10, 1, NOW);
	frame_expect(&b.far[1], 0x10, 1);
	bench_release(&b);
}

DEFINE_TEST(switch__no_such_stream__that_end_is_closed)
{
	const unsigned char *frame;
	struct bench b;
	size_t size;

	bench_init(&b);
	assert_int_equal(write(b.far[1].fd, "\xff\xff\xff\xff", 4), 4);
	lan_switch_readable(b.sw, &b.sw->ends[1], NOW);
	assert_int_equal(frame_wait(&b.far[1], &frame, &size, 0), -EPIPE);
	pass(&b, 0, EVERYBODY, 0x10, 1, NOW);
	frame_expect(&b.far[2], 0x10, 1);
	bench_release(&b);
}

DEFINE_TEST(switch__full_port__waits_and_goes_on_without_loss)
{
	struct bench b;
	uint32_t sent;

	bench_init(&b);
	pass(&b, 1, EVERYBODY, 0x11, 0, NOW);
	sent = fill_up(&b, 0x11, NOW);
	assert_int_equal(lan_switch_events(b.sw, &b.sw->ends[0]), 0);
	assert_int_equal(lan_switch_events(b.sw, &b.sw->ends[1]), POLLIN | POLLOUT);
	assert_int_equal(lan_switch_deadline(b.sw), NOW + LAN_PATIENCE);
	for (uint32_t n = 0; n < sent - 1; n++)
		frame_expect(&b.far[1], 0x10, n);
	assert_true(is_empty(&b.far[1]));
	lan_switch_writable(b.sw, &b.sw->ends[1]);
	lan_switch_resume(b.sw, NOW + 1);
	frame_expect(&b.far[1], 0x10, sent - 1);
	assert_int_equal(lan_switch_events(b.sw, &b.sw->ends[0]), POLLIN);
	assert_int_equal(lan_switch_events(b.sw, &b.sw->ends[1]), POLLIN);
	assert_int_equal(lan_switch_deadline(b.sw), 0);
	bench_release(&b);
}

/* While the interface waits, what comes for it is handed on. */
DEFINE_TEST(switch__waiting_end__still_gets_frames)
{
	struct bench b;

	bench_init(&b);
	pass(&b, 1, EVERYBODY, 0x11, 0, NOW);
	frame_expect(&b.far[0], 0x11, 0);
	fill_up(&b, 0x11, NOW);
	pass(&b, 1, 0x10, 0x11, 1, NOW);
	pass(&b, 2, 0x10, 0x12, 2, NOW);
	frame_expect(&b.far[0], 0x11, 1);
	frame_expect(&b.far[0], 0x12, 2);
	bench_release(&b);
}

DEFINE_TEST(switch__full_for_too_long__dropped_until_it_reads)
{
	struct bench b;
	uint32_t sent;

	bench_init(&b);
	pass(&b, 1, EVERYBODY, 0x11, 0, NOW);
	pass(&b, 2, EVERYBODY, 0x12, 0, NOW);
	sent = fill_up(&b, 0x11, NOW);
	lan_switch_resume(b.sw, NOW + LAN_PATIENCE - 1);
	assert_int_equal(lan_switch_events(b.sw, &b.sw->ends[0]), 0);
	lan_switch_resume(b.sw, NOW + LAN_PATIENCE);
	assert_int_equal(lan_switch_events(b.sw, &b.sw->ends[0]), POLLIN);
	pass(&b, 0, 0x11, 0x10, 1, NOW + LAN_PATIENCE);
	pass(&b, 0, 0x12, 0x10, 2, NOW + LAN_PATIENCE);
	frame_expect(&b.far[2], 0x10, 2);
	/* it reads: the two that were too much are lost, the next is not */
	for (uint32_t n = 0; n < sent - 1; n++)
		frame_expect(&b.far[1], 0x10, n);
	assert_true(is_empty(&b.far[1]));
	lan_switch_writable(b.sw, &b.sw->ends[1]);
	pass(&b, 0, 0x11, 0x10, 3, NOW + LAN_PATIENCE);
	frame_expect(&b.far[1], 0x10, 3);
	bench_release(&b);
}

DEFINE_TEST(switch__frame_for_all_and_one_is_full__others_get_it)
{
	struct bench b;

	bench_init(&b);
	for (uint32_t n = 0; n < 20000; n++) {
		pass(&b, 0, EVERYBODY, 0x10, n, NOW);
		frame_expect(&b.far[1], 0x10, n);
		frame_expect(&b.far[3], 0x10, n);
	}
	assert_null(b.sw->ends[0].awaits);
	bench_release(&b);
}

DEFINE_TEST(switch__awaited_port_is_gone__goes_on)
{
	struct bench b;

	bench_init(&b);
	pass(&b, 1, EVERYBODY, 0x11, 0, NOW);
	fill_up(&b, 0x11, NOW);
	lan_stream_release(&b.far[1]);
	lan_switch_readable(b.sw, &b.sw->ends[1], NOW);
	lan_switch_resume(b.sw, NOW);
	assert_int_equal(lan_switch_events(b.sw, &b.sw->ends[0]), POLLIN);
	pass(&b, 0, EVERYBODY, 0x10, 123456, NOW);
	/* the one that waited is for an unknown address now */
	assert_false(is_empty(&b.far[2]));
	bench_release(&b);
}

DEFINE_TEST(switch_add__too_many__enospc_and_closed)
{
	struct lan_switch *sw = lan_switch_new();
	static struct lan_stream far[LAN_PORTS_MAX + 1];
	const unsigned char *frame;
	size_t size;

	for (size_t i = 0; i < LAN_PORTS_MAX; i++)
		assert_int_equal(lan_switch_add(sw, connected(&far[i]), true), 0);
	assert_int_equal(lan_switch_add(sw, connected(&far[LAN_PORTS_MAX]), true),
			 -ENOSPC);
	assert_int_equal(frame_wait(&far[LAN_PORTS_MAX], &frame, &size, 0), -EPIPE);
	/* one goes, another one may come */
	lan_stream_release(&far[2]);
	lan_switch_readable(sw, &sw->ends[2], NOW);
	assert_int_equal(lan_switch_add(sw, connected(&far[2]), true), 0);
	for (size_t i = 0; i <= LAN_PORTS_MAX; i++)
		lan_stream_release(&far[i]);
	lan_switch_free(sw);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames between rapido and a worker, and the streams that they carry. */
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "fixture.h"
#include "worker/worker-relay.h"

/* Both ends, over two pipes. */
static struct worker_link near, far;

static int setup(void **state)
{
	int there[2], back[2];

	(void)state;
	if (pipe2(there, O_CLOEXEC) < 0 || pipe2(back, O_CLOEXEC) < 0)
		return -1;
	worker_link_init(&near, back[0], there[1]);
	worker_link_init(&far, there[0], back[1]);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	worker_link_release(&near);
	worker_link_release(&far);
	return 0;
}

#define LINK_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

/* Say something that is no frame. */
static void say(struct worker_link *link, const char *text)
{
	assert_int_equal(write(link->out, text, strlen(text)), strlen(text));
}

static int next(struct worker_link *link, struct wire_frame *frame)
{
	int more = worker_link_next(link, frame);

	while (!more && worker_link_read(link))
		more = worker_link_next(link, frame);
	return more;
}

static void send_hello(struct worker_link *link)
{
	worker_link_send(link, WORKER_HELLO, "hi", 2);
	worker_link_write(link);
}

static void expect_hello(struct worker_link *link)
{
	struct wire_frame frame;

	assert_int_equal(next(link, &frame), 1);
	assert_int_equal(frame.type, WORKER_HELLO);
	assert_int_equal(frame.size, 2);
	assert_memory_equal(frame.payload, "hi", 2);
}

LINK_TEST(worker_link__frames__arrive_in_order)
{
	char data[WIRE_PAYLOAD_MAX];
	struct wire_frame frame;

	memset(data, 'x', sizeof(data));
	send_hello(&near);
	worker_link_send2(&near, WORKER_BYTES, "head", 4, "data", 4);
	worker_link_send(&near, WORKER_DATA, data, sizeof(data));
	worker_link_send32(&near, WORKER_HAVE, 7);
	worker_link_write(&near);
	expect_hello(&far);
	assert_int_equal(next(&far, &frame), 1);
	assert_memory_equal(frame.payload, "headdata", frame.size);
	assert_int_equal(next(&far, &frame), 1);
	assert_int_equal(frame.size, sizeof(data));
	assert_int_equal(next(&far, &frame), 1);
	assert_int_equal(wire_get32(frame.payload), 7);
	assert_int_equal(next(&far, &frame), 0);
	assert_int_equal(worker_link_queued(&near), 0);
}

LINK_TEST(worker_link__byte_by_byte__is_a_frame_with_its_end)
{
	struct worker_link other;
	struct wire_frame frame;
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	worker_link_init(&other, fds[0], fds[1]);
	worker_link_send(&other, WORKER_HELLO, "hi", 2);
	worker_link_send(&other, WORKER_ALIVE, NULL, 0);
	for (size_t i = 0; i < other.queue.len; i++) {
		int more;

		assert_int_equal(write(near.out, other.queue.buf + i, 1), 1);
		more = next(&far, &frame);
		assert_int_equal(more, other.queue.buf[i] == '\n' &&
						       (i + 1 == other.queue.len ||
							i == WIRE_HEADER + 2)
					       ? 1
					       : 0);
	}
	worker_link_release(&other);
}

LINK_TEST(worker_link_next__noise_before_the_first_frame__is_skipped)
{
	say(&near, "Welcome!\nRPDO \n");
	assert_int_equal(next(&far, &(struct wire_frame){ 0 }), 0);
	send_hello(&near);
	expect_hello(&far);
	assert_contains(far.noise.buf, "Welcome!\nRPDO");
}

LINK_TEST(worker_link_next__noise_later__eproto)
{
	send_hello(&near);
	say(&near, "Goodbye, and thanks for everything\n");
	expect_hello(&far);
	assert_int_equal(next(&far, &(struct wire_frame){ 0 }), -EPROTO);
}

LINK_TEST(worker_link_next__too_much_noise__eproto)
{
	struct wire_frame frame;
	char data[4096];
	int more = 0;

	memset(data, 'R', sizeof(data));
	for (size_t sent = 0; !more && sent <= WORKER_NOISE_MAX; sent += sizeof(data)) {
		assert_int_equal(write(near.out, data, sizeof(data)), sizeof(data));
		more = next(&far, &frame);
	}
	assert_int_equal(more, -EPROTO);
	assert_true(far.noise.len <= 4096);
}

LINK_TEST(worker_link_next__first_frame_is_not_hello__eproto)
{
	worker_link_send(&near, WORKER_ALIVE, NULL, 0);
	worker_link_write(&near);
	assert_int_equal(next(&far, &(struct wire_frame){ 0 }), -EPROTO);
}

LINK_TEST(worker_link_read__the_other_end_is_closed__has_ended)
{
	send_hello(&near);
	close(TAKE_FD(near.out));
	expect_hello(&far);
	assert_false(worker_link_read(&far));
	assert_int_equal(far.in, -1);
	assert_int_equal(far.error, 0);
}

LINK_TEST(worker_link_write__nobody_reads__has_ended)
{
	close(TAKE_FD(far.in));
	signal(SIGPIPE, SIG_IGN);
	worker_link_send(&near, WORKER_HELLO, "hi", 2);
	worker_link_write(&near);
	assert_int_equal(near.out, -1);
	assert_int_equal(worker_link_queued(&near), 0);
}

LINK_TEST(worker_link_keep_alive__silence__is_broken)
{
	uint64_t now = monotonic_ms();

	near.spoke_ms = now - WORKER_ALIVE_MS + 100;
	assert_true(worker_link_alive_in(&near, now) <= 100);
	worker_link_keep_alive(&near, now);
	assert_int_equal(worker_link_queued(&near), 0);
	worker_link_keep_alive(&near, now + 100);
	assert_int_equal(worker_link_queued(&near), WIRE_HEADER + 1);
}

/* --- streams --- */

/* A relay at the near end, and the other end of its socket. */
static struct worker_relay relay;
static int guest;

static int setup_relay(void **state)
{
	int ends[2];

	if (setup(state) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return -1;
	worker_relay_init(&relay, WORKER_SLOW, ends[0], false);
	guest = ends[1];
	near.received = near.sent = 1;
	far.received = far.sent = 1;
	return 0;
}

static int teardown_relay(void **state)
{
	worker_relay_release(&relay);
	cleanup_close(&guest);
	return teardown(state);
}

#define RELAY_TEST(f) DEFINE_TEST_WITH(f, setup_relay, teardown_relay)

/* Whatever the guest says is sent, up to the room there is. */
static size_t read_all_of(size_t size, bool all)
{
	char data[4096] = { 0 };
	size_t sent = 0, taken = 0;
	struct wire_frame frame;

	while (taken < size) {
		size_t n = size - sent < sizeof(data) ? size - sent : sizeof(data);

		if (n && write(guest, data, n) == (ssize_t)n)
			sent += n;
		if (!worker_relay_read(&relay, &near, all))
			break;
		worker_link_write(&near);
		while (next(&far, &frame) > 0)
			taken += frame.size - 4;
	}
	return taken;
}

RELAY_TEST(worker_relay_read__no_room__waits_for_more)
{
	assert_int_equal(read_all_of(WORKER_WINDOW + 5000, false), WORKER_WINDOW);
	assert_int_equal(worker_relay_events(&relay) & POLLIN, 0);
	assert_int_equal(worker_relay_room(&relay, 1000), 0);
	assert_int_equal(worker_relay_events(&relay) & POLLIN, POLLIN);
	assert_true(worker_relay_read(&relay, &near, false));
	assert_false(worker_relay_read(&relay, &near, false));
	/* unless the VM has ended */
	assert_true(worker_relay_read(&relay, &near, true));
}

RELAY_TEST(worker_relay_room__more_than_the_window__eproto)
{
	assert_int_equal(worker_relay_room(&relay, 1), -EPROTO);
	assert_int_equal(read_all_of(100, false), 100);
	assert_int_equal(worker_relay_room(&relay, 101), -EPROTO);
	assert_int_equal(worker_relay_room(&relay, UINT32_MAX), -EPROTO);
	assert_int_equal(worker_relay_room(&relay, 100), 0);
}

RELAY_TEST(worker_relay_bytes__more_than_there_is_room_for__eproto)
{
	static char data[WORKER_WINDOW];

	assert_int_equal(worker_relay_bytes(&relay, data, sizeof(data)), 0);
	assert_int_equal(worker_relay_bytes(&relay, data, 1), -EPROTO);
}

RELAY_TEST(worker_relay_write__bytes_are_taken__makes_room)
{
	static char data[WORKER_WINDOW];
	uint32_t room = 0;

	assert_int_equal(worker_relay_bytes(&relay, data, sizeof(data)), 0);
	for (int i = 0; i < 1000 && room < WORKER_WINDOW; i++) {
		char taken[8192];
		struct wire_frame frame;

		worker_relay_write(&relay, &near);
		worker_link_write(&near);
		while (next(&far, &frame) > 0) {
			assert_int_equal(frame.type, WORKER_ROOM);
			assert_int_equal(wire_get32(frame.payload), WORKER_SLOW);
			room += wire_get32(frame.payload + 4);
		}
		(void)!read(guest, taken, sizeof(taken));
	}
	assert_int_equal(room, WORKER_WINDOW);
	assert_int_equal(worker_relay_bytes(&relay, data, sizeof(data)), 0);
}

RELAY_TEST(worker_relay_eof__after_the_last_byte__closes)
{
	char text[8] = "";

	assert_int_equal(worker_relay_bytes(&relay, "last", 4), 0);
	worker_relay_eof(&relay);
	assert_int_equal(worker_relay_bytes(&relay, "more", 4), -EPROTO);
	assert_true(worker_relay_write(&relay, &near));
	assert_int_equal(relay.fd, -1);
	assert_int_equal(read(guest, text, sizeof(text)), 4);
	assert_int_equal(read(guest, text, sizeof(text)), 0);
}

RELAY_TEST(worker_relay_read__the_guest_has_ended__says_so_once)
{
	struct wire_frame frame;

	close(TAKE_FD(guest));
	assert_false(worker_relay_read(&relay, &near, false));
	assert_false(worker_relay_read(&relay, &near, false));
	worker_link_write(&near);
	assert_int_equal(next(&far, &frame), 1);
	assert_int_equal(frame.type, WORKER_EOF);
	assert_int_equal(next(&far, &frame), 0);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The host's end of the conversation with the agent: two sockets, of which the test has
 * the other ends. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "fixture.h"
#include "vm/downlink.h"

enum { SLOW, FAST };

static struct downlink host;
static int agent[DOWNLINK_STREAMS]; /* -1: closed */
static uint32_t said;		    /* frames of the agent's */

/* Is called once, after the next recv(2) that finds nothing. */
static void (*after_nothing)(void);

/* Takes the place of the library's: things can happen between two of them then. */
ssize_t recv(int fd, void *data, size_t size, int flags)
{
	ssize_t n = syscall(SYS_recvfrom, fd, data, size, flags, NULL, NULL);
	void (*call)(void) = after_nothing;

	if (n >= 0 || errno != EAGAIN || !call)
		return n;
	after_nothing = NULL;
	call();
	errno = EAGAIN;
	return n;
}

static int setup(void **state)
{
	int fds[DOWNLINK_STREAMS];

	(void)state;
	for (int i = 0; i < DOWNLINK_STREAMS; i++) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
			       pair) < 0)
			return -1;
		fds[i] = pair[0];
		agent[i] = pair[1];
	}
	said = 0;
	after_nothing = NULL;
	downlink_init(&host, fds[SLOW], fds[FAST]);
	return 0;
}

static void hang_up(int i)
{
	if (agent[i] >= 0)
		close(TAKE_FD(agent[i]));
}

static int teardown(void **state)
{
	(void)state;
	downlink_release(&host);
	hang_up(SLOW);
	hang_up(FAST);
	return 0;
}

static void put_bytes(int i, const void *data, size_t size)
{
	assert_int_equal(send(agent[i], data, size, MSG_NOSIGNAL), size);
}

/* A frame as the agent makes it; its length. */
static size_t make(unsigned char *at, enum wire_type type, const void *payload,
		   size_t size)
{
	wire_header(at, type, said++, payload, size);
	if (size)
		memcpy(at + WIRE_HEADER, payload, size);
	return WIRE_HEADER + size;
}

static void say(int i, enum wire_type type, const char *payload)
{
	unsigned char frame[WIRE_HEADER + 256];

	put_bytes(i, frame, make(frame, type, payload, strlen(payload)));
}

static void assert_frame(enum wire_type type, const char *payload)
{
	struct wire_frame frame;

	assert_int_equal(downlink_next(&host, &frame), 1);
	assert_int_equal(frame.type, type);
	assert_int_equal(frame.size, strlen(payload));
	assert_memory_equal(frame.payload, payload, frame.size);
}

static void assert_no_frame(void)
{
	struct wire_frame frame;

	assert_int_equal(downlink_next(&host, &frame), 0);
}

static void assert_torn(void)
{
	struct wire_frame frame;

	assert_int_equal(downlink_next(&host, &frame), -EPROTO);
}

/* Read what is there until there is no more; how much. At most @size bytes. */
static size_t hear_bytes(int i, unsigned char *at, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while (used < size && (n = recv(agent[i], at + used, size - used, 0)) > 0)
		used += (size_t)n;
	return used;
}

/* The agent hears this frame on stream @i, and nothing else. */
static void assert_heard(int i, uint32_t number, enum wire_type type, const char *payload)
{
	unsigned char data[1024];
	size_t size = hear_bytes(i, data, sizeof(data));
	struct wire_frame frame;

	assert_int_equal(wire_parse(&frame, data, size, number), size);
	assert_int_equal(frame.type, type);
	assert_int_equal(frame.size, strlen(payload));
	assert_memory_equal(frame.payload, payload, frame.size);
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(link__nothing_said__both_are_listened_to)
{
	assert_false(downlink_read(&host));
	assert_no_frame();
	assert_true(downlink_wants_input(&host, SLOW));
	assert_true(downlink_wants_input(&host, FAST));
	assert_false(downlink_wants_output(&host, SLOW));
	assert_false(downlink_wants_output(&host, FAST));
	assert_false(downlink_has_ended(&host));
}

TEST(link__no_fast_stream__the_slow_one_alone)
{
	const int slow = TAKE_FD(host.streams[SLOW].fd);

	downlink_release(&host);
	downlink_init(&host, slow, -1);
	assert_false(downlink_read(&host));
	assert_true(downlink_wants_input(&host, SLOW));
	assert_false(downlink_wants_input(&host, FAST));
	assert_false(downlink_has_ended(&host));
	say(SLOW, WIRE_HELLO, "hello");
	assert_true(downlink_read(&host));
	assert_frame(WIRE_HELLO, "hello");
	assert_no_frame();
	downlink_send(&host, WIRE_STOP, NULL, 0);
	assert_false(downlink_wants_output(&host, FAST));
	downlink_write(&host);
	assert_heard(SLOW, 0, WIRE_STOP, "");
	hang_up(SLOW);
	assert_false(downlink_read(&host));
	assert_true(downlink_has_ended(&host));
	assert_int_equal(host.error, 0);
}

/* The end of a QEMU that was killed is none, nor is that of one that has ended well. */
TEST(link_read__error__noted)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	say(SLOW, WIRE_HELLO, "hello");
	assert_true(downlink_read(&host));
	assert_int_equal(dup2(fd, host.streams[SLOW].fd), host.streams[SLOW].fd);
	close(fd);
	assert_false(downlink_read(&host));
	assert_int_equal(host.error, ENOTSOCK);
	assert_true(downlink_has_ended(&host));
	teardown(state);
	setup(state);
	hang_up(SLOW);
	hang_up(FAST);
	assert_false(downlink_read(&host));
	assert_int_equal(host.error, 0);
}

TEST(link__first_bytes__decide_for_their_stream)
{
	for (int i = 0; i < DOWNLINK_STREAMS; i++) {
		say(i, WIRE_HELLO, "hello");
		assert_true(downlink_read(&host));
		assert_frame(WIRE_HELLO, "hello");
		assert_no_frame();
		assert_true(downlink_wants_input(&host, i));
		/* a slower one is looked at, but not believed */
		assert_int_equal(downlink_wants_input(&host, !i), i == FAST);
		put_bytes(!i, "login: ", 7);
		assert_false(downlink_read(&host));
		assert_no_frame();
		teardown(state);
		setup(state);
	}
}

TEST(link__one_stream_only__is_enough)
{
	for (int i = 0; i < DOWNLINK_STREAMS; i++) {
		close(host.streams[!i].fd);
		host.streams[!i].fd = -1;
		say(i, WIRE_HELLO, "hello");
		assert_true(downlink_read(&host));
		assert_frame(WIRE_HELLO, "hello");
		downlink_send(&host, WIRE_STDIN_END, NULL, 0);
		downlink_write(&host);
		assert_heard(i, 0, WIRE_STDIN_END, "");
		teardown(state);
		setup(state);
	}
}

TEST(link_init__no_stream__has_ended)
{
	struct downlink none;

	downlink_init(&none, -1, -1);
	assert_true(downlink_has_ended(&none));
	assert_false(downlink_read(&none));
	downlink_write(&none);
	downlink_release(&none);
}

TEST(link_next__split_anywhere__same_frames)
{
	unsigned char data[256];
	size_t size;

	for (size_t cut = 0;; cut++) {
		struct wire_frame frame;
		int nr = 0;

		size = make(data, WIRE_HELLO, "linux", 5);
		size += make(data + size, WIRE_ALIVE, NULL, 0);
		size += make(data + size, WIRE_STDOUT, "12345678", 8);
		if (cut > size)
			break;
		if (cut) {
			put_bytes(SLOW, data, cut);
			assert_true(downlink_read(&host));
		}
		while (downlink_next(&host, &frame) > 0)
			nr++;
		assert_int_equal(nr, (cut >= 29) + (cut >= 53) + (cut >= 85));
		put_bytes(SLOW, data + cut, size - cut);
		if (cut < size)
			assert_true(downlink_read(&host));
		while (downlink_next(&host, &frame) > 0)
			nr++;
		assert_int_equal(nr, 3);
		assert_int_equal(frame.type, WIRE_STDOUT);
		assert_memory_equal(frame.payload, "12345678", 8);
		teardown(state);
		setup(state);
	}
	assert_int_equal(size, 85);
}

TEST(link_next__byte_after_byte__frames_come_when_whole)
{
	unsigned char data[256];
	size_t size = make(data, WIRE_HELLO, "linux", 5);

	size += make(data + size, WIRE_STDOUT, "out", 3);
	for (size_t i = 0; i < size; i++) {
		put_bytes(FAST, data + i, 1);
		assert_true(downlink_read(&host));
		if (i == 28)
			assert_frame(WIRE_HELLO, "linux");
		if (i + 1 < size)
			assert_no_frame();
	}
	assert_frame(WIRE_STDOUT, "out");
	assert_no_frame();
}

TEST(link_next__torn_frames__eproto)
{
	/* what is written over the frame's header, and where */
	static const struct {
		size_t at;
		unsigned char byte;
	} damages[] = {
		{ 0, 'X' },		  /* magic */
		{ 4, 99 },		  /* type: the checksum tells */
		{ 6, 1 },		  /* zero */
		{ 8, 1 },		  /* number */
		{ 12, 6 },		  /* length: the checksum tells */
		{ 14, 1 },		  /* length beyond what may be */
		{ 16, 'X' },		  /* checksum */
		{ 23, 'X' }, { 24, 'X' }, /* payload */
		{ 30, 'X' },
	};

	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		unsigned char data[64];
		size_t size = make(data, WIRE_HELLO, "welcome", 7);

		data[damages[i].at] = damages[i].byte;
		put_bytes(SLOW, data, size);
		assert_true(downlink_read(&host));
		assert_torn();
		/* and it stays that way */
		assert_torn();
		teardown(state);
		setup(state);
	}
}

TEST(link_next__frame_lost_or_doubled__eproto)
{
	say(SLOW, WIRE_HELLO, "");
	said++;
	say(SLOW, WIRE_ALIVE, "");
	assert_true(downlink_read(&host));
	assert_frame(WIRE_HELLO, "");
	assert_torn();
	teardown(state);
	setup(state);
	say(SLOW, WIRE_HELLO, "");
	say(SLOW, WIRE_ALIVE, "");
	said--;
	say(SLOW, WIRE_ALIVE, "");
	assert_true(downlink_read(&host));
	assert_frame(WIRE_HELLO, "");
	assert_frame(WIRE_ALIVE, "");
	assert_torn();
}

static void assert_again(void)
{
	struct wire_frame frame;

	assert_int_equal(downlink_next(&host, &frame), -ECONNRESET);
	assert_int_equal(downlink_next(&host, &frame), -ECONNRESET);
}

/* After kexec there is another agent, which counts its frames from 0. */
TEST(again__on_the_same_stream__told)
{
	say(SLOW, WIRE_HELLO, "one");
	say(SLOW, WIRE_ALIVE, "");
	said = 0;
	say(SLOW, WIRE_HELLO, "two");
	assert_true(downlink_read(&host));
	assert_frame(WIRE_HELLO, "one");
	assert_frame(WIRE_ALIVE, "");
	assert_again();
}

/* The first one was in the middle of a frame, and bytes come one by one. */
TEST(again__behind_half_a_frame_and_in_pieces__told)
{
	unsigned char half[WIRE_HEADER + 256], second[WIRE_HEADER + 256];
	size_t len;

	say(SLOW, WIRE_HELLO, "one");
	make(half, WIRE_STDOUT, "twenty bytes of text", 20);
	put_bytes(SLOW, half, WIRE_HEADER + 10);
	said = 0;
	len = make(second, WIRE_HELLO, "Linux version", 13);
	assert_true(downlink_read(&host));
	assert_frame(WIRE_HELLO, "one");
	for (size_t i = 0; i + 1 < len; i++) {
		put_bytes(SLOW, second + i, 1);
		assert_true(downlink_read(&host));
		assert_no_frame();
	}
	put_bytes(SLOW, second + len - 1, 1);
	assert_true(downlink_read(&host));
	assert_again();
}

TEST(again__on_the_stream_that_was_left__told)
{
	say(SLOW, WIRE_HELLO, "one");
	say(SLOW, WIRE_SWITCH, "");
	assert_true(downlink_read(&host));
	assert_frame(WIRE_HELLO, "one");
	assert_no_frame();
	say(FAST, WIRE_STDOUT, "a");
	assert_true(downlink_read(&host));
	assert_frame(WIRE_STDOUT, "a");
	/* what others write there does not matter, and is no sign of life */
	assert_true(downlink_wants_input(&host, SLOW));
	put_bytes(SLOW, "RPDO login: RP", 14);
	assert_false(downlink_read(&host));
	assert_no_frame();
	said = 0;
	say(SLOW, WIRE_HELLO, "two");
	assert_true(downlink_read(&host));
	assert_again();
}

/* A test may print what looks like one, or even send it to another VM. */
TEST(again__first_frame_within_another__is_its_payload)
{
	unsigned char inner[WIRE_HEADER + 3], outer[2 * WIRE_HEADER + 256];
	struct wire_frame frame;
	size_t len;

	make(inner, WIRE_HELLO, "two", 3);
	said = 0;
	say(SLOW, WIRE_HELLO, "one");
	len = make(outer, WIRE_STDOUT, inner, sizeof(inner));
	put_bytes(SLOW, outer, len - 1);
	assert_true(downlink_read(&host));
	assert_frame(WIRE_HELLO, "one");
	assert_no_frame();
	put_bytes(SLOW, outer + len - 1, 1);
	assert_true(downlink_read(&host));
	assert_int_equal(downlink_next(&host, &frame), 1);
	assert_int_equal(frame.size, sizeof(inner));
}

TEST(link_next__text_of_a_console__eproto_not_a_guess)
{
	put_bytes(SLOW, "RPD", 3);
	assert_true(downlink_read(&host));
	assert_no_frame();
	put_bytes(SLOW, "\nlogin: ", 8);
	assert_true(downlink_read(&host));
	assert_torn();
}

TEST(switch__said__conversation_goes_on_there)
{
	say(SLOW, WIRE_HELLO, "");
	assert_true(downlink_read(&host));
	assert_frame(WIRE_HELLO, "");
	say(SLOW, WIRE_SWITCH, "");
	assert_true(downlink_read(&host));
	assert_no_frame();
	assert_true(downlink_wants_input(&host, FAST));
	say(FAST, WIRE_STDOUT, "a");
	say(FAST, WIRE_STDOUT, "b");
	assert_true(downlink_read(&host));
	assert_frame(WIRE_STDOUT, "a");
	assert_frame(WIRE_STDOUT, "b");
	downlink_send(&host, WIRE_STOP, NULL, 0);
	downlink_write(&host);
	assert_heard(FAST, 0, WIRE_STOP, "");
}

static void say_all(void)
{
	say(SLOW, WIRE_HELLO, "");
	say(SLOW, WIRE_SWITCH, "");
	say(FAST, WIRE_STDOUT, "");
}

/* As a caller does, who would poll(2) when there is nothing: HELLO, then STDOUT. */
static void assert_hears_all(void)
{
	static const enum wire_type types[] = { WIRE_HELLO, WIRE_STDOUT };
	size_t nr = 0;

	for (int look = 0; look < 4; look++) {
		struct wire_frame frame;
		int got = 0;

		while (downlink_read(&host)) {
			while ((got = downlink_next(&host, &frame)) > 0) {
				assert_true(nr < ARRAY_SIZE(types));
				assert_int_equal(frame.type, types[nr++]);
			}
			assert_int_equal(got, 0);
		}
	}
	assert_int_equal(nr, ARRAY_SIZE(types));
}

TEST(switch__before_we_look__slow_one_first)
{
	say_all();
	assert_hears_all();
}

/* Whichever is looked at first had nothing, and the other one has. */
TEST(switch__while_we_look__slow_one_first)
{
	after_nothing = say_all;
	assert_hears_all();
}

TEST(switch__more_behind_it__eproto)
{
	say(SLOW, WIRE_HELLO, "");
	say(SLOW, WIRE_SWITCH, "");
	say(SLOW, WIRE_ALIVE, "");
	assert_true(downlink_read(&host));
	assert_frame(WIRE_HELLO, "");
	assert_torn();
}

TEST(switch__on_the_fast_one_or_with_a_payload__eproto)
{
	say(FAST, WIRE_SWITCH, "");
	assert_true(downlink_read(&host));
	assert_torn();
	teardown(state);
	setup(state);
	say(SLOW, WIRE_SWITCH, "now");
	assert_true(downlink_read(&host));
	assert_torn();
}

TEST(switch__to_a_stream_that_is_not_there__has_ended)
{
	close(host.streams[FAST].fd);
	host.streams[FAST].fd = -1;
	say(SLOW, WIRE_SWITCH, "");
	assert_true(downlink_read(&host));
	assert_no_frame();
	assert_true(downlink_has_ended(&host));
	assert_false(downlink_read(&host));
	downlink_send(&host, WIRE_STOP, NULL, 0);
	downlink_write(&host);
	assert_false(downlink_wants_output(&host, FAST));
}

#define CHUNK 16384

/* Send until the agent, who does not read, has no more room; the number of frames. */
static uint32_t send_until_full(void)
{
	static char chunk[CHUNK];
	uint32_t nr = 0;

	memset(chunk, 'i', sizeof(chunk));
	for (; !downlink_wants_output(&host, SLOW); nr++) {
		assert_true(nr < 1000);
		downlink_send(&host, WIRE_STDIN, chunk, sizeof(chunk));
		downlink_write(&host);
	}
	return nr;
}

/* The agent reads slowly what was queued on @i: whole frames with the numbers from 0. */
static void assert_hears_frames(int i, uint32_t nr)
{
	size_t size = (size_t)nr * (WIRE_HEADER + CHUNK), used = 0, parsed = 0;
	_cleanup_free_ unsigned char *data = xmalloc(size + 1);

	while (used < size) {
		size_t n = hear_bytes(i, data + used, 1000 < size - used ? 1000 : 1);

		assert_int_not_equal(n, 0);
		used += n;
		downlink_write(&host);
	}
	assert_int_equal(hear_bytes(i, data + used, 1), 0);
	for (uint32_t k = 0; k < nr; k++) {
		struct wire_frame frame;
		long len = wire_parse(&frame, data + parsed, used - parsed, k);

		assert_int_equal(len, WIRE_HEADER + CHUNK);
		assert_int_equal(frame.type, WIRE_STDIN);
		assert_int_equal(frame.payload[CHUNK - 1], 'i');
		parsed += (size_t)len;
	}
	assert_int_equal(parsed, used);
}

TEST(link_write__agent_does_not_read__kept_and_nobody_waits)
{
	uint32_t nr;

	say(SLOW, WIRE_HELLO, "");
	assert_true(downlink_read(&host));
	nr = send_until_full();
	downlink_write(&host);
	assert_true(downlink_wants_output(&host, SLOW));
	assert_hears_frames(SLOW, nr);
	assert_false(downlink_wants_output(&host, SLOW));
}

TEST(switch__output_pending_on_the_old_one__still_written_there)
{
	uint32_t nr;

	say(SLOW, WIRE_HELLO, "");
	assert_true(downlink_read(&host));
	assert_frame(WIRE_HELLO, "");
	nr = send_until_full();
	say(SLOW, WIRE_SWITCH, "");
	assert_true(downlink_read(&host));
	assert_no_frame();
	downlink_send(&host, WIRE_STOP, NULL, 0);
	assert_true(downlink_wants_output(&host, SLOW));
	assert_true(downlink_wants_output(&host, FAST));
	downlink_write(&host);
	assert_heard(FAST, nr, WIRE_STOP, "");
	assert_true(downlink_wants_output(&host, SLOW));
	assert_hears_frames(SLOW, nr);
	assert_false(downlink_wants_output(&host, SLOW));
}

TEST(link_send__never_heard_of__nothing)
{
	downlink_send(&host, WIRE_STOP, NULL, 0);
	assert_false(downlink_wants_output(&host, SLOW));
	assert_false(downlink_wants_output(&host, FAST));
	say(SLOW, WIRE_HELLO, "");
	assert_true(downlink_read(&host));
	downlink_send(&host, WIRE_STDIN, "abc", 3);
	downlink_write(&host);
	assert_heard(SLOW, 0, WIRE_STDIN, "abc");
	downlink_send(&host, WIRE_STDIN_END, NULL, 0);
	downlink_write(&host);
	assert_heard(SLOW, 1, WIRE_STDIN_END, "");
}

TEST(link__one_ends_before_a_word__other_one_is_waited_for)
{
	hang_up(SLOW);
	assert_false(downlink_read(&host));
	assert_false(downlink_has_ended(&host));
	assert_false(downlink_wants_input(&host, SLOW));
	say(FAST, WIRE_HELLO, "hello");
	assert_true(downlink_read(&host));
	assert_frame(WIRE_HELLO, "hello");
	hang_up(FAST);
	assert_false(downlink_read(&host));
	assert_true(downlink_has_ended(&host));
	assert_no_frame();
}

TEST(link__current_one_ends__it_is_over)
{
	say(SLOW, WIRE_HELLO, "");
	assert_true(downlink_read(&host));
	assert_frame(WIRE_HELLO, "");
	assert_false(downlink_has_ended(&host));
	hang_up(SLOW);
	assert_false(downlink_read(&host));
	assert_true(downlink_has_ended(&host));
}

TEST(link__old_one_ends_after_the_switch__goes_on)
{
	say(SLOW, WIRE_SWITCH, "");
	assert_true(downlink_read(&host));
	assert_no_frame();
	hang_up(SLOW);
	say(FAST, WIRE_ALIVE, "");
	assert_true(downlink_read(&host));
	assert_frame(WIRE_ALIVE, "");
	assert_false(downlink_has_ended(&host));
}

TEST(link__ends_within_a_frame__what_was_whole_comes_first)
{
	unsigned char data[64];
	size_t size;

	say(SLOW, WIRE_HELLO, "");
	size = make(data, WIRE_STDOUT, "out", 3);
	put_bytes(SLOW, data, size - 1);
	hang_up(SLOW);
	assert_true(downlink_read(&host));
	assert_frame(WIRE_HELLO, "");
	assert_no_frame();
	assert_false(downlink_read(&host));
	assert_no_frame();
	assert_true(downlink_has_ended(&host));
}

/* A poll for what can never be written would return at once, again and again. */
TEST(link_write__agent_has_gone__nothing_more_is_wanted)
{
	say(SLOW, WIRE_HELLO, "");
	assert_true(downlink_read(&host));
	assert_frame(WIRE_HELLO, "");
	send_until_full();
	hang_up(SLOW);
	downlink_write(&host);
	assert_false(downlink_wants_output(&host, SLOW));
	downlink_send(&host, WIRE_STOP, NULL, 0);
	downlink_write(&host);
	assert_false(downlink_wants_output(&host, SLOW));
}

TEST(link_write__agent_has_gone__what_it_said_is_read)
{
	say(SLOW, WIRE_HELLO, "");
	assert_true(downlink_read(&host));
	assert_frame(WIRE_HELLO, "");
	say(SLOW, WIRE_STDOUT, "last");
	hang_up(SLOW);
	downlink_send(&host, WIRE_STOP, NULL, 0);
	downlink_write(&host);
	assert_true(downlink_read(&host));
	assert_frame(WIRE_STDOUT, "last");
}

#define MANY 600

static size_t size_of(uint32_t number)
{
	static const size_t sizes[] = { 0,    1,   3,	  4,	 WIRE_PAYLOAD_MAX,
					4095, 100, 32000, 20001, WIRE_PAYLOAD_MAX - 1 };

	return sizes[number % ARRAY_SIZE(sizes)];
}

static unsigned char byte_of(uint32_t number, size_t at)
{
	return (unsigned char)(number * 31 + at * 7 + at / 256);
}

/* The agent's side, in a process of its own. */
static void say_many(int fd)
{
	static unsigned char frame[WIRE_FRAME_MAX];

	fcntl(fd, F_SETFL, 0);
	for (uint32_t i = 0; i < MANY; i++) {
		size_t size = size_of(i);

		for (size_t k = 0; k < size; k++)
			frame[WIRE_HEADER + k] = byte_of(i, k);
		wire_header(frame, WIRE_STDOUT, i, frame + WIRE_HEADER, size);
		if (send(fd, frame, WIRE_HEADER + size, MSG_NOSIGNAL) !=
		    (ssize_t)(WIRE_HEADER + size))
			_exit(1);
	}
	_exit(0);
}

TEST(link__hundreds_of_frames__all_as_they_were_sent)
{
	struct wire_frame frame;
	uint32_t nr = 0;
	int status, got;
	pid_t pid = fork();

	if (!pid)
		say_many(agent[FAST]);
	hang_up(FAST);
	while (!downlink_has_ended(&host)) {
		struct pollfd p = { .fd = host.streams[FAST].fd, .events = POLLIN };

		assert_int_equal(poll(&p, 1, 60000), 1);
		downlink_read(&host);
		while ((got = downlink_next(&host, &frame)) > 0) {
			assert_int_equal(frame.size, size_of(nr));
			for (size_t k = 0; k < frame.size; k++)
				if (frame.payload[k] != byte_of(nr, k))
					fail_msg("byte %zu of frame %u", k, nr);
			nr++;
		}
		assert_int_equal(got, 0);
		if (host.streams[FAST].fd < 0)
			break;
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(nr, MANY);
}

static void read_report(uint32_t size)
{
	unsigned char payload[4], frame[WIRE_HEADER + 4];

	wire_put32(payload, size);
	put_bytes(SLOW, frame, make(frame, WIRE_GOT, payload, 4));
	downlink_read(&host);
	assert_no_frame();
}

TEST(link__paced__no_more_under_way_than_the_agent_has_room_for)
{
	static unsigned char in[4 * WIRE_SLOW_WINDOW], data[2 * WIRE_SLOW_WINDOW];

	say(SLOW, WIRE_HELLO, "");
	downlink_read(&host);
	assert_frame(WIRE_HELLO, "");
	downlink_pace(&host);
	downlink_send(&host, WIRE_STDIN, data, sizeof(data));
	downlink_write(&host);
	assert_int_equal(hear_bytes(SLOW, in, sizeof(in)), WIRE_SLOW_WINDOW);
	assert_false(downlink_wants_output(&host, SLOW));
	read_report(100);
	assert_true(downlink_wants_output(&host, SLOW));
	downlink_write(&host);
	assert_int_equal(hear_bytes(SLOW, in, sizeof(in)), 100);
	/* more than was sent: what was sent before it began */
	read_report(UINT32_MAX);
	downlink_write(&host);
	assert_int_equal(hear_bytes(SLOW, in, sizeof(in)),
			 WIRE_HEADER + sizeof(data) - WIRE_SLOW_WINDOW - 100);
}

TEST(link__other_agent__heard_after_a_restart)
{
	struct wire_frame frame;

	say(SLOW, WIRE_HELLO, "");
	downlink_read(&host);
	assert_frame(WIRE_HELLO, "");
	say(SLOW, WIRE_SWITCH, "");
	downlink_read(&host);
	say(FAST, WIRE_ALIVE, "");
	assert_no_frame();
	downlink_read(&host);
	assert_frame(WIRE_ALIVE, "");
	downlink_send(&host, WIRE_STOP, NULL, 0);
	said = 0;
	say(SLOW, WIRE_HELLO, "");
	downlink_read(&host);
	assert_int_equal(downlink_next(&host, &frame), -ECONNRESET);
	downlink_restart(&host);
	assert_frame(WIRE_HELLO, "");
	assert_int_equal(downlink_queued(&host), 0);
}

TEST(link__skips__first_frame_found_behind_whatever_came_before)
{
	struct wire_frame frame;

	host.skips = true;
	put_bytes(SLOW, "getty", 5);
	downlink_read(&host);
	assert_no_frame();
	say(SLOW, WIRE_HELLO, "");
	downlink_read(&host);
	assert_int_equal(downlink_next(&host, &frame), -ECONNRESET);
	downlink_restart(&host);
	assert_frame(WIRE_HELLO, "");
	/* and again after damage */
	put_bytes(SLOW, "more of it", 10);
	downlink_read(&host);
	assert_no_frame();
	assert_true(host.torn);
}

TEST(link__not_heard_yet__can_be_shouted_at)
{
	unsigned char in[256];
	struct wire_frame frame;

	downlink_shout(&host, WIRE_STOP, "", 0);
	assert_int_equal(hear_bytes(SLOW, in, sizeof(in)), WIRE_HEADER);
	assert_int_equal(wire_parse(&frame, in, WIRE_HEADER, 0), WIRE_HEADER);
	assert_int_equal(frame.type, WIRE_STOP);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

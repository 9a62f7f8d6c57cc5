// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames of commands between their clients and the guest: the test plays both. */
#include <errno.h>
#include <sys/socket.h>

#include "fixture.h"
#include "vm/exec-relay.h"

#define ANSWER "{\"ok\":true}\n"

static struct downlink host;
static struct exec_relay *relay;
static int agent;	     /* the guest's end */
static uint32_t said, heard; /* frames of the guest's, and for it */

/* A client's end of its connection. */
struct client {
	int fd;
	uint32_t sent, received;
	unsigned char in[4 * WIRE_FRAME_MAX];
	size_t len;
};

/* A frame that has arrived. */
struct got {
	unsigned int type;
	uint32_t id;
	size_t size;
	unsigned char payload[WIRE_PAYLOAD_MAX];
};

static void put(int fd, enum wire_type type, uint32_t number, uint32_t id,
		const void *data, size_t size)
{
	unsigned char frame[WIRE_FRAME_MAX];

	wire_put32(frame + WIRE_HEADER, id);
	memcpy(frame + WIRE_HEADER + 4, data, size);
	wire_header(frame, type, number, frame + WIRE_HEADER, 4 + size);
	assert_int_equal(send(fd, frame, WIRE_HEADER + 4 + size, MSG_NOSIGNAL),
			 WIRE_HEADER + 4 + size);
}

static void guest_says(enum wire_type type, uint32_t id, const void *data, size_t size)
{
	put(agent, type, said++, id, data, size);
}

static int setup(void **state)
{
	int pair[2];

	(void)state;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -1;
	agent = pair[1];
	said = heard = 0;
	downlink_init(&host, pair[0], -1);
	relay = exec_relay_new(&host);
	/* it is heard first */
	guest_says(WIRE_HELLO, WIRE_VERSION, "", 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	exec_relay_free(relay);
	downlink_release(&host);
	close(agent);
	return 0;
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

/* What the loop of a VM does. The last result for a frame of the guest's. */
static int work(void)
{
	int result = 0;

	for (int i = 0; i < 20; i++) {
		struct wire_frame frame;

		downlink_read(&host);
		while (downlink_next(&host, &frame) > 0)
			result = frame.type == WIRE_HELLO
					 ? 0
					 : exec_relay_frame(relay, &frame);
		exec_relay_work(relay);
		downlink_write(&host);
	}
	return result;
}

static struct client *connect_client(void)
{
	struct client *client = xcalloc(1, sizeof(*client));
	int pair[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
		0);
	client->fd = pair[1];
	exec_relay_add(relay, pair[0]);
	return client;
}

static void leave(struct client *client)
{
	close(client->fd);
	free(client);
}

static void client_says(struct client *client, enum wire_type type, const void *data,
			size_t size)
{
	put(client->fd, type, client->sent++, 0, data, size);
}

static void says_numbers(struct client *client, enum wire_type type, uint32_t a,
			 uint32_t b)
{
	unsigned char data[8];

	wire_put32(data, a);
	wire_put32(data + 4, b);
	client_says(client, type, data, sizeof(data));
}

/* Whether there was one. */
static bool take(unsigned char *in, size_t *len, uint32_t *number, struct got *got)
{
	struct wire_frame frame;
	long size = wire_parse(&frame, in, *len, *number);

	assert_true(size >= 0);
	if (!size)
		return false;
	++*number;
	assert_true(frame.size >= 4);
	got->type = frame.type;
	got->id = wire_get32(frame.payload);
	got->size = frame.size - 4;
	memcpy(got->payload, frame.payload + 4, got->size);
	*len -= (size_t)size;
	memmove(in, in + size, *len);
	return true;
}

static bool guest_hears(struct got *got)
{
	static unsigned char in[4 * WIRE_FRAME_MAX];
	static size_t len;
	ssize_t n;

	if (!heard)
		len = 0;
	n = recv(agent, in + len, sizeof(in) - len, MSG_DONTWAIT);
	len += n > 0 ? (size_t)n : 0;
	return take(in, &len, &heard, got);
}

/* -1 when the relay has closed the connection, and all was read. */
static int client_hears(struct client *client, struct got *got)
{
	ssize_t n;

	while ((n = recv(client->fd, client->in + client->len,
			 sizeof(client->in) - client->len, MSG_DONTWAIT)) > 0)
		client->len += (size_t)n;
	if (!client->received && client->len >= strlen(ANSWER) &&
	    memcmp(client->in, ANSWER, strlen(ANSWER)) == 0) {
		client->len -= strlen(ANSWER);
		memmove(client->in, client->in + strlen(ANSWER), client->len);
	}
	if (take(client->in, &client->len, &client->received, got))
		return 1;
	return n == 0 ? -1 : 0;
}

/* Start `true`; its number for the guest. */
static uint32_t start(struct client *client)
{
	static const char words[] = "xterm\0true";
	unsigned char data[16] = { 0 };
	struct got got;
	uint32_t id;

	wire_put32(data + 12, sizeof(words));
	client_says(client, WIRE_EXEC, data, sizeof(data));
	client_says(client, WIRE_EXEC_WORDS, words, sizeof(words));
	work();
	assert_true(guest_hears(&got));
	assert_int_equal(got.type, WIRE_EXEC);
	assert_int_not_equal(got.id, 0);
	id = got.id;
	assert_true(guest_hears(&got));
	assert_int_equal(got.type, WIRE_EXEC_WORDS);
	assert_int_equal(got.id, id);
	assert_int_equal(got.size, sizeof(words));
	assert_memory_equal(got.payload, words, sizeof(words));
	return id;
}

static void end(uint32_t id, uint32_t status)
{
	unsigned char data[24] = { 0 };

	wire_put32(data + 4, status);
	guest_says(WIRE_EXEC_END, id, data, sizeof(data));
}

static void room_for_input(uint32_t id, uint32_t size)
{
	unsigned char data[4];

	wire_put32(data, size);
	guest_says(WIRE_EXEC_STDIN_ROOM, id, data, sizeof(data));
}

/* The guest is told to end the command, and nothing else. */
static void assert_hangup(uint32_t id)
{
	struct got got;

	work();
	assert_true(guest_hears(&got));
	assert_int_equal(got.type, WIRE_EXEC_HANGUP);
	assert_int_equal(got.id, id);
	assert_false(guest_hears(&got));
}

static void assert_refused(struct client *client, const char *why)
{
	struct got got;

	assert_int_equal(client_hears(client, &got), 1);
	assert_int_equal(got.type, WIRE_EXEC_REFUSED);
	assert_int_equal(got.size, strlen(why));
	assert_memory_equal(got.payload, why, got.size);
	assert_int_equal(client_hears(client, &got), -1);
}

TEST(relay__not_open_yet__command_waits)
{
	struct client *client = connect_client();
	struct got got;

	says_numbers(client, WIRE_EXEC, 0, 0);
	work();
	assert_false(guest_hears(&got));
	leave(client);
	work();
	exec_relay_open(relay);
	work();
	/* it has gone meanwhile */
	assert_false(guest_hears(&got));
}

TEST(relay__command__its_frames_both_ways_and_its_end)
{
	struct client *client = connect_client();
	struct got got;
	uint32_t id;

	exec_relay_open(relay);
	id = start(client);
	says_numbers(client, WIRE_EXEC_ROOM, 10, 5);
	work();
	assert_true(guest_hears(&got));
	assert_int_equal(got.type, WIRE_EXEC_ROOM);
	room_for_input(id, 3);
	guest_says(WIRE_EXEC_STDOUT, id, "out", 3);
	guest_says(WIRE_EXEC_STDOUT, id, "put", 3);
	guest_says(WIRE_EXEC_STDERR, id, "error", 5);
	work();
	for (int i = 0; i < 4; i++) {
		static const enum wire_type types[] = { WIRE_EXEC_STDIN_ROOM,
							WIRE_EXEC_STDOUT,
							WIRE_EXEC_STDOUT,
							WIRE_EXEC_STDERR };

		assert_int_equal(client_hears(client, &got), 1);
		assert_int_equal(got.type, types[i]);
		assert_int_equal(got.id, 0);
	}
	assert_memory_equal(got.payload, "error", 5);
	client_says(client, WIRE_EXEC_STDIN, "in", 2);
	client_says(client, WIRE_EXEC_STDIN_END, "", 0);
	work();
	assert_true(guest_hears(&got));
	assert_int_equal(got.type, WIRE_EXEC_STDIN);
	assert_int_equal(got.id, id);
	assert_true(guest_hears(&got));
	assert_int_equal(got.type, WIRE_EXEC_STDIN_END);
	end(id, 7);
	work();
	assert_int_equal(client_hears(client, &got), 1);
	assert_int_equal(got.type, WIRE_EXEC_END);
	assert_int_equal(wire_get32(got.payload + 4), 7);
	assert_int_equal(client_hears(client, &got), -1);
	leave(client);
}

TEST(relay__client_killed__guest_told_and_its_last_words_dropped)
{
	struct client *client = connect_client();
	uint32_t id;

	exec_relay_open(relay);
	id = start(client);
	says_numbers(client, WIRE_EXEC_ROOM, 10, 0);
	work();
	guest_hears(&(struct got){ 0 });
	leave(client);
	assert_hangup(id);
	guest_says(WIRE_EXEC_STDOUT, id, "late", 4);
	assert_int_equal(work(), 1);
	end(id, 0);
	assert_int_equal(work(), 1);
	/* it is known no more */
	end(id, 0);
	assert_int_equal(work(), -EPROTO);
}

TEST(relay__client_breaks_the_rules__hung_up_and_the_guest_is_spared)
{
	static const struct {
		enum wire_type type;
		const char *data;
		size_t size;
	} bad[] = {
		{ WIRE_STOP, "", 0 },
		{ WIRE_HELLO, "", 0 },
		{ WIRE_EXEC, "\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0", 16 }, /* again */
		{ WIRE_EXEC_WORDS, "more", 4 },
		{ WIRE_EXEC_WORDS, "", 0 },
		{ WIRE_EXEC_STDIN, "no room", 7 },
		{ WIRE_EXEC_STDIN_END, "?", 1 },
		{ WIRE_EXEC_ROOM, "\xff\xff\xff\xff\0\0\0\0", 8 },
		{ WIRE_EXEC_ROOM, "\1", 1 },
		{ WIRE_EXEC_SIGNAL, "\x0b\0\0\0", 4 }, /* SIGSEGV */
		{ WIRE_EXEC_WINSIZE, "", 0 },
		{ WIRE_EXEC_HANGUP, "", 0 },
		{ WIRE_EXEC_END, "", 0 },
	};

	exec_relay_open(relay);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct client *client = connect_client();
		uint32_t id = start(client);

		client_says(client, bad[i].type, bad[i].data, bad[i].size);
		assert_hangup(id);
		end(id, 0);
		work();
		leave(client);
	}
}

TEST(relay__no_command_or_endless_words__hung_up)
{
	static const char open_end[16] = { [12] = 4 };
	struct client *early = connect_client(), *open = connect_client();
	struct got got;

	exec_relay_open(relay);
	client_says(early, WIRE_EXEC_STDIN_END, "", 0);
	client_says(open, WIRE_EXEC, open_end, sizeof(open_end));
	client_says(open, WIRE_EXEC_WORDS, "true", 4);
	work();
	assert_int_equal(client_hears(early, &got), -1);
	assert_int_equal(client_hears(open, &got), -1);
	assert_true(guest_hears(&got));
	assert_int_equal(got.type, WIRE_EXEC);
	assert_hangup(got.id);
	leave(early);
	leave(open);
}

TEST(relay__guest_breaks_the_rules__said)
{
	struct client *client = connect_client();
	uint32_t id;

	exec_relay_open(relay);
	id = start(client);
	guest_says(WIRE_EXEC_STDOUT, id, "no room", 7);
	assert_int_equal(work(), -EPROTO);
	room_for_input(id, WIRE_EXEC_INPUT + 1);
	assert_int_equal(work(), -EPROTO);
	guest_says(WIRE_EXEC_REFUSED, id, "", 0);
	assert_int_equal(work(), 0);
	guest_says(WIRE_EXEC_END, id, "", 0);
	assert_int_equal(work(), -EPROTO);
	guest_says(WIRE_EXEC_STDOUT, id + 1, "", 0);
	assert_int_equal(work(), -EPROTO);
	leave(client);
}

TEST(relay__closed__all_refused_with_the_reason)
{
	struct client *running = connect_client(), *late;

	exec_relay_open(relay);
	start(running);
	exec_relay_close(relay, "it was started again");
	work();
	assert_refused(running, "it was started again");
	late = connect_client();
	work();
	assert_refused(late, "it was started again");
	leave(running);
	leave(late);
	/* and open again */
	exec_relay_open(relay);
	running = connect_client();
	start(running);
	leave(running);
}

TEST(relay__as_many_as_there_may_be__one_more_is_refused)
{
	struct client *clients[WIRE_EXEC_MAX], *more;
	char text[256];
	ssize_t n;

	exec_relay_open(relay);
	for (size_t i = 0; i < WIRE_EXEC_MAX; i++) {
		clients[i] = connect_client();
		start(clients[i]);
	}
	more = connect_client();
	n = recv(more->fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(strstr(text, "\"ok\":false"));
	leave(more);
	for (size_t i = 0; i < WIRE_EXEC_MAX; i++)
		leave(clients[i]);
}

/* A client that does not read its output has no more of it queued than it made room for,
 * and others go on. */
TEST(relay__client_reads_nothing__others_go_on)
{
	static const char data[8192];
	struct client *lazy = connect_client(), *busy = connect_client();
	struct got got;
	uint32_t lazy_id, busy_id;

	exec_relay_open(relay);
	lazy_id = start(lazy);
	busy_id = start(busy);
	says_numbers(lazy, WIRE_EXEC_ROOM, WIRE_EXEC_OUTPUT, 0);
	says_numbers(busy, WIRE_EXEC_ROOM, 1, 0);
	work();
	for (size_t i = 0; i < WIRE_EXEC_OUTPUT / sizeof(data); i++) {
		guest_says(WIRE_EXEC_STDOUT, lazy_id, data, sizeof(data));
		assert_int_equal(work(), 1);
	}
	guest_says(WIRE_EXEC_STDOUT, busy_id, "x", 1);
	assert_int_equal(work(), 1);
	assert_int_equal(client_hears(busy, &got), 1);
	assert_int_equal(got.type, WIRE_EXEC_STDOUT);
	leave(lazy);
	leave(busy);
}

/* While the guest does not read, little is queued for it. */
TEST(relay__guest_reads_nothing__clients_wait)
{
	static const char data[16384];
	struct client *client = connect_client();
	uint32_t id;
	bool full = false;

	exec_relay_open(relay);
	id = start(client);
	for (int i = 0; i < 200 && !full; i++) {
		unsigned char frame[WIRE_FRAME_MAX];

		room_for_input(id, sizeof(data));
		work();
		wire_put32(frame + WIRE_HEADER, 0);
		memcpy(frame + WIRE_HEADER + 4, data, sizeof(data));
		wire_header(frame, WIRE_EXEC_STDIN, client->sent, frame + WIRE_HEADER,
			    4 + sizeof(data));
		full = send(client->fd, frame, WIRE_HEADER + 4 + sizeof(data),
			    MSG_NOSIGNAL) <= 0;
		client->sent++;
		work();
		recv(client->fd, frame, sizeof(frame), MSG_DONTWAIT);
	}
	assert_true(full);
	assert_true(downlink_queued(&host) < 4 * 65536);
	leave(client);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames of commands, between the guest and the connections of `rapido exec`. */
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vm/exec-relay.h"

/* While so many bytes are queued for the guest, nothing more is read for it: what the run
 * itself has to say must not wait for long. */
#define QUEUE_MAX 65536
/* What a connection that makes room, but does not read, may have queued. */
#define OUT_MAX (8 * WIRE_EXEC_OUTPUT)

/* One command. */
struct client {
	uint32_t id; /* 0: this place is free */
	int fd;	     /* -1: it has hung up, and the guest must still report the end */
	bool begun;  /* WIRE_EXEC was sent to the guest */
	bool ending; /* nothing more is read; it is closed when out is sent */
	uint32_t received, sent; /* frames */
	uint32_t words;		 /* bytes of them that have not arrived */
	uint32_t input;		 /* bytes that it may send for the standard input */
	bool input_ended;
	uint32_t output[2]; /* bytes that the guest may send */
	uint32_t events;    /* that are polled for */
	unsigned char *in;
	size_t len;
	struct strbuf out;
	size_t written;
};

struct exec_relay {
	struct downlink *link;
	int epoll;
	bool open;
	char *closed; /* why, or NULL */
	uint32_t last_id;
	struct client clients[WIRE_EXEC_MAX];
};

struct exec_relay *exec_relay_new(struct downlink *link)
{
	struct exec_relay *relay = xcalloc(1, sizeof(*relay));

	relay->link = link;
	relay->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < WIRE_EXEC_MAX; i++)
		relay->clients[i].fd = -1;
	return relay;
}

/* See drop() in control.c about the epoll. */
static void hang_up(struct exec_relay *relay, struct client *client)
{
	if (client->fd < 0)
		return;
	epoll_ctl(relay->epoll, EPOLL_CTL_DEL, client->fd, NULL);
	close(TAKE_FD(client->fd));
	strbuf_release(&client->out);
	free(TAKE_PTR(client->in));
}

static void forget(struct exec_relay *relay, struct client *client)
{
	hang_up(relay, client);
	*client = (struct client){ .fd = -1 };
}

void exec_relay_free(struct exec_relay *relay)
{
	if (!relay)
		return;
	for (size_t i = 0; i < WIRE_EXEC_MAX; i++)
		if (relay->clients[i].id)
			forget(relay, &relay->clients[i]);
	if (relay->epoll >= 0)
		close(relay->epoll);
	free(relay->closed);
	free(relay);
}

int exec_relay_fd(const struct exec_relay *relay)
{
	return relay ? relay->epoll : -1;
}

/* Send the guest a frame of the client's: @payload has room for its number. */
static void to_guest(const struct exec_relay *relay, const struct client *client,
		     enum wire_type type, unsigned char *payload, size_t size)
{
	wire_put32(payload, client->id);
	downlink_send(relay->link, type, payload, size);
}

/* The client is gone, or does not keep to the rules. */
static void give_up(struct exec_relay *relay, struct client *client)
{
	unsigned char payload[4];

	if (client->begun && !client->ending) {
		to_guest(relay, client, WIRE_EXEC_HANGUP, payload, sizeof(payload));
		hang_up(relay, client);
	} else {
		forget(relay, client);
	}
}

static bool may_receive(const struct exec_relay *relay, const struct client *client)
{
	return relay->open && !client->ending && downlink_queued(relay->link) < QUEUE_MAX;
}

/* Poll for what can be done. */
static void watch(const struct exec_relay *relay, struct client *client)
{
	struct epoll_event event = {
		.data.u64 = (uint64_t)(client - relay->clients),
	};

	if (client->fd < 0)
		return;
	if (client->written < client->out.len)
		event.events |= EPOLLOUT;
	if (may_receive(relay, client))
		event.events |= EPOLLIN;
	if (event.events != client->events)
		epoll_ctl(relay->epoll, EPOLL_CTL_MOD, client->fd, &event);
	client->events = event.events;
}

/* Send what the client has not read yet. */
static void send_out(struct exec_relay *relay, struct client *client)
{
	struct strbuf *out = &client->out;

	while (client->written < out->len) {
		ssize_t n = send(client->fd, out->buf + client->written,
				 out->len - client->written, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			give_up(relay, client);
			return;
		}
		client->written += (size_t)n;
	}
	strbuf_setlen(out, 0);
	client->written = 0;
	if (client->ending)
		forget(relay, client);
}

static void to_client(struct exec_relay *relay, struct client *client,
		      enum wire_type type, const void *payload, size_t size)
{
	unsigned char header[WIRE_HEADER];

	if (client->fd < 0)
		return;
	if (client->written >= OUT_MAX / 2) {
		strbuf_drop(&client->out, client->written);
		client->written = 0;
	}
	wire_header(header, type, client->sent++, payload, size);
	strbuf_add(&client->out, header, sizeof(header));
	strbuf_add(&client->out, payload, size);
	if (client->out.len - client->written > OUT_MAX)
		give_up(relay, client);
	else
		send_out(relay, client);
}

/* There is no command, or it has no end. */
static void refuse(struct exec_relay *relay, struct client *client, const char *why)
{
	_cleanup_free_ char *payload = xasprintf("....%s", why);

	wire_put32((unsigned char *)payload, 0);
	client->ending = true;
	to_client(relay, client, WIRE_EXEC_REFUSED, payload, 4 + strlen(why));
}

void exec_relay_add(struct exec_relay *relay, int fd)
{
	static const char answer[] = "{\"ok\":true}\n",
			  full[] = "{\"ok\":false,\"error\":"
				   "\"too many commands are running in the VM\"}\n";
	struct epoll_event event = { .events = 0 };
	struct client *client = NULL;

	for (size_t i = 0; !client && i < WIRE_EXEC_MAX; i++)
		if (!relay->clients[i].id)
			client = &relay->clients[i];
	if (client)
		event.data.u64 = (uint64_t)(client - relay->clients);
	if (!client || epoll_ctl(relay->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		(void)!send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
		return;
	}
	/* 0 stands for a free place */
	if (!++relay->last_id)
		relay->last_id = 1;
	*client = (struct client){
		.id = relay->last_id,
		.fd = fd,
		.in = xmalloc(WIRE_FRAME_MAX),
		.out = STRBUF_INIT,
	};
	strbuf_adds(&client->out, answer);
	if (relay->closed)
		refuse(relay, client, relay->closed);
	else
		send_out(relay, client);
	watch(relay, client);
}

void exec_relay_open(struct exec_relay *relay)
{
	relay->open = true;
	free(TAKE_PTR(relay->closed));
	for (size_t i = 0; i < WIRE_EXEC_MAX; i++)
		watch(relay, &relay->clients[i]);
}

void exec_relay_close(struct exec_relay *relay, const char *why)
{
	relay->open = false;
	free(relay->closed);
	relay->closed = xstrdup(why);
	for (size_t i = 0; i < WIRE_EXEC_MAX; i++) {
		struct client *client = &relay->clients[i];

		/* the guest will not report the end */
		if (client->id && client->fd < 0)
			forget(relay, client);
		else if (client->id && !client->ending)
			refuse(relay, client, why);
		watch(relay, client);
	}
}

/* --- from a client --- */

static bool take_begin(struct client *client, const unsigned char *at, size_t size)
{
	if (client->begun || size != 16)
		return false;
	client->words = wire_get32(at + 12);
	client->begun = client->words && client->words <= WIRE_EXEC_WORDS_MAX;
	return client->begun;
}

static bool take_room(struct client *client, const unsigned char *at, size_t size)
{
	for (size_t i = 0; size == 8 && i < ARRAY_SIZE(client->output); i++) {
		uint32_t more = wire_get32(at + 4 * i);

		if (more > WIRE_EXEC_OUTPUT - client->output[i])
			return false;
		client->output[i] += more;
	}
	return size == 8;
}

/* Take off what was sent. False if it was more than there is room for. */
static bool use_room(uint32_t *room, size_t size)
{
	if (size > *room)
		return false;
	*room -= (uint32_t)size;
	return true;
}

/* The last byte of all words ends the last one. */
static bool take_words(struct client *client, const unsigned char *at, size_t size)
{
	return size && use_room(&client->words, size) && (client->words || !at[size - 1]);
}

static bool is_signal(const unsigned char *at, size_t size)
{
	uint32_t sig = size == 4 ? wire_get32(at) : 0;

	return sig == SIGHUP || sig == SIGINT || sig == SIGQUIT || sig == SIGTERM;
}

/* Whether the guest may get the frame: it would end a run if it made no sense. */
static bool judge(struct client *client, const struct wire_frame *frame)
{
	const unsigned char *at = frame->payload + 4;
	size_t size = frame->size - 4;

	if (frame->size < 4 || (!client->begun && frame->type != WIRE_EXEC))
		return false;
	switch (frame->type) {
	case WIRE_EXEC:
		return take_begin(client, at, size);
	case WIRE_EXEC_WORDS:
		return take_words(client, at, size);
	case WIRE_EXEC_STDIN:
		return !client->input_ended && use_room(&client->input, size);
	case WIRE_EXEC_ROOM:
		return take_room(client, at, size);
	case WIRE_EXEC_STDIN_END:
		client->input_ended = true;
		return !size;
	case WIRE_EXEC_SIGNAL:
		return is_signal(at, size);
	case WIRE_EXEC_WINSIZE:
		return size == 8;
	default:
		return false;
	}
}

static void take_frames(struct exec_relay *relay, struct client *client)
{
	size_t used = 0;

	while (client->fd >= 0 && !client->ending) {
		struct wire_frame frame;
		long size = wire_parse(&frame, client->in + used, client->len - used,
				       client->received);

		if (!size)
			break;
		if (size < 0 || !judge(client, &frame)) {
			give_up(relay, client);
			return;
		}
		to_guest(relay, client, (enum wire_type)frame.type,
			 client->in + used + WIRE_HEADER, frame.size);
		client->received++;
		used += (size_t)size;
	}
	if (!used || client->fd < 0)
		return;
	client->len -= used;
	memmove(client->in, client->in + used, client->len);
}

static void receive(struct exec_relay *relay, struct client *client)
{
	ssize_t n = recv(client->fd, client->in + client->len,
			 WIRE_FRAME_MAX - client->len, MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		give_up(relay, client);
	} else if (n > 0) {
		client->len += (size_t)n;
		take_frames(relay, client);
	}
}

static void serve(struct exec_relay *relay, struct client *client, uint32_t events)
{
	if (events & EPOLLOUT)
		send_out(relay, client);
	if (client->fd >= 0 && events & EPOLLIN && may_receive(relay, client))
		receive(relay, client);
	else if (client->fd >= 0 && events & (EPOLLHUP | EPOLLERR))
		give_up(relay, client);
}

void exec_relay_work(struct exec_relay *relay)
{
	struct epoll_event events[WIRE_EXEC_MAX];
	int nr = epoll_wait(relay->epoll, events, ARRAY_SIZE(events), 0);

	for (int i = 0; i < nr; i++) {
		struct client *client = &relay->clients[events[i].data.u64];

		if (client->id && client->fd >= 0)
			serve(relay, client, events[i].events);
	}
	for (size_t i = 0; i < WIRE_EXEC_MAX; i++)
		watch(relay, &relay->clients[i]);
}

/* --- from the guest --- */

static struct client *find(struct exec_relay *relay, uint32_t id)
{
	for (size_t i = 0; id && i < WIRE_EXEC_MAX; i++)
		if (relay->clients[i].id == id)
			return &relay->clients[i];
	return NULL;
}

static bool take_input_room(struct client *client, const unsigned char *at, size_t size)
{
	uint32_t more = size == 4 ? wire_get32(at) : UINT32_MAX;

	if (more > WIRE_EXEC_INPUT - client->input)
		return false;
	client->input += more;
	return true;
}

int exec_relay_frame(struct exec_relay *relay, const struct wire_frame *frame)
{
	_cleanup_free_ unsigned char *payload = NULL;
	struct client *client;
	bool ok = false;
	size_t size;

	if (frame->type < WIRE_EXEC_STDOUT || frame->type > WIRE_EXEC_END)
		return 0;
	client = frame->size < 4 ? NULL : find(relay, wire_get32(frame->payload));
	if (!client || !client->begun || client->ending)
		return -EPROTO;
	size = frame->size - 4;
	switch (frame->type) {
	case WIRE_EXEC_STDOUT:
	case WIRE_EXEC_STDERR:
		ok = use_room(&client->output[frame->type - WIRE_EXEC_STDOUT], size);
		break;
	case WIRE_EXEC_STDIN_ROOM:
		ok = take_input_room(client, frame->payload + 4, size);
		break;
	case WIRE_EXEC_END:
		ok = size == 24;
		break;
	default:
		break;
	}
	if (!ok)
		return -EPROTO;
	payload = xmemdup(frame->payload, frame->size);
	wire_put32(payload, 0);
	if (frame->type == WIRE_EXEC_END) {
		client->ending = true;
		if (client->fd < 0)
			forget(relay, client);
	}
	if (client->id)
		to_client(relay, client, (enum wire_type)frame->type, payload,
			  frame->size);
	watch(relay, client);
	return 1;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Moves frames between the cards of a VM and their networks. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lan-process.h"
#include "lan-stream.h"
#include "lib/log.h"
#include "lib/tmpdir.h"
#include "lib/unix-socket.h"
#include "net/lan/lan-relay.h"

/*
 * What is polled: the signals, and for each card these, in this order: the listener is
 * served first, so that a frame which was sent after a card had connected reaches it.
 */
enum { POLL_CARD, POLL_NET, POLL_LISTENER, POLLS };
#define POLL_MAX (1 + LAN_PORTS_MAX * POLLS)
/* When a card cannot be accepted, for instance because the host has too many open files:
 * it stays readable. */
#define ACCEPT_PAUSE_MS 10

struct side {
	struct lan_stream stream; /* its fd is -1: nobody is there */
	size_t frame_max;	  /* larger ones are not sent to it */
	bool waits;		  /* a frame of it, until the other side has room */
};

struct link {
	struct side card, net;
	int listener; /* to which the card connects; -1: the network has ended */
};

struct relay {
	struct link links[LAN_PORTS_MAX];
	size_t nr;
};

static void side_close(struct side *side)
{
	lan_stream_release(&side->stream);
	side->waits = false;
}

/*
 * Whether only one frame is concerned: the host is short of memory, the TAP device is
 * down, or the other side has no use for such a frame.
 */
static bool is_about_frame(int err)
{
	return err == -ENOBUFS || err == -ENOMEM || err == -EIO || err == -EINVAL ||
	       err == -EMSGSIZE;
}

/* Pass on what @from has received, up to the first frame that must wait. */
static void hand_on(struct side *from, struct side *to)
{
	const unsigned char *frame;
	size_t size;
	int n = 0;

	from->waits = false;
	while (from->stream.fd >= 0 &&
	       (n = lan_stream_next(&from->stream, &frame, &size)) == 1) {
		bool fits = to->stream.fd >= 0 && size <= to->frame_max;
		int err = fits ? lan_stream_send(&to->stream, frame, size) : 0;

		from->waits = err == -EAGAIN;
		if (from->waits)
			return;
		if (err && !is_about_frame(err))
			side_close(to);
		lan_stream_skip(&from->stream);
	}
	if (n < 0)
		side_close(from);
}

static void receive(struct side *from, struct side *to)
{
	int err = lan_stream_fill(&from->stream);

	if (!err)
		hand_on(from, to);
	else if (err != -EAGAIN)
		side_close(from);
}

/* The events to wait for at @side, or 0: poll(2) would report a hangup all the same. */
static short events_of(const struct side *side, const struct side *other)
{
	short events = side->waits ? 0 : POLLIN;

	if (side->stream.out || other->waits)
		events |= POLLOUT;
	return events;
}

static struct pollfd poll_side(const struct side *side, const struct side *other)
{
	short events = events_of(side, other);

	return (struct pollfd){
		.fd = events ? side->stream.fd : -1,
		.events = events,
	};
}

/* @side has room, or is closed. */
static void go_on(struct side *side, struct side *other)
{
	int err = lan_stream_flush(&side->stream);

	if (err && err != -EAGAIN)
		side_close(side);
	if (!err && other->waits)
		hand_on(other, side);
}

/* The card was brought up: an earlier connection of it is over. */
static void take_card(struct link *link)
{
	int fd = unix_socket_accept(link->listener);

	if (fd < 0) {
		poll(NULL, 0, ACCEPT_PAUSE_MS);
		return;
	}
	side_close(&link->card);
	lan_stream_init_packets(&link->card.stream, fd);
}

static void serve_link(struct link *link, const struct pollfd *polls)
{
	struct side *card = &link->card, *net = &link->net;
	bool is_new = polls[POLL_LISTENER].revents;
	short from_card = is_new ? 0 : polls[POLL_CARD].revents;
	short from_net = polls[POLL_NET].revents;

	if (is_new)
		take_card(link);
	if (from_card & (POLLOUT | POLLERR | POLLHUP))
		go_on(card, net);
	if (from_net & (POLLOUT | POLLERR | POLLHUP))
		go_on(net, card);
	if (card->stream.fd >= 0 && !card->waits &&
	    (from_card & (POLLIN | POLLERR | POLLHUP)))
		receive(card, net);
	if (net->stream.fd >= 0 && !net->waits &&
	    (from_net & (POLLIN | POLLERR | POLLHUP)))
		receive(net, card);
	/* nobody is there to wait for */
	if (net->waits && card->stream.fd < 0)
		hand_on(net, card);
	if (net->stream.fd >= 0)
		return;
	close(TAKE_FD(link->listener));
	side_close(card);
}

static void run_relay(void *data, int signals)
{
	struct relay *relay = data;
	size_t left = relay->nr;

	signal(SIGPIPE, SIG_IGN);
	while (left) {
		struct pollfd polls[POLL_MAX] = { { .fd = signals, .events = POLLIN } };

		for (size_t i = 0; i < relay->nr; i++) {
			const struct link *link = &relay->links[i];
			struct pollfd *p = &polls[1 + i * POLLS];

			p[POLL_CARD] = poll_side(&link->card, &link->net);
			p[POLL_NET] = poll_side(&link->net, &link->card);
			p[POLL_LISTENER] = (struct pollfd){
				.fd = link->listener,
				.events = POLLIN,
			};
		}
		if (poll(polls, 1 + relay->nr * POLLS, -1) < 0 && errno != EINTR)
			return;
		if (polls[0].revents)
			return;
		left = 0;
		for (size_t i = 0; i < relay->nr; i++) {
			if (relay->links[i].listener >= 0)
				serve_link(&relay->links[i], &polls[1 + i * POLLS]);
			left += relay->links[i].listener >= 0;
		}
	}
}

/* Listen for a card in @dir. Sets @inode to a descriptor of the socket's file, which is
 * removed. 0 or -errno. */
static int listen_for(int dir, int *listener, int *inode)
{
	static const char name[] = "card";

	*listener = unix_socket_listen(dir, name, SOCK_SEQPACKET, 1);
	if (*listener < 0)
		return *listener;
	*inode = openat(dir, name, O_PATH | O_CLOEXEC);
	if (*inode < 0)
		return -errno;
	return unlinkat(dir, name, 0) < 0 ? -errno : 0;
}

static int listen_for_all(struct relay *relay, const char *dir, int *vm_ends)
{
	struct tmpdir tmpdir = TMPDIR_INIT;
	int err = tmpdir_init_shared(&tmpdir, dir);

	for (size_t i = 0; !err && i < relay->nr; i++)
		err = listen_for(tmpdir.fd, &relay->links[i].listener, &vm_ends[i]);
	tmpdir_release(&tmpdir);
	return err;
}

static pid_t start_process(struct relay *relay)
{
	int keep[LAN_PORTS_MAX * 2];
	size_t nr = 0;

	for (size_t i = 0; i < relay->nr; i++) {
		keep[nr++] = relay->links[i].net.stream.fd;
		keep[nr++] = relay->links[i].listener;
	}
	return lan_process_start("rapido-relay", keep, nr, run_relay, relay);
}

pid_t lan_relay_start(const char *dir, const struct lan_relay_card *cards, size_t nr,
		      int *vm_ends)
{
	struct relay *relay = xcalloc(1, sizeof(*relay));
	pid_t pid = 0;

	relay->nr = nr;
	for (size_t i = 0; i < nr; i++) {
		struct link *link = &relay->links[i];

		vm_ends[i] = -1;
		link->listener = -1;
		link->card.stream.fd = -1;
		link->card.frame_max = cards[i].frame_max;
		link->net.frame_max = LAN_FRAME_MAX;
		if (cards[i].tap)
			lan_stream_init_packets(&link->net.stream, cards[i].net);
		else
			lan_stream_init(&link->net.stream, cards[i].net);
	}
	pid = listen_for_all(relay, dir, vm_ends);
	if (!pid)
		pid = start_process(relay);
	if (pid < 0)
		log_error("cannot connect the VM's network cards: %s", err_text(pid));
	for (size_t i = 0; i < nr; i++) {
		lan_stream_release(&relay->links[i].net.stream);
		if (relay->links[i].listener >= 0)
			close(relay->links[i].listener);
		if (pid < 0 && vm_ends[i] >= 0)
			close(TAKE_FD(vm_ends[i]));
	}
	free(relay);
	return pid;
}

void lan_relay_stop(pid_t pid)
{
	if (pid > 0)
		lan_process_stop(pid);
}

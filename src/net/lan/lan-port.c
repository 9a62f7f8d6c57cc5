// SPDX-License-Identifier: GPL-2.0-or-later
/* A VM's port of the LAN: a process that only moves frames. */
#include <errno.h>
#include <poll.h>

#include "lan-dir.h"
#include "lan-port.h"
#include "lan-process.h"

/* The order of what is polled: the signals, the ends, the listener. */
#define POLL_SIGNALS 0
#define POLL_ENDS    1
#define POLL_MAX     (POLL_ENDS + LAN_ENDS_MAX + 1)
/* The most connections that are accepted in a row. */
#define ACCEPT_MAX 16
/* After a failure, for instance because of too many open files, the listener stays
 * readable. */
#define ACCEPT_PAUSE_MS 1000

/* Connections above a port's limit are closed at once. 0 or -errno. */
static int accept_others(const struct lan_port *port)
{
	for (int i = 0; i < ACCEPT_MAX; i++) {
		int fd = lan_dir_accept(port->listener);

		if (fd >= 0)
			(void)lan_switch_add(port->sw, fd, false);
		else if (fd != -EACCES)
			return fd == -EAGAIN ? 0 : fd;
	}
	return 0;
}

/*
 * Leaves out ends that nothing is expected of: poll(2) would report their hangup for
 * ever. The @listener, which may be -1, is polled last and served first, so that a frame
 * which was sent after a port had connected reaches that port, too.
 */
static size_t list_events(const struct lan_port *port, int signals, int listener,
			  struct pollfd *polls)
{
	size_t nr = POLL_ENDS;

	polls[POLL_SIGNALS] = (struct pollfd){ .fd = signals, .events = POLLIN };
	for (size_t i = 0; i < port->sw->nr; i++) {
		const struct lan_end *end = &port->sw->ends[i];
		short events = lan_switch_events(port->sw, end);
		int fd = events ? end->stream.fd : -1;

		polls[nr++] = (struct pollfd){ .fd = fd, .events = events };
	}
	polls[nr++] = (struct pollfd){ .fd = listener, .events = POLLIN };
	return nr;
}

/* Milliseconds until the switch has something to do, or until @other unless it is 0; -1:
 * no limit. */
static int timeout_until(const struct lan_switch *sw, uint64_t other)
{
	uint64_t deadline = lan_switch_deadline(sw), now = monotonic_ms();

	if (!deadline || (other && other < deadline))
		deadline = other;
	if (!deadline)
		return -1;
	return deadline > now ? (int)(deadline - now) : 0;
}

static void serve_ends(struct lan_switch *sw, const struct pollfd *polls, size_t nr)
{
	uint64_t now = monotonic_ms();

	for (size_t i = 0; i < nr; i++)
		if (polls[i].revents & (POLLOUT | POLLERR | POLLHUP))
			lan_switch_writable(sw, &sw->ends[i]);
	lan_switch_resume(sw, now);
	for (size_t i = 0; i < nr; i++)
		if (polls[i].revents & (POLLIN | POLLERR | POLLHUP))
			lan_switch_readable(sw, &sw->ends[i], now);
}

static void serve(const struct lan_port *port, int signals)
{
	struct pollfd polls[POLL_MAX];
	uint64_t pause = 0; /* until then the listener is not served */

	while (port->sw->nr_local) {
		bool paused = monotonic_ms() < pause;
		size_t nr =
			list_events(port, signals, paused ? -1 : port->listener, polls);
		int n = poll(polls, nr, timeout_until(port->sw, paused ? pause : 0));

		if (n < 0 && errno != EINTR)
			return;
		if (n < 0)
			continue;
		if (polls[POLL_SIGNALS].revents)
			return;
		if (polls[nr - 1].revents && accept_others(port))
			pause = monotonic_ms() + ACCEPT_PAUSE_MS;
		serve_ends(port->sw, polls + POLL_ENDS, nr - 1 - POLL_ENDS);
	}
}

static void run_port(void *data, int signals)
{
	const struct lan_port *port = data;

	serve(port, signals);
	lan_dir_leave(port->dir, port->number);
}

pid_t lan_port_start(struct lan_port *port)
{
	int keep[2 + LAN_ENDS_MAX];
	size_t nr = 0;

	keep[nr++] = port->dir;
	keep[nr++] = port->listener;
	for (size_t i = 0; i < port->sw->nr; i++)
		keep[nr++] = port->sw->ends[i].stream.fd;
	return lan_process_start("rapido-lan", keep, nr, run_port, port);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In a VM that does not serve a run: the connection by which the host asks for the VM's
 * end, tells the size of the user's terminal, and runs commands. The host may have
 * written to it before it was opened here, and it may be a rapido of another version, so
 * bytes that make no sense are no reason to end: see wire.h for how both begin again.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "exec.h"

/* For the last frame, which a host that is stopped does not read. */
#define STATUS_MS 2000
/* For the host, until the console is the user's, or no more: it may be stopped. */
#define SEEN_MS 5000

struct attendant {
	struct uplink uplink;
	struct execs execs;
	bool searching; /* for the host's first frame */
	bool stop;	/* the host has asked for the VM's end */
	bool seen;	/* WIRE_SEEN has come */
	bool gone;	/* the host has closed the connection */
	int kmsg;	/* the log from now on, for the host; or -1 */
	struct pollfd fds[UPLINK_FDS + EXECS_FDS + 1];
};

/* Say hello, and wait for the host to do the same. */
static void begin(struct attendant *at)
{
	uplink_restart(&at->uplink);
	at->searching = true;
	uplink_send32(&at->uplink, WIRE_HELLO, WIRE_VERSION);
	at->gone = !uplink_flush(&at->uplink);
}

/* By its name, since systemd may have hung up the console that init has open. */
static void resize_console(const struct wire_frame *frame)
{
	uint32_t rows = wire_get32(frame->payload), cols = wire_get32(frame->payload + 4);
	int fd = open("/dev/console", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	set_window_size(fd, rows, cols);
	close(fd);
}

/* Whatever its number: a request about the VM. */
static bool take_request(struct attendant *at, const struct wire_frame *frame)
{
	if (frame->type == WIRE_STOP)
		at->stop = true;
	else if (frame->type == WIRE_SEEN)
		at->seen = true;
	else if (frame->type == WIRE_WINSIZE && frame->size == 8)
		resize_console(frame);
	else
		return false;
	return true;
}

static void search(struct attendant *at, struct wire_frame *frame, uint32_t number)
{
	if (number)
		take_request(at, frame);
	else if (take_request(at, frame) || execs_take(&at->execs, frame) > 0)
		at->searching = false;
}

static void take_frames(struct attendant *at)
{
	struct wire_frame frame;
	uint32_t number;

	for (;;) {
		int got;

		if (at->searching) {
			if (!uplink_find(&at->uplink, &frame, &number))
				return;
			search(at, &frame, number);
			continue;
		}
		got = uplink_next(&at->uplink, &frame);
		if (!got)
			return;
		if (got > 0 &&
		    (take_request(at, &frame) || execs_take(&at->execs, &frame) > 0))
			continue;
		execs_forget(&at->execs);
		begin(at);
	}
}

static void send_kmsg(struct attendant *at)
{
	uint32_t error;

	uplink_send_kmsg(&at->uplink, &at->kmsg, &error);
}

static int earlier(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* Wait for something to do, at most @most_ms unless that is -1, and do it. */
static void work(struct attendant *at, int most_ms)
{
	size_t uplink = 0, execs = 0, kmsg = 0;
	uint64_t now = now_ms();
	int timeout = -1;

	if (at) {
		execs_work(&at->execs);
		at->gone |= !uplink_flush(&at->uplink);
	}
	if (!at || at->gone) {
		wait_events(NULL, 0, most_ms);
		return;
	}
	uplink = uplink_poll(&at->uplink, at->fds);
	execs = execs_poll(&at->execs, at->fds + uplink);
	timeout =
		earlier(uplink_timeout(&at->uplink, now), execs_timeout(&at->execs, now));
	if (at->kmsg >= 0 && uplink_has_room(&at->uplink, true)) {
		at->fds[uplink + execs] =
			(struct pollfd){ .fd = at->kmsg, .events = POLLIN };
		kmsg = 1;
	}
	wait_events(at->fds, uplink + execs + kmsg, earlier(timeout, most_ms));
	execs_polled(&at->execs, at->fds + uplink);
	if (kmsg && at->fds[uplink + execs].revents)
		send_kmsg(at);
	if (uplink_work(&at->uplink, at->fds, uplink)) {
		take_frames(at);
	} else {
		at->gone = true;
		execs_forget(&at->execs);
	}
}

/* With a quiet console: until the host has dealt with what is on it. */
static void wait_for_host(struct attendant *at)
{
	const uint64_t end = now_ms() + SEEN_MS;

	while (at && at->kmsg >= 0 && !at->seen && !at->gone && now_ms() < end)
		work(at, 100);
}

struct attendant *attendant_new(const struct params *params)
{
	struct attendant *at = params->channel ? calloc(1, sizeof(*at)) : NULL;

	if (!at)
		return NULL;
	if (!uplink_open_serial(&at->uplink, params->channel, params->alone)) {
		free(at);
		return NULL;
	}
	execs_init(&at->execs, &at->uplink, NULL);
	at->kmsg =
		params->quiet ? open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	/* the console has shown the rest */
	if (at->kmsg >= 0)
		lseek(at->kmsg, 0, SEEK_END);
	begin(at);
	wait_for_host(at);
	return at;
}

bool attendant_wait(struct attendant *at)
{
	work(at, -1);
	return at && at->stop;
}

bool attendant_reaped(struct attendant *at, pid_t pid, int status)
{
	return at && execs_reaped(&at->execs, pid, status);
}

/* Send a frame with @value, or without a payload, and wait until it is on its way. */
static void tell_last(struct attendant *at, enum wire_type type, int value)
{
	const uint64_t end = now_ms() + STATUS_MS;
	uint64_t behind = 0;

	while (at && !at->gone && (!behind || at->uplink.sent < behind) &&
	       now_ms() < end) {
		if (!behind && uplink_has_room(&at->uplink, false)) {
			if (type == WIRE_STATUS)
				uplink_send32(&at->uplink, type, (uint32_t)value);
			else
				uplink_send(&at->uplink, type, NULL, 0);
			behind = at->uplink.sent + at->uplink.end - at->uplink.start;
		}
		work(at, 10);
	}
	if (at && !at->gone && at->uplink.port->serial)
		drain_terminal(at->uplink.port->fd);
}

void attendant_tell_status(struct attendant *at, int status)
{
	tell_last(at, WIRE_STATUS, status);
}

/* What the log has until now is for the host, too. */
void attendant_leave(struct attendant *at)
{
	if (!at)
		return;
	if (at->kmsg >= 0) {
		/* what the console has been given must be on it before the host hears */
		drain_terminal(STDOUT_FILENO);
		if (uplink_has_room(&at->uplink, true))
			send_kmsg(at);
	}
	at->seen = false;
	tell_last(at, WIRE_LEAVE, 0);
	wait_for_host(at);
}

void attendant_end(struct attendant *at)
{
	if (at)
		execs_kill(&at->execs, SIGKILL);
}

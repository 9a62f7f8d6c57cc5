// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The agent's connection to the host: a virtio-serial port, or a serial port until the
 * agent has more to send than that is good for. wire.h describes the frames.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "uplink.h"

#define PORTS_DIR "/sys/class/virtio-ports"
/*
 * Loading the modules for a virtio-serial port takes a quarter of a second under
 * emulation. That pays off for more than this many bytes; input is slower still.
 */
#define SERIAL_ENOUGH 32768
#define SLOWER_IN     4
#define PORT_WAIT_MS  5000
/* A port that has not appeared this long after its modules were loaded never will. */
#define PORT_SHOWS_MS 1000
#define PORT_LOOK_MS  10
/* So many bytes are read from it before the host is told. */
#define GOT_MIN (WIRE_SLOW_WINDOW / 4)
/* Bytes that may wait for a serial port: it is slow, and a faster one may come soon. */
#define SERIAL_LIMIT (2 * WIRE_FRAME_MAX)
/* A record of /dev/kmsg is no longer than this (CONSOLE_EXT_LOG_MAX). */
#define KMSG_RECORD 8192

int serial_open(const char *name)
{
	char path[64];
	struct termios mode;
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", name);
	/* O_NONBLOCK: do not wait for the carrier */
	fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || tcgetattr(fd, &mode) < 0) {
		say("cannot open %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	cfmakeraw(&mode);
	mode.c_cflag |= CLOCAL | CREAD;
	mode.c_cflag &= ~(tcflag_t)(HUPCL | CRTSCTS);
	cfsetspeed(&mode, B115200);
	tcsetattr(fd, TCSANOW, &mode);
	return fd;
}

static bool open_if_ours(const char *dir, const char *name, void *data)
{
	char path[300], text[64];
	int *fd = data;

	snprintf(path, sizeof(path), "%s/%s/name", dir, name);
	if (!read_text(path, text, sizeof(text)) || strcmp(text, WIRE_PORT "\n") != 0)
		return false;
	snprintf(path, sizeof(path), "/dev/%s", name);
	*fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return *fd >= 0;
}

/* The virtio-serial port, or -1. */
static int open_virtio(void)
{
	int fd = -1;

	for_each_name(PORTS_DIR, open_if_ours, &fd);
	return fd;
}

/* A port accepts nothing until its driver has learnt that the host has opened it. */
static bool is_connected(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };

	return poll(&ready, 1, 0) >= 0 && !(ready.revents & (POLLHUP | POLLERR));
}

static int wait_for_virtio(void)
{
	int fd = -1;

	for (int ms = 0; ms < PORT_WAIT_MS; ms += PORT_LOOK_MS) {
		if (fd < 0)
			fd = open_virtio();
		if (fd >= 0 && is_connected(fd))
			return fd;
		usleep(PORT_LOOK_MS * 1000);
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool has_virtio(void)
{
	int fd = open_virtio();

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool uplink_open(struct uplink *uplink, const char *channel, bool alone)
{
	int fd = -1;

	uplink->port = &uplink->ports[0];
	uplink->ports[1].fd = uplink->next_fd = -1;
	uplink->progress_ms = now_ms();
	if (has_virtio())
		fd = wait_for_virtio();
	if (fd < 0 && channel) {
		fd = serial_open(channel);
		uplink->port->serial = fd >= 0;
	}
	if (fd < 0) {
		load_modules(IMAGE_CHANNEL_MODULES);
		fd = wait_for_virtio();
	}
	uplink->port->fd = fd;
	if (alone)
		uplink->move = MOVE_DONE;
	if (fd < 0)
		say("there is neither a serial nor a virtio-serial port to talk to the host");
	return fd >= 0;
}

bool uplink_open_serial(struct uplink *uplink, const char *channel, bool alone)
{
	uplink->port = &uplink->ports[0];
	uplink->ports[1].fd = uplink->next_fd = -1;
	uplink->progress_ms = now_ms();
	uplink->port->fd = serial_open(channel);
	uplink->port->serial = true;
	if (alone)
		uplink->move = MOVE_DONE;
	if (uplink->port->fd >= 0)
		tcflush(uplink->port->fd, TCIFLUSH);
	return uplink->port->fd >= 0;
}

/*
 * Loading the modules takes a while, so a child does it. waitpid(2) does not report this
 * child unless asked to, so that it is not mistaken for one of the test's processes.
 */
static void start_move(struct uplink *uplink)
{
	uplink->move = MOVE_LOADING;
	uplink->move_ms = now_ms();
	uplink->look_ms = uplink->move_ms + PORT_LOOK_MS;
	uplink->loader = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, 0);
	if (uplink->loader)
		return; /* -1, too: the modules may be loaded already */
	/* its signals stay blocked, so that a SIGTERM to all processes does not end it */
	load_modules(IMAGE_CHANNEL_MODULES);
	_exit(0);
}

static void reap_loader(struct uplink *uplink)
{
	int status;

	if (uplink->loader <= 0 ||
	    waitpid(uplink->loader, &status, WNOHANG | __WCLONE) != uplink->loader)
		return;
	uplink->loader = 0;
	uplink->move_ms = now_ms();
	/* it was killed together with all other processes: try again */
	if (WIFSIGNALED(status) && uplink->next_fd < 0)
		uplink->move = MOVE_NONE;
}

/* Look for the faster port; once it is there, announce it on the slower one. */
static void look_for_port(struct uplink *uplink, uint64_t now)
{
	static const unsigned char nothing[1];

	uplink->look_ms = now + PORT_LOOK_MS;
	reap_loader(uplink);
	if (uplink->next_fd < 0)
		uplink->next_fd = open_virtio();
	if (uplink->next_fd >= 0 && is_connected(uplink->next_fd)) {
		uplink_send(uplink, WIRE_SWITCH, nothing, 0);
		uplink->move = MOVE_LAST_FRAMES;
	} else if (uplink->move == MOVE_LOADING && uplink->loader <= 0 &&
		   now - uplink->move_ms > PORT_SHOWS_MS) {
		/* there is no such port */
		uplink->move = MOVE_DONE;
	}
}

static void finish_move(struct uplink *uplink)
{
	uplink->port = &uplink->ports[1];
	uplink->port->fd = uplink->next_fd;
	uplink->next_fd = -1;
	uplink->move = MOVE_DONE;
}

static void work_on_move(struct uplink *uplink)
{
	uint64_t now = now_ms();

	if (uplink->move == MOVE_NONE && uplink->port->serial &&
	    uplink->sent + SLOWER_IN * uplink->port->got > SERIAL_ENOUGH &&
	    !uplink->closed)
		start_move(uplink);
	if (uplink->move == MOVE_LOADING && now >= uplink->look_ms &&
	    uplink_has_room(uplink, false))
		look_for_port(uplink, now);
	if (uplink->move == MOVE_LAST_FRAMES && uplink_is_empty(uplink))
		finish_move(uplink);
}

int uplink_timeout(const struct uplink *uplink, uint64_t now)
{
	if (uplink->move == MOVE_LAST_FRAMES && uplink_is_empty(uplink))
		return 0;
	if (uplink->move != MOVE_LOADING || !uplink_has_room(uplink, false))
		return -1;
	return uplink->look_ms > now ? (int)(uplink->look_ms - now) : 0;
}

size_t uplink_poll(struct uplink *uplink, struct pollfd *fds)
{
	size_t nr = 0;

	for (size_t i = 0; i < ARRAY_SIZE(uplink->ports); i++) {
		struct port *port = &uplink->ports[i];
		short events = port->len < sizeof(port->in) ? POLLIN : 0;

		if (port == uplink->port && !uplink_is_empty(uplink))
			events |= POLLOUT;
		if (port->fd >= 0)
			fds[nr++] = (struct pollfd){ .fd = port->fd, .events = events };
	}
	return nr;
}

/* False at the end of its data. */
static bool read_port(struct port *port)
{
	ssize_t n = read(port->fd, port->in + port->len, sizeof(port->in) - port->len);

	if (n > 0) {
		port->len += (size_t)n;
		port->got += (size_t)n;
	}
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Tell the host what was read from the serial port, but not for every byte. After the
 * last frame, too: WIRE_BYE may be behind input for commands. Such a frame is small. */
static void tell_got(struct uplink *uplink)
{
	struct port *port = &uplink->ports[0];
	uint64_t size = port->got - port->told;

	if (!port->serial || size < GOT_MIN)
		return;
	if (uplink->closed ? !uplink_is_empty(uplink) : !uplink_has_room(uplink, false))
		return;
	port->told = port->got;
	uplink_send32(uplink, WIRE_GOT, (uint32_t)size);
}

bool uplink_work(struct uplink *uplink, const struct pollfd *fds, size_t nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(uplink->ports); i++) {
		struct port *port = &uplink->ports[i];

		for (size_t n = 0; n < nr; n++) {
			if (port->fd < 0 || fds[n].fd != port->fd || !fds[n].revents)
				continue;
			if ((port->len == sizeof(port->in) || read_port(port)) &&
			    !(fds[n].revents & (POLLHUP | POLLERR)))
				continue;
			if (port == uplink->port)
				return false;
			/* closing it would wait for the bytes that it has not sent */
			port->fd = -1;
		}
	}
	tell_got(uplink);
	work_on_move(uplink);
	return true;
}

/* Write as much as the port takes: -1 if nothing at present, -2 if the host is gone. */
static ssize_t write_some(struct uplink *uplink)
{
	size_t size = uplink->end - uplink->start;
	ssize_t n;

	if (size > WIRE_FRAME_MAX)
		size = WIRE_FRAME_MAX;
	n = write(uplink->port->fd, uplink->out + uplink->start, size);
	/* the port copies what it is given: use smaller pieces if memory is short */
	if (n < 0 && errno == ENOMEM)
		n = write(uplink->port->fd, uplink->out + uplink->start,
			  size < 2048 ? size : 2048);
	if (n >= 0)
		return n ? n : -1;
	return errno == EAGAIN || errno == EINTR || errno == ENOMEM ? -1 : -2;
}

bool uplink_flush(struct uplink *uplink)
{
	ssize_t n = 0;

	while (n >= 0 && !uplink_is_empty(uplink)) {
		n = write_some(uplink);
		if (n > 0) {
			uplink->start += (size_t)n;
			uplink->sent += (size_t)n;
			uplink->progress_ms = now_ms();
		}
	}
	if (uplink_is_empty(uplink))
		uplink->start = uplink->end = 0;
	return n != -2;
}

bool uplink_is_empty(const struct uplink *uplink)
{
	return uplink->start == uplink->end;
}

bool uplink_has_room(const struct uplink *uplink, bool bulk)
{
	size_t limit = uplink->port->serial ? SERIAL_LIMIT : UPLINK_LIMIT;
	size_t used = uplink->end - uplink->start;

	/* a busy serial port would delay the faster one */
	if (uplink->move == MOVE_LAST_FRAMES || uplink->closed ||
	    (bulk && uplink->move == MOVE_LOADING))
		return false;
	return used + WIRE_FRAME_MAX * (bulk ? 2 : 1) <= limit;
}

unsigned char *uplink_place(struct uplink *uplink)
{
	if (uplink->end + WIRE_FRAME_MAX > sizeof(uplink->out)) {
		memmove(uplink->out, uplink->out + uplink->start,
			uplink->end - uplink->start);
		uplink->end -= uplink->start;
		uplink->start = 0;
	}
	return uplink->out + uplink->end + WIRE_HEADER;
}

void uplink_commit(struct uplink *uplink, enum wire_type type, size_t size)
{
	unsigned char *header = uplink->out + uplink->end;

	wire_header(header, type, uplink->out_number++, header + WIRE_HEADER, size);
	uplink->end += WIRE_HEADER + size;
}

void uplink_send(struct uplink *uplink, enum wire_type type, const void *data,
		 size_t size)
{
	unsigned char *at = uplink_place(uplink);

	if (size)
		memcpy(at, data, size);
	uplink_commit(uplink, type, size);
}

void uplink_send32(struct uplink *uplink, enum wire_type type, uint32_t value)
{
	unsigned char payload[4];

	wire_put32(payload, value);
	uplink_send(uplink, type, payload, sizeof(payload));
}

/* Whether the next frame is on the slower port, though the faster one has data already.
 */
static bool must_wait(const struct uplink *uplink, const struct port *port)
{
	return port == &uplink->ports[1] && uplink->ports[0].fd >= 0 && port->len >= 12 &&
	       wire_get32(port->in + 8) > uplink->in_number;
}

static void drop_taken(struct uplink *uplink)
{
	struct port *port = uplink->taken;

	if (!port)
		return;
	port->len -= uplink->taken_len;
	memmove(port->in, port->in + uplink->taken_len, port->len);
	uplink->taken = NULL;
}

int uplink_next(struct uplink *uplink, struct wire_frame *frame)
{
	drop_taken(uplink);
	for (size_t i = 0; i < ARRAY_SIZE(uplink->ports); i++) {
		struct port *port = &uplink->ports[i];
		long len;

		if (!port->len || must_wait(uplink, port))
			continue;
		len = wire_parse(frame, port->in, port->len, uplink->in_number);
		if (len < 0)
			return -1;
		if (len == 0)
			continue;
		uplink->in_number++;
		uplink->taken = port;
		uplink->taken_len = (size_t)len;
		return 1;
	}
	return 0;
}

void uplink_restart(struct uplink *uplink)
{
	uplink->in_number = uplink->out_number = 0;
	uplink->ports[0].told = uplink->ports[0].got;
}

bool uplink_find(struct uplink *uplink, struct wire_frame *frame, uint32_t *number)
{
	drop_taken(uplink);
	for (size_t i = 0; i < ARRAY_SIZE(uplink->ports); i++) {
		struct port *port = &uplink->ports[i];
		bool found = wire_find(frame, port->in, port->len, &uplink->taken_len);

		uplink->taken = port;
		if (!found) {
			drop_taken(uplink);
			continue;
		}
		*number = wire_get32(frame->payload - WIRE_HEADER + 8);
		uplink->in_number = *number + 1;
		return true;
	}
	return false;
}

bool uplink_send_kmsg(struct uplink *uplink, int *kmsg, uint32_t *error)
{
	unsigned char *at = uplink_place(uplink);
	size_t len = 0;
	ssize_t n = 0;

	if (*kmsg < 0)
		return false;
	/* EPIPE: some records were overwritten before we read them */
	while (len + KMSG_RECORD < WIRE_PAYLOAD_MAX && (n >= 0 || errno == EPIPE)) {
		n = read(*kmsg, at + len, KMSG_RECORD);
		if (n > 0) {
			len += (size_t)n;
			at[len++] = '\0';
		}
		if (n == 0)
			break;
	}
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EPIPE && errno != EINTR)) {
		*error = (uint32_t)(n ? errno : ENODATA);
		close_fd(kmsg);
	}
	if (len)
		uplink_commit(uplink, WIRE_KMSG, len);
	return len;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In a VM that does not serve a run: a serial port on which the host asks for the VM's
 * end and tells the size of the user's terminal. The host may have written to it before
 * it was opened here, so the first bytes may be the rest of a frame.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "uplink.h"

void channel_open(struct channel *channel, const char *name)
{
	unsigned char hello[WIRE_HEADER + 4];

	channel->fd = name ? serial_open(name) : -1;
	channel->len = 0;
	if (channel->fd < 0)
		return;
	tcflush(channel->fd, TCIFLUSH);
	wire_put32(hello + WIRE_HEADER, WIRE_VERSION);
	wire_header(hello, WIRE_HELLO, 0, hello + WIRE_HEADER, 4);
	(void)!write(channel->fd, hello, sizeof(hello));
}

/* Opens the console by name, since systemd may have hung up the one that init has open.
 */
static void resize_console(const struct wire_frame *frame)
{
	uint32_t rows = wire_get32(frame->payload), cols = wire_get32(frame->payload + 4);
	int fd = open("/dev/console", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	set_window_size(fd, rows, cols);
	close(fd);
}

bool channel_read(struct channel *channel)
{
	ssize_t n = read(channel->fd, channel->in + channel->len,
			 sizeof(channel->in) - channel->len);
	struct wire_frame frame;
	bool stop = false;
	size_t used;

	if (n <= 0 && (n == 0 || (errno != EAGAIN && errno != EINTR))) {
		channel->fd = -1;
		return false;
	}
	channel->len += n > 0 ? (size_t)n : 0;
	while (wire_find(&frame, channel->in, channel->len, &used) || used) {
		if (frame.payload && frame.type == WIRE_STOP)
			stop = true;
		else if (frame.payload && frame.type == WIRE_WINSIZE && frame.size == 8)
			resize_console(&frame);
		channel->len -= used;
		memmove(channel->in, channel->in + used, channel->len);
	}
	/* neither of these frames is as long as that */
	if (channel->len == sizeof(channel->in))
		channel->len = 0;
	return stop;
}

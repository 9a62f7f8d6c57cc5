// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing to standard output and error without ever waiting for their readers. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/live.h"
#include "lib/sink.h"

/* Opens a pipe or terminal a second time for us alone, if the kernel permits that. */
static void open_own(struct sink *sink)
{
	_cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", sink->fd);

	sink->own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	sink->kind = sink->own >= 0 ? SINK_OWN : SINK_SHARED;
}

void sink_init(struct sink *sink, int fd)
{
	struct stat st;

	*sink = (struct sink){
		.fd = fd, .own = -1, .kind = SINK_FILE, .queue = STRBUF_INIT
	};
	if (fd < 0)
		sink->kind = SINK_NONE;
	else if (fstat(fd, &st) < 0)
		sink->error = errno;
	else if (S_ISSOCK(st.st_mode))
		sink->kind = SINK_SOCKET;
	else if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))
		open_own(sink);
	sink->tty = sink->kind != SINK_NONE && isatty(fd);
}

void sink_release(struct sink *sink)
{
	if (sink->own >= 0)
		close(sink->own);
	strbuf_release(&sink->queue);
}

/* Returns the number of bytes written, or -errno. */
static ssize_t write_some(struct sink *sink, const char *data, size_t size)
{
	struct pollfd p = { .fd = sink->fd, .events = POLLOUT };
	ssize_t n;

	switch (sink->kind) {
	case SINK_NONE:
		return (ssize_t)size;
	case SINK_SOCKET:
		n = send(sink->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	case SINK_OWN:
		n = write(sink->own, data, size);
		break;
	case SINK_SHARED:
		if (poll(&p, 1, 0) <= 0)
			return -EAGAIN;
		n = write(sink->fd, data, size < PIPE_BUF ? size : PIPE_BUF);
		break;
	default:
		n = write(sink->fd, data, size);
	}
	return n < 0 ? -errno : n;
}

/*
 * Returns how much of @data was written: less if the reader must be waited for, or after
 * an error.
 */
static size_t write_now(struct sink *sink, const char *data, size_t size)
{
	size_t done = 0;

	while (done < size && !sink->error) {
		ssize_t n = write_some(sink, data + done, size - done);

		if (n == -EINTR)
			continue;
		if (n == -EAGAIN)
			break;
		if (n < 0)
			sink->error = (int)-n;
		else
			done += (size_t)n;
	}
	return done;
}

void sink_write(struct sink *sink)
{
	sink->written += write_now(sink, sink->queue.buf + sink->written,
				   sink->queue.len - sink->written);
	if (sink->error || sink->written == sink->queue.len)
		strbuf_setlen(&sink->queue, 0);
	else if (sink->written < SINK_MAX / 4)
		return;
	else
		strbuf_drop(&sink->queue, sink->written);
	sink->written = 0;
}

void sink_add(struct sink *sink, const void *data, size_t size)
{
	const char *bytes = data;
	size_t done = 0;

	if (sink->tty)
		live_output(bytes, size);
	if (!sink->queue.len)
		done = write_now(sink, bytes, size);
	if (done < size && !sink->error)
		strbuf_add(&sink->queue, bytes + done, size - done);
}

bool sink_is_full(const struct sink *sink)
{
	return sink->queue.len - sink->written > SINK_MAX;
}

int sink_fd(const struct sink *sink)
{
	if (!sink->queue.len)
		return -1;
	return sink->own >= 0 ? sink->own : sink->fd;
}

int sink_finish(struct sink *sink, int timeout_ms, int stop_fd)
{
	uint64_t start = monotonic_ms();

	while (sink_write(sink), sink_fd(sink) >= 0) {
		struct pollfd fds[] = { { .fd = sink_fd(sink), .events = POLLOUT },
					{ .fd = stop_fd, .events = POLLIN } };
		int left =
			timeout_ms < 0 ? -1 : timeout_ms - (int)(monotonic_ms() - start);

		if (timeout_ms >= 0 && left <= 0)
			return -ETIMEDOUT;
		if (poll(fds, ARRAY_SIZE(fds), left) > 0 && fds[1].revents)
			return -EINTR;
	}
	return -sink->error;
}

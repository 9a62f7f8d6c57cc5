// SPDX-License-Identifier: GPL-2.0-or-later
/* Ethernet frames on a stream socket, or one in a packet. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lan-stream.h"

#define IN_SIZE		  (LAN_LENGTH_SIZE + LAN_FRAME_MAX)
#define SEND_BUFFER_BYTES (512 << 10)

void lan_stream_make_room(int fd)
{
	int size = SEND_BUFFER_BYTES;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

void lan_stream_init(struct lan_stream *stream, int fd)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	lan_stream_make_room(fd);
	*stream = (struct lan_stream){ .fd = fd, .in = xmalloc(IN_SIZE) };
}

void lan_stream_init_packets(struct lan_stream *stream, int fd)
{
	lan_stream_init(stream, fd);
	stream->packets = true;
}

void lan_stream_release(struct lan_stream *stream)
{
	if (stream->fd >= 0)
		close(stream->fd);
	free(stream->in);
	free(stream->out);
	*stream = (struct lan_stream){ .fd = -1 };
}

/* Receive one frame behind its length, as a stream would have it. */
static int fill_packet(struct lan_stream *stream)
{
	ssize_t n = read(stream->fd, stream->in + LAN_LENGTH_SIZE, LAN_FRAME_MAX);
	uint32_t length = htonl((uint32_t)n);

	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (!n)
		return -EPIPE;
	memcpy(stream->in, &length, LAN_LENGTH_SIZE);
	stream->begin = 0;
	stream->end = LAN_LENGTH_SIZE + (size_t)n;
	return 0;
}

int lan_stream_fill(struct lan_stream *stream)
{
	ssize_t n;

	if (stream->packets)
		return fill_packet(stream);
	/* less than a frame is left, so there is room for the rest of it */
	stream->end -= stream->begin;
	memmove(stream->in, stream->in + stream->begin, stream->end);
	stream->begin = 0;
	n = recv(stream->fd, stream->in + stream->end, IN_SIZE - stream->end,
		 MSG_DONTWAIT);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (!n)
		return -EPIPE;
	stream->end += (size_t)n;
	return 0;
}

int lan_stream_next(const struct lan_stream *stream, const unsigned char **frame,
		    size_t *size)
{
	size_t have = stream->end - stream->begin;
	uint32_t length;

	if (have < LAN_LENGTH_SIZE)
		return 0;
	memcpy(&length, stream->in + stream->begin, LAN_LENGTH_SIZE);
	length = ntohl(length);
	if (length > LAN_FRAME_MAX)
		return -EBADMSG;
	if (have - LAN_LENGTH_SIZE < length)
		return 0;
	*frame = stream->in + stream->begin + LAN_LENGTH_SIZE;
	*size = length;
	return 1;
}

void lan_stream_skip(struct lan_stream *stream)
{
	const unsigned char *frame;
	size_t size;

	if (lan_stream_next(stream, &frame, &size) == 1)
		stream->begin += LAN_LENGTH_SIZE + size;
}

int lan_stream_flush(struct lan_stream *stream)
{
	ssize_t n;

	if (!stream->out)
		return 0;
	n = send(stream->fd, stream->out + stream->out_sent,
		 stream->out_size - stream->out_sent, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	stream->out_sent += (size_t)n;
	if (stream->out_sent < stream->out_size)
		return -EAGAIN;
	free(TAKE_PTR(stream->out));
	return 0;
}

/* Keep the two parts of @iov, of which @sent bytes have been sent. */
static void keep_rest(struct lan_stream *stream, const struct iovec *iov, size_t sent)
{
	stream->out_size = iov[0].iov_len + iov[1].iov_len;
	stream->out_sent = sent;
	stream->out = xmalloc(stream->out_size);
	memcpy(stream->out, iov[0].iov_base, iov[0].iov_len);
	memcpy(stream->out + iov[0].iov_len, iov[1].iov_base, iov[1].iov_len);
}

int lan_stream_send(struct lan_stream *stream, const unsigned char *frame, size_t size)
{
	uint32_t length = htonl((uint32_t)size);
	struct iovec iov[2] = {
		{ .iov_base = &length, .iov_len = LAN_LENGTH_SIZE },
		{ .iov_base = (void *)(uintptr_t)frame, .iov_len = size },
	};
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 2 };
	int err = lan_stream_flush(stream);
	ssize_t n;

	if (err)
		return err;
	if (stream->packets) {
		n = write(stream->fd, frame, size);
		return n >= 0 ? 0 : errno == EINTR ? -EAGAIN : -errno;
	}
	n = sendmsg(stream->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if ((size_t)n < LAN_LENGTH_SIZE + size)
		keep_rest(stream, iov, (size_t)n);
	return 0;
}

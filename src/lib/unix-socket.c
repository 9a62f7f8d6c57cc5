// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets in the file system, by the descriptors of their directories. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/path.h"
#include "lib/unix-socket.h"

/*
 * A new socket, and the address of @path by the descriptor of its directory: the path
 * itself may be too long. The address is valid until the caller closes @parent.
 */
static int new_socket(int dir, const char *path, int type, int *parent,
		      struct sockaddr_un *address)
{
	const char *name = path_basename(path);
	_cleanup_free_ char *above = path_dirname(path);
	_cleanup_close_ int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int len;

	if (fd < 0)
		return -errno;
	*parent = openat(dir, above, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*parent < 0)
		return -errno;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	len = snprintf(address->sun_path, sizeof(address->sun_path),
		       "/proc/self/fd/%d/%s", *parent, name);
	return len < (int)sizeof(address->sun_path) ? TAKE_FD(fd) : -ENAMETOOLONG;
}

int unix_socket_listen(int dir, const char *path, int type, int backlog)
{
	_cleanup_close_ int parent = -1;
	struct sockaddr_un address;
	_cleanup_close_ int fd = new_socket(dir, path, type, &parent, &address);

	if (fd < 0)
		return fd;
	/* bind(2) creates the file with this mode: nobody else can connect even before */
	fchmod(fd, 0600);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, backlog) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int unix_socket_connect(int dir, const char *path)
{
	_cleanup_close_ int parent = -1;
	struct sockaddr_un address;
	_cleanup_close_ int fd = new_socket(dir, path, SOCK_STREAM, &parent, &address);

	if (fd < 0)
		return fd;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int unix_socket_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

ssize_t unix_socket_send(int fd, const void *data, size_t size, int passed)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { (void *)data, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (passed >= 0) {
		struct cmsghdr *header;

		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(passed));
		memcpy(CMSG_DATA(header), &passed, sizeof(passed));
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t unix_socket_recv(int fd, void *data, size_t size, int *passed)
{
	/* what has no room here, the kernel closes */
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec part = { data, size };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;

	*passed = -1;
	/* of two, there may be room for the second, too: CMSG_SPACE() rounds up */
	for (size_t at = CMSG_LEN(0);
	     header && header->cmsg_level == SOL_SOCKET &&
	     header->cmsg_type == SCM_RIGHTS && at + sizeof(int) <= header->cmsg_len;
	     at += sizeof(int)) {
		int got;

		memcpy(&got, (const char *)header + at, sizeof(got));
		if (*passed < 0)
			*passed = got;
		else
			close(got);
	}
	return n;
}

uid_t unix_socket_peer(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.uid
									  : (uid_t)-1;
}

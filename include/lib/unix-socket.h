/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets with a name in the file system, unix(7). All paths are relative to the
 * directory @dir, or AT_FDCWD, and may be longer than a socket's address.
 */
#ifndef RAPIDO_UNIX_SOCKET_H
#define RAPIDO_UNIX_SOCKET_H

#include <sys/types.h>

#include "lib/util.h"

/*
 * Create the socket @path, which only its user and root can connect to (mode 0600 less
 * the umask), of the @type SOCK_STREAM or SOCK_SEQPACKET, and listen. Returns a
 * descriptor, close-on-exec and non-blocking, or -errno: -EADDRINUSE if a file of that
 * name exists. The caller removes the file.
 */
int unix_socket_listen(int dir, const char *path, int type, int backlog);

/*
 * Connect to the stream socket @path without waiting. Returns such a descriptor, or
 * -errno: -ENOENT if there is none, -ECONNREFUSED if nobody listens, or it is not a
 * socket; -EPROTOTYPE if it is one of another type, and somebody listens; -EACCES if it
 * is another user's; -EAGAIN if too many others are connecting.
 */
int unix_socket_connect(int dir, const char *path);

/* Accept a connection. Returns such a descriptor, or -errno as in accept(2). */
int unix_socket_accept(int listener);

/*
 * As send(2) and recv(2), without waiting, and with a descriptor beside the data.
 * @passed: -1 for none; what is received is the caller's, close-on-exec, and closed if
 * there are more.
 */
ssize_t unix_socket_send(int fd, const void *data, size_t size, int passed);
ssize_t unix_socket_recv(int fd, void *data, size_t size, int *passed);

/* The user at the other end of the connection @fd, or (uid_t)-1 if it is not known. */
uid_t unix_socket_peer(int fd);

#endif

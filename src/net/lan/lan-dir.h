/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory in which the ports of a LAN find each other. Port N listens on the stream
 * socket vmN; a new port connects to all that are there, and those accept. A port that
 * joins or tidies up locks the directory (lockfile_lock()). So of two ports exactly one
 * connects to the other, and a socket that nobody listens on belongs to a port that was
 * killed.
 */
#ifndef RAPIDO_LAN_DIR_H
#define RAPIDO_LAN_DIR_H

#include "lib/util.h"

/*
 * Create and open the directory. It must belong to the user, and be closed to everybody
 * else: this is what keeps others out of the LAN. Returns a descriptor, close-on-exec, or
 * -errno after a message: -EPERM if others can enter it, -ELOOP or -ENOTDIR for a link.
 */
int lan_dir_open(const char *path);

/*
 * The next two require the lock. Listen as port @number: returns a descriptor,
 * close-on-exec and non-blocking, or -errno: -EADDRINUSE if that port is alive.
 */
int lan_dir_listen(int dir, unsigned int number);

/* Connect to port @number: returns such a descriptor, or -errno. -ECONNREFUSED: the port
 * is dead, and its socket has been removed. -EACCES: it belongs to another user. */
int lan_dir_connect(int dir, unsigned int number);

/* Put the numbers of the ports that have a socket, at most @max, into @numbers. Returns
 * how many there are, or -errno. */
ssize_t lan_dir_list(int dir, unsigned int *numbers, size_t max);

/* Accept a port that has connected to @listener: returns such a descriptor, or -errno.
 * -EAGAIN: there is none; -EACCES: it belongs to another user and has been turned away.
 */
int lan_dir_accept(int listener);

/* Remove the socket of port @number, which is the caller's and still listens. Does not
 * require the lock. */
void lan_dir_leave(int dir, unsigned int number);

#endif

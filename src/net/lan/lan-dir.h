/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory in which the ports of a LAN find each other. Port N listens at the stream
 * socket vmN; a new one connects to all that are there, and those accept. Who comes and
 * who tidies up has the directory locked (lockfile_lock()), so that of two ports just one
 * connects to the other, and a socket that nobody listens at belongs to a port that was
 * killed.
 */
#ifndef RAPIDO_LAN_DIR_H
#define RAPIDO_LAN_DIR_H

#include "lib/util.h"

/*
 * Make and open the directory. It has to be the user's own and for nobody else: this is
 * what keeps others out of the LAN. A descriptor, close-on-exec, or -errno after a
 * message: -EPERM when others can get in, -ELOOP or -ENOTDIR for a link.
 */
int lan_dir_open(const char *path);

/*
 * The lock is held for these. Listen as port @number: a descriptor, close-on-exec and
 * non-blocking, or -errno: -EADDRINUSE when that port is alive.
 */
int lan_dir_listen(int dir, unsigned int number);

/* Connect to port @number: such a descriptor, or -errno. -ECONNREFUSED: it is dead, and
 * its socket has been removed. -EACCES: it is not the user's. */
int lan_dir_connect(int dir, unsigned int number);

/* The ports that there seem to be, at most @max, into @numbers; their number or -errno.
 */
ssize_t lan_dir_list(int dir, unsigned int *numbers, size_t max);

/* A port that has connected to @listener: such a descriptor, or -errno. -EAGAIN: none;
 * -EACCES: it is not the user's, and has been turned away. */
int lan_dir_accept(int listener);

/* Remove the socket of port @number, without the lock: it is the caller's, and still
 * listened at. */
void lan_dir_leave(int dir, unsigned int number);

#endif

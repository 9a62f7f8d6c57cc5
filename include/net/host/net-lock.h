/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who changes the network is alone: a lock file, as flock(2) has it. */
#ifndef RAPIDO_NET_LOCK_H
#define RAPIDO_NET_LOCK_H

#include "lib/util.h"

#define NET_LOCK_PATH	 "/run/rapido-network.lock"
#define NET_LOCK_LIMIT_S 30

struct net_lock {
	int fd; /* -1: not taken */
	char *path;
};

#define NET_LOCK_INIT    \
	{                \
		.fd = -1 \
	}

/*
 * Make the file @path, with mode 0600, and lock it; wait at most @limit_ms for others
 * that have it, and say so after a second. Symbolic links are not followed. 0, or -errno
 * after a message: -ETIMEDOUT when others did not give it back. net_lock_release() either
 * way.
 */
int net_lock_take(struct net_lock *lock, const char *path, unsigned int limit_ms);

/* Remove the file, and give the lock to the next. */
void net_lock_release(struct net_lock *lock);

#endif

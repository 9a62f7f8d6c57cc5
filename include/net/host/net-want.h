/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the settings and options of the VMs' network mean: text that users write. */
#ifndef RAPIDO_NET_WANT_H
#define RAPIDO_NET_WANT_H

#include "net/net-ip.h"

struct net_addresses {
	struct net_prefix *v;
	size_t nr, alloc;
};

void net_addresses_release(struct net_addresses *addresses);

/*
 * Append those of @text, with spaces, newlines or commas between them, each with the
 * length of its network; "none" is none. 0, or -EINVAL after a message, also for a text
 * without a word.
 */
int net_want_addresses(struct net_addresses *addresses, const char *text);

/* The user @name, or the number, which need not be anybody's yet. 0 or -ENOENT. */
int net_want_owner(const char *name, uid_t *uid);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few changes that rapido makes to the network devices of our network namespace, by
 * rtnetlink(7). Names are of devices and have been checked with net_name_is_valid().
 */
#ifndef RAPIDO_NETLINK_H
#define RAPIDO_NETLINK_H

#include "net/host/net-state.h"

/* A connection to change something by; needs CAP_NET_ADMIN. It stays where it was opened.
 */
struct netlink {
	struct nl_sock *sock;
	int err; /* of the last request, as the kernel gave it */
};

/* 0 or -errno. */
int netlink_open(struct netlink *nl);
void netlink_close(struct netlink *nl);

/* The -errno of an error of libnl's; 0 for what is none. */
int netlink_errno(int nle);

/* All of these: 0 or -errno, -ENODEV when there is no such device, -ETIMEDOUT when the
 * kernel has not answered for 20 seconds; no messages. */

/* A bridge, down, with @alias; NULL: in the group NET_GROUP_UNFINISHED, as it is for a
 * moment before it has one. -EEXIST when the name is taken, -EOPNOTSUPP when the kernel
 * has no bridges. When it fails no bridge is left. */
int netlink_add_bridge(struct netlink *nl, const char *name, const char *alias);
/* Together with the group: the default one, and for NULL, which is no alias,
 * NET_GROUP_UNFINISHED. */
int netlink_set_alias(struct netlink *nl, const char *name, const char *alias);
int netlink_set_up(struct netlink *nl, const char *name, bool up);
/* Put @name into the bridge @master; NULL: take it out. */
int netlink_set_master(struct netlink *nl, const char *name, const char *master);
/* An address of IPv6 is valid at once: nobody is asked whether he has it (nodad). */
int netlink_add_address(struct netlink *nl, const char *name,
			const struct net_prefix *address);
int netlink_del_address(struct netlink *nl, const char *name,
			const struct net_prefix *address);
int netlink_delete(struct netlink *nl, const char *name);

#endif

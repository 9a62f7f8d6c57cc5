/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few changes that rapido makes to the network devices of our network namespace, by
 * rtnetlink(7). The caller has checked the devices' names with net_name_is_valid().
 */
#ifndef RAPIDO_NETLINK_H
#define RAPIDO_NETLINK_H

#include "net/host/net-state.h"

/* A connection, for changes with CAP_NET_ADMIN. It stays in the network namespace in
 * which it was opened. */
struct netlink {
	struct nl_sock *sock;
	int err; /* the kernel's answer to the last request */
};

/* 0 or -errno. */
int netlink_open(struct netlink *nl);
void netlink_close(struct netlink *nl);

/* The -errno for a return value of libnl, 0 if that is no error. */
int netlink_errno(int nle);

/* The following print nothing. 0 or -errno: -ENODEV if there is no such device,
 * -ETIMEDOUT if the kernel has not answered for 20 seconds. */

/* Create a bridge, which is down, with @alias; with NULL in the group
 * NET_GROUP_UNFINISHED, as any bridge for a moment. -EEXIST if the name is taken,
 * -EOPNOTSUPP if the kernel has no bridges. If it fails no bridge is left. */
int netlink_add_bridge(struct netlink *nl, const char *name, const char *alias);
/* Set the alias and the default group; for NULL, remove the alias and set the group
 * NET_GROUP_UNFINISHED. */
int netlink_set_alias(struct netlink *nl, const char *name, const char *alias);
int netlink_set_up(struct netlink *nl, const char *name, bool up);
/* Put @name into the bridge @master; NULL: take it out. */
int netlink_set_master(struct netlink *nl, const char *name, const char *master);
/* An IPv6 address is usable at once: duplicate address detection is skipped (nodad). */
int netlink_add_address(struct netlink *nl, const char *name,
			const struct net_prefix *address);
int netlink_del_address(struct netlink *nl, const char *name,
			const struct net_prefix *address);
int netlink_delete(struct netlink *nl, const char *name);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network devices, addresses and routes of our network namespace, by rtnetlink(7):
 * all of them read into plain data, and the few changes that rapido makes to them. Names
 * are of devices and have been checked with net_name_is_valid().
 */
#ifndef RAPIDO_NETLINK_H
#define RAPIDO_NETLINK_H

#include "net/net-ip.h"

struct net_link {
	int index;
	char name[IFNAMSIZ];
	char kind[16];	/* "bridge", "tun", ...; of hardware "" */
	char *alias;	/* IFLA_IFALIAS, which only root can set; NULL: none */
	uint32_t group; /* IFLA_GROUP; 0: the default one */
	int master;	/* index of the bridge that it is in; 0: none */
	bool up;	/* as it was set, IFF_UP */
	bool carrier;	/* of a TAP device: a program has it */
	bool is_tap;	/* kind "tun", and it carries Ethernet frames */
	bool has_owner; /* of a TAP device */
	uid_t owner;
};

struct net_address {
	int index;
	struct net_prefix prefix;
	bool is_static;	    /* nobody will take it away: IFA_F_PERMANENT */
	bool is_link_local; /* the kernel's own of IPv6 among them */
};

/* Of all tables, default routes too: a network that the host reaches, be it by rules. */
struct net_route {
	int index; /* of the device, of the first of several; 0: none */
	uint32_t table;
	struct net_prefix to;
};

struct net_state {
	struct net_link *links;
	size_t nr_links, alloc_links;
	struct net_address *addresses; /* in the kernel's order */
	size_t nr_addresses, alloc_addresses;
	struct net_route *routes;
	size_t nr_routes, alloc_routes;
};

/*
 * Read all; for everybody. A dump that others changed meanwhile is asked for again, a few
 * times. 0, or -errno: -EINTR when it did not come to rest.
 */
int net_state_read(struct net_state *state);
void net_state_release(struct net_state *state);

/* NULL: there is none. The state's. */
const struct net_link *net_state_find(const struct net_state *state, const char *name);
const struct net_link *net_state_find_index(const struct net_state *state, int index);

/* The group of a bridge between its making and its alias, which the kernel does not take
 * in one step: "rapi". */
#define NETLINK_UNFINISHED 0x72617069

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

/* A bridge, down, with @alias; NULL: in the group NETLINK_UNFINISHED, as it is for a
 * moment before it has one. -EEXIST when the name is taken, -EOPNOTSUPP when the kernel
 * has no bridges. When it fails no bridge is left. */
int netlink_add_bridge(struct netlink *nl, const char *name, const char *alias);
/* Together with the group: the default one, and for NULL, which is no alias,
 * NETLINK_UNFINISHED. */
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network devices, addresses and routes of our network namespace, read by
 * rtnetlink(7) into plain data.
 */
#ifndef RAPIDO_NET_STATE_H
#define RAPIDO_NET_STATE_H

#include "net/net-ip.h"

struct net_link {
	int index;
	char name[IFNAMSIZ];
	char kind[16];	/* "bridge", "tun", ...; "" for hardware */
	char *alias;	/* IFLA_IFALIAS, which only root can set, or NULL */
	uint32_t group; /* IFLA_GROUP; 0: the default group */
	int master;	/* index of the bridge that it is in; 0: none */
	bool up;	/* IFF_UP, as it was set */
	bool carrier;	/* of a TAP device: a program uses it */
	bool is_tap;	/* kind "tun", for Ethernet frames */
	bool has_owner; /* of a TAP device */
	uid_t owner;
};

struct net_address {
	int index;
	struct net_prefix prefix;
	bool is_static;	    /* it does not expire: IFA_F_PERMANENT */
	bool is_link_local; /* including the IPv6 ones that the kernel makes */
};

/* A network that the host reaches: the routes of all tables, including default routes. */
struct net_route {
	int index; /* of the device, or of the first of several; 0: none */
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
 * Read everything; requires no privileges. If the network changes meanwhile, reads again,
 * a few times. 0, or -errno: -EINTR if it did not stop changing.
 */
int net_state_read(struct net_state *state);
void net_state_release(struct net_state *state);

/* The link, which belongs to @state, or NULL. */
const struct net_link *net_state_find(const struct net_state *state, const char *name);
const struct net_link *net_state_find_index(const struct net_state *state, int index);
/* The name of the bridge that @link is in, which belongs to @state, or NULL. */
const char *net_state_master(const struct net_state *state, const struct net_link *link);

/* The group ("rapi") of a bridge that has been created but has no alias yet: the kernel
 * cannot do both in one step. */
#define NET_GROUP_UNFINISHED 0x72617069

#endif

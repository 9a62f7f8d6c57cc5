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
/* The name of the bridge that @link is in, or NULL. The state's. */
const char *net_state_master(const struct net_state *state, const struct net_link *link);

/* The group of a bridge between its making and its alias, which the kernel does not take
 * in one step: "rapi". */
#define NET_GROUP_UNFINISHED 0x72617069

#endif

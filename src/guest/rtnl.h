/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As much of rtnetlink(7) as init needs. */
#ifndef RAPIDO_GUEST_RTNL_H
#define RAPIDO_GUEST_RTNL_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#define MAC_LEN 6

/* A message to rtnetlink(7) that is being made. What does not fit is left out and makes
 * rtnl_ask() fail. */
struct rtnl_request {
	struct nlmsghdr header;
	_Alignas(NLMSG_ALIGNTO) unsigned char body[512];
	bool overflow;
};

/* A network interface. */
struct iface {
	int index; /* 0: none */
	char name[IF_NAMESIZE];
	unsigned int flags; /* IFF_UP, ... */
};

/* Which one is looked for: what is not NULL or 0 counts. */
struct iface_key {
	const unsigned char *mac;
	const char *name;
	int index;
};

/* A socket that hears of the multicast @groups (RTMGRP_LINK, ... or 0); -errno. Nothing
 * is waited for longer than two seconds on it. */
int rtnl_open(unsigned int groups);

/* Begin a message with its fixed part, an ifinfomsg or the like. */
void rtnl_begin(struct rtnl_request *request, uint16_t type, uint16_t flags,
		const void *fixed, size_t size);
void rtnl_add(struct rtnl_request *request, uint16_t type, const void *data, size_t size);
/* What is added until the end, which takes the return value, is inside of this. */
struct rtattr *rtnl_nest(struct rtnl_request *request, uint16_t type);
void rtnl_nest_end(struct rtnl_request *request, struct rtattr *nest);

/* Send it, and wait for the answer: 0 or -errno. */
int rtnl_ask(int fd, struct rtnl_request *request);

/* Look for an interface: 1, 0 when there is none, or -errno. */
int rtnl_find_iface(int fd, const struct iface_key *key, struct iface *iface);

#endif

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

/* A message to rtnetlink(7) that is being built. If something does not fit, rtnl_ask()
 * fails. */
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

/* The interface to look for: fields that are NULL or 0 do not matter. */
struct iface_key {
	const unsigned char *mac;
	const char *name;
	int index;
};

/* Open a socket that receives the multicast @groups (RTMGRP_LINK, ... or 0), with a limit
 * of two seconds for each answer. Returns a descriptor or -errno. */
int rtnl_open(unsigned int groups);

/* Begin a message with its fixed part, an ifinfomsg or the like. */
void rtnl_begin(struct rtnl_request *request, uint16_t type, uint16_t flags,
		const void *fixed, size_t size);
void rtnl_add(struct rtnl_request *request, uint16_t type, const void *data, size_t size);
/* Begin a nested attribute: it contains whatever is added before rtnl_nest_end(), which
 * gets the return value. */
struct rtattr *rtnl_nest(struct rtnl_request *request, uint16_t type);
void rtnl_nest_end(struct rtnl_request *request, struct rtattr *nest);

/* Send the message and wait for the answer: 0 or -errno. */
int rtnl_ask(int fd, struct rtnl_request *request);

/* Look for an interface: 1, 0 if there is none, or -errno. */
int rtnl_find_iface(int fd, const struct iface_key *key, struct iface *iface);

#endif

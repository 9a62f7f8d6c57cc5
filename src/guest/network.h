/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's network: what its files share. See netguest.h for what the host says. */
#ifndef RAPIDO_GUEST_NETWORK_H
#define RAPIDO_GUEST_NETWORK_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#define MAC_LEN 6

struct params;

/* netlink.c */

/* A message to rtnetlink(7) that is being made. What does not fit is left out and makes
 * netlink_ask() fail. */
struct request {
	struct nlmsghdr header;
	_Alignas(NLMSG_ALIGNTO) unsigned char body[512];
	bool overflow;
};

/* A network interface. */
struct link {
	int index; /* 0: none */
	char name[IF_NAMESIZE];
	unsigned int flags; /* IFF_UP, ... */
};

/* Which one is looked for: what is not NULL or 0 counts. */
struct link_key {
	const unsigned char *mac;
	const char *name;
	int index;
};

/* A socket that hears of the multicast @groups (RTMGRP_LINK, ... or 0); -errno. Nothing
 * is waited for longer than two seconds on it. */
int netlink_open(unsigned int groups);

/* Begin a message with its fixed part, an ifinfomsg or the like. */
void request_init(struct request *request, uint16_t type, uint16_t flags,
		  const void *fixed, size_t size);
void request_add(struct request *request, uint16_t type, const void *data, size_t size);
/* What is added until the end, which takes the return value, is inside of this. */
struct rtattr *request_nest(struct request *request, uint16_t type);
void request_nest_end(struct request *request, struct rtattr *nest);

/* Send it, and wait for the answer: 0 or -errno. */
int netlink_ask(int fd, struct request *request);

/* Look for an interface: 1, 0 when there is none, or -errno. */
int netlink_find(int fd, const struct link_key *key, struct link *link);

/* network.c */

#define LINE_WORDS_MAX 32

/* What the kernel can do, when it has been asked. */
enum ability { UNKNOWN, ABLE, UNABLE };

struct network {
	const struct params *params;
	int fd;
	struct link link; /* that the lines are about now */
	bool absent;	  /* it is not there */
	int waited_ms;	  /* for interfaces to appear */
	enum ability ipv4, ipv6;
};

/* A line of the list: whole, for messages, and its words, with NULL after the last. */
struct line {
	const char *text;
	const char *words[LINE_WORDS_MAX + 1];
};

/* Do as NETWORK_LIST says, and bring up the loopback device. */
void set_up_network(const struct params *params);
/* The same with the list as text, which is taken apart; @network has the params. */
void network_apply(struct network *network, char *list);

/* A decimal number of @max at most. */
bool line_number(const char *text, unsigned long max, unsigned long *number);
/* Say that it makes no sense. */
void line_refuse(const struct line *line);
/* Say how it failed; 0 and what was so before are fine. */
void network_report(const struct network *network, const struct line *line, int err);
/* Whether the kernel knows the address family; if not, that is said once. If it has a
 * module for it, that is loaded. */
bool network_is_able(struct network *network, int family);

/* network-link.c: what a line of that name does. */
void network_mtu(struct network *network, const struct line *line);
void network_sysctl(struct network *network, const struct line *line);
void network_linklocal(struct network *network, const struct line *line);
void network_up(struct network *network, const struct line *line);

/* network-ip.c: the same. */
void network_address(struct network *network, const struct line *line);
void network_route(struct network *network, const struct line *line);

/* networkd.c: have systemd-networkd do it all, and wait until it has, @seconds at most.
 */
void start_networkd(const struct params *params, unsigned long seconds);

#endif

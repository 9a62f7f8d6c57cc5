/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's network: what its files share. See netguest.h for what the host says. */
#ifndef RAPIDO_GUEST_NETWORK_H
#define RAPIDO_GUEST_NETWORK_H

#include "rtnl.h"

struct params;

/* network.c */

#define LINE_WORDS_MAX 32

/* What the kernel can do, when it has been asked. */
enum ability { UNKNOWN, ABLE, UNABLE };

struct network {
	const struct params *params;
	int fd;
	struct iface iface; /* that the lines are about now */
	bool absent;	    /* it is not there */
	int waited_ms;	    /* for interfaces to appear */
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of IPv4 and IPv6, networks, and MAC addresses, as text and as bytes. */
#ifndef RAPIDO_NET_IP_H
#define RAPIDO_NET_IP_H

#include <net/if.h>
#include <netinet/in.h>

#include "lib/util.h"

/* "1122:3344:5566:7788:99aa:bbcc:ddee:ff00/128" and its NUL. */
#define NET_PREFIX_TEXT (INET6_ADDRSTRLEN + 4)
/* "b8:00:00:00:00:01" and its NUL. */
#define NET_MAC_TEXT 18
#define NET_MAC_LEN  6

struct net_ip {
	int family; /* AF_INET or AF_INET6; 0: none */
	unsigned char bytes[16];
};

/* An address in its network: 192.168.155.1/24. */
struct net_prefix {
	struct net_ip ip;
	unsigned int length; /* bits of the network */
};

/* "192.168.155.1", "fd00::1". 0 or -EINVAL, and then @ip is all zero. */
int net_ip_parse(const char *text, struct net_ip *ip);

/* The same with "/24"; without it the address alone is the network (/32, /128). */
int net_prefix_parse(const char *text, struct net_prefix *prefix);

/* As the parsers take it, "" without a family. @text has room for NET_PREFIX_TEXT bytes;
 * it is returned. */
char *net_ip_text(const struct net_ip *ip, char *text);
char *net_prefix_text(const struct net_prefix *prefix, char *text);

bool net_ip_equal(const struct net_ip *a, const struct net_ip *b);
/* The same address and the same length. */
bool net_prefix_equal(const struct net_prefix *a, const struct net_prefix *b);

/*
 * Whether it is an address that a host can have in that network, for others to reach it:
 * not of nobody, of many, of the host itself or of a single link; neither the network's
 * own (of IPv6 that is of any router) nor its broadcast address; no IPv4 address in IPv6.
 */
bool net_prefix_is_host(const struct net_prefix *prefix);

/* Set the bits behind the network's to 0: 10.1.2.3/8 becomes 10.0.0.0/8. */
void net_prefix_mask(struct net_prefix *prefix);

/* Whether one of the two networks contains the other; never across families. */
bool net_prefix_overlap(const struct net_prefix *a, const struct net_prefix *b);

/* Hexadecimal digits in pairs with ':' or '-' between them, or in fours with '.', as
 * systemd.network(5) has them. 0 or -EINVAL, and then @mac is as it was. */
int net_mac_parse(const char *text, unsigned char mac[NET_MAC_LEN]);

/* With ':' and lower case. @text has room for NET_MAC_TEXT bytes; it is returned. */
char *net_mac_text(const unsigned char mac[NET_MAC_LEN], char *text);

/*
 * The MAC address of VM @slot's interface at the TAP device @tap: b8, three bytes of a
 * hash of the name, two bytes of the number. The same for ever, and different for each
 * VM.
 */
void net_mac_make(unsigned int slot, const char *tap, unsigned char mac[NET_MAC_LEN]);

/*
 * Whether the kernel takes @name for a network device: 1 to IFNAMSIZ - 1 bytes, not "."
 * or "..", no '/', ':' or white space (dev_valid_name() in net/core/dev.c), not "all" or
 * "default" (sysctl_dev_name_is_allowed()). '%', which it would replace, a leading '-'
 * and what is not printable ASCII are refused, too: systemd would not have them. So are
 * quotes, '\', '=' and ',': names become parts of the guest's kernel command line, which
 * the kernel and systemd take apart, and of QEMU's options.
 */
bool net_name_is_valid(const char *name);

#endif

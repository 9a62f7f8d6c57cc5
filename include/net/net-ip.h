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

/* Parse "192.168.155.1" or "fd00::1". 0, or -EINVAL, and then @ip is all zero. */
int net_ip_parse(const char *text, struct net_ip *ip);

/* Parse an address with the length of its network, "/24". Without a length the network
 * has this address alone (/32, /128). Results as above. */
int net_prefix_parse(const char *text, struct net_prefix *prefix);

/* Text that the parsers accept, "" without a family. @text has room for NET_PREFIX_TEXT
 * bytes; it is returned. */
char *net_ip_text(const struct net_ip *ip, char *text);
char *net_prefix_text(const struct net_prefix *prefix, char *text);

bool net_ip_equal(const struct net_ip *a, const struct net_ip *b);
/* The same address and the same length. */
bool net_prefix_equal(const struct net_prefix *a, const struct net_prefix *b);

/*
 * Whether a host can have this address in this network and be reached by it. It must not
 * be unspecified, multicast, loopback or link-local, nor be the network's own address (in
 * IPv6 the anycast address of the routers) or its broadcast address, nor be an IPv4
 * address mapped into IPv6.
 */
bool net_prefix_is_host(const struct net_prefix *prefix);

/* Clear the bits of the host: 10.1.2.3/8 becomes 10.0.0.0/8. */
void net_prefix_mask(struct net_prefix *prefix);

/* Whether one of the two networks contains the other. Never true across families. */
bool net_prefix_overlap(const struct net_prefix *a, const struct net_prefix *b);

/* Parse a MAC address as systemd.network(5) describes it: pairs of hexadecimal digits
 * with
 * ':' or '-' between them, or groups of four with '.'. 0, or -EINVAL, and then @mac is
 * unchanged. */
int net_mac_parse(const char *text, unsigned char mac[NET_MAC_LEN]);

/* Lower case, with ':'. @text has room for NET_MAC_TEXT bytes; it is returned. */
char *net_mac_text(const unsigned char mac[NET_MAC_LEN], char *text);

/*
 * The MAC address of VM @slot's interface at the TAP device @tap: b8, three bytes of a
 * hash of the name, two bytes of the number. It never changes, and is different for each
 * VM.
 */
void net_mac_make(unsigned int slot, const char *tap, unsigned char mac[NET_MAC_LEN]);

/*
 * Whether @name can be the name of a network device. The kernel accepts 1 to IFNAMSIZ - 1
 * bytes, except "." and "..", '/', ':' and white space (dev_valid_name() in
 * net/core/dev.c), and except "all" and "default" (sysctl_dev_name_is_allowed()). Also
 * refused here are '%', which the kernel would replace, a leading '-', and whatever is
 * not printable ASCII: systemd does not accept them. So are quotes, '\', '=' and ',':
 * names become parts of the guest's kernel command line, which the kernel and systemd
 * split, and of the VM's command line.
 */
bool net_name_is_valid(const char *name);

#endif

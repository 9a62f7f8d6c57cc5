// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses as text and as bytes. Looks up no names, and does not ask the kernel. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>

#include "lib/hash.h"
#include "net/net-ip.h"
#include "lib/str.h"

int net_ip_parse(const char *text, struct net_ip *ip)
{
	*ip = (struct net_ip){ .family = strchr(text, ':') ? AF_INET6 : AF_INET };
	if (inet_pton(ip->family, text, ip->bytes) == 1)
		return 0;
	*ip = (struct net_ip){ 0 };
	return -EINVAL;
}

static unsigned int address_bits(const struct net_ip *ip)
{
	return ip->family == AF_INET6 ? 128 : 32;
}

int net_prefix_parse(const char *text, struct net_prefix *prefix)
{
	const char *slash = strchrnul(text, '/');
	size_t len = (size_t)(slash - text);
	char address[INET6_ADDRSTRLEN];
	unsigned long length;

	*prefix = (struct net_prefix){ 0 };
	if (len >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, len);
	address[len] = '\0';
	if (net_ip_parse(address, &prefix->ip))
		return -EINVAL;
	length = address_bits(&prefix->ip);
	if (*slash && parse_uint(slash + 1, 0, length, &length)) {
		*prefix = (struct net_prefix){ 0 };
		return -EINVAL;
	}
	prefix->length = (unsigned int)length;
	return 0;
}

char *net_ip_text(const struct net_ip *ip, char *text)
{
	if (!ip->family || !inet_ntop(ip->family, ip->bytes, text, INET6_ADDRSTRLEN))
		text[0] = '\0';
	return text;
}

char *net_prefix_text(const struct net_prefix *prefix, char *text)
{
	char address[NET_PREFIX_TEXT];

	snprintf(text, NET_PREFIX_TEXT, "%.*s/%u", INET6_ADDRSTRLEN - 1,
		 net_ip_text(&prefix->ip, address), prefix->length % 1000);
	return text;
}

bool net_ip_equal(const struct net_ip *a, const struct net_ip *b)
{
	return a->family == b->family &&
	       memcmp(a->bytes, b->bytes, address_bits(a) / 8) == 0;
}

bool net_prefix_equal(const struct net_prefix *a, const struct net_prefix *b)
{
	return a->length == b->length && net_ip_equal(&a->ip, &b->ip);
}

/* Whether all bits of the host are @bit. */
static bool rest_is(const struct net_prefix *prefix, unsigned int bit)
{
	for (unsigned int i = prefix->length; i < address_bits(&prefix->ip); i++)
		if ((prefix->ip.bytes[i / 8] >> (7 - i % 8) & 1) != bit)
			return false;
	return true;
}

/* See RFC 6890. */
static bool is_special(const struct net_ip *ip)
{
	static const unsigned char zero[12], mapped[12] = { [10] = 0xff, [11] = 0xff };
	const unsigned char *bytes = ip->bytes;

	if (ip->family == AF_INET)
		return !bytes[0] || bytes[0] == 127 || bytes[0] >= 224;
	/* the first includes :: and ::1 */
	return memcmp(bytes, zero, sizeof(zero)) == 0 ||
	       memcmp(bytes, mapped, sizeof(mapped)) == 0 || bytes[0] == 0xff ||
	       (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80);
}

bool net_prefix_is_host(const struct net_prefix *prefix)
{
	if (!prefix->ip.family || !prefix->length || is_special(&prefix->ip))
		return false;
	/* in networks of one or two addresses all are hosts' (RFC 3021, RFC 6164) */
	if (prefix->length + 1 >= address_bits(&prefix->ip))
		return true;
	return !rest_is(prefix, 0) &&
	       (prefix->ip.family == AF_INET6 || !rest_is(prefix, 1));
}

void net_prefix_mask(struct net_prefix *prefix)
{
	unsigned int bits = prefix->length;

	for (size_t i = 0; i < sizeof(prefix->ip.bytes); i++) {
		if (bits < 8)
			prefix->ip.bytes[i] &= (unsigned char)(0xff00 >> bits);
		bits -= bits < 8 ? bits : 8;
	}
}

bool net_prefix_overlap(const struct net_prefix *a, const struct net_prefix *b)
{
	unsigned int bits = a->length < b->length ? a->length : b->length;
	unsigned int rest = 8 - bits % 8;

	if (!a->ip.family || a->ip.family != b->ip.family)
		return false;
	if (memcmp(a->ip.bytes, b->ip.bytes, bits / 8))
		return false;
	return rest == 8 ||
	       a->ip.bytes[bits / 8] >> rest == b->ip.bytes[bits / 8] >> rest;
}

/* The value of a hexadecimal digit, or -1. */
static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return found ? (int)(found - digits) : -1;
}

int net_mac_parse(const char *text, unsigned char mac[NET_MAC_LEN])
{
	unsigned char bytes[NET_MAC_LEN];
	/* groups of four digits, or of two */
	char separator = strlen(text) == 14 ? '.' : text[0] && text[1] ? text[2] : '\0';

	if (separator != '.' && separator != ':' && separator != '-')
		return -EINVAL;
	for (size_t i = 0; i < NET_MAC_LEN; i++) {
		int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);

		if (low < 0)
			return -EINVAL;
		bytes[i] = (unsigned char)(high << 4 | low);
		text += 2;
		if (i + 1 == NET_MAC_LEN || (separator == '.' && i % 2 == 0))
			continue;
		if (*text++ != separator)
			return -EINVAL;
	}
	if (*text)
		return -EINVAL;
	memcpy(mac, bytes, sizeof(bytes));
	return 0;
}

char *net_mac_text(const unsigned char mac[NET_MAC_LEN], char *text)
{
	snprintf(text, NET_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		 mac[2], mac[3], mac[4], mac[5]);
	return text;
}

void net_mac_make(unsigned int slot, const char *tap, unsigned char mac[NET_MAC_LEN])
{
	uint32_t hash = hash_stable(tap, strlen(tap));

	hash ^= hash >> 24;
	mac[0] = 0xb8;
	mac[1] = (unsigned char)(hash >> 16);
	mac[2] = (unsigned char)(hash >> 8);
	mac[3] = (unsigned char)hash;
	mac[4] = (unsigned char)(slot >> 8);
	mac[5] = (unsigned char)slot;
}

bool net_name_is_valid(const char *name)
{
	/* directories in /proc/sys/net/ipv4/conf that always exist */
	static const char *const taken[] = { ".", "..", "all", "default" };
	size_t len = strlen(name);

	if (!len || len >= IFNAMSIZ || name[0] == '-')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (streq(name, taken[i]))
			return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || strchr("/:%\"'\\,=", name[i]))
			return false;
	return true;
}

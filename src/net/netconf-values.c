// SPDX-License-Identifier: GPL-2.0-or-later
/* The kinds of value that the keys of .network files have, and what is said of a bad one.
 */
#include <errno.h>
#include <linux/rtnetlink.h>

#include "net/ini.h"
#include "netconf-parse.h"

/* So much of a value is shown. */
#define SHOWN_MAX 60

int netconf_bad_value(struct netconf_parser *p, const char *what)
{
	p->bad = true;
	return report_error(p->report, "%s:%u: '%.*s' is %s", p->file->path, p->line,
			    SHOWN_MAX, p->value, what);
}

void netconf_goes_beyond(struct netconf_parser *p)
{
	p->beyond = true;
	if (p->file->beyond)
		return;
	p->file->beyond = xasprintf("%s=%.*s", p->key, SHOWN_MAX, p->value);
	p->file->beyond_line = p->line;
}

int netconf_ip(struct netconf_parser *p, struct net_ip *ip)
{
	*ip = (struct net_ip){ 0 };
	if (*p->value && net_ip_parse(p->value, ip))
		return netconf_bad_value(p, "no address");
	return 0;
}

int netconf_prefix(struct netconf_parser *p, struct net_prefix *prefix)
{
	*prefix = (struct net_prefix){ 0 };
	if (*p->value && net_prefix_parse(p->value, prefix))
		return netconf_bad_value(p, "no address");
	return 0;
}

int netconf_choose(struct netconf_parser *p, enum netconf_choice *choice)
{
	int yes = parse_bool(p->value);

	*choice = NETCONF_DEFAULT;
	if (!*p->value)
		return 0;
	if (yes < 0)
		return netconf_bad_value(p, "neither yes nor no");
	*choice = yes ? NETCONF_YES : NETCONF_NO;
	return 0;
}

int netconf_mtu(struct netconf_parser *p, uint32_t *mtu)
{
	uint64_t bytes = 0;

	*mtu = 0;
	if (*p->value && (parse_size(p->value, 1, &bytes) || bytes < NETCONF_MTU_MIN ||
			  bytes > NETCONF_MTU_MAX))
		return netconf_bad_value(p, "no MTU: 68 to 65536 bytes");
	*mtu = (uint32_t)bytes;
	return 0;
}

int netconf_scope(struct netconf_parser *p, unsigned char *scope, bool *has_scope)
{
	static const struct netconf_word scopes[] = {
		{ "global", RT_SCOPE_UNIVERSE }, { "site", RT_SCOPE_SITE },
		{ "link", RT_SCOPE_LINK },	 { "host", RT_SCOPE_HOST },
		{ "nowhere", RT_SCOPE_NOWHERE }, { NULL, 0 },
	};
	uint32_t number;
	int err = netconf_number(p, scopes, 0, 255,
				 "no scope: global, link, host or "
				 "a number",
				 &number);

	*scope = (unsigned char)number;
	*has_scope = !err && *p->value;
	return err;
}

int netconf_number(struct netconf_parser *p, const struct netconf_word *words,
		   uint32_t min, uint32_t max, const char *what, uint32_t *number)
{
	unsigned long n;

	*number = 0;
	if (!*p->value)
		return 0;
	for (; words && words->name; words++) {
		if (streq(words->name, p->value)) {
			*number = words->number;
			return 0;
		}
	}
	if (parse_uint(p->value, min, max, &n))
		return netconf_bad_value(p, what);
	*number = (uint32_t)n;
	return 0;
}

bool netconf_is_any(const struct net_ip *ip)
{
	static const unsigned char zeros[sizeof(ip->bytes)];

	return memcmp(ip->bytes, zeros, sizeof(zeros)) == 0;
}

bool netconf_call(const struct netconf_setter *setters, struct netconf_parser *p)
{
	for (; setters->key; setters++) {
		if (!streq(setters->key, p->key))
			continue;
		setters->set(p);
		return true;
	}
	return false;
}

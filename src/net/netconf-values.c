// SPDX-License-Identifier: GPL-2.0-or-later
/* What the readers of all sections of .network files share. */
#include "netconf-parse.h"

/* How much of a value messages show. */
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
		return netconf_bad_value(p, "not an MTU: 68 to 65536 bytes");
	*mtu = (uint32_t)bytes;
	return 0;
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

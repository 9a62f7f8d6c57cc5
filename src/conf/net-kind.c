// SPDX-License-Identifier: GPL-2.0-or-later
/* The names of the kinds of network. */
#include <errno.h>

#include "conf/net-kind.h"
#include "lib/util.h"

static const char *const words[] = {
	[NET_NONE] = "none", [NET_TAP] = "tap",	    [NET_LAN] = "lan",
	[NET_USER] = "user", [NET_PASST] = "passt",
};

int net_kind_parse(const char *word, enum net_kind *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!streq(words[i], word))
			continue;
		*kind = (enum net_kind)i;
		return 0;
	}
	return -EINVAL;
}

bool net_kind_is_for_all(const char *setting)
{
	enum net_kind kind;

	return setting && !net_kind_parse(setting, &kind) && kind != NET_NONE &&
	       kind != NET_TAP;
}

const char *net_kind_name(enum net_kind kind)
{
	return words[kind];
}

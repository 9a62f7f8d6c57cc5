// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the addresses of a bridge, and whose the TAP devices are. */
#include <errno.h>
#include <limits.h>
#include <pwd.h>

#include "lib/log.h"
#include "net/host/net-want.h"
#include "lib/str.h"

void net_addresses_release(struct net_addresses *addresses)
{
	free(addresses->v);
	*addresses = (struct net_addresses){ 0 };
}

static int add(struct net_addresses *addresses, const char *text)
{
	struct net_prefix address;

	if (streq(text, "none"))
		return 0;
	/* a network of the address alone is nobody's intention */
	if (!strchr(text, '/') || net_prefix_parse(text, &address)) {
		log_error("'%s' is not the address of a bridge, such as 192.168.155.1/24 "
			  "or fd00::1/64, nor 'none'",
			  text);
		return -EINVAL;
	}
	ALLOC_GROW(addresses->v, addresses->nr, addresses->alloc);
	addresses->v[addresses->nr++] = address;
	return 0;
}

int net_want_addresses(struct net_addresses *addresses, const char *text)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	int err = 0;

	strvec_split(&words, text, " \t\n,");
	if (!words.nr)
		return add(addresses, text);
	for (size_t i = 0; i < words.nr && !err; i++)
		err = add(addresses, words.v[i]);
	return err;
}

int net_want_owner(const char *name, uid_t *uid)
{
	const struct passwd *user = getpwnam(name);
	unsigned long number;

	if (user) {
		*uid = user->pw_uid;
		return 0;
	}
	/* the largest number means "nobody" to the kernel */
	if (parse_uint(name, 0, UINT_MAX - 1, &number))
		return -ENOENT;
	*uid = (uid_t)number;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests that make network devices do so in a network namespace of their own: it goes with
 * the program. Without the privilege for that they are skipped.
 */
#ifndef RAPIDO_TESTS_NETNS_FIXTURE_H
#define RAPIDO_TESTS_NETNS_FIXTURE_H

#include <sched.h>

#include "fixture.h"
#include "net/host/netlink.h"
#include "tap_fixture.h"

static bool netns_is_own;

/* For the group's setup. */
static inline int netns_enter(void **state)
{
	netns_is_own = unshare(CLONE_NEWNET) == 0;
	return fixture_clean_environment(state);
}

static inline void netns_needed(void)
{
	if (netns_is_own)
		return;
	print_message("needs root: a network namespace cannot be made\n");
	skip();
}

/* For tests of TAP devices; as a test's first line. */
static inline void netns_needed_with_tun(void)
{
	netns_needed();
	if (access("/dev/net/tun", R_OK | W_OK) == 0)
		return;
	print_message("needs /dev/net/tun: modprobe tun\n");
	skip();
}

/* Remove all devices that can be removed. For a test's teardown. */
static inline int netns_clear(void **state)
{
	struct net_state now;
	struct netlink nl;

	(void)state;
	if (!netns_is_own)
		return 0;
	if (net_state_read(&now) || netlink_open(&nl))
		return -1;
	for (size_t i = 0; i < now.nr_links; i++)
		if (streq(now.links[i].kind, "bridge") || streq(now.links[i].kind, "tun"))
			netlink_delete(&nl, now.links[i].name);
	netlink_close(&nl);
	net_state_release(&now);
	return 0;
}

#define NETNS_TEST(f) DEFINE_TEST_WITH(f, NULL, netns_clear)

static inline struct net_prefix netns_prefix(const char *text)
{
	struct net_prefix prefix;

	assert_int_equal(net_prefix_parse(text, &prefix), 0);
	return prefix;
}

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* What is read of devices, and what is changed of them, in a real namespace. */
#include "netns_fixture.h"

/* What every test begins with: a bridge, and a TAP device in it. */
static void begin(struct netlink *nl)
{
	netns_needed_with_tun();
	assert_int_equal(netlink_open(nl), 0);
	assert_int_equal(netlink_add_bridge(nl, "br7", "the mark"), 0);
	assert_int_equal(put_tap("tap7", 65534), 0);
	assert_int_equal(netlink_set_master(nl, "tap7", "br7"), 0);
}

NETNS_TEST(net_state_read__bridge_and_tap__all_is_known)
{
	const struct net_link *bridge, *tap;
	struct netlink nl;
	struct net_state now;

	begin(&nl);
	assert_int_equal(netlink_set_up(&nl, "tap7", true), 0);
	assert_int_equal(net_state_read(&now), 0);
	bridge = net_state_find(&now, "br7");
	tap = net_state_find(&now, "tap7");
	assert_non_null(bridge);
	assert_non_null(tap);
	assert_string_equal(bridge->kind, "bridge");
	assert_string_equal(bridge->alias, "the mark");
	assert_int_equal(bridge->group, 0);
	assert_false(bridge->up || bridge->is_tap || bridge->master);
	assert_string_equal(tap->kind, "tun");
	assert_true(tap->is_tap && tap->up && tap->has_owner);
	assert_false(tap->carrier);
	assert_int_equal(tap->owner, 65534);
	assert_int_equal(tap->master, bridge->index);
	assert_null(tap->alias);
	assert_ptr_equal(net_state_find_index(&now, tap->index), tap);
	assert_null(net_state_find(&now, "tap8"));
	net_state_release(&now);
	netlink_close(&nl);
}

NETNS_TEST(net_state_read__tap_of_a_program__carrier)
{
	struct netlink nl;
	struct net_state now;
	int fd;

	begin(&nl);
	fd = tun_attach("tap7", true);
	assert_true(fd >= 0);
	assert_int_equal(net_state_read(&now), 0);
	assert_true(net_state_find(&now, "tap7")->carrier);
	net_state_release(&now);
	close(fd);
	netlink_close(&nl);
}

/* Whether the state has @text among the addresses of @name. */
static bool has_address(const struct net_state *now, const char *name, const char *text)
{
	const struct net_link *link = net_state_find(now, name);
	char buffer[NET_PREFIX_TEXT];

	for (size_t i = 0; i < now->nr_addresses; i++)
		if (now->addresses[i].index == link->index &&
		    streq(net_prefix_text(&now->addresses[i].prefix, buffer), text))
			return now->addresses[i].is_static;
	return false;
}

static bool has_route(const struct net_state *now, const char *name, const char *text)
{
	const struct net_link *link = net_state_find(now, name);
	char buffer[NET_PREFIX_TEXT];

	for (size_t i = 0; i < now->nr_routes; i++)
		if (now->routes[i].index == link->index &&
		    streq(net_prefix_text(&now->routes[i].to, buffer), text))
			return true;
	return false;
}

NETNS_TEST(netlink_add_address__both_families__with_their_routes)
{
	struct net_prefix v4 = netns_prefix("10.7.0.1/24"),
			  v6 = netns_prefix("fd07::1/64");
	struct netlink nl;
	struct net_state now;

	begin(&nl);
	assert_int_equal(netlink_set_up(&nl, "br7", true), 0);
	assert_int_equal(netlink_add_address(&nl, "br7", &v4), 0);
	assert_int_equal(netlink_add_address(&nl, "br7", &v6), 0);
	assert_int_equal(netlink_add_address(&nl, "br7", &v6), -EEXIST);
	assert_int_equal(net_state_read(&now), 0);
	assert_true(has_address(&now, "br7", "10.7.0.1/24"));
	assert_true(has_address(&now, "br7", "fd07::1/64"));
	assert_true(has_route(&now, "br7", "10.7.0.0/24"));
	assert_true(has_route(&now, "br7", "10.7.0.1/32"));
	assert_true(has_route(&now, "br7", "fd07::/64"));
	net_state_release(&now);
	assert_int_equal(netlink_del_address(&nl, "br7", &v4), 0);
	assert_int_equal(netlink_del_address(&nl, "br7", &v4), -EADDRNOTAVAIL);
	assert_int_equal(net_state_read(&now), 0);
	assert_false(has_address(&now, "br7", "10.7.0.1/24"));
	assert_true(has_address(&now, "br7", "fd07::1/64"));
	net_state_release(&now);
	netlink_close(&nl);
}

NETNS_TEST(netlink_set__each__is_changed)
{
	struct netlink nl;
	struct net_state now;

	begin(&nl);
	assert_int_equal(netlink_set_up(&nl, "br7", true), 0);
	assert_int_equal(netlink_set_up(&nl, "br7", false), 0);
	assert_int_equal(netlink_set_alias(&nl, "br7", "another mark"), 0);
	assert_int_equal(netlink_set_master(&nl, "tap7", NULL), 0);
	assert_int_equal(net_state_read(&now), 0);
	assert_false(net_state_find(&now, "br7")->up);
	assert_string_equal(net_state_find(&now, "br7")->alias, "another mark");
	assert_int_equal(net_state_find(&now, "tap7")->master, 0);
	net_state_release(&now);
	assert_int_equal(netlink_delete(&nl, "br7"), 0);
	assert_int_equal(net_state_read(&now), 0);
	assert_null(net_state_find(&now, "br7"));
	assert_non_null(net_state_find(&now, "tap7"));
	net_state_release(&now);
	netlink_close(&nl);
}

NETNS_TEST(netlink__no_such_device__enodev)
{
	struct net_prefix v4 = netns_prefix("10.7.0.1/24");
	struct netlink nl;

	begin(&nl);
	assert_int_equal(netlink_set_up(&nl, "br8", true), -ENODEV);
	assert_int_equal(netlink_set_alias(&nl, "br8", "x"), -ENODEV);
	assert_int_equal(netlink_set_master(&nl, "tap7", "br8"), -ENODEV);
	assert_int_equal(netlink_set_master(&nl, "tap8", "br7"), -ENODEV);
	assert_int_equal(netlink_add_address(&nl, "br8", &v4), -ENODEV);
	assert_int_equal(netlink_delete(&nl, "br8"), -ENODEV);
	netlink_close(&nl);
}

NETNS_TEST(netlink_add_bridge__name_is_taken__eexist_and_it_stays)
{
	struct netlink nl;
	struct net_state now;

	begin(&nl);
	assert_int_equal(netlink_add_bridge(&nl, "br7", "other"), -EEXIST);
	assert_int_equal(net_state_read(&now), 0);
	assert_string_equal(net_state_find(&now, "br7")->alias, "the mark");
	net_state_release(&now);
	netlink_close(&nl);
}

NETNS_TEST(netlink_add_bridge__no_alias__known_by_its_group)
{
	const struct net_link *bridge;
	struct netlink nl;
	struct net_state now;

	begin(&nl);
	assert_int_equal(netlink_add_bridge(&nl, "br8", NULL), 0);
	assert_int_equal(netlink_set_alias(&nl, "br7", NULL), 0);
	assert_int_equal(net_state_read(&now), 0);
	for (int i = 7; i <= 8; i++) {
		bridge = net_state_find(&now, i == 7 ? "br7" : "br8");
		assert_null(bridge->alias);
		assert_int_equal(bridge->group, NET_GROUP_UNFINISHED);
	}
	net_state_release(&now);
	netlink_close(&nl);
}

NETNS_TEST(netlink_set_master__not_a_bridge__the_kernels_error)
{
	struct netlink nl;

	begin(&nl);
	assert_int_equal(netlink_set_master(&nl, "lo", "br7"), -EINVAL);
	assert_int_equal(netlink_set_master(&nl, "br7", "tap7"), -EOPNOTSUPP);
	netlink_close(&nl);
}

static int change_as_user(void)
{
	struct net_state now;
	struct netlink nl;
	bool seen;

	if (net_state_read(&now))
		return 1;
	seen = net_state_find(&now, "br7");
	net_state_release(&now);
	if (!seen || netlink_open(&nl))
		return 2;
	seen = netlink_set_up(&nl, "br7", true) == -EPERM;
	netlink_close(&nl);
	return seen ? 0 : 3;
}

NETNS_TEST(netlink__no_privilege__can_read_alone)
{
	struct netlink nl;

	begin(&nl);
	assert_int_equal(fixture_make(NULL), 0);
	assert_int_equal(fixture_run_as_user(change_as_user), 0);
	assert_int_equal(fixture_remove(NULL), 0);
	netlink_close(&nl);
}

int main(void)
{
	return run_defined_tests(netns_enter, NULL);
}

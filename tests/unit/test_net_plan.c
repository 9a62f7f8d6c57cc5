// SPDX-License-Identifier: GPL-2.0-or-later
/* Plans of the VMs' network, of states that are written down here. */
#include "fixture.h"
#include "net/host/net-plan.h"

#define OWNER 1000

/* A host with eth0 in 192.0.2.0/24, and what a test adds to it. */
struct host {
	struct net_state state;
	struct net_prefix wanted[4];
	struct strvec taps;
	struct net_want want;
	struct net_plan plan;
	struct report report;
	struct strbuf text; /* the plan as commands */
};

static struct net_prefix prefix(const char *text)
{
	struct net_prefix result;

	assert_int_equal(net_prefix_parse(text, &result), 0);
	return result;
}

static struct net_link *add_link(struct host *host, const char *name, const char *kind,
				 const char *alias)
{
	struct net_state *state = &host->state;
	struct net_link *link;

	ALLOC_GROW(state->links, state->nr_links, state->alloc_links);
	link = &state->links[state->nr_links++];
	*link = (struct net_link){
		.index = (int)state->nr_links,
		.alias = alias ? xstrdup(alias) : NULL,
		.up = true,
		.is_tap = streq(kind, "tun"),
		.has_owner = streq(kind, "tun"),
		.owner = OWNER,
	};
	strcpy(link->name, name);
	strcpy(link->kind, kind);
	return link;
}

static void add_route(struct host *host, const char *device, const char *to)
{
	struct net_state *state = &host->state;

	ALLOC_GROW(state->routes, state->nr_routes, state->alloc_routes);
	state->routes[state->nr_routes++] =
		(struct net_route){ .index = net_state_find(state, device)->index,
				    .to = prefix(to) };
}

static void add_address(struct host *host, const char *device, const char *text)
{
	struct net_state *state = &host->state;

	ALLOC_GROW(state->addresses, state->nr_addresses, state->alloc_addresses);
	state->addresses[state->nr_addresses++] = (struct net_address){
		.index = net_state_find(state, device)->index,
		.prefix = prefix(text),
		.is_static = true,
	};
}

static void add_wanted(struct host *host, const char *text)
{
	host->wanted[host->want.nr_addresses++] = prefix(text);
}

static int begin(void **state)
{
	struct host *host = xcalloc(1, sizeof(*host));

	host->want = (struct net_want){
		.bridge = "br7",
		.addresses = host->wanted,
		.taps = &host->taps,
		.rights = { .uid = OWNER, .owner = OWNER },
	};
	host->text = (struct strbuf)STRBUF_INIT;
	add_link(host, "eth0", "", NULL);
	add_address(host, "eth0", "192.0.2.2/24");
	add_route(host, "eth0", "192.0.2.0/24");
	add_wanted(host, "10.7.0.1/24");
	*state = host;
	return 0;
}

static int end(void **state)
{
	struct host *host = *state;

	net_state_release(&host->state);
	net_plan_release(&host->plan);
	strvec_release(&host->taps);
	report_release(&host->report);
	strbuf_release(&host->text);
	free(host);
	return 0;
}

/* br7 with its address and the TAP devices tap1 and tap2 in it, all as wanted. */
static void add_network(struct host *host)
{
	int bridge = add_link(host, "br7", "bridge", "rapido br7")->index;

	add_address(host, "br7", "10.7.0.1/24");
	add_route(host, "br7", "10.7.0.0/24");
	add_link(host, "tap1", "tun", "rapido br7")->master = bridge;
	add_link(host, "tap2", "tun", "rapido br7")->master = bridge;
	strvec_pushl(&host->taps, "tap1", "tap2", NULL);
}

static struct net_link *link_of(struct host *host, const char *name)
{
	for (size_t i = 0; i < host->state.nr_links; i++)
		if (streq(host->state.links[i].name, name))
			return &host->state.links[i];
	fail_msg("there is no '%s'", name);
	return NULL;
}

/* The plan as commands. */
static const char *commands(struct host *host)
{
	for (size_t i = 0; i < host->plan.nr; i++)
		net_op_add_commands(&host->plan.ops[i], &host->text);
	return host->text.buf;
}

static const char *set_up(struct host *host, const char *range_now)
{
	assert_int_equal(net_plan_setup(&host->plan, &host->want, &host->state, range_now,
					&host->report),
			 0);
	return commands(host);
}

/* The one reason why not. */
static const char *refused(struct host *host)
{
	assert_int_equal(net_plan_setup(&host->plan, &host->want, &host->state, NULL,
					&host->report),
			 -EINVAL);
	assert_int_equal(host->report.errors.nr, 1);
	return host->report.errors.v[0];
}

static const char *tear_down(struct host *host)
{
	assert_int_equal(net_plan_teardown(&host->plan, "br7", &host->want.rights,
					   &host->state, NULL, &host->report),
			 0);
	return commands(host);
}

#define HOST_TEST(f) DEFINE_TEST_WITH(f, begin, end)

HOST_TEST(net_plan_setup__nothing_there__all_is_made)
{
	struct host *host = *state;

	strvec_push(&host->taps, "tap1");
	add_wanted(host, "fd07::1/64");
	assert_string_equal(set_up(host, NULL),
			    "ip link add name br7 type bridge\n"
			    "ip link set dev br7 alias 'rapido br7'\n"
			    "ip link set dev br7 up\n"
			    "ip address add 10.7.0.1/24 dev br7\n"
			    "ip address add fd07::1/64 dev br7 nodad\n"
			    "ip tuntap add dev tap1 mode tap user 1000\n"
			    "ip link set dev tap1 alias 'rapido br7'\n"
			    "ip link set dev tap1 master br7\n"
			    "ip link set dev tap1 up\n");
}

HOST_TEST(net_plan_setup__all_there__nothing_to_do)
{
	struct host *host = *state;

	add_network(host);
	set_up(host, NULL);
	assert_int_equal(host->plan.nr, 0);
}

HOST_TEST(net_plan_setup__address_named_twice__added_once)
{
	struct host *host = *state;

	add_wanted(host, "10.7.0.1/24");
	set_up(host, NULL);
	assert_int_equal(host->plan.nr, 3);
}

HOST_TEST(net_plan_setup__one_more_in_net_conf__that_alone)
{
	struct host *host = *state;

	add_network(host);
	strvec_push(&host->taps, "tap3");
	assert_string_equal(set_up(host, NULL),
			    "ip tuntap add dev tap3 mode tap user 1000\n"
			    "ip link set dev tap3 alias 'rapido br7'\n"
			    "ip link set dev tap3 master br7\n"
			    "ip link set dev tap3 up\n");
}

HOST_TEST(net_plan_setup__one_less_in_net_conf__removed)
{
	struct host *host = *state;

	add_network(host);
	strvec_release(&host->taps);
	strvec_push(&host->taps, "tap1");
	assert_string_equal(set_up(host, NULL), "ip link set dev tap2 down\n"
						"ip link set dev tap2 nomaster\n"
						"ip tuntap del dev tap2 mode tap\n");
}

HOST_TEST(net_plan_setup__one_less_and_in_use__stays_with_a_warning)
{
	struct host *host = *state;

	add_network(host);
	link_of(host, "tap2")->carrier = true;
	strvec_release(&host->taps);
	strvec_push(&host->taps, "tap1");
	set_up(host, NULL);
	assert_int_equal(host->plan.nr, 0);
	assert_int_equal(host->report.warnings.nr, 1);
	assert_contains(host->report.warnings.v[0], "'tap2'");
}

HOST_TEST(net_plan_setup__tap_of_another_bridge_not_named__stays)
{
	struct host *host = *state;

	add_network(host);
	add_link(host, "tap9", "tun", "rapido br9");
	add_link(host, "tap8", "tun", NULL);
	set_up(host, NULL);
	assert_int_equal(host->plan.nr, 0);
}

HOST_TEST(net_plan_setup__another_owner__given_to_him)
{
	struct host *host = *state;

	add_network(host);
	host->want.rights.uid = 0;
	link_of(host, "tap1")->owner = 1001;
	set_up(host, NULL);
	assert_int_equal(host->plan.nr, 1);
	assert_int_equal(host->plan.ops[0].kind, NET_SET_OWNER);
	assert_int_equal(host->plan.ops[0].owner, OWNER);
	assert_int_equal(host->plan.ops[0].owner_was, 1001);
}

HOST_TEST(net_plan_setup__another_owner_and_in_use__refused)
{
	struct host *host = *state;

	add_network(host);
	link_of(host, "tap1")->owner = 1001;
	link_of(host, "tap1")->carrier = true;
	host->want.rights.force = true;
	assert_contains(refused(host), "'tap1' belongs to '1001' and is in use by a VM");
}

/* Of root himself, of the caller, of whom he makes them for. */
HOST_TEST(net_plan_setup__whose_may_be_changed__given_away)
{
	static const uid_t owners[] = { 0, 1002, OWNER };
	struct host *host = *state;

	add_network(host);
	host->want.rights.uid = 1002;
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
		link_of(host, "tap1")->owner = owners[i];
		net_plan_release(&host->plan);
		set_up(host, NULL);
		assert_int_equal(host->plan.nr, owners[i] == OWNER ? 0 : 1);
	}
}

HOST_TEST(net_plan_setup__idle_tap_of_another_user__refused)
{
	struct host *host = *state;

	add_network(host);
	link_of(host, "tap2")->owner = 1001;
	assert_contains(refused(host), "'tap2' to '1001'");
	assert_contains(host->report.errors.v[0], "--force");
	assert_contains(host->report.errors.v[0], "another bridge");
}

/* That of another net-conf is not removed, nor does its bridge get other addresses. */
HOST_TEST(net_plan_setup__network_of_another_user__refused)
{
	struct host *host = *state;

	add_network(host);
	link_of(host, "tap1")->owner = 1001;
	link_of(host, "tap2")->owner = 1001;
	strvec_release(&host->taps);
	strvec_push(&host->taps, "tap7");
	host->wanted[0] = prefix("10.8.0.1/24");
	assert_contains(refused(host), "'tap1' to '1001', 'tap2' to '1001'");
	report_release(&host->report);
	host->want.rights.force = true;
	set_up(host, NULL);
	assert_int_not_equal(host->plan.nr, 0);
}

HOST_TEST(net_plan_setup__wrong_address__replaced)
{
	struct host *host = *state;

	add_network(host);
	add_wanted(host, "fd07::1/64");
	host->wanted[0] = prefix("10.8.0.1/24");
	assert_string_equal(set_up(host, NULL),
			    "ip address delete 10.7.0.1/24 dev br7\n"
			    "ip address add 10.8.0.1/24 dev br7\n"
			    "ip address add fd07::1/64 dev br7 nodad\n");
}

HOST_TEST(net_plan_setup__first_of_two_is_wrong__both_anew)
{
	struct host *host = *state;

	add_network(host);
	add_address(host, "br7", "10.7.0.2/24");
	host->wanted[0] = prefix("10.7.0.2/24");
	assert_string_equal(set_up(host, NULL), "ip address delete 10.7.0.2/24 dev br7\n"
						"ip address delete 10.7.0.1/24 dev br7\n"
						"ip address add 10.7.0.2/24 dev br7\n");
}

HOST_TEST(net_plan_setup__address_that_will_expire__not_ours)
{
	struct host *host = *state;

	add_network(host);
	add_address(host, "br7", "10.9.0.77/24");
	host->state.addresses[host->state.nr_addresses - 1].is_static = false;
	set_up(host, NULL);
	assert_int_equal(host->plan.nr, 0);
}

HOST_TEST(net_plan_setup__taken_down_and_out__put_back)
{
	struct host *host = *state;

	add_network(host);
	link_of(host, "br7")->up = false;
	link_of(host, "tap1")->up = false;
	link_of(host, "tap2")->master = 0;
	assert_string_equal(set_up(host, NULL), "ip link set dev br7 up\n"
						"ip link set dev tap1 up\n"
						"ip link set dev tap2 master br7\n");
}

HOST_TEST(net_plan_setup__device_that_is_no_tap__passed_over)
{
	struct host *host = *state;

	add_network(host);
	strvec_push(&host->taps, "eth0");
	set_up(host, NULL);
	assert_int_equal(host->plan.nr, 0);
	assert_int_equal(host->plan.notes.nr, 1);
	assert_contains(host->plan.notes.v[0], "'eth0' is not a TAP device");
}

HOST_TEST(net_plan_setup__foreign_tap__refused)
{
	struct host *host = *state;

	add_network(host);
	add_link(host, "tap3", "tun", NULL);
	strvec_push(&host->taps, "tap3");
	assert_contains(refused(host), "TAP device 'tap3' that rapido did not make");
	assert_contains(host->report.errors.v[0], "ip link delete tap3");
}

HOST_TEST(net_plan_setup__tap_of_another_bridge__refused)
{
	struct host *host = *state;

	add_link(host, "tap3", "tun", "rapido br9");
	strvec_push(&host->taps, "tap3");
	assert_contains(refused(host), "'sudo rapido teardown-network -b br9' first");
}

HOST_TEST(net_plan_setup__foreign_bridge__refused)
{
	struct host *host = *state;

	add_link(host, "br7", "bridge", "somebody's");
	assert_contains(refused(host), "a bridge 'br7' that rapido did not make");
}

/* br7 as it is when its maker is killed before he has marked it. */
static void add_unfinished(struct host *host)
{
	struct net_link *bridge = add_link(host, "br7", "bridge", NULL);

	bridge->up = false;
	bridge->group = NET_GROUP_UNFINISHED;
}

HOST_TEST(net_plan_setup__unfinished_bridge__completed)
{
	struct host *host = *state;

	add_unfinished(host);
	assert_string_equal(set_up(host, NULL), "ip link set dev br7 alias 'rapido br7'\n"
						"ip link set dev br7 up\n"
						"ip address add 10.7.0.1/24 dev br7\n");
}

HOST_TEST(net_plan_teardown__unfinished_bridge__removed)
{
	struct host *host = *state;

	add_unfinished(host);
	assert_string_equal(tear_down(host), "ip link delete dev br7\n");
}

HOST_TEST(net_plan_setup__bridges_name_is_taken__refused)
{
	struct host *host = *state;

	host->want.bridge = "eth0";
	assert_contains(refused(host), "a device 'eth0' that rapido did not make");
}

HOST_TEST(net_plan_setup__mark_on_another_sort_of_device__refused)
{
	struct host *host = *state;

	add_link(host, "br7", "dummy", "rapido br7");
	assert_contains(refused(host), "a device 'br7' that rapido did not make");
}

HOST_TEST(net_plan_setup__tap_has_the_bridges_name__refused)
{
	struct host *host = *state;

	strvec_push(&host->taps, "br7");
	assert_contains(refused(host), "'br7' is the bridge");
}

HOST_TEST(net_plan_setup__bad_names__refused_all)
{
	struct host *host = *state;

	host->want.bridge = "a/b";
	strvec_push(&host->taps, "much-too-long-a-name");
	assert_int_equal(net_plan_setup(&host->plan, &host->want, &host->state, NULL,
					&host->report),
			 -EINVAL);
	assert_strvec(&host->report.errors, "'a/b' cannot be the name of a bridge",
		      "'much-too-long-a-name' cannot be the name of a TAP device");
}

HOST_TEST(net_plan_setup__route_of_the_host__refused)
{
	struct host *host = *state;

	add_route(host, "eth0", "10.0.0.0/8");
	add_route(host, "eth0", "10.7.0.128/25");
	assert_string_equal(refused(host),
			    "'10.7.0.1/24' clashes with the host's route to 10.0.0.0/8 "
			    "on 'eth0': choose another with -a or BR_ADDR");
}

HOST_TEST(net_plan_setup__route_of_another_table__refused_and_named)
{
	struct host *host = *state;

	add_route(host, "eth0", "10.7.0.0/16");
	host->state.routes[host->state.nr_routes - 1].table = 100;
	assert_contains(refused(host), "route to 10.7.0.0/16 on 'eth0' (table 100): ");
}

HOST_TEST(net_plan_setup__address_of_a_device_that_is_down__refused)
{
	struct host *host = *state;

	add_link(host, "eth1", "", NULL)->up = false;
	add_address(host, "eth1", "10.7.0.99/16");
	assert_string_equal(refused(host),
			    "'10.7.0.1/24' clashes with the host's address "
			    "10.7.0.99/16 on 'eth1': choose another with "
			    "-a or BR_ADDR");
}

HOST_TEST(net_plan_setup__ipv6_route_of_the_host__refused)
{
	struct host *host = *state;

	host->wanted[0] = prefix("fd07::1/64");
	add_route(host, "eth0", "fd07::/48");
	assert_contains(refused(host), "'fd07::1/64' clashes with the host's route");
}

HOST_TEST(net_plan_setup__route_in_halves__not_a_clash)
{
	struct host *host = *state;

	add_route(host, "eth0", "0.0.0.0/1");
	add_route(host, "eth0", "128.0.0.0/1");
	set_up(host, NULL);
	assert_int_equal(host->plan.ops[0].kind, NET_ADD_BRIDGE);
}

HOST_TEST(net_plan_setup__clash_with_an_address_it_has__nothing_to_do)
{
	struct host *host = *state;

	add_network(host);
	add_route(host, "eth0", "10.0.0.0/8");
	set_up(host, NULL);
	assert_int_equal(host->plan.nr, 0);
}

HOST_TEST(net_plan_setup__addresses_of_no_host__refused)
{
	static const char *const bad[] = { "0.0.0.0/24", "10.7.0.255/24", "::1/128" };
	struct host *host = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		host->wanted[0] = prefix(bad[i]);
		assert_contains(refused(host), "cannot be the address of a bridge");
		report_release(&host->report);
		host->report = (struct report)REPORT_INIT;
	}
}

HOST_TEST(net_plan_setup__uplink__its_state_is_in_the_mark)
{
	struct host *host = *state;

	add_link(host, "eth1", "", NULL)->up = false;
	host->want.uplink = "eth1";
	assert_string_equal(set_up(host, NULL),
			    "ip link add name br7 type bridge\n"
			    "ip link set dev br7 alias 'rapido br7 uplink eth1 down'\n"
			    "ip link set dev br7 up\n"
			    "ip address add 10.7.0.1/24 dev br7\n"
			    "ip link set dev eth1 master br7\n"
			    "ip link set dev eth1 up\n");
}

/* The network with eth1 as its uplink, that was down. */
static void add_network_with_uplink(struct host *host)
{
	add_network(host);
	free(link_of(host, "br7")->alias);
	link_of(host, "br7")->alias = xstrdup("rapido br7 uplink eth1 down");
	add_link(host, "eth1", "", NULL)->master = link_of(host, "br7")->index;
}

HOST_TEST(net_plan_setup__uplink_is_there__mark_stays)
{
	struct host *host = *state;

	add_network_with_uplink(host);
	host->want.uplink = "eth1";
	set_up(host, NULL);
	assert_int_equal(host->plan.nr, 0);
}

HOST_TEST(net_plan_setup__another_uplink__the_former_as_it_was)
{
	struct host *host = *state;

	add_network_with_uplink(host);
	add_link(host, "eth2", "", NULL);
	host->want.uplink = "eth2";
	assert_string_equal(set_up(host, NULL),
			    "ip link set dev eth1 down\n"
			    "ip link set dev eth1 nomaster\n"
			    "ip link set dev br7 alias 'rapido br7 uplink eth2 up'\n"
			    "ip link set dev eth2 master br7\n");
}

/* One reason alone: the way out is not to give the bridge another address. */
HOST_TEST(net_plan_setup__uplink_has_the_bridges_address__refused)
{
	struct host *host = *state;

	host->wanted[0] = prefix("192.0.2.2/24");
	host->want.uplink = "eth0";
	assert_contains(refused(host), "BR_IF: 'eth0' has the address '192.0.2.2/24'");
}

HOST_TEST(net_plan_setup__default_route_through_uplink__refused)
{
	struct host *host = *state;

	add_link(host, "eth1", "", NULL);
	add_route(host, "eth1", "0.0.0.0/0");
	host->want.uplink = "eth1";
	assert_contains(refused(host), "BR_IF: the host would lose its route to "
				       "0.0.0.0/0 (all others) through 'eth1'");
}

HOST_TEST(net_plan_setup__uplink_with_the_kernels_routes_alone__taken)
{
	struct host *host = *state;

	add_link(host, "eth1", "", NULL);
	add_address(host, "eth1", "fe80::1/64");
	host->state.addresses[host->state.nr_addresses - 1].is_link_local = true;
	add_route(host, "eth1", "fe80::/64");
	add_route(host, "eth1", "fe80::1/128");
	add_route(host, "eth1", "ff00::/8");
	add_route(host, "eth1", "169.254.0.0/16");
	host->want.uplink = "eth1";
	assert_contains(set_up(host, NULL), "ip link set dev eth1 master br7\n");
}

/* Whoever gave it one meanwhile: it does not prevent the rest. */
HOST_TEST(net_plan_setup__address_of_an_uplink_that_is_there__nothing_to_do)
{
	struct host *host = *state;

	add_network_with_uplink(host);
	add_address(host, "eth1", "10.7.0.9/24");
	host->want.uplink = "eth1";
	set_up(host, NULL);
	assert_int_equal(host->plan.nr, 0);
}

HOST_TEST(net_plan_setup__uplinks_that_cannot_be__refused)
{
	static const struct {
		const char *name, *reason;
	} bad[] = {
		{ "eth9", "BR_IF: there is no device 'eth9'" },
		{ "bond 0", "BR_IF: 'bond 0' cannot be the name of a device" },
		{ "lo", "BR_IF: 'lo' cannot be an uplink" },
		{ "tap1", "BR_IF: 'tap1' cannot be an uplink" },
		{ "eth1", "BR_IF: 'eth1' is in 'br9' already" },
	};
	struct host *host = *state;
	int other;

	add_network(host);
	add_link(host, "lo", "", NULL);
	add_link(host, "bond 0", "", NULL);
	other = add_link(host, "br9", "bridge", NULL)->index;
	add_link(host, "eth1", "", NULL)->master = other;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		host->want.uplink = bad[i].name;
		assert_string_equal(refused(host), bad[i].reason);
		report_release(&host->report);
		host->report = (struct report)REPORT_INIT;
	}
}

/* What becomes of the DHCP server: 's' it is started, 'e' ended, in this order. */
static const char *dhcp_steps(struct host *host, const char *range_now)
{
	static char steps[8];
	size_t nr = 0;

	set_up(host, range_now);
	for (size_t i = 0; i < host->plan.nr && nr < sizeof(steps) - 1; i++)
		if (host->plan.ops[i].kind == NET_START_DHCP)
			steps[nr++] = 's';
		else if (host->plan.ops[i].kind == NET_STOP_DHCP)
			steps[nr++] = 'e';
	steps[nr] = '\0';
	return steps;
}

HOST_TEST(net_plan_setup__dhcp_range__server_comes_last)
{
	struct host *host = *state;

	strvec_push(&host->taps, "tap1");
	host->want.range = "10.7.0.50,10.7.0.90";
	assert_string_equal(dhcp_steps(host, NULL), "s");
	assert_int_equal(host->plan.ops[host->plan.nr - 1].kind, NET_START_DHCP);
}

HOST_TEST(net_plan_setup__dhcp_server_of_that_range_runs__nothing_to_do)
{
	struct host *host = *state;

	add_network(host);
	host->want.range = "10.7.0.50,10.7.0.90";
	assert_string_equal(dhcp_steps(host, "10.7.0.50,10.7.0.90"), "");
	assert_int_equal(host->plan.nr, 0);
}

HOST_TEST(net_plan_setup__dhcp_server_has_another_range__anew)
{
	struct host *host = *state;

	add_network(host);
	host->want.range = "10.7.0.50,10.7.0.90";
	assert_string_equal(dhcp_steps(host, "10.7.0.60,10.7.0.90"), "es");
}

HOST_TEST(net_plan_setup__address_changes_under_dhcp_server__anew)
{
	struct host *host = *state;

	add_network(host);
	host->wanted[0] = prefix("10.7.0.2/24");
	host->want.range = "10.7.0.50,10.7.0.90";
	assert_string_equal(dhcp_steps(host, "10.7.0.50,10.7.0.90"), "es");
}

HOST_TEST(net_plan_setup__no_dhcp_range_any_more__server_ends)
{
	struct host *host = *state;

	add_network(host);
	assert_string_equal(dhcp_steps(host, "10.7.0.50,10.7.0.90"), "e");
}

HOST_TEST(net_plan_setup__dhcp_range_without_address__refused)
{
	struct host *host = *state;

	host->want.nr_addresses = 0;
	host->want.range = "10.7.0.50,10.7.0.90";
	assert_contains(refused(host), "BR_DHCP_SRV_RANGE requires an address");
}

HOST_TEST(net_plan_teardown__network__all_of_it_alone)
{
	struct host *host = *state;

	add_network(host);
	add_link(host, "tap9", "tun", NULL);
	add_link(host, "tap8", "tun", "rapido br9");
	add_link(host, "br9", "bridge", "rapido br9");
	assert_string_equal(tear_down(host), "ip link set dev tap1 down\n"
					     "ip link set dev tap1 nomaster\n"
					     "ip tuntap del dev tap1 mode tap\n"
					     "ip link set dev tap2 down\n"
					     "ip link set dev tap2 nomaster\n"
					     "ip tuntap del dev tap2 mode tap\n"
					     "ip address delete 10.7.0.1/24 dev br7\n"
					     "ip link set dev br7 down\n"
					     "ip link delete dev br7\n");
}

HOST_TEST(net_plan_teardown__uplink__as_it_was)
{
	struct host *host = *state;

	add_network_with_uplink(host);
	assert_contains(tear_down(host), "ip link set dev eth1 down\n"
					 "ip link set dev eth1 nomaster\n");
}

HOST_TEST(net_plan_teardown__uplink_was_taken_by_others__left_alone)
{
	struct host *host = *state;

	add_network_with_uplink(host);
	link_of(host, "eth1")->master = 0;
	assert_lacks(tear_down(host), "eth1");
}

HOST_TEST(net_plan_teardown__foreign_port__taken_out)
{
	struct host *host = *state;

	add_network(host);
	link_of(host, "eth0")->master = link_of(host, "br7")->index;
	assert_contains(tear_down(host), "ip link set dev eth0 nomaster\n");
	assert_lacks(host->text.buf, "eth0 down");
}

HOST_TEST(net_plan_teardown__bridge_is_gone__the_taps)
{
	struct host *host = *state;

	add_link(host, "tap1", "tun", "rapido br7");
	assert_string_equal(tear_down(host), "ip link set dev tap1 down\n"
					     "ip tuntap del dev tap1 mode tap\n");
}

HOST_TEST(net_plan_teardown__foreign_bridge__nothing)
{
	struct host *host = *state;

	add_link(host, "br7", "bridge", NULL);
	tear_down(host);
	assert_int_equal(host->plan.nr, 0);
}

HOST_TEST(net_plan_teardown__tap_of_another_user__refused)
{
	struct host *host = *state;

	add_network(host);
	link_of(host, "tap2")->owner = 1001;
	assert_int_equal(net_plan_teardown(&host->plan, "br7", &host->want.rights,
					   &host->state, NULL, &host->report),
			 -EINVAL);
	assert_int_equal(host->report.errors.nr, 1);
	assert_contains(host->report.errors.v[0], "'tap2' to '1001'");
	assert_contains(host->report.errors.v[0], "--force");
	report_release(&host->report);
	host->want.rights.force = true;
	assert_int_equal(net_plan_teardown(&host->plan, "br7", &host->want.rights,
					   &host->state, NULL, &host->report),
			 0);
	assert_int_not_equal(host->plan.nr, 0);
}

HOST_TEST(net_plan_teardown__tap_in_use__refused)
{
	struct host *host = *state;

	add_network(host);
	link_of(host, "tap2")->carrier = true;
	assert_int_equal(net_plan_teardown(&host->plan, "br7", &host->want.rights,
					   &host->state, NULL, &host->report),
			 -EINVAL);
	assert_strvec(&host->report.errors,
		      "'tap2' is in use by a VM: end it first, see 'rapido stop'");
}

HOST_TEST(net_mark_bridges__several_marks__each_bridge_once)
{
	_cleanup_(strvec_release) struct strvec bridges = STRVEC_INIT;
	struct host *host = *state;

	add_network(host);
	add_link(host, "tap8", "tun", "rapido br9");
	add_link(host, "br6", "bridge", NULL)->group = NET_GROUP_UNFINISHED;
	add_link(host, "br5", "bridge", "rapido br4");
	add_link(host, "dummy5", "dummy", "rapido br5");
	net_mark_bridges(&host->state, &bridges);
	assert_strvec(&bridges, "br7", "br9", "br6");
}

HOST_TEST(net_op_inverse__twice__the_same)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct host *host = *state;

	add_network_with_uplink(host);
	host->want.rights.uid = 0;
	link_of(host, "tap1")->owner = 1001;
	host->wanted[0] = prefix("10.8.0.1/24");
	strvec_push(&host->taps, "tap3");
	set_up(host, "a range");
	for (size_t i = 0; i < host->plan.nr; i++) {
		struct net_op once = net_op_inverse(&host->plan.ops[i]);
		struct net_op twice = net_op_inverse(&once);

		strbuf_setlen(&host->text, 0);
		net_op_add_commands(&host->plan.ops[i], &host->text);
		net_op_add_commands(&twice, &text);
		assert_string_equal(text.buf, host->text.buf);
		strbuf_setlen(&text, 0);
	}
}

HOST_TEST(net_op_line__new_network__bridge_and_taps_alone)
{
	_cleanup_(strbuf_release) struct strbuf lines = STRBUF_INIT;
	struct host *host = *state;

	strvec_push(&host->taps, "tap1");
	host->want.rights.owner = 0;
	set_up(host, NULL);
	for (size_t i = 0; i < host->plan.nr; i++) {
		_cleanup_free_ char *line = net_op_line(&host->plan, &host->plan.ops[i]);

		if (line)
			strbuf_addf(&lines, "%s\n", line);
	}
	assert_string_equal(lines.buf, "bridge br7 10.7.0.1/24\ntap tap1 owner root\n");
}

DEFINE_TEST(net_mark_parse__what_text_makes__is_read_back)
{
	static const char *const marks[] = { "rapido br7", "rapido br7 uplink eth1 up",
					     "rapido br7 uplink eth1 down" };
	struct net_mark mark;
	char text[NET_MARK_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		assert_true(net_mark_parse(&mark, marks[i]));
		assert_string_equal(net_mark_text(&mark, text), marks[i]);
	}
}

DEFINE_TEST(net_mark_parse__other_aliases__no_marks)
{
	static const char *const others[] = {
		NULL,
		"",
		"rapido",
		"uplink to rapido br7",
		"rapido br7 uplink",
		"rapido br7 uplink eth1",
		"rapido br7 uplink eth1 maybe",
		"rapido br7 uplink eth1 up twice",
		"rapido br7 downlink eth1 up",
		"rapido a-name-that-is-too-long",
		"rapido br7 uplink a-name-that-is-too-long up",
	};
	struct net_mark mark;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		assert_false(net_mark_parse(&mark, others[i]));
		assert_string_equal(mark.bridge, "");
	}
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

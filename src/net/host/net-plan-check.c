// SPDX-License-Identifier: GPL-2.0-or-later
/* Obstacles to setting up a bridge: it would change or hide what belongs to others. */
#include <linux/rtnetlink.h>

#include "net-plan-check.h"

/* Routes to everything, or to one half of everything as VPNs set them, are not networks.
 */
#define EVERYTHING_BITS 1

static void check_bridge(const char *name, const struct net_state *state,
			 struct report *report)
{
	const struct net_link *link = net_state_find(state, name);

	if (!net_name_is_valid(name))
		report_error(report, "'%s' cannot be the name of a bridge", name);
	else if (link && !net_mark_is_bridge(link, name))
		report_error(report,
			     "there is a %s '%s' that rapido did not make: choose "
			     "another name for the bridge (-b or BR_DEV)",
			     streq(link->kind, "bridge") ? "bridge" : "device", name);
}

static bool may_change(const struct net_rights *rights, const struct net_link *tap)
{
	return rights->force || !rights->uid || !tap->has_owner || !tap->owner ||
	       tap->owner == rights->uid || tap->owner == rights->owner;
}

bool net_plan_check_owners(const char *bridge, const struct net_rights *rights,
			   const struct net_state *state, const char *remedy,
			   struct report *report)
{
	_cleanup_(strbuf_release) struct strbuf taps = STRBUF_INIT;

	for (size_t i = 0; i < state->nr_links; i++) {
		const struct net_link *link = &state->links[i];
		_cleanup_free_ char *owner = NULL;

		if (!net_mark_is_tap(link, bridge) || may_change(rights, link))
			continue;
		owner = net_owner_name(link->owner);
		strbuf_addf(&taps, "%s'%s' to '%s'", taps.len ? ", " : "", link->name,
			    owner);
	}
	if (taps.len)
		report_error(report,
			     "TAP devices of the bridge '%s' belong to another user, %s: "
			     "%sto take this network away, use --force",
			     bridge, taps.buf, remedy);
	return !taps.len;
}

/* Check an existing TAP device. */
static void check_owned_tap(const struct net_link *link, const struct net_want *want,
			    struct report *report)
{
	_cleanup_free_ char *owner = net_owner_name(link->owner);
	struct net_mark mark;

	if (net_mark_is_tap(link, want->bridge)) {
		if (link->carrier && link->owner != want->rights.owner)
			report_error(report,
				     "'%s' belongs to '%s' and is in use by a VM: end "
				     "the VM first",
				     link->name, owner);
	} else if (net_mark_parse(&mark, link->alias)) {
		report_error(report,
			     "'%s' is for the bridge '%s': run 'sudo rapido "
			     "teardown-network -b %s' first",
			     link->name, mark.bridge, mark.bridge);
	} else {
		report_error(report,
			     "there is a TAP device '%s' that rapido did not make; to "
			     "remove it: ip link delete %s",
			     link->name, link->name);
	}
}

static void check_tap(const char *name, const struct net_want *want,
		      const struct net_state *state, struct report *report)
{
	const struct net_link *link = net_state_find(state, name);

	if (!net_name_is_valid(name))
		report_error(report, "'%s' cannot be the name of a TAP device", name);
	else if (streq(name, want->bridge))
		report_error(report, "'%s' is the bridge, and cannot be a TAP device too",
			     name);
	else if (link && link->is_tap)
		check_owned_tap(link, want, report);
}

/* Link-local and multicast addresses: they reach nobody behind the link, and in IPv6
 * every device that is up has them. */
static bool is_of_the_link(const struct net_ip *ip)
{
	const unsigned char *bytes = ip->bytes;

	if (ip->family == AF_INET)
		return bytes[0] == 169 && bytes[1] == 254;
	return bytes[0] == 0xff || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80);
}

/*
 * The addresses of a device in a bridge do not work: answers arrive at the bridge. Giving
 * an address to the bridge as well does not help as long as the device has it, too.
 */
static bool check_uplink_addresses(const struct net_link *link,
				   const struct net_state *state, struct report *report)
{
	bool has_none = true;
	char text[NET_PREFIX_TEXT];

	for (size_t i = 0; i < state->nr_addresses; i++) {
		const struct net_address *address = &state->addresses[i];

		if (address->index != link->index || address->is_link_local)
			continue;
		net_prefix_text(&address->prefix, text);
		report_error(report,
			     "BR_IF: '%s' has the address '%s', at which the host would "
			     "become unreachable: choose a device without addresses, or "
			     "move this one to BR_ADDR",
			     link->name, text);
		has_none = false;
	}
	return has_none;
}

static void check_uplink_routes(const struct net_link *link,
				const struct net_state *state, struct report *report)
{
	char text[NET_PREFIX_TEXT];

	for (size_t i = 0; i < state->nr_routes; i++) {
		const struct net_route *route = &state->routes[i];

		if (route->index != link->index || is_of_the_link(&route->to.ip))
			continue;
		net_prefix_text(&route->to, text);
		report_error(report,
			     "BR_IF: the host would lose its route to %s%s through "
			     "'%s': choose a device without routes",
			     text, route->to.length ? "" : " (all others)", link->name);
	}
}

static void check_uplink(const struct net_want *want, const struct net_state *state,
			 struct report *report)
{
	const struct net_link *link = net_state_find(state, want->uplink);
	const char *master = link ? net_state_master(state, link) : NULL;

	if (!net_name_is_valid(want->uplink))
		report_error(report, "BR_IF: '%s' cannot be the name of a device",
			     want->uplink);
	else if (!link)
		report_error(report, "BR_IF: there is no device '%s'", want->uplink);
	else if (streq(want->uplink, want->bridge) || streq(want->uplink, "lo") ||
		 net_mark_is_tap(link, want->bridge))
		report_error(report, "BR_IF: '%s' cannot be an uplink", want->uplink);
	else if (master && !streq(master, want->bridge))
		report_error(report, "BR_IF: '%s' is in '%s' already", want->uplink,
			     master);
	else if (!master && check_uplink_addresses(link, state, report))
		check_uplink_routes(link, state, report);
}

/* Whether the bridge has the address already: then it does no new harm. */
static bool is_there(const struct net_prefix *address, const struct net_want *want,
		     const struct net_state *state)
{
	const struct net_link *bridge = net_state_find(state, want->bridge);

	for (size_t i = 0; bridge && i < state->nr_addresses; i++)
		if (state->addresses[i].index == bridge->index &&
		    net_prefix_equal(&state->addresses[i].prefix, address))
			return true;
	return false;
}

/* Whether it is a device other than the bridge and its uplink, which may have no
 * addresses anyway. */
static bool is_elsewhere(int index, const struct net_want *want,
			 const struct net_state *state)
{
	const struct net_link *link = index ? net_state_find_index(state, index) : NULL;

	return !link || (!streq(link->name, want->bridge) &&
			 (!want->uplink || !streq(link->name, want->uplink)));
}

/* The route to the largest network that clashes, or NULL. */
static const struct net_route *find_route(const struct net_prefix *address,
					  const struct net_want *want,
					  const struct net_state *state)
{
	const struct net_route *found = NULL;

	for (size_t i = 0; i < state->nr_routes; i++) {
		const struct net_route *route = &state->routes[i];

		if (route->to.length > EVERYTHING_BITS &&
		    is_elsewhere(route->index, want, state) &&
		    net_prefix_overlap(&route->to, address) &&
		    (!found || route->to.length < found->to.length))
			found = route;
	}
	return found;
}

/* An address that clashes, or NULL. Devices that are down have addresses but no routes.
 */
static const struct net_address *find_address(const struct net_prefix *address,
					      const struct net_want *want,
					      const struct net_state *state)
{
	for (size_t i = 0; i < state->nr_addresses; i++)
		if (is_elsewhere(state->addresses[i].index, want, state) &&
		    net_prefix_overlap(&state->addresses[i].prefix, address))
			return &state->addresses[i];
	return NULL;
}

/* " on 'eth0' (table 100)", of which either part may be missing. Heap. */
static char *describe_place(const struct net_state *state, int index, uint32_t table)
{
	const struct net_link *link = index ? net_state_find_index(state, index) : NULL;
	struct strbuf text = STRBUF_INIT;

	if (link)
		strbuf_addf(&text, " on '%s'", link->name);
	/* `ip route` only shows the others if it is told to */
	if (table && table != RT_TABLE_MAIN && table != RT_TABLE_LOCAL)
		strbuf_addf(&text, " (table %lu)", (unsigned long)table);
	return strbuf_detach(&text);
}

static void report_clash(struct report *report, const char *address, const char *what,
			 const struct net_prefix *other, const char *place)
{
	char text[NET_PREFIX_TEXT];

	report_error(report,
		     "'%s' clashes with the host's %s %s%s: choose another with -a or "
		     "BR_ADDR",
		     address, what, net_prefix_text(other, text), place);
}

static void check_address(const struct net_prefix *address, const struct net_want *want,
			  const struct net_state *state, struct report *report)
{
	const struct net_route *route = find_route(address, want, state);
	const struct net_address *other = find_address(address, want, state);
	_cleanup_free_ char *place = NULL;
	char text[NET_PREFIX_TEXT];

	net_prefix_text(address, text);
	if (!net_prefix_is_host(address)) {
		report_error(report, "'%s' cannot be the address of a bridge", text);
	} else if (is_there(address, want, state)) {
		return;
	} else if (route) {
		place = describe_place(state, route->index, route->table);
		report_clash(report, text, "route to", &route->to, place);
	} else if (other) {
		place = describe_place(state, other->index, 0);
		report_clash(report, text, "address", &other->prefix, place);
	}
}

bool net_plan_check(const struct net_want *want, const struct net_state *state,
		    struct report *report)
{
	size_t errors = report->errors.nr;

	check_bridge(want->bridge, state, report);
	net_plan_check_owners(want->bridge, &want->rights, state,
			      "choose another bridge and other devices (-b or BR_DEV, "
			      "net-conf), or ",
			      report);
	for (size_t i = 0; i < want->nr_addresses; i++)
		check_address(&want->addresses[i], want, state, report);
	for (size_t i = 0; i < want->taps->nr; i++)
		check_tap(want->taps->v[i], want, state, report);
	if (want->uplink)
		check_uplink(want, state, report);
	if (want->range && !want->nr_addresses)
		report_error(report, "BR_DHCP_SRV_RANGE requires an address in BR_ADDR");
	return report->errors.nr == errors;
}

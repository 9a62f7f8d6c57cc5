// SPDX-License-Identifier: GPL-2.0-or-later
/* Plans how to make a bridge and its TAP devices, bring them up to date, or remove them.
 */
#include <errno.h>

#include "net-plan-check.h"

void net_plan_release(struct net_plan *plan)
{
	free(plan->ops);
	free(plan->addresses);
	free(plan->had);
	strvec_release(&plan->notes);
	strvec_release(&plan->strings);
	*plan = (struct net_plan)NET_PLAN_INIT;
}

static const char *keep(struct net_plan *plan, const char *text)
{
	return text ? strvec_push(&plan->strings, text) : NULL;
}

static void append(struct net_plan *plan, const struct net_op *op)
{
	struct net_op *added;

	ALLOC_GROW(plan->ops, plan->nr, plan->alloc);
	added = &plan->ops[plan->nr++];
	*added = *op;
	added->device = keep(plan, op->device);
	added->alias = keep(plan, op->alias);
	added->alias_was = keep(plan, op->alias_was);
	added->bridge = keep(plan, op->bridge);
	added->bridge_was = keep(plan, op->bridge_was);
	added->range = keep(plan, op->range);
}

#define add(plan, ...) append(plan, &(const struct net_op){ __VA_ARGS__ })

struct net_op net_op_inverse(const struct net_op *op)
{
	static const enum net_op_kind kinds[] = {
		[NET_ADD_BRIDGE] = NET_DEL_BRIDGE,
		[NET_DEL_BRIDGE] = NET_ADD_BRIDGE,
		[NET_ADD_TAP] = NET_DEL_TAP,
		[NET_DEL_TAP] = NET_ADD_TAP,
		[NET_SET_OWNER] = NET_SET_OWNER,
		[NET_SET_ALIAS] = NET_SET_ALIAS,
		[NET_ADD_ADDRESS] = NET_DEL_ADDRESS,
		[NET_DEL_ADDRESS] = NET_ADD_ADDRESS,
		[NET_SET_MASTER] = NET_SET_MASTER,
		[NET_UP] = NET_DOWN,
		[NET_DOWN] = NET_UP,
		[NET_START_DHCP] = NET_STOP_DHCP,
		[NET_STOP_DHCP] = NET_START_DHCP,
	};
	struct net_op inverse = *op;

	inverse.kind = kinds[op->kind];
	if (op->kind == NET_SET_OWNER) {
		inverse.owner = op->owner_was;
		inverse.owner_was = op->owner;
	} else if (op->kind == NET_SET_ALIAS) {
		inverse.alias = op->alias_was;
		inverse.alias_was = op->alias;
	} else if (op->kind == NET_SET_MASTER) {
		inverse.bridge = op->bridge_was;
		inverse.bridge_was = op->bridge;
	}
	return inverse;
}

/* In steps each of which has an exact inverse. */
static void remove_tap(struct net_plan *plan, const struct net_link *tap,
		       const struct net_state *state)
{
	const char *master = net_state_master(state, tap);

	if (tap->up)
		add(plan, .kind = NET_DOWN, .device = tap->name);
	if (master)
		add(plan, .kind = NET_SET_MASTER, .device = tap->name,
		    .bridge_was = master);
	add(plan, .kind = NET_DEL_TAP, .device = tap->name, .alias = tap->alias,
	    .owner = tap->owner);
}

/* Does nothing if somebody has taken it out of the bridge meanwhile. */
static void release_uplink(struct net_plan *plan, const struct net_mark *mark,
			   const struct net_state *state)
{
	const struct net_link *uplink = net_state_find(state, mark->uplink);
	const char *master = uplink ? net_state_master(state, uplink) : NULL;

	if (!master || !streq(master, mark->bridge))
		return;
	/* first, because the mark only counts while it is in the bridge: we may be killed
	 */
	if (uplink->up && !mark->uplink_was_up)
		add(plan, .kind = NET_DOWN, .device = uplink->name);
	add(plan, .kind = NET_SET_MASTER, .device = uplink->name, .bridge_was = master);
}

static void take_had(struct net_plan *plan, const struct net_state *state,
		     const char *bridge)
{
	const struct net_link *link = net_state_find(state, bridge);

	plan->had = xcalloc(state->nr_addresses, sizeof(*plan->had));
	for (size_t i = 0; link && i < state->nr_addresses; i++)
		if (state->addresses[i].index == link->index &&
		    state->addresses[i].is_static && !state->addresses[i].is_link_local)
			plan->had[plan->nr_had++] = state->addresses[i].prefix;
}

/* Put the device @name into the bridge and bring it up; @link is what it is now, NULL if
 * it does not exist yet. */
static void enslave(struct net_plan *plan, const char *name, const struct net_link *link,
		    const struct net_want *want, const struct net_state *state)
{
	const char *master = link ? net_state_master(state, link) : NULL;

	if (!master || !streq(master, want->bridge))
		add(plan, .kind = NET_SET_MASTER, .device = name, .bridge = want->bridge,
		    .bridge_was = master);
	if (!link || !link->up)
		add(plan, .kind = NET_UP, .device = name);
}

static bool has_address(const struct net_prefix *list, size_t nr,
			const struct net_prefix *address)
{
	for (size_t i = 0; i < nr; i++)
		if (net_prefix_equal(&list[i], address))
			return true;
	return false;
}

/* Set the wanted addresses, each once. */
static void take_wanted(struct net_plan *plan, const struct net_want *want)
{
	plan->addresses = xcalloc(want->nr_addresses, sizeof(*plan->addresses));
	for (size_t i = 0; i < want->nr_addresses; i++)
		if (!has_address(plan->addresses, plan->nr_addresses,
				 &want->addresses[i]))
			plan->addresses[plan->nr_addresses++] = want->addresses[i];
}

/*
 * If one address is wrong, all of its family are removed and added again: the kernel
 * removes all addresses of a network together with the first of them, and it is their
 * order that makes one the first.
 */
static void plan_family(struct net_plan *plan, const char *bridge, int family)
{
	bool afresh = false;

	for (size_t i = 0; i < plan->nr_had; i++)
		if (plan->had[i].ip.family == family &&
		    !has_address(plan->addresses, plan->nr_addresses, &plan->had[i]))
			afresh = true;
	for (size_t i = plan->nr_had; afresh && i > 0; i--)
		if (plan->had[i - 1].ip.family == family)
			add(plan, .kind = NET_DEL_ADDRESS, .device = bridge,
			    .address = plan->had[i - 1]);
	for (size_t i = 0; i < plan->nr_addresses; i++)
		if (plan->addresses[i].ip.family == family &&
		    (afresh ||
		     !has_address(plan->had, plan->nr_had, &plan->addresses[i])))
			add(plan, .kind = NET_ADD_ADDRESS, .device = bridge,
			    .address = plan->addresses[i]);
}

/* The bridge's mark after the set-up: it says in what state the uplink was found. */
static struct net_mark make_mark(const struct net_want *want, const struct net_mark *now,
				 const struct net_state *state)
{
	const struct net_link *uplink =
		want->uplink ? net_state_find(state, want->uplink) : NULL;
	struct net_mark mark = { .uplink_was_up = uplink && uplink->up };

	strcpy(mark.bridge, want->bridge);
	if (!uplink)
		return mark;
	strcpy(mark.uplink, want->uplink);
	if (streq(now->uplink, want->uplink))
		mark.uplink_was_up = now->uplink_was_up;
	return mark;
}

static void plan_bridge(struct net_plan *plan, const struct net_mark *mark,
			const struct net_link *link)
{
	const char *bridge = mark->bridge;
	char text[NET_MARK_TEXT];

	net_mark_text(mark, text);
	if (!link)
		add(plan, .kind = NET_ADD_BRIDGE, .device = bridge, .alias = text);
	else if (!link->alias || !streq(link->alias, text))
		add(plan, .kind = NET_SET_ALIAS, .device = bridge, .alias = text,
		    .alias_was = link->alias);
	if (!link || !link->up)
		add(plan, .kind = NET_UP, .device = bridge);
	plan_family(plan, bridge, AF_INET);
	plan_family(plan, bridge, AF_INET6);
}

static void plan_tap(struct net_plan *plan, const struct net_want *want, const char *name,
		     const struct net_state *state)
{
	const struct net_link *link = net_state_find(state, name);
	struct net_mark mark = { .uplink = "" };
	char text[NET_MARK_TEXT];

	if (link && !link->is_tap) {
		strvec_pushf(&plan->notes,
			     "'%s' is not a TAP device: its file is for the guest only",
			     name);
		return;
	}
	strcpy(mark.bridge, want->bridge);
	net_mark_text(&mark, text);
	if (!link)
		add(plan, .kind = NET_ADD_TAP, .device = name, .alias = text,
		    .owner = want->rights.owner);
	else if (link->owner != want->rights.owner)
		add(plan, .kind = NET_SET_OWNER, .device = name, .alias = text,
		    .bridge = want->bridge, .owner = want->rights.owner,
		    .owner_was = link->owner);
	enslave(plan, name, link, want, state);
}

static void plan_stale(struct net_plan *plan, const struct net_want *want,
		       const struct net_state *state, struct report *report)
{
	for (size_t i = 0; i < state->nr_links; i++) {
		const struct net_link *link = &state->links[i];

		if (!net_mark_is_tap(link, want->bridge) ||
		    strvec_has(want->taps, link->name))
			continue;
		if (link->carrier)
			report_warn(report,
				    "'%s' is not in net-conf any more, but stays because "
				    "a VM uses it",
				    link->name);
		else
			remove_tap(plan, link, state);
	}
}

static void plan_uplink(struct net_plan *plan, const struct net_want *want,
			const struct net_state *state)
{
	const struct net_link *uplink =
		want->uplink ? net_state_find(state, want->uplink) : NULL;

	if (uplink)
		enslave(plan, want->uplink, uplink, want, state);
}

/* Whether the DHCP server for @range_now, if one runs, must be replaced. */
static bool dhcp_changes(const struct net_plan *plan, const struct net_want *want,
			 const char *range_now)
{
	if (!want->range || !range_now || !streq(want->range, range_now) ||
	    plan->nr_had != plan->nr_addresses)
		return true;
	for (size_t i = 0; i < plan->nr_had; i++)
		if (!has_address(plan->addresses, plan->nr_addresses, &plan->had[i]))
			return true;
	return false;
}

int net_plan_setup(struct net_plan *plan, const struct net_want *want,
		   const struct net_state *state, const char *range_now,
		   struct report *report)
{
	const struct net_link *link = net_state_find(state, want->bridge);
	struct net_mark now, mark;
	bool dhcp;

	if (!net_plan_check(want, state, report))
		return -EINVAL;
	net_mark_parse(&now, link ? link->alias : NULL);
	mark = make_mark(want, &now, state);
	take_had(plan, state, want->bridge);
	take_wanted(plan, want);
	dhcp = !link || dhcp_changes(plan, want, range_now);
	if (dhcp && range_now)
		add(plan, .kind = NET_STOP_DHCP, .device = want->bridge,
		    .range = range_now, .addresses = plan->had,
		    .nr_addresses = plan->nr_had);
	/* the former uplink, while the mark still names it */
	if (!streq(now.uplink, mark.uplink))
		release_uplink(plan, &now, state);
	plan_bridge(plan, &mark, link);
	for (size_t i = 0; i < want->taps->nr; i++)
		plan_tap(plan, want, want->taps->v[i], state);
	plan_stale(plan, want, state, report);
	plan_uplink(plan, want, state);
	if (dhcp && want->range)
		add(plan, .kind = NET_START_DHCP, .device = want->bridge,
		    .range = want->range, .addresses = plan->addresses,
		    .nr_addresses = plan->nr_addresses);
	return 0;
}

static void remove_bridge(struct net_plan *plan, const struct net_link *bridge)
{
	for (size_t i = plan->nr_had; i > 0; i--)
		add(plan, .kind = NET_DEL_ADDRESS, .device = bridge->name,
		    .address = plan->had[i - 1]);
	if (bridge->up)
		add(plan, .kind = NET_DOWN, .device = bridge->name);
	add(plan, .kind = NET_DEL_BRIDGE, .device = bridge->name, .alias = bridge->alias);
}

/* Take out what others have put into the bridge, so that an undo puts it back. */
static void release_ports(struct net_plan *plan, const struct net_link *bridge,
			  const struct net_mark *mark, const struct net_state *state)
{
	release_uplink(plan, mark, state);
	for (size_t i = 0; i < state->nr_links; i++) {
		const struct net_link *port = &state->links[i];

		if (port->master == bridge->index && !streq(port->name, mark->uplink) &&
		    !net_mark_is_tap(port, bridge->name))
			add(plan, .kind = NET_SET_MASTER, .device = port->name,
			    .bridge_was = bridge->name);
	}
}

static bool check_unused(const char *bridge, const struct net_state *state,
			 struct report *report)
{
	bool unused = true;

	for (size_t i = 0; i < state->nr_links; i++) {
		if (!net_mark_is_tap(&state->links[i], bridge) ||
		    !state->links[i].carrier)
			continue;
		report_error(report,
			     "'%s' is in use by a VM: end it first, see 'rapido stop'",
			     state->links[i].name);
		unused = false;
	}
	return unused;
}

int net_plan_teardown(struct net_plan *plan, const char *bridge,
		      const struct net_rights *rights, const struct net_state *state,
		      const char *range_now, struct report *report)
{
	const struct net_link *link = net_state_find(state, bridge);
	bool is_ours = net_mark_is_bridge(link, bridge);
	bool may = net_plan_check_owners(bridge, rights, state, "", report);
	struct net_mark mark;

	if (!check_unused(bridge, state, report) || !may)
		return -EINVAL;
	take_had(plan, state, bridge);
	if (range_now)
		add(plan, .kind = NET_STOP_DHCP, .device = bridge, .range = range_now,
		    .addresses = plan->had, .nr_addresses = plan->nr_had);
	if (is_ours) {
		net_mark_parse(&mark, link->alias);
		release_ports(plan, link, &mark, state);
	}
	for (size_t i = 0; i < state->nr_links; i++)
		if (net_mark_is_tap(&state->links[i], bridge))
			remove_tap(plan, &state->links[i], state);
	if (is_ours)
		remove_bridge(plan, link);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of operations on network devices, and the plan of removal. */
#include <errno.h>

#include "net/host/net-plan.h"

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

void net_plan_add(struct net_plan *plan, const struct net_op *op)
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

#define add(plan, ...) net_plan_add(plan, &(const struct net_op){ __VA_ARGS__ })

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

const char *net_plan_master(const struct net_state *state, const struct net_link *link)
{
	const struct net_link *master =
		link->master ? net_state_find_index(state, link->master) : NULL;

	return master ? master->name : NULL;
}

/* One step after the other, so that each has an exact inverse. */
void net_plan_remove_tap(struct net_plan *plan, const struct net_link *tap,
			 const struct net_state *state)
{
	const char *master = net_plan_master(state, tap);

	if (tap->up)
		add(plan, .kind = NET_DOWN, .device = tap->name);
	if (master)
		add(plan, .kind = NET_SET_MASTER, .device = tap->name,
		    .bridge_was = master);
	add(plan, .kind = NET_DEL_TAP, .device = tap->name, .alias = tap->alias,
	    .owner = tap->owner);
}

/* Unless somebody else has taken it out of the bridge meanwhile. */
void net_plan_release_uplink(struct net_plan *plan, const struct net_mark *mark,
			     const struct net_state *state)
{
	const struct net_link *uplink = net_state_find(state, mark->uplink);
	const char *master = uplink ? net_plan_master(state, uplink) : NULL;

	if (!master || !streq(master, mark->bridge))
		return;
	/* while it is in the bridge the mark still counts, should we be killed */
	if (uplink->up && !mark->uplink_was_up)
		add(plan, .kind = NET_DOWN, .device = uplink->name);
	add(plan, .kind = NET_SET_MASTER, .device = uplink->name, .bridge_was = master);
}

void net_plan_take_addresses(struct net_plan *plan, const struct net_state *state,
			     const char *bridge)
{
	const struct net_link *link = net_state_find(state, bridge);

	plan->had = xcalloc(state->nr_addresses, sizeof(*plan->had));
	for (size_t i = 0; link && i < state->nr_addresses; i++)
		if (state->addresses[i].index == link->index &&
		    state->addresses[i].is_static && !state->addresses[i].is_link_local)
			plan->had[plan->nr_had++] = state->addresses[i].prefix;
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

/* What others have put into the bridge is taken out, and not lost to an undo. */
static void release_ports(struct net_plan *plan, const struct net_link *bridge,
			  const struct net_mark *mark, const struct net_state *state)
{
	net_plan_release_uplink(plan, mark, state);
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
		      const struct net_caller *caller, const struct net_state *state,
		      const char *range_now, struct report *report)
{
	const struct net_link *link = net_state_find(state, bridge);
	bool is_ours = net_mark_is_bridge(link, bridge);
	bool may = net_plan_check_owners(bridge, caller, state, "", report);
	struct net_mark mark;

	if (!check_unused(bridge, state, report) || !may)
		return -EINVAL;
	net_plan_take_addresses(plan, state, bridge);
	if (range_now)
		add(plan, .kind = NET_STOP_DHCP, .device = bridge, .range = range_now,
		    .addresses = plan->had, .nr_addresses = plan->nr_had);
	if (is_ours) {
		net_mark_parse(&mark, link->alias);
		release_ports(plan, link, &mark, state);
	}
	for (size_t i = 0; i < state->nr_links; i++)
		if (net_mark_is_tap(&state->links[i], bridge))
			net_plan_remove_tap(plan, &state->links[i], state);
	if (is_ours)
		remove_bridge(plan, link);
	return 0;
}

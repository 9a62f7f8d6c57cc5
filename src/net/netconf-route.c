// SPDX-License-Identifier: GPL-2.0-or-later
/* The routes of a .network file: [Route] sections, and Gateway= in [Network]. */
#include <linux/rtnetlink.h>

#include "netconf-parse.h"

static int set_destination(struct netconf_parser *p)
{
	return netconf_prefix(p, &p->route.to);
}

static int set_gateway(struct netconf_parser *p)
{
	/* what DHCP or a router's advertisement says */
	if (starts_with(p->value, "_") || streq(p->value, "dhcp")) {
		netconf_goes_beyond(p);
		return 0;
	}
	return netconf_ip(p, &p->route.gateway);
}

static int set_onlink(struct netconf_parser *p)
{
	enum netconf_choice choice;
	int err = netconf_choose(p, &choice);

	p->route.onlink = choice == NETCONF_YES;
	return err;
}

static int set_source(struct netconf_parser *p)
{
	return netconf_ip(p, &p->route.source);
}

static int set_metric(struct netconf_parser *p)
{
	return netconf_number(p, NULL, 0, UINT32_MAX, "no metric: 0 to 4294967295",
			      &p->route.metric);
}

static int set_table(struct netconf_parser *p)
{
	static const struct netconf_word tables[] = {
		{ "main", RT_TABLE_MAIN },
		{ "default", RT_TABLE_DEFAULT },
		{ "local", RT_TABLE_LOCAL },
		{ NULL, 0 },
	};

	return netconf_number(p, tables, 1, UINT32_MAX,
			      "no table: main, default, local or a number",
			      &p->route.table);
}

static int set_mtu(struct netconf_parser *p)
{
	return netconf_mtu(p, &p->route.mtu);
}

static int set_scope(struct netconf_parser *p)
{
	return netconf_scope(p, &p->route.scope, &p->route.has_scope);
}

bool netconf_set_route(struct netconf_parser *p)
{
	static const struct netconf_setter setters[] = {
		{ "Destination", set_destination },
		{ "Gateway", set_gateway },
		{ "GatewayOnLink", set_onlink },
		{ "MTUBytes", set_mtu },
		{ "Metric", set_metric },
		{ "PreferredSource", set_source },
		{ "Scope", set_scope },
		{ "Table", set_table },
		{ NULL, NULL },
	};

	return netconf_call(setters, p);
}

/* Gateway=0.0.0.0 and Gateway=:: say that everything can be reached without one. */
static void drop_gateway(struct netconf_route *route)
{
	if (!route->gateway.family || !netconf_is_any(&route->gateway))
		return;
	if (!route->to.ip.family)
		route->to.ip.family = route->gateway.family;
	route->gateway = (struct net_ip){ 0 };
}

/* What is wrong with the whole, or NULL. */
static const char *find_fault(const struct netconf_route *route)
{
	int family = route->to.ip.family ? route->to.ip.family : route->gateway.family;

	if (!family)
		return "a [Route] section without Destination= and Gateway=";
	if ((route->gateway.family && route->gateway.family != family) ||
	    (route->source.family && route->source.family != family))
		return "the addresses of the route are of different families";
	return NULL;
}

void netconf_route_end(struct netconf_parser *p)
{
	struct netconf_file *file = p->file;
	struct netconf_route *route = &p->route;
	const char *fault;

	/* what is beyond may be what makes it complete */
	if (p->bad || p->beyond)
		return;
	drop_gateway(route);
	fault = find_fault(route);
	if (fault) {
		report_error(p->report, "%s:%u: %s", file->path, p->object_line, fault);
		return;
	}
	net_prefix_mask(&route->to);
	/* that of IPv6 routes is not used */
	if (route->to.ip.family == AF_INET6 || route->gateway.family == AF_INET6)
		route->has_scope = false;
	ALLOC_GROW(file->routes, file->nr_routes, file->alloc_routes);
	file->routes[file->nr_routes++] = *route;
}

int netconf_network_gateway(struct netconf_parser *p)
{
	int err;

	if (!*p->value) {
		p->file->nr_routes = 0;
		return 0;
	}
	netconf_object_begin(p);
	err = set_gateway(p);
	netconf_route_end(p);
	return err;
}

int netconf_network_default(struct netconf_parser *p)
{
	enum netconf_choice choice;
	int err = netconf_choose(p, &choice);

	if (choice != NETCONF_YES)
		return err;
	netconf_object_begin(p);
	p->route.to.ip.family = AF_INET;
	netconf_route_end(p);
	return 0;
}

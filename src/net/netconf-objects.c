// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The addresses and routes of a .network file: [Address] and [Route] sections, each of
 * which is complete only at its end, and Address= and Gateway= in [Network].
 */
#include <linux/rtnetlink.h>

#include "net/ini.h"
#include "netconf-parse.h"

struct word {
	const char *name;
	uint32_t number;
};

/* Parse one of @words, whose last element has no name, or a number from @min to @max;
 * else report that the value is @what. */
static int get_number(struct netconf_parser *p, const struct word *words, uint32_t min,
		      uint32_t max, const char *what, uint32_t *number)
{
	unsigned long n;

	*number = 0;
	if (!*p->value)
		return 0;
	for (; words && words->name; words++) {
		if (streq(words->name, p->value)) {
			*number = words->number;
			return 0;
		}
	}
	if (parse_uint(p->value, min, max, &n))
		return netconf_bad_value(p, what);
	*number = (uint32_t)n;
	return 0;
}

static int get_scope(struct netconf_parser *p, unsigned char *scope, bool *has_scope)
{
	static const struct word scopes[] = {
		{ "global", RT_SCOPE_UNIVERSE }, { "site", RT_SCOPE_SITE },
		{ "link", RT_SCOPE_LINK },	 { "host", RT_SCOPE_HOST },
		{ "nowhere", RT_SCOPE_NOWHERE }, { NULL, 0 },
	};
	uint32_t number;
	int err = get_number(p, scopes, 0, 255,
			     "not a scope: global, link, host or a number", &number);

	*scope = (unsigned char)number;
	*has_scope = !err && *p->value;
	return err;
}

static int get_ip(struct netconf_parser *p, struct net_ip *ip)
{
	*ip = (struct net_ip){ 0 };
	if (*p->value && net_ip_parse(p->value, ip))
		return netconf_bad_value(p, "not an address");
	return 0;
}

static int get_prefix(struct netconf_parser *p, struct net_prefix *prefix)
{
	*prefix = (struct net_prefix){ 0 };
	if (*p->value && net_prefix_parse(p->value, prefix))
		return netconf_bad_value(p, "not an address");
	return 0;
}

static bool is_any(const struct net_ip *ip)
{
	static const unsigned char zeros[sizeof(ip->bytes)];

	return memcmp(ip->bytes, zeros, sizeof(zeros)) == 0;
}

void netconf_object_begin(struct netconf_parser *p)
{
	p->object_line = p->line;
	p->bad = p->beyond = p->no_broadcast = false;
	p->peer_length = 0;
	p->address = (struct netconf_address){ 0 };
	p->route = (struct netconf_route){ 0 };
}

static int set_address(struct netconf_parser *p)
{
	const struct net_prefix *prefix = &p->address.prefix;
	int err = get_prefix(p, &p->address.prefix);

	if (err || !*p->value)
		return err;
	/* systemd-networkd chooses a network that nobody uses */
	if (is_any(&prefix->ip))
		netconf_goes_beyond(p);
	else if (!strchr(p->value, '/'))
		report_warn(p->report,
			    "%s:%u: '%s' has no prefix length, so it is a network of one "
			    "address: did you mean '%s/%d'?",
			    p->file->path, p->line, p->value, p->value,
			    prefix->ip.family == AF_INET6 ? 64 : 24);
	return 0;
}

static int set_peer(struct netconf_parser *p)
{
	struct net_prefix peer;
	int err = get_prefix(p, &peer);

	p->address.peer = peer.ip;
	p->peer_length = strchr(p->value, '/') ? peer.length : 0;
	return err;
}

static int set_broadcast(struct netconf_parser *p)
{
	int yes = parse_bool(p->value);

	p->no_broadcast = yes == 0;
	p->address.broadcast = (struct net_ip){ 0 };
	return yes < 0 ? get_ip(p, &p->address.broadcast) : 0;
}

static int set_address_scope(struct netconf_parser *p)
{
	return get_scope(p, &p->address.scope, &p->address.has_scope);
}

bool netconf_set_address(struct netconf_parser *p)
{
	static const struct netconf_setter setters[] = {
		{ "Address", set_address },
		{ "Broadcast", set_broadcast },
		{ "Peer", set_peer },
		{ "Scope", set_address_scope },
		{ NULL, NULL },
	};

	return netconf_call(setters, p);
}

/* What is wrong with it, or NULL. */
static const char *find_address_fault(const struct netconf_address *address)
{
	int family = address->prefix.ip.family;

	if (!family)
		return "an [Address] section without Address=";
	if (address->peer.family && address->peer.family != family)
		return "Address= and Peer= are of different families";
	if (address->broadcast.family &&
	    (family != AF_INET || address->broadcast.family != AF_INET))
		return "Broadcast= is for IPv4 only";
	return NULL;
}

/* As systemd-networkd does; the kernel would not set one. */
static void derive_broadcast(struct netconf_address *address)
{
	const struct net_prefix *prefix = &address->prefix;

	if (prefix->ip.family != AF_INET || prefix->length > 30 || address->peer.family ||
	    address->broadcast.family)
		return;
	address->broadcast = prefix->ip;
	for (unsigned int bit = prefix->length; bit < 32; bit++)
		address->broadcast.bytes[bit / 8] |= (unsigned char)(0x80 >> bit % 8);
}

void netconf_address_end(struct netconf_parser *p)
{
	struct netconf_file *file = p->file;
	struct netconf_address *address = &p->address;
	const char *fault = find_address_fault(address);

	if (p->bad)
		return;
	if (fault) {
		report_error(p->report, "%s:%u: %s", file->path, p->object_line, fault);
		return;
	}
	/* systemd-networkd will choose it */
	if (is_any(&address->prefix.ip))
		return;
	if (p->peer_length)
		address->prefix.length = p->peer_length;
	if (!p->no_broadcast)
		derive_broadcast(address);
	if (address->prefix.ip.family != AF_INET)
		address->has_scope = false;
	ALLOC_GROW(file->addresses, file->nr_addresses, file->alloc_addresses);
	file->addresses[file->nr_addresses++] = *address;
}

int netconf_network_address(struct netconf_parser *p)
{
	int err;

	if (!*p->value) {
		p->file->nr_addresses = 0;
		return 0;
	}
	netconf_object_begin(p);
	err = set_address(p);
	netconf_address_end(p);
	return err;
}

static int set_destination(struct netconf_parser *p)
{
	return get_prefix(p, &p->route.to);
}

static int set_gateway(struct netconf_parser *p)
{
	/* one that DHCP or a router advertises */
	if (starts_with(p->value, "_") || streq(p->value, "dhcp")) {
		netconf_goes_beyond(p);
		return 0;
	}
	return get_ip(p, &p->route.gateway);
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
	return get_ip(p, &p->route.source);
}

static int set_metric(struct netconf_parser *p)
{
	return get_number(p, NULL, 0, UINT32_MAX, "not a metric: 0 to 4294967295",
			  &p->route.metric);
}

static int set_table(struct netconf_parser *p)
{
	static const struct word tables[] = {
		{ "main", RT_TABLE_MAIN },
		{ "default", RT_TABLE_DEFAULT },
		{ "local", RT_TABLE_LOCAL },
		{ NULL, 0 },
	};

	return get_number(p, tables, 1, UINT32_MAX,
			  "not a table: main, default, local or a number",
			  &p->route.table);
}

static int set_route_mtu(struct netconf_parser *p)
{
	return netconf_mtu(p, &p->route.mtu);
}

static int set_route_scope(struct netconf_parser *p)
{
	return get_scope(p, &p->route.scope, &p->route.has_scope);
}

bool netconf_set_route(struct netconf_parser *p)
{
	static const struct netconf_setter setters[] = {
		{ "Destination", set_destination },
		{ "Gateway", set_gateway },
		{ "GatewayOnLink", set_onlink },
		{ "MTUBytes", set_route_mtu },
		{ "Metric", set_metric },
		{ "PreferredSource", set_source },
		{ "Scope", set_route_scope },
		{ "Table", set_table },
		{ NULL, NULL },
	};

	return netconf_call(setters, p);
}

/* Gateway=0.0.0.0 and Gateway=:: mean that no gateway is necessary. */
static void drop_gateway(struct netconf_route *route)
{
	if (!route->gateway.family || !is_any(&route->gateway))
		return;
	if (!route->to.ip.family)
		route->to.ip.family = route->gateway.family;
	route->gateway = (struct net_ip){ 0 };
}

/* What is wrong with it, or NULL. */
static const char *find_route_fault(const struct netconf_route *route)
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

	/* what we do not read may complete it */
	if (p->bad || p->beyond)
		return;
	drop_gateway(route);
	fault = find_route_fault(route);
	if (fault) {
		report_error(p->report, "%s:%u: %s", file->path, p->object_line, fault);
		return;
	}
	net_prefix_mask(&route->to);
	/* IPv6 routes have no scope */
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

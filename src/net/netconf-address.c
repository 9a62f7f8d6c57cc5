// SPDX-License-Identifier: GPL-2.0-or-later
/* The addresses of a .network file: [Address] sections, and Address= in [Network]. */
#include "net/ini.h"
#include "netconf-parse.h"

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
	int err = netconf_prefix(p, &p->address.prefix);

	if (err || !*p->value)
		return err;
	/* systemd-networkd looks for a network that nobody has */
	if (netconf_is_any(&prefix->ip))
		netconf_goes_beyond(p);
	else if (!strchr(p->value, '/'))
		report_warn(p->report,
			    "%s:%u: without a length '%s' is a network of its own: "
			    "write '%s/%d'",
			    p->file->path, p->line, p->value, p->value,
			    prefix->ip.family == AF_INET6 ? 64 : 24);
	return 0;
}

static int set_peer(struct netconf_parser *p)
{
	struct net_prefix peer;
	int err = netconf_prefix(p, &peer);

	p->address.peer = peer.ip;
	p->peer_length = strchr(p->value, '/') ? peer.length : 0;
	return err;
}

static int set_broadcast(struct netconf_parser *p)
{
	int yes = parse_bool(p->value);

	p->no_broadcast = yes == 0;
	p->address.broadcast = (struct net_ip){ 0 };
	return yes < 0 ? netconf_ip(p, &p->address.broadcast) : 0;
}

static int set_scope(struct netconf_parser *p)
{
	return netconf_scope(p, &p->address.scope, &p->address.has_scope);
}

bool netconf_set_address(struct netconf_parser *p)
{
	static const struct netconf_setter setters[] = {
		{ "Address", set_address },
		{ "Broadcast", set_broadcast },
		{ "Peer", set_peer },
		{ "Scope", set_scope },
		{ NULL, NULL },
	};

	return netconf_call(setters, p);
}

/* What is wrong with the whole, or NULL. */
static const char *find_fault(const struct netconf_address *address)
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

/* As systemd-networkd does; the kernel would leave it out. */
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
	const char *fault = find_fault(address);

	if (p->bad)
		return;
	if (fault) {
		report_error(p->report, "%s:%u: %s", file->path, p->object_line, fault);
		return;
	}
	/* nobody knows yet which */
	if (netconf_is_any(&address->prefix.ip))
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

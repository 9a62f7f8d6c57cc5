// SPDX-License-Identifier: GPL-2.0-or-later
/* The keys of [Link] and [Network] in a .network file that init applies. */
#include "netconf-parse.h"

#define DOMAIN_MAX 253

static int set_mac(struct netconf_parser *p)
{
	static const unsigned char none[NET_MAC_LEN];
	unsigned char *mac = p->file->mac;

	p->file->has_mac = false;
	if (!*p->value)
		return 0;
	/* the kernel's is_valid_ether_addr() */
	if (net_mac_parse(p->value, mac) || (mac[0] & 1) ||
	    memcmp(mac, none, sizeof(none)) == 0)
		return netconf_bad_value(p, "not a MAC address that a device can have");
	p->file->has_mac = true;
	p->file->mac_line = p->line;
	return 0;
}

static int set_mtu(struct netconf_parser *p)
{
	return netconf_mtu(p, &p->file->mtu);
}

static int set_activation(struct netconf_parser *p)
{
	p->file->stay_down = false;
	if (streq(p->value, "down") || streq(p->value, "manual"))
		p->file->stay_down = true;
	else if (streq(p->value, "bound") || streq(p->value, "always-down"))
		netconf_goes_beyond(p);
	else if (*p->value && !streq(p->value, "up") && !streq(p->value, "always-up"))
		return netconf_bad_value(p, "not a policy: up, down or manual");
	return 0;
}

bool netconf_set_link(struct netconf_parser *p)
{
	static const struct netconf_setter setters[] = {
		{ "ActivationPolicy", set_activation },
		{ "MACAddress", set_mac },
		{ "MTUBytes", set_mtu },
		{ NULL, NULL },
	};

	return netconf_call(setters, p);
}

static int set_accept_ra(struct netconf_parser *p)
{
	return netconf_choose(p, &p->file->accept_ra);
}

static int set_link_local(struct netconf_parser *p)
{
	enum netconf_choice *choice = &p->file->ipv6_ll;
	bool ipv4 = streq(p->value, "ipv4");
	int err = 0;

	*choice = ipv4 ? NETCONF_NO : NETCONF_YES;
	if (!ipv4 && !streq(p->value, "ipv6"))
		err = netconf_choose(p, choice);
	/* an IPv4 one requires a program that finds and defends it */
	if (ipv4 || (*choice == NETCONF_YES && !streq(p->value, "ipv6")))
		netconf_goes_beyond(p);
	return err;
}

static int set_link_local_mode(struct netconf_parser *p)
{
	p->ll_mode = streq(p->value, "none") ? NETCONF_NO : NETCONF_DEFAULT;
	if (streq(p->value, "stable-privacy") || streq(p->value, "random"))
		netconf_goes_beyond(p);
	else if (*p->value && !p->ll_mode && !streq(p->value, "eui64"))
		return netconf_bad_value(p, "not a mode: eui64 or none");
	return 0;
}

static int set_forward4(struct netconf_parser *p)
{
	return netconf_choose(p, &p->file->forward4);
}

static int set_forward6(struct netconf_parser *p)
{
	return netconf_choose(p, &p->file->forward6);
}

static int set_forward(struct netconf_parser *p)
{
	bool ipv4 = streq(p->value, "ipv4");
	int err;

	if (ipv4 || streq(p->value, "ipv6")) {
		p->file->forward4 = ipv4 ? NETCONF_YES : NETCONF_NO;
		p->file->forward6 = ipv4 ? NETCONF_NO : NETCONF_YES;
		return 0;
	}
	err = set_forward4(p);
	p->file->forward6 = p->file->forward4;
	return err;
}

/*
 * "ADDRESS:PORT%INTERFACE#NAME"; with a port, an IPv6 address is in brackets. Only the
 * address fits into resolv.conf(5); the name is for servers that encrypt.
 */
static int add_dns(struct netconf_parser *p, char *server)
{
	char *end = server + strcspn(server, "%#"), text[NET_PREFIX_TEXT];
	struct net_ip ip;

	*end = '\0';
	if (net_ip_parse(server, &ip) == 0) {
		strvec_push(&p->file->dns, net_ip_text(&ip, text));
		return 0;
	}
	end = strrchr(server, ':');
	if (end)
		*end = '\0';
	if (end && server[0] == '[' && end[-1] == ']') {
		end[-1] = '\0';
		server++;
	}
	if (!end || net_ip_parse(server, &ip))
		return netconf_bad_value(p, "not an address");
	report_warn(
		p->report,
		"%s:%u: '%s' is left out: resolv.conf cannot have a DNS server with a "
		"port",
		p->file->path, p->line, server);
	return 0;
}

static int set_dns(struct netconf_parser *p)
{
	_cleanup_(strvec_release) struct strvec servers = STRVEC_INIT;
	int err = 0;

	if (!*p->value)
		strvec_release(&p->file->dns);
	strvec_split(&servers, p->value, " \t");
	for (size_t i = 0; i < servers.nr && !err; i++)
		err = add_dns(p, servers.v[i]);
	return err;
}

static int set_domains(struct netconf_parser *p)
{
	_cleanup_(strvec_release) struct strvec domains = STRVEC_INIT;

	if (!*p->value)
		strvec_release(&p->file->domains);
	strvec_split(&domains, p->value, " \t");
	for (size_t i = 0; i < domains.nr; i++) {
		const char *domain = domains.v[i];

		/* one that only selects a server, or the root, which is searched anyway
		 */
		if (domain[0] == '~' || streq(domain, "."))
			continue;
		if (!is_plain_name(domain, strlen(domain), DOMAIN_MAX))
			return netconf_bad_value(p, "not a list of domains");
		strvec_push(&p->file->domains, domain);
	}
	return 0;
}

bool netconf_set_network(struct netconf_parser *p)
{
	static const struct netconf_setter setters[] = {
		{ "Address", netconf_network_address },
		{ "DNS", set_dns },
		{ "DefaultRouteOnDevice", netconf_network_default },
		{ "Domains", set_domains },
		{ "Gateway", netconf_network_gateway },
		{ "IPForward", set_forward },
		{ "IPv4Forwarding", set_forward4 },
		{ "IPv6AcceptRA", set_accept_ra },
		{ "IPv6Forwarding", set_forward6 },
		{ "IPv6LinkLocalAddressGenerationMode", set_link_local_mode },
		{ "LinkLocalAddressing", set_link_local },
		{ NULL, NULL },
	};

	return netconf_call(setters, p);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The settings of .network files that init need not apply: keys that mean nothing without
 * systemd's services, and values that ask for what is the case anyway. What init applies
 * is in netconf-network.c and netconf-objects.c. All other settings require
 * systemd-networkd.
 */
#include "net/ini.h"
#include "netconf-parse.h"

#define ANYTHING "*"

static const struct setting {
	const char *section, *key;
	const char *nothing; /* values that init may ignore */
	const char *more;    /* values that require systemd-networkd; NULL: all others */
} settings[] = {
	{ "Link", "ARP", "yes", "no" },
	{ "Link", "AllMulticast", "no", "yes" },
	{ "Link", "Multicast", "yes", "no" },
	{ "Link", "Promiscuous", "no", "yes" },
	{ "Link", "RequiredFamilyForOnline", ANYTHING, NULL },
	{ "Link", "RequiredForOnline", ANYTHING, NULL },
	{ "Link", "Unmanaged", "no", "yes" },
	{ "Network", "ConfigureWithoutCarrier", ANYTHING, NULL },
	{ "Network", "DHCP", "no none", "yes ipv4 ipv6 v4 v6 both" },
	{ "Network", "DHCPPrefixDelegation", "no", "yes" },
	{ "Network", "DHCPServer", "no", "yes" },
	{ "Network", "DNSDefaultRoute", ANYTHING, NULL },
	{ "Network", "DNSOverTLS", ANYTHING, NULL },
	{ "Network", "DNSSEC", ANYTHING, NULL },
	{ "Network", "DNSSECNegativeTrustAnchors", ANYTHING, NULL },
	{ "Network", "Description", ANYTHING, NULL },
	{ "Network", "EmitLLDP", "no",
	  "yes nearest-bridge non-tpmr-bridge customer-bridge" },
	{ "Network", "IPMasquerade", "no", "yes ipv4 ipv6 both" },
	{ "Network", "IPv4LLRoute", "no", "yes" },
	{ "Network", "IPv6PrivacyExtensions", "no kernel", "yes prefer-public" },
	{ "Network", "IPv6SendRA", "no", "yes" },
	{ "Network", "IgnoreCarrierLoss", ANYTHING, NULL },
	{ "Network", "KeepConfiguration", ANYTHING, NULL },
	{ "Network", "KeepMaster", "no", "yes" },
	{ "Network", "LLDP", ANYTHING, NULL },
	{ "Network", "LLMNR", ANYTHING, NULL },
	{ "Network", "MulticastDNS", ANYTHING, NULL },
	{ "Network", "NTP", ANYTHING, NULL },
	{ "Address", "AddPrefixRoute", "yes", "no" },
	{ "Address", "AutoJoin", "no", "yes" },
	/* by itself the kernel probes for IPv6, not for IPv4 */
	{ "Address", "DuplicateAddressDetection", "ipv6", "ipv4 both none yes no" },
	{ "Address", "HomeAddress", "no", "yes" },
	{ "Address", "ManageTemporaryAddress", "no", "yes" },
	{ "Address", "PreferredLifetime", "forever infinity", NULL },
	{ "Route", "Protocol", "static 4", NULL },
	{ "Route", "Type", "unicast",
	  "local broadcast anycast multicast blackhole unreachable prohibit throw nat "
	  "xresolve" },
};

static const struct setting *find_setting(const struct netconf_parser *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (streq(settings[i].key, p->key) &&
		    streq(settings[i].section, p->section))
			return &settings[i];
	return NULL;
}

/* Whether @value is one of @words, which have "yes" and "no" for all their synonyms. */
static bool is_among(const char *value, const char *words)
{
	_cleanup_(strvec_release) struct strvec list = STRVEC_INIT;
	int yes = parse_bool(value);

	strvec_split(&list, words, " ");
	return strvec_has(&list, value) ||
	       (yes >= 0 && strvec_has(&list, yes ? "yes" : "no"));
}

static void report_value(struct netconf_parser *p, const struct setting *setting)
{
	_cleanup_free_ char *what =
		xasprintf("not one of: %s %s", setting->nothing, setting->more);

	netconf_bad_value(p, what);
}

static void set_by_words(struct netconf_parser *p)
{
	const struct setting *setting = find_setting(p);

	if (!*p->value || (setting && (streq(setting->nothing, ANYTHING) ||
				       is_among(p->value, setting->nothing))))
		return;
	if (setting && setting->more && !is_among(p->value, setting->more))
		report_value(p, setting);
	else
		netconf_goes_beyond(p);
}

void netconf_set(struct netconf_parser *p)
{
	static const struct {
		const char *section;
		bool (*set)(struct netconf_parser *p);
	} sections[] = {
		{ "Link", netconf_set_link },
		{ "Network", netconf_set_network },
		{ "Address", netconf_set_address },
		{ "Route", netconf_set_route },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (streq(sections[i].section, p->section) && sections[i].set(p))
			return;
	set_by_words(p);
}

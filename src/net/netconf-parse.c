// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads a .network file line by line: its sections and keys, the device that it is about,
 * and whatever only shows when all of it has been read.
 *
 * netconf-network.c and netconf-objects.c have the settings that init applies. The table
 * here has those that it need not apply: keys that mean nothing without systemd's
 * services, and values that ask for what is the case anyway. All others require
 * systemd-networkd.
 */
#include <errno.h>

#include "net/ini.h"
#include "netconf-keys.h"
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

static void unknown_section(struct netconf_parser *p)
{
	const char *nearest = netconf_section_nearest(p->section);

	if (nearest)
		report_warn(p->report, "%s:%u: unknown section [%s]; did you mean [%s]?",
			    p->file->path, p->line, p->section, nearest);
	else
		report_warn(p->report, "%s:%u: unknown section [%s]", p->file->path,
			    p->line, p->section);
}

static void unknown_key(struct netconf_parser *p)
{
	const char *home = netconf_key_home(p->key);
	_cleanup_free_ char *nearest = netconf_key_nearest(p->section, p->key);
	_cleanup_free_ char *text = xasprintf("%s:%u: unknown key '%s' in [%s]",
					      p->file->path, p->line, p->key, p->section);

	if (home)
		report_warn(p->report, "%s; it is one of [%s]", text, home);
	else if (nearest)
		report_warn(p->report, "%s; did you mean '%s'?", text, nearest);
	else
		report_warn(p->report, "%s", text);
}

/* Whether it stands for several devices: "tap*", or "!tap1". */
static bool is_pattern(const char *name)
{
	return strpbrk(name, "*?[") || name[0] == '!';
}

static int check_name(struct netconf_parser *p, const char *name)
{
	if (strchr("#;", name[0]))
		return report_error(p->report,
				    "%s:%u: a comment requires a line of its own",
				    p->file->path, p->line);
	if (!is_pattern(name) && !net_name_is_valid(name))
		return netconf_bad_value(p, "not a name that a device can have");
	return 0;
}

static void set_name(struct netconf_parser *p)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	if (!*p->value)
		strvec_release(&p->names);
	strvec_split(&names, p->value, " \t");
	for (size_t i = 0; i < names.nr; i++) {
		if (check_name(p, names.v[i])) {
			/* there is a name, even if it is wrong */
			p->matches++;
			return;
		}
		if (!strvec_has(&p->names, names.v[i]))
			strvec_push(&p->names, names.v[i]);
	}
	if (p->names.nr > 1 || (p->names.nr && is_pattern(p->names.v[0])))
		netconf_goes_beyond(p);
}

static void set_match(struct netconf_parser *p)
{
	if (streq(p->key, "Name")) {
		set_name(p);
	} else if (*p->value) {
		p->matches++;
		netconf_goes_beyond(p);
	}
}

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

static void read_setting(struct netconf_parser *p)
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

static void assignment(struct netconf_parser *p)
{
	/* keys for other programs begin with "X-", as their sections do */
	if (!netconf_section_is_known(p->section) || starts_with(p->key, "X-"))
		return;
	if (!netconf_key_is_known(p->section, p->key))
		unknown_key(p);
	else if (streq(p->section, "Match"))
		set_match(p);
	else
		read_setting(p);
}

static void end_section(struct netconf_parser *p)
{
	if (streq(p->section, "Address"))
		netconf_address_end(p);
	else if (streq(p->section, "Route"))
		netconf_route_end(p);
}

static void wrong_line(struct netconf_parser *p, const struct ini *ini)
{
	static const char *const what[] = {
		[INI_NO_SECTION] = "the name of a section does not end in ']'",
		[INI_NO_ASSIGNMENT] = "neither a [Section] nor KEY=VALUE",
		[INI_OUTSIDE] = "an assignment before the first [Section]",
	};

	report_error(p->report, "%s:%u: %s", p->file->path, ini->line, what[ini->kind]);
}

static void read_items(struct netconf_parser *p)
{
	_cleanup_free_ char *section = xstrdup("");
	struct ini ini;

	ini_init(&ini, p->file->text);
	p->section = section;
	while (ini_next(&ini)) {
		p->line = ini.line;
		p->key = ini.key;
		p->value = ini.value;
		if (ini.kind == INI_ASSIGNMENT) {
			assignment(p);
		} else if (ini.kind == INI_SECTION) {
			end_section(p);
			free(section);
			p->section = section = xstrdup(ini.section);
			if (!netconf_section_is_known(section))
				unknown_section(p);
			netconf_object_begin(p);
		} else {
			wrong_line(p, &ini);
		}
	}
	end_section(p);
	p->section = "";
	ini_release(&ini);
}

/* Find the device that the file is about, if it is given by name. */
static void settle_match(struct netconf_parser *p)
{
	struct netconf_file *file = p->file;

	if (!p->names.nr && !p->matches)
		report_error(p->report,
			     "%s: it does not say which device it is for: begin it with "
			     "[Match] and Name=tap1",
			     file->path);
	else if (p->names.nr == 1 && !p->matches && !is_pattern(p->names.v[0]))
		file->device = xstrdup(p->names.v[0]);
}

static bool has_ipv6(const struct netconf_file *file)
{
	for (size_t i = 0; i < file->nr_addresses; i++)
		if (file->addresses[i].prefix.ip.family == AF_INET6)
			return true;
	return file->ipv6_ll != NETCONF_NO;
}

/* Check and set whatever depends on more than one key. */
static void settle(struct netconf_parser *p)
{
	struct netconf_file *file = p->file;

	settle_match(p);
	if (p->ll_mode == NETCONF_NO)
		file->ipv6_ll = NETCONF_NO;
	/* as systemd-networkd does; the kernel would disable IPv6 on the device */
	if (file->mtu && file->mtu < NETCONF_MTU_MIN6 && has_ipv6(file)) {
		report_warn(p->report,
			    "%s: the MTU of %u bytes is raised to 1280: a smaller one "
			    "requires a device without IPv6 (LinkLocalAddressing=no)",
			    file->path, file->mtu);
		file->mtu = NETCONF_MTU_MIN6;
	}
}

int netconf_parse(struct netconf_file *file, const char *name, const char *path,
		  const char *text, struct report *report)
{
	struct netconf_parser p = { .file = file, .report = report, .section = "" };
	size_t errors = report->errors.nr;

	*file = (struct netconf_file){
		.name = xstrdup(name),
		.path = xstrdup(path),
		.text = xstrdup(text),
	};
	read_items(&p);
	settle(&p);
	strvec_release(&p.names);
	return report->errors.nr > errors ? -EINVAL : 0;
}

void netconf_file_release(struct netconf_file *file)
{
	free(file->name);
	free(file->path);
	free(file->text);
	free(file->device);
	free(file->addresses);
	free(file->routes);
	strvec_release(&file->dns);
	strvec_release(&file->domains);
	free(file->beyond);
	*file = (struct netconf_file){ 0 };
}

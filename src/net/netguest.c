// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files that describe its network to a VM: the list for init, whose lines the header
 * explains, and the files of systemd and libc.
 */
#include <linux/rtnetlink.h>

#include "net/ini.h"
#include "net/netguest.h"

/* libc asks no more servers, see resolv.conf(5). */
#define RESOLV_SERVERS_MAX 3

static void add_word(struct strbuf *list, const char *word, const struct net_ip *ip)
{
	char text[NET_PREFIX_TEXT];

	if (ip->family)
		strbuf_addf(list, " %s %s", word, net_ip_text(ip, text));
}

static void add_number(struct strbuf *list, const char *word, uint32_t number)
{
	if (number)
		strbuf_addf(list, " %s %u", word, number);
}

static void add_address(struct strbuf *list, const struct netconf_address *address)
{
	char text[NET_PREFIX_TEXT];

	strbuf_addf(list, "address %s", net_prefix_text(&address->prefix, text));
	add_word(list, "peer", &address->peer);
	add_word(list, "broadcast", &address->broadcast);
	if (address->has_scope)
		strbuf_addf(list, " scope %u", address->scope);
	strbuf_addch(list, '\n');
}

static void add_route(struct strbuf *list, const struct netconf_route *route)
{
	char text[NET_PREFIX_TEXT];
	struct net_prefix to = route->to;

	if (!to.ip.family)
		to.ip.family = route->gateway.family;
	strbuf_addf(list, "route %s", net_prefix_text(&to, text));
	add_word(list, "via", &route->gateway);
	add_word(list, "src", &route->source);
	add_number(list, "metric", route->metric);
	add_number(list, "table", route->table);
	add_number(list, "mtu", route->mtu);
	/* with a wider scope the kernel would accept no gateway that it leads to */
	if (route->has_scope)
		strbuf_addf(list, " scope %u", route->scope);
	else if (to.ip.family == AF_INET && !route->gateway.family)
		strbuf_addf(list, " scope %u", RT_SCOPE_LINK);
	strbuf_adds(list, route->onlink ? " onlink\n" : "\n");
}

/* Settings that must be made before the interface is up. */
static void add_sysctls(struct strbuf *list, const struct netconf_file *file)
{
	if (file->forward4 == NETCONF_YES)
		strbuf_adds(list, "sysctl ipv4/ip_forward 1\n");
	if (file->forward6 == NETCONF_YES)
		strbuf_adds(list, "sysctl ipv6/conf/all/forwarding 1\n");
	/* without a link-local address the kernel listens for routers, systemd does not
	 */
	if (file->ipv6_ll == NETCONF_NO)
		strbuf_adds(list, "sysctl ipv6/conf/@/accept_ra 0\n");
	/* 1 has no effect in a VM that forwards */
	else if (file->accept_ra != NETCONF_DEFAULT)
		strbuf_addf(list, "sysctl ipv6/conf/@/accept_ra %d\n",
			    file->accept_ra == NETCONF_YES ? 2 : 0);
}

static void add_settings(struct strbuf *list, const struct netconf_file *file)
{
	if (file->mtu)
		strbuf_addf(list, "mtu %u\n", file->mtu);
	add_sysctls(list, file);
	if (file->ipv6_ll == NETCONF_NO)
		strbuf_adds(list, "linklocal off\n");
	if (!file->stay_down)
		strbuf_adds(list, "up\n");
	for (size_t i = 0; i < file->nr_addresses; i++)
		add_address(list, &file->addresses[i]);
	/* routes on the link come first: a gateway may be reached through one of them */
	for (int via = 0; via < 2; via++)
		for (size_t i = 0; i < file->nr_routes && !file->stay_down; i++)
			if (!!file->routes[i].gateway.family == via)
				add_route(list, &file->routes[i]);
}

/* The VM's interface that @file is about, or NULL. */
static const struct netguest_nic *find_nic(const struct netguest *guest,
					   const struct netconf_file *file)
{
	for (size_t i = 0; i < guest->nr_nics; i++)
		if (guest->nics[i].file == file)
			return &guest->nics[i];
	return NULL;
}

static void add_nic(struct strbuf *list, const struct netguest_nic *nic)
{
	char mac[NET_MAC_TEXT];

	strbuf_addf(list, "nic %s %s\n", net_mac_text(nic->mac, mac), nic->device);
	if (nic->file)
		add_settings(list, nic->file);
	if (!nic->text || !*nic->text)
		return;
	strbuf_adds(list, nic->text);
	if (!ends_with(nic->text, "\n"))
		strbuf_addch(list, '\n');
}

/* The list for init. */
static void add_list(struct strbuf *list, const struct netguest *guest)
{
	const struct netconf *conf = guest->conf;

	if (guest->networkd) {
		strbuf_addf(list, "networkd %d\n", NETGUEST_ONLINE_LIMIT);
		return;
	}
	for (size_t i = 0; i < guest->nr_nics; i++)
		add_nic(list, &guest->nics[i]);
	for (size_t i = 0; conf && i < conf->nr; i++) {
		const struct netconf_file *file = &conf->files[i];

		if (!file->device || find_nic(guest, file) ||
		    netconf_find(conf, file->device) != file)
			continue;
		strbuf_addf(list, "device %s\n", file->device);
		add_settings(list, file);
	}
}

/* Append @text, but with @mac in place of the contents of its [Match] sections. */
static void add_with_mac(struct strbuf *out, const char *text, const unsigned char *mac)
{
	const char *copied = text;
	char mac_text[NET_MAC_TEXT];
	bool in_match = false, done = false;
	struct ini ini;

	ini_init(&ini, text);
	while (ini_next(&ini)) {
		if (ini.kind == INI_SECTION)
			in_match = streq(ini.section, "Match");
		if (!in_match)
			continue;
		strbuf_add(out, copied, (size_t)(ini.begin - copied));
		copied = ini.end;
		if (!done)
			strbuf_addf(out, "[Match]\nPermanentMACAddress=%s\n",
				    net_mac_text(mac, mac_text));
		done = true;
	}
	strbuf_adds(out, copied);
	ini_release(&ini);
}

static void plan_text(struct plan *plan, const char *path, const char *text,
		      struct plan_reason why)
{
	if (*text)
		plan_add_data(plan, path, 0644, text, strlen(text), why);
}

static void plan_systemd(const struct netguest *guest, struct plan *plan,
			 struct plan_reason why)
{
	const struct netconf *conf = guest->conf;

	for (size_t i = 0; conf && i < conf->nr; i++) {
		const struct netconf_file *file = &conf->files[i];
		const struct netguest_nic *nic = find_nic(guest, file);
		_cleanup_free_ char *path = xasprintf(NETGUEST_DIR "/%s", file->name);
		_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

		if (nic)
			add_with_mac(&text, file->text, nic->mac);
		plan_text(plan, path, nic ? text.buf : file->text, why);
	}
	for (size_t i = 0; conf && i < conf->others.nr; i++) {
		_cleanup_free_ char *path =
			xasprintf(NETGUEST_DIR "/%s", conf->others.v[i]);

		plan_text(plan, path, conf->others_text.v[i], why);
	}
}

static void push_new(struct strvec *to, const struct strvec *from)
{
	for (size_t i = 0; from && i < from->nr; i++)
		if (!strvec_has(to, from->v[i]))
			strvec_push(to, from->v[i]);
}

static void add_resolv(struct strbuf *text, const struct netguest *guest)
{
	_cleanup_(strvec_release) struct strvec dns = STRVEC_INIT, domains = STRVEC_INIT;

	for (size_t i = 0; guest->conf && i < guest->conf->nr; i++) {
		push_new(&dns, &guest->conf->files[i].dns);
		push_new(&domains, &guest->conf->files[i].domains);
	}
	push_new(&dns, guest->dns);
	for (size_t i = 0; i < dns.nr && i < RESOLV_SERVERS_MAX; i++)
		strbuf_addf(text, "nameserver %s\n", dns.v[i]);
	for (size_t i = 0; dns.nr && i < domains.nr; i++)
		strbuf_addf(text, "%s%s%s", i ? " " : "search ", domains.v[i],
			    i + 1 == domains.nr ? "\n" : "");
}

void netguest_plan(const struct netguest *guest, struct plan *plan)
{
	const struct plan_reason why = { -1, plan_intern(plan, "the VM's network") };
	_cleanup_(strbuf_release) struct strbuf list = STRBUF_INIT, hosts = STRBUF_INIT,
						resolv = STRBUF_INIT;

	add_list(&list, guest);
	plan_text(plan, IMAGE_NETWORK, list.buf, why);
	for (size_t i = 0; guest->hosts && i < guest->hosts->nr; i++)
		strbuf_addf(&hosts, "%s\n", guest->hosts->v[i]);
	plan_text(plan, IMAGE_HOSTS, hosts.buf, why);
	add_resolv(&resolv, guest);
	plan_text(plan, "/etc/resolv.conf", resolv.buf, why);
	plan_systemd(guest, plan, why);
}

/* Whether other VMs can reach a VM by it: not by loopback or link-local addresses. */
static bool is_for_others(const struct net_ip *ip)
{
	static const char *const texts[] = {
		"127.0.0.0/8",
		"169.254.0.0/16",
		"::1",
		"fe80::/10",
	};
	struct net_prefix own = { *ip, ip->family == AF_INET6 ? 128 : 32 };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct net_prefix other;

		if (net_prefix_parse(texts[i], &other) == 0 &&
		    net_prefix_overlap(&own, &other))
			return false;
	}
	return true;
}

static void add_hosts(struct strvec *hosts, const struct netconf *conf)
{
	_cleanup_free_ char *name = conf->hostname ? xstrdup(conf->hostname)
						   : xasprintf("rapido%u", conf->number);
	size_t len = strcspn(name, ".");
	bool dotted = len && name[len];

	for (size_t i = 0; i < conf->nr; i++) {
		const struct netconf_file *file = &conf->files[i];

		for (size_t j = 0; j < file->nr_addresses; j++) {
			const struct net_ip *ip = &file->addresses[j].prefix.ip;
			char text[NET_PREFIX_TEXT];

			if (is_for_others(ip))
				strvec_pushf(hosts, "%s %s%s%.*s", net_ip_text(ip, text),
					     name, dotted ? " " : "",
					     dotted ? (int)len : 0, name);
		}
	}
}

void netguest_hosts(const char *dir, struct strvec *hosts)
{
	_cleanup_free_ unsigned int *numbers = NULL;
	size_t nr = 0;

	if (netconf_numbers(dir, &numbers, &nr))
		return;
	for (size_t i = 0; i < nr; i++) {
		struct report report = REPORT_INIT;
		struct netconf conf;

		netconf_load(&conf, dir, numbers[i], &report);
		add_hosts(hosts, &conf);
		netconf_release(&conf);
		report_release(&report);
	}
}

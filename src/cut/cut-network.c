// SPDX-License-Identifier: GPL-2.0-or-later
/* From net-conf to the programs and modules that the guest's network needs. */
#include <errno.h>

#include "cut-network.h"
#include "lib/log.h"
#include "conf/net-kind.h"
#include "net/netconf.h"
#include "closure/tree.h"

/* The udev rules that apply .link files. */
#define LINK_RULES "/usr/lib/udev/rules.d/80-net-setup-link.rules"

/* These modules make a device when they are loaded. systemd-networkd would mistake it for
 * the one that a .netdev file describes, and not apply the file's settings. */
#define MODULE_OPTIONS "/etc/modprobe.d/rapido-network.conf"
#define MODULE_OPTIONS_TEXT             \
	"options bonding max_bonds=0\n" \
	"options dummy numdummies=0\n"  \
	"options ifb numifbs=0\n"

/* The kinds of devices whose modules have other names. */
static const struct {
	const char *kind, *module;
} kind_modules[] = {
	{ "batadv", "batman-adv" },
	{ "bond", "bonding" },
	{ "erspan", "ip_gre" },
	{ "gre", "ip_gre" },
	{ "gretap", "ip_gre" },
	{ "ip6gre", "ip6_gre" },
	{ "ip6gretap", "ip6_gre" },
	{ "ip6tnl", "ip6_tunnel" },
	{ "ipoib", "ib_ipoib" },
	{ "l2tp", "l2tp_eth" },
	{ "tap", "tun" },
	{ "vlan", "8021q" },
	{ "vti", "ip_vti" },
	{ "vti6", "ip6_vti" },
	{ "xfrm", "xfrm_interface" },
};

/* The programs that init runs, see src/guest/networkd.c. */
static const struct {
	const char *path, *package;
} programs[] = {
	{ "/usr/lib/systemd/systemd-networkd", "systemd" },
	{ "/usr/lib/systemd/systemd-networkd-wait-online", "systemd" },
	{ "/usr/lib/systemd/systemd-udevd", "udev" },
	{ "/usr/bin/udevadm", "udev" },
};

static const char *module_of(const char *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(kind_modules); i++)
		if (streq(kind_modules[i].kind, kind))
			return kind_modules[i].module;
	return kind;
}

void cut_network_release(struct cut_network *network)
{
	free(network->beyond);
	strvec_release(&network->modules);
}

static void want_module(struct cut_network *network, const char *name)
{
	if (!strvec_has(&network->modules, name))
		strvec_push(&network->modules, name);
}

/* The configuration of one VM; its errors are reported when it is booted. */
static void look_at_vm(struct cut_network *network, const char *dir, unsigned int number)
{
	_cleanup_(netconf_release) struct netconf conf = NETCONF_INIT;
	_cleanup_(report_release) struct report report = REPORT_INIT;
	_cleanup_free_ char *beyond = NULL;

	netconf_load(&conf, dir, number, &report);
	beyond = netconf_beyond(&conf);
	if (!beyond)
		return;
	for (size_t i = 0; i < conf.kinds.nr; i++)
		want_module(network, module_of(conf.kinds.v[i]));
	/* for DHCP */
	want_module(network, "af_packet");
	if (!network->beyond)
		network->beyond = TAKE_PTR(beyond);
}

/* Whether VM_NET_CONF is used: other kinds of network have a configuration of their own.
 */
static bool uses_net_conf(const struct conf *conf, const struct image_info *info)
{
	const char *name = info->net_kind ? info->net_kind : conf_get(conf, "NETWORK");
	enum net_kind kind;

	return !name || net_kind_parse(name, &kind) || kind == NET_TAP || kind == NET_LAN;
}

void cut_network_find(struct cut_network *network, const struct conf *conf,
		      const char *asked, struct image_info *info, struct report *report)
{
	const char *dir = conf_get(conf, "VM_NET_CONF");
	_cleanup_free_ unsigned int *numbers = NULL;
	size_t nr = 0;
	int err;

	if (asked ? !streq(asked, net_kind_name(NET_NONE))
		  : net_kind_is_for_all(conf_get(conf, "NETWORK")))
		info->network = true;
	if (!info->network)
		return;
	/* the image may be the last one, which `rapido boot` boots without --network */
	if (asked) {
		free(info->net_kind);
		info->net_kind = xstrdup(asked);
	}
	want_module(network, "ipv6");
	if (!uses_net_conf(conf, info))
		return;
	err = netconf_numbers(dir, &numbers, &nr);
	if (err && err != -ENOENT)
		report_warn(report, "cannot read '%s': %s", dir, err_text(err));
	for (size_t i = 0; i < nr; i++)
		look_at_vm(network, dir, numbers[i]);
	info->networkd = network->beyond;
}

void cut_network_add(const struct cut_network *network, struct plan *plan,
		     struct closure *closure, struct sysroot *sysroot)
{
	struct plan_reason reason;

	if (!network->beyond)
		return;
	reason = (struct plan_reason){ -1, plan_intern(plan, network->beyond) };
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		const struct closure_request request = {
			.name = programs[i].path,
			.where = network->beyond,
			.package = programs[i].package,
			.reason = reason,
		};

		closure_add_program(closure, &request);
	}
	/* a distribution without this file has no .link files to obey */
	tree_add_file(plan, LINK_RULES, sysroot, LINK_RULES, true, reason);
	plan_add_data(plan, MODULE_OPTIONS, 0644, MODULE_OPTIONS_TEXT,
		      strlen(MODULE_OPTIONS_TEXT), reason);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A VM in the private LAN of its user's VMs. */
#include <errno.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/process.h"
#include "vm-net-kinds.h"

/* What the guest calls a card that no file describes. */
#define LAN_DEVICE "lan"
/* A VM that no file describes knows the names of this many VMs. */
#define LAN_HOSTS     16
#define LAN_BROADCAST "10.155.255.255"

/* 10.155.0.0/16 and fd00:10:155::/64, with the number of the VM in the last bytes. */
static void lan_addresses(unsigned int slot, char *text4, char *text6)
{
	const unsigned char high = (unsigned char)(slot >> 8), low = (unsigned char)slot;
	const struct net_ip ip4 = { AF_INET, { 10, 155, high, low } };
	const struct net_ip ip6 = {
		AF_INET6, { 0xfd, 0, 0, 0x10, 1, 0x55, [14] = high, [15] = low }
	};

	net_ip_text(&ip4, text4);
	net_ip_text(&ip6, text6);
}

static void add_lan_host(struct vm_net *net, unsigned int slot, const char *name)
{
	char text4[NET_PREFIX_TEXT], text6[NET_PREFIX_TEXT];

	lan_addresses(slot, text4, text6);
	strvec_pushf(&net->hosts, "%s %s", text4, name);
	strvec_pushf(&net->hosts, "%s %s", text6, name);
}

static bool has_number(unsigned int number, const unsigned int *numbers, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

/*
 * Add the usual names of the first VMs, as it is not known which there will be. Those in
 * @but have other addresses.
 */
static void add_lan_hosts(struct vm_net *net, unsigned int slot, const unsigned int *but,
			  size_t nr)
{
	for (unsigned int n = 1; n <= LAN_HOSTS || n <= slot; n++) {
		_cleanup_free_ char *name = xasprintf("rapido%u", n);

		if ((n <= LAN_HOSTS || n == slot) && !has_number(n, but, nr))
			add_lan_host(net, n, name);
	}
}

/* The addresses that each VM has by its number, so that VMs reach each other whatever
 * their files say. */
static const char *lan_lines(struct vm_net *net, unsigned int slot)
{
	char text4[NET_PREFIX_TEXT], text6[NET_PREFIX_TEXT];

	lan_addresses(slot, text4, text6);
	return strvec_pushf(&net->strings,
			    "address %s/16 broadcast " LAN_BROADCAST "\naddress %s/64\n",
			    text4, text6);
}

/* Add a card to a VM that no file describes. */
static int add_default_card(struct vm_net *net, const struct vm_net_request *request)
{
	const char *lines =
		strvec_pushf(&net->strings, "up\n%s", lan_lines(net, request->slot));

	add_lan_hosts(net, request->slot, NULL, 0);
	vm_net_add_nic(net, request->slot, LAN_DEVICE, NULL, lines);
	return 0;
}

static int add_cards(struct vm_net *net, const struct vm_net_request *request)
{
	const char *lines = lan_lines(net, request->slot);
	const char *dir = conf_get(request->conf, "VM_NET_CONF");
	_cleanup_free_ unsigned int *numbers = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < net->conf.nr; i++) {
		const struct netconf_file *file = &net->conf.files[i];

		if (netconf_is_tap(&net->conf, file) &&
		    !vm_net_add_nic(net, request->slot, file->device, file,
				    net->nr ? NULL : lines))
			return -E2BIG;
	}
	if (!net->nr) {
		log_error("'%s' names no device for a network card", net->conf.dir);
		return -ENODEV;
	}
	netguest_hosts(dir, &net->hosts);
	netconf_numbers(dir, &numbers, &nr);
	add_lan_hosts(net, request->slot, numbers, nr);
	return 0;
}

/*
 * A port is named after its VM's number, which is unique only in one QEMU_PID_DIR. Other
 * users may share that directory, hence the user's number in the name.
 */
static int join_lan(struct vm_net *net, const struct vm_net_request *request)
{
	_cleanup_free_ char *dir = xasprintf(
		"%s/lan-%u", conf_get(request->conf, "QEMU_PID_DIR"), (unsigned)getuid());
	int ends[VM_NICS_MAX];
	int err = lan_start(&net->lan, dir, request->slot, net->nr, ends);

	for (size_t i = 0; !err && i < net->nr; i++)
		net->nics[i].fd = ends[i];
	return err;
}

static int init_lan(struct vm_net *net, const struct vm_net_request *request)
{
	int err = vm_net_load_conf(net, request);

	if (err == -ENOENT)
		err = add_default_card(net, request);
	else if (!err)
		err = add_cards(net, request);
	return err || request->dry_run ? err : join_lan(net, request);
}

static const char *lan_lost(const struct vm_net *net)
{
	return process_has_ended(net->lan.pid) ? "the VM's private LAN ended" : NULL;
}

const struct vm_net_kind vm_net_lan = {
	.init = init_lan,
	.lost = lan_lost,
	.has_peers = true,
	.add_host = add_lan_host,
};

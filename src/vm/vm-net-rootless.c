// SPDX-License-Identifier: GPL-2.0-or-later
/* The kinds of network that take no privilege: the private LAN, QEMU's user mode, passt.
 */
#include <errno.h>
#include <unistd.h>

#include "vm/forward.h"
#include "lib/log.h"
#include "vm-net-kinds.h"

/* The names by which the guest knows cards that no file describes. */
#define LAN_DEVICE "lan"
/* So many VMs' names are known to one that no file describes. */
#define LAN_HOSTS     16
#define LAN_BROADCAST "10.155.255.255"
#define USER_DEVICE   "user"

/* What a dry run shows in place of a descriptor. */
#define DRY_RUN_FD 3

/* QEMU's own choice of addresses, see its -netdev user. */
#define USER_ADDRESS "10.0.2.15"
#define USER_DNS     "10.0.2.3"
#define USER_LINES                                               \
	"up\naddress " USER_ADDRESS "/24 broadcast 10.0.2.255\n" \
	"route 0.0.0.0/0 via 10.0.2.2\n"

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

void vm_net_add_lan_host(struct vm_net *net, unsigned int slot, const char *name)
{
	char text4[NET_PREFIX_TEXT], text6[NET_PREFIX_TEXT];

	lan_addresses(slot, text4, text6);
	strvec_pushf(&net->hosts, "%s %s", text4, name);
	strvec_pushf(&net->hosts, "%s %s", text6, name);
}

static bool is_one_of(unsigned int number, const unsigned int *numbers, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

/*
 * Which VMs there will be is not known; but what those are called that most people have.
 * @but: those that have other addresses.
 */
static void add_lan_hosts(struct vm_net *net, unsigned int slot, const unsigned int *but,
			  size_t nr)
{
	for (unsigned int n = 1; n <= LAN_HOSTS || n <= slot; n++) {
		_cleanup_free_ char *name = xasprintf("rapido%u", n);

		if ((n <= LAN_HOSTS || n == slot) && !is_one_of(n, but, nr))
			vm_net_add_lan_host(net, n, name);
	}
}

/* The addresses that the number gives each VM, so that those meet that no file or another
 * file describes. */
static const char *lan_lines(struct vm_net *net, unsigned int slot)
{
	char text4[NET_PREFIX_TEXT], text6[NET_PREFIX_TEXT];

	lan_addresses(slot, text4, text6);
	return strvec_pushf(&net->strings,
			    "address %s/16 broadcast " LAN_BROADCAST "\naddress %s/64\n",
			    text4, text6);
}

/* A card for a VM that is not described. */
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

/* The numbers of VMs, by which ports are called, are those of one directory of pid files;
 * other users may share it. */
static int join(struct vm_net *net, const struct vm_net_request *request)
{
	_cleanup_free_ char *dir = xasprintf(
		"%s/lan-%u", conf_get(request->conf, "QEMU_PID_DIR"), (unsigned)getuid());
	int err = request->dry_run
			  ? 0
			  : lan_start(&net->lan, dir, request->slot, net->nr, net->fds);

	for (size_t i = 0; !err && i < net->nr; i++)
		net->nics[i].backend = strvec_pushf(&net->strings, "socket,fd=%d",
						    request->dry_run ? DRY_RUN_FD + (int)i
								     : net->fds[i]);
	return err;
}

int vm_net_init_lan(struct vm_net *net, const struct vm_net_request *request)
{
	int err = vm_net_load_conf(net, request);

	if (err == -ENOENT)
		err = add_default_card(net, request);
	else if (!err)
		err = add_cards(net, request);
	return err ? err : join(net, request);
}

/* What FORWARD says; @list is the caller's to free. 0 or -errno. */
static int read_forward(const struct vm_net_request *request, struct forward **list,
			size_t *nr)
{
	_cleanup_(report_release) struct report report = REPORT_INIT;
	const char *setting = conf_get(request->conf, "FORWARD");
	int err = forward_parse(setting ? setting : "", list, nr, &report);

	if (!err && !request->dry_run)
		err = forward_check_free(*list, *nr, &report);
	report_flush(&report);
	return err;
}

/* The one card that both kinds have. Its backend is for the caller. */
static struct vm_nic *add_user_card(struct vm_net *net, unsigned int slot)
{
	strvec_push(&net->dns, USER_DNS);
	strvec_pushf(&net->hosts, USER_ADDRESS " rapido%u", slot);
	return vm_net_add_nic(net, slot, USER_DEVICE, NULL, USER_LINES);
}

/* HOST_LOOPBACK says that the guest must not reach the host's 127.0.0.1. */
static bool forbids_loopback(const struct vm_net_request *request)
{
	return conf_get(request->conf, "HOST_LOOPBACK") &&
	       !conf_is_true(request->conf, "HOST_LOOPBACK");
}

int vm_net_init_user(struct vm_net *net, const struct vm_net_request *request)
{
	_cleanup_(strbuf_release) struct strbuf backend = STRBUF_INIT;
	_cleanup_free_ struct forward *list = NULL;
	size_t nr;
	int err = read_forward(request, &list, &nr);

	if (err)
		return err;
	/* QEMU has no option for the one without the other */
	if (forbids_loopback(request)) {
		log_error("the network 'user' always leads to what listens on this "
			  "host's 127.0.0.1, which HOST_LOOPBACK forbids: use the "
			  "network 'passt' or 'lan'");
		return -EPERM;
	}
	log_debug("the VM reaches what listens on this host's 127.0.0.1, as 10.0.2.2");
	strbuf_adds(&backend, "user");
	forward_netdev(list, nr, &backend);
	add_user_card(net, request->slot)->backend =
		strvec_push(&net->strings, backend.buf);
	return 0;
}

int vm_net_init_passt(struct vm_net *net, const struct vm_net_request *request)
{
	_cleanup_(strvec_release) struct strvec ports = STRVEC_INIT;
	_cleanup_free_ struct forward *list = NULL;
	bool loopback = conf_is_true(request->conf, "HOST_LOOPBACK"), udp = false;
	struct vm_nic *nic;
	size_t nr;
	int err = read_forward(request, &list, &nr);

	if (err)
		return err;
	for (size_t i = 0; i < nr; i++)
		udp |= list[i].udp;
	if (udp && !loopback) {
		if (forbids_loopback(request)) {
			log_error("FORWARD has UDP ports, whose answers passt takes only "
				  "with HOST_LOOPBACK=\"yes\"");
			return -EPERM;
		}
		log_info(
			"because of the UDP ports of FORWARD the VM reaches what listens "
			"on this host's 127.0.0.1, as 10.0.2.2");
		loopback = true;
	}
	for (size_t i = 0; i < nr; i++)
		passt_add_port(&ports, list[i].udp, list[i].address, list[i].host_port,
			       list[i].guest_port);
	nic = add_user_card(net, request->slot);
	if (!request->dry_run)
		err = passt_start(&net->passt, &ports, loopback, &net->fds[0]);
	nic->backend =
		strvec_pushf(&net->strings, "stream,server=off,addr.type=fd,addr.str=%d",
			     request->dry_run ? DRY_RUN_FD : net->fds[0]);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The network of one VM: its kind, and what all kinds have in common. netguest.c writes
 * what the guest is told.
 */
#include <errno.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/process.h"
#include "net/lan/lan-relay.h"
#include "vm-net-kinds.h"

#define MTU_USUAL 1500
/* The bytes before the payload for which a VM has room: addresses, type, tags. */
#define HEADER_MAX 32
/* Milliseconds that a process which is being killed may take. */
#define DYING_MS 100

/*
 * Nobody has said which kind: TAP devices, if they are set up for this VM, or else what
 * needs no set-up. VMs that are to reach each other need the former, or to be asked.
 */
static enum net_kind choose_usual(const struct vm_net_request *request)
{
	if (request->together || vm_net_tap_is_set_up(request))
		return NET_TAP;
	log_info(
		"VM %u has no TAP devices, so it gets the network 'user'; see 'rapido help "
		"setup-network'",
		request->slot);
	return NET_USER;
}

/* The image may be of another version of rapido, and its kind unknown. */
static int choose_kind(struct vm_net *net, const struct vm_net_request *request)
{
	const char *setting = conf_get(request->conf, "NETWORK");
	const char *name = request->info->net_kind;

	if (request->kind)
		name = request->kind;
	else if (setting && streq(setting, net_kind_name(NET_NONE)))
		name = setting;
	else if (!name)
		name = setting;
	if (!name) {
		net->kind = choose_usual(request);
		return 0;
	}
	if (!net_kind_parse(name, &net->kind))
		return 0;
	log_error("the image requires a network of the kind '%s', which is not known",
		  name);
	return -EINVAL;
}

/* An image without drivers cannot use a card. */
static int refuse_kind(const struct vm_net_request *request)
{
	if (request->kind && !streq(request->kind, "none")) {
		log_error("the image was cut without a network: cut it with --network %s",
			  request->kind);
		return -EINVAL;
	}
	if (!request->kind && net_kind_is_for_all(conf_get(request->conf, "NETWORK")))
		log_warn(
			"NETWORK is set, but the image was cut without a network: cut it "
			"again");
	return 0;
}

/*
 * Add the addresses of VM @slot for @name: those of its files, and those by its number,
 * unless systemd-networkd configures all.
 */
static void add_peer(struct vm_net *net, const char *dir, unsigned int slot,
		     const char *name)
{
	_cleanup_(report_release) struct report report = REPORT_INIT;
	_cleanup_(netconf_release) struct netconf conf = NETCONF_INIT;
	_cleanup_free_ char *beyond = NULL;
	char text[NET_PREFIX_TEXT];

	netconf_load(&conf, dir, slot, &report);
	beyond = netconf_beyond(&conf);
	if (net->ops->add_host && !beyond)
		net->ops->add_host(net, slot, name);
	for (size_t i = 0; i < conf.nr; i++)
		for (size_t k = 0; k < conf.files[i].nr_addresses; k++)
			strvec_pushf(
				&net->hosts, "%s %s",
				net_ip_text(&conf.files[i].addresses[k].prefix.ip, text),
				name);
}

/* Add the other VMs of the run, by the names of their tests. */
static void add_peers(struct vm_net *net, const struct vm_net_request *request)
{
	const char *dir = conf_get(request->conf, "VM_NET_CONF");

	if (!net->ops->has_peers && request->nr_peers)
		log_warn(
			"VMs with the network '%s' do not reach each other: use --network "
			"lan",
			net_kind_name(net->kind));
	for (size_t i = 0; net->ops->has_peers && i < request->nr_peers; i++)
		add_peer(net, dir, request->peers[i].slot, request->peers[i].name);
}

/* Whether one of the lines for /etc/hosts has @name. */
static bool has_host(const struct strvec *hosts, const char *name)
{
	for (size_t i = 0; i < hosts->nr; i++) {
		_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;

		strvec_split(&words, hosts->v[i], " ");
		if (strvec_has(&words, name))
			return true;
	}
	return false;
}

/* A VM finds itself by name, even if its addresses are not known yet. */
static void add_own_name(struct vm_net *net, const struct vm_net_request *request)
{
	_cleanup_free_ char *number = xasprintf("rapido%u", request->slot);
	const char *name = request->hostname ? request->hostname : number;
	size_t host = strcspn(name, ".");

	if (has_host(&net->hosts, name))
		return;
	if (name[host])
		strvec_pushf(&net->hosts, "127.0.1.1 %s %.*s", name, (int)host, name);
	else
		strvec_pushf(&net->hosts, "127.0.1.1 %s", name);
}

/* Put a relay between the cards and what they are connected to, so that the VM sends and
 * receives packets. */
static int relay_cards(struct vm_net *net, const struct vm_net_request *request)
{
	struct lan_relay_card cards[VM_NICS_MAX];
	int vm_ends[VM_NICS_MAX];
	pid_t pid;

	for (size_t i = 0; i < net->nr; i++) {
		unsigned int mtu = net->nics[i].mtu;

		cards[i] = (struct lan_relay_card){
			.net = TAKE_FD(net->nics[i].fd),
			.tap = net->kind == NET_TAP,
			.frame_max = (mtu > MTU_USUAL ? mtu : MTU_USUAL) + HEADER_MAX,
		};
	}
	pid = lan_relay_start(conf_get(request->conf, "QEMU_PID_DIR"), cards, net->nr,
			      vm_ends);
	if (pid < 0)
		return pid;
	net->relay = pid;
	for (size_t i = 0; i < net->nr; i++)
		net->nics[i].fd = vm_ends[i];
	return 0;
}

int vm_net_init(struct vm_net *net, const struct vm_net_request *request)
{
	static const struct vm_net_kind *const kinds[] = {
		[NET_TAP] = &vm_net_tap,
		[NET_LAN] = &vm_net_lan,
		[NET_USER] = &vm_net_user,
		[NET_PASST] = &vm_net_passt,
	};
	int err;

	*net = (struct vm_net){ .passt = PASST_INIT };
	if (!request->info->network)
		return refuse_kind(request);
	err = choose_kind(net, request);
	if (err || net->kind == NET_NONE)
		return err;
	net->ops = kinds[net->kind];
	add_peers(net, request);
	err = net->ops->init(net, request);
	if (!err && request->packets && !request->dry_run)
		err = relay_cards(net, request);
	if (!err)
		add_own_name(net, request);
	return err;
}

void vm_net_started(struct vm_net *net)
{
	for (size_t i = 0; i < net->nr; i++)
		if (net->nics[i].fd >= 0)
			close(TAKE_FD(net->nics[i].fd));
}

static const char *kind_lost(const struct vm_net *net)
{
	return net->ops && net->ops->lost ? net->ops->lost(net) : NULL;
}

const char *vm_net_lost(const struct vm_net *net)
{
	const char *lost = kind_lost(net);

	if (lost || !process_has_ended(net->relay))
		return lost;
	/* perhaps for the end of what it served, whose sockets end before itself */
	usleep(DYING_MS * 1000);
	lost = kind_lost(net);
	return lost ? lost : "the relay of the VM's network ended";
}

void vm_net_release(struct vm_net *net)
{
	vm_net_started(net);
	lan_stop(&net->lan);
	passt_stop(&net->passt);
	lan_relay_stop(net->relay);
	netconf_release(&net->conf);
	strvec_release(&net->hosts);
	strvec_release(&net->dns);
	strvec_release(&net->strings);
	free(net->forwards);
	free(net->beyond);
	*net = (struct vm_net){ .passt = PASST_INIT };
}

void vm_net_plan(const struct vm_net *net, struct plan *plan)
{
	const struct netguest guest = {
		.nics = net->guest,
		.nr_nics = net->nr,
		.conf = net->conf.dir ? &net->conf : NULL,
		.networkd = net->beyond != NULL,
		.hosts = &net->hosts,
		.dns = &net->dns,
	};

	if (net->kind != NET_NONE)
		netguest_plan(&guest, plan);
}

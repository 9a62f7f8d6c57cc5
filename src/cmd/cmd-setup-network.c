// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido setup-network: the bridge and the TAP devices that net-conf names. */
#include <errno.h>

#include "net-command.h"
#include "lib/log.h"
#include "lib/path.h"
#include "net/host/dhcp.h"

struct setup_args {
	struct net_command_args net;
	const char *owner; /* NULL: of the configuration */
	struct strvec addresses;
};

/* The network that is wanted, and what the description points into. */
struct setup {
	struct net_want want;
	struct net_addresses addresses;
	struct net_taps taps;
	struct strvec devices;
};

static void setup_release(struct setup *setup)
{
	net_addresses_release(&setup->addresses);
	net_taps_release(&setup->taps);
	strvec_release(&setup->devices);
}

/* The devices that net-conf names. 0 or -errno after a message. */
static int find_devices(struct setup *setup, const struct net_command *net)
{
	const char *dir = conf_get(&net->session.conf, "VM_NET_CONF");
	_cleanup_free_ char *example =
		path_join(net->session.dirs.rapido_dir, "net-conf.example");
	int err = session_load_taps(&net->session, &net->caller, &setup->taps);

	if (err == -ENOENT) {
		_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

		strbuf_adds(&text, "cp -r ");
		strbuf_add_quoted(&text, example);
		strbuf_addch(&text, ' ');
		strbuf_add_quoted(&text, dir);
		log_error("there is no '%s': %s", dir, text.buf);
		return err;
	}
	if (err)
		return err;
	if (!setup->taps.nr_vms) {
		log_error("'%s' has no directory of a VM, such as vm1", dir);
		return -ENOENT;
	}
	if (!setup->taps.nr) {
		log_error("no VM has a TAP device: no vmN/*.network in '%s' names one; "
			  "see '%s' for an example",
			  dir, example);
		return -ENOENT;
	}
	for (size_t i = 0; i < setup->taps.nr; i++)
		strvec_push(&setup->devices, setup->taps.taps[i].device);
	return 0;
}

/* From the options, the configuration and net-conf. 0 or -errno after a message. */
static int describe_network(struct setup *setup, const struct setup_args *args,
			    const struct net_command *net)
{
	const struct conf *conf = &net->session.conf;
	struct net_want *want = &setup->want;
	_cleanup_free_ char *why = NULL;
	int err = 0;

	if (!args->addresses.nr)
		err = net_want_addresses(&setup->addresses, conf_get(conf, "BR_ADDR"));
	for (size_t i = 0; i < args->addresses.nr && !err; i++)
		err = net_want_addresses(&setup->addresses, args->addresses.v[i]);
	if (err)
		return err;
	*want = (struct net_want){
		.bridge = net->bridge,
		.addresses = setup->addresses.v,
		.nr_addresses = setup->addresses.nr,
		.uplink = conf_get(conf, "BR_IF"),
		.taps = &setup->devices,
		.range = conf_get(conf, "BR_DHCP_SRV_RANGE"),
	};
	/* if there are no addresses, the plan has a better message */
	if (want->range && want->nr_addresses)
		err = dhcp_check_range(want->range, want->addresses, want->nr_addresses,
				       &why);
	if (err) {
		log_error("%s", why);
		return err;
	}
	err = net_command_rights(net, args->owner, &want->rights);
	if (err)
		return err;
	if (!want->rights.owner && !args->owner && !conf_get(conf, "TAP_USER"))
		log_info("the TAP devices are for root alone: use -o or set TAP_USER "
			 "for another user");
	return find_devices(setup, net);
}

static const struct option_spec setup_options[] = {
	OPTION_STRING(
		'o', "owner", "OWNER", struct setup_args, owner,
		"the user who may use the TAP devices (default: TAP_USER, or whoever "
		"called sudo)"),
	NET_COMMAND_OPTION_BRIDGE(struct setup_args, net),
	OPTION_LIST('a', "address", "ADDRESS", struct setup_args, addresses,
		    "the bridge's address, such as 192.168.155.1/24, or 'none' (default: "
		    "BR_ADDR); may be repeated"),
	NET_COMMAND_OPTION_FORCE(struct setup_args, net, "change"),
	NET_COMMAND_OPTION_DRY_RUN(struct setup_args, net),
	OPTION_END,
};

static int setup_network(const struct invocation *call)
{
	const struct setup_args *args = call->args;
	_cleanup_(net_command_release) struct net_command net = NET_COMMAND_INIT;
	_cleanup_(setup_release) struct setup setup = { 0 };
	_cleanup_free_ char *nothing = NULL;
	struct report report = REPORT_INIT;
	int err;

	if (net_command_init(&net, call, &args->net) ||
	    describe_network(&setup, args, &net) || net_command_begin(&net))
		return 1;
	err = net_plan_setup(&net.plan, &setup.want, &net.state, net.range_now, &report);
	report_flush(&report);
	nothing = xasprintf("the bridge '%s' and the TAP devices of '%s' exist",
			    net.bridge, conf_get(&net.session.conf, "VM_NET_CONF"));
	return err ? 1 : net_command_finish(&net, nothing);
}

static void release_args(void *args)
{
	strvec_release(&((struct setup_args *)args)->addresses);
}

const struct command cmd_setup_network = {
	.name = "setup-network",
	.summary = "create the bridge and the TAP devices of the VMs",
	.options = setup_options,
	.notes =
		"Requires root. Creates the missing devices that net-conf/vm*/*.network name, removes\n"
		"those that they no longer name, and prints what it did.\n",
	.args_size = sizeof(struct setup_args),
	.release = release_args,
	.run = setup_network,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido setup-network: the bridge and the TAP devices that net-conf names. */
#include <errno.h>

#include "net/host/dhcp.h"
#include "lib/log.h"
#include "net-command.h"
#include "net/host/net-taps.h"
#include "lib/path.h"

struct setup_args {
	struct net_command_args net;
	const char *owner; /* NULL: of the configuration */
	struct strvec addresses;
};

/* Everything that a plan needs; see struct net_want. */
struct setup {
	const char *uplink, *range, *dir;
	struct net_addresses addresses;
	struct net_caller caller;
	struct net_taps taps;
	struct strvec devices;
};

static void setup_release(struct setup *setup)
{
	net_addresses_release(&setup->addresses);
	net_taps_release(&setup->taps);
	strvec_release(&setup->devices);
}

static int take_addresses(struct setup *setup, const struct setup_args *args,
			  const struct conf *conf)
{
	int err = 0;

	if (!args->addresses.nr)
		return net_want_addresses(&setup->addresses, conf_get(conf, "BR_ADDR"));
	for (size_t i = 0; i < args->addresses.nr && !err; i++)
		err = net_want_addresses(&setup->addresses, args->addresses.v[i]);
	return err;
}

static int take_owner(struct setup *setup, const struct setup_args *args,
		      const struct net_command *net)
{
	int err = net_command_caller(net, args->owner, &setup->caller);

	if (!err && !setup->caller.owner && !args->owner &&
	    !conf_get(&net->session.conf, "TAP_USER"))
		log_info("the TAP devices are for root alone: use -o or set TAP_USER "
			 "for another user");
	return err;
}

static int complain_of_net_conf(const char *dir, const struct session *session,
				bool is_there)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	_cleanup_free_ char *example =
		path_join(session->dirs.rapido_dir, "net-conf.example");

	if (is_there) {
		log_error(
			"no VM has a TAP device: no vmN/*.network in '%s' names one; see "
			"'%s' for an example",
			dir, example);
		return -ENOENT;
	}
	strbuf_adds(&text, "cp -r ");
	strbuf_add_quoted(&text, example);
	strbuf_addch(&text, ' ');
	strbuf_add_quoted(&text, dir);
	log_error("there is no '%s': %s", dir, text.buf);
	return -ENOENT;
}

static int take_taps(struct setup *setup, const struct net_command *net)
{
	int err = session_load_taps(&net->session, &net->caller, &setup->taps);

	setup->dir = conf_get(&net->session.conf, "VM_NET_CONF");
	if (err == -ENOENT)
		return complain_of_net_conf(setup->dir, &net->session, false);
	if (!err && !setup->taps.nr_vms) {
		log_error("there is no directory vm1 or of another VM in '%s'",
			  setup->dir);
		return -ENOENT;
	}
	if (!err && !setup->taps.nr)
		return complain_of_net_conf(setup->dir, &net->session, true);
	for (size_t i = 0; i < setup->taps.nr; i++)
		strvec_push(&setup->devices, setup->taps.taps[i].device);
	return err;
}

static int take_range(struct setup *setup, const struct conf *conf)
{
	_cleanup_free_ char *why = NULL;
	int err = 0;

	setup->range = conf_get(conf, "BR_DHCP_SRV_RANGE");
	/* if there are no addresses, the plan has a better message */
	if (setup->range && setup->addresses.nr)
		err = dhcp_check_range(setup->range, setup->addresses.v,
				       setup->addresses.nr, &why);
	if (err)
		log_error("%s", why);
	return err;
}

static int take_all(struct setup *setup, const struct setup_args *args,
		    const struct net_command *net)
{
	const struct conf *conf = &net->session.conf;
	int err;

	setup->uplink = conf_get(conf, "BR_IF");
	err = take_addresses(setup, args, conf);
	if (!err)
		err = take_range(setup, conf);
	if (!err)
		err = take_owner(setup, args, net);
	return err ? err : take_taps(setup, net);
}

static int make_network(struct net_command *net, const struct setup *setup)
{
	const struct net_want want = {
		.bridge = net->bridge,
		.addresses = setup->addresses.v,
		.nr_addresses = setup->addresses.nr,
		.uplink = setup->uplink,
		.taps = &setup->devices,
		.caller = setup->caller,
		.range = setup->range,
	};
	_cleanup_free_ char *nothing =
		xasprintf("the bridge '%s' and the TAP devices of '%s' exist",
			  net->bridge, setup->dir);
	struct report report = REPORT_INIT;
	int err;

	if (net_command_begin(net))
		return 1;
	err = net_plan_setup(&net->plan, &want, &net->state, net->range_now, &report);
	report_flush(&report);
	return err ? 1 : net_command_finish(net, nothing);
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

	if (net_command_init(&net, call, &args->net) || take_all(&setup, args, &net))
		return 1;
	return make_network(&net, &setup);
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

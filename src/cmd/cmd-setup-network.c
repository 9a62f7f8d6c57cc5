// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido setup-network: the bridge and the TAP devices that net-conf names. */
#include <errno.h>
#include <getopt.h>

#include "net/host/dhcp.h"
#include "lib/log.h"
#include "cmd/net-run.h"
#include "net/host/net-taps.h"
#include "lib/path.h"

struct setup_args {
	const char *owner, *bridge; /* NULL: of the configuration */
	struct strvec addresses;
	bool dry_run, force;
};

/* All that a plan needs; see struct net_want. */
struct setup {
	const char *bridge, *uplink, *range, *dir;
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
		      const struct net_run *run)
{
	int err = net_run_caller(run, args->owner, args->force, &setup->caller);

	if (!err && !setup->caller.owner && !args->owner &&
	    !conf_get(&run->session.conf, "TAP_USER"))
		log_info("the TAP devices are for root alone: for another user give -o "
			 "or set TAP_USER");
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
			"no VM has a TAP device: there is no vmN/*.network in '%s' that "
			"names one, as in '%s'",
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

static int take_taps(struct setup *setup, const struct net_run *run)
{
	int err = session_load_taps(&run->session, &run->caller, &setup->taps);

	setup->dir = conf_get(&run->session.conf, "VM_NET_CONF");
	if (err == -ENOENT)
		return complain_of_net_conf(setup->dir, &run->session, false);
	if (!err && !setup->taps.nr_vms) {
		log_error("there is no directory vm1 in '%s', nor of another VM",
			  setup->dir);
		return -ENOENT;
	}
	if (!err && !setup->taps.nr)
		return complain_of_net_conf(setup->dir, &run->session, true);
	for (size_t i = 0; i < setup->taps.nr; i++)
		strvec_push(&setup->devices, setup->taps.taps[i].device);
	return err;
}

static int take_range(struct setup *setup, const struct conf *conf)
{
	_cleanup_free_ char *why = NULL;
	int err = 0;

	setup->range = conf_get(conf, "BR_DHCP_SRV_RANGE");
	/* without an address there is more to say than that it is in none of them */
	if (setup->range && setup->addresses.nr)
		err = dhcp_check_range(setup->range, setup->addresses.v,
				       setup->addresses.nr, &why);
	if (err)
		log_error("%s", why);
	return err;
}

static int take_all(struct setup *setup, const struct setup_args *args,
		    const struct net_run *run)
{
	const struct conf *conf = &run->session.conf;
	int err;

	setup->bridge = args->bridge ? args->bridge : conf_get(conf, "BR_DEV");
	setup->uplink = conf_get(conf, "BR_IF");
	if (!net_name_is_valid(setup->bridge)) {
		log_error("'%s' cannot be the name of a bridge", setup->bridge);
		return -EINVAL;
	}
	err = take_addresses(setup, args, conf);
	if (!err)
		err = take_range(setup, conf);
	if (!err)
		err = take_owner(setup, args, run);
	return err ? err : take_taps(setup, run);
}

static int make(struct net_run *run, const struct setup *setup)
{
	const struct net_want want = {
		.bridge = setup->bridge,
		.addresses = setup->addresses.v,
		.nr_addresses = setup->addresses.nr,
		.uplink = setup->uplink,
		.taps = &setup->devices,
		.caller = setup->caller,
		.range = setup->range,
	};
	_cleanup_free_ char *nothing =
		xasprintf("the bridge '%s' and the TAP devices of '%s' are there",
			  setup->bridge, setup->dir);
	struct report report = REPORT_INIT;
	int err;

	if (net_run_begin(run, setup->bridge))
		return 1;
	err = net_plan_setup(&run->plan, &want, &run->state, run->range_now, &report);
	report_flush(&report);
	return err ? 1 : net_run_finish(run, nothing);
}

/* -1: go on; else the exit status. */
static int parse(int argc, char **argv, struct setup_args *args)
{
	static const struct option options[] = {
		{ "owner", required_argument, NULL, 'o' },
		{ "bridge", required_argument, NULL, 'b' },
		{ "address", required_argument, NULL, 'a' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "force", no_argument, NULL, 'f' },
		CMD_LONG_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	int c, status;

	while ((c = getopt_long(argc, argv, CMD_SHORT_OPTIONS "o:b:a:n", options,
				NULL)) != -1) {
		if (c == 'o')
			args->owner = optarg;
		else if (c == 'b')
			args->bridge = optarg;
		else if (c == 'a')
			strvec_push(&args->addresses, optarg);
		else if (c == 'n')
			args->dry_run = true;
		else if (c == 'f')
			args->force = true;
		else if ((status = cmd_common_option(&cmd_setup_network, c)) >= 0)
			return status;
	}
	if (optind < argc)
		return cmd_usage_error(&cmd_setup_network,
				       "'setup-network' takes no arguments");
	return -1;
}

static int run(int argc, char **argv)
{
	_cleanup_(net_run_release) struct net_run net = NET_RUN_INIT;
	_cleanup_(setup_release) struct setup setup = { 0 };
	struct setup_args args = { 0 };
	int status = parse(argc, argv, &args);

	if (status < 0) {
		net.dry_run = args.dry_run;
		status = net_run_init(&net, "setup-network", argc, argv) ||
					 take_all(&setup, &args, &net)
				 ? 1
				 : make(&net, &setup);
	}
	strvec_release(&args.addresses);
	return status;
}

const struct command cmd_setup_network = {
	.name = "setup-network",
	.summary = "make the bridge and the TAP devices of the VMs",
	.usage =
		"setup-network [-o OWNER] [-b BRIDGE] [-a ADDRESS]... [--force] [--dry-run]",
	.options =
		"  -o, --owner OWNER      who may use the TAP devices; by default TAP_USER, or who has\n"
		"                         called sudo\n"
		"  -b, --bridge BRIDGE    instead of BR_DEV\n"
		"  -a, --address ADDRESS  of the bridge, such as 192.168.155.1/24, instead of BR_ADDR;\n"
		"                         'none': none\n"
		"      --force            change the devices of another user, too\n"
		"  -n, --dry-run          print the equivalent ip(8) commands, and change nothing\n"
		"\n"
		"Needs root. Makes what is missing of the devices that net-conf/vm*/*.network name,\n"
		"removes what they do not name any more, and prints what it did.\n",
	.run = run,
};

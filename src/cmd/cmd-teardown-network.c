// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido teardown-network: removes what setup-network made. */
#include <getopt.h>

#include "lib/log.h"
#include "cmd/net-run.h"

struct teardown_args {
	const char *bridge; /* NULL: of the configuration */
	bool dry_run, force;
};

/* Heap. */
static char *describe_nothing(const struct net_state *state, const char *bridge)
{
	_cleanup_(strvec_release) struct strvec others = STRVEC_INIT;
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "there is no network of rapido's for the bridge '%s'", bridge);
	net_mark_bridges(state, &others);
	for (size_t i = 0; i < others.nr; i++) {
		strbuf_addf(&text, "%s '%s': sudo rapido teardown-network -b ",
			    i ? ", and for" : "; there is one for", others.v[i]);
		strbuf_add_quoted(&text, others.v[i]);
	}
	return strbuf_detach(&text);
}

static int tear_down(struct net_run *run, const char *bridge, bool force)
{
	_cleanup_free_ char *nothing = NULL;
	struct report report = REPORT_INIT;
	struct net_caller caller;
	int err;

	if (net_run_caller(run, NULL, force, &caller) || net_run_begin(run, bridge))
		return 1;
	err = net_plan_teardown(&run->plan, bridge, &caller, &run->state, run->range_now,
				&report);
	report_flush(&report);
	nothing = describe_nothing(&run->state, bridge);
	return err ? 1 : net_run_finish(run, nothing);
}

/* -1: go on; else the exit status. */
static int parse(int argc, char **argv, struct teardown_args *args)
{
	static const struct option options[] = {
		{ "bridge", required_argument, NULL, 'b' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "force", no_argument, NULL, 'f' },
		CMD_LONG_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	int c, status;

	while ((c = getopt_long(argc, argv, CMD_SHORT_OPTIONS "b:n", options, NULL)) !=
	       -1) {
		if (c == 'b')
			args->bridge = optarg;
		else if (c == 'n')
			args->dry_run = true;
		else if (c == 'f')
			args->force = true;
		else if ((status = cmd_common_option(&cmd_teardown_network, c)) >= 0)
			return status;
	}
	if (optind < argc)
		return cmd_usage_error(&cmd_teardown_network,
				       "'teardown-network' takes no arguments");
	return -1;
}

static int run(int argc, char **argv)
{
	_cleanup_(net_run_release) struct net_run net = NET_RUN_INIT;
	struct teardown_args args = { 0 };
	int status = parse(argc, argv, &args);
	const char *bridge;

	if (status >= 0)
		return status;
	net.dry_run = args.dry_run;
	if (net_run_init(&net, "teardown-network", argc, argv))
		return 1;
	bridge = args.bridge ? args.bridge : conf_get(&net.session.conf, "BR_DEV");
	if (!net_name_is_valid(bridge)) {
		log_error("'%s' cannot be the name of a bridge", bridge);
		return 1;
	}
	return tear_down(&net, bridge, args.force);
}

const struct command cmd_teardown_network = {
	.name = "teardown-network",
	.summary = "remove the bridge and the TAP devices of the VMs",
	.usage = "teardown-network [-b BRIDGE] [--force] [--dry-run]",
	.options =
		"  -b, --bridge BRIDGE  instead of BR_DEV\n"
		"      --force          remove the devices of another user, too\n"
		"  -n, --dry-run        print the equivalent ip(8) commands, and change nothing\n"
		"\n"
		"Needs root. Removes what 'rapido setup-network' made for this bridge, whatever\n"
		"net-conf says now, and nothing else; it prints what that was.\n",
	.run = run,
};

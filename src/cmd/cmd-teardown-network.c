// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido teardown-network: remove what setup-network created. */
#include "net-command.h"
#include "lib/log.h"

/* Why there is nothing to do. Heap. */
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

struct teardown_args {
	struct net_command_args net;
};

static int teardown_network(const struct invocation *call)
{
	_cleanup_(net_command_release) struct net_command net = NET_COMMAND_INIT;
	_cleanup_free_ char *nothing = NULL;
	struct report report = REPORT_INIT;
	const struct teardown_args *args = call->args;
	struct net_rights rights;
	int err;

	if (net_command_init(&net, call, &args->net) ||
	    net_command_rights(&net, NULL, &rights) || net_command_begin(&net))
		return 1;
	err = net_plan_teardown(&net.plan, net.bridge, &rights, &net.state, net.range_now,
				&report);
	report_flush(&report);
	nothing = describe_nothing(&net.state, net.bridge);
	return err ? 1 : net_command_finish(&net, nothing);
}

static const struct option_spec teardown_options[] = {
	NET_COMMAND_OPTION_BRIDGE(struct teardown_args, net),
	NET_COMMAND_OPTION_FORCE(struct teardown_args, net, "remove"),
	NET_COMMAND_OPTION_DRY_RUN(struct teardown_args, net),
	OPTION_END,
};

const struct command cmd_teardown_network = {
	.name = "teardown-network",
	.summary = "remove the bridge and the TAP devices of the VMs",
	.options = teardown_options,
	.notes =
		"Requires root. Removes what 'rapido setup-network' created for this bridge and\n"
		"nothing else, whatever net-conf says now, and prints what it removed.\n",
	.args_size = sizeof(struct teardown_args),
	.run = teardown_network,
};

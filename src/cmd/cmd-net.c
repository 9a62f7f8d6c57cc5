// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido net: the state of the bridge and the TAP devices of the VMs. */
#include <errno.h>

#include "cmd/cmd.h"
#include "lib/log.h"
#include "lib/out.h"
#include "lib/table.h"
#include "lib/utf8.h"
#include "net/host/dhcp.h"
#include "net/host/net-mark.h"
#include "net/host/net-plan.h"
#include "net/host/net-taps.h"

struct view {
	const char *bridge, *range; /* wanted; range NULL: no DHCP server */
	struct net_state state;
	struct net_taps taps;
	struct table table; /* of TAP devices */
	bool broken;	    /* setup-network would repair something */
};

static void view_release(struct view *view)
{
	net_state_release(&view->state);
	net_taps_release(&view->taps);
	table_release(&view->table);
}

static void print_bridge(struct view *view)
{
	const struct net_link *link = net_state_find(&view->state, view->bridge);
	char text[NET_PREFIX_TEXT];
	struct net_mark mark;

	if (!link) {
		out_print("bridge %s missing\n", view->bridge);
		view->broken = true;
		return;
	}
	view->broken |= !link->up;
	out_print("bridge %s", view->bridge);
	for (size_t i = 0; i < view->state.nr_addresses; i++)
		if (view->state.addresses[i].index == link->index &&
		    !view->state.addresses[i].is_link_local)
			out_print(" %s", net_prefix_text(&view->state.addresses[i].prefix,
							 text));
	out_print("%s%s\n", link->up ? "" : " down",
		  net_mark_is_bridge(link, view->bridge) ? "" : " not made by rapido");
	if (net_mark_parse(&mark, link->alias) && mark.uplink[0])
		out_print("uplink %s\n", mark.uplink);
}

static void print_dhcp(struct view *view)
{
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT;
	_cleanup_free_ char *range = NULL;

	if (dhcp_runs(view->bridge, &range)) {
		/* from a process's command line, which any user may have written */
		strbuf_add_visible(&shown, range ? range : "");
		out_print("dhcp %s\n", shown.buf);
	} else if (view->range) {
		out_print("dhcp missing\n");
		view->broken = true;
	}
}

/* The state of a device that rapido made for this bridge. */
static void add_own_state(struct view *view, const struct net_link *link,
			  struct strbuf *text)
{
	const char *master = net_state_master(&view->state, link);

	strbuf_adds(text, link->carrier ? "in use" : "free");
	if (!link->up)
		strbuf_adds(text, ", down");
	if (!master || !streq(master, view->bridge))
		strbuf_addf(text, ", not in %s", view->bridge);
	view->broken |= !link->up || !master || !streq(master, view->bridge);
}

/* Heap. */
static char *tap_state(struct view *view, const struct net_link *link)
{
	struct strbuf text = STRBUF_INIT;
	struct net_mark mark;

	view->broken |= !link;
	if (!link)
		strbuf_adds(&text, "missing");
	else if (!link->is_tap)
		strbuf_adds(&text, "no TAP device: guest only");
	else if (net_mark_is_tap(link, view->bridge))
		add_own_state(view, link, &text);
	else if (net_mark_parse(&mark, link->alias))
		strbuf_addf(&text, "for %s", mark.bridge);
	else
		strbuf_adds(&text, "not made by rapido");
	return strbuf_detach(&text);
}

static void add_row(struct view *view, const char *device, const struct net_tap *tap)
{
	const struct net_link *link = net_state_find(&view->state, device);
	_cleanup_(strbuf_release) struct strbuf vms = STRBUF_INIT;
	_cleanup_free_ char *owner =
		link && link->has_owner ? net_owner_name(link->owner) : NULL;
	_cleanup_free_ char *text = tap_state(view, link);

	for (size_t i = 0; tap && i < tap->vms.nr; i++)
		strbuf_addf(&vms, "%s%s", i ? "," : "", tap->vms.v[i]);
	table_add(&view->table, device);
	table_add(&view->table, vms.buf);
	table_add(&view->table, owner);
	table_add(&view->table, text);
}

/* The devices that net-conf names, and rapido's own that it no longer names. */
static void print_taps(struct view *view)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	bool any = view->taps.nr > 0;

	table_add(&view->table, "DEVICE");
	table_add(&view->table, "VM");
	table_add(&view->table, "OWNER");
	table_add(&view->table, "STATE");
	for (size_t i = 0; i < view->taps.nr; i++)
		add_row(view, view->taps.taps[i].device, &view->taps.taps[i]);
	for (size_t i = 0; i < view->state.nr_links; i++) {
		const struct net_link *link = &view->state.links[i];

		if (!net_mark_is_tap(link, view->bridge) ||
		    net_taps_find(&view->taps, link->name))
			continue;
		add_row(view, link->name, NULL);
		any = true;
	}
	table_format(&view->table, &text);
	if (any)
		out_print("%s", text.buf);
}

static void advise(const struct view *view, const char *bridge_option)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	if (!view->broken)
		return;
	strbuf_adds(&text, "sudo rapido setup-network");
	if (bridge_option) {
		strbuf_adds(&text, " -b ");
		strbuf_add_quoted(&text, bridge_option);
	}
	log_info("to create what is missing and repair the rest: %s", text.buf);
}

struct net_args {
	const char *bridge;
};

static const struct option_spec net_options[] = {
	OPTION_STRING('b', "bridge", "BRIDGE", struct net_args, bridge,
		      "the bridge (default: BR_DEV)"),
	OPTION_END,
};

static int show_network(const struct invocation *call)
{
	const struct conf *conf = &call->session->conf;
	const struct net_args *args = call->args;
	_cleanup_(view_release) struct view view = {
		.bridge = args->bridge ? args->bridge : conf_get(conf, "BR_DEV"),
		.range = conf_get(conf, "BR_DHCP_SRV_RANGE"),
		.table = TABLE_INIT(4),
	};
	struct report report = REPORT_INIT;
	int err = net_state_read(&view.state);

	if (err) {
		log_error("cannot read the network devices: %s", err_text(err));
		return 1;
	}
	err = net_taps_load(&view.taps, conf_get(conf, "VM_NET_CONF"), &report);
	report_flush(&report);
	print_bridge(&view);
	print_dhcp(&view);
	print_taps(&view);
	advise(&view, args->bridge);
	return err && err != -ENOENT ? 1 : 0;
}

const struct command cmd_net = {
	.name = "net",
	.summary = "show the bridge and the TAP devices of the VMs",
	.options = net_options,
	.notes =
		"Prints for each TAP device the VMs that net-conf assigns it to, its owner, and whether\n"
		"a VM uses it. 'rapido setup-network' creates what is missing and repairs the rest.\n",
	.flags = CMD_SESSION,
	.args_size = sizeof(struct net_args),
	.run = show_network,
};

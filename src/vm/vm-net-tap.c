// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VM on TAP devices of the host: those that its files in net-conf name and that
 * exist. `rapido setup-network` makes them.
 */
#include <errno.h>
#include <unistd.h>

#include "lib/log.h"
#include "net/tun.h"
#include "vm-net-kinds.h"

static void say_not_described(const struct vm_net_request *request)
{
	const char *dir = conf_get(request->conf, "VM_NET_CONF");

	if (access(dir, F_OK) < 0)
		log_error("the VM requires a network, but '%s' does not exist: copy "
			  "'%s/net-conf.example' to it and run 'sudo rapido "
			  "setup-network', or use --network lan or user, which need "
			  "neither",
			  dir, conf_get(request->conf, "RAPIDO_DIR"));
	else
		log_error(
			"VM %u requires a network, but '%s/vm%u' does not exist: write its "
			"files there, and run 'sudo rapido setup-network'",
			request->slot, dir, request->slot);
}

/* Add a card if the device exists and is a TAP device; list it if it does not exist.
 * Files for other devices are for the guest alone. */
static int add_card(struct vm_net *net, const struct vm_net_request *request,
		    const struct netconf_file *file, struct strvec *missing)
{
	int is_tap = netconf_is_tap(&net->conf, file) ? tun_is_tap(file->device) : 0;

	if (is_tap == -ENODEV) {
		strvec_push(missing, file->device);
		return 0;
	}
	if (is_tap < 0)
		log_error("cannot look at device '%s': %s", file->device,
			  err_text(is_tap));
	if (is_tap <= 0)
		return is_tap;
	return vm_net_add_nic(net, request->slot, file->device, file, NULL) ? 0 : -E2BIG;
}

bool vm_net_tap_is_set_up(const struct vm_net_request *request)
{
	const char *dir = conf_get(request->conf, "VM_NET_CONF");
	_cleanup_(report_release) struct report report = REPORT_INIT;
	_cleanup_(netconf_release) struct netconf conf = NETCONF_INIT;
	bool found;

	netconf_load(&conf, dir, request->slot, &report);
	/* files that cannot be used are to be complained of */
	found = report.errors.nr;
	for (size_t i = 0; !found && i < conf.nr; i++)
		found = netconf_is_tap(&conf, &conf.files[i]) &&
			tun_is_tap(conf.files[i].device) > 0;
	return found;
}

/* At least one of the devices must exist. */
static int check_missing(const struct vm_net *net, const struct strvec *missing)
{
	if (!net->nr && !missing->nr) {
		log_error("'%s' names no TAP device", net->conf.dir);
		return -ENODEV;
	}
	if (!net->nr) {
		log_error(
			"there is no TAP device '%s', which '%s' names: run 'sudo rapido "
			"setup-network', or use "
			"--network lan",
			missing->v[0], net->conf.dir);
		return -ENODEV;
	}
	for (size_t i = 0; i < missing->nr; i++)
		log_warn("there is no TAP device '%s', which '%s' names: the VM gets no "
			 "card for it; 'sudo rapido setup-network' makes it",
			 missing->v[i], net->conf.dir);
	return 0;
}

static int attach(struct vm_net *net, const struct vm_net_request *request)
{
	for (size_t i = 0; i < net->nr; i++) {
		struct vm_nic *nic = &net->nics[i];

		nic->fd = tun_attach(nic->device, !request->packets);
		if (nic->fd < 0)
			return nic->fd;
		if (!tun_is_up(nic->device))
			log_warn(
				"the TAP device '%s' is down, so the VM has no connection through it: "
				"run 'sudo rapido setup-network'",
				nic->device);
	}
	return 0;
}

static int init_tap(struct vm_net *net, const struct vm_net_request *request)
{
	_cleanup_(strvec_release) struct strvec missing = STRVEC_INIT;
	int err = vm_net_load_conf(net, request);

	if (err == -ENOENT)
		say_not_described(request);
	for (size_t i = 0; !err && i < net->conf.nr; i++)
		err = add_card(net, request, &net->conf.files[i], &missing);
	if (!err)
		err = check_missing(net, &missing);
	if (!err)
		netguest_hosts(conf_get(request->conf, "VM_NET_CONF"), &net->hosts);
	return err || request->dry_run ? err : attach(net, request);
}

const struct vm_net_kind vm_net_tap = {
	.init = init_tap,
	.has_peers = true,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VM that reaches what its user reaches, through the back end's own user-mode network
 * or through passt(1). The guest sees the same network in both.
 */
#include <errno.h>

#include "lib/log.h"
#include "lib/process.h"
#include "vm-net-kinds.h"

#define USER_DEVICE "user"
#define USER_LINES                                                        \
	"up\naddress " VM_USER_ADDRESS "/24 broadcast " VM_USER_BROADCAST \
	"\nroute 0.0.0.0/0 via " VM_USER_GATEWAY "\n"

/* Whether HOST_LOOPBACK says that the guest must not reach the host's 127.0.0.1. */
static bool forbids_loopback(const struct vm_net_request *request)
{
	return conf_get(request->conf, "HOST_LOOPBACK") &&
	       !conf_is_true(request->conf, "HOST_LOOPBACK");
}

/* Add the one card, with the ports of FORWARD. NULL after a message. */
static struct vm_nic *add_user_card(struct vm_net *net,
				    const struct vm_net_request *request)
{
	_cleanup_(report_release) struct report report = REPORT_INIT;
	const char *setting = conf_get(request->conf, "FORWARD");
	int err = forward_parse(setting ? setting : "", &net->forwards, &net->nr_forwards,
				&report);
	struct vm_nic *nic;

	if (!err && !request->dry_run)
		err = forward_check_free(net->forwards, net->nr_forwards, &report);
	report_flush(&report);
	if (err)
		return NULL;
	strvec_push(&net->dns, VM_USER_DNS);
	strvec_pushf(&net->hosts, VM_USER_ADDRESS " rapido%u", request->slot);
	nic = vm_net_add_nic(net, request->slot, USER_DEVICE, NULL, USER_LINES);
	nic->forwards = net->forwards;
	nic->nr_forwards = net->nr_forwards;
	return nic;
}

/* Add the card, and start passt; with @loopback, the VM reaches the host's 127.0.0.1. */
static int init_with_passt(struct vm_net *net, const struct vm_net_request *request,
			   bool loopback)
{
	const char *instead = request->packets
				      ? "the network 'lan' or 'tap': without passt this "
					"kernel has no other"
				      : "the network 'user'";
	_cleanup_(strvec_release) struct strvec ports = STRVEC_INIT;
	struct vm_nic *nic = add_user_card(net, request);
	bool udp = false;

	if (!nic)
		return -EINVAL;
	for (size_t i = 0; i < net->nr_forwards; i++) {
		const struct forward *forward = &net->forwards[i];

		udp |= forward->udp;
		passt_add_port(&ports, forward->udp, forward->address, forward->host_port,
			       forward->guest_port);
	}
	if (udp && forbids_loopback(request)) {
		log_error(
			"FORWARD has UDP ports: passt passes their answers on only with "
			"HOST_LOOPBACK=\"yes\"");
		return -EPERM;
	}
	if (udp && !loopback)
		log_info(
			"because of the UDP ports of FORWARD the VM reaches what listens "
			"on this host's 127.0.0.1, as " VM_USER_GATEWAY);
	return request->dry_run ? 0
				: passt_start(&net->passt, &ports, loopback || udp,
					      instead, &nic->fd);
}

static const char *passt_lost(const struct vm_net *net)
{
	return process_has_ended(net->passt.process.pid) ? "the VM's passt ended" : NULL;
}

static int init_user(struct vm_net *net, const struct vm_net_request *request)
{
	/* the back end has none of its own; this is as open as that would be */
	if (request->packets)
		return init_with_passt(net, request, !forbids_loopback(request));
	if (!add_user_card(net, request))
		return -EINVAL;
	/* that network cannot be had without the loopback */
	if (forbids_loopback(request)) {
		log_error("the network 'user' always leads to what listens on this "
			  "host's 127.0.0.1, which HOST_LOOPBACK forbids: use the "
			  "network 'passt' or 'lan'");
		return -EPERM;
	}
	log_debug(
		"the VM reaches what listens on this host's 127.0.0.1, as " VM_USER_GATEWAY);
	return 0;
}

const struct vm_net_kind vm_net_user = {
	.init = init_user,
	.lost = passt_lost,
};

static int init_passt(struct vm_net *net, const struct vm_net_request *request)
{
	return init_with_passt(net, request,
			       conf_is_true(request->conf, "HOST_LOOPBACK"));
}

const struct vm_net_kind vm_net_passt = {
	.init = init_passt,
	.lost = passt_lost,
};

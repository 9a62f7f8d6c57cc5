// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The functions that the kinds of network share: reading net-conf, adding a card,
 * watching a child.
 */
#include <errno.h>

#include "lib/log.h"
#include "vm-net-kinds.h"

int vm_net_load_conf(struct vm_net *net, const struct vm_net_request *request)
{
	_cleanup_(report_release) struct report report = REPORT_INIT;
	int err = netconf_load(&net->conf, conf_get(request->conf, "VM_NET_CONF"),
			       request->slot, &report);

	report_flush(&report);
	if (err)
		return err;
	net->beyond = netconf_beyond(&net->conf);
	if (!net->beyond || request->info->networkd)
		return 0;
	log_error("%s requires systemd-networkd, which is not in the image: cut it again",
		  net->beyond);
	return -ENOPKG;
}

struct vm_nic *vm_net_add_nic(struct vm_net *net, unsigned int slot, const char *device,
			      const struct netconf_file *file, const char *lines)
{
	struct netguest_nic *guest = &net->guest[net->nr];
	struct vm_nic *nic = &net->nics[net->nr];
	char text[NET_MAC_TEXT];

	if (net->nr == VM_NICS_MAX) {
		log_error("'%s' describes more than %d network cards", net->conf.dir,
			  VM_NICS_MAX);
		return NULL;
	}
	*guest = (struct netguest_nic){
		.device = strvec_push(&net->strings, device),
		.file = file,
		.text = lines,
	};
	if (file && file->has_mac)
		memcpy(guest->mac, file->mac, NET_MAC_LEN);
	else
		net_mac_make(slot, device, guest->mac);
	*nic = (struct vm_nic){
		.device = guest->device,
		.mac = strvec_push(&net->strings, net_mac_text(guest->mac, text)),
		.mtu = file ? file->mtu : 0,
		.kind = net->kind,
		.fd = -1,
	};
	net->nr++;
	return nic;
}

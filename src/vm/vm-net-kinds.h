/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of network that vm-net.h offers, and what they share. */
#ifndef RAPIDO_VM_NET_KINDS_H
#define RAPIDO_VM_NET_KINDS_H

#include "vm-net.h"

/* A kind is a const struct, in a file of its own or with its kin. */
struct vm_net_kind {
	/* Fill the cards of @net, and what the guest is told, except about peers. 0, or
	   -errno after a message. */
	int (*init)(struct vm_net *net, const struct vm_net_request *request);
	/* As vm_net_lost(). NULL: nothing can be lost. */
	const char *(*lost)(const struct vm_net *net);
	/* Whether VMs of this kind reach each other. */
	bool has_peers;
	/* Add lines for /etc/hosts with the addresses that VM @slot, called @name, has by
	   its number alone. NULL: it has none. */
	void (*add_host)(struct vm_net *net, unsigned int slot, const char *name);
};

extern const struct vm_net_kind vm_net_tap, vm_net_lan, vm_net_user, vm_net_passt;

/* Whether a TAP device exists that the VM's files name, or these have errors. Says
 * nothing. */
bool vm_net_tap_is_set_up(const struct vm_net_request *request);

/* vm-net-card.c */

/*
 * Read the files of the VM's number. -ENOENT, without a message, if there are none;
 * another -errno after a message, also if they require what is not in the image.
 */
int vm_net_load_conf(struct vm_net *net, const struct vm_net_request *request);

/*
 * Add a card that the guest calls @device, configured by @file (or NULL) and then by
 * @lines (see netguest.h, or NULL), which must stay. It has no descriptor yet. NULL after
 * a message if there are too many.
 */
struct vm_nic *vm_net_add_nic(struct vm_net *net, unsigned int slot, const char *device,
			      const struct netconf_file *file, const char *lines);

#endif

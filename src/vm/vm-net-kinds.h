/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of network that vm-net.h offers; for vm-net.c and its parts alone. */
#ifndef RAPIDO_VM_NET_KINDS_H
#define RAPIDO_VM_NET_KINDS_H

#include "vm/vm-net.h"

/*
 * Each fills the cards of @net, without what the guest is told of hosts. 0, or -errno
 * after a message.
 */
int vm_net_init_tap(struct vm_net *net, const struct vm_net_request *request);
int vm_net_init_lan(struct vm_net *net, const struct vm_net_request *request);
int vm_net_init_user(struct vm_net *net, const struct vm_net_request *request);
int vm_net_init_passt(struct vm_net *net, const struct vm_net_request *request);

/*
 * Read the files of the VM's number. -ENOENT, without a message, when there are none;
 * another -errno after a message, also when they take what is not in the image.
 */
int vm_net_load_conf(struct vm_net *net, const struct vm_net_request *request);

/*
 * Add a card that the guest knows by the name @device: with the configuration @file, if
 * there is one, and then @lines as netguest.h has them, or NULL; both are kept. Its
 * backend is for the caller. NULL after a message when there are too many.
 */
struct vm_nic *vm_net_add_nic(struct vm_net *net, unsigned int slot, const char *device,
			      const struct netconf_file *file, const char *lines);

/* The lines for /etc/hosts of VM @slot by the addresses of its number, as @name. */
void vm_net_add_lan_host(struct vm_net *net, unsigned int slot, const char *name);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network of one VM: which kind it is, what its cards are connected to, and what the
 * guest is told of them.
 */
#ifndef RAPIDO_VM_NET_H
#define RAPIDO_VM_NET_H

#include "conf/conf.h"
#include "image/image.h"
#include "net/lan/lan.h"
#include "conf/net-kind.h"
#include "net/netguest.h"
#include "vm/passt.h"
#include "vm/spec.h"

/* Network cards of a VM. */
#define VM_NICS_MAX LAN_PORTS_MAX

/* A VM that runs beside this one, by the name that this one is to know it by. */
struct vm_peer {
	const char *name; /* plain, as a host's */
	unsigned int slot;
};

struct vm_net_request {
	const struct conf *conf;
	const struct image_info *info;
	const char *kind; /* that the user asked for on the command line, or NULL */
	unsigned int slot;
	const char *hostname; /* of the VM; NULL: it makes its own from the slot */
	const struct vm_peer *peers;
	size_t nr_peers;
	bool dry_run; /* nothing is opened, started or taken */
};

struct vm_net_kind;

struct vm_net {
	enum net_kind kind;
	const struct vm_net_kind *ops; /* NULL: there is no network */
	struct netconf conf;	       /* of the VM's number, where the kind uses it */
	struct vm_nic nics[VM_NICS_MAX];
	struct netguest_nic guest[VM_NICS_MAX]; /* of the same index */
	size_t nr;
	struct lan lan;
	struct passt passt;
	struct forward *forwards; /* FORWARD, where the kind has them */
	size_t nr_forwards;
	struct strvec hosts, dns, strings;
	char *beyond; /* netconf_beyond() */
};

/*
 * Make the network that the image and the settings ask for: none if the image was cut for
 * no network; else the kind of the command line, of the manifest, of NETWORK, or TAP
 * devices, in this order. 0, or -errno after a message; vm_net_release() in any case,
 * when the VM has ended.
 */
int vm_net_init(struct vm_net *net, const struct vm_net_request *request);
void vm_net_release(struct vm_net *net);

/* The VM has inherited the cards' descriptors: close ours. */
void vm_net_started(struct vm_net *net);

/* When a child of ours has ended: what the VM has lost with it, "the VM's private LAN
 * ended"; NULL: nothing. Static text; also when the VM has just ended, and this with it.
 */
const char *vm_net_lost(const struct vm_net *net);

/* Add what the guest is told to @plan; nothing without a network. */
void vm_net_plan(const struct vm_net *net, struct plan *plan);

#endif

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
#include "passt.h"
#include "vm/vm.h"

/* Network cards of a VM. */
#define VM_NICS_MAX LAN_PORTS_MAX

struct vm_net_request {
	const struct conf *conf;
	const struct image_info *info;
	const char *kind; /* the user's, of the command line, or NULL */
	unsigned int slot;
	const char *hostname; /* of the VM; NULL: the guest makes it from the slot */
	const struct vm_peer *peers;
	size_t nr_peers;
	bool together; /* see struct vm_options */
	bool packets;  /* as the back end's */
	bool dry_run;  /* open and start nothing */
};

struct vm_net_kind;

struct vm_net {
	enum net_kind kind;
	const struct vm_net_kind *ops; /* NULL: there is no network */
	struct netconf conf;	       /* the VM's files, if the kind uses them */
	struct vm_nic nics[VM_NICS_MAX];
	struct netguest_nic guest[VM_NICS_MAX]; /* of the same index */
	size_t nr;
	struct lan lan;
	struct passt passt;
	pid_t relay;		  /* between the cards and that; 0: none */
	struct forward *forwards; /* of FORWARD, if the kind has them */
	size_t nr_forwards;
	struct strvec hosts, dns, strings;
	char *beyond; /* netconf_beyond() */
};

/*
 * Make the network that the image and the settings ask for. There is none if the image
 * was cut without one. The kind comes from the command line, the manifest or NETWORK, in
 * this order. The default is TAP devices if the VM has some, or if it is to reach others;
 * otherwise the user-mode network. 0, or -errno after a message; vm_net_release()
 * in any case, when the VM has ended.
 */
int vm_net_init(struct vm_net *net, const struct vm_net_request *request);
void vm_net_release(struct vm_net *net);

/* The VM has inherited the cards' descriptors: close ours. */
void vm_net_started(struct vm_net *net);

/* After SIGCHLD: what the VM has lost, as "the VM's private LAN ended", or NULL. Static
 * text. The loss may also be a consequence of the VM's end. */
const char *vm_net_lost(const struct vm_net *net);

/* Add to @plan what the guest is told; nothing if there is no network. */
void vm_net_plan(const struct vm_net *net, struct plan *plan);

#endif

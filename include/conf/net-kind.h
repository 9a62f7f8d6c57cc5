/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of network that a VM can have, and their names in settings and manifests. */
#ifndef RAPIDO_NET_KIND_H
#define RAPIDO_NET_KIND_H

#include <stdbool.h>

enum net_kind {
	NET_NONE,
	NET_TAP,   /* TAP devices and a bridge, made by `setup-network` */
	NET_LAN,   /* a private LAN of one user's VMs, see lan.h */
	NET_USER,  /* the user-mode network that comes with the VM */
	NET_PASST, /* a user-mode network by passt(1) */
};

/* The kinds that a manifest can ask for, for messages. */
#define NET_KIND_LIST "tap, lan, user or passt"

/* The kinds that a setting or the option --network can name, for messages and help. */
#define NET_KIND_LIST_ALL "tap, lan, user, passt or none"

/* The words that the option --network accepts. */
#define NET_KIND_CHOICES "tap|lan|user|passt|none"

/* The kind that @word names. 0 or -EINVAL. */
int net_kind_parse(const char *word, enum net_kind *kind);

/*
 * Whether every VM gets a network if the value of NETWORK is @setting (or NULL). Not with
 * tap: somebody must have made the devices, so the setting alone is no reason to use
 * them.
 */
bool net_kind_is_for_all(const char *setting);

/* The name of @kind. Static. */
const char *net_kind_name(enum net_kind kind);

#endif

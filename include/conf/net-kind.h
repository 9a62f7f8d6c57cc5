/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of network that a VM may have, and their names in settings and manifests. */
#ifndef RAPIDO_NET_KIND_H
#define RAPIDO_NET_KIND_H

#include <stdbool.h>

enum net_kind {
	NET_NONE,
	NET_TAP,   /* TAP devices and a bridge, made by `setup-network` */
	NET_LAN,   /* a private LAN of one user's VMs, see lan.h */
	NET_USER,  /* QEMU's user-mode network */
	NET_PASST, /* the same by passt(1) */
};

/* What a VM can ask for, for messages: a setting may also say none. */
#define NET_KIND_LIST "tap, lan, user or passt"

/* What the option --network accepts. */
#define NET_KIND_CHOICES "tap|lan|user|passt|none"

/* The kind that @word names. 0 or -EINVAL. */
int net_kind_parse(const char *word, enum net_kind *kind);

/*
 * Whether NETWORK with the value @setting (or NULL) gives a network to every VM. TAP
 * devices are there only if somebody has made them: as a mere setting they are no reason.
 */
bool net_kind_is_for_all(const char *setting);

/* Its word. Static text. */
const char *net_kind_name(enum net_kind kind);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices that net-conf asks the host for, of all VMs. */
#ifndef RAPIDO_NET_TAPS_H
#define RAPIDO_NET_TAPS_H

#include "lib/report.h"

struct net_tap {
	char *device;
	struct strvec vms; /* the numbers of those that have it, as text */
};

struct net_taps {
	struct net_tap *taps; /* in the order of the VMs and their files, each once */
	size_t nr, alloc;
	size_t nr_vms;
};

#define NET_TAPS_INIT \
	{             \
		0     \
	}

/*
 * Read all of @dir (VM_NET_CONF), with a warning of VMs without files. 0; -ENOENT,
 * without a report, when it is not there; -EINVAL after reports, with those that could be
 * read; another -errno after a report.
 */
int net_taps_load(struct net_taps *taps, const char *dir, struct report *report);
void net_taps_release(struct net_taps *taps);

/* NULL: no VM has it. */
const struct net_tap *net_taps_find(const struct net_taps *taps, const char *device);

#endif

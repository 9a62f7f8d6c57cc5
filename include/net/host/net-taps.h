/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TAP devices that the net-conf of all VMs asks for. */
#ifndef RAPIDO_NET_TAPS_H
#define RAPIDO_NET_TAPS_H

#include "lib/report.h"

struct net_tap {
	char *device;
	struct strvec vms; /* the numbers of the VMs that use it, as text */
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
 * Read all VMs in @dir (VM_NET_CONF); warns of those without files. 0; -ENOENT, without a
 * report, if there is no @dir; -EINVAL after reports, and @taps has what could be read;
 * or another -errno after a report.
 */
int net_taps_load(struct net_taps *taps, const char *dir, struct report *report);
void net_taps_release(struct net_taps *taps);

/* NULL if no VM uses it. */
const struct net_tap *net_taps_find(const struct net_taps *taps, const char *device);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the image needs for the VM's network: for every VM that net-conf describes. */
#ifndef RAPIDO_CUT_NETWORK_H
#define RAPIDO_CUT_NETWORK_H

#include "closure/closure.h"
#include "conf/conf.h"
#include "image/image.h"

struct cut_network {
	/* the setting in net-conf that requires systemd-networkd, as netconf_beyond()
	   names it; NULL: there is none */
	char *beyond;
	struct strvec modules; /* that the network may use */
};

#define CUT_NETWORK_INIT \
	{                \
		0        \
	}

void cut_network_release(struct cut_network *network);

/*
 * Decide whether there is a network: by @info, which has the manifest's resources, by
 * @asked (--network, or NULL), and by NETWORK. The decision goes to @info. If there is a
 * network, find out whether VM_NET_CONF has something that requires systemd-networkd, and
 * which modules that uses. Errors in net-conf are warnings: they may be about a VM that
 * is never booted.
 */
void cut_network_find(struct cut_network *network, const struct conf *conf,
		      const char *asked, struct image_info *info, struct report *report);

/* Add systemd-networkd if it is required. A missing program is reported. */
void cut_network_add(const struct cut_network *network, struct plan *plan,
		     struct closure *closure, struct sysroot *sysroot);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The description of a VM's network for the VM: files in a small archive that rapido boot
 * appends to the image, because the VM's number is only known then.
 *
 *   /rapido-rsc/network    instructions for init, see below
 *   /rapido-rsc/hosts      lines that init appends to /etc/hosts
 *   /etc/resolv.conf       if there are DNS servers
 *   /etc/systemd/network/  the files of net-conf/vmN. In those that are about one of the
 *                          VM's interfaces, [Match] has its MAC address instead of the
 *                          host's name for the device, which the guest does not know
 *
 * The first file has lines, which are applied in their order:
 *
 *   networkd SECONDS       start systemd-udevd and systemd-networkd, and wait until the
 *                          network is up, at most so long; this is then the only line
 *   nic MAC NAME           the following lines are about the interface with this address,
 *                          at the host's device NAME
 *   device NAME            the following lines are about this device, if it exists
 *   mtu BYTES
 *   sysctl PATH VALUE      PATH is below /proc/sys/net; "@" in it stands for the
 * interface linklocal off          the kernel makes no IPv6 link-local address up bring
 * the interface up, and wait for the carrier address ADDRESS/LENGTH [peer ADDRESS]
 * [broadcast ADDRESS] [scope NUMBER] route NETWORK/LENGTH [via ADDRESS] [src ADDRESS]
 * [metric N] [table N] [mtu N] [scope NUMBER] [onlink]
 *
 * The default route's NETWORK is 0.0.0.0/0 or ::/0. The LENGTH of an address with a peer
 * is that of the peer's network. Without "broadcast" there is no broadcast address.
 * Numbers are decimal. An interface without "up" stays down and gets no routes.
 */
#ifndef RAPIDO_NETGUEST_H
#define RAPIDO_NETGUEST_H

#include "net/netconf.h"
#include "image/plan.h"
#include "lib/wire.h"

#define NETGUEST_DIR "/etc/systemd/network"

/* Seconds in which systemd-networkd must have brought the network up. */
#define NETGUEST_ONLINE_LIMIT 30

struct netguest_nic {
	const char *device; /* the host's name for it */
	unsigned char mac[NET_MAC_LEN];
	const struct netconf_file *file; /* the file about it, or NULL */
	const char *text; /* further lines for init, without "nic"; or NULL */
};

struct netguest {
	const struct netguest_nic *nics;
	size_t nr_nics;
	const struct netconf *conf; /* or NULL */
	bool networkd;		    /* netconf_beyond() is not NULL */
	const struct strvec *hosts; /* "ADDRESS NAME...", without newlines */
	const struct strvec *dns;   /* servers in addition to the conf's, or NULL */
};

/* Add the files to @plan. */
void netguest_plan(const struct netguest *guest, struct plan *plan);

/*
 * Append lines for netguest.hosts: the static addresses of all VMs that @dir
 * (VM_NET_CONF) describes, each with the VM's host name (rapidoN if it has none; a name
 * with a domain also without that). Skips files that cannot be read.
 */
void netguest_hosts(const char *dir, struct strvec *hosts);

#endif

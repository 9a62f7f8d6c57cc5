/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a VM is told of its network: the files of a small archive that rapido boot puts
 * after the image, because only then the VM's number is known.
 *
 *   /rapido-rsc/network    what init does, see below
 *   /rapido-rsc/hosts      lines that init appends to /etc/hosts
 *   /etc/resolv.conf       if there are DNS servers
 *   /etc/systemd/network/  the files of net-conf/vmN; [Match] of those that are about
 *                          one of the VM's interfaces has its MAC address, which the
 *                          guest knows, instead of the host's name for the device
 *
 * The first is a text of lines, applied in their order:
 *
 *   networkd SECONDS       start systemd-udevd and systemd-networkd, wait until the
 *                          network is up, so long at most; it is the only line then
 *   nic MAC NAME           the lines that follow are about the interface with this
 *                          address, at the host's device NAME
 *   device NAME            the lines that follow are about this device, if it is there
 *   mtu BYTES
 *   sysctl PATH VALUE      PATH is below /proc/sys/net, "@" in it the interface
 *   linklocal off          no IPv6 link-local address by itself
 *   up                     and wait for the carrier
 *   address ADDRESS/LENGTH [peer ADDRESS] [broadcast ADDRESS] [scope NUMBER]
 *   route NETWORK/LENGTH [via ADDRESS] [src ADDRESS] [metric N] [table N] [mtu N]
 *                          [scope NUMBER] [onlink]
 *
 * The default route's NETWORK is 0.0.0.0/0 or ::/0. LENGTH of an address with a peer is
 * that of the peer's network. There is no broadcast address but the one that is written.
 * Numbers are decimal. An interface without "up" stays down, and has no routes.
 */
#ifndef RAPIDO_NETGUEST_H
#define RAPIDO_NETGUEST_H

#include "net/netconf.h"
#include "image/plan.h"

#define NETGUEST_LIST  PLAN_RESOURCES "/network"
#define NETGUEST_HOSTS PLAN_RESOURCES "/hosts"
#define NETGUEST_DIR   "/etc/systemd/network"

/* Seconds that systemd-networkd has until the network is up. */
#define NETGUEST_ONLINE_LIMIT 30

struct netguest_nic {
	const char *device; /* of the host */
	unsigned char mac[NET_MAC_LEN];
	const struct netconf_file *file; /* that is about it, or NULL */
	const char *text;		 /* more lines as above, without "nic"; or NULL */
};

struct netguest {
	const struct netguest_nic *nics;
	size_t nr_nics;
	const struct netconf *conf; /* or NULL */
	bool networkd;		    /* netconf_beyond() is not NULL */
	const struct strvec *hosts; /* lines, "ADDRESS NAME...", without newlines */
	const struct strvec *dns;   /* servers beside those of the conf, or NULL */
};

/* Add the files to @plan. */
void netguest_plan(const struct netguest *guest, struct plan *plan);

/*
 * Lines for `hosts`: the static addresses of all VMs that @dir (VM_NET_CONF) describes,
 * each with the VM's host name (rapidoN without one; a dotted one also without its
 * domain). What cannot be read is passed over.
 */
void netguest_hosts(const char *dir, struct strvec *hosts);

#endif

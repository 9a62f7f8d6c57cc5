/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's network. netguest.h documents the host's list. */
#ifndef RAPIDO_GUEST_NETWORK_H
#define RAPIDO_GUEST_NETWORK_H

/* How long we wait for the carrier of an interface after bringing it up: some drivers
 * switch it on a moment later. */
#define NETWORK_CARRIER_MS 2000

struct params;

/* Bring up the loopback device and apply the host's list. */
void set_up_network(const struct params *params);
/* Apply the @list, which is modified. */
void network_apply(const struct params *params, char *list);

/* networkd.c: have systemd-networkd set up the network, and wait for that, at most
 * @seconds.
 */
void start_networkd(const struct params *params, unsigned long seconds);

#endif

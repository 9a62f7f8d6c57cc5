/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's network. See netguest.h for what the host says of it. */
#ifndef RAPIDO_GUEST_NETWORK_H
#define RAPIDO_GUEST_NETWORK_H

/* How long an interface that was brought up is waited for: some drivers switch the
 * carrier on a moment later. */
#define NETWORK_CARRIER_MS 2000

struct params;

/* Do as the host's list says, and bring up the loopback device. */
void set_up_network(const struct params *params);
/* The same with the list as text, which is taken apart. */
void network_apply(const struct params *params, char *list);

/* networkd.c: have systemd-networkd do it all, and wait until it has, @seconds at most.
 */
void start_networkd(const struct params *params, unsigned long seconds);

#endif

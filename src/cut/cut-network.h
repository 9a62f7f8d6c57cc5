/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a cut takes for the VM's network: whichever VM is booted, as net-conf describes
 * them. */
#ifndef RAPIDO_CUT_NETWORK_H
#define RAPIDO_CUT_NETWORK_H

#include "cut/cut.h"

/*
 * After the manifest's resources are known: whether there is a network, by the manifest
 * or by NETWORK, and whether VM_NET_CONF has something that takes systemd-networkd, with
 * the modules that may take. What is wrong there is a warning: it may be about a VM that
 * is never booted.
 */
void cut_find_network(struct cut *cut);

/* Add the programs for what is beyond init. One that is missing is reported. */
void cut_add_network(struct cut *cut);

#endif

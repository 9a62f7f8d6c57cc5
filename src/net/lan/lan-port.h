/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that is a VM's port of the LAN. */
#ifndef RAPIDO_LAN_PORT_H
#define RAPIDO_LAN_PORT_H

#include "lan-switch.h"

struct lan_port {
	int dir;	     /* lan-dir.h */
	int listener;	     /* for other ports */
	unsigned int number; /* the VM's */
	struct lan_switch *sw;
};

/*
 * Call this in a child of @parent that was forked with all signals blocked. Moves frames
 * until the VM's own interfaces are closed, or until SIGTERM, which the kernel also sends
 * when the parent ends. Closes all descriptors but those of @port and standard error, and
 * gives the process a name and a session of its own. Never returns.
 */
_Noreturn void lan_port_run(const struct lan_port *port, pid_t parent);

#endif

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
 * Start the process, as lan_process_start() does. It moves frames until the VM's own
 * interfaces are closed, or until SIGTERM, and then removes its socket.
 */
pid_t lan_port_start(struct lan_port *port);

#endif

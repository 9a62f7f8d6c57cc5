/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A private LAN of all VMs of one user, for which nobody needs privilege. Each VM has a
 * process beside its QEMU that is its port: an Ethernet frame of the VM goes to the port
 * of the VM that has the address, or to all. Ports find each other by their sockets in a
 * directory that only the user can enter. There is no hub in the middle, and nothing
 * that must run before the first VM or stays after the last one.
 */
#ifndef RAPIDO_LAN_H
#define RAPIDO_LAN_H

#include "lib/util.h"

/* Interfaces of a VM. */
#define LAN_PORTS_MAX 8
/* The largest frame, with what virtio-net may leave to be segmented. */
#define LAN_FRAME_MAX 69632

struct lan {
	pid_t pid;	     /* of the process; 0: none, and the rest does not count */
	int dir;	     /* the directory, open */
	unsigned int number; /* the VM's */
};

/*
 * Start the process for VM @slot, which has @nr interfaces. @dir is made, and refused
 * when others than the user can get into it; the numbers in it are those of one directory
 * of slots. @ends gets for each interface a descriptor for QEMU's
 *
 *	-netdev socket,id=ID,fd=END
 *
 * close-on-exec, a stream socket; they are the caller's, to be closed once QEMU has
 * inherited them. The process ends when they are closed by all who have them, when we
 * end, or in lan_stop(). It keeps none of our descriptors but standard error. 0, or
 * -errno after a message: -EADDRINUSE when VM @slot is there already, -EWOULDBLOCK when
 * somebody keeps the directory locked; both take some two seconds to be found out.
 */
int lan_start(struct lan *lan, const char *dir, unsigned int slot, size_t nr, int *ends);

/* End it and reap it, and see to it that its socket is gone. */
void lan_stop(struct lan *lan);

#endif

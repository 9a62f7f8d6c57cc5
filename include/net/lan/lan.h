/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A private LAN of all VMs of one user, without privileges. Each VM has a process, its
 * port, which passes an Ethernet frame of the VM to the port of the VM that has the
 * destination address, or to all ports. Ports find each other by their sockets in a
 * directory that only the user can enter. There is no hub, and nothing that must run
 * before the first VM or stays after the last one.
 */
#ifndef RAPIDO_LAN_H
#define RAPIDO_LAN_H

#include "lib/util.h"

/* The most interfaces that a VM can have. */
#define LAN_PORTS_MAX 8
/* The largest frame, including segments that virtio-net leaves to the other side to
 * split. */
#define LAN_FRAME_MAX 69632

struct lan {
	pid_t pid; /* of the process; 0: none, and the other fields are unused */
	int dir;   /* descriptor of the directory */
	unsigned int number; /* the VM's */
};

/*
 * Start the process for VM @slot, which has @nr interfaces. Creates @dir if necessary,
 * and refuses it if other users can enter it; all VMs in it must have their numbers from
 * one directory of slots. @ends gets, for each interface, a stream socket (close-on-exec)
 * on which each frame follows its length: 4 bytes, the most significant first.
 *
 * The caller closes them as soon as the VM has inherited them. The process ends when
 * nobody has them open any more, when we end, or in lan_stop(). Of our descriptors it
 * keeps standard error alone. 0, or -errno after a message: -EADDRINUSE if VM @slot is on
 * the LAN already, -EWOULDBLOCK if another process keeps the directory locked; finding
 * out takes about two seconds.
 */
int lan_start(struct lan *lan, const char *dir, unsigned int slot, size_t nr, int *ends);

/* End the process, reap it, and make sure that its socket is removed. */
void lan_stop(struct lan *lan);

#endif

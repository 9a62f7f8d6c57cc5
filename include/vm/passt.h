/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * passt(1) as the network of a VM without privilege, instead of the one in QEMU: it makes
 * the guest's connections as the user's own, and is faster. What the guest sees is the
 * same: it is 10.0.2.15/24, the gateway (the host) 10.0.2.2, the name server 10.0.2.3.
 * Only IPv4; one interface of one VM for each passt.
 */
#ifndef RAPIDO_PASST_H
#define RAPIDO_PASST_H

#include "lib/process.h"

struct passt {
	struct process process;
};

#define PASST_INIT                       \
	{                                \
		.process = PROCESS_INIT, \
	}

/*
 * Append to @ports what makes passt take connections (datagrams with @udp) to @port of
 * the host's IPv4 address @address, "0.0.0.0" for all, to @guest_port of the guest.
 */
void passt_add_port(struct strvec *ports, bool udp, const char *address,
		    unsigned int port, unsigned int guest_port);

/*
 * Start it. With @loopback the gateway is the host's 127.0.0.1 for what the guest sends
 * to it, else only the answers to what comes from @ports are; in passt before 2024 (the
 * flow table) that goes for TCP alone, answers by UDP get lost. @qemu_end gets a socket
 * for QEMU's `-netdev stream,addr.type=fd` (QEMU 7.2), close-on-exec; it is the caller's.
 * passt ends when that is closed everywhere, or in passt_stop(). 0 when it answers and
 * has all @ports; else -errno after a message: -ENOENT when it is not installed, -EIO
 * with its own words, -ETIMEDOUT after some seconds without an answer.
 */
int passt_start(struct passt *passt, const struct strvec *ports, bool loopback,
		int *qemu_end);

/* End it and reap it; harmless when it does not run. */
void passt_stop(struct passt *passt);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * passt(1) as the network of a VM without privilege, instead of the back end's own: it
 * makes the guest's connections as the user's own, and is faster. The guest sees the same
 * network: it is 10.0.2.15/24, the gateway (the host) 10.0.2.2, the name server 10.0.2.3.
 * IPv4 only; each passt serves one interface of one VM.
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
 * Append to @ports the arguments by which passt forwards connections (datagrams with
 * @udp) from @port of the host's IPv4 address @address, "0.0.0.0" for all, to @guest_port
 * of the guest.
 */
void passt_add_port(struct strvec *ports, bool udp, const char *address,
		    unsigned int port, unsigned int guest_port);

/*
 * Start it. With @loopback the guest reaches the host's 127.0.0.1 at the gateway's
 * address. Without, only answers to connections from @ports go there; passt before 2024
 * (the flow table) loses those by UDP. @vm_end gets a stream socket on which each frame
 * follows its length, as a LAN's, close-on-exec; it is the caller's. passt ends when the
 * socket is closed everywhere, or in passt_stop(). @instead is what the user can use
 * without passt, to follow "use "; static text. 0 when it answers and has all @ports;
 * else -errno after a message: -ENOENT if it is not installed, -EIO with its own words,
 * -ETIMEDOUT after some seconds without an answer.
 */
int passt_start(struct passt *passt, const struct strvec *ports, bool loopback,
		const char *instead, int *vm_end);

/* End it and reap it; harmless if it does not run. */
void passt_stop(struct passt *passt);

#endif

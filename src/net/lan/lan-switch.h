/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Distributes the frames that reach a VM's port of the LAN. The switch has ends, which
 * are stream sockets: to the VM's own interfaces, and to the ports of other VMs. A frame
 * goes to the end behind which its destination was last seen as a source, or to all ends.
 * It never goes back, and never from one port to another, because all ports are connected
 * to each other.
 *
 * While an end accepts no more data, a frame for it waits, and so do the frames behind
 * that one: between VMs that run nothing is lost. An end that has accepted nothing for
 * LAN_PATIENCE, for instance because its VM is stopped, is hung: frames for it are
 * dropped until it accepts data again. A frame for all is dropped where there is no room,
 * and so delays nobody. Ends are served independently: two ports that wait for each other
 * still accept frames.
 */
#ifndef RAPIDO_LAN_SWITCH_H
#define RAPIDO_LAN_SWITCH_H

#include "lan-stream.h"

/* The most other VMs that a port is connected to. */
#define LAN_PEERS_MAX 240
#define LAN_ENDS_MAX  (LAN_PORTS_MAX + LAN_PEERS_MAX)
/* Milliseconds. */
#define LAN_PATIENCE 1000
/* How many addresses are remembered. A power of 2. */
#define LAN_SEEN_MAX 4096

struct lan_end {
	struct lan_stream stream; /* its fd is -1: this end is free */
	bool local;		  /* to an interface of our own VM */
	bool hung;
	uint64_t full_since;	/* milliseconds; 0: it has room */
	struct lan_end *awaits; /* the end that its next frame waits for, or NULL */
};

/* An address, and the end behind which it was seen. */
struct lan_seen {
	unsigned char mac[6];
	uint16_t end; /* index + 1; 0: free */
};

struct lan_switch {
	struct lan_end ends[LAN_ENDS_MAX];
	size_t nr; /* ends that have ever been used */
	size_t nr_local, nr_peers;
	struct lan_seen seen[LAN_SEEN_MAX];
};

/* A switch without ends; on the heap, because it is large. */
struct lan_switch *lan_switch_new(void);
void lan_switch_free(struct lan_switch *sw); /* closes all ends */

/* Add an end. Takes over @fd in any case. 0, or -ENOSPC if there are too many ends; @fd
 * is closed then. */
int lan_switch_add(struct lan_switch *sw, int fd, bool local);

/*
 * The events of poll(2) to wait for at @end: POLLIN and POLLOUT, or 0 if there is no
 * reason to poll it.
 */
short lan_switch_events(const struct lan_switch *sw, const struct lan_end *end);

/* When the first wait for an end is over, in terms of monotonic_ms(); 0: none waits. */
uint64_t lan_switch_deadline(const struct lan_switch *sw);

/* poll(2) says that @end can be written. */
void lan_switch_writable(struct lan_switch *sw, struct lan_end *end);

/* poll(2) says that @end can be read, or was closed: read once and pass on all frames. */
void lan_switch_readable(struct lan_switch *sw, struct lan_end *end, uint64_t now);

/* Pass on all frames that need not wait any more. */
void lan_switch_resume(struct lan_switch *sw, uint64_t now);

#endif

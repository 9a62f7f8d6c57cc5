/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the frames go that come to a VM's port of the LAN. It has ends, which are stream
 * sockets: to the VM's own interfaces, and to the ports of other VMs. A frame goes to the
 * end behind which its destination was last seen as a source, or to all; never back, and
 * never from one port to another, because all ports are connected to each other.
 *
 * A frame for one end waits, and keeps those behind it waiting, while that end takes no
 * more: nothing is lost between VMs that are alive. An end that has taken nothing for
 * LAN_PATIENCE is hung, as one to a stopped VM is, and what is for it is dropped until it
 * takes something again. A frame for all is dropped where there is no room, and so holds
 * up nobody. Ends are served apart from each other: two ports that wait for each other to
 * take frames still take them.
 */
#ifndef RAPIDO_LAN_SWITCH_H
#define RAPIDO_LAN_SWITCH_H

#include "lan-stream.h"

/* Other VMs that a port is connected to. */
#define LAN_PEERS_MAX 240
#define LAN_ENDS_MAX  (LAN_PORTS_MAX + LAN_PEERS_MAX)
/* Milliseconds. */
#define LAN_PATIENCE 1000
/* Addresses that are remembered. A power of 2. */
#define LAN_SEEN_MAX 4096

struct lan_end {
	struct lan_stream stream; /* its fd is -1: this end is free */
	bool local;		  /* an interface of our own VM */
	bool hung;
	uint64_t full_since;	/* milliseconds; 0: it has room */
	struct lan_end *awaits; /* that takes no more; NULL: go on */
};

/* An address and where it is. */
struct lan_seen {
	unsigned char mac[6];
	uint16_t end; /* index + 1; 0: free */
};

struct lan_switch {
	struct lan_end ends[LAN_ENDS_MAX];
	size_t nr; /* ends from here on have never been used */
	size_t nr_local, nr_peers;
	struct lan_seen seen[LAN_SEEN_MAX];
};

/* Empty. On the heap, as it is large. */
struct lan_switch *lan_switch_new(void);
void lan_switch_free(struct lan_switch *sw); /* closes all ends */

/* Add an end. It owns @fd in any case. 0, or -ENOSPC: closed, for there are too many. */
int lan_switch_add(struct lan_switch *sw, int fd, bool local);

/*
 * What to wait for at @end: POLLIN and POLLOUT of poll(2), or 0 if there is no reason to
 * look at it.
 */
short lan_switch_events(const struct lan_switch *sw, const struct lan_end *end);

/* When the first wait for an end is over, as a time of the monotonic clock, or 0. */
uint64_t lan_switch_deadline(const struct lan_switch *sw);

/* @end has room again, as it seems. */
void lan_switch_writable(struct lan_switch *sw, struct lan_end *end);

/* Something has come in at @end, or it was closed: read once and hand on all frames. */
void lan_switch_readable(struct lan_switch *sw, struct lan_end *end, uint64_t now);

/* Go on with all frames that need not wait any more. */
void lan_switch_resume(struct lan_switch *sw, uint64_t now);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process between the cards of one VM and what they are connected to, for a VM whose
 * cards are sockets with an Ethernet frame in each packet: such a card is the end of a
 * stream, as the private LAN and passt(1) have it, or a TAP device, on the other side.
 *
 * A card that is brought down closes its socket, and connects again when it is brought
 * up. Until then, frames for it are dropped. While one side accepts no more, the next
 * frame from the other side waits and nothing else is read from there, so that the
 * senders notice; other cards do not.
 */
#ifndef RAPIDO_LAN_RELAY_H
#define RAPIDO_LAN_RELAY_H

#include "lib/util.h"

struct lan_relay_card {
	/* of the network: a stream socket on which each frame follows its length (4
	   bytes, the most significant first), or a TAP device without IFF_VNET_HDR */
	int net;
	bool tap;
	/* the largest frame for the VM, in bytes; larger ones are dropped */
	size_t frame_max;
};

/*
 * Start the process, called rapido-relay, for the @nr cards, at most LAN_PORTS_MAX.
 * cards[i].net are closed here in any case. For each, vm_ends[i] gets a descriptor
 * (O_PATH, close-on-exec) of a socket for packets (SOCK_SEQPACKET) that no file leads to:
 * whoever inherits it connects to /proc/self/fd/N, see unix(7) and proc(5). The sockets
 * stand in a directory in @dir for a moment, which must exist.
 *
 * The process ends when all networks have closed their descriptors, when we end, or in
 * lan_relay_stop(). Returns its number, or -errno after a message; then all vm_ends are
 * -1.
 */
pid_t lan_relay_start(const char *dir, const struct lan_relay_card *cards, size_t nr,
		      int *vm_ends);

/* End the process and reap it; harmless if @pid is 0. */
void lan_relay_stop(pid_t pid);

#endif

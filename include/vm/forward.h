/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports of the host that lead to ports of a VM, for the networks that need no root:
 * FORWARD of rapido.conf(5), for the user-mode network and for passt(1).
 */
#ifndef RAPIDO_FORWARD_H
#define RAPIDO_FORWARD_H

#include <netinet/in.h>

#include "lib/report.h"

struct forward {
	bool udp;		       /* or else TCP */
	char address[INET_ADDRSTRLEN]; /* of the host */
	uint16_t host_port, guest_port;
};

/*
 * Words [tcp:|udp:][HOSTADDRESS:]HOSTPORT:GUESTPORT with white space between them. The
 * address is IPv4's, because user-mode networks (libslirp) listen at no other; without
 * one it is 127.0.0.1. @list gets @nr of them
 * and is the caller's to free, also after an error. 0, or -EINVAL after messages about
 * all that is wrong.
 */
int forward_parse(const char *text, struct forward **list, size_t *nr,
		  struct report *report);

/* Whether the host's ports are there and free at the moment. 0, or -EINVAL after
 * messages. */
int forward_check_free(const struct forward *list, size_t nr, struct report *report);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FORWARD of rapido.conf(5): ports of the host that lead to ports of a VM, for the
 * user-mode network and for passt(1).
 */
#ifndef RAPIDO_FORWARD_H
#define RAPIDO_FORWARD_H

#include <netinet/in.h>

#include "lib/report.h"

struct forward {
	bool udp;		       /* otherwise TCP */
	char address[INET_ADDRSTRLEN]; /* of the host */
	uint16_t host_port, guest_port;
};

/*
 * Parse words [tcp:|udp:][HOSTADDRESS:]HOSTPORT:GUESTPORT, separated by white space. The
 * address is an IPv4 one, because libslirp listens at no other; the default is 127.0.0.1.
 * @list gets @nr entries; the caller frees it, also after an error. 0, or -EINVAL after a
 * message for each mistake.
 */
int forward_parse(const char *text, struct forward **list, size_t *nr,
		  struct report *report);

/* Check that the host's ports can be listened at now. 0, or -EINVAL after messages. */
int forward_check_free(const struct forward *list, size_t nr, struct report *report);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A DHCP server on the bridge: dnsmasq(8), for BR_DHCP_SRV_RANGE. It serves DHCP alone,
 * reads no configuration file, runs no script, and goes on when we end. Which process it
 * is tells its own command line, which has the name of the bridge and the number of the
 * network namespace in it; so nothing depends on files that may be stale or altered. Only
 * processes of root, and of the user that dnsmasq becomes, are believed.
 */
#ifndef RAPIDO_DHCP_H
#define RAPIDO_DHCP_H

#include "net/net-ip.h"
#include "lib/str.h"

/*
 * Check @range, a value of BR_DHCP_SRV_RANGE: "FIRST,LAST" or "FIRST,LAST,LEASE", of what
 * --dhcp-range takes. They are IPv4 addresses of hosts in one of the bridge's networks
 * @addresses, FIRST not above LAST; LEASE is a number of seconds, or with m, h, d or w of
 * more, or "infinite". 0, or -EINVAL and @why (heap) has a whole message.
 */
int dhcp_check_range(const char *range, const struct net_prefix *addresses, size_t nr,
		     char **why);

/*
 * Append the argument vector for the bridge @bridge of our network namespace. The program
 * is the system's own, by its path, which need not be there.
 */
void dhcp_argv(const char *bridge, const char *range, struct strvec *argv);

/*
 * Start it. The bridge is up and has its @addresses. 0 when it serves; else a negative
 * errno, @why (heap) has a whole message, with dnsmasq's own words where it is its
 * failure, and nothing is left. -ENOENT without dnsmasq, -EEXIST when one of ours runs on
 * this bridge, -EINVAL for a range or a name that it cannot be given.
 */
int dhcp_start(const char *bridge, const char *range, const struct net_prefix *addresses,
	       size_t nr, char **why);

/*
 * End the one that dhcp_start() has started on @bridge in our network namespace, whoever
 * called it, and remove its file; that takes six seconds at most. 0, also when none runs.
 * Or -errno and @why (heap): -EPERM, and nothing has changed; -ETIMEDOUT when even
 * SIGKILL has not ended it yet, which will come.
 */
int dhcp_stop(const char *bridge, char **why);

/*
 * Whether it runs; then @range (heap; may be NULL) gets what it was started with, which
 * is a range as above, whatever addresses it has. For everybody.
 */
bool dhcp_runs(const char *bridge, char **range);

/* Its pid file, for people; nothing here reads it. Heap. */
char *dhcp_pid_file(const char *bridge);

#endif

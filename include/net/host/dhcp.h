/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A DHCP server on the bridge: dnsmasq(8), for BR_DHCP_SRV_RANGE. It serves DHCP only,
 * reads no configuration file, runs no script, and continues when we end. We recognise
 * the process by its command line, which contains the name of the bridge and the number
 * of the network namespace; so nothing depends on files that may be stale or altered.
 * Only processes of root, and of the user that dnsmasq becomes, are considered.
 */
#ifndef RAPIDO_DHCP_H
#define RAPIDO_DHCP_H

#include "net/net-ip.h"
#include "lib/str.h"

/*
 * Check @range, a value of BR_DHCP_SRV_RANGE: "FIRST,LAST" or "FIRST,LAST,LEASE", a part
 * of what --dhcp-range accepts. FIRST and LAST are IPv4 addresses of hosts in one of the
 * bridge's networks @addresses, FIRST not above LAST. LEASE is a number of seconds, a
 * number with the unit s, m, h, d or w, or "infinite". 0, or -EINVAL, and then @why
 * (heap) has a whole message.
 */
int dhcp_check_range(const char *range, const struct net_prefix *addresses, size_t nr,
		     char **why);

/*
 * Append the argument vector for the bridge @bridge of our network namespace. The program
 * has an absolute path of the system's, even if it does not exist.
 */
void dhcp_argv(const char *bridge, const char *range, struct strvec *argv);

/*
 * Start it; the bridge must be up and have its @addresses. 0 as soon as it serves; else
 * -errno, nothing is left, and @why (heap) has a whole message, with dnsmasq's own words
 * if it failed. -ENOENT without dnsmasq, -EEXIST if one of ours runs on this bridge,
 * -EINVAL for a range or a name that cannot be used.
 */
int dhcp_start(const char *bridge, const char *range, const struct net_prefix *addresses,
	       size_t nr, char **why);

/*
 * End the server that dhcp_start(), called by anybody, has started on @bridge in our
 * network namespace, and remove its file; takes at most six seconds. 0, also if none
 * runs. Or -errno, and @why (heap) has a whole message: -EPERM, and nothing has changed;
 * -ETIMEDOUT if it has not yet ended even after SIGKILL.
 */
int dhcp_stop(const char *bridge, char **why);

/*
 * Whether it runs; then @range (heap; may be NULL) gets its range, which has the form
 * described above, but perhaps other addresses. Requires no privileges.
 */
bool dhcp_runs(const char *bridge, char **range);

/* Its pid file, for people; rapido does not read it. Heap. */
char *dhcp_pid_file(const char *bridge);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a plan may be made: the part of planning that only looks. */
#ifndef RAPIDO_NET_PLAN_CHECK_H
#define RAPIDO_NET_PLAN_CHECK_H

#include "net/host/net-plan.h"

/*
 * Report all obstacles to net_plan_setup(), such as names that are taken, and addresses
 * that the host has elsewhere. True if there are none.
 */
bool net_plan_check(const struct net_want *want, const struct net_state *state,
		    struct report *report);

/*
 * Whether @rights allow changes of all TAP devices that rapido made for @bridge. If not,
 * reports whose they are; @remedy is what else the caller can do, for the message, or "".
 */
bool net_plan_check_owners(const char *bridge, const struct net_rights *rights,
			   const struct net_state *state, const char *remedy,
			   struct report *report);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What forbids a plan: the part of net-plan.c that only looks. */
#ifndef RAPIDO_NET_PLAN_CHECK_H
#define RAPIDO_NET_PLAN_CHECK_H

#include "net/host/net-plan.h"

/*
 * The part of net_plan_setup() that forbids: names that are taken, addresses that the
 * host has elsewhere. True when nothing does.
 */
bool net_plan_check(const struct net_want *want, const struct net_state *state,
		    struct report *report);

/*
 * Whether @caller may change all TAP devices that rapido made for @bridge, else it is
 * reported whose they are; @remedy: what else he can do, for the message, or "".
 */
bool net_plan_check_owners(const char *bridge, const struct net_caller *caller,
			   const struct net_state *state, const char *remedy,
			   struct report *report);

#endif

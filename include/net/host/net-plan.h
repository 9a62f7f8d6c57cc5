/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bridge and TAP devices of the VMs: from what is wanted and what is there, the list
 * of operations that leads from one to the other. Nothing is done here, and nothing is
 * asked of the kernel; net-apply.h does it.
 */
#ifndef RAPIDO_NET_PLAN_H
#define RAPIDO_NET_PLAN_H

#include "net/host/net-mark.h"
#include "lib/report.h"

enum net_op_kind {
	NET_ADD_BRIDGE,
	NET_DEL_BRIDGE,
	NET_ADD_TAP,
	NET_DEL_TAP, /* not while a VM uses it */
	NET_SET_OWNER,
	NET_SET_ALIAS,
	NET_ADD_ADDRESS,
	NET_DEL_ADDRESS,
	NET_SET_MASTER,
	NET_UP,
	NET_DOWN,
	NET_START_DHCP,
	NET_STOP_DHCP,
};

/* Its strings and addresses belong to the plan. */
struct net_op {
	enum net_op_kind kind;
	const char *device;
	const char *alias; /* ADD_*, DEL_*, SET_ALIAS, SET_OWNER */
	const char *alias_was;
	const char *bridge; /* SET_MASTER, NULL: out of it; SET_OWNER: that it is in */
	const char *bridge_was;
	uid_t owner; /* ADD_TAP, DEL_TAP, SET_OWNER */
	uid_t owner_was;
	struct net_prefix address;	    /* ADD_ADDRESS, DEL_ADDRESS */
	const char *range;		    /* *_DHCP */
	const struct net_prefix *addresses; /* *_DHCP: of the bridge then */
	size_t nr_addresses;
};

struct net_plan {
	struct net_op *ops;
	size_t nr, alloc;
	struct strvec notes; /* what the user would want to know, too */
	struct strvec strings;
	struct net_prefix *addresses; /* that are wanted */
	struct net_prefix *had;	      /* that the bridge has */
	size_t nr_addresses, nr_had;
};

#define NET_PLAN_INIT \
	{             \
		0     \
	}

void net_plan_release(struct net_plan *plan);

/*
 * Whose TAP devices may be given away or removed. Of root himself everybody's, of whoever
 * has called sudo(8) his own, root's, and those of the user whom he makes them for.
 */
struct net_caller {
	uid_t uid;
	uid_t owner; /* that he makes them for; his own uid: nobody else */
	bool force;  /* everybody's */
};

/* All of it is the caller's. */
struct net_want {
	const char *bridge;
	const struct net_prefix *addresses; /* of the bridge */
	size_t nr_addresses;
	const char *uplink; /* a device of the host that is in the bridge; NULL: none */
	const struct strvec *taps; /* devices that net-conf names, each once */
	struct net_caller caller;  /* whose .owner all TAP devices get */
	const char *range;	   /* of the DHCP server; NULL: none */
};

/*
 * What brings the host from @state, with a DHCP server for @range_now (NULL: none runs),
 * to @want. TAP devices that rapido made and that nobody wants any more are removed, but
 * not while a VM uses them, which is a warning. 0; -EINVAL after what forbids it was
 * reported, all of it: the plan is then of no use.
 */
int net_plan_setup(struct net_plan *plan, const struct net_want *want,
		   const struct net_state *state, const char *range_now,
		   struct report *report);

/*
 * What removes all that rapido made for @bridge, and gives its uplink back as it was.
 * -EINVAL, and reported, when a VM uses a TAP device, or one belongs to somebody else
 * than @caller may change.
 */
int net_plan_teardown(struct net_plan *plan, const char *bridge,
		      const struct net_caller *caller, const struct net_state *state,
		      const char *range_now, struct report *report);

/* The operation that undoes @op. */
struct net_op net_op_inverse(const struct net_op *op);

/* The commands that do the same, for a shell, a line each; of START_DHCP and STOP_DHCP a
 * comment, for what runs is not known here. */
void net_op_add_commands(const struct net_op *op, struct strbuf *out);

/* What came of it, for the user: "tap tap1 owner me". NULL: not worth a line, or part of
 * that of another operation of @plan. Heap. */
char *net_op_line(const struct net_plan *plan, const struct net_op *op);

/* What it tries, for "cannot ...": "make the TAP device 'tap1'". Heap. */
char *net_op_attempt(const struct net_op *op);

/* The name of the user @uid, or the number. Heap. */
char *net_owner_name(uid_t uid);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bridge and TAP devices of the VMs: the list of operations that leads from the
 * present state to the one that is wanted. A plan is plain data, made without asking the
 * kernel; net-apply.h carries it out.
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

/* Strings and addresses belong to the plan. */
struct net_op {
	enum net_op_kind kind;
	const char *device;
	const char *alias; /* ADD_*, DEL_*, SET_ALIAS, SET_OWNER */
	const char *alias_was;
	const char *bridge; /* SET_MASTER: NULL for none; SET_OWNER: the one it is in */
	const char *bridge_was;
	uid_t owner; /* ADD_TAP, DEL_TAP, SET_OWNER */
	uid_t owner_was;
	struct net_prefix address;	    /* ADD_ADDRESS, DEL_ADDRESS */
	const char *range;		    /* *_DHCP */
	const struct net_prefix *addresses; /* *_DHCP: of the bridge at that time */
	size_t nr_addresses;
};

struct net_plan {
	struct net_op *ops;
	size_t nr, alloc;
	struct strvec notes; /* for the user to know */
	struct strvec strings;
	struct net_prefix *addresses; /* that the bridge is to have */
	struct net_prefix *had;	      /* that the bridge has */
	size_t nr_addresses, nr_had;
};

#define NET_PLAN_INIT \
	{             \
		0     \
	}

void net_plan_release(struct net_plan *plan);

/*
 * Whose TAP devices the caller may give away or remove. Root may change everybody's. A
 * user who calls through sudo(8) may change their own, root's, and those of the user for
 * whom they make the devices.
 */
struct net_rights {
	uid_t uid;   /* the caller */
	uid_t owner; /* for whom the devices are made; may be the caller */
	bool force;  /* may change everybody's */
};

/* What is wanted. Owns nothing. */
struct net_want {
	const char *bridge;
	const struct net_prefix *addresses; /* of the bridge */
	size_t nr_addresses;
	const char *uplink; /* a device of the host to put into the bridge, or NULL */
	const struct strvec *taps; /* the devices that net-conf names, each once */
	struct net_rights rights;  /* all TAP devices get its .owner */
	const char *range;	   /* of the DHCP server, or NULL for none */
};

/*
 * Plan the way from @state, with a DHCP server for @range_now (NULL: none runs), to
 * @want. TAP devices that rapido made and that are not wanted any more are removed,
 * except, with a warning, those that a VM uses. 0, or -EINVAL after all obstacles have
 * been reported; the plan is then unusable.
 */
int net_plan_setup(struct net_plan *plan, const struct net_want *want,
		   const struct net_state *state, const char *range_now,
		   struct report *report);

/*
 * Plan the removal of everything that rapido made for @bridge, and put its uplink back
 * into its former state. -EINVAL after a report if a VM uses a TAP device, or if @rights
 * do not allow a change of one.
 */
int net_plan_teardown(struct net_plan *plan, const char *bridge,
		      const struct net_rights *rights, const struct net_state *state,
		      const char *range_now, struct report *report);

/* The operation that undoes @op. */
struct net_op net_op_inverse(const struct net_op *op);

/* Append the shell commands that do the same, one a line; for START_DHCP and STOP_DHCP a
 * comment, because dnsmasq's arguments are not known here. */
void net_op_add_commands(const struct net_op *op, struct strbuf *out);

/* A line that tells the user what was done, "tap tap1 owner me". Heap. NULL: it is not
 * worth a line, or belongs to another operation of @plan. */
char *net_op_line(const struct net_plan *plan, const struct net_op *op);

/* What the operation does, for "cannot ...": "make the TAP device 'tap1'". Heap. */
char *net_op_attempt(const struct net_op *op);

/* The name of the user @uid, or the number if there is none. Heap. */
char *net_owner_name(uid_t uid);

#endif

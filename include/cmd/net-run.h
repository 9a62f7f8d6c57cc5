/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What setup-network and teardown-network have in common: root's duties, being the only
 * one who changes the network, and what is printed of a plan.
 */
#ifndef RAPIDO_NET_RUN_H
#define RAPIDO_NET_RUN_H

#include <signal.h>

#include "cmd/cmd.h"
#include "net/host/net-lock.h"
#include "net/host/net-plan.h"

struct net_run {
	bool dry_run; /* nothing is changed, and nobody need be root */
	struct caller caller;
	struct session session;
	struct net_lock lock;
	sigset_t signals; /* blocked before */
	struct net_state state;
	char *range_now; /* of the DHCP server that runs, or NULL */
	struct net_plan plan;
};

#define NET_RUN_INIT                  \
	{                             \
		.lock = NET_LOCK_INIT \
	}

/*
 * Begin the command with privilege_init() and session_init_privileged(), or a dry run by
 * somebody else than root with session_init(). 0, or -errno after messages;
 * net_run_release() either way.
 */
int net_run_init(struct net_run *run, const char *command, int argc, char **argv);
void net_run_release(struct net_run *run);

/*
 * Who calls, and for whom: the user @owner (a name or a number), with NULL the one that
 * TAP_USER names, or else the caller himself. 0, or -ENOENT after a message when there is
 * no such user.
 */
int net_run_caller(const struct net_run *run, const char *owner, bool force,
		   struct net_caller *caller);

/*
 * Wait until no other changes the network, then see what is there and whether @bridge has
 * a DHCP server. Signals that would end us wait until net_run_release(). 0, or -errno
 * after a message.
 */
int net_run_begin(struct net_run *run, const char *bridge);

/*
 * Carry out the plan and print what came of it, or the commands that would do so; for an
 * empty one "nothing to do: @nothing". The status to exit with.
 */
int net_run_finish(struct net_run *run, const char *nothing);

#endif

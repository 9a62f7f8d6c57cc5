/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The common part of setup-network and teardown-network: root's duties, a lock so that
 * only one process changes the network, and printing a plan.
 */
#ifndef RAPIDO_NET_COMMAND_H
#define RAPIDO_NET_COMMAND_H

#include <signal.h>

#include "cmd/cmd.h"
#include "lib/lockfile.h"
#include "net/host/net-plan.h"
#include "net/host/net-taps.h"

/*
 * session_init_trusted() with the permissions of @caller, for a command that runs as
 * root, after its privilege_init().
 */
int session_init_privileged(struct session *session, const struct caller *caller);

/*
 * The TAP devices that the net-conf of @session names, VM_NET_CONF: read as the caller,
 * and refused if others could have written it. 0; -ENOENT without a message if there is
 * no net-conf; another -errno after messages. net_taps_release() in any case.
 */
int session_load_taps(const struct session *session, const struct caller *caller,
		      struct net_taps *taps);

/* The options that both commands have. */
struct net_command_args {
	const char *bridge; /* NULL: BR_DEV */
	bool force, dry_run;
};

#define NET_COMMAND_OPTION_BRIDGE(struct_type, field)                     \
	OPTION_STRING('b', "bridge", "BRIDGE", struct_type, field.bridge, \
		      "the bridge (default: BR_DEV)")
#define NET_COMMAND_OPTION_FORCE(struct_type, field, verb) \
	OPTION_FLAG(0, "force", struct_type, field.force,  \
		    verb " another user's devices, too")
#define NET_COMMAND_OPTION_DRY_RUN(struct_type, field)          \
	OPTION_FLAG('n', "dry-run", struct_type, field.dry_run, \
		    "print the equivalent ip(8) commands and change nothing")

struct net_command {
	const char *bridge; /* a valid name */
	bool force;	    /* change the devices of another user, too */
	bool dry_run;	    /* change nothing, which does not require root */
	struct caller caller;
	struct session session;
	struct lockfile lock;
	sigset_t signals; /* blocked before */
	struct net_state state;
	char *range_now; /* of the DHCP server that runs, or NULL */
	struct net_plan plan;
};

#define NET_COMMAND_INIT              \
	{                             \
		.lock = LOCKFILE_INIT \
	}

/*
 * Begin the command with privilege_init() and session_init_privileged(), or a dry run by
 * another user than root with session_init(). 0, or -errno after messages;
 * net_command_release() in either case.
 */
int net_command_init(struct net_command *net, const struct invocation *call,
		     const struct net_command_args *args);
void net_command_release(struct net_command *net);

/* Parsers for the settings and options that users write. */

struct net_addresses {
	struct net_prefix *v;
	size_t nr, alloc;
};

void net_addresses_release(struct net_addresses *addresses);

/*
 * Append the addresses of @text, which are separated by spaces, newlines or commas; each
 * requires the length of its network. "none" adds nothing. 0, or -EINVAL after a message,
 * also if @text has no word.
 */
int net_want_addresses(struct net_addresses *addresses, const char *text);

/* The user with this name or number; no user need have that number yet. 0 or -ENOENT. */
int net_want_owner(const char *name, uid_t *uid);

/*
 * The calling user, and the owner of the devices: @owner (a name or a number), if NULL
 * TAP_USER, and if that is not set the caller. 0, or -ENOENT after a message if there is
 * no such user.
 */
int net_command_rights(const struct net_command *net, const char *owner,
		       struct net_rights *rights);

/*
 * Take the lock file @path, which keeps other processes from changing the network. If
 * another rapido has it, wait up to @limit_ms, and say so after a second. 0, or -errno
 * after a message: -EWOULDBLOCK if that rapido still has it.
 */
int net_command_lock(struct lockfile *lock, const char *path, unsigned int limit_ms);

/*
 * Wait until no other process changes the network, then read its state and whether the
 * bridge has a DHCP server. Signals that would end us wait until net_command_release().
 * 0, or -errno after a message.
 */
int net_command_begin(struct net_command *net);

/*
 * Carry out the plan and print the results, or for a dry run the equivalent commands. For
 * an empty plan print "nothing to do: @nothing". The exit status.
 */
int net_command_finish(struct net_command *net, const char *nothing);

#endif

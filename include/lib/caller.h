/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user who called rapido, also through sudo(8) and its kin. */
#ifndef RAPIDO_CALLER_H
#define RAPIDO_CALLER_H

#include "lib/util.h"

struct caller {
	uid_t uid;
	gid_t gid;  /* the one of the password file, if the user is in it */
	char *name; /* the number in decimal for a user without a name */
	char *home; /* absolute; "/" for a user without one */
	/* the environment variable that should name the caller but names no user of this
	   system, or NULL; not freed */
	const char *unknown;
};

/*
 * Find out who called: the user himself, or if we are root the user for whom sudo(8),
 * doas(1) or pkexec(1) made us root, as SUDO_UID, DOAS_USER or PKEXEC_UID says. If that
 * variable names no user, the caller is root and @caller->unknown is set. Changes
 * nothing, prints nothing. caller_release() afterwards.
 */
void caller_init(struct caller *caller);
void caller_release(struct caller *caller);

#endif

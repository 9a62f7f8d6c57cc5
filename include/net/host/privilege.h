/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command that runs as root owes to its caller: an environment that decides
 * nothing, and files that are read with the caller's permissions.
 */
#ifndef RAPIDO_PRIVILEGE_H
#define RAPIDO_PRIVILEGE_H

#include "lib/caller.h"

/*
 * Begin the command @command, whose arguments are @argv from the second on: find out who
 * called, then empty the environment except for RAPIDO_CONF and RAPIDO_DIR, and set PATH
 * (the system's directories), LC_ALL=C, HOME (the caller's) and the umask 022. 0; -EPERM
 * after a message if we are not root, or only because the program is set-user-ID; -EINVAL
 * after a message if the variable that should name the caller names no user.
 * caller_release() either way.
 */
int privilege_init(struct caller *caller, const char *command, int argc, char **argv);

/*
 * Become the caller to read the caller's files: our messages must not show what only root
 * can read, and the caller has a link to. Changes the effective user and groups, and
 * nothing if the caller is root or we are not. 0, or -errno after a message, and then
 * nothing has changed. privilege_resume() makes us root again, without root's
 * supplementary groups; 0, or -errno after a message.
 */
int privilege_assume(const struct caller *caller);
int privilege_resume(void);

#endif

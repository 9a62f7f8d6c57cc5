// SPDX-License-Identifier: GPL-2.0-or-later
/* The user who called rapido. */
#include <limits.h>
#include <pwd.h>
#include <unistd.h>

#include "lib/caller.h"
#include "lib/str.h"

/*
 * The user named by the environment variable @name, which was set by the program that
 * made us root.
 */
static const struct passwd *named_user(const char *name, const char *value)
{
	unsigned long uid;

	if (!ends_with(name, "_UID"))
		return getpwnam(value);
	/* the largest number means "no user" in system calls */
	return parse_uint(value, 0, UINT_MAX - 1, &uid) ? NULL : getpwuid((uid_t)uid);
}

void caller_init(struct caller *caller)
{
	static const char *const names[] = { "SUDO_UID", "DOAS_USER", "PKEXEC_UID" };
	uid_t uid = getuid();
	const char *variable = NULL;
	const struct passwd *user;

	for (size_t i = 0; uid == 0 && !variable && i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			variable = names[i];
	}
	user = variable ? named_user(variable, getenv(variable)) : getpwuid(uid);
	/* neither root nor the user of a container need be in the password file */
	*caller = (struct caller){
		.uid = user ? user->pw_uid : uid,
		.gid = user  ? user->pw_gid
		       : uid ? getgid()
			     : 0,
		.name = user  ? xstrdup(user->pw_name)
			: uid ? xasprintf("%u", (unsigned int)uid)
			      : xstrdup("root"),
		.home = xstrdup(user && user->pw_dir[0] == '/' ? user->pw_dir : "/"),
		.unknown = user ? NULL : variable,
	};
}

void caller_release(struct caller *caller)
{
	free(caller->name);
	free(caller->home);
	*caller = (struct caller){ 0 };
}

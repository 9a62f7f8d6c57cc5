// SPDX-License-Identifier: GPL-2.0-or-later
/* Who called a command that runs as root, and an environment without the caller's words.
 */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "net/host/privilege.h"
#include "lib/str.h"

#define SAFE_PATH "/usr/sbin:/usr/bin:/sbin:/bin"

/* The user whom the environment variable @name, set by what made us root, stands for. */
static const struct passwd *named_user(const char *name, const char *value)
{
	unsigned long uid;

	if (!ends_with(name, "_UID"))
		return getpwnam(value);
	/* the largest number means "no user" in system calls */
	return parse_uint(value, 0, UINT_MAX - 1, &uid) ? NULL : getpwuid((uid_t)uid);
}

static void set_caller(struct privilege *privilege, const struct passwd *user)
{
	bool has_home = user && user->pw_dir[0] == '/';

	/* root need not be in the password file */
	*privilege = (struct privilege){
		.uid = user ? user->pw_uid : 0,
		.gid = user ? user->pw_gid : 0,
		.name = xstrdup(user ? user->pw_name : "root"),
		.home = xstrdup(has_home ? user->pw_dir : "/"),
	};
}

/* The variable that what made us root has set, and its value; or NULL. */
static const char *find_variable(const char **value)
{
	static const char *const names[] = { "SUDO_UID", "DOAS_USER", "PKEXEC_UID" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		*value = getenv(names[i]);
		if (*value && **value)
			return names[i];
	}
	return NULL;
}

static int find_caller(struct privilege *privilege)
{
	const char *value, *name = find_variable(&value);
	const struct passwd *user = name ? named_user(name, value) : getpwuid(0);

	if (name && !user) {
		log_error("the environment's %s='%s' is no user of this system", name,
			  value);
		return -EINVAL;
	}
	set_caller(privilege, user);
	return 0;
}

void privilege_of_caller(struct privilege *privilege)
{
	const char *value, *name = getuid() == 0 ? find_variable(&value) : NULL;
	const struct passwd *user = name ? named_user(name, value) : getpwuid(getuid());

	set_caller(privilege, user);
	if (user || getuid() == 0)
		return;
	/* a container's user, whom no password file has */
	privilege->uid = getuid();
	privilege->gid = getgid();
	free(privilege->name);
	privilege->name = xasprintf("%u", (unsigned int)privilege->uid);
}

/* Of what the caller has set only the two that say which files are meant stay. */
static void clean_environment(const struct privilege *privilege)
{
	static const char *const kept[] = { "RAPIDO_CONF", "RAPIDO_DIR" };
	char *values[ARRAY_SIZE(kept)];

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		values[i] = getenv(kept[i]) ? xstrdup(getenv(kept[i])) : NULL;
	clearenv();
	setenv("PATH", SAFE_PATH, 1);
	setenv("LC_ALL", "C", 1);
	setenv("HOME", privilege->home, 1);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		if (values[i])
			setenv(kept[i], values[i], 1);
		free(values[i]);
	}
}

static int need_root(const char *command, int argc, char **argv)
{
	_cleanup_(strbuf_release) struct strbuf again = STRBUF_INIT;

	/* its environment would be anybody's */
	if (geteuid() == 0) {
		log_error("rapido must not be set-user-ID: run 'chmod u-s' on it, and "
			  "call it with sudo");
		return -EPERM;
	}
	for (int i = 1; i < argc; i++) {
		strbuf_addch(&again, ' ');
		strbuf_add_quoted(&again, argv[i]);
	}
	log_error("%s needs root: run 'sudo rapido %s%s'", command, command,
		  again.len ? again.buf : "");
	return -EPERM;
}

int privilege_init(struct privilege *privilege, const char *command, int argc,
		   char **argv)
{
	int err;

	*privilege = (struct privilege){ 0 };
	if (getuid() != 0 || geteuid() != 0)
		return need_root(command, argc, argv);
	err = find_caller(privilege);
	if (err)
		return err;
	clean_environment(privilege);
	umask(022);
	return 0;
}

static int become_root(void)
{
	return seteuid(0) < 0 || setegid(getgid()) < 0 || setgroups(0, NULL) < 0 ? -errno
										 : 0;
}

int privilege_assume(const struct privilege *privilege)
{
	int err;

	if (getuid() != 0 || !privilege->uid)
		return 0;
	/* groups first: root alone may change them */
	if (initgroups(privilege->name, privilege->gid) == 0 &&
	    setegid(privilege->gid) == 0 && seteuid(privilege->uid) == 0)
		return 0;
	err = -errno;
	log_error("cannot read files as '%s': %s", privilege->name, err_text(err));
	become_root();
	return err;
}

int privilege_resume(void)
{
	int err = getuid() == 0 && geteuid() != 0 ? become_root() : 0;

	if (err)
		log_error("cannot become root again: %s", err_text(err));
	return err;
}

void privilege_release(struct privilege *privilege)
{
	free(privilege->name);
	free(privilege->home);
	*privilege = (struct privilege){ 0 };
}

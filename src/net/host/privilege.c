// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands that run as root: an environment without the caller's words, and reading as
 * the caller. */
#include <errno.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "net/host/privilege.h"
#include "lib/str.h"

#define SAFE_PATH "/usr/sbin:/usr/bin:/sbin:/bin"

/* Keep only the two of the caller's variables that say which files are meant. */
static void clean_environment(const struct caller *caller)
{
	static const char *const kept[] = { "RAPIDO_CONF", "RAPIDO_DIR" };
	char *values[ARRAY_SIZE(kept)];

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		values[i] = getenv(kept[i]) ? xstrdup(getenv(kept[i])) : NULL;
	clearenv();
	setenv("PATH", SAFE_PATH, 1);
	setenv("LC_ALL", "C", 1);
	setenv("HOME", caller->home, 1);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		if (values[i])
			setenv(kept[i], values[i], 1);
		free(values[i]);
	}
}

static int need_root(const char *command, int argc, char **argv)
{
	_cleanup_(strbuf_release) struct strbuf again = STRBUF_INIT;

	/* anybody could have set its environment */
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

int privilege_init(struct caller *caller, const char *command, int argc, char **argv)
{
	*caller = (struct caller){ 0 };
	if (getuid() != 0 || geteuid() != 0)
		return need_root(command, argc, argv);
	caller_init(caller);
	if (caller->unknown) {
		log_error("the environment's %s='%s' is no user of this system",
			  caller->unknown, getenv(caller->unknown));
		return -EINVAL;
	}
	clean_environment(caller);
	umask(022);
	return 0;
}

static int become_root(void)
{
	return seteuid(0) < 0 || setegid(getgid()) < 0 || setgroups(0, NULL) < 0 ? -errno
										 : 0;
}

int privilege_assume(const struct caller *caller)
{
	int err;

	if (getuid() != 0 || !caller->uid)
		return 0;
	/* groups first: only root may change them */
	if (initgroups(caller->name, caller->gid) == 0 && setegid(caller->gid) == 0 &&
	    seteuid(caller->uid) == 0)
		return 0;
	err = -errno;
	log_error("cannot read files as '%s': %s", caller->name, err_text(err));
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

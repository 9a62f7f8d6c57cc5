// SPDX-License-Identifier: GPL-2.0-or-later
/* The directories and the configuration of a command, and the image that was cut last. */
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/session.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/trust.h"

#define LAST_IMAGE "last-image"

/* Read the configuration file @path; NULL: there is none. */
static int read_session(struct session *session, const char *path)
{
	struct report report = REPORT_INIT;
	int err = 0;

	conf_init(&session->conf, &session->dirs);
	if (path)
		err = conf_read(&session->conf, path, &report);
	else
		log_debug("no rapido.conf");
	report_flush(&report);
	return err;
}

static bool is_current_directory(const char *path)
{
	struct stat named, here;

	return stat(path, &named) == 0 && stat(".", &here) == 0 &&
	       named.st_dev == here.st_dev && named.st_ino == here.st_ino;
}

/*
 * Settings name programs that run as the caller. A file that happens to be in the current
 * directory must not be another user's. A file that the caller names is the caller's
 * choice, and the one beside rapido is trusted as much as rapido.
 */
static int check_here(const struct session *session, const char *path)
{
	_cleanup_(caller_release) struct caller caller = { 0 };
	_cleanup_(strbuf_release) struct strbuf hint = STRBUF_INIT;
	_cleanup_free_ char *absolute = NULL;
	int err;

	if (is_current_directory(session->dirs.rapido_dir))
		return 0;
	absolute = path_absolute(path);
	strbuf_adds(&hint, "or name it, RAPIDO_CONF=");
	strbuf_add_quoted(&hint, absolute);
	caller_init(&caller);
	err = trust_check_here(&caller, path, hint.buf);
	/* if it was just removed, its reader says so */
	return err == -ENOENT ? 0 : err;
}

int session_init(struct session *session)
{
	_cleanup_free_ char *path = NULL;
	bool here;
	int err;

	*session = (struct session){ 0 };
	err = dirs_init(&session->dirs);
	if (err)
		return err;
	path = conf_find(&session->dirs, &here);
	if (path && here)
		err = check_here(session, path);
	return err ? err : read_session(session, path);
}

int session_init_trusted(struct session *session, const struct caller *caller)
{
	_cleanup_free_ char *path = NULL;
	bool here;
	int err;

	*session = (struct session){ 0 };
	err = dirs_init(&session->dirs);
	if (err)
		return err;
	path = conf_find(&session->dirs, &here);
	/*
	 * the file that is read is the one that was checked, even if another one appears
	 * meanwhile
	 */
	err = path ? trust_check_file(caller, path, NULL) : 0;
	if (err == -ENOENT)
		log_error("cannot read '%s': %s", path, err_text(err));
	return err ? err : read_session(session, path);
}

void session_release(struct session *session)
{
	conf_release(&session->conf);
	dirs_release(&session->dirs);
}

char *session_last_image(const struct session *session)
{
	_cleanup_free_ char *link = path_join(session->dirs.state, LAST_IMAGE);
	char path[PATH_MAX];
	ssize_t len = readlink(link, path, sizeof(path) - 1);

	if (len > 0) {
		path[len] = '\0';
		if (access(path, F_OK) == 0)
			return xstrdup(path);
		log_warn("the last image '%s' is gone, using the configured one", path);
	}
	return xstrdup(conf_get(&session->conf, "IMAGE_PATH"));
}

void session_set_last_image(const struct session *session, const char *path)
{
	_cleanup_free_ char *link = path_join(session->dirs.state, LAST_IMAGE);
	_cleanup_free_ char *tmp = xasprintf("%s/." LAST_IMAGE ".%d.rapido-tmp",
					     session->dirs.state, (int)getpid());
	char known[PATH_MAX];
	ssize_t len = readlink(link, known, sizeof(known) - 1);

	if (len > 0) {
		known[len] = '\0';
		if (streq(known, path))
			return;
	}
	if (io_mkdir_p(session->dirs.state))
		return;
	/* left over if an earlier process of this number was killed before its rename */
	unlink(tmp);
	/* if two processes do this at once, either may win */
	if (symlink(path, tmp) < 0 || rename(tmp, link) < 0)
		unlink(tmp);
}

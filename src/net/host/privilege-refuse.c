// SPDX-License-Identifier: GPL-2.0-or-later
/* Why a file is not trusted, and what the caller can do without harm to others. */
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>

#include "lib/log.h"
#include "privilege-refuse.h"
#include "lib/str.h"

int privilege_refuse(const char *subject, int err, const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT, text = STRBUF_INIT;
	_cleanup_(strbuf_release) struct strbuf why = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	strbuf_add_visible(&shown, subject);
	strbuf_add_visible(&why, text.buf);
	log_error("'%s' is not trusted: %s", shown.buf, why.buf);
	return err;
}

/* What follows the remedy: the caller's other one, or nothing. Heap. */
static char *or_else(const struct privilege *privilege)
{
	return privilege->hint ? xasprintf(", %s", privilege->hint) : xstrdup("");
}

/* What a message calls @path, on the heap. */
static char *describe(const char *subject, const char *path, mode_t mode)
{
	if (streq(path, subject))
		return xstrdup("it");
	return xasprintf("%s '%s'",
			 S_ISDIR(mode)	 ? "the directory"
			 : S_ISLNK(mode) ? "the link"
					 : "the file",
			 path);
}

int privilege_refuse_owner(const struct privilege *privilege, const char *subject,
			   const char *path, const struct stat *st)
{
	_cleanup_free_ char *what = describe(subject, path, st->st_mode);
	const struct passwd *owner = getpwuid(st->st_uid);
	_cleanup_free_ char *number = xasprintf("%u", (unsigned int)st->st_uid);
	_cleanup_free_ char *hint = or_else(privilege);
	const char *name = owner ? owner->pw_name : number;

	/* root's own shell in a checkout of the user's */
	if (!privilege->uid && owner)
		return privilege_refuse(subject, -EPERM,
					"%s belongs to '%s', and only root's files are "
					"read: call rapido with sudo, as '%s'%s",
					what, name, name, hint);
	/* whom this system does not know, as in a container */
	if (!privilege->uid)
		return privilege_refuse(subject, -EPERM,
					"%s belongs to '%s', and only root's files "
					"are read: copy it to a directory of your own%s",
					what, name, hint);
	return privilege_refuse(subject, -EPERM,
				"%s belongs to '%s', and only the files of root and "
				"'%s' are read: copy it to a directory of your own%s",
				what, name, privilege->name, hint);
}

int privilege_refuse_writers(const struct privilege *privilege, const char *subject,
			     const char *path, const struct stat *st, const char *who,
			     const char *mend)
{
	_cleanup_(strbuf_release) struct strbuf quoted = STRBUF_INIT;
	_cleanup_free_ char *what = describe(subject, path, st->st_mode);
	_cleanup_free_ char *hint = or_else(privilege);

	/* others may need it as it is */
	if (!streq(path, subject) || (st->st_mode & S_ISVTX))
		return privilege_refuse(subject, -EPERM,
					"%s can be written by %s: have it in a directory "
					"that only '%s' can write%s",
					what, who, privilege->name, hint);
	strbuf_add_quoted(&quoted, path);
	return privilege_refuse(subject, -EPERM, "%s can be written by %s; run: %s %s%s",
				what, who, mend, quoted.buf, hint);
}

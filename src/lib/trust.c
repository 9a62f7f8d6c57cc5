// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which files are trusted. A path is walked part by part, symbolic links too, as the
 * kernel would: then no other user can replace the file between the check and its use.
 */
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/utf8.h"
#include "lib/trust.h"

/* As the kernel's MAXSYMLINKS. */
#define LINKS_MAX 40
/* With more users than this, no group counts as private. */
#define USERS_MAX 65536

struct walk {
	const struct caller *caller;
	const char *hint;
	char *subject;	/* the caller's path, made absolute; for messages */
	char *at;	/* the part that is resolved and checked */
	struct stat st; /* of @at, at the end of the walk */
};

static void walk_release(struct walk *walk)
{
	free(walk->subject);
	free(walk->at);
}

_printf_(3, 4) static int refuse(const struct walk *walk, int err, const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT, text = STRBUF_INIT;
	_cleanup_(strbuf_release) struct strbuf why = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	strbuf_add_visible(&shown, walk->subject);
	strbuf_add_visible(&why, text.buf);
	log_error("'%s' is not trusted: %s%s%s", shown.buf, why.buf,
		  err == -EPERM && walk->hint ? ", " : "",
		  err == -EPERM && walk->hint ? walk->hint : "");
	return err;
}

static int refuse_unreadable(const struct walk *walk, const char *path)
{
	int err = errno;

	return refuse(walk, -err, "cannot read '%s': %s", path, err_text(err));
}

/* How a message names @path, which is the subject or on the way to it. Heap. */
static char *describe_part(const struct walk *walk, const char *path, mode_t mode)
{
	if (streq(path, walk->subject))
		return xstrdup("it");
	return xasprintf("%s '%s'",
			 S_ISDIR(mode)	 ? "the directory"
			 : S_ISLNK(mode) ? "the link"
					 : "the file",
			 path);
}

static int refuse_owner(const struct walk *walk, const char *path, const struct stat *st)
{
	_cleanup_free_ char *what = describe_part(walk, path, st->st_mode);
	const struct passwd *owner = getpwuid(st->st_uid);
	_cleanup_free_ char *name = owner ? xstrdup(owner->pw_name)
					  : xasprintf("%u", (unsigned int)st->st_uid);

	if (walk->caller->uid)
		return refuse(walk, -EPERM,
			      "%s belongs to '%s', and only the files of root and '%s' "
			      "are read: copy it to a directory of your own",
			      what, name, walk->caller->name);
	/*
	 * the caller is root in another user's checkout; a number is a user of another
	 * system, as in a container
	 */
	return refuse(walk, -EPERM,
		      "%s belongs to '%s', and only root's files are read: %s%s%s", what,
		      name, owner ? "call rapido with sudo, as '" : "",
		      owner ? name : "copy it to a directory of your own",
		      owner ? "'" : "");
}

/* Refuses @path because @who can write it; the command @mend changes that. */
static int refuse_writers(const struct walk *walk, const char *path,
			  const struct stat *st, const char *who, const char *mend)
{
	_cleanup_(strbuf_release) struct strbuf quoted = STRBUF_INIT;
	_cleanup_free_ char *what = describe_part(walk, path, st->st_mode);

	/* suggest no command for directories that others may need as they are */
	if (!streq(path, walk->subject) || (st->st_mode & S_ISVTX))
		return refuse(walk, -EPERM,
			      "%s can be written by %s: move it to a directory that only "
			      "'%s' can write to",
			      what, who, walk->caller->name);
	strbuf_add_quoted(&quoted, path);
	return refuse(walk, -EPERM, "%s can be written by %s; run: %s %s", what, who,
		      mend, quoted.buf);
}

/*
 * Whether @gid is root's group or the caller's private one: no other user is a member or
 * has it as primary group.
 */
static bool is_own_group(const struct caller *caller, gid_t gid)
{
	const struct group *group = getgrgid(gid);
	const struct passwd *user;
	bool is_alone = true;
	int left = USERS_MAX;

	if (gid && (!group || !streq(group->gr_name, caller->name)))
		return false;
	for (size_t i = 0; group && group->gr_mem[i]; i++)
		if (!streq(group->gr_mem[i], "root") &&
		    !streq(group->gr_mem[i], caller->name))
			return false;
	setpwent();
	while (is_alone && (user = getpwent()))
		is_alone = left-- && (user->pw_gid != gid || user->pw_uid == 0 ||
				      user->pw_uid == caller->uid);
	endpwent();
	return is_alone;
}

/*
 * With an ACL, the group bits of the mode limit what the ACL grants to anybody it names.
 */
static bool has_acl(const char *path)
{
	if (lgetxattr(path, "system.posix_acl_access", NULL, 0) >= 0)
		return true;
	return errno != ENODATA && errno != ENOTSUP;
}

/* Whether only root and the caller can change @path, which @st is of. */
static int check_one(const struct walk *walk, const char *path, const struct stat *st,
		     bool sticky_suffices)
{
	const struct group *group;
	_cleanup_free_ char *who = NULL;

	if (st->st_uid != 0 && st->st_uid != walk->caller->uid)
		return refuse_owner(walk, path, st);
	/*
	 * a symbolic link is as safe as its directory; the sticky bit keeps others from
	 * changing what is in it
	 */
	if (S_ISLNK(st->st_mode) ||
	    (sticky_suffices && S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX)))
		return 0;
	if (st->st_mode & S_IWOTH)
		return refuse_writers(walk, path, st, "everybody", "chmod o-w");
	if (!(st->st_mode & S_IWGRP))
		return 0;
	if (has_acl(path))
		return refuse_writers(walk, path, st, "the users and groups in its ACL",
				      "setfacl -b");
	if (is_own_group(walk->caller, st->st_gid))
		return 0;
	group = getgrgid(st->st_gid);
	who = group ? xasprintf("the group '%s'", group->gr_name)
		    : xasprintf("the group '%u'", (unsigned int)st->st_gid);
	return refuse_writers(walk, path, st, who, "chmod g-w");
}

/*
 * Go from the directory @start (absolute, on the heap, now @walk's) along @path, up to
 * its end or to a part that does not exist: then -ENOENT without a message, if no other
 * user can create it. walk_release() either way.
 */
static int check_path(struct walk *walk, const struct caller *caller, const char *hint,
		      char *start, const char *path)
{
	_cleanup_free_ char *rest = xstrdup(path);
	unsigned int links = 0;
	bool absent = false;
	size_t pos = 0;
	int err;

	*walk = (struct walk){ caller, hint, path_absolute(path), start, { 0 } };
	if (walk->subject[0] != '/')
		return refuse(walk, -ENOENT, "the current directory is gone");
	if (lstat(walk->at, &walk->st) < 0)
		return refuse_unreadable(walk, walk->at);
	err = check_one(walk, walk->at, &walk->st, true);
	while (!err && !absent && rest[pos += strspn(rest + pos, "/")]) {
		size_t len = strcspn(rest + pos, "/");
		_cleanup_free_ char *part = xstrndup(rest + pos, len);
		_cleanup_free_ char *next = streq(part, "..") ? path_dirname(walk->at)
					    : streq(part, ".")
						    ? xstrdup(walk->at)
						    : path_join(walk->at, part);
		struct stat st;

		pos += len;
		if (lstat(next, &st) < 0) {
			absent = errno == ENOENT;
			err = absent ? 0 : refuse_unreadable(walk, next);
			continue;
		}
		err = check_one(walk, next, &st, true);
		if (!err && S_ISLNK(st.st_mode)) {
			char target[PATH_MAX], *longer;
			ssize_t size = readlink(next, target, sizeof(target));

			if (size < 0)
				return refuse_unreadable(walk, next);
			if (size == sizeof(target) || ++links > LINKS_MAX)
				return refuse(walk, -ELOOP,
					      "it leads through too many links");
			/* the link's target comes before the rest, from @at or from / */
			longer = xasprintf("%.*s/%s", (int)size, target, rest + pos);
			free(rest);
			rest = longer;
			pos = 0;
			if (target[0] == '/') {
				free(walk->at);
				walk->at = xstrdup("/");
			}
		} else if (!err) {
			free(walk->at);
			walk->at = TAKE_PTR(next);
		}
	}
	if (err)
		return err;
	if (lstat(walk->at, &walk->st) < 0)
		return refuse_unreadable(walk, walk->at);
	if (!absent && !S_ISREG(walk->st.st_mode) && !S_ISDIR(walk->st.st_mode))
		return refuse(walk, -EINVAL,
			      "it is neither a regular file nor a directory");
	/* in a directory with the sticky bit anybody can create a file */
	err = check_one(walk, walk->at, &walk->st, false);
	return err ? err : absent ? -ENOENT : 0;
}

int trust_check_file(const struct caller *caller, const char *path, const char *hint)
{
	_cleanup_free_ char *absolute = path_absolute(path);
	_cleanup_(walk_release) struct walk walk;

	return check_path(&walk, caller, hint, xstrdup("/"), absolute);
}

int trust_check_here(const struct caller *caller, const char *name, const char *hint)
{
	_cleanup_(walk_release) struct walk walk;
	char *here = getcwd(NULL, 0);

	return check_path(&walk, caller, hint, here ? here : xstrdup("/"), name);
}

/* @depth: levels that are left below this directory; @left: entries that are left. */
static int check_entries(const struct walk *dir, unsigned int depth, unsigned int *left)
{
	_cleanup_closedir_ DIR *entries = opendir(dir->at);
	const struct dirent *entry;

	if (!entries)
		return refuse_unreadable(dir, dir->at);
	while ((errno = 0, entry = readdir(entries))) {
		_cleanup_free_ char *path = path_join(dir->at, entry->d_name);
		_cleanup_(walk_release) struct walk walk = { 0 };
		int err;

		if (entry->d_name[0] == '.')
			continue;
		if (!(*left)--)
			return refuse(dir, -E2BIG, "there are more than %d files in it",
				      TRUST_ENTRIES_MAX);
		err = check_path(&walk, dir->caller, NULL, xstrdup("/"), path);
		/*
		 * a dangling link, as some editors leave, or a file that was just removed
		 */
		if (err == -ENOENT)
			continue;
		if (!err && S_ISDIR(walk.st.st_mode) && depth)
			err = check_entries(&walk, depth - 1, left);
		if (err)
			return err;
	}
	return errno ? refuse_unreadable(dir, dir->at) : 0;
}

int trust_check_tree(const struct caller *caller, const char *dir)
{
	_cleanup_(walk_release) struct walk walk;
	_cleanup_free_ char *absolute = path_absolute(dir);
	unsigned int left = TRUST_ENTRIES_MAX;
	int err = check_path(&walk, caller, NULL, xstrdup("/"), absolute);

	if (err)
		return err;
	if (!S_ISDIR(walk.st.st_mode))
		return refuse(&walk, -ENOTDIR, "it is not a directory");
	return check_entries(&walk, TRUST_DEPTH_MAX - 1, &left);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether nobody but root and the caller could have written a file. A path is walked part
 * by part, links too, as the kernel would; what is checked this way others cannot replace
 * before it is read.
 */
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/path.h"
#include "privilege-refuse.h"
#include "lib/str.h"

/* As the kernel's MAXSYMLINKS. */
#define LINKS_MAX 40
/* In a larger password file nobody is alone in a group. */
#define USERS_MAX 65536

struct walk {
	const struct privilege *privilege;
	char *subject;	/* absolute, as it was asked for; for messages */
	char *at;	/* so far: resolved and checked */
	struct stat st; /* of that */
	char *rest;	/* of the path */
	unsigned int links;
};

static void walk_release(struct walk *walk)
{
	free(walk->subject);
	free(walk->at);
	free(walk->rest);
}

static bool is_root_or_caller(const struct privilege *privilege, const char *name)
{
	return streq(name, "root") || streq(name, privilege->name);
}

/* Whether another user has the group @gid from the password file. */
static bool has_other_users(const struct privilege *privilege, gid_t gid)
{
	const struct passwd *user;
	bool found = false;
	int left = USERS_MAX;

	setpwent();
	while (!found && (user = getpwent()))
		found = !left-- || (user->pw_gid == gid && user->pw_uid != 0 &&
				    user->pw_uid != privilege->uid);
	endpwent();
	return found;
}

/* Root's group, or the one that many systems give each user; and nobody else is in it. */
static bool is_own_group(const struct privilege *privilege, gid_t gid)
{
	const struct group *group = getgrgid(gid);

	if (gid && (!group || !streq(group->gr_name, privilege->name)))
		return false;
	for (size_t i = 0; group && group->gr_mem[i]; i++)
		if (!is_root_or_caller(privilege, group->gr_mem[i]))
			return false;
	return !has_other_users(privilege, gid);
}

/* With an ACL the mode's group bits are a mask over what it gives to whomever it names.
 */
static bool has_acl(const char *path)
{
	if (lgetxattr(path, "system.posix_acl_access", NULL, 0) >= 0)
		return true;
	return errno != ENODATA && errno != ENOTSUP;
}

static int refuse_writers(const struct walk *walk, const char *path,
			  const struct stat *st, const char *who, const char *mend)
{
	return privilege_refuse_writers(walk->privilege, walk->subject, path, st, who,
					mend);
}

static int refuse_group(const struct walk *walk, const char *path, const struct stat *st)
{
	const struct group *group = getgrgid(st->st_gid);
	_cleanup_free_ char *who =
		group ? xasprintf("the group '%s'", group->gr_name)
		      : xasprintf("the group '%u'", (unsigned int)st->st_gid);

	return refuse_writers(walk, path, st, who, "chmod g-w");
}

/* Whether only root and the caller can change @path, which @st is of. */
static int check_one(const struct walk *walk, const char *path, const struct stat *st,
		     bool sticky_suffices)
{
	if (st->st_uid != 0 && st->st_uid != walk->privilege->uid)
		return privilege_refuse_owner(walk->privilege, walk->subject, path, st);
	/* a link is as good as its directory, and there others cannot touch it */
	if (S_ISLNK(st->st_mode) ||
	    (sticky_suffices && S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX)))
		return 0;
	if (st->st_mode & S_IWOTH)
		return refuse_writers(walk, path, st, "everybody", "chmod o-w");
	if (!(st->st_mode & S_IWGRP))
		return 0;
	if (has_acl(path))
		return refuse_writers(walk, path, st, "those whom its ACL names",
				      "setfacl -b");
	return is_own_group(walk->privilege, st->st_gid) ? 0
							 : refuse_group(walk, path, st);
}

/* The next part of the path, on the heap; NULL at its end. */
static char *take_part(struct walk *walk)
{
	const char *start = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(start, "/");
	char *part = len ? xstrndup(start, len) : NULL;

	memmove(walk->rest, start + len, strlen(start + len) + 1);
	return part;
}

static int move_to(struct walk *walk, char *path, const struct stat *st)
{
	free(walk->at);
	walk->at = path;
	walk->st = *st;
	return 0;
}

/* The link's target is put before the rest. */
static int follow(struct walk *walk, const char *path)
{
	char target[PATH_MAX];
	ssize_t len = readlink(path, target, sizeof(target));
	char *rest;

	if (len < 0)
		return privilege_refuse(walk->subject, -errno,
					"cannot read the link '%s': %s", path,
					err_text(errno));
	if (len == sizeof(target) || ++walk->links > LINKS_MAX)
		return privilege_refuse(walk->subject, -ELOOP,
					"it leads through too many links");
	rest = xasprintf("%.*s/%s", (int)len, target, walk->rest);
	free(walk->rest);
	walk->rest = rest;
	if (target[0] == '/') {
		free(walk->at);
		walk->at = xstrdup("/");
	}
	return 0;
}

/* Where nothing is, others must not be able to put something before it is looked for. */
static int check_absent(const struct walk *walk)
{
	struct stat st;
	int err;

	if (lstat(walk->at, &st) < 0)
		return privilege_refuse(walk->subject, -errno, "cannot look at '%s': %s",
					walk->at, err_text(errno));
	err = check_one(walk, walk->at, &st, false);
	return err ? err : -ENOENT;
}

static int take_step(struct walk *walk, const char *part)
{
	_cleanup_free_ char *next = NULL;
	struct stat st;
	int err;

	if (streq(part, "."))
		return 0;
	next = streq(part, "..") ? path_dirname(walk->at) : path_join(walk->at, part);
	if (lstat(next, &st) < 0) {
		err = errno;
		return err == ENOENT ? check_absent(walk)
				     : privilege_refuse(walk->subject, -err,
							"cannot look at '%s': %s", next,
							err_text(err));
	}
	err = check_one(walk, next, &st, true);
	if (err)
		return err;
	return S_ISLNK(st.st_mode) ? follow(walk, next)
				   : move_to(walk, TAKE_PTR(next), &st);
}

/* From the directory @start, absolute, to the end of @path, which is then in @walk;
 * release that either way. */
static int check_path(struct walk *walk, const struct privilege *privilege, char *start,
		      const char *path)
{
	char *part;
	int err;

	*walk = (struct walk){
		.privilege = privilege,
		.subject = path_absolute(path),
		.at = start,
		.rest = xstrdup(path),
	};
	if (walk->subject[0] != '/')
		return privilege_refuse(walk->subject, -ENOENT,
					"the current directory is gone");
	if (lstat(walk->at, &walk->st) < 0)
		return privilege_refuse(walk->subject, -errno, "cannot look at '%s': %s",
					walk->at, err_text(errno));
	err = check_one(walk, walk->at, &walk->st, true);
	while (!err && (part = take_part(walk))) {
		err = take_step(walk, part);
		free(part);
	}
	if (err)
		return err;
	if (!S_ISREG(walk->st.st_mode) && !S_ISDIR(walk->st.st_mode))
		return privilege_refuse(walk->subject, -EINVAL,
					"it is no regular file and no directory");
	return check_one(walk, walk->at, &walk->st, false);
}

int privilege_check_file(const struct privilege *privilege, const char *path)
{
	_cleanup_free_ char *absolute = path_absolute(path);
	_cleanup_(walk_release) struct walk walk;

	return check_path(&walk, privilege, xstrdup("/"), absolute);
}

int privilege_check_here(const struct privilege *privilege, const char *name)
{
	_cleanup_(walk_release) struct walk walk;
	char *here = getcwd(NULL, 0);

	return check_path(&walk, privilege, here ? here : xstrdup("/"), name);
}

static int check_entries(const struct walk *dir, unsigned int depth, unsigned int *left);

static int check_entry(const struct walk *dir, const char *name, unsigned int depth,
		       unsigned int *left)
{
	_cleanup_free_ char *path = path_join(dir->at, name);
	_cleanup_(walk_release) struct walk walk;
	int err = check_path(&walk, dir->privilege, xstrdup("/"), path);

	/* a link to nothing, as some editors leave them; or removed just now */
	if (err == -ENOENT)
		return 0;
	if (err || !S_ISDIR(walk.st.st_mode) || !depth)
		return err;
	return check_entries(&walk, depth - 1, left);
}

/* @depth: levels that are left below this one; @left: entries that are left in all. */
static int check_entries(const struct walk *dir, unsigned int depth, unsigned int *left)
{
	_cleanup_closedir_ DIR *entries = opendir(dir->at);
	const struct dirent *entry;
	int err = 0;

	if (!entries)
		return privilege_refuse(dir->subject, -errno, "cannot read '%s': %s",
					dir->at, err_text(errno));
	while (!err && (errno = 0, entry = readdir(entries))) {
		/* who reads net-conf passes over them, too: .git, editors' files */
		if (entry->d_name[0] == '.')
			continue;
		if (!(*left)--)
			return privilege_refuse(
				dir->subject, -E2BIG,
				"with what is below it has more than %d files",
				PRIVILEGE_ENTRIES_MAX);
		err = check_entry(dir, entry->d_name, depth, left);
	}
	if (!err && errno)
		err = privilege_refuse(dir->subject, -errno, "cannot read '%s': %s",
				       dir->at, err_text(errno));
	return err;
}

int privilege_check_tree(const struct privilege *privilege, const char *dir)
{
	_cleanup_(walk_release) struct walk walk;
	_cleanup_free_ char *absolute = path_absolute(dir);
	unsigned int left = PRIVILEGE_ENTRIES_MAX;
	int err = check_path(&walk, privilege, xstrdup("/"), absolute);

	if (err)
		return err;
	if (!S_ISDIR(walk.st.st_mode))
		return privilege_refuse(walk.subject, -ENOTDIR, "it is no directory");
	return check_entries(&walk, PRIVILEGE_DEPTH_MAX - 1, &left);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* --share, --root and --user: what they may say. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/share.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/process.h"
#include "lib/str.h"
#include "lib/wire.h"

#define GROUPS_MAX 256

/* The guest's first process needs these as it makes them. */
static const char *const taken[] = { "/dev", "/proc", "/sys", "/rdinit",
				     IMAGE_RESOURCES };

void share_args_release(struct share_args *args)
{
	for (size_t i = 0; i < args->nr; i++) {
		free(args->v[i].dir);
		free(args->v[i].path);
	}
	free(args->v);
	*args = (struct share_args){ 0 };
}

/* Cut @suffix off, if @text ends with it. */
static bool take_suffix(char *text, const char *suffix)
{
	bool has = ends_with(text, suffix);

	if (has)
		text[strlen(text) - strlen(suffix)] = '\0';
	return has;
}

/* Split DIR:PATH at the last colon before a slash; NULL without a PATH. */
static const char *split_path(char *text)
{
	char *colon = NULL;

	for (char *p = text; (p = strstr(p, ":/")); p++)
		colon = p;
	if (!colon)
		return NULL;
	*colon = '\0';
	return colon + 1;
}

/* The ":rx" of "DIR:/PATH:rx", which is neither of the words that it resembles; or NULL.
 */
static const char *mistyped_word(const char *text)
{
	const char *colon = strrchr(text, ':');

	return colon && !colon[1 + strspn(colon + 1, "rwoxRWOX")] ? colon : NULL;
}

static bool is_same_dir(const char *path, const struct stat *dir)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_dev == dir->st_dev &&
	       st.st_ino == dir->st_ino;
}

/*
 * Where the VM has the directory that the user calls @name, and that is really @dir. The
 * user's word counts, unless it leads elsewhere when ".." behind a link is taken by the
 * letter. Heap.
 */
static char *usual_path(const char *name, const char *dir, const struct stat *st)
{
	_cleanup_free_ char *absolute = path_absolute(name);
	char *path = path_clean(absolute);

	if (is_same_dir(path, st))
		return path;
	free(path);
	return xstrdup(dir);
}

/* Why the VM cannot have a share at @path; heap, or NULL. */
static char *objection(const struct share_args *args, const char *path)
{
	if (streq(path, "/"))
		return xstrdup("'/' is the VM's own root: use --root host, or name "
			       "another place, '/:/PATH'");
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (path_below(path, taken[i]))
			return xasprintf("the VM has its own '%s'", taken[i]);
	for (size_t i = 0; i < args->nr; i++)
		if (streq(args->v[i].path, path))
			return xasprintf("'%s' is to be at '%s' already", args->v[i].dir,
					 path);
	if (args->nr == SHARES_MAX)
		return xasprintf("a VM has at most %d shares", SHARES_MAX);
	return NULL;
}

/* Keep them in the order in which they can be mounted. */
static void insert(struct share_args *args, struct share share)
{
	size_t i = args->nr;

	ALLOC_GROW(args->v, args->nr, args->alloc);
	for (; i > 0 && strcmp(args->v[i - 1].path, share.path) > 0; i--)
		args->v[i] = args->v[i - 1];
	args->v[i] = share;
	args->nr++;
}

int share_args_add(struct share_args *args, const char *text)
{
	_cleanup_free_ char *name = xstrdup(text), *dir = NULL, *where = NULL;
	_cleanup_free_ char *why = NULL;
	bool writable = take_suffix(name, ":rw");
	const char *path, *word;
	struct stat st;

	if (!writable)
		take_suffix(name, ":ro");
	path = split_path(name);
	dir = *name ? realpath(name, NULL) : NULL;
	word = path || !dir ? mistyped_word(path ? path : name) : NULL;
	if (!*name)
		why = xstrdup("no directory is named");
	else if (word)
		why = xasprintf("'%s' is neither ':rw' nor ':ro'", word);
	else if (!dir || stat(dir, &st) < 0)
		why = xasprintf("%s%s", err_text(errno),
				strchr(name, ':') ? "; a path in the VM begins with '/'"
						  : "");
	else if (!S_ISDIR(st.st_mode))
		why = xstrdup("it is not a directory");
	else if (access(dir, R_OK | X_OK) < 0)
		why = xstrdup(err_text(errno));
	else if (writable && access(dir, W_OK) < 0)
		why = xasprintf("it cannot be written to: %s", err_text(errno));
	if (!why) {
		where = path ? path_clean(path) : usual_path(name, dir, &st);
		why = objection(args, where);
	}
	if (why) {
		log_error("cannot share '%s': %s", name, why);
		return -EINVAL;
	}
	insert(args, (struct share){ TAKE_PTR(dir), TAKE_PTR(where), writable });
	return 0;
}

char *share_virtiofsd(const struct conf *conf, const char **why)
{
	static const char *const places[] = { "virtiofsd", "/usr/libexec/virtiofsd",
					      "/usr/lib/virtiofsd",
					      "/usr/lib/qemu/virtiofsd" };
	const char *setting = conf_get(conf, "VIRTIOFSD");
	char *program = NULL;

	if (setting && streq(setting, "no")) {
		*why = "VIRTIOFSD says that it is not to be used";
		return NULL;
	}
	if (setting)
		program = process_find(setting);
	for (size_t i = 0; !program && !setting && i < ARRAY_SIZE(places); i++)
		program = process_find(places[i]);
	if (!program)
		*why = "virtiofsd is not installed (set VIRTIOFSD if it is)";
	if (program && view_check()) {
		*why = "this host lets rapido make no mount namespace, which confines "
		       "virtiofsd";
		free(TAKE_PTR(program));
	}
	return program;
}

/* The first of the others that has @path below it, or NULL; of several the innermost. */
static const struct share *parent_of(const struct share_args *args,
				     const struct share *share)
{
	const struct share *parent = NULL;

	for (const struct share *s = args->v; s < share; s++)
		if (path_below(share->path, s->path))
			parent = s;
	return parent;
}

/* A place in another share must be there: the VM makes no directory on this host. */
static int check_place(const struct share_args *args, const struct share *share)
{
	const struct share *parent = parent_of(args, share);
	_cleanup_free_ char *place = NULL;
	struct stat st;

	if (!parent)
		return 0;
	place = path_join(parent->dir, share->path + strlen(parent->path) + 1);
	if (stat(place, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	log_error("cannot share '%s' at '%s', which is in the share '%s': there is no "
		  "directory '%s'",
		  share->dir, share->path, parent->dir, place);
	return -EINVAL;
}

int share_args_check(const struct share_args *args)
{
	_cleanup_(share_user_release) struct share_user user = { 0 };

	for (size_t i = 0; i < args->nr; i++)
		if (check_place(args, &args->v[i]))
			return -EINVAL;
	if (args->user && !args->root) {
		log_error("--user requires '--root host': an image has no users");
		return -EINVAL;
	}
	return args->user ? share_user_find(&user, args->user) : 0;
}

static char *describe_ids(const struct passwd *pw)
{
	_cleanup_(strbuf_release) struct strbuf ids = STRBUF_INIT;
	gid_t groups[GROUPS_MAX];
	int nr = GROUPS_MAX;

	if (getgrouplist(pw->pw_name, pw->pw_gid, groups, &nr) < 0)
		nr = GROUPS_MAX;
	strbuf_addf(&ids, "%u:%u:", pw->pw_uid, pw->pw_gid);
	for (int i = 0; i < nr; i++)
		strbuf_addf(&ids, "%s%u", i ? "," : "", groups[i]);
	strbuf_addf(&ids, ":%s", pw->pw_name);
	return strbuf_detach(&ids);
}

int share_user_find(struct share_user *user, const char *name)
{
	const char *home = getenv("HOME");
	const struct passwd *pw;

	*user = (struct share_user){ 0 };
	errno = 0;
	pw = name ? getpwnam(name) : getpwuid(geteuid());
	if (name && !pw) {
		log_error("there is no user '%s'%s%s", name, errno ? ": " : "",
			  errno ? err_text(errno) : "");
		return -ENOENT;
	}
	if (name) {
		home = pw->pw_dir;
		user->ids = describe_ids(pw);
	} else if (!home && pw) {
		home = pw->pw_dir;
	}
	user->home = home && *home == '/' ? path_clean(home) : NULL;
	return 0;
}

void share_user_release(struct share_user *user)
{
	free(user->ids);
	free(user->home);
	*user = (struct share_user){ 0 };
}

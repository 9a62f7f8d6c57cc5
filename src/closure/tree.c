// SPDX-License-Identifier: GPL-2.0-or-later
/* Adds directory trees to a plan. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "lib/path.h"
#include "lib/log.h"
#include "closure/tree.h"

struct walk {
	struct plan *plan;
	struct sysroot *root;
	struct report *report;
	struct plan_reason reason;
	tree_skip_fn skip; /* or NULL */
	tree_file_fn on_file;
	void *ctx;
	struct strbuf path;   /* the current path in the image */
	struct strbuf source; /* and its source */
	int err;
};

static void fail(struct walk *w, int err)
{
	report_error(w->report, "cannot read '%s': %s", w->source.buf, err_text(err));
	if (!w->err)
		w->err = err;
}

/* @index is the result of plan_add(). False if nothing below it can be added either. */
static bool check_added(struct walk *w, int index)
{
	if (index >= 0)
		return true;
	if (index != PLAN_FILTERED) {
		report_error(w->report, "cannot add '%s': %s", w->path.buf,
			     err_text(index));
		if (!w->err)
			w->err = index;
	}
	return false;
}

static int list_dir(int fd, struct strvec *names)
{
	_cleanup_closedir_ DIR *dir = fdopendir(fd);
	struct dirent *d;

	if (!dir) {
		close(fd);
		return -errno;
	}
	for (errno = 0; (d = readdir(dir)); errno = 0)
		if (!streq(d->d_name, ".") && !streq(d->d_name, ".."))
			strvec_push(names, d->d_name);
	if (errno)
		return -errno;
	strvec_sort(names);
	return 0;
}

static void add_link(struct walk *w, int dir, const char *name, const struct stat *st)
{
	struct plan_entry link = {
		.kind = PLAN_LINK,
		.path = w->path.buf,
		.mode = 0777,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.mtime = st->st_mtim.tv_sec,
	};
	char text[PATH_MAX];
	ssize_t len = readlinkat(dir, name, text, sizeof(text) - 1);

	if (len < 0) {
		fail(w, -errno);
		return;
	}
	text[len] = '\0';
	link.text = text;
	check_added(w, plan_add(w->plan, &link, w->reason));
}

static void add_regular_file(struct walk *w, int dir, const char *name,
			     const struct stat *st)
{
	size_t before = w->plan->nr;
	int index = plan_add_file(w->plan, w->path.buf, w->root->fd, w->source.buf, st,
				  false, w->reason);

	if (!check_added(w, index) || w->plan->nr == before)
		return;
	/* ask whether we may read it only if not everybody may */
	if (!(st->st_mode & S_IROTH) && faccessat(dir, name, R_OK, AT_EACCESS) < 0)
		fail(w, -errno);
	else if (w->on_file)
		w->on_file(w->ctx, index, w->source.buf, st);
}

static bool add_dir(struct walk *w, const struct stat *st)
{
	const struct plan_entry dir = {
		.kind = PLAN_DIR,
		.path = w->path.buf,
		.mode = st->st_mode & 07777,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.mtime = st->st_mtim.tv_sec,
	};

	/* the image's root always exists, so it is not filtered */
	if (!w->path.len)
		return true;
	return check_added(w, plan_add(w->plan, &dir, w->reason));
}

static void walk_dir(struct walk *w, int parent, const char *name, const struct stat *st);

static void visit(struct walk *w, int dir, const char *name)
{
	size_t path_len = w->path.len, source_len = w->source.len;
	struct stat st;

	strbuf_addf(&w->path, "/%s", name);
	strbuf_addf(&w->source, "%s%s", w->source.len > 1 ? "/" : "", name);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		fail(w, -errno);
	} else if (S_ISDIR(st.st_mode)) {
		walk_dir(w, dir, name, &st);
	} else if (S_ISLNK(st.st_mode)) {
		add_link(w, dir, name, &st);
	} else if (S_ISREG(st.st_mode)) {
		add_regular_file(w, dir, name, &st);
	}
	strbuf_setlen(&w->path, path_len);
	strbuf_setlen(&w->source, source_len);
}

/*
 * Uses one descriptor a level: the limit of open files bounds the depth, which is then
 * reported.
 */
static void walk_dir(struct walk *w, int parent, const char *name, const struct stat *st)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	_cleanup_close_ int fd = -1;
	int err;

	if (!add_dir(w, st))
		return;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || (err = list_dir(dup(fd), &names))) {
		fail(w, fd < 0 ? -errno : err);
		return;
	}
	for (size_t i = 0; i < names.nr; i++)
		if (!w->skip || !w->skip(w->ctx, names.v[i]))
			visit(w, fd, names.v[i]);
}

int tree_add(struct plan *plan, const char *path, struct sysroot *root,
	     const char *source, struct plan_reason reason, tree_file_fn on_file,
	     void *ctx, struct report *report)
{
	return tree_add_some(plan, path, root, source, reason, NULL, on_file, ctx,
			     report);
}

int tree_add_some(struct plan *plan, const char *path, struct sysroot *root,
		  const char *source, struct plan_reason reason, tree_skip_fn skip,
		  tree_file_fn on_file, void *ctx, struct report *report)
{
	struct walk w = {
		.plan = plan,
		.root = root,
		.report = report,
		.reason = reason,
		.skip = skip,
		.on_file = on_file,
		.ctx = ctx,
		.path = STRBUF_INIT,
		.source = STRBUF_INIT,
	};
	struct stat st;

	/* below the image's root "/", no second slash is added */
	strbuf_adds(&w.path, streq(path, "/") ? "" : path);
	strbuf_adds(&w.source, source);
	if (fstatat(root->fd, path_relative(source), &st, AT_SYMLINK_NOFOLLOW) < 0)
		fail(&w, -errno);
	else
		walk_dir(&w, root->fd, path_relative(source), &st);
	strbuf_release(&w.path);
	strbuf_release(&w.source);
	return w.err;
}

int tree_add_file(struct plan *plan, const char *path, struct sysroot *root,
		  const char *source, bool normalise, struct plan_reason reason)
{
	_cleanup_free_ char *canonical = NULL;
	struct stat st;
	int err = sysroot_resolve(root, source, &canonical, &st, NULL, NULL);

	if (err)
		return err;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (faccessat(root->fd, path_relative(canonical), R_OK, 0) < 0)
		return -errno;
	err = plan_add_file(plan, path, root->fd, canonical, &st, normalise, reason);
	return err == PLAN_FILTERED || err > 0 ? 0 : err;
}

/*
 * Adds the links that lead to a file. The last of them becomes the reason for the file.
 */
struct link_trail {
	struct plan *plan;
	struct plan_reason reason;
};

static void on_link(void *ctx, const char *path, const char *target, bool last)
{
	struct link_trail *trail = ctx;
	int entry = plan_add_link(trail->plan, path, target, trail->reason);

	if (last && entry >= 0)
		trail->reason = (struct plan_reason){
			.by = entry,
			.why = plan_intern(trail->plan, "the link's target"),
		};
}

int tree_add_path(struct plan *plan, struct sysroot *root, const char *path,
		  struct plan_reason reason, char **canonical, struct stat *st)
{
	struct link_trail trail = { .plan = plan, .reason = reason };
	_cleanup_free_ char *real = NULL;
	int entry = sysroot_resolve(root, path, &real, st, NULL, NULL);

	if (entry)
		return entry;
	/* only now, so that a broken link leaves nothing in the plan */
	sysroot_resolve(root, path, NULL, NULL, on_link, &trail);
	if (S_ISDIR(st->st_mode))
		entry = plan_add_dir(plan, real, st->st_mode & 07777, trail.reason);
	else if (S_ISREG(st->st_mode))
		entry = plan_add_file(plan, real, root->fd, real, st, false,
				      trail.reason);
	else
		return -EINVAL;
	if (canonical)
		*canonical = TAKE_PTR(real);
	return entry;
}

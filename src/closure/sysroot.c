// SPDX-License-Identifier: GPL-2.0-or-later
/* Resolves paths below a root directory, component by component. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/path.h"
#include "lib/str.h"
#include "closure/sysroot.h"

#define MAX_LINKS 40

/* The cached value of a directory; that of a link is its text. */
static char is_directory[] = "";

static void free_part(void *value)
{
	if (value != is_directory)
		free(value);
}

int sysroot_init(struct sysroot *root, const char *path)
{
	*root = (struct sysroot){ .fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) };
	return root->fd < 0 ? -errno : 0;
}

void sysroot_release(struct sysroot *root)
{
	if (root->fd >= 0)
		close(root->fd);
	strmap_release(&root->parts, free_part);
	*root = (struct sysroot)SYSROOT_INIT;
}

static int read_link(const struct sysroot *root, const char *path, char **target)
{
	char text[PATH_MAX];
	ssize_t len = readlinkat(root->fd, path_relative(path), text, sizeof(text));

	if (len < 0)
		return -errno;
	if ((size_t)len == sizeof(text))
		return -ENAMETOOLONG;
	*target = xstrndup(text, (size_t)len);
	return 0;
}

/*
 * Examines @path, whose parents contain no link. @target becomes the text of a link,
 * owned by the cache, or NULL. @st is filled in unless the answer comes from the cache.
 */
static int look_at(struct sysroot *root, const char *path, bool last, const char **target,
		   struct stat *st)
{
	void **known = strmap_get(&root->parts, path);
	char *text = is_directory;
	int err;

	if (known && (!last || *known != is_directory)) {
		*target = *known == is_directory ? NULL : *known;
		return 0;
	}
	if (fstatat(root->fd, path_relative(path), st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	*target = NULL;
	if (S_ISLNK(st->st_mode)) {
		err = read_link(root, path, &text);
		if (err)
			return err;
		*target = text;
	} else if (!S_ISDIR(st->st_mode)) {
		return last ? 0 : -ENOTDIR;
	}
	if (!known)
		*strmap_put(&root->parts, path) = text;
	return 0;
}

/* A path that is being resolved: @done has no links in it, @rest remains. */
struct walk {
	struct strbuf done;
	char *todo;
	const char *rest;
	int links;
};

static void release_walk(struct walk *walk)
{
	strbuf_release(&walk->done);
	free(walk->todo);
}

/* Goes up one directory, but not above the root. */
static void walk_up(struct walk *walk)
{
	const char *slash = strrchr(walk->done.buf, '/');

	strbuf_setlen(&walk->done, slash ? (size_t)(slash - walk->done.buf) : 0);
}

/* Goes on at @target, the text of the link that was the last component. */
static int walk_link(struct walk *walk, const char *target, bool more)
{
	char *longer;

	if (++walk->links > MAX_LINKS)
		return -ELOOP;
	if (target[0] == '/')
		strbuf_setlen(&walk->done, 0);
	else
		walk_up(walk);
	longer = xasprintf("%s%s%s", target, more ? "/" : "", walk->rest);
	free(walk->todo);
	walk->todo = longer;
	walk->rest = longer;
	return 0;
}

/* Goes down the first component of @rest, which is @len bytes long. */
static int walk_down(struct sysroot *root, struct walk *walk, size_t len, struct stat *st,
		     sysroot_link_fn on_link, void *ctx)
{
	bool more = walk->rest[len] == '/';
	const char *target = NULL;
	int err;

	if (len > NAME_MAX || walk->done.len + len + 1 >= PATH_MAX)
		return -ENAMETOOLONG;
	strbuf_addch(&walk->done, '/');
	strbuf_add(&walk->done, walk->rest, len);
	walk->rest += len + strspn(walk->rest + len, "/");
	err = look_at(root, walk->done.buf, !more, &target, st);
	if (err || !target)
		return err;
	if (on_link)
		on_link(ctx, walk->done.buf, target, !*walk->rest);
	return walk_link(walk, target, more);
}

int sysroot_resolve(struct sysroot *root, const char *path, char **canonical,
		    struct stat *st, sysroot_link_fn on_link, void *ctx)
{
	_cleanup_(release_walk) struct walk walk = { .done = STRBUF_INIT };
	struct stat own;
	int err;

	if (!st)
		st = &own;
	walk.todo = xstrdup(path);
	walk.rest = walk.todo + strspn(walk.todo, "/");
	while (*walk.rest) {
		size_t len = strcspn(walk.rest, "/");

		if (len == 2 && strncmp(walk.rest, "..", 2) == 0) {
			walk_up(&walk);
			walk.rest += len;
		} else if (len == 1 && walk.rest[0] == '.') {
			walk.rest += len;
		} else {
			err = walk_down(root, &walk, len, st, on_link, ctx);
			if (err)
				return err;
		}
		walk.rest += strspn(walk.rest, "/");
	}
	if (!walk.done.len)
		strbuf_addch(&walk.done, '/');
	/* ".." and cached directories have no status yet */
	if (fstatat(root->fd, path_relative(walk.done.buf), st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (canonical)
		*canonical = strbuf_detach(&walk.done);
	return 0;
}

bool sysroot_exists(struct sysroot *root, const char *path)
{
	return sysroot_resolve(root, path, NULL, NULL, NULL, NULL) == 0;
}

bool sysroot_is_file(struct sysroot *root, const char *path)
{
	struct stat st;

	return sysroot_resolve(root, path, NULL, &st, NULL, NULL) == 0 &&
	       S_ISREG(st.st_mode);
}

int sysroot_open(const struct sysroot *root, const char *canonical)
{
	/* O_NONBLOCK: do not hang if a FIFO has replaced the file */
	int fd = openat(root->fd, path_relative(canonical),
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

DIR *sysroot_open_dir(struct sysroot *root, const char *path)
{
	_cleanup_free_ char *canonical = NULL;

	if (sysroot_resolve(root, path, &canonical, NULL, NULL, NULL))
		return NULL;
	return io_open_dir(root->fd, path_relative(canonical));
}

int sysroot_read_file(struct sysroot *root, const char *path, size_t limit, char **data,
		      size_t *size)
{
	_cleanup_free_ char *canonical = NULL;
	_cleanup_close_ int fd = -1;
	int err = sysroot_resolve(root, path, &canonical, NULL, NULL, NULL);

	if (err)
		return err;
	fd = sysroot_open(root, canonical);
	return fd < 0 ? fd : io_read_fd(fd, limit, data, size);
}

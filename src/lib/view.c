// SPDX-License-Identifier: GPL-2.0-or-later
/* A file tree of its own for a child process: a mount namespace. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/path.h"
#include "lib/view.h"

/* linux/mount.h and sys/mount.h cannot both be included in all versions of the C library
 */
#define OLD_MS_PRIVATE_REC (1UL << 18 | 1UL << 14)
#define OLD_MNT_DETACH	   2
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* The new root is mounted here for a moment. It exists wherever rapido works. */
#define STAGE	      "/proc"
#define INODES_MAX    "4096"
#define MOUNTINFO_MAX (64 << 20)
/* Of an empty directory. */
#define COVER_SIZE 4096

/* What programs expect everywhere. */
static const char *const usual[] = { "/dev/null",    "/dev/zero",  "/dev/random",
				     "/dev/urandom", "/proc/self", "/proc/cpuinfo" };

static const char *const libraries[] = {
	"/lib",	      "/lib32",	    "/lib64",	       "/usr/lib",
	"/usr/lib32", "/usr/lib64", "/etc/ld.so.cache"
};

void view_release(struct view *view)
{
	for (size_t i = 0; i < view->nr; i++) {
		free(view->v[i].source);
		free(view->v[i].target);
	}
	free(view->v);
	*view = (struct view){ 0 };
}

static void add(struct view *view, const char *source, const char *target, bool writable,
		bool is_link)
{
	ALLOC_GROW(view->v, view->nr, view->alloc);
	view->v[view->nr++] = (struct view_part){ source ? xstrdup(source) : NULL,
						  xstrdup(target), writable, is_link };
}

/* The mount point in a line of mountinfo, see proc_pid_mountinfo(5): "\\040" is a blank.
 */
static char *mount_point(const char *line)
{
	struct strbuf path = STRBUF_INIT;
	unsigned int byte;

	for (int field = 0; line && field < 4; field++) {
		line = strchr(line, ' ');
		line = line ? line + 1 : NULL;
	}
	while (line && *line && *line != ' ')
		if (*line == '\\' && sscanf(line + 1, "%3o", &byte) == 1) {
			strbuf_addch(&path, (char)byte);
			line += 4;
		} else {
			strbuf_addch(&path, *line++);
		}
	return strbuf_detach(&path);
}

/* Have nothing at the places of @source where procfs is mounted. */
static void cover_proc(struct view *view, const char *source, const char *target)
{
	_cleanup_(strvec_release) struct strvec lines = STRVEC_INIT;
	_cleanup_free_ char *text = NULL;

	if (io_read_file(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, NULL))
		return;
	strvec_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.nr; i++) {
		_cleanup_free_ char *point = mount_point(lines.v[i]), *place = NULL;

		if (!strstr(lines.v[i], " - proc ") || !path_below(point, source))
			continue;
		place = path_join(
			target,
			path_relative(point + (streq(source, "/") ? 0 : strlen(source))));
		add(view, NULL, place, false, false);
	}
}

void view_add(struct view *view, const char *source, const char *target, bool writable)
{
	add(view, source, target, writable, false);
	cover_proc(view, source, target);
}

void view_add_libraries(struct view *view)
{
	for (size_t i = 0; i < ARRAY_SIZE(libraries); i++) {
		const char *path = libraries[i];
		char link[256];
		ssize_t len = readlink(path, link, sizeof(link) - 1);

		if (len > 0) {
			link[len] = '\0';
			add(view, link, path + 1, false, true);
		} else if (access(path, F_OK) == 0) {
			add(view, path, path + 1, false, false);
		}
	}
}

static int write_text(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : io_write_all(fd, text, strlen(text));
}

/* In a user namespace, have one user and one group: ours. */
static int map_ids(uid_t uid, gid_t gid, bool as_root)
{
	_cleanup_free_ char *uids = xasprintf("%u %u 1", as_root ? 0 : uid, uid);
	_cleanup_free_ char *gids = xasprintf("%u %u 1", as_root ? 0 : gid, gid);
	int err;

	/* required before gid_map may be written; before Linux 3.19 there is none */
	err = write_text("/proc/self/setgroups", "deny");
	if (!err || err == -ENOENT)
		err = write_text("/proc/self/uid_map", uids);
	return err ? err : write_text("/proc/self/gid_map", gids);
}

/* Have mounts of our own. Root needs no namespace of users, and keeps all of them. */
static int own_mounts(bool as_root)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int err = 0;

	if (uid || unshare(CLONE_NEWNS) < 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
			return -errno;
		err = map_ids(uid, gid, as_root);
	}
	if (!err && syscall(SYS_mount, NULL, "/", NULL, OLD_MS_PRIVATE_REC, NULL) < 0)
		err = -errno;
	return err;
}

/* A copy of the mounts at @source, which has no place yet. A descriptor or -errno. */
static int copy_mounts(const char *source, uint64_t attributes)
{
	struct mount_attr attr = { .attr_set = attributes };
	_cleanup_close_ int fd =
		(int)syscall(SYS_open_tree, AT_FDCWD, source,
			     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (fd < 0)
		return -errno;
	if (attributes && syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE,
				  &attr, sizeof(attr)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* A file system in memory, which has no place yet. A descriptor or -errno. */
static int make_tmpfs(uint64_t room, uint64_t attributes)
{
	_cleanup_close_ int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	_cleanup_free_ char *size = xasprintf("%llu", (unsigned long long)room);
	const char *const settings[][2] = { { "size", size },
					    { "nr_inodes", INODES_MAX },
					    { "mode", "0755" } };
	int fd;

	if (fs < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, settings[i][0],
			    settings[i][1], 0) < 0)
			return -errno;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes);
	return fd < 0 ? -errno : fd;
}

/* Make the directories above @target, and at it a directory or an empty file. */
static int make_place(int root, const char *target, bool is_dir)
{
	_cleanup_free_ char *path = xstrdup(target);
	int fd;

	for (char *p = path; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdirat(root, path, 0755) < 0 && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	if (is_dir)
		return mkdirat(root, path, 0755) < 0 && errno != EEXIST ? -errno : 0;
	fd = openat(root, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0444);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int place(int root, int mounts, const char *target)
{
	struct stat st;
	int err = fstat(mounts, &st) < 0 ? -errno
					 : make_place(root, target, S_ISDIR(st.st_mode));

	if (!err && syscall(SYS_move_mount, mounts, "", root, target,
			    MOVE_MOUNT_F_EMPTY_PATH) < 0)
		err = -errno;
	return err;
}

/* Link @target in the new root to @source. */
static int make_link(int root, const char *source, const char *target)
{
	_cleanup_free_ char *above = path_dirname(target);
	int err = strchr(target, '/') ? make_place(root, above, true) : 0;

	if (!err && symlinkat(source, root, target) < 0)
		err = -errno;
	return err;
}

/* Make @root, which is mounted over something of the old root, the only one. */
static int change_root(int root)
{
	if (fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    syscall(SYS_umount2, ".", OLD_MNT_DETACH) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

/* The parts, in the order of their targets' appearance; @fds: of those to mount, else -1.
 */
static int fill_root(const struct view *view, int root, const int *fds)
{
	const struct view_part *part = view->v;
	int err = make_place(root, "tmp", true);

	for (size_t i = 0; !err && i < ARRAY_SIZE(usual); i++)
		if (fds[view->nr + i] >= 0)
			err = place(root, fds[view->nr + i], usual[i] + 1);
	for (size_t i = 0; !err && i < view->nr; i++, part++)
		err = part->is_link ? make_link(root, part->source, part->target)
				    : place(root, fds[i], part->target);
	return err;
}

/* Copy all that is needed before the new root hides it. */
static int copy_all(const struct view *view, int *fds)
{
	const uint64_t safe = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

	for (size_t i = 0; i < view->nr; i++) {
		const struct view_part *part = &view->v[i];

		fds[i] = part->is_link ? -1
			 : !part->source
				 ? make_tmpfs(COVER_SIZE, safe | MOUNT_ATTR_RDONLY)
				 : copy_mounts(part->source,
					       part->writable ? safe
							      : safe | MOUNT_ATTR_RDONLY);
		if (fds[i] < 0 && !part->is_link)
			return fds[i];
	}
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		fds[view->nr + i] = copy_mounts(usual[i], 0);
	return 0;
}

int view_enter(const struct view *view)
{
	_cleanup_free_ int *fds = xcalloc(view->nr + ARRAY_SIZE(usual), sizeof(*fds));
	int root = -1, err = own_mounts(view->as_root);

	if (!err)
		err = copy_all(view, fds);
	if (!err)
		root = make_tmpfs(view->room, MOUNT_ATTR_NOSUID);
	if (!err && root < 0)
		err = root;
	if (!err && syscall(SYS_move_mount, root, "", AT_FDCWD, STAGE,
			    MOVE_MOUNT_F_EMPTY_PATH) < 0)
		err = -errno;
	if (!err)
		err = fill_root(view, root, fds);
	return err ? err : change_root(root);
}

int view_check(void)
{
	const struct view view = { .room = 1 << 20 };
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(-view_enter(&view));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The host's directories that a VM sees, and virtiofsd, which may serve them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/unix-socket.h"
#include "lib/utf8.h"
#include "vm-share.h"

#define START_MS  5000
#define STOP_MS	  1000
#define SAID_MAX  65536
#define FILES_MAX 1000000
/* virtiofsd compares it with the number of files that it may have open */
#define FILE_MAX "/proc/sys/fs/file-max"
/* Of the file tree that virtiofsd has. It writes nothing there. */
#define VIEW_ROOM (1 << 20)

static bool is_virtiofs(const char *type)
{
	return streq(type, "virtiofs");
}

static struct vm_share *add_share(struct vm_shares *shares, const char *type,
				  const char *tag, const char *dir, const char *path,
				  bool writable)
{
	size_t i = shares->nr++;

	shares->tags[i] = tag ? xstrdup(tag) : xasprintf("rapido%zu", i);
	shares->servers[i] = (struct process)PROCESS_INIT;
	shares->v[i] = (struct vm_share){
		.type = type,
		.tag = shares->tags[i],
		.dir = dir,
		.path = path,
		.writable = writable,
		.fd = -1,
	};
	return &shares->v[i];
}

/*
 * A connection to a socket that listens, whose name is removed at once: the server
 * accepts the only connection that there will ever be. 0 or -errno.
 */
static int make_socket(const char *dir, int *ours, int *listener)
{
	_cleanup_free_ char *path = xasprintf("%s/.share.%d.socket", dir, (int)getpid());
	int err;

	unlink(path);
	*listener = unix_socket_listen(AT_FDCWD, path, SOCK_STREAM, 1);
	if (*listener < 0)
		return *listener;
	*ours = unix_socket_connect(AT_FDCWD, path);
	err = *ours < 0 ? *ours : 0;
	unlink(path);
	/* neither it nor the VM expects a descriptor that does not block */
	fcntl(*listener, F_SETFL, 0);
	if (!err)
		fcntl(*ours, F_SETFL, 0);
	return err;
}

/* As many files as it may have open: it has one for each that the VM knows. */
static unsigned long files_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max > FILES_MAX)
		return FILES_MAX;
	return limit.rlim_max;
}

/* It sees nothing but its share, which it cannot change unless the user said so. */
static void describe_server(struct process *process, struct view *view,
			    const struct vm_share *share, const char *program, int fd)
{
	*view = (struct view){ .room = VIEW_ROOM, .as_root = true };
	view_add_libraries(view);
	view_add(view, program, "virtiofsd", false);
	view_add(view, FILE_MAX, path_relative(FILE_MAX), false);
	view_add(view, share->dir, "share", share->writable);
	process->view = view;
	process->own_group = true;
	process->death_signal = SIGKILL;
	strvec_push(&process->argv, "/virtiofsd");
	strvec_pushf(&process->argv, "--fd=%d", fd);
	strvec_pushf(&process->argv, "--rlimit-nofile=%lu", files_max());
	/* both implementations take these */
	strvec_pushl(&process->argv, "-o", "source=/share", "-o", "sandbox=chroot", "-o",
		     "cache=auto", "-o", "xattr", NULL);
}

/* @said gets what it writes. 0 or -errno. */
static int spawn_server(struct process *process, int listener, int said)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int err;

	if (null < 0)
		return -errno;
	process->in = null;
	process->out = process->err = said;
	process->keep = &listener;
	process->nr_keep = 1;
	err = process_start(process);
	process->in = process->out = process->err = -1;
	process->keep = NULL;
	process->nr_keep = 0;
	return err;
}

/* Ask for its features, to see that it serves; the VM asks again. 0 or -errno. */
static int ask_server(int fd)
{
	/* VHOST_USER_GET_FEATURES of the protocol vhost-user, version 1 */
	static const uint32_t get_features[] = { 1, 1, 0 };
	unsigned char reply[3 * sizeof(uint32_t) + sizeof(uint64_t)];
	uint64_t deadline = monotonic_ms() + START_MS;
	size_t have = 0;

	if (send(fd, get_features, sizeof(get_features), MSG_NOSIGNAL) < 0)
		return -errno;
	while (have < sizeof(reply)) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = (int64_t)(deadline - monotonic_ms());
		ssize_t n;

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = read(fd, reply + have, sizeof(reply) - have);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n)
			return -EPIPE;
		have += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* The last line that it has written. Heap, or NULL. */
static char *last_line(int said)
{
	_cleanup_(strvec_release) struct strvec lines = STRVEC_INIT;
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT;
	_cleanup_free_ char *text = NULL;

	if (lseek(said, 0, SEEK_SET) < 0 || io_read_fd(said, SAID_MAX, &text, NULL))
		return NULL;
	strvec_split(&lines, text, "\n");
	if (!lines.nr)
		return NULL;
	strbuf_add_visible(&shown, lines.v[lines.nr - 1]);
	return strbuf_detach(&shown);
}

static int start_server(struct vm_shares *shares, size_t i, const char *program,
			const char *dir)
{
	_cleanup_close_ int said = memfd_create("virtiofsd", MFD_CLOEXEC), listener = -1;
	struct vm_share *share = &shares->v[i];
	struct process *process = &shares->servers[i];
	_cleanup_free_ char *words = NULL;
	int err = said < 0 ? -errno : make_socket(dir, &share->fd, &listener);

	if (!err) {
		describe_server(process, &shares->views[i], share, program, listener);
		err = spawn_server(process, listener, said);
	}
	if (listener >= 0)
		close(TAKE_FD(listener));
	if (!err)
		err = ask_server(share->fd);
	if (!err)
		return 0;
	words = said >= 0 ? last_line(said) : NULL;
	log_error("cannot share '%s': virtiofsd '%s' does not serve it: %s", share->dir,
		  program, words ? words : err_text(err));
	return err;
}

/* Tell in a dry run what must be started before the command that is printed. */
static void say_server(const struct vm_share *share, const char *program)
{
	log_info("before the VM, start: '%s' --socket-path=%s.socket -o source='%s'",
		 program, share->tag, share->dir);
}

static int start_servers(struct vm_shares *shares, const struct vm_share_request *request)
{
	const char *why;
	_cleanup_free_ char *program = share_virtiofsd(request->conf, &why);
	int err = 0;

	if (!program) {
		log_error(
			"cannot share '%s': the image was cut for virtiofs, and %s; cut "
			"it again",
			shares->v[0].dir, why);
		return -ENOENT;
	}
	for (size_t i = 0; !err && i < shares->nr; i++)
		if (request->dry_run)
			say_server(&shares->v[i], program);
		else
			err = start_server(shares, i, program,
					   conf_get(request->conf, "QEMU_PID_DIR"));
	return err;
}

/* The type of file system that the VM has for shares, or NULL after a message. */
static const char *choose_type(const struct vm_share_request *request)
{
	static const char *const types[] = { "9p", "virtiofs", "hostfs" };
	const char *type = request->info->share;
	const char *dir = request->args->nr ? request->args->v[0].dir : "/";

	if (!type) {
		log_error(
			"cannot share '%s': image '%s' was cut without --share%s; cut it "
			"again with it",
			dir, request->image, request->args->root ? " and --root" : "");
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (streq(types[i], type) &&
		    streq(type, "hostfs") == (request->type != NULL))
			return types[i];
	log_error(
		"cannot share '%s': image '%s' was cut for a kernel that has %s; cut it "
		"again",
		dir, request->image, type);
	return NULL;
}

/* The image that has the host's root can do nothing without it. */
static int check_root(const struct vm_share_request *request, bool *root)
{
	*root = request->args->root || request->info->host_root;
	if (request->args->root && !request->info->host_root) {
		log_error("image '%s' was cut without --root host; cut it again with it",
			  request->image);
		return -EINVAL;
	}
	return 0;
}

int vm_shares_init(struct vm_shares *shares, const struct vm_share_request *request)
{
	const struct share_args *args = request->args;
	const char *type, *virtfs;
	bool root, paths;
	int err = check_root(request, &root);

	*shares = (struct vm_shares){ 0 };
	if (err || share_args_check(args))
		return -EINVAL;
	if (args->nr || root) {
		type = choose_type(request);
		if (!type)
			return -EINVAL;
		paths = request->type && request->dry_run;
		if (root)
			add_share(shares, type, paths ? "/" : NULL, "/", "/", false);
		for (size_t i = 0; i < args->nr; i++)
			add_share(shares, type, paths ? args->v[i].dir : NULL,
				  args->v[i].dir, args->v[i].path, args->v[i].writable);
		if (is_virtiofs(type))
			err = start_servers(shares, request);
	}
	/* the others have a device for it */
	virtfs = conf_get(request->conf, "VIRTFS_SHARE_PATH");
	if (virtfs && request->type)
		add_share(shares, request->type,
			  request->dry_run ? virtfs
			  : shares->nr	   ? NULL
					   : VM_SHARE_ALONE,
			  virtfs, "/host", true);
	if (!err && root)
		err = share_user_find(&shares->user, args->user);
	return err;
}

const char *vm_shares_lost(const struct vm_shares *shares)
{
	for (size_t i = 0; i < shares->nr; i++)
		if (process_has_ended(shares->servers[i].pid))
			return "virtiofsd, which served a share, ended";
	return NULL;
}

void vm_shares_started(struct vm_shares *shares)
{
	for (size_t i = 0; i < shares->nr; i++)
		if (shares->v[i].fd >= 0)
			close(TAKE_FD(shares->v[i].fd));
}

void vm_shares_release(struct vm_shares *shares)
{
	vm_shares_started(shares);
	for (size_t i = 0; i < shares->nr; i++) {
		/* it ends when the VM does */
		if (shares->servers[i].pid > 0)
			process_wait(&shares->servers[i], STOP_MS);
		process_release(&shares->servers[i]);
		view_release(&shares->views[i]);
		free(shares->tags[i]);
	}
	share_user_release(&shares->user);
	shares->nr = 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* VM numbers by locked pid files: taken, described, looked at and given back. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/str.h"
#include "vm/backend.h"
#include "vm/slot.h"

#define FILE_TEXT_MAX 16384
/* By how much a process may seem to be younger than the file that it wrote. */
#define CLOCKS_DIFFER_S 2
/* The lock that can be tested: of the first byte. */
#define SLOT_MARK                                                                 \
	{                                                                         \
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1 \
	}

char *slot_path(const char *dir, unsigned int number)
{
	return xasprintf("%s/rapido_vm%u.pid", dir, number);
}

static char *path_beside(const char *path, const char *suffix)
{
	return xasprintf("%.*s%s", (int)(strlen(path) - strlen("pid")), path, suffix);
}

char *slot_socket_path(const char *path)
{
	return path_beside(path, "sock");
}

char *slot_debug_path(const char *path)
{
	return path_beside(path, "gdb");
}

char *slot_log_path(const char *path)
{
	return path_beside(path, "log");
}

void slot_info_release(struct slot_info *info)
{
	free(info->test);
	free(info->kernel);
	free(info->log);
	*info = (struct slot_info){ 0 };
}

static pid_t parse_pid(const char *text)
{
	unsigned long pid;

	return parse_uint(text, 1, INT_MAX, &pid) ? 0 : (pid_t)pid;
}

static void parse_line(struct slot_info *info, const char *key, const char *value)
{
	unsigned long number;

	if (streq(key, "rapido"))
		info->rapido = parse_pid(value);
	else if (streq(key, "started") && !parse_uint(value, 1, LONG_MAX, &number))
		info->started = (time_t)number;
	else if (streq(key, "test") && !info->test)
		info->test = xstrdup(value);
	else if (streq(key, "kernel") && !info->kernel)
		info->kernel = xstrdup(value);
	else if (streq(key, "log") && !info->log)
		info->log = xstrdup(value);
}

/* Ignore unknown keys, which a later version may write, and a line without an end, which
 * is being written. */
static void parse_info(struct slot_info *info, char *text)
{
	char *line = text, *end = strchr(text, '\n'), *space;

	/* other tools may leave the newline out */
	if (end)
		*end = '\0';
	info->vm = parse_pid(line);
	if (!end || (*line && !info->vm))
		return;
	for (line = end + 1; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		space = strchr(line, ' ');
		if (!space)
			continue;
		*space = '\0';
		parse_line(info, line, space + 1);
	}
}

static void read_info(int fd, struct slot_info *info)
{
	_cleanup_free_ char *text = xmalloc(FILE_TEXT_MAX + 1);
	ssize_t len = io_pread_full(fd, text, FILE_TEXT_MAX, 0);

	text[len > 0 ? len : 0] = '\0';
	parse_info(info, text);
}

/* Whether the file has the pid of a VM that does not lock it: older tools write such
 * files into the same directory. */
static bool is_taken_without_lock(int fd)
{
	_cleanup_(slot_info_release) struct slot_info info = { 0 };
	struct proc proc;

	read_info(fd, &info);
	return info.vm > 1 && proc_read(&proc, info.vm) == 0 &&
	       backend_is_process(proc.name);
}

/* Take the lock that can be tested, and remove what a former VM has left in the file. */
static void mark(int fd)
{
	struct flock lock = SLOT_MARK;

	if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		log_warn("the VM will not be found by 'rapido ps': %s", err_text(errno));
	if (ftruncate(fd, 0) < 0)
		log_debug("cannot empty a VM's file: %s", err_text(errno));
}

/* Another kind of file with this name was not made by rapido. */
static void remove_if(const char *path, mode_t kind)
{
	struct stat st;

	if (lstat(path, &st) == 0 && (st.st_mode & S_IFMT) == kind)
		unlink(path);
}

/* Those beside the file @path. */
static void remove_files(const char *path)
{
	_cleanup_free_ char *control = slot_socket_path(path);
	_cleanup_free_ char *debugger = slot_debug_path(path);
	_cleanup_free_ char *log = slot_log_path(path);

	remove_if(control, S_IFSOCK);
	remove_if(debugger, S_IFSOCK);
	remove_if(log, S_IFREG);
}

/* Whether another user could change the file, or it has another name. */
static bool is_anothers(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 || st.st_uid != geteuid() || st.st_nlink > 1;
}

/* 1: the number is ours; 0: it is taken, or its file is not ours to write to; -errno. */
static int try_number(struct lockfile *lock, const char *path)
{
	/* the file may be replaced again and again, but not for ever */
	for (int attempt = 0; attempt < 100; attempt++) {
		int err = lockfile_take(lock, path, 0644, 0);

		if (err == -EWOULDBLOCK || err == -EISDIR || err == -EINVAL ||
		    err == -ELOOP || (err == -EACCES && access(path, F_OK) == 0))
			return 0;
		if (err)
			return err;
		if (is_taken_without_lock(lock->fd))
			break;
		/* file systems without owners give even a new file to another user */
		if (lock->made || !is_anothers(lock->fd)) {
			mark(lock->fd);
			/* a rapido that was killed may have left one */
			remove_files(path);
			return 1;
		}
		/* root can write to a user's file, but the user could change it later */
		if (unlink(path) < 0)
			break;
		lockfile_leave(lock);
	}
	lockfile_leave(lock);
	return 0;
}

int slot_take(struct slot *slot, const char *dir)
{
	int err = io_mkdir_p(dir);

	*slot = (struct slot)SLOT_INIT;
	for (unsigned int n = 1; !err && n <= VM_NUMBER_MAX; n++) {
		_cleanup_free_ char *path = slot_path(dir, n);

		err = try_number(&slot->lock, path);
		if (err > 0) {
			slot->number = n;
			return 0;
		}
	}
	if (!err)
		err = -EBUSY;
	if (err == -EBUSY)
		log_error("cannot start another VM: all %d numbers are taken in '%s'",
			  VM_NUMBER_MAX, dir);
	else
		log_error("cannot take a VM number in '%s': %s", dir, err_text(err));
	return err;
}

static void add_line(struct strbuf *text, const char *key, const char *value)
{
	if (!value)
		return;
	strbuf_addf(text, "%s ", key);
	for (; *value; value++)
		strbuf_addch(text, iscntrl((unsigned char)*value) ? '?' : *value);
	strbuf_addch(text, '\n');
}

int slot_describe(const struct slot *slot, const struct slot_info *info)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	if (info->vm)
		strbuf_addf(&text, "%d", (int)info->vm);
	strbuf_addch(&text, '\n');
	if (info->rapido)
		strbuf_addf(&text, "rapido %d\n", (int)info->rapido);
	add_line(&text, "test", info->test);
	add_line(&text, "kernel", info->kernel);
	add_line(&text, "log", info->log);
	if (info->started)
		strbuf_addf(&text, "started %lld\n", (long long)info->started);
	if (ftruncate(slot->lock.fd, 0) < 0 || lseek(slot->lock.fd, 0, SEEK_SET) < 0)
		return -errno;
	return io_write_all(slot->lock.fd, text.buf, text.len);
}

void slot_release(struct slot *slot)
{
	if (lockfile_is_ours(&slot->lock))
		remove_files(slot->lock.path);
	lockfile_release(&slot->lock);
	*slot = (struct slot)SLOT_INIT;
}

void slot_tidy(const char *dir, unsigned int number)
{
	_cleanup_(lockfile_release) struct lockfile lock = LOCKFILE_INIT;
	_cleanup_free_ char *path = slot_path(dir, number);

	if (access(path, F_OK) == 0)
		try_number(&lock, path);
}

static bool is_locked(int fd)
{
	struct flock lock = SLOT_MARK;

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* Whether the file's owner may name this process: a user could write any pid into the
 * file so that root ends it. */
static bool is_owners(const struct proc *proc, const struct stat *file)
{
	return file->st_uid == 0 || file->st_uid == proc->uid;
}

/* Whether @pid is the VM that the file was written for, and not a later one. */
static int is_foreign_vm(pid_t pid, const void *file)
{
	const struct stat *st = file;
	struct proc proc;

	return pid > 1 && proc_read(&proc, pid) == 0 && backend_is_process(proc.name) &&
	       is_owners(&proc, st) && proc.started <= st->st_mtime + CLOCKS_DIFFER_S;
}

/* Whether @pid has the file open, as rapido and the VM do as long as they live. */
static int is_of_vm(pid_t pid, const void *file)
{
	struct proc proc;
	int err = proc_read(&proc, pid);

	if (err || !is_owners(&proc, file))
		return err;
	return proc_has_open(pid, file);
}

/* Whether the file belongs to an older tool. Our own files say more, and are stale
 * without a lock. */
static bool is_foreign(int fd, struct slot_info *info)
{
	struct proc proc;
	struct stat st;

	if (info->rapido || info->started || fstat(fd, &st) < 0 ||
	    !is_foreign_vm(info->vm, &st) || proc_read(&proc, info->vm))
		return false;
	info->foreign = true;
	info->started = proc.started;
	return true;
}

static bool differs(long before, long now)
{
	return before && now && before != now;
}

bool slot_look(int fd, struct slot_info *info)
{
	_cleanup_(slot_info_release) struct slot_info now = { .number = info->number };
	bool locked = is_locked(fd);

	read_info(fd, &now);
	if (!locked && !is_foreign(fd, &now))
		return false;
	if (differs(info->vm, now.vm) || differs(info->rapido, now.rapido))
		return false;
	/* a file that is being written says less than before */
	if (now.vm >= info->vm && now.rapido >= info->rapido) {
		slot_info_release(info);
		*info = now;
		now = (struct slot_info){ 0 };
	}
	return true;
}

int slot_open(const char *dir, unsigned int number, struct slot_info *info)
{
	_cleanup_free_ char *path = slot_path(dir, number);
	_cleanup_close_ int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	*info = (struct slot_info){ .number = number };
	if (fd < 0)
		return errno == ELOOP ? -ENOENT : -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !slot_look(fd, info))
		return -ENOENT;
	return TAKE_FD(fd);
}

int slot_list(const char *dir, struct slot_info **list, size_t *nr)
{
	size_t alloc = 0;

	*list = NULL;
	*nr = 0;
	if (access(dir, X_OK) < 0) {
		int err = -errno;

		if (err == -ENOENT)
			return 0;
		log_error("cannot look for VMs in '%s': %s", dir, err_text(err));
		return err;
	}
	for (unsigned int n = 1; n <= VM_NUMBER_MAX; n++) {
		_cleanup_(slot_info_release) struct slot_info info = { 0 };
		_cleanup_close_ int fd = slot_open(dir, n, &info);

		if (fd < 0)
			continue;
		ALLOC_GROW(*list, *nr, alloc);
		(*list)[(*nr)++] = info;
		info = (struct slot_info){ 0 };
	}
	return 0;
}

void slot_list_free(struct slot_info *list, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		slot_info_release(&list[i]);
	free(list);
}

int slot_signal(int fd, const struct slot_info *info, pid_t pid, int signal)
{
	struct stat st;

	if (!pid)
		return -ESRCH;
	if (fstat(fd, &st) < 0)
		return -errno;
	return proc_signal(pid, signal, info->foreign ? is_foreign_vm : is_of_vm, &st);
}

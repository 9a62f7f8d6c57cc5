// SPDX-License-Identifier: GPL-2.0-or-later
/* VM numbers by locked pid files. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "vm/slot.h"
#include "lib/str.h"

#define PID_TEXT_MAX 64

char *slot_path(const char *dir, unsigned int number)
{
	return xasprintf("%s/rapido_vm%u.pid", dir, number);
}

/* Whether @fd is still what @path names: its last owner removes it while it has the lock.
 */
static bool is_current(int fd, const char *path)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && stat(path, &named) == 0 &&
	       ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

/*
 * A QEMU whose pid stands in the file but that has no lock on it was not started by us:
 * older tools write such files into the same directory.
 */
static bool is_foreign_qemu(int fd)
{
	char text[PID_TEXT_MAX + 1];
	ssize_t len = io_pread_full(fd, text, PID_TEXT_MAX, 0);
	struct proc proc;
	long pid;

	if (len <= 0)
		return false;
	text[len] = '\0';
	pid = isdigit((unsigned char)text[0]) ? strtol(text, NULL, 10) : 0;
	return pid > 1 && pid <= INT_MAX && proc_read(&proc, (pid_t)pid) == 0 &&
	       starts_with(proc.name, "qemu");
}

/* The lock that can be asked for, and an empty file instead of a former VM's. */
static void mark(int fd)
{
	struct flock lock = SLOT_MARK;

	if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		log_warn("the VM will not be found by 'rapido ps': %s", err_text(errno));
	if (ftruncate(fd, 0) < 0)
		log_debug("cannot empty a VM's file: %s", err_text(errno));
}

/* @made: it was not there. File systems without owners give even a new one to another. */
static int open_file(const char *path, bool *made)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	*made = fd >= 0;
	if (fd >= 0 || errno != EEXIST)
		return fd;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		errno = EAGAIN;
	return fd;
}

/* A file that another user could change, or has by another name. */
static bool is_anothers(const struct stat *st)
{
	return st->st_uid != geteuid() || st->st_nlink > 1;
}

/* 1: the number is ours; 0: somebody has it; -EAGAIN: look again; another -errno. */
static int try_number(struct slot *slot, const char *path)
{
	bool made;
	_cleanup_close_ int fd = open_file(path, &made);
	struct stat st;

	if (fd < 0) {
		int err = -errno;

		/* there it is another user's VM, or nothing that we would write to */
		if (err == -EISDIR || err == -ELOOP ||
		    (err == -EACCES && access(path, F_OK) == 0))
			return 0;
		return err;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : -errno;
	if (!is_current(fd, path))
		return -EAGAIN;
	if (is_foreign_qemu(fd))
		return 0;
	/* root can write to a user's file, but does not: he could write to it later */
	if (!made && is_anothers(&st))
		return unlink(path) < 0 ? 0 : -EAGAIN;
	mark(fd);
	slot->fd = TAKE_FD(fd);
	return 1;
}

int slot_take(struct slot *slot, const char *dir)
{
	int err = io_mkdir_p(dir);

	*slot = (struct slot){ .fd = -1 };
	for (unsigned int n = 1; !err && n <= VM_NUMBER_MAX; n++) {
		_cleanup_free_ char *path = slot_path(dir, n);

		/* somebody gives it back just now; not more often than this in a row */
		for (int attempt = 0; attempt < 100; attempt++) {
			err = try_number(slot, path);
			if (err != -EAGAIN)
				break;
		}
		if (err == -EAGAIN)
			err = 0;
		if (err > 0) {
			slot->number = n;
			slot->path = TAKE_PTR(path);
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

	if (info->qemu)
		strbuf_addf(&text, "%d", (int)info->qemu);
	strbuf_addch(&text, '\n');
	if (info->rapido)
		strbuf_addf(&text, "rapido %d\n", (int)info->rapido);
	add_line(&text, "test", info->test);
	add_line(&text, "kernel", info->kernel);
	add_line(&text, "log", info->log);
	if (info->started)
		strbuf_addf(&text, "started %lld\n", (long long)info->started);
	if (ftruncate(slot->fd, 0) < 0 || lseek(slot->fd, 0, SEEK_SET) < 0)
		return -errno;
	return io_write_all(slot->fd, text.buf, text.len);
}

void slot_release(struct slot *slot)
{
	if (slot->fd >= 0) {
		unlink(slot->path);
		close(slot->fd);
	}
	free(slot->path);
	*slot = (struct slot){ .fd = -1 };
}

void slot_tidy(const char *dir, unsigned int number)
{
	_cleanup_free_ char *path = slot_path(dir, number);
	struct slot slot = { .fd = -1 };

	if (access(path, F_OK) == 0 && try_number(&slot, path) == 1)
		slot.path = TAKE_PTR(path);
	slot_release(&slot);
}

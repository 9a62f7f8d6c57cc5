// SPDX-License-Identifier: GPL-2.0-or-later
/* VM numbers by locked pid files. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "log.h"
#include "slot.h"

#define PID_TEXT_MAX 64

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
	char text[PID_TEXT_MAX + 1], comm[32] = "";
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int comm_fd = -1;
	ssize_t len = io_pread_full(fd, text, PID_TEXT_MAX, 0);
	long pid;

	if (len <= 0)
		return false;
	text[len] = '\0';
	pid = isdigit((unsigned char)text[0]) ? strtol(text, NULL, 10) : 0;
	if (pid <= 1)
		return false;
	path = xasprintf("/proc/%ld/comm", pid);
	comm_fd = open(path, O_RDONLY | O_CLOEXEC);
	return comm_fd >= 0 && read(comm_fd, comm, sizeof(comm) - 1) > 0 &&
	       starts_with(comm, "qemu");
}

/* 1: the number is ours; 0: somebody has it; -EAGAIN: look again; another -errno. */
static int try_number(struct slot *slot, const char *path)
{
	_cleanup_close_ int fd =
		open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0) {
		int err = -errno;

		/* there it is another user's VM, or nothing that we would write to */
		if (err == -EISDIR || err == -ELOOP ||
		    (err == -EACCES && access(path, F_OK) == 0))
			return 0;
		return err;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : -errno;
	if (!is_current(fd, path))
		return -EAGAIN;
	if (is_foreign_qemu(fd))
		return 0;
	slot->fd = TAKE_FD(fd);
	return 1;
}

int slot_take(struct slot *slot, const char *dir)
{
	int err = io_mkdir_p(dir);

	*slot = (struct slot){ .fd = -1 };
	for (unsigned int n = 1; !err && n <= SLOT_MAX; n++) {
		_cleanup_free_ char *path = xasprintf("%s/rapido_vm%u.pid", dir, n);

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
			  SLOT_MAX, dir);
	else
		log_error("cannot take a VM number in '%s': %s", dir, err_text(err));
	return err;
}

int slot_set_pid(const struct slot *slot, pid_t pid)
{
	char text[PID_TEXT_MAX];
	int len = snprintf(text, sizeof(text), "%d\n", (int)pid);

	if (ftruncate(slot->fd, 0) < 0 || lseek(slot->fd, 0, SEEK_SET) < 0)
		return -errno;
	return io_write_all(slot->fd, text, (size_t)len);
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

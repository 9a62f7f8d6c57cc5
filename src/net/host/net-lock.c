// SPDX-License-Identifier: GPL-2.0-or-later
/* The lock of those who change the network; its file goes with its last owner. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "net/host/net-lock.h"

#define PAUSE_MS 10
/* Who waits for longer is told why. */
#define PATIENCE_MS 1000

/* Whether @fd is still what @path names: its last owner removes it while it has the lock.
 */
static bool is_current(int fd, const char *path)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && lstat(path, &named) == 0 &&
	       ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

/* A descriptor; -EAGAIN: somebody has it, or gave it back just now; another -errno. */
static int try_lock(const char *path)
{
	_cleanup_close_ int fd =
		open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	return is_current(fd, path) ? TAKE_FD(fd) : -EAGAIN;
}

static int wait_for_lock(const char *path, unsigned int limit_ms)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	uint64_t start = monotonic_ms();
	bool told = false;
	int fd;

	while ((fd = try_lock(path)) == -EAGAIN) {
		uint64_t waited = monotonic_ms() - start;

		if (waited >= PATIENCE_MS && !told) {
			log_info(
				"another rapido is changing the network: waiting for it");
			told = true;
		}
		if (waited >= limit_ms)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
	return fd;
}

int net_lock_take(struct net_lock *lock, const char *path, unsigned int limit_ms)
{
	int fd = wait_for_lock(path, limit_ms);

	*lock = (struct net_lock)NET_LOCK_INIT;
	if (fd == -ETIMEDOUT)
		log_error("another rapido is changing the network: '%s' has been locked "
			  "for %u seconds",
			  path, limit_ms / 1000);
	else if (fd < 0)
		log_error("cannot lock '%s': %s", path, err_text(fd));
	if (fd < 0)
		return fd;
	lock->fd = fd;
	lock->path = xstrdup(path);
	return 0;
}

void net_lock_release(struct net_lock *lock)
{
	if (lock->fd >= 0) {
		unlink(lock->path);
		close(lock->fd);
	}
	free(lock->path);
	*lock = (struct net_lock)NET_LOCK_INIT;
}

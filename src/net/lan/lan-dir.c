// SPDX-License-Identifier: GPL-2.0-or-later
/* The directory of a LAN: its sockets, who may use them, and the remains of killed ports.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "lan-dir.h"
#include "lib/log.h"
#include "lib/path.h"
#include "conf/vm-number.h"
#include "lib/str.h"
#include "lib/unix-socket.h"

#define NAME_MAX_SIZE  sizeof("vm4294967295")
#define LISTEN_BACKLOG VM_NUMBER_MAX

static void name_of(unsigned int number, char name[NAME_MAX_SIZE])
{
	snprintf(name, NAME_MAX_SIZE, "vm%u", number);
}

static int check_private(int dir, const char *path)
{
	struct stat st;

	if (fstat(dir, &st) < 0) {
		log_error("cannot look at '%s': %s", path, err_text(errno));
		return -errno;
	}
	if (st.st_uid != geteuid()) {
		log_error("the private LAN cannot be in '%s': it belongs to another user",
			  path);
		return -EPERM;
	}
	if (st.st_mode & 077) {
		log_error("the private LAN cannot be in '%s': others can enter it; "
			  "use 'chmod 700'",
			  path);
		return -EPERM;
	}
	return 0;
}

int lan_dir_open(const char *path)
{
	_cleanup_free_ char *absolute = path_absolute(path);
	_cleanup_free_ char *clean = path_clean(absolute);
	_cleanup_free_ char *parent = path_dirname(clean);
	_cleanup_close_ int dir = -1;
	int err = io_mkdir_p(parent);

	if (!err && mkdir(clean, 0700) < 0 && errno != EEXIST)
		err = -errno;
	if (!err)
		dir = open(clean, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (!err && dir < 0)
		err = -errno;
	if (err)
		log_error("cannot use '%s' for the private LAN: %s", path, err_text(err));
	else
		err = check_private(dir, path);
	return err ? err : TAKE_FD(dir);
}

static bool is_ours(int fd)
{
	return unix_socket_peer(fd) == geteuid();
}

void lan_dir_leave(int dir, unsigned int number)
{
	char name[NAME_MAX_SIZE];

	name_of(number, name);
	unlinkat(dir, name, 0);
}

int lan_dir_connect(int dir, unsigned int number)
{
	_cleanup_close_ int fd = -1;
	char name[NAME_MAX_SIZE];

	name_of(number, name);
	fd = unix_socket_connect(dir, name);
	if (fd == -ECONNREFUSED)
		lan_dir_leave(dir, number);
	if (fd < 0)
		return fd;
	return is_ours(fd) ? TAKE_FD(fd) : -EACCES;
}

int lan_dir_listen(int dir, unsigned int number)
{
	_cleanup_close_ int other = lan_dir_connect(dir, number);
	char name[NAME_MAX_SIZE];

	/* its queue of connections is full, so it is alive */
	if (other >= 0 || other == -EAGAIN)
		return -EADDRINUSE;
	name_of(number, name);
	return unix_socket_listen(dir, name, SOCK_STREAM, LISTEN_BACKLOG);
}

/* The number in "vmN", or 0. */
static unsigned int number_in(const char *name)
{
	unsigned long number;

	if (!starts_with(name, "vm") || parse_uint(name + 2, 1, VM_NUMBER_MAX, &number))
		return 0;
	return (unsigned int)number;
}

ssize_t lan_dir_list(int dir, unsigned int *numbers, size_t max)
{
	_cleanup_closedir_ DIR *stream = io_open_dir(dir, ".");
	const struct dirent *entry;
	size_t nr = 0;

	if (!stream)
		return -errno;
	while (nr < max && (entry = readdir(stream))) {
		numbers[nr] = number_in(entry->d_name);
		nr += numbers[nr] > 0;
	}
	return (ssize_t)nr;
}

int lan_dir_accept(int listener)
{
	_cleanup_close_ int fd = unix_socket_accept(listener);

	if (fd < 0)
		return fd == -EINTR ? -EAGAIN : fd;
	if (!is_ours(fd))
		return -EACCES;
	return TAKE_FD(fd);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Starts and stops a VM's port of the private LAN. */
#include <errno.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lan-dir.h"
#include "lan-port.h"
#include "lan-process.h"
#include "lib/lockfile.h"
#include "lib/log.h"
#include "conf/vm-number.h"

/* All other VMs of the run wait meanwhile. */
#define JOIN_LIMIT_MS  2000
#define LISTEN_STEP_MS 50
#define TIDY_LIMIT_MS  1000

/* A socket pair for each interface of the VM: @ends get the sides for the VM. */
static int add_interfaces(struct lan_port *port, size_t nr, int *ends)
{
	for (size_t i = 0; i < nr; i++) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
			log_error("cannot make a network interface: %s", err_text(errno));
			return -errno;
		}
		lan_stream_make_room(pair[0]);
		ends[i] = pair[0];
		(void)lan_switch_add(port->sw, pair[1], true);
	}
	return 0;
}

/*
 * Try until the deadline: the port of a VM that was killed may need a moment to end. The
 * directory is unlocked only between two attempts.
 */
static int listen_as(struct lan_port *port, uint64_t deadline)
{
	int err;

	for (;;) {
		port->listener = lan_dir_listen(port->dir, port->number);
		if (port->listener >= 0)
			return 0;
		if (port->listener != -EADDRINUSE || monotonic_ms() >= deadline)
			return port->listener;
		flock(port->dir, LOCK_UN);
		usleep(LISTEN_STEP_MS * 1000);
		err = lockfile_lock(port->dir, deadline);
		if (err)
			return err;
	}
}

static int connect_to_others(struct lan_port *port)
{
	unsigned int numbers[VM_NUMBER_MAX];
	ssize_t nr = lan_dir_list(port->dir, numbers, VM_NUMBER_MAX);
	bool too_many = false;

	for (ssize_t i = 0; i < nr; i++) {
		int fd = numbers[i] == port->number
				 ? -ENOENT
				 : lan_dir_connect(port->dir, numbers[i]);

		if (fd >= 0)
			too_many |= lan_switch_add(port->sw, fd, false) != 0;
		else if (fd != -ENOENT && fd != -ECONNREFUSED)
			log_warn("VM %u cannot be reached on the private LAN: %s",
				 numbers[i],
				 fd == -EAGAIN ? "it does not answer" : err_text(fd));
	}
	if (too_many)
		log_warn("VM %u reaches only %d others on the private LAN", port->number,
			 LAN_PEERS_MAX);
	return nr < 0 ? (int)nr : 0;
}

/* Become one of the LAN's ports. */
static int join(struct lan_port *port, const char *dir)
{
	uint64_t deadline = monotonic_ms() + JOIN_LIMIT_MS;
	int err = lockfile_lock(port->dir, deadline);

	if (!err)
		err = listen_as(port, deadline);
	if (!err)
		err = connect_to_others(port);
	if (err == -EADDRINUSE)
		log_error("there is a VM %u on the private LAN in '%s' already",
			  port->number, dir);
	else if (err)
		log_error("cannot join the private LAN in '%s': %s", dir,
			  err == -EWOULDBLOCK
				  ? "another rapido keeps it locked; try again"
				  : err_text(err));
	if (err && port->listener >= 0)
		lan_dir_leave(port->dir, port->number);
	flock(port->dir, LOCK_UN);
	return err;
}

int lan_start(struct lan *lan, const char *dir, unsigned int slot, size_t nr, int *ends)
{
	struct lan_port port = { .listener = -1, .number = slot };
	pid_t pid = 0;
	int err;

	*lan = (struct lan){ 0 };
	if (nr > LAN_PORTS_MAX) {
		log_error("a VM can have %d interfaces on the private LAN, not %zu",
			  LAN_PORTS_MAX, nr);
		return -EINVAL;
	}
	for (size_t i = 0; i < nr; i++)
		ends[i] = -1;
	port.dir = lan_dir_open(dir);
	if (port.dir < 0)
		return port.dir;
	port.sw = lan_switch_new();
	err = add_interfaces(&port, nr, ends);
	if (!err)
		err = join(&port, dir);
	if (!err) {
		pid = lan_port_start(&port);
		err = pid < 0 ? pid : 0;
	}
	if (pid < 0) {
		log_error("cannot start a process for the private LAN: %s",
			  err_text(err));
		lan_dir_leave(port.dir, port.number);
	}
	lan_switch_free(port.sw);
	if (port.listener >= 0)
		close(port.listener);
	if (!err) {
		*lan = (struct lan){ .pid = pid, .dir = port.dir, .number = slot };
		return 0;
	}
	close(port.dir);
	for (size_t i = 0; i < nr; i++)
		if (ends[i] >= 0)
			close(TAKE_FD(ends[i]));
	return err;
}

/* The port may have been killed. Its socket then refuses connections, and an attempt to
 * connect removes it. */
static void tidy(const struct lan *lan)
{
	int fd;

	/* if it stays locked, the next port does this */
	if (lockfile_lock(lan->dir, monotonic_ms() + TIDY_LIMIT_MS))
		return;
	fd = lan_dir_connect(lan->dir, lan->number);
	if (fd >= 0)
		close(fd);
	flock(lan->dir, LOCK_UN);
}

void lan_stop(struct lan *lan)
{
	if (lan->pid <= 0)
		return;
	lan_process_stop(lan->pid);
	tidy(lan);
	close(lan->dir);
	*lan = (struct lan){ 0 };
}

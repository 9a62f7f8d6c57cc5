// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The dnsmasq of a bridge among all processes: finding it, and ending it and no other.
 * One that names our pid file in its arguments is ours if it goes by the name of dnsmasq
 * and its user is root or dnsmasq's: nobody else can write such arguments. In its pid
 * file's name is the network namespace, so that need not be asked for, as /proc/PID/exe
 * and ns/net could not be by a root without CAP_SYS_PTRACE.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "net/host/dhcp.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/proc.h"

#define CMDLINE_MAX 65536
#define LOOK_MS	    10
/* For all of dhcp_stop(), and what of it is kept for after SIGKILL. */
#define STOP_MS 6000
#define KILL_MS 3000

struct server {
	const char *pid_file;
	uid_t uid;
};

/* What follows @name, as "--range=", in one of the arguments of @pid. Heap, or NULL. */
static char *find_argument(pid_t pid, const char *name)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/cmdline", (int)pid);
	_cleanup_free_ char *text = NULL;
	size_t size, at = 0;

	if (io_read_file(AT_FDCWD, path, CMDLINE_MAX, &text, &size))
		return NULL;
	while (at < size) {
		if (starts_with(text + at, name))
			return xstrdup(text + at + strlen(name));
		at += strlen(text + at) + 1;
	}
	return NULL;
}

/* For proc_signal(): whether @pid is the struct server @data. Of a process of another
 * user the arguments are not even read: he could make us wait for them. */
static int is_it(pid_t pid, const void *data)
{
	_cleanup_free_ char *pid_file = NULL;
	const struct server *server = data;
	struct proc proc;

	if (proc_read(&proc, pid) || !streq(proc.name, "dnsmasq") ||
	    (proc.uid && proc.uid != server->uid))
		return 0;
	pid_file = find_argument(pid, "--pid-file=");
	return pid_file && streq(pid_file, server->pid_file);
}

/* The first one. 0: none. */
static pid_t find(const struct server *server)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc");
	const struct dirent *entry;
	unsigned long pid;

	while (dir && (entry = readdir(dir)))
		if (parse_uint(entry->d_name, 1, INT_MAX, &pid) == 0 &&
		    is_it((pid_t)pid, server))
			return (pid_t)pid;
	return 0;
}

/* Until it is gone, while more than @reserve is left; -ETIMEDOUT. A process that nobody
 * reaps is none. */
static int wait_until_gone(pid_t pid, const struct server *server, unsigned int *left_ms,
			   unsigned int reserve_ms)
{
	do {
		if (*left_ms <= reserve_ms)
			return -ETIMEDOUT;
		usleep(LOOK_MS * 1000);
		*left_ms -= LOOK_MS;
	} while (is_it(pid, server));
	return 0;
}

/* 0 when it is gone; @left_ms is not 0. */
static int end(pid_t pid, const struct server *server, unsigned int *left_ms)
{
	int err = proc_signal(pid, SIGTERM, 0, is_it, server);

	if (!err)
		err = wait_until_gone(pid, server, left_ms, KILL_MS);
	if (err == -ETIMEDOUT) {
		err = proc_signal(pid, SIGKILL, 0, is_it, server);
		if (!err)
			err = wait_until_gone(pid, server, left_ms, 0);
	}
	/* it went by itself; what comes next is not waited for without an end */
	if (err == -ESRCH)
		*left_ms -= LOOK_MS;
	return err == -ESRCH ? 0 : err;
}

int dhcp_stop(const char *bridge, char **why)
{
	_cleanup_free_ char *pid_file = dhcp_pid_file(bridge);
	const struct server server = { .pid_file = pid_file, .uid = dhcp_uid() };
	unsigned int left_ms = STOP_MS;
	pid_t pid;
	int err;

	/* there is one, but another could come while we look */
	while ((pid = find(&server))) {
		err = left_ms ? end(pid, &server, &left_ms) : -ETIMEDOUT;
		if (!err)
			continue;
		*why = xasprintf("cannot end dnsmasq on '%s', process %d: %s", bridge,
				 (int)pid,
				 err == -ETIMEDOUT ? "it does not go" : err_text(err));
		return err;
	}
	/* nothing depends on it */
	if (unlink(pid_file) < 0 && errno != ENOENT)
		log_debug("cannot remove '%s': %s", pid_file, err_text(errno));
	return 0;
}

bool dhcp_runs(const char *bridge, char **range)
{
	_cleanup_free_ char *pid_file = dhcp_pid_file(bridge);
	const struct server server = { .pid_file = pid_file, .uid = dhcp_uid() };
	pid_t pid = find(&server);
	/* it may have ended since, and the number be another's */
	_cleanup_free_ char *found = pid ? find_argument(pid, "--dhcp-range=") : NULL;
	bool runs = found && dhcp_is_range(found);

	if (range)
		*range = runs ? TAKE_PTR(found) : NULL;
	return runs;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A VM's port of the LAN: a process that only moves frames. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lan-dir.h"
#include "lan-port.h"

/* What is polled before the ends and the listener. */
#define POLL_SIGNALS 0
#define POLL_ENDS    1
#define POLL_MAX     (POLL_ENDS + LAN_ENDS_MAX + 1)
/* Connections that are accepted in a row. */
#define ACCEPT_MAX 16
/* After a failure, as of too many open files, the listener is still readable. */
#define ACCEPT_PAUSE_MS 1000

/* The descriptors from @first to @last. */
static void close_from_to(unsigned int first, unsigned int last)
{
	struct rlimit limit = { .rlim_cur = 1024 };

	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	/* before Linux 5.9, and under valgrind */
	getrlimit(RLIMIT_NOFILE, &limit);
	for (unsigned int fd = first; fd <= last && fd < limit.rlim_cur; fd++)
		close((int)fd);
}

static int compare_fds(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return x < y ? -1 : x > y;
}

/* Whoever reads what rapido prints must see its end when rapido has ended. */
static void close_others(const struct lan_port *port)
{
	int keep[2 + LAN_ENDS_MAX], null = open("/dev/null", O_RDWR);
	unsigned int next = STDERR_FILENO + 1;
	size_t nr = 0;

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	keep[nr++] = port->dir;
	keep[nr++] = port->listener;
	for (size_t i = 0; i < port->sw->nr; i++)
		keep[nr++] = port->sw->ends[i].stream.fd;
	qsort(keep, nr, sizeof(keep[0]), compare_fds);
	for (size_t i = 0; i < nr; i++) {
		if (keep[i] < (int)next)
			continue;
		close_from_to(next, (unsigned int)keep[i] - 1);
		next = (unsigned int)keep[i] + 1;
	}
	close_from_to(next, UINT_MAX);
}

/* What rapido was called with may be too low for all other VMs. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* A descriptor for SIGTERM; other signals do what they always do. */
static int take_signals(void)
{
	sigset_t term;

	for (int n = 1; n < NSIG; n++)
		signal(n, SIG_DFL);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_SETMASK, &term, NULL);
	return signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Those above what a port takes are turned away. 0 or -errno. */
static int accept_others(const struct lan_port *port)
{
	for (int i = 0; i < ACCEPT_MAX; i++) {
		int fd = lan_dir_accept(port->listener);

		if (fd >= 0)
			(void)lan_switch_add(port->sw, fd, false);
		else if (fd != -EACCES)
			return fd == -EAGAIN ? 0 : fd;
	}
	return 0;
}

/*
 * An end that nothing is wanted of is left out: its hangup would be told for ever. The
 * @listener, which may be -1, is the last that is looked at, and the first that is
 * served: a frame that was sent after a port had connected goes there, too.
 */
static size_t list_events(const struct lan_port *port, int signals, int listener,
			  struct pollfd *polls)
{
	size_t nr = POLL_ENDS;

	polls[POLL_SIGNALS] = (struct pollfd){ .fd = signals, .events = POLLIN };
	for (size_t i = 0; i < port->sw->nr; i++) {
		const struct lan_end *end = &port->sw->ends[i];
		short events = lan_switch_events(port->sw, end);
		int fd = events ? end->stream.fd : -1;

		polls[nr++] = (struct pollfd){ .fd = fd, .events = events };
	}
	polls[nr++] = (struct pollfd){ .fd = listener, .events = POLLIN };
	return nr;
}

/* Until the switch has something to do, or @other; 0 is never. */
static int timeout_until(const struct lan_switch *sw, uint64_t other)
{
	uint64_t deadline = lan_switch_deadline(sw), now = monotonic_ms();

	if (!deadline || (other && other < deadline))
		deadline = other;
	if (!deadline)
		return -1;
	return deadline > now ? (int)(deadline - now) : 0;
}

static void serve_ends(struct lan_switch *sw, const struct pollfd *polls, size_t nr)
{
	uint64_t now = monotonic_ms();

	for (size_t i = 0; i < nr; i++)
		if (polls[i].revents & (POLLOUT | POLLERR | POLLHUP))
			lan_switch_writable(sw, &sw->ends[i]);
	lan_switch_resume(sw, now);
	for (size_t i = 0; i < nr; i++)
		if (polls[i].revents & (POLLIN | POLLERR | POLLHUP))
			lan_switch_readable(sw, &sw->ends[i], now);
}

static void serve(const struct lan_port *port, int signals)
{
	struct pollfd polls[POLL_MAX];
	uint64_t pause = 0; /* its end */

	while (port->sw->nr_local) {
		bool paused = monotonic_ms() < pause;
		size_t nr =
			list_events(port, signals, paused ? -1 : port->listener, polls);
		int n = poll(polls, nr, timeout_until(port->sw, paused ? pause : 0));

		if (n < 0 && errno != EINTR)
			return;
		if (n < 0)
			continue;
		if (polls[POLL_SIGNALS].revents)
			return;
		if (polls[nr - 1].revents && accept_others(port))
			pause = monotonic_ms() + ACCEPT_PAUSE_MS;
		serve_ends(port->sw, polls + POLL_ENDS, nr - 1 - POLL_ENDS);
	}
}

void lan_port_run(const struct lan_port *port, pid_t parent)
{
	int signals;

	prctl(PR_SET_NAME, "rapido-lan");
	setsid();
	close_others(port);
	raise_limit();
	signals = take_signals();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (signals >= 0 && getppid() == parent)
		serve(port, signals);
	lan_dir_leave(port->dir, port->number);
	_exit(0);
}

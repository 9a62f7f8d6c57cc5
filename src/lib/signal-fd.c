// SPDX-License-Identifier: GPL-2.0-or-later
/* Which signals rapido waits for while VMs run. */
#include <errno.h>
#include <sys/signalfd.h>

#include "lib/signal-fd.h"
#include "lib/util.h"

int signal_fd_open(sigset_t *before, int more)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t set;
	int fd;

	_Static_assert(ARRAY_SIZE(ending) + 1 == SIGNAL_FD_KINDS, "these and SIGCHLD");
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	if (more)
		sigaddset(&set, more);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++) {
		struct sigaction now;

		if (sigaction(ending[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(&set, ending[i]);
	}
	sigprocmask(SIG_BLOCK, &set, before);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

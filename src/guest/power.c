// SPDX-License-Identifier: GPL-2.0-or-later
/* The end of the VM, and how other processes ask the first one for it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "init.h"

static void on_alarm(int sig)
{
	(void)sig;
}

void drain_terminal(int fd)
{
	const struct sigaction interrupt = { .sa_handler = on_alarm };

	/* perhaps nobody reads it */
	sigaction(SIGALRM, &interrupt, NULL);
	alarm(2);
	tcflow(fd, TCOON);
	tcdrain(fd);
	alarm(0);
}

void end_processes(void)
{
	kill(-1, SIGTERM);
	for (int i = 0; i < 20; i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) < 0)
			break; /* none is left */
		usleep(10000);
	}
	kill(-1, SIGKILL);
}

void power_off(int how)
{
	drain_terminal(STDOUT_FILENO);
	reboot(how);
	/* a reset ends the VM as well */
	say("the kernel cannot power off: %s", strerror(errno));
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

/*
 * On these signals systemd(1) ends the machine at once, without any unit files, but after
 * it has unmounted and synced.
 */
int ask_for_end(bool again)
{
	char comm[32] = "";
	bool systemd = read_text("/proc/1/comm", comm, sizeof(comm)) &&
		       strcmp(comm, "systemd\n") == 0;
	int sig = systemd ? SIGRTMIN + (again ? 15 : 14) : again ? SIGTERM : SIGUSR2;

	sync();
	drain_terminal(STDOUT_FILENO);
	/*
	 * The rest of a script that calls us must not run. A shell with a terminal
	 * survives SIGTERM, so we survive it too, for as long as the shell lives; systemd
	 * sends it SIGHUP as well.
	 */
	if (!systemd) {
		signal(SIGTERM, SIG_IGN);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
	if (kill(1, sig) < 0) {
		say("cannot ask the first process to end the VM: %s", strerror(errno));
		return 1;
	}
	sleep(30);
	return 1;
}

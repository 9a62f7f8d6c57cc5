// SPDX-License-Identifier: GPL-2.0-or-later
/* The user's terminal. */
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "io.h"
#include "tty.h"

void tty_save(struct tty *tty)
{
	struct winsize size;

	*tty = (struct tty){ .fd = -1 };
	for (int fd = 0; fd < 3; fd++)
		tty->flags[fd] = fcntl(fd, F_GETFL);
	if (tcgetattr(STDIN_FILENO, &tty->saved) < 0)
		return;
	tty->fd = STDIN_FILENO;
	if (ioctl(tty->fd, TIOCGWINSZ, &size) == 0) {
		tty->rows = size.ws_row;
		tty->cols = size.ws_col;
	}
}

void tty_restore(const struct tty *tty)
{
	static const char sane[] = "\033[?7h\033[?25h";
	sigset_t background, before;

	for (int fd = 0; fd < 3; fd++)
		if (tty->flags[fd] >= 0)
			fcntl(fd, F_SETFL, tty->flags[fd]);
	if (tty->fd < 0)
		return;
	/* also when we are in the background: do not be stopped for it */
	sigemptyset(&background);
	sigaddset(&background, SIGTTOU);
	sigprocmask(SIG_BLOCK, &background, &before);
	tcsetattr(tty->fd, TCSANOW, &tty->saved);
	if (isatty(STDOUT_FILENO))
		(void)io_write_all(STDOUT_FILENO, sane, sizeof(sane) - 1);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

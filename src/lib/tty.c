// SPDX-License-Identifier: GPL-2.0-or-later
/* The user's terminal. */
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/tty.h"

void tty_save(struct tty *tty)
{
	*tty = (struct tty){ .fd = -1 };
	for (int fd = 2; fd >= 0; fd--) {
		tty->flags[fd] = fcntl(fd, F_GETFL);
		if (tcgetattr(fd, &tty->saved) == 0)
			tty->fd = fd;
	}
	tty->attended = tty->fd == STDIN_FILENO;
}

bool tty_size(const struct tty *tty, unsigned short *rows, unsigned short *cols)
{
	struct winsize size;

	if (tty->fd < 0 || ioctl(tty->fd, TIOCGWINSZ, &size) < 0)
		return false;
	*rows = size.ws_row;
	*cols = size.ws_col;
	return true;
}

/*
 * Does not move the cursor of a terminal whose modes are normal: leaving the alternate
 * screen and setting the scrolling region move it, so it is saved before. Sources:
 * xterm's ctlseqs, console_codes(4).
 */
static void write_sane(int fd)
{
	static const char sane[] =
		"\0337\033[?1049l"    /* leave the alternate screen, which restores the
					 cursor */
		"\0337\033[r\0338"    /* scroll the whole screen */
		"\033[4l\033[?5l"     /* overwrite mode; not in reverse */
		"\033[?7h\033[?25h"   /* wrap lines, show the cursor */
		"\033[?1l\033>"	      /* cursor keys and keypad */
		"\033[>4m\033[?2004l" /* plain keys and pasted text */
		/* report neither the mouse nor the focus */
		"\033[?1000l\033[?1002l\033[?1003l\033[?1004l\033[?1006l"
		"\033(B\017\033[0m"; /* ASCII, no attributes */
	const char *term = getenv("TERM");

	if (!term || !streq(term, "dumb"))
		(void)io_write_all(fd, sane, sizeof(sane) - 1);
}

void tty_restore(const struct tty *tty)
{
	sigset_t background, before;
	pid_t foreground;

	for (int fd = 0; fd < 3; fd++)
		if (tty->flags[fd] >= 0)
			fcntl(fd, F_SETFL, tty->flags[fd]);
	if (tty->fd < 0)
		return;
	foreground = tcgetpgrp(tty->fd);
	if (!tty->attended && foreground > 0 && foreground != getpgrp())
		return;
	/* in the background, do not be stopped by SIGTTOU */
	sigemptyset(&background);
	sigaddset(&background, SIGTTOU);
	sigprocmask(SIG_BLOCK, &background, &before);
	write_sane(isatty(STDOUT_FILENO)   ? STDOUT_FILENO
		   : isatty(STDERR_FILENO) ? STDERR_FILENO
					   : tty->fd);
	/* not TCSAFLUSH, which waits for output that may be stopped */
	tcsetattr(tty->fd, TCSANOW, &tty->saved);
	tcflush(tty->fd, TCIFLUSH);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

bool tty_is_plain(int fd)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	return !term || !*term || streq(term, "dumb") || (no_color && *no_color) ||
	       !isatty(fd);
}

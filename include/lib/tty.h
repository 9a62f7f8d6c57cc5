/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's terminal: its size, and restoring it afterwards. */
#ifndef RAPIDO_TTY_H
#define RAPIDO_TTY_H

#include <termios.h>

#include "lib/util.h"

struct tty {
	int fd;	       /* the first of 0, 1, 2 that is a terminal; -1: none is */
	bool attended; /* standard input is a terminal: somebody can type */
	struct termios saved;
	int flags[3]; /* of 0, 1, 2: a VM may make them non-blocking */
};

/*
 * Find out which of standard input, output and error are terminals, and save their modes.
 */
void tty_save(struct tty *tty);

/* The present size of the terminal; false if it is not known. */
bool tty_size(const struct tty *tty, unsigned short *rows, unsigned short *cols);

/*
 * Restore the saved modes and flags, and what programs and firmware change by escape
 * sequences: line wrap, cursor, attributes, character set, alternate screen, scrolling
 * region, keypad, reports of the mouse and of pasted text. Drop pending input: it is the
 * terminal's answer to a question from the guest, not typed for the shell that comes
 * next. If there is no terminal, or if we are in the background, so that others use the
 * terminal, only the flags are restored.
 */
void tty_restore(const struct tty *tty);

/*
 * Whether @fd gets neither colours nor progress: it is no terminal, or one of the kind
 * "dumb" or of no known kind, or the user has set NO_COLOR, see no-color.org.
 */
bool tty_is_plain(int fd);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's terminal: its size, and that it is afterwards as it was before. */
#ifndef RAPIDO_TTY_H
#define RAPIDO_TTY_H

#include <termios.h>

#include "lib/util.h"

struct tty {
	int fd;	       /* the first of 0, 1, 2 that is a terminal; -1: none is */
	bool attended; /* it is standard input: somebody can type */
	struct termios saved;
	int flags[3]; /* of 0, 1, 2: QEMU makes them non-blocking for all who share them
		       */
};

/* Look at standard input, output and error: is one a terminal, in which modes. */
void tty_save(struct tty *tty);

/* The present size of the terminal; false when it is not known. */
bool tty_size(const struct tty *tty, unsigned short *rows, unsigned short *cols);

/*
 * Bring back modes and flags as they were saved, and what programs and firmware switch by
 * escape sequences: line wrap, cursor, attributes, character set, alternate screen,
 * scrolling region, keypad, reports of the mouse and of pasted text. Drop what waits to
 * be read: it is the terminal's answer to a question of the guest's, not typed for the
 * shell that comes next. Nothing without a terminal but the flags, and nothing to a
 * terminal that others use by now, as we are in the background and nobody could type to
 * us.
 */
void tty_restore(const struct tty *tty);

#endif

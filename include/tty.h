/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's terminal: its size, and that it is afterwards as it was before. */
#ifndef RAPIDO_TTY_H
#define RAPIDO_TTY_H

#include <termios.h>

#include "util.h"

struct tty {
	int fd; /* the terminal, or -1: there is none */
	struct termios saved;
	int flags[3]; /* of 0, 1, 2: QEMU makes them non-blocking for all who share them
		       */
	unsigned short rows, cols;
};

/* Look at standard input: is it a terminal, of which size, in which modes. */
void tty_save(struct tty *tty);

/*
 * Bring back modes and flags as they were saved, show the cursor, and switch automatic
 * line wrap on, which the guest's firmware switches off. Nothing without a terminal but
 * the flags.
 */
void tty_restore(const struct tty *tty);

#endif

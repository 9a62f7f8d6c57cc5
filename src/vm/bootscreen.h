/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A filter for a VM's console before its kernel runs. Some firmware cannot be kept off
 * the console, where it clears the screen and switches line wrap off.
 */
#ifndef RAPIDO_BOOTSCREEN_H
#define RAPIDO_BOOTSCREEN_H

#include "lib/str.h"

struct bootscreen {
	bool kernel;	   /* the kernel, or what it has started, writes */
	uint64_t until_ms; /* when that is assumed anyway, see monotonic_ms() */
	uint64_t usec;	   /* the kernel's last time stamp */
	int sequence;	   /* where in an escape sequence the firmware is */
	struct strbuf line;
};

/* Longer than firmware runs, for a kernel that is silent on its console. */
#define BOOTSCREEN_MS 120000

void bootscreen_init(struct bootscreen *screen);
void bootscreen_release(struct bootscreen *screen);

/*
 * Append to @out the part of @data that the terminal gets. Of the firmware's output that
 * is text and line ends, without escape sequences. The kernel is recognised by "Linux
 * version " or by a time stamp at a line's beginning. Its messages before a restart
 * (kernel/reboot.c, kernel/panic.c) announce firmware again, and an earlier time stamp
 * the next kernel.
 */
void bootscreen_add(struct bootscreen *screen, const char *data, size_t size,
		    struct strbuf *out);

/* The guest's first process runs: filter no more. */
void bootscreen_skip(struct bootscreen *screen);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a VM writes to the user's terminal before its kernel does. Firmware that cannot be
 * kept off the console draws there: it clears the screen and switches line wrap off.
 */
#ifndef RAPIDO_BOOTSCREEN_H
#define RAPIDO_BOOTSCREEN_H

#include "lib/str.h"

struct bootscreen {
	bool kernel;	   /* it is the kernel, or what came after it, that writes */
	uint64_t until_ms; /* after this it is taken for that, see monotonic_ms() */
	uint64_t usec;	   /* the last time stamp of the kernel's */
	int sequence;	   /* of the firmware: where in an escape sequence it is */
	struct strbuf line;
};

/* Longer than firmware takes, for a kernel that says nothing on its console. */
#define BOOTSCREEN_MS 120000

void bootscreen_init(struct bootscreen *screen);
void bootscreen_release(struct bootscreen *screen);

/*
 * Append to @out what the terminal gets of @data. Of the firmware's that is text alone:
 * no escape sequences, and of the control characters those that end a line. The kernel is
 * known by "Linux version " or by the time stamp of a line; that there will be firmware
 * again, by what it says before a restart (kernel/reboot.c, kernel/panic.c), and its
 * successor by an earlier time.
 */
void bootscreen_add(struct bootscreen *screen, const char *data, size_t size,
		    struct strbuf *out);

/* The guest's first process is there. */
void bootscreen_skip(struct bootscreen *screen);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line on the user's terminal about what takes long, which is gone as soon as
 * anything else is written there: "booting 6.12.0 ... 1.8 s". There is one task at a time
 * in the whole program. Messages (log.h), results (out.h) and what a VM says (sink.h)
 * make way for themselves.
 */
#ifndef RAPIDO_LIVE_H
#define RAPIDO_LIVE_H

#include "lib/util.h"

/* Milliseconds that a task may take without a line, and between two lines. */
#define LIVE_AFTER_MS 1000
#define LIVE_EVERY_MS 200

/*
 * What is being done from now on, a phrase without a newline. The clock starts, or goes
 * on if a task was being done already. Nothing is shown unless standard error is a
 * terminal that is not plain, see tty.h, and messages are neither fewer (-q) nor more
 * (-v) than usual.
 */
void live_say(const char *fmt, ...) _printf_(1, 2);

/* The same, but @line is shown as it is, and no time is added to it. */
void live_set(const char *line);

/*
 * Show the line if it is time for that; to be called often. What does not fit into the
 * terminal's width is left out. Nothing is shown in the background, nor in the middle of
 * a line of output, nor after output that has moved the cursor.
 */
void live_tick(void);

/* A timeout for poll(2) of a loop that calls live_tick(): @timeout, or less. */
int live_timeout(int timeout);

/* The task is done: erase the line, and stop the clock. */
void live_end(void);

/* Make way for a message, which is a whole line: erase the line. */
void live_clear(void);

/* Make way for @size bytes of output on the terminal. */
void live_output(const char *data, size_t size);

#endif

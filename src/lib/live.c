// SPDX-License-Identifier: GPL-2.0-or-later
/* Each line is written over the one before: from column 0, and erased to its end. */
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/live.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/tty.h"
#include "lib/utf8.h"

static struct live {
	bool shown;
	bool in_line, moved; /* where output has left the cursor */
	struct strbuf text;  /* empty: there is no task */
	bool whole;	     /* nothing is added to it */
	uint64_t since, last;
} live = { .text = STRBUF_INIT };

/* Make room for a new text. Whether one is shown at all. */
static bool begin(void)
{
	if (!log_enabled(LOG_INFO) || log_enabled(LOG_DEBUG) ||
	    tty_is_plain(STDERR_FILENO))
		return false;
	if (!live.text.len)
		live.since = monotonic_ms();
	strbuf_setlen(&live.text, 0);
	return true;
}

void live_say(const char *fmt, ...)
{
	va_list ap;

	if (!begin())
		return;
	live.whole = false;
	va_start(ap, fmt);
	strbuf_vaddf(&live.text, fmt, ap);
	va_end(ap);
}

void live_set(const char *line)
{
	if (!begin())
		return;
	live.whole = true;
	strbuf_adds(&live.text, line);
}

static void show(uint64_t ms)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT, line = STRBUF_INIT;
	struct winsize size = { 0 };

	strbuf_adds(&text, live.text.buf);
	if (!live.whole)
		strbuf_addf(&text, " ... %.1f s", (double)ms / 1000);
	strbuf_addch(&line, '\r');
	strbuf_add_visible(&line, text.buf);
	/* in the last column the terminal would wrap */
	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	if (size.ws_col && line.len > size.ws_col)
		strbuf_setlen(&line, utf8_whole(line.buf, size.ws_col));
	strbuf_adds(&line, "\033[K");
	(void)io_write_all(STDERR_FILENO, line.buf, line.len);
	live.shown = true;
}

void live_tick(void)
{
	uint64_t now;
	pid_t foreground;

	if (!live.text.len || live.in_line || live.moved)
		return;
	now = monotonic_ms();
	if (now - live.since < LIVE_AFTER_MS || now - live.last < LIVE_EVERY_MS)
		return;
	live.last = now;
	foreground = tcgetpgrp(STDERR_FILENO);
	if (foreground < 0 || foreground == getpgrp())
		show(now - live.since);
}

int live_timeout(int timeout)
{
	if (!live.text.len || (timeout >= 0 && timeout < LIVE_EVERY_MS))
		return timeout;
	return LIVE_EVERY_MS;
}

void live_end(void)
{
	live_clear();
	strbuf_setlen(&live.text, 0);
}

void live_clear(void)
{
	if (!live.shown)
		return;
	live.shown = false;
	(void)io_write_all(STDERR_FILENO, "\r\033[K", 4);
}

void live_output(const char *data, size_t size)
{
	if (!size)
		return;
	live_clear();
	live.in_line = data[size - 1] != '\n';
	live.moved |= memchr(data, '\033', size) != NULL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Each message is written with a single write(2), so that lines do not mix. */
#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/live.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/tty.h"
#include "lib/utf8.h"

static const char *log_name = "rapido";
static enum log_level log_level = LOG_INFO;

void log_set_name(const char *name)
{
	log_name = name;
}

void log_set_level(enum log_level level)
{
	log_level = level;
}

bool log_enabled(enum log_level level)
{
	return level <= log_level;
}

/* @colour: the terminal's sequence for it, or "". */
static void log_va(enum log_level level, const char *colour, const char *prefix,
		   const char *fmt, va_list ap)
{
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT, text = STRBUF_INIT;
	int saved = errno;

	if (!log_enabled(level))
		return;
	strbuf_addf(&line, "%s%s: %s", colour, log_name, prefix);
	strbuf_vaddf(&text, fmt, ap);
	strbuf_add_visible(&line, text.buf);
	strbuf_adds(&line, *colour ? "\033[0m\n" : "\n");
	live_clear();
	(void)io_write_all(STDERR_FILENO, line.buf, line.len);
	errno = saved;
}

#define DEFINE_LOG(fn, level, prefix)               \
	void fn(const char *fmt, ...)               \
	{                                           \
		va_list ap;                         \
                                                    \
		va_start(ap, fmt);                  \
		log_va(level, "", prefix, fmt, ap); \
		va_end(ap);                         \
	}

DEFINE_LOG(log_error, LOG_ERROR, "")
DEFINE_LOG(log_warn, LOG_WARN, "warning: ")
DEFINE_LOG(log_info, LOG_INFO, "")
DEFINE_LOG(log_debug, LOG_DEBUG, "")

void log_text(const char *text, size_t size)
{
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT;

	strbuf_add_visible_text(&shown, text, size);
	live_clear();
	(void)io_write_all(STDERR_FILENO, shown.buf, shown.len);
}

void log_verdict(bool good, const char *fmt, ...)
{
	const char *colour = tty_is_plain(STDERR_FILENO) ? ""
			     : good			 ? "\033[32m"
							 : "\033[31m";
	va_list ap;

	va_start(ap, fmt);
	log_va(good ? LOG_INFO : LOG_ERROR, colour, "", fmt, ap);
	va_end(ap);
}

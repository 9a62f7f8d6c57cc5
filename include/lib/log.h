/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages for the user on standard error, one line each: `rapido: what failed`. The code
 * below the commands has no other way to print. The level and the name are the only state
 * that the whole program shares.
 */
#ifndef RAPIDO_LOG_H
#define RAPIDO_LOG_H

#include "lib/util.h"

enum log_level {
	LOG_ERROR, /* something failed */
	LOG_WARN,  /* something may not work as expected; not printed with -q */
	LOG_INFO,  /* what the user wants to know; not printed with -q */
	LOG_DEBUG, /* how something was decided; only printed with -v */
};

/* The name before the colon; @name is kept, not copied. Initially "rapido". */
void log_set_name(const char *name);

/* Messages above @level are dropped. Initially LOG_INFO. */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/*
 * Print one message: lower case, no full stop, no newline, the subject in single quotes.
 * errno is preserved.
 */
void log_error(const char *fmt, ...) _printf_(1, 2);
void log_warn(const char *fmt, ...) _printf_(1, 2);
void log_info(const char *fmt, ...) _printf_(1, 2);
void log_debug(const char *fmt, ...) _printf_(1, 2);

/*
 * Print @size bytes of what somebody else has said, lines that explain a message: as
 * strbuf_add_visible_text() shows them, and whatever the level is.
 */
void log_text(const char *text, size_t size);

/* A message for what decides: LOG_INFO, green on a terminal, if it is @good, else
 * LOG_ERROR and red. */
void log_verdict(bool good, const char *fmt, ...) _printf_(2, 3);

#endif

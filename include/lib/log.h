/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages for the user, all on standard error, one line each: `rapido: what failed`.
 * Below the commands this is the only way to say something. The level and the name are
 * the one piece of state that the whole program shares.
 */
#ifndef RAPIDO_LOG_H
#define RAPIDO_LOG_H

#include "lib/util.h"

enum log_level {
	LOG_ERROR, /* it failed */
	LOG_WARN,  /* it goes on, but perhaps not as expected; not with -q */
	LOG_INFO,  /* what the user would want to know; not with -q */
	LOG_DEBUG, /* how it was decided; only with -v */
};

/* The name before the colon; @name is kept, not copied. Initially "rapido". */
void log_set_name(const char *name);

/* Messages above @level are dropped. Initially LOG_INFO. */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/*
 * Print one message. No full stop, no newline, lower case, subject in single quotes.
 * errno is preserved.
 */
void log_error(const char *fmt, ...) _printf_(1, 2);
void log_warn(const char *fmt, ...) _printf_(1, 2);
void log_info(const char *fmt, ...) _printf_(1, 2);
void log_debug(const char *fmt, ...) _printf_(1, 2);

/* The text for @err (a positive or negative errno value), in lower case: "no such file".
 */
const char *err_text(int err);

#endif

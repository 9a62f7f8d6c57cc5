/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For fuzzers of what has a message for each wrong input: these are linked in place of
 * those of lib/log.c, and make no text of the message either.
 */
#ifndef RAPIDO_FUZZ_QUIET_H
#define RAPIDO_FUZZ_QUIET_H

#include "lib/log.h"

#define QUIET(fn)                     \
	void fn(const char *fmt, ...) \
	{                             \
		(void)fmt;            \
	}

QUIET(log_error)
QUIET(log_warn)
QUIET(log_info)
QUIET(log_debug)

void log_verdict(bool good, const char *fmt, ...)
{
	(void)good;
	(void)fmt;
}

void log_text(const char *text, size_t size)
{
	(void)text;
	(void)size;
}

bool log_enabled(enum log_level level)
{
	(void)level;
	return false;
}

void log_set_level(enum log_level level)
{
	(void)level;
}

void log_set_name(const char *name)
{
	(void)name;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's log of a VM whose console is the user's: what the console shows before
 * that, and then the records that the guest sends. `rapido log` prints the file while the
 * VM runs.
 */
#ifndef RAPIDO_CONSOLE_LOG_H
#define RAPIDO_CONSOLE_LOG_H

#include "lib/str.h"

/* Bytes after which the file begins anew: what a guest says must not fill the disk. */
#define CONSOLE_LOG_MAX (16 << 20)

struct console_log {
	int fd;		    /* -1: there is none */
	size_t size;	    /* bytes in the file */
	struct strbuf last; /* of these, the last lines */
};

#define CONSOLE_LOG_INIT                       \
	{                                      \
		.fd = -1, .last = STRBUF_INIT, \
	}

/* Create the file @path, which only its user may read; another one of that name is
 * removed. 0 or -errno. */
int console_log_open(struct console_log *log, const char *path);
void console_log_release(struct console_log *log);

/* Append what the console has shown. Errors are ignored: the log is a convenience. */
void console_log_add(struct console_log *log, const char *data, size_t size);

/* Append @size bytes of records as WIRE_KMSG has them, as lines "[    1.234567] text". */
void console_log_records(struct console_log *log, const char *records, size_t size);

/* Whether the kernel has panicked in the last lines. */
bool console_log_has_panic(const struct console_log *log);

/* Print the last lines on standard error, and forget them. */
void console_log_show(struct console_log *log);

#endif

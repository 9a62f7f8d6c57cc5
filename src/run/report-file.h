/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a run that the user has asked for, --junit FILE, and the status as JSON
 * on standard output. */
#ifndef RAPIDO_REPORT_FILE_H
#define RAPIDO_REPORT_FILE_H

#include "lib/str.h"

struct report_file {
	const char *path; /* the user's word, borrowed; NULL: none is wanted */
	int fd;
	char *tmp; /* its name until it is complete; NULL: it is a stream */
};

#define REPORT_FILE_INIT \
	{                \
		.fd = -1 \
	}

/*
 * Before the first run: after an hour it would be too late to find that the file cannot
 * be made. A fifo or a terminal is written to, a regular file is replaced. 0, or -errno
 * after a message. @path may be NULL.
 */
int report_file_open(struct report_file *file, const char *path);

/*
 * Write the complete report. A fifo's reader may be slow, or not there yet: @interrupted,
 * called with @data when @signals is readable, tells whether to give up. 0, or -errno
 * after a message.
 */
int report_file_write(struct report_file *file, const struct strbuf *text, int signals,
		      bool (*interrupted)(void *data), void *data);
void report_file_release(struct report_file *file);

/* Print the status on standard output; for a terminal, control characters are escaped.
 * 0, or -errno after a message. */
int report_print_json(const struct strbuf *json);

#endif

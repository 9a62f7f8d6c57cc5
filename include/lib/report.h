/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collected messages about what is wrong with a request. Parsers and resolvers go on
 * after a problem, so that the user sees all problems at once; the commands decide where
 * they are printed.
 */
#ifndef RAPIDO_REPORT_H
#define RAPIDO_REPORT_H

#include "lib/str.h"

struct report {
	struct strvec errors;
	struct strvec warnings;
};

#define REPORT_INIT                                            \
	{                                                      \
		.errors = STRVEC_INIT, .warnings = STRVEC_INIT \
	}

void report_release(struct report *report);

/*
 * Add one message, in the form that log_error() requires. A message that was added before
 * is not added again. report_error() returns -EINVAL, for `return report_error(...)`.
 */
int report_error(struct report *report, const char *fmt, ...) _printf_(2, 3);
void report_warn(struct report *report, const char *fmt, ...) _printf_(2, 3);

/*
 * Pass all messages to the log, warnings first, and empty the report. Returns the number
 * of errors.
 */
size_t report_flush(struct report *report);

#endif

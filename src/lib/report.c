// SPDX-License-Identifier: GPL-2.0-or-later
/* Collected messages. */
#include <errno.h>

#include "lib/log.h"
#include "lib/report.h"

void report_release(struct report *report)
{
	strvec_release(&report->errors);
	strvec_release(&report->warnings);
}

static void add_once(struct strvec *messages, const char *fmt, va_list ap)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	strbuf_vaddf(&text, fmt, ap);
	if (!strvec_has(messages, text.buf))
		strvec_push(messages, text.buf);
}

int report_error(struct report *report, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_once(&report->errors, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

void report_warn(struct report *report, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_once(&report->warnings, fmt, ap);
	va_end(ap);
}

size_t report_flush(struct report *report)
{
	size_t nr = report->errors.nr;

	for (size_t i = 0; i < report->warnings.nr; i++)
		log_warn("%s", report->warnings.v[i]);
	for (size_t i = 0; i < nr; i++)
		log_error("%s", report->errors.v[i]);
	report_release(report);
	return nr;
}

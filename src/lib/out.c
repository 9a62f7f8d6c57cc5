// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Standard output. A terminal is written to at once and without stdio: a VM may have made
 * it non-blocking, and then stdio loses what does not fit.
 */
#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/live.h"
#include "lib/out.h"
#include "lib/str.h"
#include "lib/utf8.h"

static int out_error;

static int note(int err)
{
	if (err && !out_error)
		out_error = err;
	return err;
}

static int write_visible(const char *data, size_t size)
{
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT;

	live_clear();
	if (fflush(stdout))
		return -errno;
	strbuf_add_visible_text(&shown, data, size);
	return io_write_all(STDOUT_FILENO, shown.buf, shown.len);
}

int out_write(const char *data, size_t size)
{
	if (isatty(STDOUT_FILENO))
		return note(write_visible(data, size));
	errno = 0;
	if (fwrite(data, 1, size, stdout) == size)
		return 0;
	return note(errno ? -errno : -EIO);
}

void out_print(const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	out_write(text.buf, text.len);
}

int out_flush(void)
{
	if (fflush(stdout))
		note(errno ? -errno : -EIO);
	if (ferror(stdout))
		note(-EIO);
	return out_error;
}

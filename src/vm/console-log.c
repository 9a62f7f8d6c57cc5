// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's log of a VM whose console is the user's. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "console-log.h"
#include "lib/io.h"
#include "lib/log.h"

/* Bytes of the last lines. */
#define LAST_MAX 4096

int console_log_open(struct console_log *log, const char *path)
{
	unlink(path);
	log->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return log->fd < 0 ? -errno : 0;
}

void console_log_release(struct console_log *log)
{
	if (log->fd >= 0)
		close(TAKE_FD(log->fd));
	strbuf_release(&log->last);
}

void console_log_add(struct console_log *log, const char *data, size_t size)
{
	if (log->size + size > CONSOLE_LOG_MAX) {
		(void)!ftruncate(log->fd, 0);
		log->size = 0;
	}
	(void)io_write_all(log->fd, data, size);
	log->size += size;
	strbuf_add(&log->last, data, size);
	if (log->last.len > 4 * LAST_MAX)
		strbuf_drop(&log->last, log->last.len - LAST_MAX);
}

/*
 * A record is "PRIORITY,NUMBER,MICROSECONDS,FLAGS;TEXT\n", with more lines that begin
 * with a blank: Documentation/ABI/testing/dev-kmsg.
 */
static void add_record(struct strbuf *text, const char *record)
{
	const char *begin = strchr(record, ';');
	unsigned long long usec;

	if (!begin || sscanf(record, "%*u,%*u,%llu", &usec) != 1)
		return;
	strbuf_addf(text, "[%5llu.%06llu] %.*s\n", usec / 1000000, usec % 1000000,
		    (int)strcspn(begin + 1, "\n"), begin + 1);
}

void console_log_records(struct console_log *log, const char *records, size_t size)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	while (size) {
		size_t len = strnlen(records, size);
		/* the guest need not have ended the last one */
		_cleanup_free_ char *record = xstrndup(records, len);

		add_record(&text, record);
		len += len < size;
		records += len;
		size -= len;
	}
	if (text.len)
		console_log_add(log, text.buf, text.len);
}

bool console_log_has_panic(const struct console_log *log)
{
	/* panic() of kernel/panic.c */
	return strstr(log->last.buf, "Kernel panic - not syncing: ") != NULL;
}

void console_log_show(struct console_log *log)
{
	size_t skip = log->last.len > LAST_MAX ? log->last.len - LAST_MAX : 0;

	/* from the beginning of a line */
	while (skip && skip < log->last.len && log->last.buf[skip - 1] != '\n')
		skip++;
	log_text(log->last.buf + skip, log->last.len - skip);
	strbuf_setlen(&log->last, 0);
}

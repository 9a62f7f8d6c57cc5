// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes the report of a run where the user wants it. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/sink.h"
#include "lib/utf8.h"
#include "report-file.h"

/* Milliseconds to wait for the reader of a fifo. */
#define READER_MS 5000

/* Make a new file beside the path, with a name that cannot be predicted. */
static int make_file(struct report_file *file)
{
	static const char suffix[] = ".rapido-tmp";

	file->tmp = xasprintf("%s.XXXXXX%s", file->path, suffix);
	file->fd = mkostemps(file->tmp, sizeof(suffix) - 1, O_CLOEXEC);
	if (file->fd < 0) {
		int err = -errno;

		free(TAKE_PTR(file->tmp));
		return err;
	}
	/* as any other new file; some file systems have no modes */
	(void)!fchmod(file->fd, 0666 & ~io_umask());
	return 0;
}

/* A fifo without a reader is no error yet: there may be one when it is written. */
static int open_stream(struct report_file *file)
{
	file->fd = open(file->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return file->fd < 0 && errno != ENXIO ? -errno : 0;
}

int report_file_open(struct report_file *file, const char *path)
{
	struct stat st;
	int err;

	*file = (struct report_file){ .path = path, .fd = -1 };
	if (!path)
		return 0;
	/* a fifo or /dev/stdout is written to, a regular file is replaced */
	if (stat(path, &st) < 0 || S_ISREG(st.st_mode))
		err = make_file(file);
	else
		err = open_stream(file);
	if (err)
		log_error("cannot write '%s': %s", path, err_text(err));
	return err;
}

/* Write to a fifo or terminal, whose reader may be slow, or not there yet. */
static int write_stream(struct report_file *file, const struct strbuf *text, int signals,
			bool (*interrupted)(void *data), void *data)
{
	uint64_t until = monotonic_ms() + READER_MS;
	struct sink sink;
	int err;

	while (file->fd < 0) {
		err = open_stream(file);
		if (err)
			return err;
		if (file->fd < 0 && monotonic_ms() > until)
			return -ENXIO;
		if (file->fd < 0)
			usleep(20000);
	}
	sink_init(&sink, file->fd);
	sink_add(&sink, text->buf, text->len);
	/* a child's end, which is also among the signals, does not matter */
	do
		err = sink_finish(&sink, -1, signals);
	while (err == -EINTR && !interrupted(data));
	sink_release(&sink);
	return err;
}

static int write_file(struct report_file *file, const struct strbuf *text)
{
	int err = io_write_all(file->fd, text->buf, text->len);

	if (close(TAKE_FD(file->fd)) < 0 && !err)
		err = -errno;
	if (!err && rename(file->tmp, file->path) < 0)
		err = -errno;
	if (!err)
		free(TAKE_PTR(file->tmp));
	return err;
}

int report_file_write(struct report_file *file, const struct strbuf *text, int signals,
		      bool (*interrupted)(void *data), void *data)
{
	int err = file->tmp ? write_file(file, text)
			    : write_stream(file, text, signals, interrupted, data);

	if (err)
		log_error("cannot write '%s': %s", file->path,
			  err == -ENXIO ? "nobody reads it" : err_text(err));
	return err;
}

void report_file_release(struct report_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	if (file->tmp)
		unlink(file->tmp);
	free(file->tmp);
	*file = (struct report_file)REPORT_FILE_INIT;
}

int report_print_json(const struct strbuf *json)
{
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT;
	const struct strbuf *text = json;
	int err;

	if (isatty(STDOUT_FILENO)) {
		utf8_add_json(&shown, json->buf, json->len);
		text = &shown;
	}
	err = io_write_all(STDOUT_FILENO, text->buf, text->len);
	if (err)
		log_error("cannot write to standard output: %s", err_text(err));
	return err;
}

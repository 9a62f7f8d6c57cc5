// SPDX-License-Identifier: GPL-2.0-or-later
/* Logs of a run: the files, and what the console and the kernel's log tell. */
#include <errno.h>
#include <unistd.h>

#include "guest-parts.h"
#include "lib/io.h"
#include "lib/log.h"

/* Of the console and of the kernel's log, what the user is shown in the end. */
#define CONSOLE_KEPT 8192
/* What is kept of a line of the guest's first process. */
#define LINE_KEPT 500
/* What rapido.rc writes to /dev/kmsg before each script. */
#define SCRIPT_STARTS "rapido: starting /rapido_autorun/"

static void host_failed(struct conversation *talk, const char *name, int err)
{
	struct run_record *record = talk->record;

	if (record->host_error)
		return;
	record->host_error = xasprintf("cannot write '%s': %s", name, err_text(err));
	log_error("%s", record->host_error);
}

static void open_log(struct conversation *talk, struct log_file *log, unsigned int which)
{
	const struct conversation_options *options = talk->options;
	struct run_log *about = &talk->record->logs[which];
	int fd = rundir_create(options->dir, about->name);

	log->log = about;
	capfile_init(&log->file, fd < 0 ? -1 : fd, options->dir->fd,
		     options->log_max ? options->log_max : RUN_LOG_MAX);
	if (fd < 0)
		host_failed(talk, about->name, fd);
}

void guest_log_write(struct conversation *talk, struct log_file *log, const void *data,
		     size_t size)
{
	int err = log->file.fd < 0 ? 0 : capfile_write(&log->file, data, size);

	if (!err)
		return;
	host_failed(talk, log->log->name, err);
	capfile_release(&log->file);
}

static void close_log(struct conversation *talk, struct log_file *log)
{
	int err = capfile_finish(&log->file);

	if (err)
		host_failed(talk, log->log->name, err);
	log->log->bytes = log->file.bytes;
	log->log->left_out = capfile_left_out(&log->file);
}

/*
 * The case that a line of the kernel's log belongs to, which need not have begun here
 * yet: the log and the agent's frames take different ways. But before the agent tells of
 * a script, rapido.rc does so in the log.
 */
static size_t case_index(const struct conversation *talk)
{
	const struct run_record *record = talk->record;
	size_t nr = record->nr_cases;

	if (talk->announced)
		return talk->announced - 1;
	return nr && !record->cases[nr - 1].ended ? nr - 1 : SIZE_MAX;
}

/* Lines that got torn on the console may come twice: the number in the name counts. */
static bool note_script(struct conversation *talk, const struct klog_line *line)
{
	unsigned long number;

	if (!starts_with(line->text, SCRIPT_STARTS))
		return false;
	number = strtoul(line->text + sizeof(SCRIPT_STARTS) - 1, NULL, 10);
	if (number < talk->announced || number >= WIRE_CASES_MAX)
		return true;
	talk->announced = number + 1;
	talk->script_usec = line->usec;
	strbuf_setlen(&talk->said, 0);
	return true;
}

/*
 * That the kernel had no room for the image: init/initramfs.c, and mm/oom_kill.c where no
 * process is there that could be killed. Not behind a fault, which may be why.
 */
static void note_unpacking(struct conversation *talk, const char *line)
{
	static const char *const words[] = {
		"Initramfs unpacking failed: ",
		"rootfs image is not initramfs (",
		"Kernel panic - not syncing: System is deadlocked on memory",
	};
	struct run_record *record = talk->record;

	if (record->unpack_error || record->nr_cases || talk->announced ||
	    record->faults.counted ||
	    faults_pending(&record->faults, conversation_ms(talk)))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(words) && !record->unpack_error; i++)
		if (starts_with(line, words[i]))
			record->unpack_error = xstrdup(line);
}

/* Lines of several VMs would not be known apart. */
static void show_marked(struct conversation *talk, const char *data, size_t size)
{
	const char *mark = talk->options->mark;

	while (size) {
		const char *newline = memchr(data, '\n', size);
		size_t len = newline ? (size_t)(newline - data) + 1 : size;

		if (!talk->in_line) {
			sink_add(&talk->err, mark, strlen(mark));
			sink_add(&talk->err, ": ", 2);
		}
		sink_add(&talk->err, data, len);
		talk->in_line = !newline;
		data += len;
		size -= len;
	}
}

/* ESC, CSI, and the change to another character set. */
static bool has_controls(const char *data, size_t size)
{
	return memchr(data, '\033', size) || memchr(data, '\x9b', size) ||
	       memchr(data, '\016', size);
}

void guest_show(struct conversation *talk, struct sink *sink, const char *data,
		size_t size)
{
	struct run_record *record = talk->record;

	if (!record->drove_terminal && has_controls(data, size))
		record->drove_terminal = isatty(sink->fd);
	if (talk->options->mark)
		show_marked(talk, data, size);
	else
		sink_add(sink, data, size);
}

static void show_kernel_line(struct conversation *talk, const struct strbuf *line)
{
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT;

	if (!isatty(talk->err.fd)) {
		guest_show(talk, &talk->err, line->buf, line->len);
		return;
	}
	strbuf_add_visible_text(&shown, line->buf, line->len);
	guest_show(talk, &talk->err, shown.buf, shown.len);
}

static void keep_last(struct strbuf *kept, const char *data, size_t size)
{
	strbuf_add(kept, data, size);
	if (kept->len < 8 * CONSOLE_KEPT)
		return;
	memmove(kept->buf, kept->buf + kept->len - CONSOLE_KEPT, CONSOLE_KEPT);
	strbuf_setlen(kept, CONSOLE_KEPT);
}

/* A line of the kernel's log. */
void guest_kernel_line(void *data, const struct klog_line *line)
{
	struct conversation *talk = data;
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "[%5llu.%06llu] %s\n",
		    (unsigned long long)(line->usec / 1000000),
		    (unsigned long long)(line->usec % 1000000), line->text);
	guest_log_write(talk, &talk->kernel_log, text.buf, text.len);
	if (talk->options->show_log)
		show_kernel_line(talk, &text);
	/* one of the two ways of the log may be slow to bring what was before it */
	if (!note_script(talk, line) && line->usec >= talk->script_usec)
		keep_last(&talk->said, text.buf, text.len);
	if (line->origin == KLOG_USER)
		return;
	note_unpacking(talk, line->text);
	ktap_line(&talk->ktap, &talk->klog, line, &talk->record->ktap);
	faults_line(&talk->record->faults, line, conversation_ms(talk), case_index(talk));
}

/* The console had brought it before, and faults_line() has taken it for the kernel's. */
void guest_line_settled(void *data, const struct klog_line *line)
{
	struct conversation *talk = data;
	struct faults *faults = &talk->record->faults;

	ktap_settle(&talk->ktap, line);
	if (line->origin == KLOG_USER)
		faults_disown(faults, line);
	else
		faults_confirm(faults, line);
}

/* What the guest's first process could not do is said to the user as well. */
static void take_line(struct conversation *talk)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	const char *mark = talk->options->mark;

	if (starts_with(talk->line.buf, WIRE_INIT_SAYS)) {
		strbuf_add_visible(&text, talk->line.buf + sizeof(WIRE_INIT_SAYS) - 1);
		log_warn("%s: %s", mark ? mark : "in the VM", text.buf);
	}
	strbuf_setlen(&talk->line, 0);
}

static void watch_init(struct conversation *talk, const char *data, size_t size)
{
	for (size_t i = 0; i < size && !talk->record->nr_cases; i++)
		if (data[i] == '\n')
			take_line(talk);
		else if (data[i] != '\r' && talk->line.len < LINE_KEPT)
			strbuf_addch(&talk->line, data[i]);
}

void conversation_console(struct conversation *talk, const char *data, size_t size)
{
	talk->record->console_spoke = true;
	guest_log_write(talk, &talk->console_log, data, size);
	keep_last(&talk->console, data, size);
	watch_init(talk, data, size);
	klog_console(&talk->klog, data, size);
}

void guest_open_logs(struct conversation *talk)
{
	open_log(talk, &talk->console_log, RUN_LOG_CONSOLE);
	open_log(talk, &talk->kernel_log, RUN_LOG_KERNEL);
	open_log(talk, &talk->output_log, RUN_LOG_OUTPUT);
}

void guest_close_logs(struct conversation *talk)
{
	close_log(talk, &talk->console_log);
	close_log(talk, &talk->kernel_log);
	close_log(talk, &talk->output_log);
}

/* The end of what was kept, as a string. Heap. */
static char *kept_text(struct strbuf *kept)
{
	size_t begin = kept->len > CONSOLE_KEPT ? kept->len - CONSOLE_KEPT : 0;

	for (size_t i = begin; i < kept->len; i++)
		if (!kept->buf[i])
			kept->buf[i] = '?';
	return xstrdup(kept->buf + begin);
}

char *guest_last_words(struct conversation *talk)
{
	return kept_text(&talk->console);
}

char *guest_kernel_said(struct conversation *talk)
{
	return talk->announced || talk->record->nr_cases ? kept_text(&talk->said) : NULL;
}

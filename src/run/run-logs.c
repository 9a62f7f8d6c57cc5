// SPDX-License-Identifier: GPL-2.0-or-later
/* The logs of a VM: the files, our own output, and the facts in the kernel's log. The
 * agent's frames are not known here. */
#include <unistd.h>

#include "lib/log.h"
#include "lib/utf8.h"
#include "run-logs.h"

/* Bytes that are kept of the end of the console, and of the kernel's log. */
#define KEPT 8192
/* Bytes that are kept of a line of the guest's first process. */
#define LINE_KEPT 500
/* rapido.rc writes this to /dev/kmsg before each script. */
#define SCRIPT_STARTS "rapido: starting /rapido_autorun/"
/* And this before each case of a suite. */
#define CASE_STARTS "rapido: case "

static void host_failed(struct run_logs *logs, const char *name, int err)
{
	_cleanup_free_ char *what = xasprintf("write '%s'", name);

	if (record_host_failed(logs->record, what, err))
		log_error("%s", logs->record->host_error);
}

static void write_log(struct run_logs *logs, unsigned int which, const void *data,
		      size_t size)
{
	struct capfile *file = &logs->files[which];
	int err = file->fd < 0 ? 0 : capfile_write(file, data, size);

	if (!err)
		return;
	host_failed(logs, logs->record->logs[which].name, err);
	capfile_release(file);
}

/* Harmless if they are closed already. */
static void close_logs(struct run_logs *logs)
{
	for (unsigned int i = 0; i < RUN_LOGS; i++) {
		struct run_log *log = &logs->record->logs[i];
		int err = capfile_finish(&logs->files[i]);

		if (err)
			host_failed(logs, log->name, err);
		log->bytes = logs->files[i].bytes;
		log->left_out = capfile_left_out(&logs->files[i]);
	}
}

/* The part of a line that was logged at that time: one source may be behind. */
static struct kernel_part *part_at(const struct run_logs *logs, uint64_t usec)
{
	for (size_t i = logs->nr_parts; i-- > 0;)
		if (!i || logs->parts[i].usec <= usec)
			return &logs->parts[i];
	return NULL;
}

/*
 * The case that a line of the kernel's log belongs to. It may not have begun here yet,
 * since the log and the agent's frames come on different ways; but rapido.rc announces
 * each script and each case in the log before the agent does in a frame.
 */
static size_t case_index(const struct run_logs *logs, const struct klog_line *line)
{
	const struct run_record *record = logs->record;
	const struct kernel_part *part = part_at(logs, line->usec);
	size_t nr = record->nr_cases;

	if (part)
		return part->index;
	if (logs->announced && !record->suite)
		return logs->announced - 1;
	return nr && !record->cases[nr - 1].ended ? nr - 1 : SIZE_MAX;
}

/* A line that got torn on the console may come twice, so the number in the name counts.
 */
static bool note_script(struct run_logs *logs, const struct klog_line *line)
{
	unsigned long number;

	if (!starts_with(line->text, SCRIPT_STARTS))
		return false;
	number = strtoul(line->text + sizeof(SCRIPT_STARTS) - 1, NULL, 10);
	if (number < logs->announced || number >= WIRE_CASES_MAX)
		return true;
	logs->announced = number + 1;
	logs->script_usec = line->usec;
	strbuf_setlen(&logs->kernel_said, 0);
	return true;
}

static struct kernel_part *find_part(const struct run_logs *logs, const char *name)
{
	for (size_t i = logs->nr_parts; i-- > 0;)
		if (streq(logs->parts[i].name, name))
			return &logs->parts[i];
	return NULL;
}

static void add_part(struct run_logs *logs, const char *name, size_t index, uint64_t usec)
{
	ALLOC_GROW(logs->parts, logs->nr_parts, logs->alloc_parts);
	logs->parts[logs->nr_parts++] = (struct kernel_part){
		.index = index,
		.name = xstrdup(name),
		.usec = usec,
		.text = STRBUF_INIT,
	};
}

/* A VM runs each case once, so its name finds it again. */
static bool note_suite_case(struct run_logs *logs, const struct klog_line *line)
{
	const struct run_record *record = logs->record;
	const char *name = line->text + sizeof(CASE_STARTS) - 1;
	struct kernel_part *part;
	size_t index;

	if (!starts_with(line->text, CASE_STARTS))
		return false;
	part = find_part(logs, name);
	if (part) {
		if (!part->usec)
			part->usec = line->usec;
		return true;
	}
	/* it comes late for a case that is over, and forgotten */
	for (size_t i = record->nr_cases; i-- > 0 && record->nr_cases - i < 100;)
		if (record->cases[i].ended && streq(record->cases[i].name, name))
			return true;
	index = record->nr_cases;
	if (logs->nr_parts && logs->parts[logs->nr_parts - 1].index >= index)
		index = logs->parts[logs->nr_parts - 1].index + 1;
	add_part(logs, name, index, line->usec);
	return true;
}

void run_logs_suite_case(struct run_logs *logs)
{
	const struct run_record *record = logs->record;
	const size_t index = record->nr_cases - 1;
	const char *name = record->cases[index].name;
	struct kernel_part *part = find_part(logs, name);

	for (size_t i = 0; !part && i < logs->nr_parts; i++)
		if (logs->parts[i].index == index && !logs->parts[i].usec) {
			/* it has got another name */
			part = &logs->parts[i];
			free(part->name);
			part->name = xstrdup(name);
		}
	if (part)
		part->index = index;
	else
		add_part(logs, name, index, 0);
}

char *run_logs_take_part(struct run_logs *logs, size_t index)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	size_t kept = 0;

	for (size_t i = 0; i < logs->nr_parts; i++) {
		struct kernel_part *part = &logs->parts[i];

		/* several, if the log announced another one than the guest reported */
		if (part->index == index) {
			strbuf_add(&text, part->text.buf, part->text.len);
			strbuf_release(&part->text);
		}
		/* until the next case begins, what comes belongs to this one */
		if (part->index >= index) {
			logs->parts[kept++] = *part;
			continue;
		}
		free(part->name);
		strbuf_release(&part->text);
	}
	logs->nr_parts = kept;
	return text.len ? strbuf_detach(&text) : NULL;
}

static void keep_in_part(struct run_logs *logs, const struct klog_line *line,
			 const struct strbuf *text)
{
	struct kernel_part *part = part_at(logs, line->usec);

	if (part && part->text.len + text->len <= KERNEL_PART_MAX)
		strbuf_add(&part->text, text->buf, text->len);
}

/*
 * Note if the kernel had no room for the image: init/initramfs.c, and mm/oom_kill.c if
 * there is no process that it could kill. But not after a fault, which may be the reason.
 */
static void note_unpacking(struct run_logs *logs, const char *line)
{
	static const char *const words[] = {
		"Initramfs unpacking failed: ",
		"rootfs image is not initramfs (",
		"Kernel panic - not syncing: System is deadlocked on memory",
	};
	struct run_record *record = logs->record;

	if (record->unpack_error || record->nr_cases || logs->announced ||
	    record->faults.counted || faults_pending(&record->faults, logs->now_ms))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(words) && !record->unpack_error; i++)
		if (starts_with(line, words[i]))
			record->unpack_error = xstrdup(line);
}

/* Mark each line, so that the lines of several VMs can be told apart. */
static void show_marked(struct run_logs *logs, const char *data, size_t size)
{
	const char *mark = logs->options->mark;

	while (size) {
		const char *newline = memchr(data, '\n', size);
		size_t len = newline ? (size_t)(newline - data) + 1 : size;

		if (!logs->in_line) {
			sink_add(&logs->err, mark, strlen(mark));
			sink_add(&logs->err, ": ", 2);
		}
		sink_add(&logs->err, data, len);
		logs->in_line = !newline;
		data += len;
		size -= len;
	}
}

/* Whether there is an ESC, a CSI, or a change to another character set. */
static bool has_controls(const char *data, size_t size)
{
	return memchr(data, '\033', size) || memchr(data, '\x9b', size) ||
	       memchr(data, '\016', size);
}

static void show(struct run_logs *logs, struct sink *sink, const char *data, size_t size)
{
	struct run_record *record = logs->record;

	if (!record->drove_terminal && has_controls(data, size))
		record->drove_terminal = isatty(sink->fd);
	if (logs->options->mark)
		show_marked(logs, data, size);
	else
		sink_add(sink, data, size);
}

static void show_kernel_line(struct run_logs *logs, const struct strbuf *line)
{
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT;

	if (isatty(logs->err.fd))
		strbuf_add_visible_text(&shown, line->buf, line->len);
	else
		strbuf_add(&shown, line->buf, line->len);
	show(logs, &logs->err, shown.buf, shown.len);
}

static void keep_last(struct strbuf *kept, const char *data, size_t size)
{
	strbuf_add(kept, data, size);
	if (kept->len >= 8 * KEPT)
		strbuf_drop(kept, kept->len - KEPT);
}

/* The last KEPT bytes, as a string. Heap. */
static char *kept_text(struct strbuf *kept)
{
	size_t begin = kept->len > KEPT ? kept->len - KEPT : 0;

	for (size_t i = begin; i < kept->len; i++)
		if (!kept->buf[i])
			kept->buf[i] = '?';
	return xstrdup(kept->buf + begin);
}

/* A line of the kernel's log, from either source. */
static void take_kernel_line(void *data, const struct klog_line *line)
{
	struct run_logs *logs = data;
	struct run_record *record = logs->record;
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "[%5llu.%06llu] %s\n",
		    (unsigned long long)(line->usec / 1000000),
		    (unsigned long long)(line->usec % 1000000), line->text);
	write_log(logs, RUN_LOG_KERNEL, text.buf, text.len);
	if (logs->options->show_kernel)
		show_kernel_line(logs, &text);
	/* one source may bring lines from before the script late */
	if (!note_script(logs, line) && !note_suite_case(logs, line) &&
	    line->usec >= logs->script_usec)
		keep_last(&logs->kernel_said, text.buf, text.len);
	keep_in_part(logs, line, &text);
	if (line->origin == KLOG_USER)
		return;
	if (logs->options->heard)
		logs->options->heard(logs->options->data, line->text);
	note_unpacking(logs, line->text);
	if (ktap_line(&logs->ktap, &logs->klog, line, &record->ktap))
		record->tested_ms = logs->now_ms;
	faults_line(&record->faults, line, logs->now_ms, case_index(logs, line));
}

/* The console had brought the line, and faults_line() has taken it for the kernel's. */
static void settle_kernel_line(void *data, const struct klog_line *line)
{
	struct run_logs *logs = data;
	struct faults *faults = &logs->record->faults;

	ktap_settle(&logs->ktap, line);
	if (line->origin == KLOG_USER)
		faults_disown(faults, line);
	else
		faults_confirm(faults, line);
}

/* Warn the user of anything that the guest's first process could not do. */
static void take_console_line(struct run_logs *logs)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	const char *mark = logs->options->mark;

	if (starts_with(logs->line.buf, WIRE_INIT_SAYS)) {
		strbuf_add_visible(&text, logs->line.buf + sizeof(WIRE_INIT_SAYS) - 1);
		log_warn("%s: %s", mark ? mark : "in the VM", text.buf);
	}
	strbuf_setlen(&logs->line, 0);
}

void run_logs_init(struct run_logs *logs, const struct run_logs_options *options,
		   struct run_record *record)
{
	*logs = (struct run_logs){
		.options = options,
		.record = record,
		.kernel_said = STRBUF_INIT,
		.console_said = STRBUF_INIT,
		.line = STRBUF_INIT,
	};
	klog_init(&logs->klog, take_kernel_line, settle_kernel_line, logs);
	sink_init(&logs->out, options->out);
	sink_init(&logs->err, options->err);
	for (unsigned int i = 0; i < RUN_LOGS; i++) {
		const char *name = record->logs[i].name;
		int fd = rundir_create(options->dir, name);

		capfile_init(&logs->files[i], fd < 0 ? -1 : fd, options->dir->fd,
			     options->max ? options->max : RUN_LOG_MAX);
		if (fd < 0)
			host_failed(logs, name, fd);
	}
}

void run_logs_release(struct run_logs *logs)
{
	close_logs(logs);
	run_logs_take_part(logs, SIZE_MAX);
	free(logs->parts);
	klog_release(&logs->klog);
	ktap_release(&logs->ktap);
	sink_release(&logs->out);
	sink_release(&logs->err);
	strbuf_release(&logs->kernel_said);
	strbuf_release(&logs->console_said);
	strbuf_release(&logs->line);
}

void run_logs_console(struct run_logs *logs, const char *data, size_t size,
		      uint64_t now_ms)
{
	struct run_record *record = logs->record;

	record->console_spoke = true;
	write_log(logs, RUN_LOG_CONSOLE, data, size);
	keep_last(&logs->console_said, data, size);
	for (size_t i = 0; i < size && !record->nr_cases; i++)
		if (data[i] == '\n')
			take_console_line(logs);
		else if (data[i] != '\r' && logs->line.len < LINE_KEPT)
			strbuf_addch(&logs->line, data[i]);
	logs->now_ms = now_ms;
	klog_console(&logs->klog, data, size);
}

void run_logs_kmsg(struct run_logs *logs, const char *data, size_t size, uint64_t now_ms)
{
	logs->now_ms = now_ms;
	klog_kmsg(&logs->klog, data, size);
}

void run_logs_output(struct run_logs *logs, const char *data, size_t size, bool out)
{
	write_log(logs, RUN_LOG_OUTPUT, data, size);
	show(logs, out ? &logs->out : &logs->err, data, size);
}

void run_logs_case_begins(struct run_logs *logs)
{
	/* with printk.devkmsg=off the log does not announce it */
	if (logs->announced < logs->record->nr_cases)
		strbuf_setlen(&logs->kernel_said, 0);
}

char *run_logs_kernel_said(struct run_logs *logs)
{
	return logs->announced || logs->record->nr_cases ? kept_text(&logs->kernel_said)
							 : NULL;
}

void run_logs_finish(struct run_logs *logs, uint64_t now_ms)
{
	struct run_record *record = logs->record;

	logs->now_ms = now_ms;
	klog_console_end(&logs->klog);
	ktap_finish(&logs->ktap, &logs->klog, &record->ktap);
	tap_finish(&record->ktap);
	record->kernel_lines_lost = logs->klog.lost;
	record->last_words = kept_text(&logs->console_said);
	close_logs(logs);
}

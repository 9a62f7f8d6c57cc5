// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames, console and kernel log of a run, sorted into record, logs and output. */
#include <errno.h>
#include <unistd.h>

#include "guest.h"
#include "io.h"
#include "log.h"

/* Of the console, what the user is shown in the end. */
#define CONSOLE_KEPT 8192
#define STDIN_CHUNK  16384
#define PATIENCE_MS  5000
/* What rapido.rc writes to /dev/kmsg before each script. */
#define SCRIPT_STARTS "rapido: starting /rapido_autorun/"

uint64_t guest_ms(const struct guest *guest)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)((now.tv_sec - guest->start.tv_sec) * 1000 +
			  (now.tv_nsec - guest->start.tv_nsec) / 1000000);
}

static void host_failed(struct guest *guest, const char *name, int err)
{
	struct run_record *record = guest->record;

	if (record->host_error)
		return;
	record->host_error = xasprintf("cannot write '%s': %s", name, err_text(err));
	log_error("%s", record->host_error);
}

static void open_log(struct guest *guest, struct guest_log *log, const char *name)
{
	*log = (struct guest_log){ name, rundir_create(guest->options->dir, name) };
	if (log->fd < 0)
		host_failed(guest, name, log->fd);
}

static void write_log(struct guest *guest, struct guest_log *log, const void *data,
		      size_t size)
{
	int err = log->fd < 0 ? 0 : io_write_all(log->fd, data, size);

	if (!err)
		return;
	host_failed(guest, log->name, err);
	close(TAKE_FD(log->fd));
}

static void close_log(struct guest *guest, struct guest_log *log)
{
	/* some file systems say only now that it did not fit */
	if (log->fd >= 0 && close(TAKE_FD(log->fd)) < 0)
		host_failed(guest, log->name, errno);
}

/*
 * The case that a line of the kernel's log belongs to, which need not have begun here
 * yet: the log and the agent's frames take different ways. But before the agent tells of
 * a script, rapido.rc does so in the log.
 */
static size_t case_index(const struct guest *guest)
{
	const struct run_record *record = guest->record;
	size_t nr = record->nr_cases;

	if (guest->announced)
		return guest->announced - 1;
	return nr && !record->cases[nr - 1].ended ? nr - 1 : SIZE_MAX;
}

/* Lines that got torn on the console may come twice: the number in the name counts. */
static void note_script(struct guest *guest, const char *line)
{
	unsigned long number;

	if (!starts_with(line, SCRIPT_STARTS))
		return;
	number = strtoul(line + sizeof(SCRIPT_STARTS) - 1, NULL, 10);
	if (number >= guest->announced && number < WIRE_CASES_MAX)
		guest->announced = number + 1;
}

/* Lines of several VMs would not be known apart. */
static void show_marked(struct guest *guest, const char *data, size_t size)
{
	const char *mark = guest->options->mark;

	while (size) {
		const char *newline = memchr(data, '\n', size);
		size_t len = newline ? (size_t)(newline - data) + 1 : size;

		if (!guest->in_line) {
			sink_add(&guest->err, mark, strlen(mark));
			sink_add(&guest->err, ": ", 2);
		}
		sink_add(&guest->err, data, len);
		guest->in_line = !newline;
		data += len;
		size -= len;
	}
}

static void show(struct guest *guest, struct sink *sink, const char *data, size_t size)
{
	if (guest->options->mark)
		show_marked(guest, data, size);
	else
		sink_add(sink, data, size);
}

/* A line of the kernel's log. */
static void take_kernel_line(void *data, const struct klog_line *line)
{
	struct guest *guest = data;
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "[%5llu.%06llu] %s\n",
		    (unsigned long long)(line->usec / 1000000),
		    (unsigned long long)(line->usec % 1000000), line->text);
	write_log(guest, &guest->kernel_log, text.buf, text.len);
	if (guest->options->show_log)
		show(guest, &guest->err, text.buf, text.len);
	note_script(guest, line->text);
	faults_line(&guest->record->faults, line, guest_ms(guest), case_index(guest));
}

void guest_init(struct guest *guest, const struct guest_options *options,
		struct run_record *record, int slow, int fast)
{
	*guest = (struct guest){
		.options = options,
		.record = record,
		.console = STRBUF_INIT,
		.stdin_ended = options->in < 0,
	};
	link_init(&guest->link, slow, fast);
	klog_init(&guest->klog, take_kernel_line, guest);
	sink_init(&guest->out, options->out);
	sink_init(&guest->err, options->err);
	open_log(guest, &guest->console_log, "console.log");
	open_log(guest, &guest->kernel_log, "kernel.log");
	open_log(guest, &guest->output_log, "output");
	results_init(&record->results, options->dir->fd, rundir_reserved);
	clock_gettime(CLOCK_MONOTONIC, &guest->start);
}

void guest_release(struct guest *guest)
{
	/* as long as the directory is open */
	results_finish(&guest->record->results);
	link_release(&guest->link);
	klog_release(&guest->klog);
	sink_release(&guest->out);
	sink_release(&guest->err);
	close_log(guest, &guest->console_log);
	close_log(guest, &guest->kernel_log);
	close_log(guest, &guest->output_log);
	strbuf_release(&guest->console);
}

static void keep_console(struct guest *guest, const char *data, size_t size)
{
	struct strbuf *kept = &guest->console;

	strbuf_add(kept, data, size);
	if (kept->len < 8 * CONSOLE_KEPT)
		return;
	memmove(kept->buf, kept->buf + kept->len - CONSOLE_KEPT, CONSOLE_KEPT);
	strbuf_setlen(kept, CONSOLE_KEPT);
}

void guest_console(struct guest *guest, const char *data, size_t size)
{
	guest->record->console_spoke = true;
	write_log(guest, &guest->console_log, data, size);
	keep_console(guest, data, size);
	klog_console(&guest->klog, data, size);
}

static void damaged(struct guest *guest, const char *what)
{
	if (!guest->record->damage)
		guest->record->damage = xstrdup(what);
}

static void take_hello(struct guest *guest, const struct wire_frame *frame)
{
	struct run_record *record = guest->record;

	if (record->hello || frame->size < 4 ||
	    wire_get32(frame->payload) != WIRE_VERSION) {
		damaged(guest, "the image was cut by another version of rapido");
		return;
	}
	record->hello = true;
	record->boot_ms = guest_ms(guest);
	record->kernel_version =
		xstrndup((const char *)frame->payload + 4, frame->size - 4);
	record->kernel_version[strcspn(record->kernel_version, "\n")] = '\0';
	if (guest->stdin_ended)
		link_send(&guest->link, WIRE_STDIN_END, NULL, 0);
}

static void take_plan(struct guest *guest, const struct wire_frame *frame)
{
	uint32_t planned = frame->size == 4 ? wire_get32(frame->payload) : 0;
	_cleanup_free_ char *what = NULL;

	if (planned > WIRE_CASES_MAX) {
		what = xasprintf("it has more scripts than %d", WIRE_CASES_MAX);
		damaged(guest, what);
		return;
	}
	guest->record->planned = planned;
}

/* Cases come one after the other, and each begins before it ends. */
static void take_case_begin(struct guest *guest, const struct wire_frame *frame)
{
	struct run_record *record = guest->record;

	if (frame->size < 4 || wire_get32(frame->payload) != record->nr_cases ||
	    record_running(record) ||
	    !record_add_case(record, (const char *)frame->payload + 4, frame->size - 4,
			     guest_ms(guest)))
		damaged(guest, "it began a script out of order");
}

static void take_case_end(struct guest *guest, const struct wire_frame *frame)
{
	if (!record_running(guest->record) || frame->size != 8 ||
	    wire_get32(frame->payload) != guest->record->nr_cases - 1) {
		damaged(guest, "it ended a script that was not running");
		return;
	}
	record_end_case(guest->record, wire_get32(frame->payload + 4), guest_ms(guest),
			guest->record->helper && guest->asked);
}

static void take_ready(struct guest *guest)
{
	if (guest->record->helper)
		guest->record->ready = true;
	else
		damaged(guest, "it is ready, and nobody has asked");
}

static void take_output(struct guest *guest, const struct wire_frame *frame)
{
	struct run_record *record = guest->record;
	bool out = frame->type == WIRE_STDOUT;

	*(out ? &record->out_bytes : &record->err_bytes) += frame->size;
	write_log(guest, &guest->output_log, frame->payload, frame->size);
	record_output(record, (const char *)frame->payload, frame->size, out);
	show(guest, out ? &guest->out : &guest->err, (const char *)frame->payload,
	     frame->size);
}

static void take_end(struct guest *guest, const struct wire_frame *frame)
{
	struct run_record *record = guest->record;

	if (frame->size != 24 || wire_get32(frame->payload) > WIRE_END_NO_SHELL) {
		damaged(guest, "its last message makes no sense");
		return;
	}
	record->end = wire_get32(frame->payload);
	record->end_status = wire_get32(frame->payload + 4);
	record->out_sent = wire_get64(frame->payload + 8);
	record->err_sent = wire_get64(frame->payload + 16);
	record->has_end = true;
	link_send(&guest->link, WIRE_BYE, NULL, 0);
}

static void take_stdin_room(struct guest *guest, const struct wire_frame *frame)
{
	uint64_t room = guest->stdin_room;

	room += frame->size == 4 ? wire_get32(frame->payload) : WIRE_STDIN_WINDOW + 1;
	if (room > WIRE_STDIN_WINDOW)
		damaged(guest, "it wants more input than it has room for");
	else
		guest->stdin_room = (uint32_t)room;
}

static void take_frame(struct guest *guest, const struct wire_frame *frame)
{
	struct run_record *record = guest->record;

	if (record->has_end || (!record->hello && frame->type != WIRE_HELLO)) {
		damaged(guest, "a message came out of order");
		return;
	}
	switch (frame->type) {
	case WIRE_HELLO:
		take_hello(guest, frame);
		break;
	case WIRE_PLAN:
		take_plan(guest, frame);
		break;
	case WIRE_CASE_BEGIN:
		take_case_begin(guest, frame);
		break;
	case WIRE_CASE_END:
		take_case_end(guest, frame);
		break;
	case WIRE_STDOUT:
	case WIRE_STDERR:
		take_output(guest, frame);
		break;
	case WIRE_KMSG:
		klog_kmsg(&guest->klog, (const char *)frame->payload, frame->size);
		break;
	case WIRE_STDIN_ROOM:
		take_stdin_room(guest, frame);
		break;
	case WIRE_ALIVE:
		break;
	case WIRE_RESULTS:
	case WIRE_FILE:
	case WIRE_FILE_DATA:
	case WIRE_FILE_END:
	case WIRE_RESULTS_END:
		if (results_frame(&record->results, frame))
			damaged(guest, "its results make no sense");
		break;
	case WIRE_READY:
		take_ready(guest);
		break;
	case WIRE_END:
		take_end(guest, frame);
		break;
	default:
		damaged(guest, "a message is of no known kind");
	}
}

bool guest_listens(const struct guest *guest)
{
	return !guest->record->damage && !sink_is_full(&guest->out) &&
	       !sink_is_full(&guest->err);
}

bool guest_read(struct guest *guest)
{
	struct wire_frame frame;
	int more;

	if (!link_read(&guest->link))
		return false;
	guest->heard_ms = guest_ms(guest);
	while (!guest->record->damage && (more = link_next(&guest->link, &frame))) {
		if (more < 0)
			damaged(guest, "what it sent is torn");
		else
			take_frame(guest, &frame);
	}
	return true;
}

bool guest_wants_stdin(const struct guest *guest)
{
	return guest->record->hello && !guest->record->has_end && !guest->stdin_ended &&
	       guest->stdin_room && !guest->asked;
}

void guest_read_stdin(struct guest *guest)
{
	char buffer[STDIN_CHUNK];
	size_t room =
		guest->stdin_room < sizeof(buffer) ? guest->stdin_room : sizeof(buffer);
	ssize_t n = read(guest->options->in, buffer, room);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		link_send(&guest->link, WIRE_STDIN, buffer, (size_t)n);
		guest->stdin_room -= (uint32_t)n;
		return;
	}
	link_send(&guest->link, WIRE_STDIN_END, NULL, 0);
	guest->stdin_ended = true;
}

bool guest_stop(struct guest *guest)
{
	const struct run_record *record = guest->record;

	if (!record->hello || record->has_end || record->damage ||
	    record->faults.panicked || link_has_ended(&guest->link))
		return false;
	if (!guest->asked)
		link_send(&guest->link, WIRE_STOP, NULL, 0);
	guest->asked = true;
	return true;
}

static void ask_for_patience(struct guest *guest)
{
	uint64_t now = guest_ms(guest);

	if (guest_listens(guest) || now - guest->patience_ms < PATIENCE_MS)
		return;
	link_send(&guest->link, WIRE_PATIENCE, NULL, 0);
	guest->patience_ms = now;
}

void guest_write(struct guest *guest)
{
	ask_for_patience(guest);
	link_write(&guest->link);
	sink_write(&guest->out);
	sink_write(&guest->err);
}

void guest_finish(struct guest *guest)
{
	struct run_record *record = guest->record;
	struct strbuf *kept = &guest->console;
	size_t begin = kept->len > CONSOLE_KEPT ? kept->len - CONSOLE_KEPT : 0;

	klog_console_end(&guest->klog);
	faults_finish(&record->faults);
	record_finish(record);
	record->kernel_lines_lost = guest->klog.lost;
	for (size_t i = begin; i < kept->len; i++)
		if (!kept->buf[i])
			kept->buf[i] = '?';
	record->last_words = xstrdup(kept->buf + begin);
	close_log(guest, &guest->console_log);
	close_log(guest, &guest->kernel_log);
	close_log(guest, &guest->output_log);
}

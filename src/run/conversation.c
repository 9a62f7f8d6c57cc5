// SPDX-License-Identifier: GPL-2.0-or-later
/* The conversation with the guest of a run: reads and writes, and puts the agent's frames
 * into the record. run-logs.c handles the console and the kernel's log. */
#include <errno.h>
#include <unistd.h>

#include "lib/log.h"
#include "conversation.h"
#include "vm/exec-relay.h"

#define STDIN_CHUNK   16384
#define CONSOLE_CHUNK 16384
#define PATIENCE_MS   5000
/* Bytes of an order's words in one frame. No more are sent while as many wait: over a
 * serial line they take long, and what else there is to say would wait for them. */
#define ORDER_CHUNK 4096

/* The largest errno value of Linux (MAX_ERRNO). */
#define ERRNO_MAX 4095

/* The descriptors to poll. */
enum {
	FD_CONSOLE,
	FD_DOWNLINK,
	FD_OUT = FD_DOWNLINK + DOWNLINK_STREAMS,
	FD_ERR,
	FD_STDIN,
	FD_EXECS,
	NR_FDS
};

struct conversation {
	const struct conversation_options *options;
	struct run_record *record;
	struct downlink link;
	struct exec_relay *execs;
	struct run_logs logs;
	int console;	     /* pipe; -1: closed */
	uint64_t start_ms;   /* the VM's, see monotonic_ms() */
	uint64_t paused_ms;  /* since when its time stands still; 0: it does not */
	uint64_t heard_ms;   /* when the agent was heard last, since then */
	uint32_t stdin_room; /* bytes that the agent can take */
	bool stdin_ended;
	bool asked;	      /* WIRE_STOP was sent */
	uint64_t patience_ms; /* when WIRE_PATIENCE was sent last */

	/* of a suite */
	bool ready;	       /* the guest waits for an order */
	enum wire_order order; /* the last one; WIRE_ORDER_END before the first */
	struct strbuf words;   /* of it, */
	size_t words_sent;     /* and how many bytes of them are sent */
	uint32_t listed;       /* bytes of the list */
};

struct conversation *conversation_new(const struct conversation_options *options,
				      struct run_record *record, int console, int slow,
				      int fast)
{
	struct conversation *talk = xcalloc(1, sizeof(*talk));

	_Static_assert(CONVERSATION_FDS == NR_FDS, "all of them are polled");
	talk->options = options;
	talk->record = record;
	talk->console = console;
	talk->stdin_ended = options->in < 0;
	talk->order = WIRE_ORDER_END;
	talk->words = (struct strbuf)STRBUF_INIT;
	downlink_init(&talk->link, slow, fast);
	talk->execs = exec_relay_new(&talk->link);
	if (slow < 0 && fast < 0)
		exec_relay_close(talk->execs, "nothing connects rapido with its guest");
	run_logs_init(&talk->logs, &options->logs, record);
	results_init(&record->results, options->logs.dir->fd, rundir_reserved);
	conversation_started(talk);
	return talk;
}

void conversation_free(struct conversation *talk)
{
	if (!talk)
		return;
	/* while the directory is still open */
	results_finish(&talk->record->results);
	exec_relay_free(talk->execs);
	downlink_release(&talk->link);
	run_logs_release(&talk->logs);
	strbuf_release(&talk->words);
	if (talk->console >= 0)
		close(talk->console);
	free(talk);
}

void conversation_started(struct conversation *talk)
{
	talk->start_ms = monotonic_ms();
}

uint64_t conversation_ms(const struct conversation *talk)
{
	return (talk->paused_ms ? talk->paused_ms : monotonic_ms()) - talk->start_ms;
}

void conversation_pause(struct conversation *talk, bool pause)
{
	if (pause && !talk->paused_ms) {
		talk->paused_ms = monotonic_ms();
	} else if (!pause && talk->paused_ms) {
		talk->start_ms += monotonic_ms() - talk->paused_ms;
		talk->paused_ms = 0;
	}
}

uint64_t conversation_heard_ms(const struct conversation *talk)
{
	return talk->heard_ms;
}

bool conversation_listens(const struct conversation *talk)
{
	return !talk->record->damage && !sink_is_full(&talk->logs.out) &&
	       !sink_is_full(&talk->logs.err);
}

/* Only the first damage is kept. */
static void damaged(struct conversation *talk, const char *what)
{
	if (!talk->record->damage)
		talk->record->damage = xstrdup(what);
	exec_relay_close(talk->execs, what);
}

static void take_hello(struct conversation *talk, const struct wire_frame *frame)
{
	struct run_record *record = talk->record;

	if (record->hello || frame->size < 4) {
		damaged(talk, "a message came out of order");
		return;
	}
	if (wire_get32(frame->payload) != WIRE_VERSION) {
		record->other_version = true;
		damaged(talk, "the image was cut by another version of rapido");
		return;
	}
	record->hello = true;
	record->boot_ms = conversation_ms(talk);
	record->kernel_version =
		xstrndup((const char *)frame->payload + 4, frame->size - 4);
	record->kernel_version[strcspn(record->kernel_version, "\n")] = '\0';
	if (talk->stdin_ended)
		downlink_send(&talk->link, WIRE_STDIN_END, NULL, 0);
	downlink_pace(&talk->link);
	exec_relay_open(talk->execs);
}

/* The plan comes once, before any script, and must agree with the image. */
static void take_plan(struct conversation *talk, const struct wire_frame *frame)
{
	struct run_record *record = talk->record;
	uint32_t planned = frame->size == 4 ? wire_get32(frame->payload) : 0;
	_cleanup_free_ char *what = NULL;

	if (record->has_plan || record->nr_cases)
		what = xstrdup("it planned its scripts a second time");
	else if (planned > WIRE_CASES_MAX)
		what = xasprintf("it has more scripts than %d", WIRE_CASES_MAX);
	else if (record->scripts >= 0 && record->scripts != planned)
		what = xasprintf("it planned %u scripts, and the image has %lld", planned,
				 (long long)record->scripts);
	if (what) {
		damaged(talk, what);
		return;
	}
	record->planned = planned;
	record->has_plan = true;
}

/* Cases come one after the other. */
static void take_case_begin(struct conversation *talk, const struct wire_frame *frame)
{
	struct run_record *record = talk->record;

	if (frame->size < 4 || wire_get32(frame->payload) != record->nr_cases ||
	    record_running(record) || record->suite ||
	    !record_add_case(record, (const char *)frame->payload + 4, frame->size - 4,
			     conversation_ms(talk)))
		damaged(talk, "it began a script out of order");
	run_logs_case_begins(&talk->logs);
}

static void take_case_end(struct conversation *talk, const struct wire_frame *frame)
{
	const struct run_case *c = record_running(talk->record);

	if (!c || c->of_suite || frame->size != 8 ||
	    wire_get32(frame->payload) != talk->record->nr_cases - 1) {
		damaged(talk, "it ended a script that was not running");
		return;
	}
	record_end_case(talk->record, wire_get32(frame->payload + 4),
			conversation_ms(talk), talk->record->helper && talk->asked);
}

static void take_missing(struct conversation *talk, const struct wire_frame *frame)
{
	_cleanup_free_ char *name = xstrndup((const char *)frame->payload, frame->size);

	if (*name && strlen(name) == frame->size)
		record_missing(talk->record, name);
	else
		damaged(talk, "a command without a name was not found");
}

static void take_ready(struct conversation *talk, const struct wire_frame *frame)
{
	(void)frame;
	if (talk->record->helper)
		talk->record->ready = true;
	else
		damaged(talk, "it says that it is ready, but it is not a helper");
}

/* Whether the guest does what the order @order says. */
static bool obeys(const struct conversation *talk, enum wire_order order)
{
	return talk->options->suite && talk->record->suite && !talk->ready &&
	       talk->order == order;
}

static void take_suite_list(struct conversation *talk, const struct wire_frame *frame)
{
	const struct suite_ears *ears = talk->options->suite;

	if (!obeys(talk, WIRE_ORDER_LIST) ||
	    frame->size > WIRE_SUITE_LIST_MAX - talk->listed) {
		damaged(talk, "its list of cases makes no sense");
		return;
	}
	talk->listed += (uint32_t)frame->size;
	ears->list(ears->data, (const char *)frame->payload, frame->size);
}

/* The first time it comes after the scripts. */
static void take_suite_ready(struct conversation *talk, const struct wire_frame *frame)
{
	const struct suite_ears *ears = talk->options->suite;
	struct run_record *record = talk->record;
	uint32_t status = frame->size == 4 ? wire_get32(frame->payload) : UINT32_MAX;
	bool fits = record->suite ? !talk->ready && talk->order != WIRE_ORDER_END &&
					    talk->words_sent == talk->words.len
				  : record->has_plan && !record_running(record) &&
					    record->nr_cases == record->planned;

	if (!ears || !fits || status > 255) {
		damaged(talk, ears ? "it waits for an order out of order"
				   : "it is a suite, but is not run as one");
		return;
	}
	record->suite = true;
	talk->ready = true;
	ears->ready(ears->data, status);
}

/* A name or a reason without control characters; or NULL. Heap. */
static char *suite_text(const unsigned char *data, size_t size, size_t max)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] < ' ' || data[i] == 0x7f)
			return NULL;
	return size <= max ? xstrndup((const char *)data, size) : NULL;
}

static void take_suite_begin(struct conversation *talk, const struct wire_frame *frame)
{
	const struct suite_ears *ears = talk->options->suite;
	_cleanup_free_ char *name =
		suite_text(frame->payload, frame->size, WIRE_SUITE_NAME_MAX);

	if (!obeys(talk, WIRE_ORDER_RUN) || !name || !*name)
		damaged(talk, "it began a case that makes no sense");
	else
		ears->begin(ears->data, name);
}

static void take_suite_case(struct conversation *talk, const struct wire_frame *frame)
{
	const struct suite_ears *ears = talk->options->suite;
	const unsigned char *data = frame->payload;
	bool fits = frame->size >= 12;
	size_t rest = fits ? frame->size - 12 : 0, len = fits ? wire_get32(data + 8) : 0;
	_cleanup_free_ char *reason = NULL, *name = NULL;

	if (fits && len <= rest) {
		reason = suite_text(data + 12, len, WIRE_SUITE_TEXT_MAX);
		name = suite_text(data + 12 + len, rest - len, WIRE_SUITE_NAME_MAX);
	}
	if (!obeys(talk, WIRE_ORDER_RUN) || !reason || !name || !*name ||
	    wire_get32(data) > WIRE_CASE_ERROR || wire_get32(data + 4) > 255) {
		damaged(talk, "it ended a case that makes no sense");
		return;
	}
	ears->end(ears->data, name, wire_get32(data), wire_get32(data + 4), reason);
	results_taken(&talk->record->results);
}

static void take_suite_fatal(struct conversation *talk, const struct wire_frame *frame)
{
	_cleanup_free_ char *text =
		suite_text(frame->payload, frame->size, WIRE_SUITE_TEXT_MAX);
	bool fits = text && *text && talk->options->suite;

	if (!fits)
		damaged(talk, "its suite gave up for a reason that makes no sense");
	if (fits && !talk->record->suite_fatal)
		talk->record->suite_fatal = TAKE_PTR(text);
}

static void take_output(struct conversation *talk, const struct wire_frame *frame)
{
	struct run_record *record = talk->record;
	bool out = frame->type == WIRE_STDOUT;

	*(out ? &record->out_bytes : &record->err_bytes) += frame->size;
	run_logs_output(&talk->logs, (const char *)frame->payload, frame->size, out);
	record_output(record, (const char *)frame->payload, frame->size, out);
}

static void take_end(struct conversation *talk, const struct wire_frame *frame)
{
	struct run_record *record = talk->record;

	if (frame->size != 24 || wire_get32(frame->payload) > WIRE_END_NO_SHARE) {
		damaged(talk, "its last message makes no sense");
		return;
	}
	record->end = wire_get32(frame->payload);
	record->end_status = wire_get32(frame->payload + 4);
	record->out_sent = wire_get64(frame->payload + 8);
	record->err_sent = wire_get64(frame->payload + 16);
	record->has_end = true;
	/* later lines are about the end of the VM */
	record->kernel_said = run_logs_kernel_said(&talk->logs);
	downlink_send(&talk->link, WIRE_BYE, NULL, 0);
	exec_relay_close(talk->execs, "its test has ended");
}

static void take_stdin_room(struct conversation *talk, const struct wire_frame *frame)
{
	uint64_t room = talk->stdin_room;

	room += frame->size == 4 ? wire_get32(frame->payload) : WIRE_STDIN_WINDOW + 1;
	if (room > WIRE_STDIN_WINDOW)
		damaged(talk, "it asks for more input than it has room for");
	else
		talk->stdin_room = (uint32_t)room;
}

static void take_kmsg(struct conversation *talk, const struct wire_frame *frame)
{
	run_logs_kmsg(&talk->logs, (const char *)frame->payload, frame->size,
		      conversation_ms(talk));
}

static void take_kernel(struct conversation *talk, const struct wire_frame *frame)
{
	struct run_record *record = talk->record;
	uint32_t flags = frame->size == 16 ? wire_get32(frame->payload) : UINT32_MAX;
	uint32_t err = frame->size == 16 ? wire_get32(frame->payload + 4) : 0;

	if (flags & ~(WIRE_KERNEL_TAINT | WIRE_KERNEL_MORE) || err > ERRNO_MAX) {
		damaged(talk, "its message about the kernel makes no sense");
		return;
	}
	record->kmsg_error = (int)err;
	record->kmsg_more = flags & WIRE_KERNEL_MORE;
	if (flags & WIRE_KERNEL_TAINT)
		taint_note(&record->taint, wire_get64(frame->payload + 8),
			   record_running(record) ? record->nr_cases - 1 : SIZE_MAX);
}

static void take_results(struct conversation *talk, const struct wire_frame *frame)
{
	if (results_frame(&talk->record->results, frame))
		damaged(talk, "its results make no sense");
}

/* It shows that the agent is alive, and nothing else. */
static void take_alive(struct conversation *talk, const struct wire_frame *frame)
{
	(void)talk;
	(void)frame;
}

/* Act upon a frame. If it makes no sense, that becomes record->damage. */
static void take_frame(struct conversation *talk, const struct wire_frame *frame)
{
	static void (*const takers[])(struct conversation *,
				      const struct wire_frame *) = {
		[WIRE_HELLO] = take_hello,
		[WIRE_PLAN] = take_plan,
		[WIRE_CASE_BEGIN] = take_case_begin,
		[WIRE_CASE_END] = take_case_end,
		[WIRE_STDOUT] = take_output,
		[WIRE_STDERR] = take_output,
		[WIRE_KMSG] = take_kmsg,
		[WIRE_STDIN_ROOM] = take_stdin_room,
		[WIRE_ALIVE] = take_alive,
		[WIRE_RESULTS] = take_results,
		[WIRE_FILE] = take_results,
		[WIRE_FILE_DATA] = take_results,
		[WIRE_FILE_END] = take_results,
		[WIRE_RESULTS_END] = take_results,
		[WIRE_READY] = take_ready,
		[WIRE_KERNEL] = take_kernel,
		[WIRE_MISSING] = take_missing,
		[WIRE_SUITE_LIST] = take_suite_list,
		[WIRE_SUITE_READY] = take_suite_ready,
		[WIRE_SUITE_BEGIN] = take_suite_begin,
		[WIRE_SUITE_CASE] = take_suite_case,
		[WIRE_SUITE_FATAL] = take_suite_fatal,
		[WIRE_END] = take_end,
	};
	const struct run_record *record = talk->record;
	int is_exec = 0;

	if (record->has_end || (!record->hello && frame->type != WIRE_HELLO))
		damaged(talk, "a message came out of order");
	else if ((is_exec = exec_relay_frame(talk->execs, frame)) < 0)
		damaged(talk, "a message about a command makes no sense");
	else if (is_exec)
		return;
	else if (frame->type >= ARRAY_SIZE(takers) || !takers[frame->type])
		damaged(talk, "a message is of an unknown type");
	else
		takers[frame->type](talk, frame);
}

bool conversation_read(struct conversation *talk)
{
	struct wire_frame frame;
	int more;

	if (!downlink_read(&talk->link))
		return false;
	talk->heard_ms = conversation_ms(talk);
	while (!talk->record->damage && (more = downlink_next(&talk->link, &frame))) {
		if (more == -ECONNRESET)
			talk->record->started_again = true;
		if (more < 0)
			damaged(talk, more == -ECONNRESET ? "it began again"
							  : "a message is torn");
		else
			take_frame(talk, &frame);
	}
	return true;
}

static bool wants_stdin(const struct conversation *talk)
{
	return talk->record->hello && !talk->record->has_end && !talk->stdin_ended &&
	       talk->stdin_room && !talk->asked;
}

static void read_stdin(struct conversation *talk)
{
	char buffer[STDIN_CHUNK];
	size_t room =
		talk->stdin_room < sizeof(buffer) ? talk->stdin_room : sizeof(buffer);
	ssize_t n = read(talk->options->in, buffer, room);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		downlink_send(&talk->link, WIRE_STDIN, buffer, (size_t)n);
		talk->stdin_room -= (uint32_t)n;
		return;
	}
	downlink_send(&talk->link, WIRE_STDIN_END, NULL, 0);
	talk->stdin_ended = true;
}

void conversation_exec(struct conversation *talk, int fd)
{
	exec_relay_add(talk->execs, fd);
}

/* Send the next words of an order if not much else waits to be sent. */
static void send_words(struct conversation *talk)
{
	while (talk->words_sent < talk->words.len &&
	       downlink_queued(&talk->link) < ORDER_CHUNK) {
		size_t size = talk->words.len - talk->words_sent;

		if (size > ORDER_CHUNK)
			size = ORDER_CHUNK;
		downlink_send(&talk->link, WIRE_ORDER_WORDS,
			      talk->words.buf + talk->words_sent, size);
		talk->words_sent += size;
		downlink_write(&talk->link);
	}
}

void conversation_order(struct conversation *talk, enum wire_order order,
			const struct strvec *words)
{
	unsigned char payload[8];

	strbuf_setlen(&talk->words, 0);
	for (size_t i = 0; words && i < words->nr; i++)
		strbuf_add(&talk->words, words->v[i], strlen(words->v[i]) + 1);
	talk->words_sent = 0;
	talk->ready = false;
	talk->order = order;
	talk->listed = 0;
	talk->record->suite_over = order == WIRE_ORDER_END;
	wire_put32(payload, order);
	wire_put32(payload + 4, (uint32_t)talk->words.len);
	downlink_send(&talk->link, WIRE_ORDER, payload, sizeof(payload));
	send_words(talk);
}

void conversation_show_blocked(struct conversation *talk)
{
	if (conversation_can_stop(talk))
		downlink_send(&talk->link, WIRE_BLOCKED, NULL, 0);
}

bool conversation_can_stop(const struct conversation *talk)
{
	const struct run_record *record = talk->record;

	return record->hello && !record->has_end && !record->damage &&
	       !record->faults.panicked && !downlink_has_ended(&talk->link);
}

void conversation_stop(struct conversation *talk)
{
	if (!conversation_can_stop(talk) || talk->asked)
		return;
	downlink_send(&talk->link, WIRE_STOP, NULL, 0);
	talk->asked = true;
}

bool conversation_was_stopped(const struct conversation *talk)
{
	return talk->asked;
}

/* The host could not read all that the VM said, but may still learn how its test ends. */
static void note_unread(struct conversation *talk, const char *what, int err)
{
	talk->record->unread = true;
	record_host_failed(talk->record, what, err);
}

/* Whether there were any bytes. */
static bool read_console(struct conversation *talk)
{
	char buffer[CONSOLE_CHUNK];
	ssize_t n;

	if (talk->console < 0)
		return false;
	n = read(talk->console, buffer, sizeof(buffer));
	if (n > 0)
		run_logs_console(&talk->logs, buffer, (size_t)n, conversation_ms(talk));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n < 0)
		note_unread(talk, "read the VM's console", errno);
	if (n <= 0)
		close(TAKE_FD(talk->console));
	return n > 0;
}

void conversation_fill_pollfds(const struct conversation *talk, struct pollfd *fds)
{
	for (int i = 0; i < NR_FDS; i++)
		fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	if (!sink_is_full(&talk->logs.err))
		fds[FD_CONSOLE].fd = talk->console;
	for (int i = 0; i < DOWNLINK_STREAMS; i++) {
		struct pollfd *fd = &fds[FD_DOWNLINK + i];

		fd->events = downlink_wants_output(&talk->link, i) ? POLLOUT : 0;
		if (downlink_wants_input(&talk->link, i) && conversation_listens(talk))
			fd->events |= POLLIN;
		if (fd->events)
			fd->fd = talk->link.streams[i].fd;
	}
	fds[FD_OUT].fd = sink_fd(&talk->logs.out);
	fds[FD_OUT].events = POLLOUT;
	fds[FD_ERR].fd = sink_fd(&talk->logs.err);
	fds[FD_ERR].events = POLLOUT;
	if (wants_stdin(talk))
		fds[FD_STDIN].fd = talk->options->in;
	fds[FD_EXECS].fd = exec_relay_fd(talk->execs);
}

static void write_all(struct conversation *talk)
{
	uint64_t now = conversation_ms(talk);

	if (!conversation_listens(talk) && now - talk->patience_ms >= PATIENCE_MS) {
		downlink_send(&talk->link, WIRE_PATIENCE, NULL, 0);
		talk->patience_ms = now;
	}
	send_words(talk);
	downlink_write(&talk->link);
	sink_write(&talk->logs.out);
	sink_write(&talk->logs.err);
}

void conversation_work(struct conversation *talk, const struct pollfd *fds)
{
	if (fds[FD_CONSOLE].revents)
		read_console(talk);
	for (int i = 0; i < DOWNLINK_STREAMS; i++)
		if (fds[FD_DOWNLINK + i].revents && conversation_listens(talk))
			conversation_read(talk);
	if (fds[FD_STDIN].revents)
		read_stdin(talk);
	exec_relay_work(talk->execs);
	/* while we do not listen, its silence means nothing */
	if (!conversation_listens(talk))
		talk->heard_ms = conversation_ms(talk);
	write_all(talk);
}

bool conversation_read_rest(struct conversation *talk)
{
	while (read_console(talk))
		;
	while (!talk->record->damage && conversation_read(talk))
		if (!conversation_listens(talk))
			return false;
	return true;
}

int conversation_flush(struct conversation *talk, int timeout_ms, int stop_fd)
{
	struct sink *sinks[] = { &talk->logs.out, &talk->logs.err };

	for (size_t i = 0; i < ARRAY_SIZE(sinks); i++) {
		int err = sink_finish(sinks[i], timeout_ms, stop_fd);

		if (err == -EINTR)
			return err;
		/* a reader that closes the pipe has seen enough */
		if (err && err != -EPIPE)
			record_host_failed(talk->record, "write the test's output", err);
		/* nothing more is queued */
		if (err && !sinks[i]->error)
			sinks[i]->error = -err;
	}
	return 0;
}

void conversation_suite_case(struct conversation *talk)
{
	run_logs_suite_case(&talk->logs);
}

char *conversation_take_part(struct conversation *talk, size_t index)
{
	return run_logs_take_part(&talk->logs, index);
}

void conversation_console(struct conversation *talk, const char *text, size_t size)
{
	run_logs_console(&talk->logs, text, size, conversation_ms(talk));
}

/* KTAP has only the number of a test that did not end; a report shows its function. */
static void name_kernel_test(struct run_record *record)
{
	for (size_t i = record->faults.nr; record->ktap.unfinished && i-- > 0;) {
		_cleanup_free_ char *name =
			ktap_test_in_report(record->faults.list[i].text);

		if (!name)
			continue;
		tap_name_unfinished(&record->ktap, name);
		return;
	}
}

void conversation_finish(struct conversation *talk)
{
	struct run_record *record = talk->record;

	if (talk->link.error)
		note_unread(talk, "read what the VM's agent says", talk->link.error);
	run_logs_finish(&talk->logs, conversation_ms(talk));
	faults_finish(&record->faults);
	record_finish(record);
	name_kernel_test(record);
	taint_judge(&record->taint, &record->faults, record->kernel_lines_lost);
	/* of a VM that did not end, later lines matter, too */
	if (!record->has_end || record->stop == RUN_NO_END) {
		free(record->kernel_said);
		record->kernel_said = run_logs_kernel_said(&talk->logs);
	}
}

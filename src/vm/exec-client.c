// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end of a command's streams that the user has. One loop waits for our standard
 * streams, for signals, and for the connection to the rapido that supervises the VM.
 */
#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cut/base.h"
#include "lib/log.h"
#include "lib/signal-fd.h"
#include "lib/sink.h"
#include "lib/tty.h"
#include "lib/wire.h"
#include "vm/control.h"
#include "vm/exec-client.h"

/* How long the supervising rapido may take to answer, and the guest, which may be
 * booting. When the user is told that it takes long. */
#define CONTROL_MS 10000
#define GUEST_MS   120000
#define LONG_MS	   2000
/* So many signals end us, in case that the guest does not care. */
#define SIGNALS_MAX 3
/* The most that is read from standard input at once. */
#define INPUT_MAX (WIRE_PAYLOAD_MAX - 4)

struct exec_client {
	const struct exec_job *job;
	struct control_client control; /* its buffer has what follows the answer */
	int fd;			       /* the control's */
	uint32_t received, sent;       /* frames */
	unsigned char in[2 * WIRE_FRAME_MAX];
	size_t len;
	struct strbuf out;
	size_t written;
	uint32_t input_room;
	bool input_ended;
	struct sink sinks[2];
	uint64_t got[2],
		room[2]; /* bytes; and in how many the guest was told to have room */
	struct tty tty;
	bool raw, line_begins, tilde; /* for the escape */
	int signals;		      /* signalfd */
	int nr_signals;
	bool answered; /* by the guest */
	bool told;     /* that it takes long */
	uint64_t start_ms;
	bool done;
	int status;	 /* then */
	bool broken;	 /* nobody reads our standard output */
	char *complaint; /* for when the terminal is as it was, or NULL */
};

static void finish(struct exec_client *client, int status)
{
	client->done = true;
	client->status = status;
}

static void fail(struct exec_client *client, int status, const char *fmt, ...)
	_printf_(3, 4);
static void fail(struct exec_client *client, int status, const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	va_list ap;

	if (client->done)
		return;
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	client->complaint = strbuf_detach(&text);
	finish(client, status);
}

static void send_frame(struct exec_client *client, enum wire_type type,
		       unsigned char *payload, size_t size)
{
	unsigned char header[WIRE_HEADER];

	wire_put32(payload, 0);
	wire_header(header, type, client->sent++, payload, size);
	strbuf_add(&client->out, header, sizeof(header));
	strbuf_add(&client->out, payload, size);
}

static void send_numbers(struct exec_client *client, enum wire_type type, uint32_t a,
			 uint32_t b)
{
	unsigned char payload[12];

	wire_put32(payload + 4, a);
	wire_put32(payload + 8, b);
	send_frame(client, type, payload, sizeof(payload));
}

/* --- the beginning --- */

static int complain(const struct exec_client *client, const char *why)
{
	log_error("cannot run a command in VM %u: %s", client->job->number, why);
	return -ECONNREFUSED;
}

static int connect_to_vm(struct exec_client *client)
{
	const struct exec_job *job = client->job;
	struct slot_info info = { .number = job->number };
	_cleanup_close_ int slot = slot_open(job->dir, job->number, &info);
	int err = slot < 0 ? slot
			   : control_connect(&client->control, job->dir, job->number);

	slot_info_release(&info);
	client->fd = client->control.fd;
	if (!err)
		return 0;
	if (slot == -ENOENT)
		log_error("VM %u is not running", job->number);
	else
		complain(client, err == -EACCES ? "it belongs to another user"
				 : err == -ENOENT || err == -ECONNREFUSED
					 ? "no rapido supervises it"
					 : err_text(err));
	return err;
}

/* Ask for the connection to carry frames. */
static int ask(struct exec_client *client)
{
	struct json_object *answer = NULL;
	int err = control_send(&client->control, "{\"request\":\"exec\"}");

	if (err)
		return complain(client, err_text(err));
	err = control_wait(&client->control, monotonic_ms() + CONTROL_MS, &answer);
	json_object_put(answer);
	if (err > 0)
		return 0;
	if (err == -ETIMEDOUT)
		return complain(client, "the rapido that supervises it does not answer");
	if (err == -EOPNOTSUPP &&
	    strstr(control_why(&client->control), "unknown request"))
		return complain(
			client,
			"it is supervised by an older rapido, which cannot do that");
	return complain(client, err == -EOPNOTSUPP ? control_why(&client->control)
						   : "its rapido has gone");
}

static void begin(struct exec_client *client)
{
	const struct exec_job *job = client->job;
	_cleanup_(strbuf_release) struct strbuf words = STRBUF_INIT;
	unsigned short rows = 0, cols = 0;
	unsigned char payload[WIRE_PAYLOAD_MAX];
	const char *term = job->tty ? base_terminal(getenv("TERM")) : NULL;

	strbuf_add(&words, term ? term : "", term ? strlen(term) + 1 : 1);
	for (size_t i = 0; job->words[i]; i++)
		strbuf_add(&words, job->words[i], strlen(job->words[i]) + 1);
	if (words.len > WIRE_EXEC_WORDS_MAX) {
		fail(client, 126,
		     "cannot run '%s' in VM %u: its arguments are longer than %u KiB",
		     job->words[0], job->number, WIRE_EXEC_WORDS_MAX >> 10);
		return;
	}
	if (job->tty)
		tty_size(&client->tty, &rows, &cols);
	wire_put32(payload + 4, job->tty ? WIRE_EXEC_TTY : 0);
	wire_put32(payload + 8, rows);
	wire_put32(payload + 12, cols);
	wire_put32(payload + 16, (uint32_t)words.len);
	send_frame(client, WIRE_EXEC, payload, 20);
	for (size_t at = 0, size; at < words.len; at += size) {
		size = words.len - at < INPUT_MAX ? words.len - at : INPUT_MAX;
		memcpy(payload + 4, words.buf + at, size);
		send_frame(client, WIRE_EXEC_WORDS, payload, 4 + size);
	}
}

/* The keys go to the command's terminal. */
static void make_raw(struct exec_client *client)
{
	struct termios raw = client->tty.saved;

	if (!client->job->tty || !client->tty.attended)
		return;
	cfmakeraw(&raw);
	client->raw = client->line_begins = true;
	tcsetattr(client->tty.fd, TCSADRAIN, &raw);
}

/* --- our streams --- */

/*
 * Copy what was typed, but not the keys of the escape. True if they are complete: a tilde
 * at the beginning of a line and a full stop, as in ssh(1).
 */
static bool take_keys(struct exec_client *client, const unsigned char *keys, size_t nr,
		      unsigned char *to, size_t *size)
{
	*size = 0;
	for (size_t i = 0; i < nr; i++) {
		bool begins = client->line_begins;

		client->line_begins = keys[i] == '\r' || keys[i] == '\n';
		if (client->tilde) {
			client->tilde = false;
			if (keys[i] == '.')
				return true;
			if (keys[i] != '~')
				to[(*size)++] = '~';
		} else if (begins && keys[i] == '~') {
			client->tilde = true;
			continue;
		}
		to[(*size)++] = keys[i];
	}
	return false;
}

static void read_input(struct exec_client *client)
{
	unsigned char payload[WIRE_PAYLOAD_MAX], keys[512];
	size_t max = client->input_room < INPUT_MAX ? client->input_room : INPUT_MAX;
	ssize_t n;

	/* the tilde before them may be sent, too */
	if (client->raw)
		max = max - 1 < sizeof(keys) ? max - 1 : sizeof(keys);
	n = read(client->job->in, client->raw ? keys : payload + 4, max);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client->input_ended = true;
		send_frame(client, WIRE_EXEC_STDIN_END, payload, 4);
		return;
	}
	if (client->raw) {
		size_t size;

		if (take_keys(client, keys, (size_t)n, payload + 4, &size))
			fail(client, 128 + SIGHUP, "left the command in VM %u",
			     client->job->number);
		n = (ssize_t)size;
	}
	if (n > 0)
		send_frame(client, WIRE_EXEC_STDIN, payload, 4 + (size_t)n);
	client->input_room -= (uint32_t)n;
}

static bool wants_input(const struct exec_client *client)
{
	return !client->done && !client->input_ended && !client->out.len &&
	       client->input_room > (client->raw ? 1 : 0);
}

/* Tell the guest what our readers have taken, but not for every byte. */
static void make_room(struct exec_client *client)
{
	uint32_t more[2];
	bool much = false;

	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		const struct sink *sink = &client->sinks[i];
		uint64_t taken = client->got[i] - (sink->queue.len - sink->written);

		more[i] = (uint32_t)(taken + WIRE_EXEC_OUTPUT - client->room[i]);
		much |= more[i] >= WIRE_EXEC_OUTPUT / 4;
	}
	if (!much || client->done)
		return;
	send_numbers(client, WIRE_EXEC_ROOM, more[0], more[1]);
	client->room[0] += more[0];
	client->room[1] += more[1];
}

/* What cannot be written to standard output ends us, as a write would have done it. */
static void check_output(struct exec_client *client)
{
	int err = client->sinks[0].error;

	client->broken = err == EPIPE;
	if (client->broken)
		finish(client, 128 + SIGPIPE);
	else if (err)
		fail(client, EXEC_FAILED, "cannot write to standard output: %s",
		     err_text(err));
}

/* --- frames --- */

static void take_output(struct exec_client *client, const struct wire_frame *frame)
{
	size_t which = frame->type - WIRE_EXEC_STDOUT;

	client->got[which] += frame->size - 4;
	sink_add(&client->sinks[which], frame->payload + 4, frame->size - 4);
}

static void take_input_room(struct exec_client *client, uint32_t room)
{
	client->input_room += room;
	if (room || client->input_ended)
		return;
	/* whoever writes to our standard input learns that, too */
	client->input_ended = true;
	if (client->job->in == STDIN_FILENO && !client->tty.attended)
		close(STDIN_FILENO);
}

static void take_end(struct exec_client *client, const unsigned char *at)
{
	const struct exec_job *job = client->job;
	const char *name = job->words[0] ? job->words[0] : "a shell";
	uint32_t value = wire_get32(at + 4);

	if (wire_get64(at + 8) != client->got[0] ||
	    wire_get64(at + 16) != client->got[1]) {
		fail(client, EXEC_FAILED, "some of the output of '%s' in VM %u was lost",
		     name, job->number);
		return;
	}
	switch (wire_get32(at)) {
	case WIRE_EXEC_EXIT:
		finish(client, (int)(value & 0xff));
		break;
	case WIRE_EXEC_SIGNALLED:
		finish(client, 128 + (int)(value & 0x7f));
		break;
	case WIRE_EXEC_CUT_OFF:
		fail(client, EXEC_FAILED, "the test in VM %u ended first", job->number);
		break;
	case WIRE_EXEC_NO_PROGRAM:
		if (value != ENOENT)
			fail(client, 126, "cannot run '%s' in VM %u: %s", name,
			     job->number, err_text((int)value));
		else if (strchr(name, '/'))
			fail(client, 127,
			     "cannot run '%s' in VM %u: it is not there, or what it is to "
			     "be run with is not",
			     name, job->number);
		else
			fail(client, 127,
			     "cannot run '%s' in VM %u: it is not in the image, and a run "
			     "has only the programs of its test: begin it with --bin %s",
			     name, job->number, name);
		break;
	default:
		fail(client, EXEC_FAILED, "cannot start a process in VM %u: %s",
		     job->number, err_text((int)value));
	}
}

static void take_frame(struct exec_client *client, const struct wire_frame *frame)
{
	static const size_t sizes[] = {
		[WIRE_EXEC_STDIN_ROOM - WIRE_EXEC_STDOUT] = 8,
		[WIRE_EXEC_END - WIRE_EXEC_STDOUT] = 28,
	};
	unsigned int kind = frame->type - WIRE_EXEC_STDOUT;

	client->answered = true;
	if (frame->type < WIRE_EXEC_STDOUT || frame->type > WIRE_EXEC_REFUSED ||
	    frame->size < 4 ||
	    (kind < ARRAY_SIZE(sizes) && sizes[kind] && frame->size != sizes[kind])) {
		fail(client, EXEC_FAILED,
		     "what the rapido of VM %u says makes no sense: is it another version?",
		     client->job->number);
		return;
	}
	switch (frame->type) {
	case WIRE_EXEC_STDOUT:
	case WIRE_EXEC_STDERR:
		take_output(client, frame);
		break;
	case WIRE_EXEC_STDIN_ROOM:
		take_input_room(client, wire_get32(frame->payload + 4));
		break;
	case WIRE_EXEC_END:
		take_end(client, frame->payload + 4);
		break;
	case WIRE_EXEC_REFUSED:
		fail(client, EXEC_FAILED, "cannot run a command in VM %u: %.*s",
		     client->job->number, (int)(frame->size - 4),
		     (const char *)frame->payload + 4);
		break;
	}
}

static void take_frames(struct exec_client *client)
{
	size_t used = 0;

	while (!client->done) {
		struct wire_frame frame = { .type = 0 };
		long size = wire_parse(&frame, client->in + used, client->len - used,
				       client->received);

		if (!size)
			break;
		take_frame(client, &frame);
		client->received++;
		used += size > 0 ? (size_t)size : 0;
	}
	client->len -= used;
	memmove(client->in, client->in + used, client->len);
}

static void receive(struct exec_client *client)
{
	ssize_t n = recv(client->fd, client->in + client->len,
			 sizeof(client->in) - client->len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		fail(client, EXEC_FAILED,
		     "VM %u has ended, or the rapido that supervised it",
		     client->job->number);
		return;
	}
	client->len += (size_t)n;
	take_frames(client);
}

static void transmit(struct exec_client *client)
{
	while (client->written < client->out.len) {
		ssize_t n = send(client->fd, client->out.buf + client->written,
				 client->out.len - client->written,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		/* what else is wrong, receive() will see */
		if (n <= 0)
			return;
		client->written += (size_t)n;
	}
	strbuf_setlen(&client->out, 0);
	client->written = 0;
}

/* --- signals, and the loop --- */

static void take_signal(struct exec_client *client)
{
	struct signalfd_siginfo info;
	unsigned short rows, cols;
	int sig;

	if (read(client->signals, &info, sizeof(info)) != sizeof(info))
		return;
	sig = (int)info.ssi_signo;
	if (sig == SIGCHLD)
		return;
	if (sig == SIGWINCH) {
		if (client->job->tty && tty_size(&client->tty, &rows, &cols))
			send_numbers(client, WIRE_EXEC_WINSIZE, rows, cols);
		return;
	}
	if (!client->answered || ++client->nr_signals == SIGNALS_MAX) {
		finish(client, 128 + sig);
	} else {
		unsigned char payload[8];

		wire_put32(payload + 4, (uint32_t)sig);
		send_frame(client, WIRE_EXEC_SIGNAL, payload, sizeof(payload));
	}
}

/* The timeout for poll(2). */
static int check_time(struct exec_client *client)
{
	uint64_t now = monotonic_ms() - client->start_ms;

	if (client->answered)
		return -1;
	if (now >= LONG_MS && !client->told) {
		client->told = true;
		log_info("waiting for the guest of VM %u", client->job->number);
	}
	if (now >= GUEST_MS)
		fail(client, EXEC_FAILED, "the guest of VM %u does not answer",
		     client->job->number);
	return (int)((now < LONG_MS ? LONG_MS : GUEST_MS) - now);
}

enum { FD_SIGNALS, FD_CONNECTION, FD_OUT, FD_ERR, FD_IN, NR_FDS };

static void loop(struct exec_client *client)
{
	while (!client->done) {
		struct pollfd fds[NR_FDS] = {
			{ .fd = client->signals, .events = POLLIN },
			{ .fd = client->fd, .events = POLLIN },
			{ .fd = sink_fd(&client->sinks[0]), .events = POLLOUT },
			{ .fd = sink_fd(&client->sinks[1]), .events = POLLOUT },
			{ .fd = wants_input(client) ? client->job->in : -1,
			  .events = POLLIN },
		};
		int timeout = check_time(client);

		if (client->out.len)
			fds[FD_CONNECTION].events |= POLLOUT;
		if (client->done || (poll(fds, NR_FDS, timeout) < 0 && errno != EINTR))
			break;
		if (fds[FD_SIGNALS].revents)
			take_signal(client);
		if (fds[FD_CONNECTION].revents & ~POLLOUT)
			receive(client);
		if (fds[FD_IN].revents && wants_input(client))
			read_input(client);
		sink_write(&client->sinks[0]);
		sink_write(&client->sinks[1]);
		make_room(client);
		check_output(client);
		transmit(client);
	}
}

/* Write what is queued, until a signal comes: its sender does not want to wait. */
static void flush(struct exec_client *client)
{
	for (size_t i = 0; i < ARRAY_SIZE(client->sinks); i++) {
		struct signalfd_siginfo info;

		while (sink_finish(&client->sinks[i], -1, client->signals) == -EINTR) {
			if (read(client->signals, &info, sizeof(info)) != sizeof(info) ||
			    info.ssi_signo == SIGWINCH || info.ssi_signo == SIGCHLD)
				continue;
			client->status = 128 + (int)info.ssi_signo;
			return;
		}
	}
	client->done = client->complaint;
	check_output(client);
}

static void serve(struct exec_client *client)
{
	sigset_t before;

	client->signals = signal_fd_open(&before, SIGWINCH);
	if (client->signals < 0) {
		fail(client, EXEC_FAILED, "cannot wait for signals: %s",
		     err_text(client->signals));
		return;
	}
	make_raw(client);
	client->len = client->control.answer.len;
	memcpy(client->in, client->control.answer.buf, client->len);
	client->start_ms = monotonic_ms();
	begin(client);
	make_room(client);
	transmit(client);
	take_frames(client);
	loop(client);
	flush(client);
	if (client->raw)
		tty_restore(&client->tty);
	close(client->signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

int exec_run(const struct exec_job *job)
{
	/* too large for the stack */
	_cleanup_free_ struct exec_client *client = xcalloc(1, sizeof(*client));
	int status = EXEC_FAILED;

	client->job = job;
	client->control = (struct control_client)CONTROL_CLIENT_INIT;
	client->out = (struct strbuf)STRBUF_INIT;
	client->status = EXEC_FAILED;
	sink_init(&client->sinks[0], job->out);
	sink_init(&client->sinks[1], STDERR_FILENO);
	tty_save(&client->tty);
	if (!connect_to_vm(client) && !ask(client)) {
		serve(client);
		status = client->status;
	}
	/* before the message, and before a signal: the command is ended now */
	control_hang_up(&client->control);
	for (size_t i = 0; i < ARRAY_SIZE(client->sinks); i++)
		sink_release(&client->sinks[i]);
	strbuf_release(&client->out);
	if (client->complaint)
		log_error("%s", client->complaint);
	free(client->complaint);
	if (client->broken)
		raise(SIGPIPE);
	return status;
}

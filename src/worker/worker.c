// SPDX-License-Identifier: GPL-2.0-or-later
/* Workers as rapido sees them: their processes, and the connections to them. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/utf8.h"
#include "worker-private.h"

/* Milliseconds that a worker has to end when it is not needed any more;
 * and then, after SIGTERM. */
#define END_MS	2000
#define TERM_MS 1000
/* Milliseconds from the end of its output to its own. */
#define HANG_UP_MS 500
/* Milliseconds until the user is told that a worker is waited for. */
#define HINT_MS 20000
/* If nobody has called worker_work() for so long, silence means nothing. */
#define ABSENT_MS 10000
/* Of a line on its standard error. */
#define LINE_MAX_SIZE 4096
/* Of what it says in place of a message. */
#define LINE_SHOWN 200
/* Reads at a time, so that others have their turn. */
#define READS_MAX 16
#define PIPE_SIZE (1 << 20)
/* Of a command in messages. */
#define NAME_MAX_SIZE 40

/* The digest of a file that has not changed since. */
struct worker_known {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
	struct digest digest;
};

int workers_digest(struct workers *workers, int fd, struct worker_file *file)
{
	struct worker_known *known;
	struct digest digest;
	struct stat st;
	int err;

	if (fstat(fd, &st) < 0)
		return -errno;
	file->size = (uint64_t)st.st_size;
	file->mtime = st.st_mtim;
	for (size_t i = 0; i < workers->nr_known; i++) {
		known = &workers->known[i];
		if (known->dev == st.st_dev && known->ino == st.st_ino &&
		    known->size == st.st_size &&
		    timespec_compare(&known->mtime, &st.st_mtim) == 0) {
			file->digest = known->digest;
			return 0;
		}
	}
	err = digest_file(&digest, fd, NULL, NULL);
	if (err)
		return err;
	ALLOC_GROW(workers->known, workers->nr_known, workers->alloc_known);
	workers->known[workers->nr_known++] =
		(struct worker_known){ st.st_dev, st.st_ino, st.st_size, st.st_mtim,
				       digest };
	file->digest = digest;
	return 0;
}

enum worker_state worker_state(const struct worker *worker)
{
	return worker->state;
}

const char *worker_name(const struct worker *worker)
{
	return worker->name;
}

const char *worker_why_lost(const struct worker *worker)
{
	return worker->why ? worker->why : "";
}

/* Show a line that the worker's rapido, or its command, has written. */
static void show_line(struct worker *worker)
{
	static const char prefix[] = "rapido: ";
	const char *line = worker->line.buf;
	_cleanup_free_ char *text = NULL;

	if (starts_with(line, prefix))
		line += strlen(prefix);
	text = xasprintf("%s%s: %s\n", prefix, worker->name, line);
	if (*line)
		log_text(text, strlen(text));
	strbuf_setlen(&worker->line, 0);
}

static void take_messages(struct worker *worker)
{
	char data[LINE_MAX_SIZE];
	ssize_t n;

	if (worker->messages < 0)
		return;
	n = read(worker->messages, data, sizeof(data));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	for (ssize_t i = 0; i < n; i++) {
		if (data[i] == '\n')
			show_line(worker);
		else if (worker->line.len < LINE_MAX_SIZE)
			strbuf_addch(&worker->line, data[i] ? data[i] : '?');
	}
	if (n > 0)
		return;
	show_line(worker);
	close(TAKE_FD(worker->messages));
}

/* Whatever it may still have to say. */
static void take_last_messages(struct worker *worker)
{
	for (int i = 0; i < READS_MAX && worker->messages >= 0; i++) {
		struct pollfd fd = { .fd = worker->messages, .events = POLLIN };

		if (poll(&fd, 1, 0) <= 0)
			break;
		take_messages(worker);
	}
}

void worker_lose(struct worker *worker, const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf why = STRBUF_INIT;
	va_list ap;

	if (worker->state == WORKER_GONE)
		return;
	va_start(ap, fmt);
	strbuf_vaddf(&why, fmt, ap);
	va_end(ap);
	take_last_messages(worker);
	worker->why = strbuf_detach(&why);
	worker->state = WORKER_GONE;
	worker_link_release(&worker->link);
	if (worker->process.pid > 0)
		kill(worker->process.pid, SIGTERM);
	/* whoever has its VM says what that means */
	if (worker->vm)
		worker_vm_lose(worker->vm);
	else
		log_warn("%s %s", worker->name, worker->why);
}

void worker_drop(struct worker *worker, const char *why)
{
	worker_lose(worker, "%s", why);
}

/* The first line of what was printed in place of a message, to follow a reason. Heap. */
static char *describe_noise(const struct worker *worker)
{
	const struct worker_link *link = &worker->link;
	_cleanup_(strbuf_release) struct strbuf noise = STRBUF_INIT;
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT;
	_cleanup_free_ char *line = NULL;

	strbuf_add(&noise, link->noise.buf, link->noise.len);
	/* and what might have become a message */
	if (!link->received)
		strbuf_add(&noise, link->data + link->parsed, link->used - link->parsed);
	if (!noise.len)
		return xstrdup("");
	if (noise.len > LINE_SHOWN)
		strbuf_setlen(&noise, LINE_SHOWN);
	line = xstrndup(noise.buf, strcspn(noise.buf, "\n"));
	strbuf_add_visible(&shown, line);
	return xasprintf("; it printed '%s'", shown.buf);
}

/* Its output has ended. */
static void lose_ended(struct worker *worker)
{
	_cleanup_free_ char *noise = describe_noise(worker);
	const char *when = worker->state == WORKER_STARTING ? " before it was heard" : "";
	int status = process_wait(&worker->process, HANG_UP_MS);

	if (worker->link.error)
		worker_lose(worker, "cannot be read: %s", err_text(worker->link.error));
	else if (status < 0)
		worker_lose(worker, "has hung up%s%s", when, noise);
	else if (status > 128 && status <= 128 + SIGRTMAX)
		worker_lose(worker, "was ended by signal %d%s%s", status - 128, when,
			    noise);
	else
		worker_lose(worker, "ended with status %d%s%s", status, when, noise);
}

/* Both sides must be the same program, or nearly so. */
static void take_hello(struct worker *worker, const struct wire_frame *frame)
{
	_cleanup_free_ char *version = worker_frame_text(frame, 8);
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT;
	unsigned char numbers[8];

	if (worker->state != WORKER_STARTING || frame->size < 8) {
		worker_lose(worker, "began twice");
		return;
	}
	strbuf_add_visible(&shown, version);
	if (wire_get32(frame->payload) != WORKER_PROTOCOL ||
	    wire_get32(frame->payload + 4) != WIRE_VERSION ||
	    !streq(version, RAPIDO_VERSION)) {
		worker_lose(worker,
			    "has another version of rapido: %s (%u.%u), and this is %s "
			    "(%u.%u); see WORKER_PROGRAM in rapido.conf(5)",
			    shown.buf, wire_get32(frame->payload),
			    wire_get32(frame->payload + 4), RAPIDO_VERSION,
			    WORKER_PROTOCOL, WIRE_VERSION);
		return;
	}
	wire_put32(numbers, WORKER_PROTOCOL);
	wire_put32(numbers + 4, WIRE_VERSION);
	worker_link_send2(&worker->link, WORKER_HELLO, numbers, sizeof(numbers),
			  RAPIDO_VERSION, strlen(RAPIDO_VERSION));
	worker->state = WORKER_READY;
	log_debug("%s is ready, after %.1f s", worker->name,
		  (double)(monotonic_ms() - worker->started_ms) / 1000);
	if (worker->vm)
		worker_vm_begin(worker->vm);
}

static void take_freed(struct worker *worker)
{
	worker->freeing = false;
	worker->state = WORKER_READY;
	if (worker->vm)
		worker_vm_begin(worker->vm);
}

static void take_frame(struct worker *worker, const struct wire_frame *frame)
{
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT;
	_cleanup_free_ char *text = NULL;

	switch (frame->type) {
	case WORKER_HELLO:
		take_hello(worker, frame);
		break;
	case WORKER_ALIVE:
		break;
	case WORKER_BYE:
		text = worker_frame_text(frame, 0);
		strbuf_add_visible(&shown, text);
		worker_lose(worker, "ends: %s", shown.buf);
		break;
	case WORKER_FREED:
		if (worker->freeing)
			take_freed(worker);
		else
			worker_lose(worker, "sent a message out of order");
		break;
	default:
		/* what it has said before it heard that nobody wants to know */
		if (worker->freeing)
			break;
		if (!worker->vm || worker_vm_frame(worker->vm, frame))
			worker_lose(worker, "sent a message that makes no sense (%u)",
				    frame->type);
	}
}

static void read_frames(struct worker *worker)
{
	for (int i = 0; i < READS_MAX && worker_link_read(&worker->link); i++) {
		struct wire_frame frame;
		int more = 0;

		while (worker->state != WORKER_GONE &&
		       (more = worker_link_next(&worker->link, &frame)) > 0)
			take_frame(worker, &frame);
		if (worker->state == WORKER_GONE)
			return;
		if (more < 0) {
			_cleanup_free_ char *noise = describe_noise(worker);

			worker_lose(worker, "sent what is not a message%s",
				    worker->state == WORKER_STARTING ? noise : "");
			return;
		}
	}
	if (worker->link.in < 0)
		lose_ended(worker);
}

static void see_whether_silent(struct worker *worker, uint64_t now)
{
	uint64_t limit = worker->state == WORKER_STARTING ? worker->start_limit_ms
							  : WORKER_SILENT_S * 1000;
	uint64_t silent = now - worker->link.heard_ms;

	if (now - worker->worked_ms > ABSENT_MS && worker->state != WORKER_STARTING)
		worker->link.heard_ms = now;
	else if (silent >= limit)
		worker_lose(worker, "was silent for %llu s",
			    (unsigned long long)silent / 1000);
	if (worker->state == WORKER_STARTING && !worker->hinted &&
	    now - worker->started_ms >= HINT_MS) {
		worker->hinted = true;
		log_info("waiting for %s, whose command has not started rapido yet",
			 worker->name);
	}
}

void worker_work(struct worker *worker)
{
	uint64_t now;

	take_messages(worker);
	if (worker->state == WORKER_GONE)
		return;
	read_frames(worker);
	if (worker->state == WORKER_GONE)
		return;
	now = monotonic_ms();
	see_whether_silent(worker, now);
	if (worker->state == WORKER_GONE)
		return;
	worker->worked_ms = now;
	if (worker->vm)
		worker_vm_work(worker->vm);
	if (worker->state == WORKER_READY || worker->state == WORKER_BUSY)
		worker_link_keep_alive(&worker->link, now);
	worker_link_write(&worker->link);
}

int worker_timeout(const struct worker *worker)
{
	uint64_t now = monotonic_ms();
	int alive = worker_link_alive_in(&worker->link, now);

	if (worker->state == WORKER_GONE)
		return -1;
	return worker->state == WORKER_STARTING ? 1000 : alive;
}

void worker_fill_pollfds(const struct worker *worker, struct pollfd fds[WORKER_FDS])
{
	const struct worker_link *link = &worker->link;

	_Static_assert(WORKER_FDS == 3 + WORKER_STREAMS, "all of them are polled");
	fds[0] = (struct pollfd){ .fd = worker->messages, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = link->in, .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = -1, .events = POLLOUT };
	if (worker_link_queued(link) || (worker->vm && worker_vm_has_more(worker->vm)))
		fds[2].fd = link->out;
	for (int i = 3; i < WORKER_FDS; i++)
		fds[i] = (struct pollfd){ .fd = -1 };
	if (worker->vm)
		worker_vm_fill_pollfds(worker->vm, fds + 3);
}

bool worker_pump(struct worker *worker, uint64_t until)
{
	struct pollfd fds[WORKER_FDS];
	uint64_t now = monotonic_ms();

	if (worker->state == WORKER_GONE || now >= until)
		return false;
	worker_fill_pollfds(worker, fds);
	poll(fds, WORKER_FDS, until - now < 1000 ? (int)(until - now) : 1000);
	worker_work(worker);
	return worker->state != WORKER_GONE;
}

/* --- its process --- */

/* The path of the program that runs here, which is expected there, too. NULL: unknown. */
static char *own_program(void)
{
	return realpath("/proc/self/exe", NULL);
}

static int make_pipe(int ends[2], int *theirs, int *ours, bool we_write)
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
	*theirs = ends[we_write ? 0 : 1];
	*ours = ends[we_write ? 1 : 0];
	fcntl(*ours, F_SETFL, O_NONBLOCK);
	return 0;
}

/* Start the process with its three pipes. 0 or -errno. */
static int start_process(struct worker *worker)
{
	struct process *process = &worker->process;
	_cleanup_close_ int their_in = -1, their_out = -1, their_err = -1;
	int in = -1, out = -1, ends[2];
	int err = make_pipe(ends, &their_in, &out, true);

	if (!err)
		err = make_pipe(ends, &their_out, &in, false);
	if (!err)
		err = make_pipe(ends, &their_err, &worker->messages, false);
	worker_link_init(&worker->link, in, out);
	if (err)
		return err;
	process->in = their_in;
	process->out = their_out;
	process->err = their_err;
	/* Ctrl-C is for us, and nobody is there to answer questions */
	process->own_session = true;
	process->kill_group = true;
	process->death_signal = SIGTERM;
	err = process_start(process);
	process->in = process->out = process->err = -1;
	return err;
}

static int start_worker(struct worker *worker, const char *command)
{
	const char *program = conf_get(worker->all->conf, "WORKER_PROGRAM");
	struct strvec *argv = &worker->process.argv;
	_cleanup_free_ char *own = own_program();
	int err;

	err = strvec_split_shell(argv, command);
	if (err || !argv->nr) {
		log_error("--worker '%s': %s", command,
			  err ? "a quote is not closed" : "it has no words");
		return -EINVAL;
	}
	strvec_push(argv, program ? program : own ? own : "rapido");
	strvec_push(argv, "worker");
	if (log_enabled(LOG_DEBUG))
		strvec_push(argv, "-v");
	else if (!log_enabled(LOG_INFO))
		strvec_push(argv, "-q");
	err = start_process(worker);
	if (err)
		log_error("--worker '%s': cannot start '%s': %s", command, argv->v[0],
			  err_text(err));
	return err;
}

static void worker_free(struct worker *worker)
{
	if (worker->process.pid > 0 && process_wait(&worker->process, END_MS) < 0) {
		kill(worker->process.pid, SIGTERM);
		process_wait(&worker->process, TERM_MS);
	}
	process_release(&worker->process);
	take_last_messages(worker);
	worker_link_release(&worker->link);
	cleanup_close(&worker->messages);
	strbuf_release(&worker->line);
	free(worker->name);
	free(worker->why);
	free(worker);
}

int workers_start(struct workers *workers, const struct strvec *commands, size_t nr,
		  const struct conf *conf)
{
	const char *limit = conf_get(conf, "WORKER_TIMEOUT");
	unsigned long limit_s = WORKER_START_S;
	int err = 0;

	if (limit && parse_uint(limit, 1, UINT32_MAX, &limit_s)) {
		log_error("WORKER_TIMEOUT: '%s' is not a number of seconds", limit);
		return -EINVAL;
	}
	workers->conf = conf;
	workers->v = xcalloc(nr, sizeof(*workers->v));
	for (size_t i = 0; !err && i < nr; i++) {
		const char *command = commands->v[i % commands->nr];
		struct worker *worker = xcalloc(1, sizeof(*worker));
		uint64_t now = monotonic_ms();

		workers->v[workers->nr++] = worker;
		*worker = (struct worker){
			.all = workers,
			.name = xasprintf("worker %zu (%.*s%s)", i + 1, NAME_MAX_SIZE,
					  command,
					  strlen(command) > NAME_MAX_SIZE ? "..." : ""),
			.process = PROCESS_INIT,
			.link = { .in = -1, .out = -1 },
			.messages = -1,
			.line = STRBUF_INIT,
			.started_ms = now,
			.worked_ms = now,
			.start_limit_ms = (uint64_t)limit_s * 1000,
		};
		worker->link.queue = worker->link.noise = (struct strbuf)STRBUF_INIT;
		err = start_worker(worker, command);
	}
	return err;
}

void workers_free(struct workers *workers)
{
	/* first all hang up, then all have the same time */
	for (size_t i = 0; i < workers->nr; i++) {
		struct worker *worker = workers->v[i];

		worker_link_release(&worker->link);
		/* a command that has not started one does not notice that */
		if (worker->state == WORKER_STARTING && worker->process.pid > 0)
			kill(worker->process.pid, SIGTERM);
	}
	for (size_t i = 0; i < workers->nr; i++)
		worker_free(workers->v[i]);
	free(workers->v);
	free(workers->known);
	*workers = (struct workers)WORKERS_INIT;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worker's loop: it makes the VM that rapido asks for, and carries bytes between its
 * guest and rapido. When rapido is gone, so is the VM.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/signal-fd.h"
#include "serve-files.h"
#include "worker-relay.h"
#include "worker-spec.h"
#include "worker/serve.h"

/* Bytes of files that are kept, unless WORKER_CACHE_MAX says otherwise. */
#define CACHE_MAX (4ULL << 30)
/* Milliseconds between looks at what this host does to the VM. */
#define WATCH_MS 1000
/* Milliseconds that a VM may have to end. */
#define STOP_MAX_MS 30000
/* Milliseconds for the last words. */
#define BYE_MS	  1000
#define READS_MAX 16

/* The descriptors to poll. */
enum {
	FD_IN,
	FD_OUT,
	FD_SIGNALS,
	FD_MONITOR,
	FD_CONTROL,
	FD_RELAYS,
	NR_FDS = FD_RELAYS + WORKER_STREAMS
};

struct server {
	struct conf conf;
	struct worker_link link;
	int signals;
	bool greeted; /* rapido has said hello */
	bool over;    /* nothing more is to be done */
	int status;   /* to exit with */
	struct serve_files files;
	struct strbuf text; /* of the spec */

	/* the VM, or NULL, and what it was made of */
	struct vm *vm;
	struct vm_options options;
	struct image_info info;
	struct worker_spec spec;
	struct worker_relay relays[WORKER_STREAMS];
	bool running;
	const char *lost; /* what vm_lost() said */
};

static void give_up(struct server *server, const char *why)
{
	log_error("worker: %s", why);
	server->over = true;
	server->status = 1;
}

/* --- the VM --- */

static void forget_vm(struct server *server)
{
	vm_free(TAKE_PTR(server->vm));
	for (int i = 0; i < WORKER_STREAMS; i++) {
		worker_relay_release(&server->relays[i]);
		worker_relay_init(&server->relays[i], i, -1, false);
	}
	image_info_release(&server->info);
	server->info = (struct image_info){ 0 };
	worker_spec_release(&server->spec);
	strbuf_setlen(&server->text, 0);
	server->running = false;
	server->lost = NULL;
}

/* The ways to the guest. 0, or -errno after a message. */
static int connect_guest(struct server *server)
{
	int fds[WORKER_STREAMS] = { -1, -1, -1 };
	int err = vm_add_console(server->vm, &fds[WORKER_CONSOLE]);

	if (!err)
		err = vm_add_channel(server->vm, &fds[WORKER_SLOW]);
	if (!err)
		err = vm_add_port(server->vm, &fds[WORKER_FAST]);
	if (err)
		log_error("cannot make a socket or pipe for the VM: %s", err_text(err));
	for (int i = 0; i < WORKER_STREAMS; i++)
		worker_relay_init(&server->relays[i], i, fds[i], false);
	return err ? err : vm_add_monitor(server->vm);
}

static int make_vm(struct server *server)
{
	const struct served_file *kernel = &server->files.v[WORKER_KERNEL],
				 *image = &server->files.v[WORKER_IMAGE];
	_cleanup_close_ int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int err = image_read_info(&server->info, image->fd, image->path);

	if (err)
		return err;
	server->options = (struct vm_options){
		.conf = &server->conf,
		.image = image->path,
		.image_fd = image->fd,
		.info = &server->info,
		.kernel = kernel->path,
		.release = server->spec.release,
		.args = &server->spec.args,
		.unattended = true,
		.run = true,
		.merge = server->spec.merge,
		.stay = server->spec.stay,
	};
	err = vm_new(&server->vm, &server->options);
	if (!err)
		err = connect_guest(server);
	return err ? err : vm_start(server->vm, null_fd, STDERR_FILENO, -1, NULL);
}

static void say_started(struct server *server)
{
	const struct vm_traits *traits = vm_traits(server->vm);
	const char *accel = traits->accel ? traits->accel : "";
	unsigned char head[8];

	wire_put32(head, vm_number(server->vm));
	wire_put32(head + 4, traits->emulated);
	worker_link_send2(&server->link, WORKER_STARTED, head, sizeof(head), accel,
			  strlen(accel));
	for (int i = 0; i < WORKER_STREAMS; i++)
		if (server->relays[i].fd < 0)
			worker_link_send32(&server->link, WORKER_EOF, (uint32_t)i);
	server->running = true;
}

static int take_make(struct server *server, const struct wire_frame *frame)
{
	const struct served_file *files = server->files.v;

	(void)frame;
	if (server->vm || files[WORKER_KERNEL].fd < 0 || files[WORKER_IMAGE].fd < 0 ||
	    worker_spec_parse(&server->spec, server->text.buf, server->text.len,
			      &server->conf))
		return -EPROTO;
	/* the reason is on standard error, which rapido shows */
	if (make_vm(server))
		worker_link_send_text(&server->link, WORKER_FAILED, "");
	else
		say_started(server);
	return 0;
}

static void send_output(struct server *server)
{
	const char *output = vm_output(server->vm);
	size_t size = strlen(output);

	/* its end tells more */
	if (size > WORKER_OUTPUT_MAX) {
		output += size - WORKER_OUTPUT_MAX;
		size = WORKER_OUTPUT_MAX;
	}
	for (size_t at = 0; at < size; at += WIRE_PAYLOAD_MAX)
		worker_link_send(&server->link, WORKER_OUTPUT, output + at,
				 size - at < WIRE_PAYLOAD_MAX ? size - at
							      : WIRE_PAYLOAD_MAX);
}

/* The VM has ended: send what it has said until then. */
static void note_vm_end(struct server *server, int status)
{
	server->running = false;
	worker_link_send32(&server->link, WORKER_ENDED, (uint32_t)status);
	for (int i = 0; i < WORKER_STREAMS; i++)
		while (worker_relay_read(&server->relays[i], &server->link, true))
			;
	vm_give_number_back(server->vm);
	send_output(server);
	worker_link_send(&server->link, WORKER_REST, NULL, 0);
}

/* After SIGCHLD. */
static void child_ended(struct server *server)
{
	int status = server->running ? vm_wait(server->vm, 0) : -ETIMEDOUT;

	if (!server->running)
		return;
	if (status >= 0) {
		note_vm_end(server, status);
	} else if (status != -ETIMEDOUT) {
		give_up(server, "cannot see whether the VM has ended");
	} else if (!server->lost) {
		server->lost = vm_lost(server->vm);
		if (server->lost)
			worker_link_send_text(&server->link, WORKER_LOST, server->lost);
	}
}

/* --- what rapido says --- */

static int take_hello(struct server *server, const struct wire_frame *frame)
{
	_cleanup_free_ char *version = worker_frame_text(frame, 8);

	if (server->greeted || frame->size < 8 ||
	    wire_get32(frame->payload) != WORKER_PROTOCOL ||
	    wire_get32(frame->payload + 4) != WIRE_VERSION ||
	    !streq(version, RAPIDO_VERSION))
		return -EPROTO;
	server->greeted = true;
	return 0;
}

static int take_file(struct server *server, const struct wire_frame *frame)
{
	return server->vm ? -EPROTO : serve_files_announced(&server->files, frame);
}

static int take_data(struct server *server, const struct wire_frame *frame)
{
	return serve_files_data(&server->files, frame);
}

static int take_spec(struct server *server, const struct wire_frame *frame)
{
	if (server->vm || frame->size > WORKER_SPEC_MAX - server->text.len)
		return -EPROTO;
	strbuf_add(&server->text, frame->payload, frame->size);
	return 0;
}

static struct worker_relay *relay_of(struct server *server,
				     const struct wire_frame *frame)
{
	uint32_t stream = frame->size >= 4 ? wire_get32(frame->payload) : WORKER_STREAMS;

	return stream < WORKER_STREAMS ? &server->relays[stream] : NULL;
}

/* The VM may have ended meanwhile. */
static int take_bytes(struct server *server, const struct wire_frame *frame)
{
	struct worker_relay *relay = relay_of(server, frame);

	if (!relay)
		return -EPROTO;
	return server->running
		       ? worker_relay_bytes(relay, frame->payload + 4, frame->size - 4)
		       : 0;
}

static int take_room(struct server *server, const struct wire_frame *frame)
{
	struct worker_relay *relay = relay_of(server, frame);

	if (!relay || frame->size != 8)
		return -EPROTO;
	return server->running ? worker_relay_room(relay, wire_get32(frame->payload + 4))
			       : 0;
}

/* The run does not read or write there any more. */
static int take_eof(struct server *server, const struct wire_frame *frame)
{
	return relay_of(server, frame) ? 0 : -EPROTO;
}

static int take_watch(struct server *server, const struct wire_frame *frame)
{
	_cleanup_free_ char *line = worker_frame_text(frame, 0);

	if (server->vm)
		vm_watch(server->vm, line);
	return 0;
}

static int take_stop(struct server *server, const struct wire_frame *frame)
{
	uint32_t grace_ms = frame->size == 4 ? wire_get32(frame->payload) : UINT32_MAX;

	if (grace_ms > STOP_MAX_MS)
		return -EPROTO;
	if (!server->running)
		return 0;
	vm_stop(server->vm, (int)grace_ms);
	note_vm_end(server, 0);
	return 0;
}

static int take_judge(struct server *server, const struct wire_frame *frame)
{
	_cleanup_(strbuf_release) struct strbuf texts = STRBUF_INIT;
	struct vm_ending ending;
	unsigned char head[8];

	if (!server->vm || server->running || frame->size != 4)
		return -EPROTO;
	ending = vm_ending(server->vm, (int)wire_get32(frame->payload));
	if (ending.fault)
		strbuf_adds(&texts, ending.fault);
	wire_put32(head, ending.end);
	wire_put32(head + 4, (uint32_t)texts.len);
	if (ending.interference)
		strbuf_adds(&texts, ending.interference);
	worker_link_send2(&server->link, WORKER_ENDING, head, sizeof(head), texts.buf,
			  texts.len);
	return 0;
}

static int take_free(struct server *server, const struct wire_frame *frame)
{
	(void)frame;
	serve_files_abandon(&server->files);
	forget_vm(server);
	worker_link_send(&server->link, WORKER_FREED, NULL, 0);
	return 0;
}

static int take_alive(struct server *server, const struct wire_frame *frame)
{
	(void)server;
	(void)frame;
	return 0;
}

static int take_frame(struct server *server, const struct wire_frame *frame)
{
	static int (*const takers[])(struct server *, const struct wire_frame *) = {
		[WORKER_HELLO] = take_hello, [WORKER_ALIVE] = take_alive,
		[WORKER_BYTES] = take_bytes, [WORKER_ROOM] = take_room,
		[WORKER_FILE] = take_file,   [WORKER_DATA] = take_data,
		[WORKER_SPEC] = take_spec,   [WORKER_MAKE] = take_make,
		[WORKER_EOF] = take_eof,     [WORKER_WATCH] = take_watch,
		[WORKER_STOP] = take_stop,   [WORKER_JUDGE] = take_judge,
		[WORKER_FREE] = take_free,
	};

	if (frame->type >= ARRAY_SIZE(takers) || !takers[frame->type] ||
	    (!server->greeted && frame->type != (unsigned int)WORKER_HELLO))
		return -EPROTO;
	return takers[frame->type](server, frame);
}

static void read_frames(struct server *server)
{
	for (int i = 0; i < READS_MAX && worker_link_read(&server->link); i++) {
		struct wire_frame frame;
		int more;

		while (!server->over &&
		       (more = worker_link_next(&server->link, &frame))) {
			if (more > 0)
				more = take_frame(server, &frame);
			if (more < 0) {
				log_debug("message %u of type %u", server->link.received,
					  frame.type);
				give_up(server, "rapido sent what makes no sense");
			}
		}
		if (server->over)
			return;
	}
	if (server->link.in < 0)
		server->over = true;
}

/* --- the loop --- */

static void take_signals(struct server *server)
{
	struct signalfd_siginfo info;

	while (read(server->signals, &info, sizeof(info)) == sizeof(info)) {
		_cleanup_free_ char *why = NULL;

		if (info.ssi_signo == SIGCHLD) {
			child_ended(server);
			continue;
		}
		why = xasprintf("it got signal %u", info.ssi_signo);
		worker_link_send_text(&server->link, WORKER_BYE, why);
		server->over = true;
		server->status = 128 + (int)info.ssi_signo;
	}
}

/* Commands and dumps are for the rapido that has the run. */
static void take_requests(struct server *server)
{
	static const char refusal[] =
		"{\"ok\":false,\"error\":\"a rapido on another host has this VM\"}\n";
	struct control *control = vm_control(server->vm);
	enum control_request request = control_read(control);
	struct control_dump dump;
	int fd;

	while ((fd = control_take_exec(control)) >= 0) {
		(void)!send(fd, refusal, sizeof(refusal) - 1,
			    MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
	}
	while (control_take_dump(control, &dump)) {
		control_answer_dump(dump.client, "a rapido on another host has this VM");
		close(dump.file);
	}
	if (request != CONTROL_NONE)
		worker_link_send32(&server->link, WORKER_REQUEST, request);
}

static void work_on_vm(struct server *server, const struct pollfd *fds)
{
	if (!server->running)
		return;
	vm_watch(server->vm, NULL);
	if (fds[FD_MONITOR].revents)
		vm_read_monitor(server->vm);
	if (fds[FD_CONTROL].revents)
		take_requests(server);
	for (int i = 0; i < WORKER_STREAMS; i++) {
		worker_relay_read(&server->relays[i], &server->link, false);
		worker_relay_write(&server->relays[i], &server->link);
	}
}

static int prepare_poll(const struct server *server, struct pollfd *fds)
{
	int timeout = worker_link_alive_in(&server->link, monotonic_ms());

	for (int i = 0; i < NR_FDS; i++)
		fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	fds[FD_IN].fd = server->link.in;
	fds[FD_SIGNALS].fd = server->signals;
	if (worker_link_queued(&server->link))
		fds[FD_OUT] =
			(struct pollfd){ .fd = server->link.out, .events = POLLOUT };
	if (server->files.waiting && timeout > SERVE_LOOK_MS)
		timeout = SERVE_LOOK_MS;
	if (!server->running)
		return timeout;
	fds[FD_MONITOR].fd = vm_monitor_fd(server->vm);
	fds[FD_CONTROL].fd = control_fd(vm_control(server->vm));
	for (int i = 0; i < WORKER_STREAMS; i++) {
		short events = worker_relay_events(&server->relays[i]);

		if (events)
			fds[FD_RELAYS + i] = (struct pollfd){
				.fd = server->relays[i].fd,
				.events = events,
			};
	}
	return timeout < WATCH_MS ? timeout : WATCH_MS;
}

static void say_hello(struct server *server)
{
	unsigned char numbers[8];

	wire_put32(numbers, WORKER_PROTOCOL);
	wire_put32(numbers + 4, WIRE_VERSION);
	worker_link_send2(&server->link, WORKER_HELLO, numbers, sizeof(numbers),
			  RAPIDO_VERSION, strlen(RAPIDO_VERSION));
	worker_link_write(&server->link);
}

static void loop(struct server *server)
{
	struct pollfd fds[NR_FDS];

	while (!server->over) {
		uint64_t now;
		int timeout = prepare_poll(server, fds);

		if (poll(fds, NR_FDS, timeout) < 0 && errno != EINTR) {
			give_up(server, "cannot wait for the VM");
			return;
		}
		if (fds[FD_IN].revents)
			read_frames(server);
		if (fds[FD_SIGNALS].revents)
			take_signals(server);
		work_on_vm(server, fds);
		serve_files_look(&server->files);
		now = monotonic_ms();
		worker_link_keep_alive(&server->link, now);
		worker_link_write(&server->link);
		if (server->link.out < 0)
			server->over = true;
		else if (now - server->link.heard_ms >= WORKER_ALONE_MS)
			give_up(server, "rapido was silent for too long");
	}
}

/* Write what is queued, for a moment. */
static void say_last_words(struct server *server)
{
	struct pollfd fd = { .fd = server->link.out, .events = POLLOUT };
	uint64_t until = monotonic_ms() + BYE_MS;

	while (server->link.in >= 0 && worker_link_queued(&server->link) &&
	       monotonic_ms() < until && poll(&fd, 1, BYE_MS) > 0)
		worker_link_write(&server->link);
}

/* A copy of the settings, as rapido has some of its own for each VM. */
static void copy_conf(struct conf *to, const struct conf *from)
{
	for (size_t i = 0; i < from->nr; i++)
		if (from->settings[i].value[0])
			conf_set(to, from->settings[i].key, from->settings[i].value);
}

int worker_serve(const struct session *session, int in, int out)
{
	const char *max_text = conf_get(&session->conf, "WORKER_CACHE_MAX");
	struct server server = { .text = STRBUF_INIT };
	uint64_t max = CACHE_MAX;
	sigset_t before;

	signal(SIGPIPE, SIG_IGN);
	if (max_text)
		parse_size(max_text, 1 << 20, &max);
	copy_conf(&server.conf, &session->conf);
	worker_link_init(&server.link, in, out);
	serve_files_init(&server.files, &server.link, session->dirs.cache, max);
	for (int i = 0; i < WORKER_STREAMS; i++)
		worker_relay_init(&server.relays[i], i, -1, false);
	server.signals = signal_fd_open(&before, 0);
	if (server.signals < 0) {
		log_error("cannot wait for signals: %s", err_text(server.signals));
		server.status = 1;
	} else {
		say_hello(&server);
		loop(&server);
		say_last_words(&server);
		close(server.signals);
	}
	forget_vm(&server);
	serve_files_release(&server.files);
	worker_link_release(&server.link);
	strbuf_release(&server.text);
	conf_release(&server.conf);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return server.status;
}

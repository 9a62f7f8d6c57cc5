// SPDX-License-Identifier: GPL-2.0-or-later
/* The VM of a worker as rapido sees it: what is sent for it to be made, what the worker
 * says about it, and the bytes from and to its guest. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/utf8.h"
#include "worker-private.h"
#include "worker-spec.h"

/* While so many bytes are queued, nothing more of a file is added. */
#define QUEUE_MAX 524288
#define CHUNK	  (WIRE_PAYLOAD_MAX & ~4095)
/* Milliseconds for a worker to end a VM beyond the grace, and to tell how it ended. */
#define END_MS	 20000
#define JUDGE_MS 20000
#define TEXT_MAX 4096

struct worker_vm {
	struct worker *worker;
	const struct vm_options *options;
	enum worker_vm_state state;
	bool begun; /* the worker was told of it */
	char *why;  /* it failed */
	struct worker_relay relays[WORKER_STREAMS];

	struct worker_file files[WORKER_FILES];
	int fds[WORKER_FILES];
	enum worker_file_kind
		file; /* the one that it was asked about; WORKER_FILES: none */
	bool wanted;  /* that one is being sent */
	uint64_t sent;

	unsigned int slot;
	bool emulated;
	char *accel, *lost;
	enum control_request request;
	bool ended; /* WORKER_ENDED came */
	int status;
	struct strbuf output;
	bool has_ending;
	struct vm_ending ending;
	char *fault, *interference;
};

enum worker_vm_state worker_vm_state(const struct worker_vm *vm)
{
	return vm->state;
}

const char *worker_vm_why_failed(const struct worker_vm *vm)
{
	return vm->why ? vm->why : "";
}

unsigned int worker_vm_number(const struct worker_vm *vm)
{
	return vm->slot;
}

const char *worker_vm_accel(const struct worker_vm *vm)
{
	return vm->accel;
}

bool worker_vm_is_emulated(const struct worker_vm *vm)
{
	return vm->emulated;
}

const char *worker_vm_lost(const struct worker_vm *vm)
{
	return vm->lost;
}

int worker_vm_status(const struct worker_vm *vm)
{
	return vm->status;
}

const char *worker_vm_output(const struct worker_vm *vm)
{
	return vm->output.buf;
}

enum control_request worker_vm_request(struct worker_vm *vm)
{
	enum control_request request = vm->request;

	vm->request = CONTROL_NONE;
	return request;
}

static struct worker_link *link_of(struct worker_vm *vm)
{
	return &vm->worker->link;
}

/* Text of the worker's, for messages of ours. Heap. */
static char *visible(const struct wire_frame *frame, size_t from, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)frame->payload + from, size);
	struct strbuf shown = STRBUF_INIT;

	strbuf_add_visible(&shown, text);
	return shown.len ? strbuf_detach(&shown) : NULL;
}

static void fail(struct worker_vm *vm, const char *why)
{
	if (vm->state == WORKER_VM_MADE) {
		vm->state = WORKER_VM_FAILED;
		vm->why = xstrdup(why);
	}
}

/* --- what is sent for it to be made --- */

static void announce(struct worker_vm *vm, enum worker_file_kind kind)
{
	const struct worker_file *file = &vm->files[kind];
	unsigned char head[24 + DIGEST_HEX];

	wire_put32(head, kind);
	wire_put64(head + 4, file->size);
	wire_put64(head + 12, (uint64_t)file->mtime.tv_sec);
	wire_put32(head + 20, (uint32_t)file->mtime.tv_nsec);
	memcpy(head + 24, file->digest.hex, DIGEST_HEX);
	worker_link_send2(link_of(vm), WORKER_FILE, head, sizeof(head), file->path,
			  strnlen(file->path, TEXT_MAX));
	vm->file = kind;
	vm->wanted = false;
	vm->sent = 0;
}

static void ask_for_vm(struct worker_vm *vm)
{
	_cleanup_(strbuf_release) struct strbuf json = STRBUF_INIT;

	worker_spec_format(&json, vm->options);
	if (json.len > WORKER_SPEC_MAX) {
		fail(vm, "its options are too long");
		return;
	}
	for (size_t at = 0; at < json.len; at += CHUNK)
		worker_link_send(link_of(vm), WORKER_SPEC, json.buf + at,
				 json.len - at < CHUNK ? json.len - at : CHUNK);
	worker_link_send(link_of(vm), WORKER_MAKE, NULL, 0);
	vm->file = WORKER_FILES;
	vm->wanted = false;
}

void worker_vm_begin(struct worker_vm *vm)
{
	vm->begun = true;
	vm->worker->state = WORKER_BUSY;
	announce(vm, WORKER_KERNEL);
}

bool worker_vm_has_more(const struct worker_vm *vm)
{
	return vm->state == WORKER_VM_MADE && vm->wanted &&
	       vm->sent < vm->files[vm->file].size;
}

/* Queue more of the file that is wanted. */
static void send_file(struct worker_vm *vm)
{
	const struct worker_file *file = &vm->files[vm->file];
	unsigned char data[CHUNK];

	while (vm->sent < file->size && worker_link_queued(link_of(vm)) < QUEUE_MAX) {
		uint64_t left = file->size - vm->sent;
		ssize_t n = io_pread_full(vm->fds[vm->file], data,
					  left < CHUNK ? (size_t)left : CHUNK,
					  (off_t)vm->sent);

		if (n <= 0) {
			worker_lose(vm->worker,
				    "did not get all of '%s', which has changed",
				    file->path);
			return;
		}
		worker_link_send(link_of(vm), WORKER_DATA, data, (size_t)n);
		vm->sent += (uint64_t)n;
	}
}

/* --- what the worker says --- */

/* Whether the worker may answer about a file now, which is @frame's. */
static bool is_about_file(const struct worker_vm *vm, const struct wire_frame *frame)
{
	return vm->begun && vm->state == WORKER_VM_MADE && frame->size == 4 &&
	       vm->file < WORKER_FILES && wire_get32(frame->payload) == vm->file;
}

static int take_want(struct worker_vm *vm, const struct wire_frame *frame)
{
	if (!is_about_file(vm, frame) || vm->wanted)
		return -EPROTO;
	log_debug("%s gets %s '%s'", vm->worker->name,
		  vm->file == WORKER_KERNEL ? "kernel" : "image",
		  vm->files[vm->file].path);
	vm->wanted = true;
	return 0;
}

static int take_have(struct worker_vm *vm, const struct wire_frame *frame)
{
	if (!is_about_file(vm, frame) ||
	    (vm->wanted && vm->sent < vm->files[vm->file].size))
		return -EPROTO;
	if (vm->file == WORKER_KERNEL)
		announce(vm, WORKER_IMAGE);
	else
		ask_for_vm(vm);
	return 0;
}

static int take_failed(struct worker_vm *vm, const struct wire_frame *frame)
{
	_cleanup_free_ char *why = visible(frame, 0, frame->size);

	if (!vm->begun || vm->state != WORKER_VM_MADE)
		return -EPROTO;
	fail(vm, why ? why : "");
	return 0;
}

static int take_started(struct worker_vm *vm, const struct wire_frame *frame)
{
	if (!vm->begun || vm->state != WORKER_VM_MADE || vm->file != WORKER_FILES ||
	    frame->size < 8)
		return -EPROTO;
	vm->slot = wire_get32(frame->payload);
	vm->emulated = wire_get32(frame->payload + 4) & 1;
	vm->accel = worker_frame_text(frame, 8);
	if (!is_plain_name(vm->accel, strlen(vm->accel), 16))
		free(TAKE_PTR(vm->accel));
	vm->state = WORKER_VM_RUNNING;
	return 0;
}

/* The relay of the stream that the frame names, while there may be such frames. */
static struct worker_relay *relay_of(struct worker_vm *vm, const struct wire_frame *frame)
{
	uint32_t stream = frame->size >= 4 ? wire_get32(frame->payload) : WORKER_STREAMS;

	if (vm->state != WORKER_VM_RUNNING || stream >= WORKER_STREAMS)
		return NULL;
	return &vm->relays[stream];
}

static int take_bytes(struct worker_vm *vm, const struct wire_frame *frame)
{
	struct worker_relay *relay = relay_of(vm, frame);

	return relay ? worker_relay_bytes(relay, frame->payload + 4, frame->size - 4)
		     : -EPROTO;
}

static int take_room(struct worker_vm *vm, const struct wire_frame *frame)
{
	struct worker_relay *relay = relay_of(vm, frame);

	return relay && frame->size == 8
		       ? worker_relay_room(relay, wire_get32(frame->payload + 4))
		       : -EPROTO;
}

static int take_eof(struct worker_vm *vm, const struct wire_frame *frame)
{
	struct worker_relay *relay = relay_of(vm, frame);

	if (!relay)
		return -EPROTO;
	worker_relay_eof(relay);
	return 0;
}

static int take_lost(struct worker_vm *vm, const struct wire_frame *frame)
{
	if (vm->state != WORKER_VM_RUNNING || frame->size > TEXT_MAX)
		return -EPROTO;
	if (!vm->lost)
		vm->lost = visible(frame, 0, frame->size);
	return 0;
}

static int take_request(struct worker_vm *vm, const struct wire_frame *frame)
{
	uint32_t request = frame->size == 4 ? wire_get32(frame->payload) : UINT32_MAX;

	if (vm->state != WORKER_VM_RUNNING || request > CONTROL_END)
		return -EPROTO;
	if (request > vm->request)
		vm->request = request;
	return 0;
}

static int take_ended(struct worker_vm *vm, const struct wire_frame *frame)
{
	uint32_t status = frame->size == 4 ? wire_get32(frame->payload) : UINT32_MAX;

	if (vm->state != WORKER_VM_RUNNING || vm->ended || status > 255)
		return -EPROTO;
	vm->ended = true;
	vm->status = (int)status;
	for (int i = 0; i < WORKER_STREAMS; i++)
		worker_relay_finish(&vm->relays[i]);
	return 0;
}

static int take_output(struct worker_vm *vm, const struct wire_frame *frame)
{
	if (vm->state != WORKER_VM_RUNNING || !vm->ended ||
	    frame->size > WORKER_OUTPUT_MAX + 1 - vm->output.len)
		return -EPROTO;
	strbuf_add(&vm->output, frame->payload, frame->size);
	return 0;
}

static int take_rest(struct worker_vm *vm, const struct wire_frame *frame)
{
	(void)frame;
	if (vm->state != WORKER_VM_RUNNING || !vm->ended)
		return -EPROTO;
	for (int i = 0; i < WORKER_STREAMS; i++)
		worker_relay_eof(&vm->relays[i]);
	vm->state = WORKER_VM_ENDED;
	return 0;
}

static int take_ending(struct worker_vm *vm, const struct wire_frame *frame)
{
	uint32_t end = frame->size >= 8 ? wire_get32(frame->payload) : UINT32_MAX;
	uint32_t fault = frame->size >= 8 ? wire_get32(frame->payload + 4) : 0;

	if (vm->state != WORKER_VM_ENDED || vm->has_ending || end > VM_END_NEVER_RAN ||
	    fault > frame->size - 8 || frame->size > 2 * TEXT_MAX)
		return -EPROTO;
	vm->fault = visible(frame, 8, fault);
	vm->interference = visible(frame, 8 + fault, frame->size - 8 - fault);
	vm->ending = (struct vm_ending){ end, vm->fault, vm->interference };
	vm->has_ending = true;
	return 0;
}

int worker_vm_frame(struct worker_vm *vm, const struct wire_frame *frame)
{
	static int (*const takers[])(struct worker_vm *, const struct wire_frame *) = {
		[WORKER_BYTES] = take_bytes,	 [WORKER_ROOM] = take_room,
		[WORKER_HAVE] = take_have,	 [WORKER_WANT] = take_want,
		[WORKER_FAILED] = take_failed,	 [WORKER_STARTED] = take_started,
		[WORKER_EOF] = take_eof,	 [WORKER_LOST] = take_lost,
		[WORKER_REQUEST] = take_request, [WORKER_ENDED] = take_ended,
		[WORKER_OUTPUT] = take_output,	 [WORKER_REST] = take_rest,
		[WORKER_ENDING] = take_ending,
	};

	return frame->type < ARRAY_SIZE(takers) && takers[frame->type]
		       ? takers[frame->type](vm, frame)
		       : -EPROTO;
}

/* --- its life --- */

void worker_vm_work(struct worker_vm *vm)
{
	if (worker_vm_has_more(vm))
		send_file(vm);
	for (int i = 0; i < WORKER_STREAMS; i++) {
		if (vm->state == WORKER_VM_RUNNING)
			worker_relay_read(&vm->relays[i], link_of(vm), false);
		worker_relay_write(&vm->relays[i], link_of(vm));
	}
}

void worker_vm_fill_pollfds(const struct worker_vm *vm, struct pollfd *fds)
{
	for (int i = 0; i < WORKER_STREAMS && vm->state == WORKER_VM_RUNNING; i++) {
		fds[i].events = worker_relay_events(&vm->relays[i]);
		if (fds[i].events)
			fds[i].fd = vm->relays[i].fd;
	}
}

void worker_vm_lose(struct worker_vm *vm)
{
	if (vm->state != WORKER_VM_ENDED || !vm->has_ending)
		vm->state = WORKER_VM_LOST;
	/* what has come is still read */
	for (int i = 0; i < WORKER_STREAMS; i++) {
		worker_relay_eof(&vm->relays[i]);
		worker_relay_write(&vm->relays[i], link_of(vm));
	}
}

/* Open what is sent, and compute its digests. 0, or -errno after a message. */
static int open_files(struct worker_vm *vm)
{
	const char *paths[WORKER_FILES] = { vm->options->kernel, vm->options->image };
	int err = 0;

	vm->fds[WORKER_KERNEL] =
		open(vm->options->kernel, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	vm->fds[WORKER_IMAGE] = fcntl(vm->options->image_fd, F_DUPFD_CLOEXEC, 3);
	for (int i = 0; !err && i < WORKER_FILES; i++) {
		err = vm->fds[i] < 0 ? -errno
				     : workers_digest(vm->worker->all, vm->fds[i],
						      &vm->files[i]);
		vm->files[i].path = path_absolute(paths[i]);
		if (err)
			log_error("cannot read '%s' for a worker: %s", paths[i],
				  err == -EOPNOTSUPP ? "libarchive has no SHA-256"
						     : err_text(err));
	}
	return err;
}

/* 0 or -errno. */
static int make_stream(struct worker_vm *vm, enum worker_stream stream, int *theirs)
{
	bool console = stream == WORKER_CONSOLE;
	int ends[2];

	if (console ? pipe2(ends, O_CLOEXEC | O_NONBLOCK)
		    : socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
				 ends))
		return -errno;
	*theirs = ends[0];
	worker_relay_init(&vm->relays[stream], stream, ends[1], console);
	return 0;
}

int worker_vm_new(struct worker_vm **out, struct worker *worker,
		  const struct vm_options *options, int *console, int *slow, int *fast)
{
	const char *objection = worker_spec_objection(options);
	struct worker_vm *vm = *out = xcalloc(1, sizeof(*vm));
	int *theirs[WORKER_STREAMS] = { console, slow, fast };
	int err;

	*vm = (struct worker_vm){
		.worker = worker,
		.options = options,
		.fds = { -1, -1 },
		.file = WORKER_FILES,
		.output = STRBUF_INIT,
	};
	for (int i = 0; i < WORKER_STREAMS; i++)
		worker_relay_init(&vm->relays[i], i, -1, false);
	if (objection) {
		log_error("%s and --worker exclude each other: it is about this host",
			  objection);
		return -EOPNOTSUPP;
	}
	if (worker->vm)
		return -EBUSY;
	err = open_files(vm);
	if (err)
		return err;
	for (int i = 0; !err && i < WORKER_STREAMS; i++)
		err = make_stream(vm, i, theirs[i]);
	if (err) {
		log_error("cannot make a socket or pipe for the VM: %s", err_text(err));
		return err;
	}
	worker->vm = vm;
	if (worker->state == WORKER_GONE)
		worker_vm_lose(vm);
	else if (worker->state == WORKER_READY)
		worker_vm_begin(vm);
	worker_link_write(&worker->link);
	return 0;
}

void worker_vm_free(struct worker_vm *vm)
{
	struct worker *worker;

	if (!vm)
		return;
	worker = vm->worker;
	if (worker->vm == vm)
		worker->vm = NULL;
	if (vm->begun && worker->state == WORKER_BUSY) {
		/* it will want no more of a file */
		worker->freeing = true;
		worker_link_send(&worker->link, WORKER_FREE, NULL, 0);
		worker_link_write(&worker->link);
	}
	for (int i = 0; i < WORKER_STREAMS; i++)
		worker_relay_release(&vm->relays[i]);
	for (int i = 0; i < WORKER_FILES; i++) {
		worker_file_release(&vm->files[i]);
		cleanup_close(&vm->fds[i]);
	}
	strbuf_release(&vm->output);
	free(vm->why);
	free(vm->accel);
	free(vm->lost);
	free(vm->fault);
	free(vm->interference);
	free(vm);
}

void worker_vm_watch(struct worker_vm *vm, const char *line)
{
	if (line && (vm->state == WORKER_VM_RUNNING || vm->state == WORKER_VM_ENDED))
		worker_link_send_text(link_of(vm), WORKER_WATCH, line);
}

void worker_vm_stop(struct worker_vm *vm, int grace_ms)
{
	uint64_t until = monotonic_ms() + (uint64_t)grace_ms + END_MS;

	fail(vm, "it was not wanted any more");
	if (vm->state != WORKER_VM_RUNNING)
		return;
	if (!vm->ended)
		worker_link_send32(link_of(vm), WORKER_STOP, (uint32_t)grace_ms);
	worker_link_write(link_of(vm));
	while (vm->state == WORKER_VM_RUNNING && worker_pump(vm->worker, until))
		;
	if (vm->state == WORKER_VM_RUNNING)
		worker_lose(vm->worker, "did not end its VM in time");
}

bool worker_vm_more(struct worker_vm *vm)
{
	bool something = false;

	for (int i = 0; i < WORKER_STREAMS; i++)
		something |= worker_relay_write(&vm->relays[i], link_of(vm));
	return something;
}

struct vm_ending worker_vm_ending(struct worker_vm *vm, int status)
{
	uint64_t until = monotonic_ms() + JUDGE_MS;

	if (vm->state == WORKER_VM_ENDED && !vm->has_ending) {
		worker_link_send32(link_of(vm), WORKER_JUDGE, (uint32_t)status);
		worker_link_write(link_of(vm));
		while (vm->state == WORKER_VM_ENDED && !vm->has_ending &&
		       worker_pump(vm->worker, until))
			;
		if (!vm->has_ending)
			worker_lose(vm->worker, "did not say how its VM ended");
	}
	return vm->ending;
}

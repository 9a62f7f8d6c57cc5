// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a worker says: the input is a row of frames: a byte for the type, two for the
 * length, the payload. The type 255 stands for the end of the VM, 254 for its readers'
 * taking what there is.
 */
#include <fcntl.h>
#include <signal.h>

#include "fuzz.h"
#include "lib/log.h"
#include "worker/worker-private.h"

enum { TAKE = 254, ANEW = 255 };

static struct dirs dirs;
static struct conf conf;
static struct image_info info = { .cpus = 1 };
static struct vm_options options;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_set_level(LOG_ERROR);
	signal(SIGPIPE, SIG_IGN);
	dirs = fuzz_dirs();
	conf_init(&conf, &dirs);
	options = (struct vm_options){
		.conf = &conf,
		.info = &info,
		.kernel = "/proc/version",
		.image = "image",
		.image_fd = fuzz_file((const uint8_t *)"image", 5),
	};
	return 0;
}

struct fuzzed {
	struct worker *worker;
	struct worker_vm *vm;
	int fds[3];
	struct worker_link there;
};

static void take(struct fuzzed *f)
{
	char data[65536];

	for (int i = 0; i < 3; i++)
		while (f->fds[i] >= 0 && read(f->fds[i], data, sizeof(data)) > 0)
			;
}

static void end_vm(struct fuzzed *f)
{
	worker_vm_free(TAKE_PTR(f->vm));
	for (int i = 0; i < 3; i++)
		if (f->fds[i] >= 0)
			close(TAKE_FD(f->fds[i]));
}

static void begin_vm(struct fuzzed *f)
{
	end_vm(f);
	if (worker_vm_new(&f->vm, f->worker, &options, &f->fds[0], &f->fds[1],
			  &f->fds[2]))
		abort();
}

/* What it has said of itself is sensible, whatever it was. */
static void check(const struct fuzzed *f)
{
	if (worker_state(f->worker) == WORKER_GONE && !*worker_why_lost(f->worker))
		abort();
	for (const char *p = worker_why_lost(f->worker); *p; p++)
		if ((unsigned char)*p < ' ')
			abort();
	if (!f->vm)
		return;
	for (const char *p = worker_vm_why_failed(f->vm); *p; p++)
		if ((unsigned char)*p < ' ')
			abort();
	if (worker_vm_state(f->vm) == WORKER_VM_ENDED &&
	    (worker_vm_status(f->vm) < 0 || worker_vm_status(f->vm) > 255))
		abort();
}

static void work(struct fuzzed *f)
{
	worker_link_write(&f->there);
	worker_work(f->worker);
	/* nobody reads what rapido says */
	while (worker_link_read(&f->there))
		f->there.parsed = f->there.used;
	check(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct workers all = { .v = xcalloc(1, sizeof(*all.v)), .nr = 1, .conf = &conf };
	struct fuzzed f = { .worker = xcalloc(1, sizeof(*f.worker)),
			    .fds = { -1, -1, -1 } };
	int there[2], back[2];

	if (pipe2(there, O_CLOEXEC) < 0 || pipe2(back, O_CLOEXEC) < 0)
		abort();
	*f.worker = (struct worker){
		.all = &all,
		.name = xstrdup("worker"),
		.process = PROCESS_INIT,
		.messages = -1,
		.line = STRBUF_INIT,
		.started_ms = monotonic_ms(),
		.worked_ms = monotonic_ms(),
		.start_limit_ms = 100000,
	};
	all.v[0] = f.worker;
	worker_link_init(&f.worker->link, back[0], there[1]);
	worker_link_init(&f.there, there[0], back[1]);
	begin_vm(&f);
	while (size >= 3) {
		size_t len = data[1] | (size_t)data[2] << 8;
		unsigned int type = data[0];

		data += 3;
		size -= 3;
		if (type == TAKE) {
			take(&f);
		} else if (type == ANEW) {
			begin_vm(&f);
		} else {
			len = len < size ? len : size;
			len = len < WIRE_PAYLOAD_MAX ? len : WIRE_PAYLOAD_MAX;
			worker_link_send(&f.there, type, data, len);
			data += len;
			size -= len;
		}
		work(&f);
	}
	end_vm(&f);
	workers_free(&all);
	worker_link_release(&f.there);
	return 0;
}

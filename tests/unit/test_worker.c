// SPDX-License-Identifier: GPL-2.0-or-later
/* Rapido's end of a worker: what it accepts from one, and what it makes of that. The test
 * is the worker. */
#include <signal.h>

#include "fixture.h"
#include "lib/io.h"
#include "worker/worker-private.h"

static struct dirs dirs = { .rapido_dir = (char *)"/r", .state = (char *)"/s" };
static struct conf conf;
static struct image_info info = { .cpus = 1 };
static struct workers all;
static struct worker *worker;
static struct worker_link link_there; /* the worker's end */
static struct worker_vm *vm;
static struct vm_options options;
static int console, slow, fast;

static int setup(void **state)
{
	int there[2], back[2];

	if (fixture_make(state) || pipe2(there, O_CLOEXEC) < 0 ||
	    pipe2(back, O_CLOEXEC) < 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	conf_init(&conf, &dirs);
	worker = xcalloc(1, sizeof(*worker));
	*worker = (struct worker){
		.all = &all,
		.name = xstrdup("worker 1 (test)"),
		.process = PROCESS_INIT,
		.messages = -1,
		.line = STRBUF_INIT,
		.started_ms = monotonic_ms(),
		.worked_ms = monotonic_ms(),
		.start_limit_ms = 1000,
	};
	worker_link_init(&worker->link, back[0], there[1]);
	worker_link_init(&link_there, there[0], back[1]);
	all = (struct workers){ .v = xcalloc(1, sizeof(*all.v)), .nr = 1, .conf = &conf };
	all.v[0] = worker;
	console = slow = fast = -1;
	vm = NULL;
	return 0;
}

static int teardown(void **state)
{
	worker_vm_free(vm);
	workers_free(&all);
	worker_link_release(&link_there);
	cleanup_close(&console);
	cleanup_close(&slow);
	cleanup_close(&fast);
	if (options.image_fd > 0)
		close(options.image_fd);
	options = (struct vm_options){ 0 };
	conf_release(&conf);
	return fixture_remove(state);
}

#define WORKER_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

static void flush(void)
{
	worker_link_write(&link_there);
	worker_work(worker);
}

static void hello_of(uint32_t protocol, const char *version)
{
	unsigned char numbers[8];

	wire_put32(numbers, protocol);
	wire_put32(numbers + 4, WIRE_VERSION);
	worker_link_send2(&link_there, WORKER_HELLO, numbers, sizeof(numbers), version,
			  strlen(version));
	flush();
}

static void hello(void)
{
	hello_of(WORKER_PROTOCOL, RAPIDO_VERSION);
}

static void say32(enum worker_wire_type type, uint32_t value)
{
	worker_link_send32(&link_there, type, value);
	flush();
}

static void say(enum worker_wire_type type, const void *data, size_t size)
{
	worker_link_send(&link_there, type, data, size);
	flush();
}

static void say_on(enum worker_stream stream, const char *text)
{
	unsigned char head[4];

	wire_put32(head, stream);
	worker_link_send2(&link_there, WORKER_BYTES, head, 4, text, strlen(text));
	flush();
}

/* The next frame from rapido. */
static struct wire_frame heard(void)
{
	struct wire_frame frame = { 0 };
	int more;

	worker_work(worker);
	while (!(more = worker_link_next(&link_there, &frame)))
		if (!worker_link_read(&link_there)) {
			frame.type = 0;
			break;
		}
	return frame;
}

static void ask_for_vm(void)
{
	options = (struct vm_options){
		.conf = &conf,
		.kernel = put_file("kernel", "the kernel"),
		.image = at("image"),
		.info = &info,
	};
	options.image_fd = open(put_file("image", "the image"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(worker_vm_new(&vm, worker, &options, &console, &slow, &fast), 0);
}

/* The worker has both files. */
static void have_files(void)
{
	assert_int_equal(heard().type, WORKER_HELLO);
	assert_int_equal(heard().type, WORKER_FILE);
	say32(WORKER_HAVE, WORKER_KERNEL);
	assert_int_equal(heard().type, WORKER_FILE);
	say32(WORKER_HAVE, WORKER_IMAGE);
	assert_int_equal(heard().type, WORKER_SPEC);
	assert_int_equal(heard().type, WORKER_MAKE);
}

static void started(const char *accel)
{
	unsigned char head[8];

	wire_put32(head, 17);
	wire_put32(head + 4, 1);
	worker_link_send2(&link_there, WORKER_STARTED, head, 8, accel, strlen(accel));
	flush();
}

static void run_vm(void)
{
	ask_for_vm();
	hello();
	have_files();
	started("word");
	assert_int_equal(worker_vm_state(vm), WORKER_VM_RUNNING);
}

/* It was lost, and the reason has this text. */
static void assert_lost(const char *why)
{
	assert_int_equal(worker_state(worker), WORKER_GONE);
	assert_contains(worker_why_lost(worker), why);
	if (vm)
		assert_int_equal(worker_vm_state(vm), WORKER_VM_LOST);
}

static const char *read_text(int fd)
{
	static char text[64];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

WORKER_TEST(worker__a_vm__runs_and_ends)
{
	struct vm_ending ending;
	unsigned char head[8];

	run_vm();
	assert_int_equal(worker_vm_number(vm), 17);
	assert_true(worker_vm_is_emulated(vm));
	assert_string_equal(worker_vm_accel(vm), "word");
	say_on(WORKER_CONSOLE, "on the console");
	say_on(WORKER_SLOW, "slowly");
	assert_string_equal(read_text(console), "on the console");
	assert_string_equal(read_text(slow), "slowly");
	assert_int_equal(write(fast, "to the guest", 12), 12);
	/* before that, room for what was read */
	for (struct wire_frame frame = heard();; frame = heard()) {
		assert_int_not_equal(frame.type, 0);
		if (frame.type != WORKER_BYTES)
			continue;
		assert_int_equal(wire_get32(frame.payload), WORKER_FAST);
		assert_memory_equal(frame.payload + 4, "to the guest", 12);
		break;
	}
	say32(WORKER_REQUEST, CONTROL_STOP);
	assert_int_equal(worker_vm_request(vm), CONTROL_STOP);
	assert_int_equal(worker_vm_request(vm), CONTROL_NONE);
	say32(WORKER_ENDED, 3);
	assert_int_equal(worker_vm_state(vm), WORKER_VM_RUNNING);
	say_on(WORKER_SLOW, "the rest");
	say(WORKER_OUTPUT, "output\n", 7);
	say(WORKER_REST, NULL, 0);
	assert_int_equal(worker_vm_state(vm), WORKER_VM_ENDED);
	assert_int_equal(worker_vm_status(vm), 3);
	assert_string_equal(worker_vm_output(vm), "output\n");
	assert_string_equal(read_text(slow), "the rest");
	/* the answer is there before it is asked for */
	wire_put32(head, VM_END_RESET);
	wire_put32(head + 4, 5);
	worker_link_send2(&link_there, WORKER_ENDING, head, 8, "faultother\033", 11);
	worker_link_write(&link_there);
	ending = worker_vm_ending(vm, 3);
	assert_int_equal(ending.end, VM_END_RESET);
	assert_string_equal(ending.fault, "fault");
	assert_string_equal(ending.interference, "other\\033");
}

WORKER_TEST(worker__a_file_that_is_not_there__is_sent)
{
	struct wire_frame frame;

	ask_for_vm();
	hello();
	assert_int_equal(heard().type, WORKER_HELLO);
	assert_int_equal(heard().type, WORKER_FILE);
	say32(WORKER_WANT, WORKER_KERNEL);
	frame = heard();
	assert_int_equal(frame.type, WORKER_DATA);
	assert_memory_equal(frame.payload, "the kernel", frame.size);
	say32(WORKER_HAVE, WORKER_KERNEL);
	frame = heard();
	assert_int_equal(frame.type, WORKER_FILE);
	assert_int_equal(wire_get32(frame.payload), WORKER_IMAGE);
	assert_int_equal(wire_get64(frame.payload + 4), strlen("the image"));
}

WORKER_TEST(worker__another_version__is_lost)
{
	hello_of(WORKER_PROTOCOL + 1, RAPIDO_VERSION);
	assert_lost("another version");
}

WORKER_TEST(worker__another_release__is_lost)
{
	ask_for_vm();
	hello_of(WORKER_PROTOCOL, "0.0\033[2J");
	assert_lost("0.0\\033[2J");
}

WORKER_TEST(worker__cannot_start_the_vm__fails_with_the_reason)
{
	ask_for_vm();
	hello();
	have_files();
	say(WORKER_FAILED, "no\nroom", 7);
	assert_int_equal(worker_vm_state(vm), WORKER_VM_FAILED);
	assert_string_equal(worker_vm_why_failed(vm), "no\\012room");
	assert_int_equal(worker_state(worker), WORKER_BUSY);
	/* and may run another one */
	worker_vm_free(TAKE_PTR(vm));
	assert_int_equal(heard().type, WORKER_FREE);
	say32(WORKER_ENDED, 0);
	assert_int_equal(worker_state(worker), WORKER_BUSY);
	say(WORKER_FREED, NULL, 0);
	assert_int_equal(worker_state(worker), WORKER_READY);
}

WORKER_TEST(worker__hangs_up__is_lost)
{
	run_vm();
	close(TAKE_FD(link_there.out));
	worker_work(worker);
	assert_lost("");
	/* the readers see an end */
	assert_int_equal(read(console, &(char){ 0 }, 1), 0);
}

WORKER_TEST(worker__silent_after_its_start__is_lost)
{
	hello();
	worker->link.heard_ms -= WORKER_SILENT_S * 1000;
	worker_work(worker);
	assert_lost("was silent");
}

/* We were busy with something else. */
WORKER_TEST(worker__nobody_has_listened__is_not_lost)
{
	hello();
	worker->link.heard_ms -= WORKER_SILENT_S * 1000;
	worker->worked_ms -= WORKER_SILENT_S * 1000;
	worker_work(worker);
	assert_int_equal(worker_state(worker), WORKER_READY);
}

WORKER_TEST(worker__never_heard__is_lost)
{
	ask_for_vm();
	worker->link.heard_ms -= 1000;
	worker_work(worker);
	assert_lost("was silent for 1 s");
}

WORKER_TEST(worker__does_not_end_the_vm__is_lost)
{
	run_vm();
	/* what has come meanwhile is of no use either */
	close(TAKE_FD(link_there.in));
	close(TAKE_FD(link_there.out));
	worker_vm_stop(vm, 0);
	assert_lost("");
}

static const struct nonsense {
	enum worker_wire_type type;
	size_t size;
	uint32_t numbers[3];
} before_start[] = {
	{ WORKER_BYTES, 5, { WORKER_SLOW } },
	{ WORKER_ROOM, 8, { WORKER_SLOW, 1 } },
	{ WORKER_EOF, 4, { WORKER_SLOW } },
	{ WORKER_ENDED, 4, { 0 } },
	{ WORKER_REST, 0, { 0 } },
	{ WORKER_ENDING, 8, { 0 } },
	{ WORKER_OUTPUT, 4, { 0 } },
	{ WORKER_STARTED, 8, { 1 } },
	{ WORKER_HAVE, 4, { WORKER_IMAGE } },
	{ WORKER_WANT, 4, { 77 } },
	{ WORKER_WANT, 3, { 0 } },
	{ WORKER_FREED, 0, { 0 } },
	{ WORKER_FILE, 100, { 0 } },
	{ WORKER_MAKE, 0, { 0 } },
	{ 4711, 0, { 0 } },
}, while_running[] = {
	{ WORKER_BYTES, 3, { 0 } },
	{ WORKER_BYTES, 5, { WORKER_STREAMS } },
	{ WORKER_ROOM, 8, { WORKER_SLOW, 1 } },
	{ WORKER_ROOM, 4, { WORKER_SLOW } },
	{ WORKER_EOF, 4, { 99 } },
	{ WORKER_REST, 0, { 0 } },
	{ WORKER_OUTPUT, 4, { 0 } },
	{ WORKER_ENDING, 8, { 0 } },
	{ WORKER_ENDED, 4, { 256 } },
	{ WORKER_ENDED, 5, { 0 } },
	{ WORKER_STARTED, 8, { 1 } },
	{ WORKER_HAVE, 4, { 0 } },
	{ WORKER_REQUEST, 4, { 77 } },
	{ WORKER_HELLO, 8, { WORKER_PROTOCOL, WIRE_VERSION } },
};

static void say_nonsense(const struct nonsense *nonsense)
{
	unsigned char payload[128] = { 0 };

	for (int i = 0; i < 3; i++)
		wire_put32(payload + 4 * i, nonsense->numbers[i]);
	say(nonsense->type, payload, nonsense->size);
}

DEFINE_TEST(worker__messages_out_of_order__is_lost)
{
	const size_t nr = ARRAY_SIZE(before_start) + ARRAY_SIZE(while_running);

	for (size_t i = 0; i < nr; i++) {
		bool running = i >= ARRAY_SIZE(before_start);
		const struct nonsense *nonsense =
			running ? &while_running[i - ARRAY_SIZE(before_start)]
				: &before_start[i];

		assert_int_equal(setup(NULL), 0);
		if (running) {
			run_vm();
		} else {
			ask_for_vm();
			hello();
		}
		say_nonsense(nonsense);
		if (worker_state(worker) != WORKER_GONE)
			fail_msg("message %zu of type %d was accepted", i,
				 nonsense->type);
		teardown(NULL);
	}
}

/* After its end a VM has no more than fits into our memory. */
WORKER_TEST(worker__endless_rest__is_lost)
{
	static char text[16385];

	memset(text, 'x', sizeof(text) - 1);
	run_vm();
	say32(WORKER_ENDED, 0);
	for (size_t size = 0; worker_state(worker) != WORKER_GONE; size += 16384) {
		assert_true(size <= WORKER_REST_MAX);
		say_on(WORKER_CONSOLE, text);
	}
	assert_lost("makes no sense");
}

WORKER_TEST(worker_vm_new__what_is_about_this_host__is_refused)
{
	struct capture c;
	int err;

	options = (struct vm_options){ .conf = &conf,
				       .info = &info,
				       .debug = VM_DEBUG_ATTACH };
	c = capture_start();
	err = worker_vm_new(&vm, worker, &options, &console, &slow, &fast);
	assert_contains(capture_stop(&c), "--gdb and --worker exclude each other");
	assert_int_equal(err, -EOPNOTSUPP);
}

/* --- commands --- */

static int start(const char *command, const char **said)
{
	_cleanup_(strvec_release) struct strvec commands = STRVEC_INIT;
	struct workers workers = WORKERS_INIT;
	struct capture c;
	int err;

	strvec_push(&commands, command);
	c = capture_start();
	err = workers_start(&workers, &commands, 2, &conf);
	if (!err) {
		assert_int_equal(workers.nr, 2);
		for (int i = 0; i < 100 && worker_state(workers.v[1]) != WORKER_GONE; i++)
			worker_pump(workers.v[1], monotonic_ms() + 100);
		assert_contains(worker_name(workers.v[1]), "worker 2 (");
	}
	workers_free(&workers);
	*said = capture_stop(&c);
	return err;
}

WORKER_TEST(workers_start__command__gets_program_and_word)
{
	const char *said;

	conf_set(&conf, "WORKER_PROGRAM", "the program");
	assert_int_equal(start("sh -c 'printf \"%s|\" \"$@\" >&2' 'sh x'", &said), 0);
	assert_contains(said, "the program|worker|");
}

WORKER_TEST(workers_start__wrong_commands__are_refused)
{
	const char *said;

	assert_int_equal(start("'", &said), -EINVAL);
	assert_contains(said, "a quote is not closed");
	assert_int_equal(start(" ", &said), -EINVAL);
	assert_int_equal(start("/nonexistent/program", &said), -ENOENT);
	assert_contains(said, "'/nonexistent/program'");
	conf_set(&conf, "WORKER_TIMEOUT", "soon");
	assert_int_equal(start("true", &said), -EINVAL);
	assert_contains(said, "WORKER_TIMEOUT");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

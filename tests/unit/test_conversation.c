// SPDX-License-Identifier: GPL-2.0-or-later
/* What an agent says, and what comes of it in the record: a socket, whose other end the
 * test has. */
#include <sys/socket.h>

#include "fixture.h"
#include "run/conversation.h"

static struct run_record record;
static struct conversation *guest;
static struct rundir dir;
static struct conversation_options options;
static int agent;			  /* the test's end */
static int console;			  /* the same of the console */
static int input;			  /* the same of the test's standard input */
static uint32_t said;			  /* frames of the agent's */
static struct strbuf heard = STRBUF_INIT; /* of the suite, a line for each event */

static void say(enum wire_type type, const void *payload, size_t size)
{
	unsigned char frame[WIRE_HEADER + 512];

	wire_header(frame, type, said++, payload, size);
	if (size)
		memcpy(frame + WIRE_HEADER, payload, size);
	size += WIRE_HEADER;
	assert_int_equal(send(agent, frame, size, MSG_NOSIGNAL), size);
	assert_true(conversation_read(guest));
}

/* A number, and @text or more bytes. */
static void say_number(enum wire_type type, uint32_t number, const void *text,
		       size_t size)
{
	unsigned char payload[256];

	wire_put32(payload, number);
	if (size)
		memcpy(payload + 4, text, size);
	say(type, payload, 4 + size);
}

static void say_text(enum wire_type type, const char *text)
{
	say(type, text, strlen(text));
}

static void say_begin(uint32_t number, const char *name)
{
	say_number(WIRE_CASE_BEGIN, number, name, strlen(name));
}

static void say_end(uint32_t number, uint32_t status)
{
	unsigned char rest[4];

	wire_put32(rest, status);
	say_number(WIRE_CASE_END, number, rest, sizeof(rest));
}

/* The console brings @text. */
static void console_says(const char *text)
{
	struct pollfd fds[CONVERSATION_FDS];
	size_t len = strlen(text);

	assert_int_equal(write(console, text, len), len);
	conversation_fill_pollfds(guest, fds);
	assert_true(poll(fds, CONVERSATION_FDS, 0) > 0);
	conversation_work(guest, fds);
}

/* A byte for the test's standard input; how much of what there is comes to the agent. */
static size_t input_has_a_byte(void)
{
	struct pollfd fds[CONVERSATION_FDS];
	char frames[4096];
	ssize_t n;

	assert_int_equal(write(input, "x", 1), 1);
	for (int i = 0; i < 2; i++) {
		conversation_fill_pollfds(guest, fds);
		assert_true(poll(fds, CONVERSATION_FDS, 0) >= 0);
		conversation_work(guest, fds);
	}
	n = recv(agent, frames, sizeof(frames), MSG_DONTWAIT);
	return n < 0 ? 0 : (size_t)n;
}

static void hear_list(void *data, const char *text, size_t size)
{
	(void)data;
	strbuf_addf(&heard, "list %.*s\n", (int)size, text);
}

static void hear_ready(void *data, unsigned int status)
{
	(void)data;
	strbuf_addf(&heard, "ready %u\n", status);
}

static void hear_begin(void *data, const char *name)
{
	(void)data;
	strbuf_addf(&heard, "begin %s\n", name);
}

static void hear_end(void *data, const char *name, enum wire_case how,
		     unsigned int status, const char *reason)
{
	(void)data;
	strbuf_addf(&heard, "end %s %d %u '%s'\n", name, how, status, reason);
}

static const struct suite_ears ears = {
	.list = hear_list, .ready = hear_ready, .begin = hear_begin, .end = hear_end
};

static int setup(void **state)
{
	int pair[2], pipes[2], in[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);

	fixture_make(state);
	if (null < 0 || rundir_open(&dir, at("run")) != 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) <
		    0 ||
	    pipe2(pipes, O_CLOEXEC | O_NONBLOCK) < 0 ||
	    pipe2(in, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	agent = pair[1];
	console = pipes[1];
	input = in[1];
	said = 0;
	options = (struct conversation_options){
		.logs.dir = &dir, .logs.out = null, .logs.err = null, .in = in[0]
	};
	record_init(&record);
	guest = conversation_new(&options, &record, pipes[0], pair[0], -1);
	say_number(WIRE_HELLO, WIRE_VERSION, "Linux", 5);
	return 0;
}

static int teardown(void **state)
{
	conversation_free(guest);
	record_release(&record);
	strbuf_release(&heard);
	rundir_release(&dir);
	close(options.logs.out);
	close(options.in);
	close(input);
	close(agent);
	close(console);
	return fixture_remove(state);
}

#define GUEST_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

GUEST_TEST(input__byte_by_byte__no_more_under_way_than_the_serial_line_holds)
{
	size_t sent = 0;

	assert_int_equal(input_has_a_byte(), 0);
	say_number(WIRE_STDIN_ROOM, 1000, NULL, 0);
	/* each has a header */
	for (int i = 0; i < 200; i++)
		sent += input_has_a_byte();
	assert_int_equal(sent, WIRE_SLOW_WINDOW);
	say_number(WIRE_GOT, 100, NULL, 0);
	assert_int_equal(input_has_a_byte(), 100);
}

GUEST_TEST(plan__as_many_as_there_may_be__taken)
{
	say_number(WIRE_PLAN, WIRE_CASES_MAX, NULL, 0);
	assert_null(record.damage);
	assert_int_equal(record.planned, WIRE_CASES_MAX);
}

GUEST_TEST(plan__more__damage)
{
	say_number(WIRE_PLAN, WIRE_CASES_MAX + 1, NULL, 0);
	assert_string_equal(record.damage, "it has more scripts than 10000");
	assert_false(conversation_listens(guest));
}

GUEST_TEST(plan__second__damage)
{
	say_number(WIRE_PLAN, 2, NULL, 0);
	say_number(WIRE_PLAN, 2, NULL, 0);
	assert_contains(record.damage, "second time");
}

GUEST_TEST(plan__after_a_script__damage)
{
	say_begin(0, "000-a");
	say_end(0, 0);
	say_number(WIRE_PLAN, 1, NULL, 0);
	assert_contains(record.damage, "second time");
}

GUEST_TEST(plan__as_the_image_has_it__taken)
{
	record.scripts = 3;
	say_number(WIRE_PLAN, 3, NULL, 0);
	assert_null(record.damage);
	assert_int_equal(record.planned, 3);
}

GUEST_TEST(plan__other_than_the_image_s__damage)
{
	record.scripts = 3;
	say_number(WIRE_PLAN, 1, NULL, 0);
	assert_contains(record.damage, "1 scripts, and the image has 3");
}

GUEST_TEST(cases__in_order__in_the_record)
{
	say_number(WIRE_PLAN, 2, NULL, 0);
	say_begin(0, "000-first");
	say_text(WIRE_STDOUT, "one\n");
	say_end(0, 0);
	say_begin(1, "001-second");
	say_text(WIRE_STDERR, "three\n");
	say_end(1, 3);
	assert_null(record.damage);
	assert_int_equal(record.nr_cases, 2);
	assert_string_equal(record.cases[0].name, "000-first");
	assert_int_equal(record.cases[0].output_bytes, 4);
	assert_true(record.cases[0].ended);
	assert_int_equal(record.cases[1].status, 3);
	assert_int_equal(record.out_bytes, 4);
	assert_int_equal(record.err_bytes, 6);
}

GUEST_TEST(cases__two_at_a_time__damage)
{
	say_begin(0, "a");
	say_begin(1, "b");
	assert_string_equal(record.damage, "it began a script out of order");
}

GUEST_TEST(cases__end_without_begin__damage)
{
	say_end(0, 0);
	assert_string_equal(record.damage, "it ended a script that was not running");
}

/* The last line has no newline, and the plan is checked only at the end. */
GUEST_TEST(finish__case_that_runs__its_tap_is_complete)
{
	const struct tap *tap;

	say_number(WIRE_PLAN, 1, NULL, 0);
	say_begin(0, "000-x");
	say_text(WIRE_STDOUT, "1..3\nok 1 - a\nok 2 - b");
	conversation_finish(guest);
	tap = &record.cases[0].tap;
	assert_int_equal(tap->nr, 3);
	assert_string_equal(tap->cases[1].name, "b");
	assert_string_equal(tap->cases[2].name, "plan");
	assert_false(record.cases[0].ended);
}

GUEST_TEST(finish__lines_that_were_no_tap__no_cases)
{
	say_begin(0, "000-x");
	say_text(WIRE_STDOUT, "ok 1 - a\nok 2 - b\n");
	conversation_finish(guest);
	assert_int_equal(record.cases[0].tap.nr, 0);
}

GUEST_TEST(finish__records_of_the_kernel_missing__counted)
{
	static const char records[] = "6,1,1,-;a\n\0006,5,2,-;b\n";

	say(WIRE_KMSG, records, sizeof(records));
	conversation_finish(guest);
	assert_int_equal(record.kernel_lines_lost, 3);
}

static void say_record(const char *text)
{
	say(WIRE_KMSG, text, strlen(text) + 1);
}

GUEST_TEST(log__fault_that_a_program_wrote__none)
{
	console_says("[    1.000000] BUG: unable to handle page fault\n");
	assert_true(faults_pending(&record.faults, conversation_ms(guest)));
	say_record("12,1,1000000,-;BUG: unable to handle page fault\n");
	say_record("12,2,2000000,-;BUG: unable to handle page fault\n");
	conversation_finish(guest);
	assert_int_equal(record.faults.counted, 0);
}

/* A guest's clock may stand still: a program must not hide what the kernel says by that.
 */
GUEST_TEST(log__same_words_and_time_of_both__those_of_the_kernel_count)
{
	static const char *const records[][2] = {
		{ "4,1,1000000,-;BUG: Bad page state\n",
		  "12,2,1000000,-;BUG: Bad page state\n" },
		{ "12,1,1000000,-;BUG: Bad page state\n",
		  "4,2,1000000,-;BUG: Bad page state\n" },
	};

	for (size_t i = 0; i < 2 * ARRAY_SIZE(records); i++) {
		if (i < ARRAY_SIZE(records))
			console_says("[    1.000000] BUG: Bad page state\n"
				     "[    1.000000] BUG: Bad page state\n");
		say_record(records[i % 2][0]);
		say_record(records[i % 2][1]);
		if (i >= ARRAY_SIZE(records))
			console_says("[    1.000000] BUG: Bad page state\n"
				     "[    1.000000] BUG: Bad page state\n");
		conversation_finish(guest);
		assert_int_equal(record.faults.counted, 1);
		assert_true(faults_certain(&record.faults));
		teardown(state);
		setup(state);
	}
}

GUEST_TEST(log__fault_of_the_kernel__certain_with_its_record)
{
	console_says("[    1.000000] BUG: Bad page state\n");
	assert_false(faults_certain(&record.faults));
	say_record("4,1,1000000,-;BUG: Bad page state\n");
	conversation_finish(guest);
	assert_int_equal(record.faults.counted, 1);
	assert_true(faults_certain(&record.faults));
}

GUEST_TEST(log__fault_on_the_console_alone__counts)
{
	console_says("[    1.000000] BUG: Bad page state\n");
	say_record("4,1,3000000,-;something else\n");
	conversation_finish(guest);
	assert_int_equal(record.faults.counted, 1);
	assert_false(faults_certain(&record.faults));
}

/* What the kernel says after a panic that was none is looked at, what programs say is
 * not. */
GUEST_TEST(log__panic_that_a_program_wrote__the_kernel_goes_on)
{
	console_says("[    1.000000] Kernel panic - not syncing: a joke\n"
		     "[    2.000000] BUG: another joke\n"
		     "[    3.000000] BUG: Bad page state\n");
	assert_true(record.faults.panicked);
	say_record("12,2,2000000,-;BUG: another joke\n");
	say_record("12,1,1000000,-;Kernel panic - not syncing: a joke\n");
	say_record("4,3,3000000,-;BUG: Bad page state\n");
	conversation_finish(guest);
	assert_false(record.faults.panicked);
	assert_int_equal(record.faults.counted, 1);
	assert_contains(record.faults.list[0].title, "Bad page");
	assert_true(faults_certain(&record.faults));
}

static void say_kernel(uint32_t flags, uint32_t err, uint64_t taint)
{
	unsigned char rest[12];

	wire_put32(rest, err);
	wire_put64(rest + 4, taint);
	say_number(WIRE_KERNEL, flags, rest, sizeof(rest));
}

GUEST_TEST(kernel__taint_without_report__fault_of_the_case)
{
	say_kernel(WIRE_KERNEL_TAINT, 0, 0);
	say_begin(0, "000-x");
	say_kernel(WIRE_KERNEL_TAINT, 0, 512);
	say_end(0, 0);
	conversation_finish(guest);
	assert_null(record.damage);
	assert_int_equal(record.faults.counted, 1);
	assert_string_equal(faults_first(&record.faults)->kind, "taint");
	assert_int_equal(faults_first(&record.faults)->case_index, 0);
}

GUEST_TEST(kernel__taint_that_is_not_known__none)
{
	say_kernel(0, 0, 512);
	conversation_finish(guest);
	assert_false(record.taint.known);
	assert_int_equal(record.faults.counted, 0);
}

GUEST_TEST(kernel__log_that_is_not_read__noted)
{
	say_kernel(WIRE_KERNEL_MORE, ENODEV, 0);
	assert_null(record.damage);
	assert_int_equal(record.kmsg_error, ENODEV);
	assert_true(record.kmsg_more);
}

GUEST_TEST(kernel__no_room_for_the_image__noted)
{
	console_says(
		"[    1.000000] x\r\n[    2.000000] Initramfs unpacking failed: write error\r\n");
	console_says("[    3.000000] y\r\n");
	conversation_finish(guest);
	assert_string_equal(record.unpack_error,
			    "Initramfs unpacking failed: write error");
}

GUEST_TEST(kernel__no_memory_and_no_process__noted)
{
	console_says(
		"[    2.000000] kworker/u4:0 invoked oom-killer: gfp_mask=0x140cca\r\n"
		"[    2.100000] Kernel panic - not syncing: System is deadlocked on "
		"memory\r\n[    3.000000] y\r\n");
	conversation_finish(guest);
	assert_contains(record.unpack_error, "deadlocked on memory");
}

/* It may be why: then the kernel has not unpacked what there was room for. */
GUEST_TEST(kernel__cannot_unpack_after_a_fault__the_fault)
{
	console_says(
		"[    1.000000] BUG: KASAN: slab-out-of-bounds in inflate+0x1/0x2\r\n"
		"[    1.000100] Initramfs unpacking failed: write error\r\n"
		"[    3.000000] y\r\n");
	conversation_finish(guest);
	assert_null(record.unpack_error);
	assert_int_equal(record.faults.counted, 1);
}

/* Whatever a test writes into the log. */
GUEST_TEST(kernel__unpacking_after_a_script_has_begun__no_matter)
{
	say_number(WIRE_PLAN, 1, NULL, 0);
	say_begin(0, "000-x.sh");
	console_says("[    2.000000] Initramfs unpacking failed: write error\r\n"
		     "[    3.000000] y\r\n");
	conversation_finish(guest);
	assert_null(record.unpack_error);
}

GUEST_TEST(finish__kernel_said__since_the_last_script)
{
	unsigned char end[24] = { 0 };

	console_says("[    1.000000] Linux version 6.1\n");
	console_says("[    2.000000] rapido: starting /rapido_autorun/000-a\n");
	say_begin(0, "000-a");
	console_says("[    2.100000] of the first\n");
	say_end(0, 0);
	console_says("[    3.000000] rapido: starting /rapido_autorun/001-b\n");
	/* of the boot, by a slow way */
	console_says("[    1.900000] Run /rdinit as init process\n");
	console_says("[    3.100000] of the second\n");
	say_begin(1, "001-b");
	console_says("[    3.200000] and more\n");
	say_end(1, 1);
	say(WIRE_END, end, sizeof(end));
	console_says("[    4.000000] reboot: Power down\n");
	conversation_finish(guest);
	assert_string_equal(record.kernel_said, "[    3.100000] of the second\n"
						"[    3.200000] and more\n");
}

GUEST_TEST(finish__no_script__kernel_said_nothing_since)
{
	console_says("[    1.000000] Linux version 6.1\n");
	conversation_finish(guest);
	assert_null(record.kernel_said);
}

GUEST_TEST(kernel__no_sense__damage)
{
	say_kernel(4, 0, 0);
	assert_contains(record.damage, "kernel");
}

GUEST_TEST(ready__helper__noted)
{
	record.helper = xstrdup("server");
	say(WIRE_READY, NULL, 0);
	assert_true(record.ready);
	assert_null(record.damage);
}

GUEST_TEST(missing__command__of_the_case_that_runs)
{
	const struct run_case *c;

	say_text(WIRE_MISSING, "early");
	say_number(WIRE_PLAN, 1, NULL, 0);
	say_begin(0, "000-a");
	say_text(WIRE_MISSING, "sh");
	say_text(WIRE_MISSING, "no-such-command");
	say_text(WIRE_MISSING, "sh");
	say_end(0, 127);
	assert_null(record.damage);
	c = &record.cases[0];
	assert_int_equal(c->nr_missing, 2);
	assert_string_equal(c->missing[0].name, "sh");
	assert_true(c->missing[0].on_host);
	assert_string_equal(c->missing[1].name, "no-such-command");
	assert_false(c->missing[1].on_host);
}

GUEST_TEST(missing__very_many__some_are_kept)
{
	char name[300];

	memset(name, 'x', sizeof(name));
	say_number(WIRE_PLAN, 1, NULL, 0);
	say_begin(0, "000-a");
	for (int i = 0; i < 1000; i++) {
		memcpy(name, &i, 2);
		name[0] |= 0x40;
		name[1] |= 0x40;
		say(WIRE_MISSING, name, sizeof(name));
	}
	assert_null(record.damage);
	assert_int_equal(record.cases[0].nr_missing, CASE_MISSING_MAX);
	assert_true(strlen(record.cases[0].missing[0].name) < sizeof(name));
}

GUEST_TEST(missing__no_name__damage)
{
	say(WIRE_MISSING, "", 0);
	assert_non_null(record.damage);
}

GUEST_TEST(missing__name_with_a_nul__damage)
{
	say(WIRE_MISSING, "a\0b", 3);
	assert_non_null(record.damage);
}

GUEST_TEST(ready__no_helper__damage)
{
	say(WIRE_READY, NULL, 0);
	assert_false(record.ready);
	assert_non_null(record.damage);
}

/* Its server is ended by the agent then. */
GUEST_TEST(cases__helper_that_is_asked_to_stop__do_not_fail)
{
	record.helper = xstrdup("server");
	say_number(WIRE_PLAN, 2, NULL, 0);
	say_begin(0, "000-first");
	say_end(0, 0);
	say_begin(1, "001-second");
	assert_true(conversation_can_stop(guest));
	conversation_stop(guest);
	say_end(1, 143);
	assert_int_equal(record.cases[1].status, 143);
	assert_false(run_case_failed(&record.cases[1]));
	assert_false(record.failed);
}

/* The messages about what is read of the console in pieces. */
static const char *messages_of(const char *first, const char *second)
{
	struct capture capture = capture_start();

	console_says(first);
	console_says(second);
	return capture_stop(&capture);
}

GUEST_TEST(console__complaint_of_init__warning)
{
	assert_string_equal(messages_of("[    1.0] x\r\nrapido-init: network: eth",
					"0 has no carrier\r\nrapido-in"),
			    "rapido: warning: in the VM: network: eth0 has no carrier\n");
}

GUEST_TEST(console__after_the_first_script_has_begun__the_test_s_own)
{
	say_number(WIRE_PLAN, 1, NULL, 0);
	say_begin(0, "000-x.sh");
	assert_string_equal(messages_of("rapido-init: ", "a joke\n"), "");
}

/* The scripts of a suite have returned 0, and it waits for its first order. */
static void suite_is_ready(void)
{
	options.suite = &ears;
	say_number(WIRE_PLAN, 1, NULL, 0);
	say_begin(0, "000-suite.sh");
	say_end(0, 0);
	say_number(WIRE_SUITE_READY, 0, NULL, 0);
	assert_null(record.damage);
	assert_string_equal(heard.buf, "ready 0\n");
	strbuf_setlen(&heard, 0);
}

static void order(enum wire_order kind, const char *word, const char *other)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;

	if (word)
		strvec_push(&words, word);
	if (other)
		strvec_push(&words, other);
	conversation_order(guest, kind, &words);
}

static void say_case(uint32_t how, uint32_t status, const char *reason, const char *name)
{
	unsigned char payload[512];
	size_t len = strlen(reason);

	wire_put32(payload, how);
	wire_put32(payload + 4, status);
	wire_put32(payload + 8, (uint32_t)len);
	memcpy(payload + 12, reason, len);
	memcpy(payload + 12 + len, name, strlen(name));
	say(WIRE_SUITE_CASE, payload, 12 + len + strlen(name));
}

/* All that the host has sent since the last call: a line for each frame, with its type,
 * and the numbers of an order or its words, NULs as '|'. */
static void assert_sent(const char *expected)
{
	_cleanup_(strbuf_release) struct strbuf is = STRBUF_INIT;
	static unsigned char data[65536];
	struct pollfd fds[CONVERSATION_FDS];
	ssize_t n;
	long len;

	conversation_fill_pollfds(guest, fds);
	assert_true(poll(fds, CONVERSATION_FDS, 0) >= 0);
	conversation_work(guest, fds);
	n = recv(agent, data, sizeof(data), MSG_DONTWAIT);
	for (ssize_t at = 0; at < n; at += len) {
		struct wire_frame frame;

		len = wire_parse(&frame, data + at, (size_t)(n - at),
				 wire_get32(data + at + 8));
		assert_true(len > 0);
		strbuf_addf(&is, "%u", frame.type);
		if (frame.type == WIRE_ORDER)
			strbuf_addf(&is, " %u %u", wire_get32(frame.payload),
				    wire_get32(frame.payload + 4));
		if (frame.type == WIRE_ORDER_WORDS)
			strbuf_addch(&is, ' ');
		for (size_t i = 0; i < frame.size && frame.type == WIRE_ORDER_WORDS; i++)
			strbuf_addch(&is,
				     frame.payload[i] ? (char)frame.payload[i] : '|');
		strbuf_addch(&is, '\n');
	}
	assert_string_equal(is.buf ? is.buf : "", expected);
}

GUEST_TEST(suite__orders__in_frames_and_what_comes_of_them_is_heard)
{
	_cleanup_free_ char *words = xasprintf("%u %u 7\n%u -g|a b|\n", WIRE_ORDER,
					       WIRE_ORDER_ARGS, WIRE_ORDER_WORDS);
	_cleanup_free_ char *none = xasprintf("%u %u 0\n", WIRE_ORDER, WIRE_ORDER_LIST);

	suite_is_ready();
	assert_true(record.suite);
	order(WIRE_ORDER_ARGS, "-g", "a b");
	assert_sent(words);
	say_number(WIRE_SUITE_READY, 0, NULL, 0);
	order(WIRE_ORDER_LIST, NULL, NULL);
	assert_sent(none);
	say_text(WIRE_SUITE_LIST, "a/1\nb");
	say_text(WIRE_SUITE_LIST, "2\n");
	say_number(WIRE_SUITE_READY, 0, NULL, 0);
	order(WIRE_ORDER_RUN, "a/1", "b2");
	say_text(WIRE_SUITE_BEGIN, "a/1");
	say_case(WIRE_CASE_FAIL, 7, "it did not", "a/1");
	say_case(WIRE_CASE_SKIP, 0, "", "b2");
	say_number(WIRE_SUITE_READY, 3, NULL, 0);
	assert_string_equal(heard.buf, "ready 0\nlist a/1\nb\nlist 2\n\nready 0\n"
				       "begin a/1\nend a/1 1 7 'it did not'\n"
				       "end b2 2 0 ''\nready 3\n");
	assert_false(record.suite_over);
	order(WIRE_ORDER_END, NULL, NULL);
	assert_true(record.suite_over);
	assert_null(record.damage);
}

GUEST_TEST(suite__very_many_words__no_more_under_way_than_the_serial_line_holds)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	static char data[2 * WIRE_SLOW_WINDOW];
	size_t sum = 0;
	ssize_t n;

	suite_is_ready();
	while (recv(agent, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	for (int i = 0; i < 10000; i++)
		strvec_pushf(&words, "%099d", i);
	conversation_order(guest, WIRE_ORDER_RUN, &words);
	for (;;) {
		struct pollfd fds[CONVERSATION_FDS];

		conversation_fill_pollfds(guest, fds);
		assert_true(poll(fds, CONVERSATION_FDS, 0) >= 0);
		conversation_work(guest, fds);
		n = recv(agent, data, sizeof(data), MSG_DONTWAIT);
		if (n <= 0)
			break;
		assert_true(n <= WIRE_SLOW_WINDOW);
		sum += (size_t)n;
		say_number(WIRE_GOT, (uint32_t)n, NULL, 0);
	}
	assert_null(record.damage);
	assert_true(sum > 10000 * 100);
	assert_true(sum < 10000 * 100 + 300 * WIRE_HEADER);
}

GUEST_TEST(suite__stop_in_the_middle_of_an_order__does_not_wait_for_all_of_it)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	static unsigned char data[2 * WIRE_SLOW_WINDOW];
	size_t sum = 0;
	bool stopped = false;

	suite_is_ready();
	for (int i = 0; i < 10000; i++)
		strvec_pushf(&words, "%099d", i);
	conversation_order(guest, WIRE_ORDER_RUN, &words);
	conversation_stop(guest);
	while (!stopped && sum < 50000) {
		struct pollfd fds[CONVERSATION_FDS];
		unsigned char magic[6];
		ssize_t n;

		conversation_fill_pollfds(guest, fds);
		assert_true(poll(fds, CONVERSATION_FDS, 0) >= 0);
		conversation_work(guest, fds);
		n = recv(agent, data, sizeof(data), MSG_DONTWAIT);
		assert_true(n > 0);
		wire_put32(magic, WIRE_MAGIC);
		magic[4] = WIRE_STOP;
		magic[5] = 0;
		stopped = memmem(data, (size_t)n, magic, sizeof(magic));
		sum += (size_t)n;
		say_number(WIRE_GOT, (uint32_t)n, NULL, 0);
	}
	assert_true(stopped);
}

GUEST_TEST(suite__blocked_tasks__asked_for)
{
	_cleanup_free_ char *expected = xasprintf("%u\n", WIRE_BLOCKED);

	suite_is_ready();
	assert_sent("");
	conversation_show_blocked(guest);
	assert_sent(expected);
}

GUEST_TEST(suite__test_that_is_none__damage)
{
	say_number(WIRE_PLAN, 0, NULL, 0);
	say_number(WIRE_SUITE_READY, 0, NULL, 0);
	assert_contains(record.damage, "not run as one");
}

GUEST_TEST(suite__ready_before_all_scripts_were_run__damage)
{
	options.suite = &ears;
	say_number(WIRE_PLAN, 2, NULL, 0);
	say_begin(0, "000-a");
	say_end(0, 0);
	say_number(WIRE_SUITE_READY, 0, NULL, 0);
	assert_contains(record.damage, "out of order");
	assert_false(record.suite);
}

GUEST_TEST(suite__ready_twice__damage)
{
	suite_is_ready();
	say_number(WIRE_SUITE_READY, 0, NULL, 0);
	assert_contains(record.damage, "out of order");
}

GUEST_TEST(suite__script_after_that__damage)
{
	suite_is_ready();
	say_begin(1, "001-more");
	assert_contains(record.damage, "out of order");
}

GUEST_TEST(suite__case_while_none_was_ordered__damage)
{
	suite_is_ready();
	say_case(WIRE_CASE_PASS, 0, "", "a");
	assert_contains(record.damage, "makes no sense");
	assert_int_equal(heard.len, 0);
}

GUEST_TEST(suite__list_while_cases_run__damage)
{
	suite_is_ready();
	order(WIRE_ORDER_RUN, "a", NULL);
	say_text(WIRE_SUITE_LIST, "a\n");
	assert_contains(record.damage, "list of cases");
}

GUEST_TEST(suite__names_and_numbers_without_sense__damage)
{
	static char longest[257];
	const struct {
		uint32_t how, status;
		const char *reason, *name;
	} bad[] = {
		{ WIRE_CASE_PASS, 0, "", "" },	    { WIRE_CASE_PASS, 0, "", "a\nb" },
		{ WIRE_CASE_PASS, 0, "a\tb", "a" }, { WIRE_CASE_ERROR + 1, 0, "", "a" },
		{ WIRE_CASE_FAIL, 256, "", "a" },   { WIRE_CASE_PASS, 0, "", longest },
	};

	memset(longest, 'x', sizeof(longest) - 1);
	suite_is_ready();
	order(WIRE_ORDER_RUN, "a", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		say_case(bad[i].how, bad[i].status, bad[i].reason, bad[i].name);
		assert_non_null(record.damage);
		assert_int_equal(heard.len, 0);
		free(TAKE_PTR(record.damage));
	}
	longest[255] = '\0';
	say_case(WIRE_CASE_ERROR, 255, "\xff", longest);
	assert_null(record.damage);
	assert_contains(heard.buf, " 3 255 '\xff'");
}

GUEST_TEST(suite__case_shorter_than_its_reason__damage)
{
	unsigned char payload[16];

	suite_is_ready();
	order(WIRE_ORDER_RUN, "a", NULL);
	memset(payload, 0, sizeof(payload));
	wire_put32(payload + 8, 5);
	say(WIRE_SUITE_CASE, payload, sizeof(payload));
	assert_non_null(record.damage);
	free(TAKE_PTR(record.damage));
	wire_put32(payload + 8, UINT32_MAX);
	say(WIRE_SUITE_CASE, payload, sizeof(payload));
	assert_non_null(record.damage);
	free(TAKE_PTR(record.damage));
	say(WIRE_SUITE_CASE, payload, 11);
	assert_non_null(record.damage);
}

GUEST_TEST(suite__script_that_gives_up__the_first_reason_is_kept)
{
	options.suite = &ears;
	say_text(WIRE_SUITE_FATAL, "there is no disk");
	say_text(WIRE_SUITE_FATAL, "nor is there another");
	assert_null(record.damage);
	assert_string_equal(record.suite_fatal, "there is no disk");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

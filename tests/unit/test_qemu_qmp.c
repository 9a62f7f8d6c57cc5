// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU's monitor: what its events say about how a VM ended. */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"
#include "lib/io.h"
#include "vm/qemu-qmp.h"

static struct qmp qmp;

static int setup(void **state)
{
	if (fixture_make(state))
		return -1;
	qmp = (struct qmp)QMP_INIT;
	return 0;
}

static int teardown(void **state)
{
	qmp_release(&qmp);
	return fixture_remove(state);
}

#define SHUTDOWN(reason)                                                                  \
	"{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"SHUTDOWN\"," \
	" \"data\": {\"guest\": true, \"reason\": \"" reason "\"}}"
#define GREETING \
	"{\"QMP\": {\"version\": {\"qemu\": {\"major\": 7}}, \"capabilities\": []}}"

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(qmp_line__guest_reset__was_reset)
{
	qmp_line(&qmp, SHUTDOWN("guest-reset"));
	assert_true(qmp.was_reset);
}

TEST(qmp_line__guest_panic__was_reset)
{
	qmp_line(&qmp, SHUTDOWN("guest-panic"));
	assert_true(qmp.was_reset);
}

TEST(qmp_line__orderly_ends__not_reset)
{
	qmp_line(&qmp, SHUTDOWN("guest-shutdown"));
	qmp_line(&qmp, SHUTDOWN("host-signal"));
	qmp_line(&qmp, SHUTDOWN("host-qmp-quit"));
	assert_false(qmp.was_reset);
}

TEST(qmp_line__other_events__not_reset)
{
	qmp_line(&qmp, GREETING);
	qmp_line(&qmp, "{\"return\": {}}");
	qmp_line(&qmp, "{\"event\": \"RESET\", \"data\": {\"reason\": \"guest-reset\"}}");
	qmp_line(&qmp, "{\"event\": \"STOP\"}");
	assert_false(qmp.was_reset);
}

/* None of these is what QEMU sends; none of them may hurt. */
TEST(qmp_line__malformed__ignored)
{
	static const char *const lines[] = {
		"",
		"\r",
		"null",
		"5",
		"[]",
		"\"event\"",
		"{",
		"}",
		"{\"event\"",
		"{\"event\": \"SHUTDOWN\"",
		"{\"event\": \"SHUTDOWN\"}",
		"{\"event\": {}, \"data\": {}}",
		"{\"event\": \"SHUTDOWN\", \"data\": 5}",
		"{\"event\": \"SHUTDOWN\", \"data\": []}",
		"{\"event\": \"SHUTDOWN\", \"data\": null}",
		"{\"event\": \"SHUTDOWN\", \"data\": {}}",
		"{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": 7}}",
		"{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": {\"guest-reset\": 1}}}",
		"\xff\xfe",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		qmp_line(&qmp, lines[i]);
	assert_false(qmp.was_reset);
}

TEST(qmp_line__null_event__ignored)
{
	qmp_line(&qmp, "{\"event\": null}");
	assert_false(qmp.was_reset);
}

TEST(qmp_line__null_reason__ignored)
{
	qmp_line(&qmp, "{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": null}}");
	assert_false(qmp.was_reset);
}

TEST(qmp_line__deep_nesting__ignored)
{
	char line[20001];

	memset(line, '[', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	qmp_line(&qmp, line);
	assert_false(qmp.was_reset);
}

/* Connect; the result is QEMU's end, ours of it being closed. */
static int connect_qemu(void)
{
	int qemu;

	assert_int_equal(qmp_init(&qmp), 0);
	qemu = dup(qmp.peer);
	assert_true(qemu >= 0);
	qmp_started(&qmp);
	return qemu;
}

static void send_text(int qemu, const char *text)
{
	assert_int_equal(io_write_all(qemu, text, strlen(text)), 0);
}

TEST(qmp_init__connection__closed_on_exec)
{
	assert_int_equal(qmp_init(&qmp), 0);
	assert_int_equal(fcntl(qmp.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(qmp.peer, F_GETFD), FD_CLOEXEC);
}

TEST(qmp_started__connection__asks_for_events)
{
	int qemu = connect_qemu();
	char text[256];
	ssize_t n = read(qemu, text, sizeof(text) - 1);

	close(qemu);
	assert_int_equal(qmp.peer, -1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_contains(text, "\"qmp_capabilities\"");
	assert_int_equal(text[n - 1], '\n');
}

TEST(qmp_started__qemu_dead_already__no_sigpipe)
{
	assert_int_equal(qmp_init(&qmp), 0);
	qmp_started(&qmp);
	qmp_read(&qmp);
	assert_int_equal(qmp.fd, -1);
}

TEST(qmp_read__nothing_there__returns_at_once)
{
	int qemu = connect_qemu();

	qmp_read(&qmp);
	assert_true(qmp.fd >= 0);
	close(qemu);
}

TEST(qmp_read__event_in_pieces__understood)
{
	static const char text[] = GREETING "\r\n" SHUTDOWN("guest-reset") "\r\n";
	int qemu = connect_qemu();

	for (const char *p = text; *p; p++) {
		assert_false(qmp.was_reset);
		assert_int_equal(io_write_all(qemu, p, 1), 0);
		qmp_read(&qmp);
	}
	close(qemu);
	assert_true(qmp.was_reset);
}

TEST(qmp_read__several_lines_at_once__all_taken)
{
	int qemu = connect_qemu();

	send_text(qemu, GREETING "\n{\"return\": {}}\n" SHUTDOWN(
				"guest-reset") "\n{\"event\": \"STOP\"}\n");
	qmp_read(&qmp);
	close(qemu);
	assert_true(qmp.was_reset);
}

TEST(qmp_read__end_of_stream__takes_what_came_before)
{
	int qemu = connect_qemu();

	send_text(qemu, SHUTDOWN("guest-reset") "\n");
	close(qemu);
	qmp_read(&qmp);
	assert_int_equal(qmp.fd, -1);
	assert_true(qmp.was_reset);
	/* and again, as after the VM's end */
	qmp_read(&qmp);
	assert_int_equal(qmp.fd, -1);
}

TEST(qmp_read__unfinished_line__not_taken)
{
	int qemu = connect_qemu();

	send_text(qemu, SHUTDOWN("guest-reset"));
	close(qemu);
	qmp_read(&qmp);
	assert_false(qmp.was_reset);
}

/* Far more than any message has: memory does not grow without end. */
TEST(qmp_read__endless_line__given_up)
{
	int qemu = connect_qemu();
	char junk[65536];
	size_t sent = 0;

	memset(junk, 'x', sizeof(junk));
	fcntl(qemu, F_SETFL, O_NONBLOCK);
	while (qmp.fd >= 0 && sent < 64 << 20) {
		ssize_t n = send(qemu, junk, sizeof(junk), MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n;
		qmp_read(&qmp);
	}
	close(qemu);
	assert_int_equal(qmp.fd, -1);
	assert_true(qmp.line.len < 8 << 20);
}

TEST(qmp_release__unused__harmless)
{
	qmp_read(&qmp);
	qmp_started(&qmp);
	qmp_release(&qmp);
	qmp_release(&qmp);
	assert_int_equal(qmp.fd, -1);
}

/* What the VM is told, with the descriptor that came with it or -1. */
static const char *told(int vm, int *fd)
{
	static char text[4096];
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec data = { text, sizeof(text) - 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(vm, &message, MSG_DONTWAIT);

	*fd = -1;
	if (message.msg_controllen)
		memcpy(fd, CMSG_DATA((struct cmsghdr *)control), sizeof(*fd));
	text[n > 0 ? n : 0] = '\0';
	return text;
}

#define COMPLETED                                                                   \
	"{\"event\": \"DUMP_COMPLETED\", \"data\": {\"result\": {\"total\": 4096, " \
	"\"status\": \"completed\", \"completed\": 4096}}}"
#define DUMP_ERROR "{\"id\": \"dump\", \"error\": {\"class\": \"x\", \"desc\": \"no\"}}"

TEST(qmp_dump__to_its_end__done)
{
	int vm = connect_qemu(), file = open(put_file("core", ""), O_RDWR), fd;

	assert_int_equal(qmp_dump(&qmp, file, VM_DUMP_PHYSICAL), 0);
	assert_int_equal(qmp_dump(&qmp, file, VM_DUMP_PHYSICAL), -EBUSY);
	assert_contains(told(vm, &fd), "getfd");
	assert_true(fd >= 0);
	close(fd);
	assert_contains(told(vm, &fd), "\"paging\":false");
	assert_int_equal(qmp.dump, VM_DUMP_RUNNING);
	qmp_line(&qmp, "{\"id\": \"dump\", \"return\": {}}");
	assert_int_equal(qmp.dump, VM_DUMP_RUNNING);
	qmp_line(&qmp, COMPLETED);
	assert_int_equal(qmp.dump, VM_DUMP_DONE);
	/* a VM that goes on can be dumped again */
	assert_int_equal(qmp_dump(&qmp, file, VM_DUMP_VIRTUAL), 0);
	qmp_line(&qmp, "{\"event\": \"DUMP_COMPLETED\", \"data\": {\"result\": "
		       "{\"status\": \"failed\"}, \"error\": \"disk full\"}}");
	assert_int_equal(qmp.dump, VM_DUMP_FAILED);
	assert_string_equal(qmp.dump_error, "disk full");
	assert_int_equal(qmp_dump(&qmp, file, VM_DUMP_VIRTUAL), 0);
	qmp_line(&qmp, DUMP_ERROR);
	assert_int_equal(qmp.dump, VM_DUMP_FAILED);
	assert_string_equal(qmp.dump_error, "no");
	close(vm);
	close(file);
}

TEST(qmp_line__reset_of_a_vm_that_stays__dumped_then_quits)
{
	int vm = connect_qemu(), file = open(put_file("core", ""), O_RDWR), fd;

	qmp.stays = true;
	qmp.vmcore = file;
	qmp_line(&qmp, SHUTDOWN("guest-reset"));
	assert_int_equal(qmp.dump, VM_DUMP_RUNNING);
	assert_contains(told(vm, &fd), "getfd");
	close(fd);
	assert_contains(told(vm, &fd), "kdump-zlib");
	assert_string_equal(told(vm, &fd), "");
	qmp_line(&qmp, COMPLETED);
	assert_contains(told(vm, &fd), "quit");
	/* that is not how the guest ended */
	qmp_line(&qmp, SHUTDOWN("host-qmp-quit"));
	assert_true(qmp.was_reset);
	close(vm);
	close(file);
}

TEST(qmp_line__end_of_a_vm_that_stays__quits)
{
	int vm = connect_qemu(), fd;

	qmp.stays = true;
	qmp.vmcore = vm;
	qmp_line(&qmp, SHUTDOWN("guest-shutdown"));
	assert_int_equal(qmp.dump, VM_DUMP_NONE);
	assert_contains(told(vm, &fd), "quit");
	close(vm);
}

TEST(qmp_line__dump_nobody_asked_for__ignored)
{
	qmp_line(&qmp, COMPLETED);
	qmp_line(&qmp, DUMP_ERROR);
	assert_int_equal(qmp.dump, VM_DUMP_NONE);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

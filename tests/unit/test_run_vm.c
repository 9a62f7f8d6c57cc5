// SPDX-License-Identifier: GPL-2.0-or-later
/* The end of a run's QEMU, as it is seen. */
#include "fixture.h"
#include "run/run-vm.h"
#include "run/verdict.h"

static struct run_vm run;
static const struct run_config config = { .on_fault = "stop", .tap = "fail" };
static const struct run_vm_config vm = { .out = -1, .err = -1, .in = -1 };
static const struct rundir no_dir = RUNDIR_INIT;
static struct run_record record;

static int setup(void **state)
{
	(void)state;
	record_init(&record);
	run_vm_init(&run, &config, &vm, &record, &no_dir);
	run.vm.slot.lock.fd = -1;
	run.running = record.started_qemu = record.hello = true;
	run.vm.qemu = (struct process)PROCESS_INIT;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	process_release(&run.vm.qemu);
	record_release(&record);
	return 0;
}

static void start(const char *program)
{
	strvec_pushl(&run.vm.qemu.argv, program, "100", NULL);
	assert_int_equal(process_start(&run.vm.qemu), 0);
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(child_ended__qemu__its_status)
{
	start("false");
	for (int i = 0; i < 1000 && run.running; i++) {
		run_vm_child_ended(&run);
		usleep(10000);
	}
	assert_false(run.running);
	assert_int_equal(record.qemu_status, 1);
	assert_null(record.host_error);
}

TEST(child_ended__another_one__qemu_goes_on)
{
	start("sleep");
	run_vm_child_ended(&run);
	assert_true(run.running);
	assert_null(record.host_error);
}

/* It cannot be seen any more: that it has ended well would be a guess. */
TEST(child_ended__qemu_cannot_be_waited_for__not_run)
{
	int status;

	start("true");
	assert_int_equal(waitpid(run.vm.qemu.pid, &status, 0), run.vm.qemu.pid);
	run_vm_child_ended(&run);
	assert_false(run.running);
	assert_contains(record.host_error, "QEMU");
	verdict_judge(&record);
	assert_int_equal(record.status, STATUS_NOT_RUN);
	assert_contains(record.reason, record.host_error);
}

/* The guest may go on, but not for ever. */
TEST(work__console_cannot_be_read__limits_stay)
{
	const struct pollfd polled = { .revents = POLLIN };
	struct pollfd fds[RUN_NR_FDS] = { [RUN_FD_CONSOLE] = polled };
	struct conversation_options to_guest = { .logs.out = -1,
						 .logs.err = -1,
						 .in = -1 };
	struct rundir dir;

	fixture_make(state);
	assert_int_equal(rundir_open(&dir, at("run")), 0);
	to_guest.logs.dir = &dir;
	run.facts.timeout = 60;
	run.facts.limited = true;
	conversation_init(&run.guest, &to_guest, &record, -1, -1);
	/* whose read(2) fails */
	run.console = open("/", O_RDONLY | O_CLOEXEC);
	run_vm_work(&run, fds);
	assert_true(record.unread);
	assert_contains(record.host_error, "console");
	assert_int_equal(record.stop, RUN_NOT_STOPPED);
	assert_in_range(run_vm_next_wake(&run), 1, 60000);
	conversation_release(&run.guest);
	rundir_release(&dir);
	fixture_remove(state);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A VM of a run: the options it follows, and how its end is seen. */
#include "fixture.h"
#include "run/run-vm.h"
#include "run/verdict.h"
#include "vm/vm-private.h"

static struct run_vm run;
static struct vm vm;
static const struct run_config config = { .on_fault = "stop", .tap = "fail" };
static const struct run_vm_config vm_config = { .out = -1, .err = -1, .in = -1 };
static struct run_record record;
static struct rundir dir;

static int setup(void **state)
{
	fixture_make(state);
	if (rundir_open(&dir, at("run")) != 0)
		return -1;
	record_init(&record);
	run_vm_init(&run, &config, &vm_config, &record, &dir);
	vm = (struct vm){ .spec = VM_SPEC_INIT,
			  .slot = SLOT_INIT,
			  .process = PROCESS_INIT };
	run.vm = &vm;
	run.guest = conversation_new(&run.talk_options, &record, -1, -1, -1);
	run.running = record.started_vm = record.hello = true;
	return 0;
}

static int teardown(void **state)
{
	process_release(&vm.process);
	conversation_free(run.guest);
	record_release(&record);
	rundir_release(&dir);
	return fixture_remove(state);
}

static void start(const char *program)
{
	strvec_pushl(&vm.process.argv, program, "100", NULL);
	assert_int_equal(process_start(&vm.process), 0);
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(child_ended__vm__its_status)
{
	start("false");
	for (int i = 0; i < 1000 && run.running; i++) {
		run_vm_child_ended(&run);
		usleep(10000);
	}
	assert_false(run.running);
	assert_int_equal(record.vm_status, 1);
	assert_null(record.host_error);
}

TEST(child_ended__another_one__vm_goes_on)
{
	start("sleep");
	run_vm_child_ended(&run);
	assert_true(run.running);
	assert_null(record.host_error);
}

/* It cannot be seen any more: that it has ended well would be a guess. */
TEST(child_ended__vm_cannot_be_waited_for__not_run)
{
	int status;

	start("true");
	assert_int_equal(waitpid(vm.process.pid, &status, 0), vm.process.pid);
	run_vm_child_ended(&run);
	assert_false(run.running);
	assert_contains(record.host_error, "whether the VM has ended");
	verdict_judge(&record);
	assert_int_equal(record.status, STATUS_NOT_RUN);
	assert_contains(record.reason, record.host_error);
}

/* The guest may go on, but not for ever. */
TEST(work__console_cannot_be_read__limits_stay)
{
	struct pollfd fds[RUN_VM_FDS];

	run.facts.timeout = 60;
	run.facts.limited = true;
	conversation_free(run.guest);
	/* its read(2) fails */
	run.guest = conversation_new(&run.talk_options, &record,
				     open("/", O_RDONLY | O_CLOEXEC), -1, -1);
	run_vm_fill_pollfds(&run, fds);
	assert_int_equal(poll(fds, RUN_VM_FDS, 0), 1);
	run_vm_work(&run, fds);
	assert_true(record.unread);
	assert_contains(record.host_error, "console");
	assert_int_equal(record.stop, RUN_NOT_STOPPED);
	assert_in_range(run_vm_next_wake(&run), 1, 60000);
}

/* As the options of `rapido run` say. */
DEFINE_TEST(init__options__decide_what_ends_the_run)
{
	struct run_config other = config;

	record_init(&record);
	run_vm_init(&run, &config, &vm_config, &record, &dir);
	assert_true(run.facts.stop_on_fault);
	assert_true(record.fault_check);
	assert_true(record.tap_check);
	assert_int_equal(run.facts.timeout, 0);
	other.timeout = 30;
	other.boot_timeout = 20;
	other.hang_timeout = 10;
	other.on_fault = "continue";
	other.tap = "report";
	run_vm_init(&run, &other, &vm_config, &record, &dir);
	assert_int_equal(run.facts.timeout, 30);
	assert_int_equal(run.facts.boot_timeout, 20);
	assert_int_equal(run.facts.hang_timeout, 10);
	assert_false(run.facts.stop_on_fault);
	assert_true(record.fault_check);
	assert_false(record.tap_check);
	other.on_fault = "stop";
	other.no_fault_check = true;
	run_vm_init(&run, &other, &vm_config, &record, &dir);
	assert_false(run.facts.stop_on_fault);
	assert_false(record.fault_check);
	record_release(&record);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the words of a VM go: the files, and what the kernel's log reports. */
#include "fixture.h"
#include "run/run-logs.h"

static struct run_record record;
static struct run_logs logs;
static struct rundir dir;
static struct run_logs_options options;

static int setup(void **state)
{
	fixture_make(state);
	if (rundir_open(&dir, at("run")) != 0)
		return -1;
	options = (struct run_logs_options){ .dir = &dir, .out = -1, .err = -1 };
	record_init(&record);
	run_logs_init(&logs, &options, &record);
	return 0;
}

static int teardown(void **state)
{
	run_logs_release(&logs);
	record_release(&record);
	rundir_release(&dir);
	return fixture_remove(state);
}

#define LOGS_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

static void console(const char *text, uint64_t now_ms)
{
	run_logs_console(&logs, text, strlen(text), now_ms);
}

LOGS_TEST(finish__each_log__size_in_the_record)
{
	console("[    1.000000] a line\nand no", 10);
	run_logs_output(&logs, "out\n", 4, true);
	run_logs_output(&logs, "error\n", 6, false);
	run_logs_finish(&logs, 20);
	assert_int_equal(record.logs[RUN_LOG_CONSOLE].bytes, 28);
	assert_int_equal(record.logs[RUN_LOG_KERNEL].bytes, 22);
	assert_int_equal(record.logs[RUN_LOG_OUTPUT].bytes, 10);
	assert_string_equal(record.last_words, "[    1.000000] a line\nand no");
	assert_null(record.host_error);
}

LOGS_TEST(init__log_cannot_be_created__host_error)
{
	struct run_logs others;
	struct rundir gone = RUNDIR_INIT;
	const struct run_logs_options to_gone = { .dir = &gone, .out = -1, .err = -1 };
	struct capture capture = capture_start();

	run_logs_init(&others, &to_gone, &record);
	assert_contains(capture_stop(&capture), "cannot write 'output'");
	assert_contains(record.host_error, "cannot write 'output'");
	run_logs_release(&others);
}

LOGS_TEST(console__fault__complete_by_the_time_that_is_passed)
{
	console("[    1.000000] BUG: KASAN: use-after-free in f+0x1/0x2\n", 1000);
	assert_true(faults_pending(&record.faults, 1000));
	assert_false(faults_pending(&record.faults, 1000 + FAULT_QUIET_MS));
	assert_int_equal(record.faults.counted, 1);
}

LOGS_TEST(console__script_is_announced__fault_is_that_script_s)
{
	console("[    1.000000] rapido: starting /rapido_autorun/001-second.sh\n"
		"[    1.100000] Kernel panic - not syncing: x\n",
		1000);
	run_logs_finish(&logs, 2000);
	faults_finish(&record.faults);
	assert_int_equal(faults_first(&record.faults)->case_index, 1);
}

LOGS_TEST(kernel_said__script_begins__lines_since_then)
{
	_cleanup_free_ char *said = NULL;

	console("[    1.000000] before\n", 1000);
	assert_null(run_logs_kernel_said(&logs));
	record_add_case(&record, "000-a", 5, 1000);
	run_logs_case_begins(&logs);
	console("[    2.000000] after\n", 2000);
	said = run_logs_kernel_said(&logs);
	assert_string_equal(said, "[    2.000000] after\n");
}

LOGS_TEST(output__marked__each_line_is_on_standard_error)
{
	_cleanup_close_ int err = open(at("err"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char text[128] = "";

	run_logs_release(&logs);
	options.mark = "server";
	options.err = err;
	run_logs_init(&logs, &options, &record);
	run_logs_output(&logs, "one\ntw", 6, true);
	run_logs_output(&logs, "o\n\nthree", 8, false);
	assert_true(pread(err, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "server: one\nserver: two\nserver: \nserver: three");
}

/* The case @name begins by the agent's frames. */
static void begin(const char *name)
{
	if (record_running(&record))
		record_end_case(&record, 0, 0, false);
	record_add_suite_case(&record, name, 0);
	run_logs_suite_case(&logs);
}

static void assert_part(size_t index, const char *expected)
{
	_cleanup_free_ char *text = run_logs_take_part(&logs, index);

	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
}

LOGS_TEST(part__frames_before_lines__of_the_running_case)
{
	begin("a/1");
	console("[    1.000000] rapido: case a/1\n[    1.100000] one\n", 10);
	begin("a/2");
	console("[    2.000000] rapido: case a/2\n[    2.100000] two\n", 20);
	assert_part(0, "[    1.000000] rapido: case a/1\n[    1.100000] one\n");
	assert_part(1, "[    2.000000] rapido: case a/2\n[    2.100000] two\n");
	assert_part(1, NULL);
}

LOGS_TEST(part__lines_before_frames__of_the_announced_case)
{
	begin("a/1");
	console("[    1.000000] rapido: case a/1\n"
		"[    1.100000] one\n"
		"[    2.000000] rapido: case a/2\n"
		"[    2.100000] Kernel panic - not syncing: x\n",
		1000);
	begin("a/2");
	run_logs_finish(&logs, 2000);
	faults_finish(&record.faults);
	assert_int_equal(faults_first(&record.faults)->case_index, 1);
	assert_part(0, "[    1.000000] rapido: case a/1\n[    1.100000] one\n");
}

LOGS_TEST(part__not_announced__by_the_frames)
{
	begin("a/1");
	console("[    1.100000] one\n", 10);
	begin("a/2");
	console("[    2.100000] two\n", 20);
	assert_part(0, "[    1.100000] one\n");
	assert_part(1, "[    2.100000] two\n");
}

LOGS_TEST(part__late_fault_after_the_last_case__of_that_case)
{
	begin("a/1");
	console("[    1.000000] rapido: case a/1\n", 10);
	record_end_case(&record, 0, 0, false);
	assert_part(0, "[    1.000000] rapido: case a/1\n");
	record.suite = true;
	console("[    3.000000] Kernel panic - not syncing: x\n", 1000);
	run_logs_finish(&logs, 2000);
	faults_finish(&record.faults);
	assert_int_equal(faults_first(&record.faults)->case_index, 0);
}

LOGS_TEST(part__case_gets_another_name__one_part)
{
	begin("a/1");
	console("[    1.100000] one\n", 10);
	free(record.cases[0].name);
	record.cases[0].name = xstrdup("a/2");
	run_logs_suite_case(&logs);
	console("[    1.200000] rapido: case a/2\n[    1.300000] two\n", 10);
	assert_part(0, "[    1.100000] one\n"
		       "[    1.200000] rapido: case a/2\n[    1.300000] two\n");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

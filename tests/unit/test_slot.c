// SPDX-License-Identifier: GPL-2.0-or-later
/* VM numbers: lowest free one, stale and foreign pid files, many processes at once. */
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

#include "fixture.h"
#include "io.h"
#include "slot.h"

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Take and give back; the number. */
static unsigned int take_once(void)
{
	struct slot slot;
	unsigned int number;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	number = slot.number;
	slot_release(&slot);
	return number;
}

static void slot_take__new_directory__made_and_number_1(void **state)
{
	struct slot slot;

	(void)state;
	assert_int_equal(slot_take(&slot, at("a/pids")), 0);
	assert_int_equal(slot.number, 1);
	assert_string_equal(slot.path, at("a/pids/rapido_vm1.pid"));
	assert_true(exists(slot.path));
	slot_release(&slot);
}

static void slot_take__several__lowest_free(void **state)
{
	struct slot slots[3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++) {
		assert_int_equal(slot_take(&slots[i], at("pids")), 0);
		assert_int_equal(slots[i].number, i + 1);
	}
	slot_release(&slots[1]);
	assert_int_equal(slot_take(&slots[1], at("pids")), 0);
	assert_int_equal(slots[1].number, 2);
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
		slot_release(&slots[i]);
}

static void slot_take__other_directory__own_numbers(void **state)
{
	struct slot a, b;

	(void)state;
	assert_int_equal(slot_take(&a, at("a")), 0);
	assert_int_equal(slot_take(&b, at("b")), 0);
	assert_int_equal(b.number, 1);
	slot_release(&a);
	slot_release(&b);
}

static void slot_release__taken__file_removed(void **state)
{
	struct slot slot;

	(void)state;
	assert_int_equal(slot_take(&slot, at("pids")), 0);
	slot_release(&slot);
	assert_false(exists(at("pids/rapido_vm1.pid")));
	assert_int_equal(slot.fd, -1);
	assert_null(slot.path);
}

static void slot_release__never_taken__harmless(void **state)
{
	struct slot slot = { .fd = -1 };

	(void)state;
	slot_release(&slot);
	slot_release(&slot);
	assert_int_equal(slot.fd, -1);
}

static void slot_set_pid__written__first_line_of_file(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct slot slot;

	(void)state;
	assert_int_equal(slot_take(&slot, at("pids")), 0);
	assert_int_equal(slot_set_pid(&slot, 1234567), 0);
	assert_int_equal(slot_set_pid(&slot, 42), 0);
	assert_int_equal(io_read_file(AT_FDCWD, slot.path, 100, &text, NULL), 0);
	assert_string_equal(text, "42\n");
	slot_release(&slot);
}

/* What earlier versions aborted at. */
static void slot_take__corrupt_pid_file__number_is_free(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"garbage\n",
		"-1\n",
		"0\n",
		"1\n",
		"99999999999999999999\n",
		"12monkeys",
		" 7 ",
		"0x10",
		"\xff\xfe\x01",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		put_file("pids/rapido_vm1.pid", texts[i]);
		assert_int_equal(take_once(), 1);
	}
}

static void slot_take__long_binary_pid_file__number_is_free(void **state)
{
	char data[5000];

	(void)state;
	memset(data, '7', sizeof(data));
	put_data("pids/rapido_vm1.pid", data, sizeof(data));
	assert_int_equal(take_once(), 1);
	memset(data, 0, sizeof(data));
	put_data("pids/rapido_vm1.pid", data, sizeof(data));
	assert_int_equal(take_once(), 1);
}

static void put_pid(pid_t pid)
{
	char text[32];

	snprintf(text, sizeof(text), "%d\n", (int)pid);
	put_file("pids/rapido_vm1.pid", text);
}

static void slot_take__pid_of_ended_process__number_is_free(void **state)
{
	pid_t pid = fork();

	(void)state;
	if (!pid)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	put_pid(pid);
	assert_int_equal(take_once(), 1);
}

static void slot_take__pid_of_another_program__number_is_free(void **state)
{
	(void)state;
	put_pid(getpid());
	assert_int_equal(take_once(), 1);
}

/* A process by that name that sleeps until it is killed. */
static pid_t start_named(const char *name)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_NAME, name);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void slot_take__pid_of_live_qemu__next_number_and_file_stays(void **state)
{
	pid_t pid = start_named("qemu-system-x86");
	unsigned int number;
	bool kept;

	(void)state;
	put_pid(pid);
	number = take_once();
	kept = exists(at("pids/rapido_vm1.pid"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(number, 2);
	assert_true(kept);
	assert_int_equal(take_once(), 1);
}

static void slot_take__all_taken__ebusy_with_message(void **state)
{
	static struct slot slots[SLOT_MAX + 1];
	struct capture c;
	unsigned int nr = 0;
	int err = 0;

	(void)state;
	while (nr < SLOT_MAX && !(err = slot_take(&slots[nr], at("pids"))))
		nr++;
	if (err == -EMFILE) {
		while (nr)
			slot_release(&slots[--nr]);
		print_message("too few open files are allowed here\n");
		skip();
	}
	assert_int_equal(nr, SLOT_MAX);
	assert_int_equal(slots[SLOT_MAX - 1].number, SLOT_MAX);
	c = capture_start();
	err = slot_take(&slots[SLOT_MAX], at("pids"));
	assert_contains(capture_stop(&c), at("pids"));
	assert_int_equal(err, -EBUSY);
	while (nr)
		slot_release(&slots[--nr]);
}

static void slot_take__directory_is_a_file__error_names_it(void **state)
{
	struct slot slot;
	struct capture c;
	int err;

	(void)state;
	put_file("pids", "");
	c = capture_start();
	err = slot_take(&slot, at("pids"));
	assert_contains(capture_stop(&c), at("pids"));
	assert_true(err < 0);
	assert_int_equal(slot.fd, -1);
	slot_release(&slot);
}

static int take_in_read_only(void)
{
	struct slot slot;
	struct capture c = capture_start();
	int err = slot_take(&slot, at("pids"));
	const char *said = capture_stop(&c);

	return err == -EACCES && strstr(said, at("pids")) ? 0 : 1;
}

static void slot_take__directory_not_writable__error_names_it(void **state)
{
	(void)state;
	put_dir("pids");
	assert_int_equal(chmod(at("pids"), 0555), 0);
	assert_int_equal(fixture_run_as_user(take_in_read_only), 0);
	assert_int_equal(chmod(at("pids"), 0755), 0);
}

static int take_beside_others(void)
{
	struct slot slot;
	int number = slot_take(&slot, at("pids")) ? 0 : (int)slot.number;

	slot_release(&slot);
	return number;
}

/* Another user's VM, whose file cannot be opened for writing. */
static void slot_take__file_of_another_user__next_number(void **state)
{
	(void)state;
	put_dir("pids");
	put_file("pids/rapido_vm1.pid", "1\n");
	assert_int_equal(chmod(at("pids"), 0777), 0);
	assert_int_equal(chmod(at("pids/rapido_vm1.pid"), geteuid() == 0 ? 0644 : 0444),
			 0);
	assert_int_equal(fixture_run_as_user(take_beside_others), 2);
}

/* QEMU has the descriptor when rapido has gone without a word. */
static void slot__inherited_by_a_child__stays_taken_until_it_ends(void **state)
{
	struct slot slot;
	pid_t pid;

	(void)state;
	assert_int_equal(slot_take(&slot, at("pids")), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	close(slot.fd);
	free(slot.path);
	assert_int_equal(take_once(), 2);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(take_once(), 1);
}

#define MANY 32

/* Wait for the gate, take a number, tell it, keep it until the second gate opens. */
static void take_at_once(int gate, int numbers, int release)
{
	struct slot slot;
	char byte;
	bool fine;

	if (read(gate, &byte, 1) != 0 || slot_take(&slot, at("pids")))
		_exit(1);
	fine = write(numbers, &slot.number, sizeof(slot.number)) == sizeof(slot.number) &&
	       read(release, &byte, 1) == 0;
	slot_release(&slot);
	_exit(fine ? 0 : 1);
}

static void slot_take__32_processes_at_once__32_numbers(void **state)
{
	int gate[2], numbers[2], release[2], failed = 0, status;
	bool seen[MANY + 1] = { false };
	unsigned int number;

	(void)state;
	put_dir("pids");
	put_file("pids/rapido_vm3.pid", "stale");
	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	assert_int_equal(pipe2(numbers, O_CLOEXEC), 0);
	assert_int_equal(pipe2(release, O_CLOEXEC), 0);
	for (int i = 0; i < MANY; i++) {
		if (fork())
			continue;
		close(gate[1]);
		close(release[1]);
		take_at_once(gate[0], numbers[1], release[0]);
	}
	close(gate[1]);
	close(numbers[1]);
	for (int i = 0; i < MANY; i++) {
		if (read(numbers[0], &number, sizeof(number)) != sizeof(number) ||
		    number < 1 || number > MANY || seen[number])
			failed++;
		else
			seen[number] = true;
	}
	close(release[1]);
	while (wait(&status) > 0)
		failed += status != 0;
	close(gate[0]);
	close(numbers[0]);
	close(release[0]);
	assert_int_equal(failed, 0);
	for (int i = 1; i <= MANY; i++) {
		_cleanup_free_ char *name = xasprintf("pids/rapido_vm%d.pid", i);

		assert_false(exists(at(name)));
	}
}

/* Hold each number alone: a mark that only one can make says if not. */
static void take_and_release(unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++) {
		char mark[600];
		struct slot slot;
		int fd;

		if (slot_take(&slot, at("pids")) || slot_set_pid(&slot, getpid()))
			_exit(1);
		snprintf(mark, sizeof(mark), "%s/mark.%u", fixture_dir, slot.number);
		fd = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			_exit(2);
		close(fd);
		sched_yield();
		if (unlink(mark))
			_exit(3);
		slot_release(&slot);
	}
	_exit(0);
}

static void slot_release__while_others_take__never_two_with_one_number(void **state)
{
	unsigned int rounds = getenv("RAPIDO_VALGRIND") ? 20 : 300;
	int status, failed = 0;

	(void)state;
	put_dir("pids");
	for (int i = 0; i < 8; i++)
		if (!fork())
			take_and_release(rounds);
	while (wait(&status) > 0)
		failed += status != 0;
	assert_int_equal(failed, 0);
	assert_int_equal(take_once(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(slot_take__new_directory__made_and_number_1),
		FIXTURE_TEST(slot_take__several__lowest_free),
		FIXTURE_TEST(slot_take__other_directory__own_numbers),
		FIXTURE_TEST(slot_release__taken__file_removed),
		FIXTURE_TEST(slot_release__never_taken__harmless),
		FIXTURE_TEST(slot_set_pid__written__first_line_of_file),
		FIXTURE_TEST(slot_take__corrupt_pid_file__number_is_free),
		FIXTURE_TEST(slot_take__long_binary_pid_file__number_is_free),
		FIXTURE_TEST(slot_take__pid_of_ended_process__number_is_free),
		FIXTURE_TEST(slot_take__pid_of_another_program__number_is_free),
		FIXTURE_TEST(slot_take__pid_of_live_qemu__next_number_and_file_stays),
		FIXTURE_TEST(slot_take__all_taken__ebusy_with_message),
		FIXTURE_TEST(slot_take__directory_is_a_file__error_names_it),
		FIXTURE_TEST(slot_take__directory_not_writable__error_names_it),
		FIXTURE_TEST(slot_take__file_of_another_user__next_number),
		FIXTURE_TEST(slot__inherited_by_a_child__stays_taken_until_it_ends),
		FIXTURE_TEST(slot_take__32_processes_at_once__32_numbers),
		FIXTURE_TEST(slot_release__while_others_take__never_two_with_one_number),
	};

	return cmocka_run_group_tests(tests, fixture_clean_environment, NULL);
}

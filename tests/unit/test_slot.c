// SPDX-License-Identifier: GPL-2.0-or-later
/* VM numbers: lowest free one, stale and foreign pid files, many processes at once, and
 * who looks on meanwhile. */
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

#include "fixture.h"
#include "lib/io.h"
#include "seccomp_fixture.h"
#include "vm/slot.h"

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool is_taken(unsigned int number)
{
	_cleanup_(slot_info_release) struct slot_info info = { 0 };
	_cleanup_close_ int fd = slot_open(at("pids"), number, &info);

	return fd >= 0;
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

FIXTURE_TEST(slot_take__new_directory__made_and_number_1)
{
	struct slot slot;

	assert_int_equal(slot_take(&slot, at("a/pids")), 0);
	assert_int_equal(slot.number, 1);
	assert_string_equal(slot.lock.path, at("a/pids/rapido_vm1.pid"));
	assert_true(exists(slot.lock.path));
	slot_release(&slot);
}

FIXTURE_TEST(slot_take__several__lowest_free)
{
	struct slot slots[3];

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

FIXTURE_TEST(slot_take__other_directory__own_numbers)
{
	struct slot a, b;

	assert_int_equal(slot_take(&a, at("a")), 0);
	assert_int_equal(slot_take(&b, at("b")), 0);
	assert_int_equal(b.number, 1);
	slot_release(&a);
	slot_release(&b);
}

FIXTURE_TEST(slot_release__taken__file_removed)
{
	struct slot slot;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	slot_release(&slot);
	assert_false(exists(at("pids/rapido_vm1.pid")));
	assert_int_equal(slot.lock.fd, -1);
	assert_null(slot.lock.path);
}

FIXTURE_TEST(slot_release__never_taken__harmless)
{
	struct slot slot = SLOT_INIT;

	slot_release(&slot);
	slot_release(&slot);
	assert_int_equal(slot.lock.fd, -1);
}

FIXTURE_TEST(slot_describe__all_known__pid_alone_then_key_value)
{
	const struct slot_info info = { .vm = 42,
					.rapido = 41,
					.test = (char *)"my-test",
					.kernel = (char *)"6.1.0",
					.log = (char *)"/logs/console.log",
					.started = 1700000000 };
	_cleanup_free_ char *text = NULL;
	struct slot slot;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	assert_int_equal(slot_describe(&slot, &info), 0);
	assert_int_equal(io_read_file(AT_FDCWD, slot.lock.path, 200, &text, NULL), 0);
	assert_string_equal(text, "42\nrapido 41\ntest my-test\nkernel 6.1.0\n"
				  "log /logs/console.log\nstarted 1700000000\n");
	slot_release(&slot);
}

FIXTURE_TEST(slot_describe__again_with_less__nothing_of_before_is_left)
{
	struct slot_info info = { .vm = 1234567, .test = (char *)"a long name" };
	_cleanup_free_ char *text = NULL;
	struct slot slot;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	assert_int_equal(slot_describe(&slot, &info), 0);
	info = (struct slot_info){ .rapido = 7 };
	assert_int_equal(slot_describe(&slot, &info), 0);
	assert_int_equal(io_read_file(AT_FDCWD, slot.lock.path, 200, &text, NULL), 0);
	assert_string_equal(text, "\nrapido 7\n");
	slot_release(&slot);
}

/* A name with a newline would be two lines. */
FIXTURE_TEST(slot_describe__control_characters__question_marks)
{
	const struct slot_info info = { .vm = 42,
					.test = (char *)"a\nrapido 1\tb\x1b[2J\x7f" };
	_cleanup_(slot_info_release) struct slot_info seen = { 0 };
	struct slot slot;
	int fd;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	assert_int_equal(slot_describe(&slot, &info), 0);
	fd = slot_open(at("pids"), 1, &seen);
	assert_true(fd >= 0);
	assert_string_equal(seen.test, "a?rapido 1?b?[2J?");
	assert_int_equal(seen.rapido, 0);
	close(fd);
	slot_release(&slot);
}

/* Of a VM that was killed; the one that has its number now is not yet described. */
FIXTURE_TEST(slot_take__stale_file__emptied)
{
	_cleanup_free_ char *text = NULL;
	struct slot slot;

	put_file("pids/rapido_vm1.pid", "4194303\ntest former\n");
	assert_int_equal(slot_take(&slot, at("pids")), 0);
	assert_int_equal(io_read_file(AT_FDCWD, slot.lock.path, 200, &text, NULL), 0);
	assert_string_equal(text, "");
	slot_release(&slot);
}

/* What earlier versions aborted at. */
FIXTURE_TEST(slot_take__corrupt_pid_file__number_is_free)
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

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		put_file("pids/rapido_vm1.pid", texts[i]);
		assert_int_equal(take_once(), 1);
	}
}

FIXTURE_TEST(slot_take__long_binary_pid_file__number_is_free)
{
	char data[5000];

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

FIXTURE_TEST(slot_take__pid_of_ended_process__number_is_free)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	put_pid(pid);
	assert_int_equal(take_once(), 1);
}

FIXTURE_TEST(slot_take__pid_of_another_program__number_is_free)
{
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

FIXTURE_TEST(slot_take__pid_of_live_qemu__next_number_and_file_stays)
{
	pid_t pid = start_named("qemu-system-x86");
	unsigned int number;
	bool kept;

	put_pid(pid);
	number = take_once();
	kept = exists(at("pids/rapido_vm1.pid"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(number, 2);
	assert_true(kept);
	assert_int_equal(take_once(), 1);
}

FIXTURE_TEST(slot_take__all_taken__ebusy_with_message)
{
	static struct slot slots[VM_NUMBER_MAX + 1];
	struct capture c;
	unsigned int nr = 0;
	int err = 0;

	while (nr < VM_NUMBER_MAX && !(err = slot_take(&slots[nr], at("pids"))))
		nr++;
	if (err == -EMFILE) {
		while (nr)
			slot_release(&slots[--nr]);
		print_message("too few open files are allowed here\n");
		skip();
	}
	assert_int_equal(nr, VM_NUMBER_MAX);
	assert_int_equal(slots[VM_NUMBER_MAX - 1].number, VM_NUMBER_MAX);
	c = capture_start();
	err = slot_take(&slots[VM_NUMBER_MAX], at("pids"));
	assert_contains(capture_stop(&c), at("pids"));
	assert_int_equal(err, -EBUSY);
	while (nr)
		slot_release(&slots[--nr]);
}

FIXTURE_TEST(slot_take__directory_is_a_file__error_names_it)
{
	struct slot slot;
	struct capture c;
	int err;

	put_file("pids", "");
	c = capture_start();
	err = slot_take(&slot, at("pids"));
	assert_contains(capture_stop(&c), at("pids"));
	assert_true(err < 0);
	assert_int_equal(slot.lock.fd, -1);
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

FIXTURE_TEST(slot_take__directory_not_writable__error_names_it)
{
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
/* Root could write to all of these, and whoever has them could change them later. */
FIXTURE_TEST(slot_take__root_finds_files_of_others__own_one_instead)
{
	static const unsigned int expected[] = { 1, 2, 4 };
	struct slot slots[ARRAY_SIZE(expected)];
	struct stat st, other;

	if (geteuid() != 0)
		skip();
	put_file("pids/rapido_vm1.pid", "4194303\n");
	assert_int_equal(lchown(at("pids/rapido_vm1.pid"), 54321, 0), 0);
	put_file("other", "precious\n");
	assert_int_equal(link(at("other"), at("pids/rapido_vm2.pid")), 0);
	assert_int_equal(mkfifo(at("pids/rapido_vm3.pid"), 0666), 0);
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++) {
		assert_int_equal(slot_take(&slots[i], at("pids")), 0);
		assert_int_equal(slots[i].number, expected[i]);
		assert_int_equal(fstat(slots[i].lock.fd, &st), 0);
		assert_true(S_ISREG(st.st_mode));
		assert_int_equal(st.st_uid, 0);
		assert_int_equal(st.st_nlink, 1);
	}
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
		slot_release(&slots[i]);
	assert_int_equal(stat(at("other"), &other), 0);
	assert_int_equal(other.st_size, strlen("precious\n"));
}

FIXTURE_TEST(slot_take__file_of_another_user__next_number)
{
	put_dir("pids");
	put_file("pids/rapido_vm1.pid", "1\n");
	assert_int_equal(chmod(at("pids"), 0777), 0);
	assert_int_equal(chmod(at("pids/rapido_vm1.pid"), geteuid() == 0 ? 0644 : 0444),
			 0);
	assert_int_equal(fixture_run_as_user(take_beside_others), 2);
}

FIXTURE_TEST(slot_take__no_regular_files_in_the_way__next_number)
{
	put_dir("pids/rapido_vm1.pid");
	assert_int_equal(mkfifo(at("pids/rapido_vm2.pid"), 0666), 0);
	assert_int_equal(mknod(at("pids/rapido_vm3.pid"), S_IFSOCK | 0666, 0), 0);
	assert_int_equal(symlink("nowhere", at("pids/rapido_vm4.pid")), 0);
	assert_int_equal(take_once(), 5);
	assert_true(exists(at("pids/rapido_vm3.pid")));
}

/* QEMU has the descriptor when rapido has gone without a word. */
FIXTURE_TEST(slot__inherited_by_a_child__stays_taken_until_it_ends)
{
	struct slot slot;
	pid_t pid;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	close(slot.lock.fd);
	free(slot.lock.path);
	assert_int_equal(take_once(), 2);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(take_once(), 1);
}

/* What is in the list of "pids", as "1:42:test 2:0:-" */
static const char *listed(void)
{
	static char text[4096];
	struct slot_info *list;
	size_t nr, len = 0;

	text[0] = '\0';
	assert_int_equal(slot_list(at("pids"), &list, &nr), 0);
	for (size_t i = 0; i < nr; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u:%d:%s",
					i ? " " : "", list[i].number, (int)list[i].vm,
					list[i].test ? list[i].test : "-");
	slot_list_free(list, nr);
	return text;
}

FIXTURE_TEST(slot_list__no_directory__empty)
{
	assert_string_equal(listed(), "");
	assert_false(is_taken(1));
}

static int list_unreadable(void)
{
	struct slot_info *list;
	struct capture c = capture_start();
	size_t nr;
	int err = slot_list(at("pids"), &list, &nr);
	const char *said = capture_stop(&c);

	return err == -EACCES && !nr && strstr(said, at("pids")) ? 0 : 1;
}

FIXTURE_TEST(slot_list__directory_of_another_user__error_names_it)
{
	put_dir("pids");
	assert_int_equal(chmod(at("pids"), geteuid() == 0 ? 0700 : 0), 0);
	assert_int_equal(fixture_run_as_user(list_unreadable), 0);
	assert_int_equal(chmod(at("pids"), 0755), 0);
}

FIXTURE_TEST(slot_list__taken_and_released__by_number)
{
	struct slot_info info = { .vm = 42, .test = (char *)"mine" };
	struct slot slots[3];

	for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
		assert_int_equal(slot_take(&slots[i], at("pids")), 0);
	assert_int_equal(slot_describe(&slots[2], &info), 0);
	slot_release(&slots[1]);
	assert_string_equal(listed(), "1:0:- 3:42:mine");
	assert_true(is_taken(1));
	assert_false(is_taken(2));
	assert_true(is_taken(3));
	slot_release(&slots[0]);
	slot_release(&slots[2]);
	assert_string_equal(listed(), "");
}

FIXTURE_TEST(slot_list__what_was_described__is_read_back)
{
	struct slot_info info = { .vm = 42,
				  .rapido = 41,
				  .test = (char *)"a test with spaces ",
				  .kernel = (char *)"/boot/vmlinuz",
				  .log = (char *)"/l o g",
				  .started = 1700000000 };
	_cleanup_(slot_info_release) struct slot_info seen = { 0 };
	struct slot slot;
	int fd;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	assert_int_equal(slot_describe(&slot, &info), 0);
	fd = slot_open(at("pids"), 1, &seen);
	assert_true(fd >= 0);
	assert_int_equal(seen.number, 1);
	assert_int_equal(seen.vm, 42);
	assert_int_equal(seen.rapido, 41);
	assert_string_equal(seen.test, info.test);
	assert_string_equal(seen.kernel, info.kernel);
	assert_string_equal(seen.log, info.log);
	assert_int_equal(seen.started, info.started);
	assert_false(seen.foreign);
	close(fd);
	slot_release(&slot);
}

static int list_those_of_others(void)
{
	return streq(listed(), "1:42:theirs") ? 0 : 1;
}

FIXTURE_TEST(slot_list__vm_of_another_user__listed)
{
	const struct slot_info info = { .vm = 42, .test = (char *)"theirs" };
	struct slot slot;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	assert_int_equal(slot_describe(&slot, &info), 0);
	assert_int_equal(fixture_run_as_user(list_those_of_others), 0);
	slot_release(&slot);
}

/* Locked, so that a VM runs; what is in the file does not matter. */
FIXTURE_TEST(slot_list__file_makes_no_sense__number_alone)
{
	static const char *const texts[] = {
		"",
		"\n",
		"garbage\ntest t\n",
		"-1\ntest t\n",
		"99999999999999999999\ntest t\n",
		"12monkeys\ntest t\n",
		"0\ntest t\n",
		"\xff\xfe\x01",
		"\ntest\nrapido x\nstarted -4\nfoo bar\n\n\n\ntest no end of line",
	};
	struct slot slot;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		put_file("pids/rapido_vm1.pid", texts[i]);
		assert_string_equal(listed(), "1:0:-");
	}
	slot_release(&slot);
}

FIXTURE_TEST(slot_list__very_long_file__its_beginning)
{
	_cleanup_free_ char *data = xmalloc(100000);
	struct slot slot;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	memset(data, 'x', 100000);
	memcpy(data, "42\ntest t\nlog ", 14);
	put_data("pids/rapido_vm1.pid", data, 100000);
	assert_string_equal(listed(), "1:42:t");
	memset(data, 0, 100000);
	put_data("pids/rapido_vm1.pid", data, 100000);
	assert_string_equal(listed(), "1:0:-");
	slot_release(&slot);
}

FIXTURE_TEST(slot_list__stale_and_odd_files__not_listed)
{
	char text[64];

	put_file("pids/rapido_vm1.pid", "4194303\n");
	put_dir("pids/rapido_vm2.pid");
	assert_int_equal(symlink("rapido_vm1.pid", at("pids/rapido_vm3.pid")), 0);
	assert_int_equal(mkfifo(at("pids/rapido_vm4.pid"), 0644), 0);
	/* a process that is there, and is no QEMU */
	snprintf(text, sizeof(text), "%d\n", (int)getpid());
	put_file("pids/rapido_vm5.pid", text);
	put_file("pids/rapido_vm07.pid", text);
	assert_string_equal(listed(), "");
}

FIXTURE_TEST(slot_list__qemu_of_another_tool__listed_as_foreign)
{
	pid_t pid = start_named("qemu-system-x86");
	struct slot_info *list;
	bool foreign = false, plausible = false;
	size_t nr;

	put_pid(pid);
	assert_int_equal(slot_list(at("pids"), &list, &nr), 0);
	if (nr == 1) {
		foreign = list[0].foreign && list[0].vm == pid;
		plausible = labs((long)(time(NULL) - list[0].started)) < 60;
	}
	slot_list_free(list, nr);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_true(foreign);
	assert_true(plausible);
	assert_string_equal(listed(), "");
}

/* The VM is long gone, and its QEMU's pid is now another VM's. */
FIXTURE_TEST(slot_list__qemu_younger_than_the_file__not_listed)
{
	const struct timespec times[2] = { { .tv_sec = time(NULL) - 3600 },
					   { .tv_sec = time(NULL) - 3600 } };
	pid_t pid = start_named("qemu-system-x86");
	bool taken;

	put_pid(pid);
	assert_int_equal(utimensat(AT_FDCWD, at("pids/rapido_vm1.pid"), times, 0), 0);
	taken = is_taken(1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_false(taken);
}

/* Ours are locked as long as they run. */
FIXTURE_TEST(slot_list__described_and_not_locked__not_listed)
{
	pid_t pid = start_named("qemu-system-x86");
	_cleanup_free_ char *text = xasprintf("%d\nrapido 1\n", (int)pid);
	bool taken;

	put_file("pids/rapido_vm1.pid", text);
	taken = is_taken(1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_false(taken);
}

FIXTURE_TEST(slot_look__released__gone)
{
	_cleanup_(slot_info_release) struct slot_info info = { 0 };
	struct slot slot;
	int fd;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	fd = slot_open(at("pids"), 1, &info);
	assert_true(fd >= 0);
	assert_true(slot_look(fd, &info));
	slot_release(&slot);
	assert_false(slot_look(fd, &info));
	close(fd);
}

FIXTURE_TEST(slot_look__described_later__becomes_known)
{
	const struct slot_info described = { .vm = 42, .test = (char *)"mine" };
	_cleanup_(slot_info_release) struct slot_info info = { 0 };
	struct slot slot;
	int fd;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	fd = slot_open(at("pids"), 1, &info);
	assert_true(fd >= 0);
	assert_int_equal(info.vm, 0);
	assert_int_equal(slot_describe(&slot, &described), 0);
	assert_true(slot_look(fd, &info));
	assert_int_equal(info.vm, 42);
	assert_string_equal(info.test, "mine");
	/* it is being written again just now */
	put_file("pids/rapido_vm1.pid", "");
	assert_true(slot_look(fd, &info));
	assert_int_equal(info.vm, 42);
	close(fd);
	slot_release(&slot);
}

FIXTURE_TEST(slot_look__another_vm_has_the_number_and_the_file__gone)
{
	const struct slot_info first = { .vm = 42 }, second = { .vm = 43 };
	_cleanup_(slot_info_release) struct slot_info info = { 0 };
	struct slot slot;
	int fd;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	assert_int_equal(slot_describe(&slot, &first), 0);
	fd = slot_open(at("pids"), 1, &info);
	assert_true(fd >= 0);
	/* killed, so that the file stays */
	close(slot.lock.fd);
	free(slot.lock.path);
	assert_int_equal(slot_take(&slot, at("pids")), 0);
	assert_int_equal(slot_describe(&slot, &second), 0);
	assert_false(slot_look(fd, &info));
	close(fd);
	slot_release(&slot);
}

FIXTURE_TEST(slot_signal__process_without_the_file__esrch)
{
	pid_t pid = start_named("qemu-system-x86");
	_cleanup_(slot_info_release) struct slot_info info = { 0 };
	const struct slot_info described = { .vm = pid };
	struct slot slot;
	int fd, err, status;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	assert_int_equal(slot_describe(&slot, &described), 0);
	fd = slot_open(at("pids"), 1, &info);
	err = slot_signal(fd, &info, info.vm, SIGKILL);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_int_equal(err, -ESRCH);
	assert_int_equal(slot_signal(fd, &info, info.vm, 0), -ESRCH);
	assert_int_equal(slot_signal(fd, &info, 0, SIGKILL), -ESRCH);
	close(fd);
	slot_release(&slot);
}

FIXTURE_TEST(slot_signal__process_with_the_file__gets_it)
{
	_cleanup_(slot_info_release) struct slot_info info = { 0 };
	struct slot_info described = { 0 };
	struct slot slot;
	int fd, err, status;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	described.vm = start_named("any name");
	assert_int_equal(slot_describe(&slot, &described), 0);
	fd = slot_open(at("pids"), 1, &info);
	err = slot_signal(fd, &info, info.vm, SIGUSR2);
	if (err)
		kill(described.vm, SIGKILL);
	waitpid(described.vm, &status, 0);
	assert_int_equal(err, 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR2);
	close(fd);
	slot_release(&slot);
}

/* In a child that is the rapido of a VM. */
static int signal_itself(void)
{
	_cleanup_(slot_info_release) struct slot_info info = { 0 };
	const struct slot_info described = { .rapido = getpid() };
	struct timespec none = { 0 };
	struct slot slot;
	sigset_t set;
	int fd, err;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (slot_take(&slot, at("pids")) || slot_describe(&slot, &described))
		return 1;
	fd = slot_open(at("pids"), slot.number, &info);
	err = slot_signal(fd, &info, info.rapido, SIGUSR1);
	slot_release(&slot);
	return !err && sigtimedwait(&set, NULL, &none) == SIGUSR1 ? 0 : 1;
}

FIXTURE_TEST(slot_signal__pidfds_forbidden__gets_it_all_the_same)
{
	assert_int_equal(seccomp_run_without(SYS_pidfd_open, EPERM, signal_itself), 0);
	assert_int_equal(seccomp_run_without(SYS_pidfd_send_signal, EPERM, signal_itself),
			 0);
	assert_int_equal(
		seccomp_run_without(SYS_pidfd_send_signal, ENOSYS, signal_itself), 0);
}

static int signal_as_user(void)
{
	_cleanup_(slot_info_release) struct slot_info info = { 0 };
	_cleanup_close_ int fd = slot_open(at("pids"), 1, &info);

	return fd >= 0 && slot_signal(fd, &info, info.vm, SIGUSR2) == -EPERM ? 0 : 1;
}

FIXTURE_TEST(slot_signal__process_of_another_user__eperm)
{
	const struct slot_info described = { .vm = getpid() };
	struct slot slot;

	if (geteuid() != 0)
		skip();
	assert_int_equal(slot_take(&slot, at("pids")), 0);
	assert_int_equal(slot_describe(&slot, &described), 0);
	assert_int_equal(fixture_run_as_user(signal_as_user), 0);
	slot_release(&slot);
}

FIXTURE_TEST(slot_tidy__stale__removed)
{
	put_file("pids/rapido_vm1.pid", "4194303\n");
	slot_tidy(at("pids"), 1);
	slot_tidy(at("pids"), 2);
	assert_false(exists(at("pids/rapido_vm1.pid")));
	assert_false(exists(at("pids/rapido_vm2.pid")));
}

FIXTURE_TEST(slot_tidy__taken__stays)
{
	struct slot slot;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	slot_tidy(at("pids"), 1);
	assert_true(exists(slot.lock.path));
	assert_true(is_taken(1));
	slot_release(&slot);
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

/* 32 processes take a number, keep it and give it back. How often something was wrong. */
static int take_many(void)
{
	int gate[2], numbers[2], release[2], failed = 0, status;
	bool seen[MANY + 1] = { false };
	unsigned int number;
	pid_t takers[MANY];

	put_dir("pids");
	put_file("pids/rapido_vm3.pid", "stale");
	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	assert_int_equal(pipe2(numbers, O_CLOEXEC), 0);
	assert_int_equal(pipe2(release, O_CLOEXEC), 0);
	for (int i = 0; i < MANY; i++) {
		takers[i] = fork();
		if (takers[i])
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
	for (int i = 0; i < MANY; i++)
		failed += waitpid(takers[i], &status, 0) != takers[i] || status != 0;
	close(gate[0]);
	close(numbers[0]);
	close(release[0]);
	for (int i = 1; i <= MANY; i++) {
		_cleanup_free_ char *name = xasprintf("pids/rapido_vm%d.pid", i);

		failed += exists(at(name));
	}
	return failed;
}

FIXTURE_TEST(slot_take__32_processes_at_once__32_numbers)
{
	assert_int_equal(take_many(), 0);
}

/* Look as often as possible; none may be seen twice, nor one that nobody has. */
static void list_for_ever(void)
{
	for (;;) {
		struct slot_info *list;
		size_t nr;

		if (slot_list(at("pids"), &list, &nr) || nr > MANY)
			_exit(1);
		for (size_t i = 0; i < nr; i++)
			if (list[i].number > MANY ||
			    (i && list[i].number <= list[i - 1].number))
				_exit(2);
		slot_list_free(list, nr);
		for (unsigned int n = 1; n <= MANY; n++)
			is_taken(n);
	}
}

FIXTURE_TEST(slot_list__while_32_take__no_number_is_left_out)
{
	unsigned int rounds = getenv("RAPIDO_VALGRIND") ? 2 : 40;
	int status, failed = 0;
	pid_t listers[2];

	put_dir("pids");
	for (size_t i = 0; i < ARRAY_SIZE(listers); i++) {
		listers[i] = fork();
		if (!listers[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			list_for_ever();
		}
	}
	for (unsigned int i = 0; i < rounds; i++) {
		/* each has a file that can be looked into when it is taken */
		for (int n = 1; n <= MANY; n++) {
			_cleanup_free_ char *name = xasprintf("pids/rapido_vm%d.pid", n);

			put_file(name, "stale");
		}
		failed += take_many();
	}
	for (size_t i = 0; i < ARRAY_SIZE(listers); i++) {
		kill(listers[i], SIGKILL);
		waitpid(listers[i], &status, 0);
		/* and not before */
		failed += !WIFSIGNALED(status);
	}
	assert_int_equal(failed, 0);
}

/* Hold each number alone: a mark that only one can make says if not. */
static void take_and_release(unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++) {
		char mark[600];
		const struct slot_info info = { .vm = getpid() };
		struct slot slot;
		int fd;

		if (slot_take(&slot, at("pids")) || slot_describe(&slot, &info))
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

FIXTURE_TEST(slot_release__while_others_take__never_two_with_one_number)
{
	unsigned int rounds = getenv("RAPIDO_VALGRIND") ? 20 : 300;
	int status, failed = 0;

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
	return run_defined_tests(fixture_clean_environment, NULL);
}

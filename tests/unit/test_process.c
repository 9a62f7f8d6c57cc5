// SPDX-License-Identifier: GPL-2.0-or-later
/* Child processes: how they start, what they inherit, and how their end is told. */
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include "fixture.h"
#include "lib/io.h"
#include "lib/process.h"
#include "seccomp_fixture.h"

static struct process process;

static int setup(void **state)
{
	process = (struct process)PROCESS_INIT;
	/* execvp(3) fails differently when the user's has a directory without permission
	 */
	setenv("PATH", "/usr/bin:/bin", 1);
	return fixture_make(state);
}

static int teardown(void **state)
{
	process_release(&process);
	return fixture_remove(state);
}

/* Run a shell command to its end. */
static int run_shell(const char *command)
{
	strvec_pushl(&process.argv, "/bin/sh", "-c", command, NULL);
	assert_int_equal(process_start(&process), 0);
	return process_wait(&process, -1);
}

/* Start a shell command whose output goes to the file "out". */
static char *output_of(const char *command)
{
	char *text = NULL;
	int fd = open(at("out"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), status;

	assert_true(fd >= 0);
	process.out = fd;
	status = run_shell(command);
	close(fd);
	assert_int_equal(status, 0);
	assert_int_equal(io_read_file(AT_FDCWD, at("out"), 65536, &text, NULL), 0);
	return text;
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(process_wait__exit_status__returned)
{
	assert_int_equal(run_shell("exit 42"), 42);
	assert_int_equal(process.pid, 0);
}

TEST(process_wait__success__zero)
{
	assert_int_equal(run_shell(":"), 0);
}

TEST(process_wait__killed__128_and_signal)
{
	assert_int_equal(run_shell("kill -KILL $$"), 128 + SIGKILL);
}

TEST(process_wait__aborted__128_and_signal)
{
	assert_int_equal(run_shell("ulimit -c 0; kill -ABRT $$"), 128 + SIGABRT);
}

/* The child that it leaves behind would hold the pipe open. */
TEST(process_wait__kill_group__none_of_it_is_left)
{
	char c;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	process.own_group = process.kill_group = true;
	process.out = ends[1];
	assert_int_equal(run_shell("sleep 60 & exit 3"), 3);
	close(ends[1]);
	assert_int_equal(read(ends[0], &c, 1), 0);
	close(ends[0]);
}

TEST(process_start__title__is_its_name)
{
	_cleanup_free_ char *text = NULL;

	process.title = "another name";
	text = output_of("echo \"$0\"; tr '\\0' , < /proc/$$/cmdline");
	assert_contains(text, "another name,-c,");
}

TEST(process_start__no_core__limit_is_0)
{
	_cleanup_free_ char *text = NULL;

	process.no_core = true;
	text = output_of("ulimit -c");
	assert_string_equal(text, "0\n");
}

TEST(process_start__absent_program__enoent)
{
	strvec_push(&process.argv, "no-such-program-of-rapido");
	assert_int_equal(process_start(&process), -ENOENT);
	assert_int_equal(process.pid, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

TEST(process_start__absent_path__enoent)
{
	strvec_push(&process.argv, at("absent"));
	assert_int_equal(process_start(&process), -ENOENT);
}

TEST(process_start__not_executable__eacces)
{
	strvec_push(&process.argv, put_file("text", "hello\n"));
	assert_int_equal(process_start(&process), -EACCES);
}

TEST(process_start__absent_directory__error)
{
	strvec_push(&process.argv, "/bin/sh");
	process.dir = at("absent");
	assert_int_equal(process_start(&process), -ENOENT);
}

TEST(process_start__directory__changed_for_child_only)
{
	_cleanup_free_ char *text = NULL, *expected = NULL, *before = NULL, *after = NULL;

	before = getcwd(NULL, 0);
	expected = realpath(fixture_dir, NULL);
	process.dir = fixture_dir;
	text = output_of("pwd -P");
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(text, expected);
	after = getcwd(NULL, 0);
	assert_string_equal(after, before);
}

TEST(process_start__environment__on_top_of_ours)
{
	_cleanup_free_ char *text = NULL;

	setenv("UNIT_OURS", "kept", 1);
	setenv("UNIT_BOTH", "old", 1);
	strvec_pushl(&process.env, "UNIT_BOTH=new", "UNIT_NEW=a b", NULL);
	text = output_of("echo \"$UNIT_OURS,$UNIT_BOTH,$UNIT_NEW\"");
	assert_string_equal(text, "kept,new,a b\n");
	assert_string_equal(getenv("UNIT_BOTH"), "old");
	assert_null(getenv("UNIT_NEW"));
	unsetenv("UNIT_OURS");
	unsetenv("UNIT_BOTH");
}

TEST(process_start__argument_vector__no_shell_in_between)
{
	_cleanup_free_ char *text = NULL;
	int fd = open(at("out"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	process.out = fd;
	strvec_pushl(&process.argv, "printf", "%s|", "a b", "$HOME", "*", "", "it's",
		     NULL);
	assert_int_equal(process_start(&process), 0);
	assert_int_equal(process_wait(&process, -1), 0);
	close(fd);
	assert_int_equal(io_read_file(AT_FDCWD, at("out"), 100, &text, NULL), 0);
	assert_string_equal(text, "a b|$HOME|*||it's|");
}

TEST(process_start__standard_descriptors__as_given)
{
	_cleanup_free_ char *out = NULL, *err = NULL;
	int fds[3];

	put_file("in", "from in\n");
	fds[0] = open(at("in"), O_RDONLY | O_CLOEXEC);
	fds[1] = open(at("o"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	fds[2] = open(at("e"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	process.in = fds[0];
	process.out = fds[1];
	process.err = fds[2];
	assert_int_equal(run_shell("cat; echo oops >&2"), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(close(fds[i]), 0);
	assert_int_equal(io_read_file(AT_FDCWD, at("o"), 100, &out, NULL), 0);
	assert_int_equal(io_read_file(AT_FDCWD, at("e"), 100, &err, NULL), 0);
	assert_string_equal(out, "from in\n");
	assert_string_equal(err, "oops\n");
}

TEST(process_start__one_descriptor_for_two__both_there)
{
	_cleanup_free_ char *text = NULL;
	int fd = open(at("both"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	process.out = fd;
	process.err = fd;
	assert_int_equal(run_shell("echo a; echo b >&2"), 0);
	close(fd);
	assert_int_equal(io_read_file(AT_FDCWD, at("both"), 100, &text, NULL), 0);
	assert_string_equal(text, "a\nb\n");
}

/* In a child, whose own 0, 1 and 2 they are. */
TEST(process_start__standard_descriptors_exchanged__each_where_it_goes)
{
	_cleanup_free_ char *out = NULL, *err = NULL;
	int fds[3], status;
	pid_t pid;

	put_file("in", "in\n");
	put_file("out", "");
	put_file("err", "");
	pid = fork();
	if (!pid) {
		fds[0] = open(at("in"), O_RDONLY | O_CLOEXEC);
		fds[1] = open(at("out"), O_WRONLY | O_CLOEXEC);
		fds[2] = open(at("err"), O_WRONLY | O_CLOEXEC);
		/* input is 1, output 2, errors 0 */
		dup2(fds[0], 1);
		dup2(fds[1], 2);
		dup2(fds[2], 0);
		process.in = 1;
		process.out = 2;
		process.err = 0;
		_exit(run_shell("read x; echo $x and out; echo err >&2"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(io_read_file(AT_FDCWD, at("out"), 100, &out, NULL), 0);
	assert_string_equal(out, "in and out\n");
	assert_int_equal(io_read_file(AT_FDCWD, at("err"), 100, &err, NULL), 0);
	assert_string_equal(err, "err\n");
}

TEST(process_start__kept_descriptors__same_number_in_child)
{
	int a = open(put_file("a", "in a\n"), O_RDONLY | O_CLOEXEC);
	int b = open(put_file("b", "in b\n"), O_RDONLY | O_CLOEXEC);
	const int keep[] = { a, b };
	_cleanup_free_ char *text = NULL, *command = NULL;

	process.keep = keep;
	process.nr_keep = 2;
	command = xasprintf("cat /proc/self/fd/%d /proc/self/fd/%d", b, a);
	text = output_of(command);
	assert_string_equal(text, "in b\nin a\n");
	/* ours is as it was */
	assert_int_equal(fcntl(a, F_GETFD), FD_CLOEXEC);
	close(a);
	close(b);
}

TEST(process_start__other_descriptors__not_inherited)
{
	int fd = open(put_file("secret", "x"), O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *command = xasprintf("test ! -e /proc/self/fd/%d", fd);
	int status = run_shell(command);

	close(fd);
	assert_int_equal(status, 0);
}

TEST(process_start__many__no_descriptor_left)
{
	int before = dup(0), after;

	close(before);
	assert_int_equal(run_shell(":"), 0);
	process_release(&process);
	strvec_push(&process.argv, "no-such-program-of-rapido");
	assert_int_equal(process_start(&process), -ENOENT);
	after = dup(0);
	close(after);
	assert_int_equal(after, before);
}

TEST(process_start__our_signal_mask__not_the_childs)
{
	sigset_t set, before;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &before);
	status = run_shell("kill -TERM $$; exit 3");
	sigprocmask(SIG_SETMASK, &before, NULL);
	assert_int_equal(status, 128 + SIGTERM);
}

TEST(process_start__ignored_sigpipe__default_in_child)
{
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	int status = run_shell("kill -PIPE $$; exit 3");

	signal(SIGPIPE, before);
	assert_int_equal(status, 128 + SIGPIPE);
}

static void on_alarm(int number)
{
	(void)number;
}

/* A signal that interrupts our wait for the exec is not a success. */
TEST(process_start__interrupted__still_tells_of_failure)
{
	struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerspec often = { { 0, 50000 }, { 0, 50000 } };
	unsigned int rounds = getenv("RAPIDO_VALGRIND") ? 20 : 200, wrong = 0;
	timer_t timer;

	strvec_push(&process.argv, "no-such-program-of-rapido");
	sigaction(SIGALRM, &action, NULL);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	timer_settime(timer, 0, &often, NULL);
	for (unsigned int i = 0; i < rounds; i++) {
		wrong += process_start(&process) != -ENOENT;
		if (process.pid > 0)
			process_wait(&process, -1);
	}
	timer_delete(timer);
	/* one that is late does not kill us */
	signal(SIGALRM, SIG_IGN);
	assert_int_equal(wrong, 0);
}

/* valgrind does not have it. */
static void need_pidfd(void)
{
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (fd >= 0) {
		close(fd);
		return;
	}
	print_message("there is no pidfd_open(2) here\n");
	skip();
}

TEST(process_wait__timeout__etimedout_and_child_lives)
{
	need_pidfd();
	strvec_pushl(&process.argv, "sleep", "60", NULL);
	assert_int_equal(process_start(&process), 0);
	assert_int_equal(process_wait(&process, 0), -ETIMEDOUT);
	assert_int_equal(process_wait(&process, 20), -ETIMEDOUT);
	assert_true(process.pid > 0);
	assert_int_equal(kill(process.pid, 0), 0);
}

TEST(process_wait__ends_within_timeout__status)
{
	need_pidfd();
	strvec_pushl(&process.argv, "/bin/sh", "-c", "exit 5", NULL);
	assert_int_equal(process_start(&process), 0);
	assert_int_equal(process_wait(&process, 60000), 5);
}

TEST(process_wait__ended_before__status_at_once)
{
	siginfo_t info;

	need_pidfd();
	strvec_pushl(&process.argv, "/bin/sh", "-c", "exit 6", NULL);
	assert_int_equal(process_start(&process), 0);
	assert_int_equal(waitid(P_PID, (id_t)process.pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(process_wait(&process, 0), 6);
}

/* In a child: 0 when the ends of two other ones are told truly. */
static int wait_for_two(void)
{
	struct process sleeper = PROCESS_INIT, quick = PROCESS_INIT;
	int wrong;

	strvec_pushl(&sleeper.argv, "sleep", "60", NULL);
	strvec_pushl(&quick.argv, "/bin/sh", "-c", "exit 5", NULL);
	wrong = process_start(&sleeper) != 0 || process_start(&quick) != 0 ||
		process_wait(&sleeper, 0) != -ETIMEDOUT ||
		process_wait(&sleeper, 20) != -ETIMEDOUT || sleeper.pid <= 0 ||
		process_wait(&quick, 60000) != 5;
	process_release(&sleeper);
	process_release(&quick);
	return wrong;
}

TEST(process_wait__pidfds_forbidden__truth_all_the_same)
{
	assert_int_equal(seccomp_run_without(SYS_pidfd_open, EPERM, wait_for_two), 0);
	assert_int_equal(seccomp_run_without(SYS_pidfd_open, EACCES, wait_for_two), 0);
	assert_int_equal(seccomp_run_without(SYS_pidfd_open, ENOSYS, wait_for_two), 0);
}

TEST(process_wait__no_descriptor_left__truth_all_the_same)
{
	assert_int_equal(seccomp_run_without(SYS_pidfd_open, EMFILE, wait_for_two), 0);
}

TEST(process_release__running__killed_and_reaped)
{
	pid_t pid;

	strvec_pushl(&process.argv, "/bin/sh", "-c", "trap '' TERM; exec sleep 60", NULL);
	assert_int_equal(process_start(&process), 0);
	pid = process.pid;
	process_release(&process);
	assert_int_equal(process.pid, 0);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

TEST(process_release__never_started__harmless)
{
	process_release(&process);
	process_release(&process);
	assert_int_equal(process.pid, 0);
}

/* In between: starts a child that tells its pid and sleeps, then dies itself. */
static void start_and_die(int out)
{
	struct process child = PROCESS_INIT;

	strvec_pushl(&child.argv, "/bin/sh", "-c", "echo $$; exec sleep 60", NULL);
	child.out = out;
	child.death_signal = SIGTERM;
	if (process_start(&child))
		_exit(1);
	usleep(1000);
	_exit(0);
}

/* The child has the only other end of the pipe: it is closed when the child is gone. */
TEST(process__parent_dies__child_gets_death_signal)
{
	struct timespec start, end;
	char text[64];
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (!pid)
		start_and_die(ends[1]);
	close(ends[1]);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do
		n = read(ends[0], text, sizeof(text));
	while (n > 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(end.tv_sec - start.tv_sec < 50);
}

static void put_program(const char *name)
{
	assert_int_equal(chmod(put_file(name, "#!/bin/sh\n"), 0755), 0);
}

static void assert_finds(const char *name, const char *expected)
{
	_cleanup_free_ char *path = process_find(name);

	if (!expected)
		assert_null(path);
	else if (!path)
		fail_msg("'%s' was not found", name);
	else
		assert_string_equal(path, expected);
}

TEST(process_find__on_path__first_that_can_be_run)
{
	_cleanup_free_ char *before = xstrdup(getenv("PATH"));
	_cleanup_free_ char *path = xasprintf("%s:%s:%s", at("none"), at("a"), at("b"));

	put_file("a/text", "");
	put_program("b/text");
	put_dir("a/dir");
	put_program("b/dir");
	put_program("a/two");
	put_program("b/two");
	setenv("PATH", path, 1);
	assert_finds("text", at("b/text"));
	assert_finds("dir", at("b/dir"));
	assert_finds("two", at("a/two"));
	assert_finds("no-such-program-of-rapido", NULL);
	assert_finds("", NULL);
	setenv("PATH", before, 1);
}

TEST(process_has_ended__child__once_it_has_and_it_is_not_reaped)
{
	uint64_t deadline = monotonic_ms() + 10000;

	assert_false(process_has_ended(0));
	strvec_pushl(&process.argv, "/bin/sleep", "1000", NULL);
	assert_int_equal(process_start(&process), 0);
	assert_false(process_has_ended(process.pid));
	kill(process.pid, SIGTERM);
	while (!process_has_ended(process.pid) && monotonic_ms() < deadline)
		usleep(1000);
	assert_true(process_has_ended(process.pid));
	assert_int_equal(process_wait(&process, -1), 128 + SIGTERM);
}

TEST(process_find__with_slash__that_file)
{
	put_program("prog");
	put_file("text", "");
	assert_finds(at("prog"), at("prog"));
	assert_finds(at("text"), NULL);
	assert_finds(fixture_dir, NULL);
}

TEST(process_find__no_path__default_directories)
{
	_cleanup_free_ char *before = xstrdup(getenv("PATH")), *path = NULL;

	unsetenv("PATH");
	path = process_find("sh");
	setenv("PATH", before, 1);
	assert_non_null(path);
	assert_true(ends_with(path, "/sh"));
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

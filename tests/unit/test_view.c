// SPDX-License-Identifier: GPL-2.0-or-later
/* A file tree of its own for a child: what it has, what it has not, and what it can
 * change. */
#include <sys/prctl.h>

#include "fixture.h"
#include "lib/io.h"
#include "lib/process.h"

static struct process process;
static struct view view;

static int setup(void **state)
{
	process = (struct process)PROCESS_INIT;
	view = (struct view){ .room = 1 << 20 };
	return fixture_make(state);
}

static int teardown(void **state)
{
	process_release(&process);
	view_release(&view);
	return fixture_remove(state);
}

#define VIEW_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

/* Skip the test where there can be no view. Under valgrind there can be none. */
static void require_view(void)
{
	int err = getenv("RAPIDO_VALGRIND") ? -ENOSYS : view_check();

	if (!err)
		return;
	print_message("skipped: no mount namespace: %s\n", strerror(-err));
	skip();
}

/* The status of a shell command in a view of the directory "ro" at /a and "rw" at /b/c.
 */
static int run_in_view(const char *command)
{
	require_view();
	put_file("ro/file", "here\n");
	put_dir("rw");
	view_add_libraries(&view);
	view_add(&view, "/usr/bin", "usr/bin", false);
	view_add(&view, at("ro"), "a", false);
	view_add(&view, at("rw"), "b/c", true);
	process.view = &view;
	strvec_pushl(&process.argv, "/usr/bin/sh", "-c", command, NULL);
	assert_int_equal(process_start(&process), 0);
	return process_wait(&process, -1);
}

VIEW_TEST(view_enter__parts__are_there)
{
	assert_int_equal(run_in_view("read x < /a/file && [ \"$x\" = here ]"), 0);
}

VIEW_TEST(view_enter__rest_of_the_host__is_not)
{
	_cleanup_free_ char *command = NULL;

	/* skipping a test frees nothing */
	require_view();
	command = xasprintf(
		"cd /a/../../.. && ! test -e %s && ! test -e /home && ! test -e /proc/1 && "
		"! test -e /etc/passwd && ! test -e /dev/tty && test -c /dev/null && "
		"test -e /proc/self/fd/0",
		fixture_dir);
	assert_int_equal(run_in_view(command), 0);
}

VIEW_TEST(view_enter__link_that_leads_out__leads_nowhere)
{
	put_dir("ro");
	assert_int_equal(symlink("/etc/passwd", at("ro/abs")), 0);
	assert_int_equal(symlink("../../../../../../etc/passwd", at("ro/up")), 0);
	assert_int_equal(
		run_in_view("test -h /a/abs && ! test -e /a/abs && ! test -e /a/up"), 0);
}

VIEW_TEST(view_enter__read_only_part__cannot_be_changed)
{
	static const char command[] = "! (echo x > /a/new) && ! (echo x >> /a/file) && "
				      "! chmod 600 /a/file && ! touch /a/file && "
				      "! rm -f /a/file";
	_cleanup_free_ char *text = NULL;

	assert_int_equal(run_in_view(command), 0);
	assert_int_equal(io_read_file(AT_FDCWD, at("ro/file"), 100, &text, NULL), 0);
	assert_string_equal(text, "here\n");
	assert_int_equal(access(at("ro/new"), F_OK), -1);
}

VIEW_TEST(view_enter__writable_part__changes_the_host)
{
	struct stat st;

	assert_int_equal(run_in_view("echo x > /b/c/new"), 0);
	assert_int_equal(stat(at("rw/new"), &st), 0);
	assert_int_equal(st.st_uid, geteuid());
}

VIEW_TEST(view_enter__tmp__is_its_own_and_limited)
{
	assert_int_equal(
		run_in_view("echo x > /tmp/rapido-view-test && "
			    "! head -c 4000000 /dev/zero > /tmp/much 2> /dev/null"),
		0);
	assert_int_equal(access("/tmp/rapido-view-test", F_OK), -1);
}

/* Its links, such as 1/root, would lead out of the view. */
VIEW_TEST(view_enter__whole_host__without_procfs)
{
	require_view();
	view_add(&view, "/", "all", false);
	view_add_libraries(&view);
	view_add(&view, "/usr/bin", "usr/bin", false);
	process.view = &view;
	strvec_pushl(&process.argv, "/usr/bin/sh", "-c",
		     "test -e /all/etc/passwd && test -d /all/proc && "
		     "! test -e /all/proc/self && ! test -e /all/proc/1 && "
		     "! echo x 2> /dev/null > /all/proc/x",
		     NULL);
	assert_int_equal(process_start(&process), 0);
	assert_int_equal(process_wait(&process, -1), 0);
}

VIEW_TEST(view_enter__absent_part__error)
{
	require_view();
	view_add(&view, at("none"), "a", false);
	process.view = &view;
	strvec_push(&process.argv, "/usr/bin/true");
	assert_int_equal(process_start(&process), -ENOENT);
}

/* As a user who is not root. */
static int as_nobody(int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (!geteuid() && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(77);
		/* else /proc/self still belongs to root */
		prctl(PR_SET_DUMPABLE, 1);
		_exit(fn());
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static int run_as_nobody(void)
{
	strvec_pushl(&process.argv, "/usr/bin/sh", "-c",
		     "[ $(id -u) = 65534 ] && test -e /a && ! test -e /home", NULL);
	return process_start(&process) ? 99 : process_wait(&process, -1);
}

VIEW_TEST(view_enter__unprivileged__stays_itself)
{
	require_view();
	put_dir("ro");
	chmod(fixture_dir, 0755);
	view_add_libraries(&view);
	view_add(&view, "/usr/bin", "usr/bin", false);
	view_add(&view, at("ro"), "a", false);
	process.view = &view;
	switch (as_nobody(run_as_nobody)) {
	case 0:
		break;
	case 77:
		skip();
		break;
	default:
		fail_msg("the view does not work");
	}
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The image that was cut last, which commands remember for each other. */
#include "conf/session.h"
#include "fixture.h"

/* One whose state is in the test's directory, where there are images "old", "a", "b". */
static void make_session(struct session *session)
{
	static const char *const images[] = { "old", "a", "b" };

	*session = (struct session){ .dirs.state = xstrdup(at("")) };
	for (size_t i = 0; i < ARRAY_SIZE(images); i++)
		put_file(images[i], "");
}

static pid_t start_setting(const struct session *session, const char *image, int wait_fd)
{
	pid_t pid = fork();
	char byte;

	if (pid)
		return pid;
	(void)!read(wait_fd, &byte, 1);
	session_set_last_image(session, at(image));
	_exit(0);
}

FIXTURE_TEST(set_last_image__two_at_once__one_of_them_wins)
{
	_cleanup_(session_release) struct session session;

	make_session(&session);
	for (int i = 0; i < 100; i++) {
		_cleanup_free_ char *last = NULL;
		int fds[2];

		session_set_last_image(&session, at("old"));
		assert_int_equal(pipe(fds), 0);
		start_setting(&session, "a", fds[0]);
		start_setting(&session, "b", fds[0]);
		/* both begin now */
		assert_int_equal(write(fds[1], "go", 2), 2);
		close(fds[0]);
		close(fds[1]);
		assert_true(wait(NULL) > 0 && wait(NULL) > 0);
		last = session_last_image(&session);
		if (streq(last, at("old")))
			fail_msg("neither of the two is the last image, in turn %d", i);
	}
}

FIXTURE_TEST(set_last_image__left_over_link__no_obstacle)
{
	_cleanup_(session_release) struct session session;
	_cleanup_free_ char *name = xasprintf(".last-image.%d.rapido-tmp", (int)getpid());
	_cleanup_free_ char *last = NULL;

	make_session(&session);
	assert_int_equal(symlink("nowhere", at(name)), 0);
	session_set_last_image(&session, at("a"));
	last = session_last_image(&session);
	assert_string_equal(last, at("a"));
	assert_int_equal(access(at(name), F_OK), -1);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

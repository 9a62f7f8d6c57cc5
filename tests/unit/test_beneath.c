// SPDX-License-Identifier: GPL-2.0-or-later
/* beneath: directories below another one, both ways of opening them. */
#include "fixture.h"

#include "lib/beneath.h"

static int open_walking(int dir_fd, const char *path)
{
	return beneath_walk(dir_fd, path, false);
}

static int make_walking(int dir_fd, const char *path)
{
	return beneath_walk(dir_fd, path, true);
}

/* Open @path by @open_one below the directory "in"; 0 when it is @same's directory. */
static int try(int (*open_one)(int, const char *), const char *path, const char *same)
{
	int dir_fd = open(at("in"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd = open_one(dir_fd, path);
	struct stat st, expected;

	close(dir_fd);
	if (fd < 0)
		return fd;
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(stat(at(same), &expected), 0);
	assert_true(st.st_ino == expected.st_ino && st.st_dev == expected.st_dev);
	return 0;
}

FIXTURE_TEST(open__directory__opened)
{
	put_dir("in/a/b");
	assert_int_equal(try(beneath_open, "a/b", "in/a/b"), 0);
	assert_int_equal(try(open_walking, "a/b", "in/a/b"), 0);
	assert_int_equal(try(beneath_open, "", "in"), 0);
	assert_int_equal(try(open_walking, "", "in"), 0);
}

FIXTURE_TEST(open__missing__not_made)
{
	put_dir("in");
	assert_int_equal(try(beneath_open, "a/b", ""), -ENOENT);
	assert_int_equal(try(open_walking, "a/b", ""), -ENOENT);
	assert_int_not_equal(access(at("in/a"), F_OK), 0);
}

FIXTURE_TEST(make__missing__made_for_the_owner_alone)
{
	struct stat st;

	put_dir("in");
	assert_int_equal(try(beneath_make, "a/b", "in/a/b"), 0);
	assert_int_equal(try(make_walking, "c", "in/c"), 0);
	assert_int_equal(stat(at("in/a"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

FIXTURE_TEST(both__link__not_followed)
{
	put_dir("in");
	put_dir("out/x");
	assert_int_equal(symlink("../out", at("in/link")), 0);
	assert_int_equal(try(beneath_open, "link", ""), -ENOTDIR);
	assert_int_equal(try(open_walking, "link/x", ""), -ENOTDIR);
	assert_int_equal(try(beneath_make, "link/new", ""), -ENOTDIR);
	assert_int_equal(try(make_walking, "link/new", ""), -ENOTDIR);
	assert_int_not_equal(access(at("out/new"), F_OK), 0);
}

FIXTURE_TEST(both__leading_out__refused)
{
	static const char *const paths[] = { "..", "../out", "a/../..", "/tmp", "a//" };

	put_dir("in/a");
	put_dir("out");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		bool dots = strstr(paths[i], "..");

		assert_int_equal(try(make_walking, paths[i], ""),
				 dots ? -EXDEV : -ENOENT);
		/* the kernel passes over an empty part, which leads nowhere else */
		if (!ends_with(paths[i], "//"))
			assert_int_equal(try(beneath_make, paths[i], ""),
					 dots ? -EXDEV : -ENOENT);
	}
}

FIXTURE_TEST(both__file_in_the_way__refused)
{
	put_file("in/a", "text");
	assert_int_equal(try(beneath_make, "a", ""), -ENOTDIR);
	assert_int_equal(try(make_walking, "a/b", ""), -ENOTDIR);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

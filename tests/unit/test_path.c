// SPDX-License-Identifier: GPL-2.0-or-later
/* Path names as text. */
#include "fixture.h"
#include "lib/path.h"

/* The heap result of @call must be @expected. */
#define assert_path(call, expected)                     \
	do {                                            \
		_cleanup_free_ char *path_ = (call);    \
		assert_string_equal(path_, (expected)); \
	} while (0)

DEFINE_TEST(path_join__relative_name__one_slash)
{
	assert_path(path_join("/a", "b"), "/a/b");
	assert_path(path_join("/a/", "b"), "/a/b");
	assert_path(path_join("/", "b"), "/b");
	assert_path(path_join("a", "b/c"), "a/b/c");
}

DEFINE_TEST(path_join__absolute_name__name_alone)
{
	assert_path(path_join("/a", "/b"), "/b");
}

DEFINE_TEST(path_join__empty_dir__name_alone)
{
	assert_path(path_join("", "b"), "b");
}

DEFINE_TEST(path_clean__clean_path__unchanged)
{
	assert_path(path_clean("/"), "/");
	assert_path(path_clean("/usr/lib/x.so.1"), "/usr/lib/x.so.1");
}

DEFINE_TEST(path_clean__empty_and_dot_components__dropped)
{
	assert_path(path_clean("//a///b/./c/."), "/a/b/c");
	assert_path(path_clean("/a/"), "/a");
	assert_path(path_clean("/./"), "/");
}

DEFINE_TEST(path_clean__dot_dot__removes_one_component)
{
	assert_path(path_clean("/a/../b"), "/b");
	assert_path(path_clean("/a/b/.."), "/a");
	assert_path(path_clean("/a/b/../../c"), "/c");
	assert_path(path_clean("/a/.."), "/");
}

DEFINE_TEST(path_clean__dot_dot_at_top__stays_there)
{
	assert_path(path_clean("/.."), "/");
	assert_path(path_clean("/../../a"), "/a");
	assert_path(path_clean("/a/../../../b"), "/b");
}

DEFINE_TEST(path_clean__names_that_begin_with_dots__kept)
{
	assert_path(path_clean("/...//.a/..b/c.."), "/.../.a/..b/c..");
}

DEFINE_TEST(path_clean__relative__below_root)
{
	assert_path(path_clean("a/b"), "/a/b");
	assert_path(path_clean("../a"), "/a");
	assert_path(path_clean(""), "/");
}

DEFINE_TEST(path_dirname__component_of_root__root)
{
	assert_path(path_dirname("/a"), "/");
}

DEFINE_TEST(path_dirname__deeper__parent)
{
	assert_path(path_dirname("/a/b/c"), "/a/b");
}

DEFINE_TEST(path_dirname__no_slash__dot)
{
	assert_path(path_dirname("a"), ".");
}

DEFINE_TEST(path_basename__with_slash__part_after_it)
{
	const char *path = "/a/b.c";

	assert_ptr_equal(path_basename(path), path + 3);
}

DEFINE_TEST(path_basename__without_slash__path_itself)
{
	const char *path = "b.c";

	assert_ptr_equal(path_basename(path), path);
}

DEFINE_TEST(path_below__same_and_deeper__true)
{
	assert_true(path_below("/a", "/a"));
	assert_true(path_below("/a/b/c", "/a"));
	assert_true(path_below("/a", "/"));
	assert_true(path_below("/", "/"));
}

DEFINE_TEST(path_below__common_prefix_only__false)
{
	assert_false(path_below("/ab", "/a"));
	assert_false(path_below("/a", "/a/b"));
	assert_false(path_below("/", "/a"));
	assert_false(path_below("/b", "/a"));
}

FIXTURE_TEST(path_absolute__relative__below_cwd_not_resolved)
{
	_cleanup_free_ char *cwd = NULL, *expected = NULL;

	assert_int_equal(chdir(fixture_dir), 0);
	cwd = getcwd(NULL, 0);
	expected = xasprintf("%s/a/../b", cwd);
	assert_path(path_absolute("a/../b"), expected);
}

DEFINE_TEST(path_absolute__absolute__unchanged)
{
	assert_path(path_absolute("/a/../b"), "/a/../b");
}

DEFINE_TEST(path_relative__absolute_path__without_slash)
{
	assert_string_equal(path_relative("/a/b"), "a/b");
	assert_string_equal(path_relative("/"), ".");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

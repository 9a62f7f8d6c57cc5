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

static void path_join__relative_name__one_slash(void **state)
{
	(void)state;
	assert_path(path_join("/a", "b"), "/a/b");
	assert_path(path_join("/a/", "b"), "/a/b");
	assert_path(path_join("/", "b"), "/b");
	assert_path(path_join("a", "b/c"), "a/b/c");
}

static void path_join__absolute_name__name_alone(void **state)
{
	(void)state;
	assert_path(path_join("/a", "/b"), "/b");
}

static void path_join__empty_dir__name_alone(void **state)
{
	(void)state;
	assert_path(path_join("", "b"), "b");
}

static void path_clean__clean_path__unchanged(void **state)
{
	(void)state;
	assert_path(path_clean("/"), "/");
	assert_path(path_clean("/usr/lib/x.so.1"), "/usr/lib/x.so.1");
}

static void path_clean__empty_and_dot_components__dropped(void **state)
{
	(void)state;
	assert_path(path_clean("//a///b/./c/."), "/a/b/c");
	assert_path(path_clean("/a/"), "/a");
	assert_path(path_clean("/./"), "/");
}

static void path_clean__dot_dot__removes_one_component(void **state)
{
	(void)state;
	assert_path(path_clean("/a/../b"), "/b");
	assert_path(path_clean("/a/b/.."), "/a");
	assert_path(path_clean("/a/b/../../c"), "/c");
	assert_path(path_clean("/a/.."), "/");
}

static void path_clean__dot_dot_at_top__stays_there(void **state)
{
	(void)state;
	assert_path(path_clean("/.."), "/");
	assert_path(path_clean("/../../a"), "/a");
	assert_path(path_clean("/a/../../../b"), "/b");
}

static void path_clean__names_that_begin_with_dots__kept(void **state)
{
	(void)state;
	assert_path(path_clean("/...//.a/..b/c.."), "/.../.a/..b/c..");
}

static void path_clean__relative__below_root(void **state)
{
	(void)state;
	assert_path(path_clean("a/b"), "/a/b");
	assert_path(path_clean("../a"), "/a");
	assert_path(path_clean(""), "/");
}

static void path_dirname__component_of_root__root(void **state)
{
	(void)state;
	assert_path(path_dirname("/a"), "/");
}

static void path_dirname__deeper__parent(void **state)
{
	(void)state;
	assert_path(path_dirname("/a/b/c"), "/a/b");
}

static void path_dirname__no_slash__dot(void **state)
{
	(void)state;
	assert_path(path_dirname("a"), ".");
}

static void path_basename__with_slash__part_after_it(void **state)
{
	const char *path = "/a/b.c";

	(void)state;
	assert_ptr_equal(path_basename(path), path + 3);
}

static void path_basename__without_slash__path_itself(void **state)
{
	const char *path = "b.c";

	(void)state;
	assert_ptr_equal(path_basename(path), path);
}

static void path_below__same_and_deeper__true(void **state)
{
	(void)state;
	assert_true(path_below("/a", "/a"));
	assert_true(path_below("/a/b/c", "/a"));
	assert_true(path_below("/a", "/"));
	assert_true(path_below("/", "/"));
}

static void path_below__common_prefix_only__false(void **state)
{
	(void)state;
	assert_false(path_below("/ab", "/a"));
	assert_false(path_below("/a", "/a/b"));
	assert_false(path_below("/", "/a"));
	assert_false(path_below("/b", "/a"));
}

static void path_absolute__relative__below_cwd_not_resolved(void **state)
{
	_cleanup_free_ char *cwd = NULL, *expected = NULL;

	(void)state;
	assert_int_equal(chdir(fixture_dir), 0);
	cwd = getcwd(NULL, 0);
	expected = xasprintf("%s/a/../b", cwd);
	assert_path(path_absolute("a/../b"), expected);
}

static void path_absolute__absolute__unchanged(void **state)
{
	(void)state;
	assert_path(path_absolute("/a/../b"), "/a/../b");
}

static void path_relative__absolute_path__without_slash(void **state)
{
	(void)state;
	assert_string_equal(path_relative("/a/b"), "a/b");
	assert_string_equal(path_relative("/"), ".");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_relative__absolute_path__without_slash),
		cmocka_unit_test(path_join__relative_name__one_slash),
		cmocka_unit_test(path_join__absolute_name__name_alone),
		cmocka_unit_test(path_join__empty_dir__name_alone),
		cmocka_unit_test(path_clean__clean_path__unchanged),
		cmocka_unit_test(path_clean__empty_and_dot_components__dropped),
		cmocka_unit_test(path_clean__dot_dot__removes_one_component),
		cmocka_unit_test(path_clean__dot_dot_at_top__stays_there),
		cmocka_unit_test(path_clean__names_that_begin_with_dots__kept),
		cmocka_unit_test(path_clean__relative__below_root),
		cmocka_unit_test(path_dirname__component_of_root__root),
		cmocka_unit_test(path_dirname__deeper__parent),
		cmocka_unit_test(path_dirname__no_slash__dot),
		cmocka_unit_test(path_basename__with_slash__part_after_it),
		cmocka_unit_test(path_basename__without_slash__path_itself),
		cmocka_unit_test(path_below__same_and_deeper__true),
		cmocka_unit_test(path_below__common_prefix_only__false),
		FIXTURE_TEST(path_absolute__relative__below_cwd_not_resolved),
		cmocka_unit_test(path_absolute__absolute__unchanged),
	};

	return cmocka_run_group_tests(tests, fixture_clean_environment, NULL);
}

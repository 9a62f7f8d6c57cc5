// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests by name: found in the user's directory and in RAPIDO_DIR, and listed. */
#include "fixture.h"
#include "conf/recipe.h"

static struct dirs dirs;
static struct recipe recipe;

static int setup(void **state)
{
	if (fixture_make(state))
		return -1;
	dirs.data = xstrdup(at("own"));
	dirs.rapido_dir = xstrdup(at("home"));
	recipe = (struct recipe)RECIPE_INIT;
	return 0;
}

static int teardown(void **state)
{
	recipe_release(&recipe);
	dirs_release(&dirs);
	return fixture_remove(state);
}

static const char *put_script(const char *name)
{
	const char *path = put_file(name, "#!/bin/sh\n");

	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

static void assert_found(const char *name, const char *path, const char *listed,
			 bool script)
{
	assert_int_equal(recipe_find(&dirs, name, &recipe), 0);
	assert_string_equal(recipe.path, at(path));
	assert_string_equal(recipe.name, listed);
	assert_int_equal(recipe.script, script);
	recipe_release(&recipe);
}

static void recipe_find__manifest__by_name(void **state)
{
	(void)state;
	put_file("home/cut/fstests.fest", "");
	assert_found("fstests", "home/cut/fstests.fest", "fstests", false);
}

static void recipe_find__dash_and_underscore__interchangeable(void **state)
{
	(void)state;
	put_file("home/cut/simple_example.fest", "");
	assert_found("simple-example", "home/cut/simple_example.fest", "simple-example",
		     false);
	assert_found("simple_example", "home/cut/simple_example.fest", "simple-example",
		     false);
}

static void recipe_find__dash_in_file_name__found(void **state)
{
	(void)state;
	put_file("home/cut/my-test.fest", "");
	assert_found("my-test", "home/cut/my-test.fest", "my-test", false);
}

static void recipe_find__executable_script__found_as_script(void **state)
{
	(void)state;
	put_script("home/cut/old_style.sh");
	assert_found("old-style", "home/cut/old_style.sh", "old-style", true);
}

static void recipe_find__script_without_execute_bit__enoent(void **state)
{
	(void)state;
	put_file("home/cut/helper.sh", "");
	assert_int_equal(recipe_find(&dirs, "helper", &recipe), -ENOENT);
}

static void recipe_find__manifest_and_script__manifest_wins(void **state)
{
	(void)state;
	put_file("home/cut/both.fest", "");
	put_script("home/cut/both.sh");
	assert_found("both", "home/cut/both.fest", "both", false);
}

static void recipe_find__users_own__first(void **state)
{
	(void)state;
	put_file("home/cut/twice.fest", "");
	put_script("own/cut/twice.sh");
	assert_found("twice", "own/cut/twice.sh", "twice", true);
}

static void recipe_find__unknown__enoent(void **state)
{
	(void)state;
	put_file("home/cut/a.fest", "");
	assert_int_equal(recipe_find(&dirs, "b", &recipe), -ENOENT);
	assert_int_equal(recipe_find(&dirs, "", &recipe), -ENOENT);
	assert_null(recipe.path);
}

static void recipe_find__directory_of_that_name__enoent(void **state)
{
	(void)state;
	put_dir("home/cut/a.fest");
	assert_int_equal(recipe_find(&dirs, "a", &recipe), -ENOENT);
}

static void recipe_find__relative_path__made_absolute(void **state)
{
	_cleanup_free_ char *cwd = NULL, *expected = NULL;

	(void)state;
	put_file("work/my_test.fest", "");
	assert_int_equal(chdir(at("work")), 0);
	cwd = getcwd(NULL, 0);
	expected = xasprintf("%s/my_test.fest", cwd);
	assert_int_equal(recipe_find(&dirs, "./my_test.fest", &recipe), 0);
	assert_string_equal(recipe.path, expected);
	assert_string_equal(recipe.name, "my-test");
	assert_false(recipe.script);
}

/* As "$dir/$name" gives it where dir is "./". */
static void recipe_find__relative_path_with_two_slashes__below_cwd(void **state)
{
	_cleanup_free_ char *cwd = NULL, *expected = NULL;

	(void)state;
	put_file("work/my_test.fest", "");
	assert_int_equal(chdir(at("work")), 0);
	cwd = getcwd(NULL, 0);
	expected = xasprintf("%s/my_test.fest", cwd);
	assert_int_equal(recipe_find(&dirs, ".//my_test.fest", &recipe), 0);
	assert_string_equal(recipe.path, expected);
}

static void recipe_not_found__name__points_to_list(void **state)
{
	_cleanup_free_ char *why = recipe_not_found(&dirs, "nope");

	(void)state;
	assert_string_equal(why, "nope not found. See \"rapido list\".");
}

static void recipe_not_found__manifest_is_here__its_path(void **state)
{
	_cleanup_free_ char *file = NULL, *name = NULL, *path = NULL;

	(void)state;
	put_file("work/p.fest", "");
	assert_int_equal(chdir(at("work")), 0);
	file = recipe_not_found(&dirs, "p.fest");
	assert_string_equal(
		file, "p.fest not found. See \"rapido list\". Or is it './p.fest'?");
	name = recipe_not_found(&dirs, "p");
	assert_contains(name, "p not found. See \"rapido list\". Or is it './p.fest'?");
	path = recipe_not_found(&dirs, "../work/p");
	assert_contains(
		path,
		"'../work/p': no such file or directory. Or is it '../work/p.fest'?");
}

static void recipe_not_found__path__says_why(void **state)
{
	_cleanup_free_ char *why = recipe_not_found(&dirs, at("nope.fest"));

	(void)state;
	assert_contains(why, at("nope.fest"));
	assert_contains(why, "no such file");
}

static void recipe_find__path_of_script__is_script(void **state)
{
	(void)state;
	put_script("work.d/x.sh");
	assert_found(at("work.d/x.sh"), "work.d/x.sh", "x", true);
}

static void recipe_find__absent_path__enoent(void **state)
{
	(void)state;
	put_file("home/cut/a.fest", "");
	assert_int_equal(recipe_find(&dirs, "./a", &recipe), -ENOENT);
}

/* A path does not stand for the test of the same name. */
static void recipe_find__path_without_ending__that_file(void **state)
{
	(void)state;
	put_file("v1.2/mine", "");
	assert_found(at("v1.2/mine"), "v1.2/mine", "mine", false);
}

static void recipe_list__nothing__empty(void **state)
{
	struct recipe *list;
	size_t nr;

	(void)state;
	recipe_list(&dirs, &list, &nr);
	assert_null(list);
	assert_int_equal(nr, 0);
}

static void recipe_list__both_directories__sorted_and_each_once(void **state)
{
	static const struct {
		const char *name, *path;
		bool script;
	} expected[] = {
		{ "aa", "own/cut/aa.fest", false },
		{ "both", "own/cut/both.sh", true },
		{ "m-x", "home/cut/m_x.fest", false },
		{ "zz", "home/cut/zz.sh", true },
	};
	struct recipe *list;
	size_t nr;

	(void)state;
	put_script("home/cut/zz.sh");
	put_file("home/cut/m_x.fest", "");
	put_file("home/cut/both.fest", "");
	put_file("home/cut/README", "");
	put_file("home/cut/helper.sh", "");
	put_file("home/cut/x.fest~", "");
	put_script("own/cut/both.sh");
	put_file("own/cut/aa.fest", "");
	recipe_list(&dirs, &list, &nr);
	assert_int_equal(nr, ARRAY_SIZE(expected));
	for (size_t i = 0; i < nr; i++) {
		assert_string_equal(list[i].name, expected[i].name);
		assert_string_equal(list[i].path, at(expected[i].path));
		assert_int_equal(list[i].script, expected[i].script);
		recipe_release(&list[i]);
	}
	free(list);
}

static void recipe_list__every_name__can_be_found(void **state)
{
	_cleanup_(dirs_release) struct dirs source = {
		.data = xstrdup("/nonexistent"),
		.rapido_dir = xstrdup(SOURCE_DIR),
	};
	struct recipe *list;
	size_t nr;

	(void)state;
	recipe_list(&source, &list, &nr);
	assert_true(nr > 0);
	for (size_t i = 0; i < nr; i++) {
		assert_int_equal(recipe_find(&source, list[i].name, &recipe), 0);
		assert_string_equal(recipe.path, list[i].path);
		recipe_release(&recipe);
		recipe_release(&list[i]);
	}
	free(list);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(recipe_find__manifest__by_name),
		TEST(recipe_find__dash_and_underscore__interchangeable),
		TEST(recipe_find__dash_in_file_name__found),
		TEST(recipe_find__executable_script__found_as_script),
		TEST(recipe_find__script_without_execute_bit__enoent),
		TEST(recipe_find__manifest_and_script__manifest_wins),
		TEST(recipe_find__users_own__first),
		TEST(recipe_find__unknown__enoent),
		TEST(recipe_find__directory_of_that_name__enoent),
		TEST(recipe_find__relative_path__made_absolute),
		TEST(recipe_find__relative_path_with_two_slashes__below_cwd),
		TEST(recipe_find__path_of_script__is_script),
		TEST(recipe_find__absent_path__enoent),
		TEST(recipe_find__path_without_ending__that_file),
		TEST(recipe_not_found__name__points_to_list),
		TEST(recipe_not_found__path__says_why),
		TEST(recipe_not_found__manifest_is_here__its_path),
		TEST(recipe_list__nothing__empty),
		TEST(recipe_list__both_directories__sorted_and_each_once),
		TEST(recipe_list__every_name__can_be_found),
	};

	return cmocka_run_group_tests(tests, fixture_clean_environment, NULL);
}

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

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(recipe_find__manifest__by_name)
{
	put_file("home/cut/fstests.fest", "");
	assert_found("fstests", "home/cut/fstests.fest", "fstests", false);
}

TEST(recipe_find__dash_and_underscore__interchangeable)
{
	put_file("home/cut/simple_example.fest", "");
	assert_found("simple-example", "home/cut/simple_example.fest", "simple-example",
		     false);
	assert_found("simple_example", "home/cut/simple_example.fest", "simple-example",
		     false);
}

TEST(recipe_find__dash_in_file_name__found)
{
	put_file("home/cut/my-test.fest", "");
	assert_found("my-test", "home/cut/my-test.fest", "my-test", false);
}

TEST(recipe_find__executable_script__found_as_script)
{
	put_script("home/cut/old_style.sh");
	assert_found("old-style", "home/cut/old_style.sh", "old-style", true);
}

TEST(recipe_find__script_without_execute_bit__enoent)
{
	put_file("home/cut/helper.sh", "");
	assert_int_equal(recipe_find(&dirs, "helper", &recipe), -ENOENT);
}

TEST(recipe_find__manifest_and_script__manifest_wins)
{
	put_file("home/cut/both.fest", "");
	put_script("home/cut/both.sh");
	assert_found("both", "home/cut/both.fest", "both", false);
}

TEST(recipe_find__users_own__first)
{
	put_file("home/cut/twice.fest", "");
	put_script("own/cut/twice.sh");
	assert_found("twice", "own/cut/twice.sh", "twice", true);
}

TEST(recipe_find__unknown__enoent)
{
	put_file("home/cut/a.fest", "");
	assert_int_equal(recipe_find(&dirs, "b", &recipe), -ENOENT);
	assert_int_equal(recipe_find(&dirs, "", &recipe), -ENOENT);
	assert_null(recipe.path);
}

TEST(recipe_find__directory_of_that_name__enoent)
{
	put_dir("home/cut/a.fest");
	assert_int_equal(recipe_find(&dirs, "a", &recipe), -ENOENT);
}

TEST(recipe_find__relative_path__made_absolute)
{
	_cleanup_free_ char *cwd = NULL, *expected = NULL;

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
TEST(recipe_find__relative_path_with_two_slashes__below_cwd)
{
	_cleanup_free_ char *cwd = NULL, *expected = NULL;

	put_file("work/my_test.fest", "");
	assert_int_equal(chdir(at("work")), 0);
	cwd = getcwd(NULL, 0);
	expected = xasprintf("%s/my_test.fest", cwd);
	assert_int_equal(recipe_find(&dirs, ".//my_test.fest", &recipe), 0);
	assert_string_equal(recipe.path, expected);
}

TEST(recipe_not_found__name__points_to_list)
{
	_cleanup_free_ char *why = recipe_not_found(&dirs, "nope");

	assert_string_equal(why, "nope not found. See \"rapido list\".");
}

TEST(recipe_not_found__manifest_is_here__its_path)
{
	_cleanup_free_ char *file = NULL, *name = NULL, *path = NULL;

	put_file("work/p.fest", "");
	assert_int_equal(chdir(at("work")), 0);
	file = recipe_not_found(&dirs, "p.fest");
	assert_string_equal(
		file, "p.fest not found. See \"rapido list\". Did you mean './p.fest'?");
	name = recipe_not_found(&dirs, "p");
	assert_contains(name,
			"p not found. See \"rapido list\". Did you mean './p.fest'?");
	path = recipe_not_found(&dirs, "../work/p");
	assert_contains(
		path,
		"'../work/p': no such file or directory. Did you mean '../work/p.fest'?");
}

TEST(recipe_not_found__path__says_why)
{
	_cleanup_free_ char *why = recipe_not_found(&dirs, at("nope.fest"));

	assert_contains(why, at("nope.fest"));
	assert_contains(why, "no such file");
}

TEST(recipe_find__path_of_cut_script__is_script)
{
	put_script("work.d/cut/x.sh");
	assert_found(at("work.d/cut/x.sh"), "work.d/cut/x.sh", "x", true);
	put_file("work.d/y.sh", "#!/bin/sh\nexec rapido-cut --manifest m.fest\n");
	assert_int_equal(chmod(at("work.d/y.sh"), 0755), 0);
	assert_found(at("work.d/y.sh"), "work.d/y.sh", "y", true);
}

/* The host must not run what is meant for the VM. */
TEST(recipe_find__path_of_program__enoent)
{
	static const char *const programs[] = { "work/repro.sh", "work/repro" };
	_cleanup_free_ char *why = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		assert_int_equal(recipe_find(&dirs, put_script(programs[i]), &recipe),
				 -ENOENT);
	put_file("work/binary", "\177ELF");
	assert_int_equal(chmod(at("work/binary"), 0755), 0);
	assert_int_equal(recipe_find(&dirs, at("work/binary"), &recipe), -ENOENT);
	why = recipe_not_found(&dirs, at("work/binary"));
	assert_contains(why, "no test");
}

TEST(recipe_find__absent_path__enoent)
{
	put_file("home/cut/a.fest", "");
	assert_int_equal(recipe_find(&dirs, "./a", &recipe), -ENOENT);
}

/* A path does not stand for the test of the same name. */
TEST(recipe_find__path_without_ending__that_file)
{
	put_file("v1.2/mine", "");
	assert_found(at("v1.2/mine"), "v1.2/mine", "mine", false);
}

TEST(recipe_list__nothing__empty)
{
	struct recipe *list;
	size_t nr;

	recipe_list(&dirs, &list, &nr);
	assert_null(list);
	assert_int_equal(nr, 0);
}

TEST(recipe_list__both_directories__sorted_and_each_once)
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

TEST(recipe_list__every_name__can_be_found)
{
	_cleanup_(dirs_release) struct dirs source = {
		.data = xstrdup("/nonexistent"),
		.rapido_dir = xstrdup(SOURCE_DIR),
	};
	struct recipe *list;
	size_t nr;

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

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

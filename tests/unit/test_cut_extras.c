// SPDX-License-Identifier: GPL-2.0-or-later
/* What options and a command add to an image. Programs are this host's. */
#include <unistd.h>

#include "cut_fixture.h"

static int setup(void **state)
{
	*state = env_new();
	return 0;
}

#define TEST(fn)	 DEFINE_TEST_WITH(fn, setup, env_teardown)
#define _cleanup_extras_ _cleanup_(cut_extras_release)

/* In @dir for the time of a test. */
static void go_to(const char *dir)
{
	assert_int_equal(chdir(dir), 0);
}

TEST(extras__bin__first_and_named_in_the_reason)
{
	struct env *env = *state;
	_cleanup_extras_ struct cut_extras extras = { 0 };

	cut_extras_add_bin(&extras, "cat");
	env->request.extras = &extras;
	assert_cut(env, "filter /usr/bin/cat\nbin cat ls\n");
	assert_non_null(find(env, "/usr/bin/cat"));
	assert_string_equal(find(env, "/usr/bin/cat")->why, "--bin cat");
}

TEST(extras__absent_bin__error_names_the_option)
{
	struct env *env = *state;
	_cleanup_extras_ struct cut_extras extras = { 0 };

	cut_extras_add_bin(&extras, "no-such-program");
	env->request.extras = &extras;
	assert_true(cut(env, "") < 0);
	assert_true(said(env, "--bin no-such-program: cannot find binary"));
}

TEST(extras__resources__win_and_are_remembered)
{
	struct env *env = *state;
	_cleanup_extras_ struct cut_extras extras = { 0 };
	const struct vm_args vm = { .cpus = 7, .memory = 300 << 20 };

	cut_extras_add_vm(&extras, &vm);
	env->request.extras = &extras;
	assert_cut(env, "cpus 2\nmemory 1G\n");
	assert_int_equal(env->cut.info.cpus, 7);
	assert_int_equal(env->cut.info.memory, 300 << 20);
	assert_true(env->cut.info.cpus_asked && env->cut.info.memory_asked);
	env->request.extras = NULL;
	assert_cut(env, "cpus 2\n");
	assert_false(env->cut.info.cpus_asked);
}

TEST(extras__put__at_its_place)
{
	struct env *env = *state;
	_cleanup_extras_ struct cut_extras extras = { 0 };
	_cleanup_free_ char *file = xstrdup(fx_at(env->dir, "/data/a:b"));
	_cleanup_free_ char *to = xasprintf("%s:/there/", file);

	fx_write(env->dir, "/data/a:b", "text");
	assert_int_equal(cut_extras_add_put(&extras, file), 0);
	assert_int_equal(cut_extras_add_put(&extras, to), 0);
	env->request.extras = &extras;
	assert_cut(env, "");
	assert_true(has(env, file));
	assert_true(has(env, "/there/a:b"));
}

TEST(extras__command__words_files_and_directory)
{
	struct env *env = *state;
	_cleanup_extras_ struct cut_extras extras = { 0 };
	_cleanup_free_ char *cwd = getcwd(NULL, 0), *work = NULL, *text = NULL;
	char *words[] = { (char *)"cat",  (char *)"a file", (char *)"",
			  (char *)"../b", (char *)"-x",	    NULL };
	static const char tail[] = "cat\0a file\0\0../b\0-x";
	const struct plan_entry *command;

	fx_write(env->dir, "/work/a file", "");
	fx_write(env->dir, "/b", "");
	go_to(fx_at(env->dir, "/work"));
	work = getcwd(NULL, 0);
	assert_int_equal(cut_extras_add_command(&extras, words, false), 0);
	go_to(cwd);
	env->request.extras = &extras;
	env->request.manifest = NULL;
	assert_cut(env, "");
	assert_true(has(env, work));
	text = xasprintf("%s/a file", work);
	assert_true(has(env, text));
	assert_true(has(env, "/usr/bin/cat"));
	assert_true(has(env, IMAGE_AUTORUN "/cat"));
	command = find(env, IMAGE_COMMAND);
	assert_non_null(command);
	assert_string_equal(command->data, work);
	assert_memory_equal((const char *)command->data + command->size - sizeof(tail),
			    tail, sizeof(tail));
	assert_true(env->cut.info.no_test);
}

TEST(extras__console_command__no_script)
{
	struct env *env = *state;
	_cleanup_extras_ struct cut_extras extras = { 0 };
	char *words[] = { (char *)"cat", NULL };

	assert_int_equal(cut_extras_add_command(&extras, words, true), 0);
	env->request.extras = &extras;
	env->request.manifest = NULL;
	assert_cut(env, "");
	assert_true(has(env, IMAGE_CONSOLE));
	assert_false(has(env, IMAGE_COMMAND));
	assert_false(has(env, IMAGE_AUTORUN "/cat"));
}

TEST(extras__file__reads_what_was_written)
{
	struct env *env = *state;
	_cleanup_extras_ struct cut_extras extras = { 0 }, again = { 0 };
	_cleanup_free_ char *path = xstrdup(fx_at(env->dir, "/list"));
	char *words[] = { (char *)"cat", (char *)"", (char *)"\xff\n", NULL };

	cut_extras_add_kmod(&extras, "loop");
	assert_int_equal(cut_extras_add_command(&extras, words, true), 0);
	assert_int_equal(cut_extras_write(&extras, path), 0);
	assert_int_equal(cut_extras_read(&again, path), 0);
	assert_int_equal(again.nr, extras.nr);
	for (size_t i = 0; i < extras.nr; i++) {
		assert_int_equal(again.v[i].kind, extras.v[i].kind);
		assert_string_equal(again.v[i].text, extras.v[i].text);
	}
}

TEST(extras__name__plain)
{
	_cleanup_extras_ struct cut_extras extras = { 0 };
	_cleanup_free_ char *none = cut_extras_name(&extras);
	char *words[] = { (char *)"cat", NULL };
	_cleanup_free_ char *name = NULL;

	(void)state;
	assert_null(none);
	assert_int_equal(cut_extras_add_command(&extras, words, true), 0);
	name = cut_extras_name(&extras);
	assert_string_equal(name, "cat");
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

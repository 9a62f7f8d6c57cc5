// SPDX-License-Identifier: GPL-2.0-or-later
/* runtime, and what the closure makes of it: the libraries that interpreters come with.
 */
#include "closure_fixture.h"
#include "closure/runtime.h"

DEFINE_TEST(runtime_of__name__the_interpreter_or_none)
{
	static const char *const known[] = { "/usr/bin/python3",
					     "/usr/bin/python3.11",
					     "/opt/bin/python2.7",
					     "/usr/bin/perl",
					     "/usr/bin/perl5.36.0",
					     "/usr/bin/perl5.36-x86_64-linux-gnu",
					     "/usr/bin/ruby3.1",
					     "/usr/bin/tclsh8.6",
					     "perl" };
	static const char *const others[] = {
		"/usr/bin/bash", "/usr/bin/perlbug",  "/usr/bin/pyth",
		"/python3/bash", "/usr/bin/ipython3", "/usr/bin/python-argcomplete-tcsh"
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!runtime_of(known[i]))
			fail_msg("'%s' is not known", known[i]);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (runtime_of(others[i]))
			fail_msg("'%s' is taken for an interpreter", others[i]);
}

/* Ask @path, of the host's own root; its answer. */
static void ask_host(const char *path, struct strvec *dirs)
{
	struct sysroot host;
	_cleanup_free_ char *canonical = NULL;

	assert_int_equal(sysroot_init(&host, "/"), 0);
	if (!sysroot_resolve(&host, path, &canonical, NULL, NULL, NULL))
		runtime_dirs(runtime_of(canonical), &host, canonical, dirs);
	sysroot_release(&host);
}

static void assert_has_landmark(const char *path)
{
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;
	bool found = false;

	if (access(path, X_OK) < 0)
		skip();
	ask_host(path, &dirs);
	for (size_t i = 0; i < dirs.nr; i++) {
		_cleanup_free_ char *file =
			path_join(dirs.v[i], runtime_landmark(runtime_of(path)));

		found |= access(file, R_OK) == 0;
	}
	assert_true(found);
}

DEFINE_TEST(runtime_dirs__hosts_python__tells_where_it_is)
{
	assert_has_landmark("/usr/bin/python3");
}

DEFINE_TEST(runtime_dirs__hosts_perl__tells_where_it_is)
{
	assert_has_landmark("/usr/bin/perl");
}

DEFINE_TEST(runtime_dirs__hosts_ruby__tells_where_it_is)
{
	assert_has_landmark("/usr/bin/ruby");
}

DEFINE_TEST(runtime_dirs__hosts_tclsh__tells_where_it_is)
{
	assert_has_landmark("/usr/bin/tclsh");
}

/* An interpreter that leaves a file where it was run, and names one directory. */
static char *put_spy(struct env *env, mode_t mode)
{
	_cleanup_free_ char *script =
		xasprintf("#!/bin/sh\n: > %s/ran\necho %s/answer\n", env->dir, env->dir);

	fx_write(env->dir, "/bin/python3", script);
	fx_chmod(env->dir, "/bin/python3", mode);
	fx_mkdir(env->dir, "/answer");
	return xasprintf("%s/bin/python3", env->dir);
}

TEST_EMPTY(runtime_dirs__callers_own_interpreter__asked)
{
	struct env *env = *state;
	_cleanup_free_ char *path = put_spy(env, 0755);
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;

	ask_host(path, &dirs);
	assert_int_equal(dirs.nr, 1);
	assert_string_equal(dirs.v[0], fx_at(env->dir, "/answer"));
}

TEST_EMPTY(runtime_dirs__answer_is_the_whole_system__not_taken)
{
	struct env *env = *state;
	_cleanup_free_ char *path = put_spy(env, 0755);
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;

	fx_write(env->dir, "/bin/python3",
		 "#!/bin/sh\nprintf '%s\\n' / /. /proc /usr//\n");
	ask_host(path, &dirs);
	assert_int_equal(dirs.nr, 0);
}

TEST_EMPTY(runtime_dirs__answer_too_long__stopped)
{
	struct env *env = *state;
	_cleanup_free_ char *path = put_spy(env, 0755);
	_cleanup_free_ char *script = xasprintf(
		"#!/bin/sh\nhead -c 100000 /dev/zero || : > %s/stopped\n", env->dir);
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;

	fx_write(env->dir, "/bin/python3", script);
	ask_host(path, &dirs);
	assert_int_equal(dirs.nr, 0);
	assert_true(fx_exists(env->dir, "/stopped"));
}

TEST_EMPTY(runtime_dirs__others_can_write_it__not_run)
{
	struct env *env = *state;
	_cleanup_free_ char *path = put_spy(env, 0777);
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;

	ask_host(path, &dirs);
	assert_false(fx_exists(env->dir, "/ran"));
	assert_int_equal(dirs.nr, 0);
}

TEST(runtime_dirs__another_root__not_run_but_the_usual_place)
{
	struct env *env = *state;
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;

	free(put_spy(env, 0755));
	fx_mkdir(env->dir, "/usr/lib/python3.11");
	runtime_dirs(runtime_of("python"), &env->root, "/usr/bin/python3.11", &dirs);
	assert_false(fx_exists(env->dir, "/ran"));
	assert_int_equal(dirs.nr, 1);
	assert_string_equal(dirs.v[0], "/usr/lib/python3.11");
}

/* Python 3.11 in the root, as much of it as a test needs. */
static void put_python(struct env *env)
{
	static const char *const files[] = {
		"os.py",
		"json/__init__.py",
		"test/test_json.py",
		"ensurepip/__init__.py",
		"site-packages/x.py",
		"__pycache__/os.cpython-311.pyc",
		"__pycache__/os.cpython-311.opt-1.pyc",
	};

	FX_PROGRAM(env->dir, "/usr/bin/python3.11");
	fx_symlink(env->dir, "/usr/bin/python3", "python3.11");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *path = path_join("/usr/lib/python3.11", files[i]);

		fx_write(env->dir, path, "#!/no/such/python\n");
	}
	FX_LIBRARY(env->dir, "/usr/lib/python3.11/lib-dynload/_ssl.so",
		   .needed = { "libssl.so" });
	FX_LIBRARY(env->dir, "/usr/lib/libssl.so");
}

static void finish(struct env *env)
{
	closure_finish(closure_of(env), (struct plan_reason){ -1, "always" });
}

TEST(python__by_name__library_with_what_that_needs)
{
	struct env *env = *state;

	put_python(env);
	assert_true(add_program(env, "python3") >= 0);
	finish(env);
	assert_fine(env);
	assert_true(has(env, "/usr/lib/python3.11/os.py"));
	assert_true(has(env, "/usr/lib/python3.11/json/__init__.py"));
	assert_true(has(env, "/usr/lib/python3.11/__pycache__/os.cpython-311.pyc"));
	assert_true(has(env, "/usr/lib/python3.11/lib-dynload/_ssl.so"));
	assert_true(has(env, "/usr/lib/libssl.so"));
	assert_false(has(env, "/usr/lib/python3.11/test"));
	assert_false(has(env, "/usr/lib/python3.11/ensurepip"));
	assert_false(has(env, "/usr/lib/python3.11/site-packages"));
	assert_false(
		has(env, "/usr/lib/python3.11/__pycache__/os.cpython-311.opt-1.pyc"));
}

TEST(python__interpreter_of_a_script__library_too)
{
	struct env *env = *state;

	put_python(env);
	fx_write(env->dir, "/usr/bin/tool", "#!/usr/bin/env python3\n");
	FX_PROGRAM(env->dir, "/usr/bin/env");
	assert_true(add_program(env, "tool") >= 0);
	finish(env);
	assert_fine(env);
	assert_true(has(env, "/usr/lib/python3.11/os.py"));
}

TEST(python__reason__leads_back_to_it)
{
	struct env *env = *state;
	_cleanup_free_ char *chain = NULL;

	put_python(env);
	add_program(env, "python3");
	finish(env);
	assert_string_equal(entry_at(env, "/usr/lib/python3.11")->why, "its own library");
	chain = plan_chain(&env->plan, plan_find(&env->plan, "/usr/lib/libssl.so"));
	assert_non_null(strstr(chain, "_ssl.so -> libssl.so"));
}

TEST(python__manifest_has_its_own_file__that_one_stays)
{
	struct env *env = *state;

	put_python(env);
	add_program(env, "python3");
	plan_add_data(&env->plan, "/usr/lib/python3.11/json/__init__.py", 0644, "own", 3,
		      (struct plan_reason){ -1, "manifest" });
	finish(env);
	assert_int_equal(entry_at(env, "/usr/lib/python3.11/json/__init__.py")->size, 3);
	assert_true(has(env, "/usr/lib/python3.11/os.py"));
}

TEST(python__manifest_has_a_whole_library__nothing_is_mixed_in)
{
	struct env *env = *state;

	put_python(env);
	add_program(env, "python3");
	plan_add_data(&env->plan, "/usr/lib/python3.11/os.py", 0644, "own", 3,
		      (struct plan_reason){ -1, "manifest" });
	finish(env);
	assert_false(has(env, "/usr/lib/python3.11/json/__init__.py"));
}

TEST(python__filtered__left_out)
{
	struct env *env = *state;

	put_python(env);
	plan_filter(&env->plan, "/usr/lib/python3.11/json");
	add_program(env, "python3");
	finish(env);
	assert_fine(env);
	assert_true(has(env, "/usr/lib/python3.11/os.py"));
	assert_false(has(env, "/usr/lib/python3.11/json"));
}

TEST(python__library_is_nowhere__warning_names_it)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/python3.11");
	add_program(env, "/usr/bin/python3.11");
	finish(env);
	assert_int_equal(env->report.errors.nr, 0);
	assert_true(fx_said(&env->report.warnings, "'/usr/bin/python3.11'"));
}

TEST(other_program__no_library_and_no_word)
{
	struct env *env = *state;

	put_python(env);
	FX_PROGRAM(env->dir, "/usr/bin/ls");
	add_program(env, "ls");
	finish(env);
	assert_fine(env);
	assert_false(has(env, "/usr/lib/python3.11"));
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The programs that an image gets by itself. Programs are this host's. */
#include "cut_fixture.h"

static int setup(void **state)
{
	*state = env_new();
	return 0;
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, env_teardown)

/* Cut @manifest for a run, with the command -x @command. */
static void cut_with(struct env *env, const char *manifest, const char *command)
{
	const struct cut_script script = { .command = command };

	env->request.scripts = &script;
	env->request.nr_scripts = 1;
	env->request.run = true;
	assert_cut(env, manifest);
	env->request.nr_scripts = 0;
}

static bool warned(const struct env *env, const char *text)
{
	return fx_said(&env->cut.report.warnings, text);
}

/* Put the directory @dir of the fixture before the PATH. The old one, heap. */
static char *own_path(const struct env *env, const char *dir)
{
	char *before = xstrdup(getenv("PATH"));
	_cleanup_free_ char *path = xasprintf("%s:%s", fx_at(env->dir, dir), before);

	setenv("PATH", path, 1);
	return before;
}

static void write_program(const struct env *env, const char *path, const char *text)
{
	fx_write(env->dir, path, text);
	assert_int_equal(chmod(fx_at(env->dir, path), 0755), 0);
}

TEST(scripts__commands_of_the_host__in_the_image)
{
	struct env *env = *state;

	cut_with(env, "", "uname -r; if true; then env head -n1 | sort; fi");
	assert_true(has(env, "/usr/bin/uname"));
	assert_true(has(env, "/usr/bin/env"));
	assert_true(has(env, "/usr/bin/head"));
	assert_true(has(env, "/usr/bin/sort"));
	assert_false(has(env, "/usr/bin/tail"));
	assert_false(has(env, "/usr/bin/true"));
	assert_int_equal(env->cut.report.warnings.nr, 0);
}

TEST(scripts__file_of_the_user__its_commands_too)
{
	struct env *env = *state;
	struct cut_script script = { 0 };
	_cleanup_free_ char *path = NULL;

	fx_write(env->dir, "/first.sh", "uname -r\n");
	fx_write(env->dir, "/rapido/autorun/own.sh", "tail\n");
	path = xstrdup(fx_at(env->dir, "/first.sh"));
	script.path = path;
	env->request.scripts = &script;
	env->request.nr_scripts = 1;
	env->request.run = true;
	assert_cut(env, "autorun autorun/own.sh\n");
	env->request.nr_scripts = 0;
	assert_true(has(env, "/usr/bin/uname"));
	/* what a test needs is for its manifest to say */
	assert_false(has(env, "/usr/bin/tail"));
}

TEST(scripts__file_of_the_user_in_the_manifest__its_commands_too)
{
	struct env *env = *state;
	_cleanup_(strvec_release) struct strvec scripts = STRVEC_INIT;

	fx_write(env->dir, "/rapido/autorun/own.sh", "tail\n");
	strvec_take(&scripts, realpath(fx_at(env->dir, "/rapido/autorun/own.sh"), NULL));
	env->request.user_scripts = &scripts;
	env->request.run = true;
	assert_cut(env, "autorun autorun/own.sh\n");
	env->request.user_scripts = NULL;
	assert_true(has(env, "/usr/bin/tail"));
}

TEST(scripts__program_on_the_callers_path__found_by_the_guest)
{
	struct env *env = *state;
	_cleanup_free_ char *before = own_path(env, "/mine"), *path = NULL;

	path = xstrdup(fx_at(env->dir, "/mine/own-tool"));
	write_program(env, "/mine/own-tool", "#!/bin/sh\n");
	cut_with(env, "", "own-tool");
	setenv("PATH", before, 1);
	assert_true(has(env, path));
	assert_string_equal(find(env, "/usr/bin/own-tool")->text, path);
}

TEST(scripts__manifest_has_the_command__that_one_stays)
{
	struct env *env = *state;

	cut_with(env, "file /usr/local/sbin/uname\nslink /usr/bin/sort x\n",
		 "uname; sort; sh -c :; reboot; mount");
	assert_false(has(env, "/usr/bin/uname"));
	assert_string_equal(find(env, "/usr/bin/sort")->text, "x");
	/* so do those of every image */
	assert_string_equal(find(env, "/bin/sh")->text, "bash");
	assert_string_equal(find(env, "/sbin/reboot")->text, "/rdinit");
}

TEST(scripts__filter__left_out)
{
	struct env *env = *state;

	cut_with(env, "filter /usr/bin/uname\n", "uname");
	assert_false(has(env, "/usr/bin/uname"));
}

/* A script need not run it, and so it is no reason to refuse. */
TEST(scripts__program_lacks_something__warning)
{
	struct env *env = *state;
	_cleanup_free_ char *before = own_path(env, "/mine");

	write_program(env, "/mine/own-tool", "#!/no/such/interpreter\n");
	write_program(env, "/mine/empty", "");
	write_program(env, "/mine/torn",
		      "\x7f"
		      "ELF");
	fx_mkdir(env->dir, "/mine/dir");
	cut_with(env, "", "own-tool || empty || torn || dir || /proc/self/exe || /usr");
	setenv("PATH", before, 1);
	assert_true(warned(env, "/no/such/interpreter"));
	assert_false(has(env, "/proc/self/exe"));
}

TEST(scripts__command_is_nowhere__warning)
{
	struct env *env = *state;

	cut_with(env, "", "no-such-command --now");
	assert_true(warned(env, "-x: 'no-such-command' is neither in the image nor on "
				"this host"));
	cut_with(env, "bin cat\n", "echo; x=1 no-such-command | cat");
	assert_true(warned(env, "no-such-command"));
}

TEST(scripts__command_may_be_there_after_all__no_warning)
{
	static const char *const commands[] = {
		"no-such-command || true",
		"if no-such-command; then :; fi",
		"f() { no-such-command; }",
		"command -v no-such-command; no-such-command",
		"ln -s x /usr/bin/no-such-command; no-such-command",
		". /x; no-such-command",
		"no-such-command() { :; }; no-such-command",
		"alias no-such-command=:; no-such-command",
		"command_not_found_handle() { :; }; no-such-command",
		"_vm_ar_ip_addrs",
		"of_the_test",
		"/no/such/command",
		"\"$x\"",
	};
	struct env *env = *state;

	fx_write(env->dir, "/rapido/autorun/own.sh",
		 "[ -e /x ] || exit 1\nof_the_test() { :; }\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		cut_with(env, "autorun autorun/own.sh\n", commands[i]);
		if (env->cut.report.warnings.nr)
			fail_msg("'%s': %s", commands[i], env->cut.report.warnings.v[0]);
	}
	cut_with(env, "file /usr/sbin/no-such-command\n", "no-such-command");
	assert_int_equal(env->cut.report.warnings.nr, 0);
}

/* Cut for a run of @words, a list that ends with NULL: @program, with the file @file. */
static void cut_command(struct env *env, const char *program, const char *file,
			const char *const *words)
{
	struct cut_extra list[8] = { { CUT_EXTRA_DIR, env->dir },
				     { CUT_EXTRA_PROGRAM, (char *)program } };
	struct cut_extras extras = { .v = list, .nr = 2 };

	if (file)
		list[extras.nr++] = (struct cut_extra){ CUT_EXTRA_FILE, (char *)file };
	for (; *words; words++)
		list[extras.nr++] = (struct cut_extra){ CUT_EXTRA_WORD, (char *)*words };
	env->request.extras = &extras;
	env->request.run = true;
	assert_cut(env, "");
	env->request.extras = NULL;
}

TEST(command__runs_programs__in_the_image)
{
	static const char *const timeout[] = { "timeout", "5", "nproc", NULL };
	static const char *const shell[] = { "sh", "-c", "tac x | env head", NULL };
	struct env *env = *state;

	cut_command(env, "/usr/bin/timeout", NULL, timeout);
	assert_true(has(env, "/usr/bin/nproc"));
	cut_command(env, "/bin/sh", NULL, shell);
	assert_true(has(env, "/usr/bin/tac"));
	assert_true(has(env, "/usr/bin/head"));
}

TEST(command__shell_script__what_it_runs_in_the_image)
{
	static const char *const itself[] = { "./own.sh", NULL };
	static const char *const shells[] = { "bash", "own.sh", NULL };
	static const char *const data[] = { "cat", "own.sh", NULL };
	struct env *env = *state;
	_cleanup_free_ char *path = xstrdup(fx_at(env->dir, "/own.sh"));

	write_program(env, "/own.sh", "#!/bin/sh\ntac x\nno-such-command\n");
	cut_command(env, path, NULL, itself);
	assert_true(has(env, "/usr/bin/tac"));
	assert_true(warned(env, "own.sh: 'no-such-command' is neither in the image"));
	cut_command(env, "/bin/bash", path, shells);
	assert_true(has(env, "/usr/bin/tac"));
	cut_command(env, "/usr/bin/cat", path, data);
	assert_false(has(env, "/usr/bin/tac"));
	write_program(env, "/own.sh", "#!/usr/bin/awk -f\ntac x\n");
	cut_command(env, path, NULL, itself);
	assert_false(has(env, "/usr/bin/tac"));
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

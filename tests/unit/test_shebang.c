// SPDX-License-Identifier: GPL-2.0-or-later
/* "#!" lines; the last test has env(1) itself say what it runs. */
#include "fixture.h"
#include "closure/shebang.h"

#define ENV "#!/usr/bin/env "

static void assert_parse(const char *line, const char *interpreter, const char *program)
{
	struct shebang shebang;

	assert_true(shebang_parse(&shebang, line));
	assert_string_equal(shebang.interpreter, interpreter);
	if (!program && shebang.program)
		fail_msg("'%s' runs '%s'", line, shebang.program);
	else if (program && (!shebang.program || !streq(program, shebang.program)))
		fail_msg("'%s' runs '%s', not '%s'", line,
			 shebang.program ? shebang.program : "(nothing)", program);
	assert_false(shebang.unknown);
	shebang_release(&shebang);
}

DEFINE_TEST(parse__plain_line__the_interpreter)
{
	assert_parse("#!/bin/sh", "/bin/sh", NULL);
	assert_parse("#! /usr/bin/perl -w\nprint 1;\n", "/usr/bin/perl", NULL);
	assert_parse("#!\t/bin/sh\t-e \n", "/bin/sh", NULL);
}

DEFINE_TEST(parse__carriage_return__part_of_the_name)
{
	assert_parse("#!/bin/sh\r\n", "/bin/sh\r", NULL);
	assert_parse(ENV "bash\r\n", "/usr/bin/env", "bash\r");
}

DEFINE_TEST(parse__no_such_line__false)
{
	static const char *const lines[] = {
		"", "#", "#!", "#! \n/bin/sh", "# !/bin/sh", "bin", "#!bin/sh"
	};
	struct shebang shebang;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (shebang_parse(&shebang, lines[i]))
			fail_msg("'%s' is a line", lines[i]);
}

/* What env runs; NULL: the environment is printed, or the line makes no sense. */
static const struct {
	const char *rest, *program;
} env_lines[] = {
	{ "perl", "perl" },
	{ "/usr/bin/perl", "/usr/bin/perl" },
	{ "-S perl -w", "perl" },
	{ "-Sperl -w", "perl" },
	{ "-vS perl", "perl" },
	{ "-ivS perl", "perl" },
	{ "--split-string=perl -w", "perl" },
	{ "-S -u LD_PRELOAD perl -w", "perl" },
	{ "-S -uLD_PRELOAD perl -w", "perl" },
	{ "-S -iu LD_PRELOAD perl -w", "perl" },
	{ "-S --unset=LD_PRELOAD perl -w", "perl" },
	{ "-S --unset LD_PRELOAD perl -w", "perl" },
	{ "-S --uns LD_PRELOAD perl -w", "perl" },
	{ "-S -C / perl", "perl" },
	{ "-S -C/ perl", "perl" },
	{ "-S --chdir / perl", "perl" },
	{ "-S --chdir=/ perl", "perl" },
	{ "-S -i perl", "perl" },
	{ "-S --ignore-environment perl", "perl" },
	{ "-S - perl", "perl" },
	{ "-S -u A - B=c perl", "perl" },
	{ "-S --block-signal=PIPE --default-signal perl", "perl" },
	{ "-S A=b C=d perl -e x=y", "perl" },
	{ "-S A='b c' perl", "perl" },
	{ "-S A=\"b perl\" perl6", "perl6" },
	{ "-S A=b\\_c perl", "c" },
	{ "-S \"A=b\\_c\" perl", "perl" },
	{ "-S A=b\\'c perl", "perl" },
	{ "-S 'per'\"l\"", "perl" },
	{ "-S -- perl", "perl" },
	{ "-S -u A -- B=c perl", "perl" },
	{ "-S -S perl", "perl" },
	{ "-S -u A -S 'B=c perl' -w", "perl" },
	{ "-S perl#5 -w", "perl#5" },
	{ "-S perl # a comment", "perl" },
	{ "-S perl\\c no more", "perl" },
	{ "-S \\tperl", "\tperl" },
	{ "-S # nothing", NULL },
	{ "-S A=b", NULL },
	{ "", NULL },
};

DEFINE_TEST(parse__env__the_program_it_runs)
{
	for (size_t i = 0; i < ARRAY_SIZE(env_lines); i++) {
		_cleanup_free_ char *line = xasprintf(ENV "%s\n", env_lines[i].rest);

		assert_parse(line, "/usr/bin/env", env_lines[i].program);
	}
}

DEFINE_TEST(parse__several_words_without_the_option__the_first)
{
	assert_parse(ENV "python3 -u", "/usr/bin/env", "python3");
	assert_parse(ENV "A=b python3", "/usr/bin/env", "python3");
	assert_parse(ENV "-i python3", "/usr/bin/env", "python3");
}

DEFINE_TEST(parse__variable_in_the_program__unknown)
{
	struct shebang shebang;

	assert_true(shebang_parse(&shebang, ENV "-S A=${B} ${HOME}/bin/run"));
	assert_true(shebang.unknown);
	assert_null(shebang.program);
	shebang_release(&shebang);
	assert_parse(ENV "-S A=${B} run", "/usr/bin/env", "run");
}

/* Then env looks in directories of its own. */
static bool empties_environment(const char *rest)
{
	return strstr(rest, "-i") || strstr(rest, " - ");
}

/*
 * env runs the first program of that name on the PATH; there is but one, which says its
 * name. What env refuses is not compared.
 */
FIXTURE_TEST(parse__every_line__as_env_itself)
{
	for (size_t i = 0; i < ARRAY_SIZE(env_lines); i++) {
		const char *program = env_lines[i].program;
		_cleanup_free_ char *script = NULL, *command = NULL, *file = NULL;
		_cleanup_free_ char *path = NULL;
		int status;

		if (!program || program[0] == '/' ||
		    empties_environment(env_lines[i].rest))
			continue;
		file = xasprintf("bin/%s", program);
		put_file(file, "#!/bin/sh\n: > \"${0%/*}/../ran\"\n");
		chmod(at(file), 0755);
		script = xasprintf(ENV "%s\n", env_lines[i].rest);
		chmod(put_file("script", script), 0755);
		path = xasprintf("%s:/usr/bin:/bin", at("bin"));
		command = xasprintf("PATH=%s %s > /dev/null 2>&1", path, at("script"));
		status = system(command);
		if (status == 0 && access(at("ran"), F_OK) < 0)
			fail_msg("'%s' does not run '%s'", env_lines[i].rest, program);
		unlink(at("ran"));
		unlink(at(file));
	}
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * closure: what a program needs to run. Most roots are made of ELF files written by hand;
 * the last tests compare with what the host's own dynamic linker loads.
 */
#include "closure_fixture.h"

TEST(program__found_by_name__with_interpreter_and_libraries)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so", "libb.so" });
	FX_LIBRARY(env->dir, "/usr/lib64/liba.so", .needed = { "libc.so.6" });
	FX_LIBRARY(env->dir, "/usr/lib64/libb.so", .needed = { "libc.so.6", "liba.so" });
	FX_LIBRARY(env->dir, "/usr/lib64/libc.so.6");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/bin/prog"));
	assert_true(has(env, "/usr/lib64/ld-linux-x86-64.so.2"));
	assert_true(has(env, "/usr/lib64/liba.so"));
	assert_true(has(env, "/usr/lib64/libb.so"));
	assert_true(has(env, "/usr/lib64/libc.so.6"));
}

TEST(program__merged_usr__link_and_files_behind_it)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog");
	assert_true(add_program(env, "/bin/prog") >= 0);
	assert_fine(env);
	assert_true(has_link(env, "/bin", "usr/bin"));
	assert_true(has(env, "/usr/bin/prog"));
	assert_true(has_link(env, "/lib64", "usr/lib64"));
	assert_true(has(env, "/usr/lib64/ld-linux-x86-64.so.2"));
	assert_false(has(env, "/bin/prog"));
}

TEST_EMPTY(program__split_usr__each_where_it_is)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/bin/prog", .needed = { "libc.so.6" });
	FX_PROGRAM(env->dir, "/usr/sbin/other", .needed = { "libu.so" });
	FX_LIBRARY(env->dir, "/lib64/ld-linux-x86-64.so.2");
	FX_LIBRARY(env->dir, "/lib/x86_64-linux-gnu/libc.so.6");
	FX_LIBRARY(env->dir, "/usr/lib/x86_64-linux-gnu/libu.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_true(add_program(env, "other") >= 0);
	assert_fine(env);
	assert_true(has(env, "/bin/prog"));
	assert_true(has(env, "/usr/sbin/other"));
	assert_true(has(env, "/lib/x86_64-linux-gnu/libc.so.6"));
	assert_true(has(env, "/usr/lib/x86_64-linux-gnu/libu.so"));
	assert_int_equal(entry_at(env, "/lib64")->kind, PLAN_DIR);
}

TEST(program__library_behind_links__the_chain_is_kept)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "libfoo.so" });
	fx_symlink(env->dir, "/usr/lib/libfoo.so", "libfoo.so.1");
	fx_symlink(env->dir, "/usr/lib/libfoo.so.1", "libfoo.so.1.2");
	FX_LIBRARY(env->dir, "/usr/lib/libfoo.so.1.2");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has_link(env, "/usr/lib/libfoo.so", "libfoo.so.1"));
	assert_true(has_link(env, "/usr/lib/libfoo.so.1", "libfoo.so.1.2"));
	assert_int_equal(entry_at(env, "/usr/lib/libfoo.so.1.2")->kind, PLAN_FILE);
}

TEST(program__is_a_link_to_another_directory__both_are_there)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/opt/app/real", .needed = { "liba.so" },
		   .runpath = "$ORIGIN/lib");
	FX_LIBRARY(env->dir, "/opt/app/lib/liba.so");
	fx_symlink(env->dir, "/usr/bin/prog", "/opt/app/real");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has_link(env, "/usr/bin/prog", "/opt/app/real"));
	assert_true(has(env, "/opt/app/lib/liba.so"));
}

TEST(program__runpath_of_several_entries__first_with_it_wins)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so", "libb.so" },
		   .runpath = "/none:/one::/two");
	FX_LIBRARY(env->dir, "/one/liba.so");
	FX_LIBRARY(env->dir, "/two/liba.so");
	FX_LIBRARY(env->dir, "/two/libb.so");
	FX_LIBRARY(env->dir, "/usr/lib/libb.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/one/liba.so"));
	assert_false(has(env, "/two/liba.so"));
	assert_true(has(env, "/two/libb.so"));
	assert_false(has(env, "/usr/lib/libb.so"));
}

TEST(program__rpath_of_several_entries__first_with_it_wins)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" },
		   .rpath = "/none:/one:/two");
	FX_LIBRARY(env->dir, "/one/liba.so");
	FX_LIBRARY(env->dir, "/two/liba.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/one/liba.so"));
	assert_false(has(env, "/two/liba.so"));
}

TEST(program__rpath_beside_runpath__is_ignored)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" }, .rpath = "/r",
		   .runpath = "/run");
	FX_LIBRARY(env->dir, "/r/liba.so");
	FX_LIBRARY(env->dir, "/run/liba.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/run/liba.so"));
	assert_false(has(env, "/r/liba.so"));
}

TEST(program__origin_and_lib_tokens__replaced)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/opt/app/bin/prog", .needed = { "liba.so", "libb.so" },
		   .runpath = "$ORIGIN/../mine:/opt/app/${LIB}");
	FX_LIBRARY(env->dir, "/opt/app/mine/liba.so");
	FX_LIBRARY(env->dir, "/opt/app/lib64/libb.so");
	assert_true(add_program(env, "/opt/app/bin/prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/opt/app/mine/liba.so"));
	assert_true(has(env, "/opt/app/lib64/libb.so"));
}

TEST(program__origin_of_a_library__is_the_librarys)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" },
		   .runpath = "/opt/a");
	FX_LIBRARY(env->dir, "/opt/a/liba.so", .needed = { "libb.so" },
		   .runpath = "$ORIGIN/deep");
	FX_LIBRARY(env->dir, "/opt/a/deep/libb.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/opt/a/deep/libb.so"));
}

TEST(program__rpath__holds_for_its_libraries_too)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" }, .rpath = "/priv");
	FX_LIBRARY(env->dir, "/priv/liba.so", .needed = { "libb.so" });
	FX_LIBRARY(env->dir, "/priv/libb.so", .needed = { "libc.so" });
	FX_LIBRARY(env->dir, "/priv/libc.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/priv/libb.so"));
	assert_true(has(env, "/priv/libc.so"));
}

TEST(program__rpath__not_for_a_library_with_runpath)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" }, .rpath = "/priv");
	FX_LIBRARY(env->dir, "/priv/liba.so", .needed = { "libb.so" }, .runpath = "/x");
	FX_LIBRARY(env->dir, "/priv/libb.so");
	FX_LIBRARY(env->dir, "/usr/lib/libb.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/lib/libb.so"));
	assert_false(has(env, "/priv/libb.so"));
}

TEST(program__runpath__does_not_hold_for_its_libraries)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" },
		   .runpath = "/priv");
	FX_LIBRARY(env->dir, "/priv/liba.so", .needed = { "libb.so" });
	FX_LIBRARY(env->dir, "/priv/libb.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_true(fx_said(&env->report.errors, "'libb.so'"));
	assert_false(has(env, "/priv/libb.so"));
}

TEST(program__library_loaded_before__found_without_a_path_of_its_own)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so", "libb.so" },
		   .runpath = "/priv");
	FX_LIBRARY(env->dir, "/priv/liba.so", .needed = { "libb.so" });
	FX_LIBRARY(env->dir, "/priv/libb.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/priv/libb.so"));
}

/* ld.so compares a needed name with the DT_SONAME of what is loaded, too */
TEST(program__soname_loaded_under_another_name__counts)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "/priv/file.so", "liba.so" });
	fx_elf(env->dir, "/priv/file.so",
	       &(const struct fx_elf){ .soname = "libx.so.1" });
	FX_LIBRARY(env->dir, "/usr/lib/liba.so", .needed = { "libx.so.1" });
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/priv/file.so"));
}

TEST(program__needed_with_a_slash__is_a_path)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/opt/bin/prog",
		   .needed = { "/opt/lib/liba.so", "$ORIGIN/../lib/libb.so" });
	FX_LIBRARY(env->dir, "/opt/lib/liba.so");
	FX_LIBRARY(env->dir, "/opt/lib/libb.so");
	FX_LIBRARY(env->dir, "/usr/lib/liba.so");
	assert_true(add_program(env, "/opt/bin/prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/opt/lib/liba.so"));
	assert_true(has(env, "/opt/lib/libb.so"));
	assert_false(has(env, "/usr/lib/liba.so"));
}

TEST(program__library_of_another_class_first__ignored)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" },
		   .runpath = "/narrow:/arm:/dir:/garbage:/good");
	FX_LIBRARY(env->dir, "/narrow/liba.so", .class = ELFCLASS32, .machine = EM_386);
	FX_LIBRARY(env->dir, "/arm/liba.so", .machine = EM_AARCH64);
	fx_mkdir(env->dir, "/dir/liba.so");
	fx_write(env->dir, "/garbage/liba.so", "/* GNU ld script */ INPUT(x)\n");
	FX_LIBRARY(env->dir, "/good/liba.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/good/liba.so"));
	assert_false(has(env, "/narrow/liba.so"));
	assert_false(has(env, "/arm/liba.so"));
	assert_false(has(env, "/garbage/liba.so"));
}

TEST(program__of_two_classes__each_has_its_own_libraries)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/wide", .needed = { "libc.so.6" });
	fx_elf(env->dir, "/usr/bin/narrow",
	       &(const struct fx_elf){ .class = ELFCLASS32,
				       .machine = EM_386,
				       .needed = { "libc.so.6" } });
	FX_LIBRARY(env->dir, "/usr/lib64/libc.so.6");
	FX_LIBRARY(env->dir, "/usr/lib/libc.so.6", .class = ELFCLASS32,
		   .machine = EM_386);
	assert_true(add_program(env, "wide") >= 0);
	assert_true(add_program(env, "narrow") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/lib64/libc.so.6"));
	assert_true(has(env, "/usr/lib/libc.so.6"));
}

TEST(program__library_in_ld_so_conf__found_and_cache_comes_along)
{
	struct env *env = *state;

	fx_write(env->dir, "/etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n");
	fx_write(env->dir, "/etc/ld.so.conf.d/opt.conf", "/opt/lib\n");
	fx_write(env->dir, "/etc/ld.so.cache", "cache");
	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" });
	FX_LIBRARY(env->dir, "/opt/lib/liba.so");
	assert_true(add_program(env, "prog") >= 0);
	closure_finish(closure_of(env), (struct plan_reason){ -1, "always" });
	assert_fine(env);
	assert_true(has(env, "/opt/lib/liba.so"));
	assert_true(has(env, "/etc/ld.so.cache"));
}

TEST(closure_finish__only_system_libraries__no_cache)
{
	struct env *env = *state;

	fx_write(env->dir, "/etc/ld.so.conf", "/opt/lib\n");
	fx_write(env->dir, "/etc/ld.so.cache", "cache");
	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" });
	FX_LIBRARY(env->dir, "/usr/lib/liba.so");
	assert_true(add_program(env, "prog") >= 0);
	closure_finish(closure_of(env), (struct plan_reason){ -1, "always" });
	assert_false(has(env, "/etc/ld.so.cache"));
}

TEST(program__auxiliary_library__taken_if_there)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" });
	FX_LIBRARY(env->dir, "/usr/lib/liba.so", .auxiliary = "libaux.so",
		   .filter = "libfilter.so");
	FX_LIBRARY(env->dir, "/usr/lib/libfilter.so", .auxiliary = "libnone.so");
	FX_LIBRARY(env->dir, "/usr/lib/libaux.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/lib/libaux.so"));
	assert_true(has(env, "/usr/lib/libfilter.so"));
}

TEST(program__ends_threads__unwinder_comes_along)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .symbol = "pthread_exit");
	FX_LIBRARY(env->dir, "/usr/lib/libgcc_s.so.1");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/lib/libgcc_s.so.1"));
}

TEST(program__absent_library__error_names_the_chain)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/a", .needed = { "libb.so" });
	fx_symlink(env->dir, "/usr/lib/libb.so", "libb.so.1");
	FX_LIBRARY(env->dir, "/usr/lib/libb.so.1", .needed = { "libc.so" });
	assert_true(add_program(env, "a") >= 0);
	assert_int_equal(env->report.errors.nr, 1);
	assert_true(fx_said(&env->report.errors, "a -> libb.so.1 -> libc.so"));
}

TEST(program__several_absent_libraries__all_are_reported)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/a", .needed = { "libx.so", "liby.so" });
	add_program(env, "a");
	assert_int_equal(env->report.errors.nr, 2);
	assert_true(fx_said(&env->report.errors, "libx.so"));
	assert_true(fx_said(&env->report.errors, "liby.so"));
}

TEST(program__libraries_in_a_circle__ends)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" });
	FX_LIBRARY(env->dir, "/usr/lib/liba.so", .needed = { "libb.so" });
	FX_LIBRARY(env->dir, "/usr/lib/libb.so", .needed = { "liba.so", "libb.so" });
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/lib/libb.so"));
}

TEST(program__absent_interpreter__error)
{
	struct env *env = *state;

	fx_elf(env->dir, "/usr/bin/prog", &(const struct fx_elf){ .interp = "/lib/no" });
	add_program(env, "prog");
	assert_true(fx_said(&env->report.errors, "'/lib/no'"));
}

TEST(script__interpreter__comes_with_its_libraries)
{
	struct env *env = *state;

	fx_write(env->dir, "/usr/bin/script", "#!/bin/interp -x\necho\n");
	FX_PROGRAM(env->dir, "/usr/bin/interp", .needed = { "liba.so" });
	FX_LIBRARY(env->dir, "/usr/lib/liba.so");
	assert_true(add_program(env, "script") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/bin/interp"));
	assert_true(has(env, "/usr/lib/liba.so"));
	assert_true(has_link(env, "/bin", "usr/bin"));
}

TEST(script__space_after_the_mark_and_crlf__interpreter_is_found)
{
	struct env *env = *state;

	fx_write(env->dir, "/usr/bin/one", "#! \t /usr/bin/interp\n");
	fx_write(env->dir, "/usr/bin/two", "#!/usr/bin/interp"); /* no newline */
	FX_PROGRAM(env->dir, "/usr/bin/interp");
	assert_true(add_program(env, "one") >= 0);
	assert_true(add_program(env, "two") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/bin/interp"));
}

TEST(script__run_by_env__env_and_the_program)
{
	struct env *env = *state;

	fx_write(env->dir, "/usr/bin/plain", "#!/usr/bin/env prog\n");
	FX_PROGRAM(env->dir, "/usr/bin/env");
	FX_PROGRAM(env->dir, "/usr/sbin/prog", .needed = { "liba.so" });
	FX_LIBRARY(env->dir, "/usr/lib/liba.so");
	assert_true(add_program(env, "plain") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/bin/env"));
	assert_true(has(env, "/usr/sbin/prog"));
	assert_true(has(env, "/usr/lib/liba.so"));
}

TEST(script__env_with_options_and_variables__the_program)
{
	struct env *env = *state;

	fx_write(env->dir, "/usr/bin/one", "#!/usr/bin/env -S A=b prog1 -x\n");
	fx_write(env->dir, "/usr/bin/two", "#!/usr/bin/env -S -i /opt/prog2\n");
	FX_PROGRAM(env->dir, "/usr/bin/env");
	FX_PROGRAM(env->dir, "/usr/bin/prog1");
	FX_PROGRAM(env->dir, "/opt/prog2");
	assert_true(add_program(env, "one") >= 0);
	assert_true(add_program(env, "two") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/bin/prog1"));
	assert_true(has(env, "/opt/prog2"));
}

/* env(1): -S takes its string in the same word, too */
TEST(script__env_with_joined_split_string__the_program)
{
	struct env *env = *state;

	fx_write(env->dir, "/usr/bin/one", "#!/usr/bin/env -Sprog1 -w\n");
	fx_write(env->dir, "/usr/bin/two", "#!/usr/bin/env --split-string=prog2 x\n");
	FX_PROGRAM(env->dir, "/usr/bin/env");
	FX_PROGRAM(env->dir, "/usr/bin/prog1");
	FX_PROGRAM(env->dir, "/usr/bin/prog2");
	assert_true(add_program(env, "one") >= 0);
	assert_true(add_program(env, "two") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/bin/prog1"));
	assert_true(has(env, "/usr/bin/prog2"));
}

TEST(script__interpreter_is_a_script__its_interpreter_too)
{
	struct env *env = *state;

	fx_write(env->dir, "/usr/bin/one", "#!/usr/bin/two\n");
	fx_write(env->dir, "/usr/bin/two", "#!/usr/bin/three\n");
	FX_PROGRAM(env->dir, "/usr/bin/three");
	assert_true(add_program(env, "one") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/bin/two"));
	assert_true(has(env, "/usr/bin/three"));
}

TEST(script__interpreter_is_itself__ends)
{
	struct env *env = *state;

	fx_write(env->dir, "/usr/bin/one", "#!/usr/bin/one\n");
	assert_true(add_program(env, "one") >= 0);
	assert_fine(env);
}

TEST(script__absent_interpreter__error_names_both)
{
	struct env *env = *state;

	fx_write(env->dir, "/usr/bin/script", "#!/usr/bin/none\n");
	add_program(env, "script");
	assert_int_equal(env->report.errors.nr, 1);
	assert_true(fx_said(&env->report.errors, "'/usr/bin/none'"));
	assert_true(fx_said(&env->report.errors, "'/usr/bin/script'"));
}

TEST(script__without_execute_bit__not_looked_into)
{
	struct env *env = *state;

	fx_write(env->dir, "/usr/bin/script", "#!/usr/bin/none\n");
	fx_chmod(env->dir, "/usr/bin/script", 0644);
	assert_true(add_program(env, "script") >= 0);
	assert_fine(env);
}

TEST(dlopen__required_and_recommended__taken)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog",
		   .dlopen = "[{\"soname\":[\"libreq.so\"],\"priority\":\"required\"},"
			     "{\"soname\":[\"librec.so\"]},"
			     "{\"soname\":[\"libsug.so\"],\"priority\":\"suggested\"}]");
	FX_LIBRARY(env->dir, "/usr/lib/libreq.so", .needed = { "libdep.so" });
	FX_LIBRARY(env->dir, "/usr/lib/librec.so");
	FX_LIBRARY(env->dir, "/usr/lib/libsug.so");
	FX_LIBRARY(env->dir, "/usr/lib/libdep.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/lib/libreq.so"));
	assert_true(has(env, "/usr/lib/libdep.so"));
	assert_true(has(env, "/usr/lib/librec.so"));
	assert_false(has(env, "/usr/lib/libsug.so"));
}

TEST(dlopen__alternatives__first_there_is_taken)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog",
		   .dlopen =
			   "[{\"soname\":[\"libx.so.3\",\"libx.so.2\",\"libx.so.1\"]}]");
	FX_LIBRARY(env->dir, "/usr/lib/libx.so.2");
	FX_LIBRARY(env->dir, "/usr/lib/libx.so.1");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/lib/libx.so.2"));
	assert_false(has(env, "/usr/lib/libx.so.1"));
}

TEST(dlopen__absent__required_is_an_error_recommended_a_warning)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog",
		   .dlopen = "[{\"soname\":[\"libreq.so\"],\"priority\":\"required\"},"
			     "{\"soname\":[\"librec.so\"]}]");
	assert_true(add_program(env, "prog") >= 0);
	assert_int_equal(env->report.errors.nr, 1);
	assert_true(fx_said(&env->report.errors, "'libreq.so'"));
	assert_int_equal(env->report.warnings.nr, 1);
	assert_true(fx_said(&env->report.warnings, "'librec.so'"));
}

TEST(directory__programs_in_it__are_followed)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/opt/suite/bin/tool", .needed = { "liba.so" });
	fx_write(env->dir, "/opt/suite/run.sh", "#!/usr/bin/interp\n");
	fx_write(env->dir, "/opt/suite/data.txt", "#!/usr/bin/none\n");
	fx_chmod(env->dir, "/opt/suite/data.txt", 0644);
	FX_LIBRARY(env->dir, "/opt/suite/plugin.so.1", .needed = { "libb.so" });
	fx_chmod(env->dir, "/opt/suite/plugin.so.1", 0644);
	FX_LIBRARY(env->dir, "/usr/lib/liba.so");
	FX_LIBRARY(env->dir, "/usr/lib/libb.so");
	FX_PROGRAM(env->dir, "/usr/bin/interp");
	assert_true(add_program(env, "/opt/suite") >= 0);
	assert_fine(env);
	assert_true(has(env, "/opt/suite/bin/tool"));
	assert_true(has(env, "/opt/suite/data.txt"));
	assert_true(has(env, "/usr/lib/liba.so"));
	assert_true(has(env, "/usr/lib/libb.so"));
	assert_true(has(env, "/usr/bin/interp"));
}

TEST(directory__missing_or_damaged_below_it__only_warnings)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/opt/suite/tool", .needed = { "libnone.so" });
	fx_write(env->dir, "/opt/suite/damaged", "\177ELF and no more");
	assert_true(add_program(env, "/opt/suite") >= 0);
	assert_int_equal(env->report.errors.nr, 0);
	assert_true(fx_said(&env->report.warnings, "'libnone.so'"));
	assert_true(fx_said(&env->report.warnings, "'/opt/suite/damaged'"));
	assert_true(has(env, "/opt/suite/damaged"));
}

TEST(program__hard_links__both_names_of_one_file)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/one");
	assert_int_equal(
		link(fx_at(env->dir, "/usr/bin/one"), fx_at(env->dir, "/usr/bin/two")),
		0);
	add_program(env, "one");
	add_program(env, "two");
	assert_fine(env);
	assert_true(entry_at(env, "/usr/bin/one")->ino);
	assert_int_equal(entry_at(env, "/usr/bin/one")->ino,
			 entry_at(env, "/usr/bin/two")->ino);
}

TEST(program__absent__error_names_where_directories_and_package)
{
	struct env *env = *state;
	const struct closure_request request = {
		.name = "xfs_io",
		.where = "cut/x.fest:3",
		.package = "xfsprogs",
		.reason = { -1, "asked for" },
	};

	assert_true(closure_add_program(closure_of(env), &request) < 0);
	assert_int_equal(env->report.errors.nr, 1);
	assert_true(starts_with(env->report.errors.v[0], "cut/x.fest:3: "));
	assert_true(fx_said(&env->report.errors, "'xfs_io'"));
	assert_true(fx_said(&env->report.errors, "/usr/bin:/usr/sbin"));
	assert_true(fx_said(&env->report.errors, "package: xfsprogs"));
}

TEST(program__tried_and_absent__enoent_in_silence)
{
	struct env *env = *state;
	struct closure_request request = request_for("none");

	request.try = true;
	assert_int_equal(closure_add_program(closure_of(env), &request), -ENOENT);
	request.name = "/usr/bin/none";
	assert_int_equal(closure_add_program(closure_of(env), &request), -ENOENT);
	assert_fine(env);
	assert_int_equal(env->plan.nr, 0);
}

TEST(program__tried_but_its_library_absent__error)
{
	struct env *env = *state;
	struct closure_request request = request_for("prog");

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "libnone.so" });
	request.try = true;
	assert_true(closure_add_program(closure_of(env), &request) >= 0);
	assert_true(fx_said(&env->report.errors, "'libnone.so'"));
}

TEST(program__broken_link__error_and_nothing_left_in_the_plan)
{
	struct env *env = *state;

	fx_symlink(env->dir, "/usr/bin/prog", "/nowhere");
	assert_true(add_program(env, "prog") < 0);
	assert_int_equal(env->report.errors.nr, 1);
	assert_int_equal(env->plan.nr, 0);
}

TEST(program__relative_path__error)
{
	struct env *env = *state;

	assert_int_equal(add_program(env, "sub/prog"), -EINVAL);
	assert_true(fx_said(&env->report.errors, "'sub/prog'"));
}

TEST(program__truncated_elf__error)
{
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf bytes =
		fx_elf_bytes(&(const struct fx_elf){ .interp = FX_INTERP });

	fx_write_bytes(env->dir, "/usr/bin/prog", bytes.buf, bytes.len / 2);
	add_program(env, "prog");
	assert_true(fx_said(&env->report.errors, "'/usr/bin/prog'"));
	assert_true(fx_said(&env->report.errors, "truncated"));
}

TEST(program__empty__error)
{
	struct env *env = *state;

	fx_write(env->dir, "/usr/bin/empty", "");
	add_program(env, "empty");
	assert_true(fx_said(&env->report.errors, "'/usr/bin/empty' is empty"));
}

TEST(program__without_a_mark__is_taken_as_it_is)
{
	struct env *env = *state;

	fx_write(env->dir, "/usr/bin/garbage", "\x01\x02\x03");
	assert_true(add_program(env, "garbage") >= 0);
	assert_fine(env);
}

TEST(program__needs_truncated_library__error_names_it)
{
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf bytes =
		fx_elf_bytes(&(const struct fx_elf){ .soname = "liba.so" });

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" });
	fx_write_bytes(env->dir, "/usr/lib/liba.so", bytes.buf, bytes.len / 2);
	add_program(env, "prog");
	assert_int_equal(env->report.errors.nr, 1);
	assert_true(fx_said(&env->report.errors, "liba.so"));
}

TEST(program__filtered__stays_out_with_all_it_needs)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" });
	FX_LIBRARY(env->dir, "/usr/lib/liba.so");
	plan_filter(&env->plan, "/usr/bin/prog");
	assert_int_equal(add_program(env, "prog"), PLAN_FILTERED);
	assert_fine(env);
	assert_false(has(env, "/usr/lib/liba.so"));
}

TEST(program__from_search_directory__link_on_the_path)
{
	struct env *env = *state;
	struct closure_request request = request_for("prog");
	char *dirs[] = { (char *)"/none", (char *)"/src/tools", NULL };
	const struct strvec search = { .v = dirs, .nr = 2 };

	FX_PROGRAM(env->dir, "/src/tools/prog");
	FX_PROGRAM(env->dir, "/usr/bin/prog");
	request.search = &search;
	assert_true(closure_add_program(closure_of(env), &request) >= 0);
	assert_fine(env);
	assert_true(has(env, "/src/tools/prog"));
	assert_true(has_link(env, "/usr/local/bin/prog", "/src/tools/prog"));
}

TEST(library__in_search_directory__link_where_ld_so_looks)
{
	struct env *env = *state;
	struct closure_request request = request_for("prog");
	char *dirs[] = { (char *)"/src/lib", NULL };
	const struct strvec search = { .v = dirs, .nr = 1 };

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" });
	FX_LIBRARY(env->dir, "/src/lib/liba.so");
	request.search = &search;
	assert_true(closure_add_program(closure_of(env), &request) >= 0);
	assert_fine(env);
	assert_true(has(env, "/src/lib/liba.so"));
	assert_true(has_link(env, "/usr/lib64/liba.so", "/src/lib/liba.so"));
}

TEST(library__by_soname__with_what_it_needs)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/bash");
	fx_symlink(env->dir, "/usr/lib/liba.so.1", "liba.so.1.5");
	FX_LIBRARY(env->dir, "/usr/lib/liba.so.1.5", .needed = { "libb.so" });
	FX_LIBRARY(env->dir, "/usr/lib/libb.so");
	assert_true(add_library(env, "liba.so.1") >= 0);
	assert_fine(env);
	assert_true(has_link(env, "/usr/lib/liba.so.1", "liba.so.1.5"));
	assert_true(has(env, "/usr/lib/libb.so"));
	assert_false(has(env, "/usr/bin/bash"));
}

TEST(library__by_path__with_what_it_needs)
{
	struct env *env = *state;

	FX_LIBRARY(env->dir, "/opt/plugin.so", .needed = { "libb.so" });
	FX_LIBRARY(env->dir, "/usr/lib/libb.so");
	assert_true(add_library(env, "/opt/plugin.so") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/lib/libb.so"));
}

TEST(library__absent__error_and_with_try_silence)
{
	struct env *env = *state;
	struct closure_request request = request_for("libnone.so");

	FX_PROGRAM(env->dir, "/usr/bin/bash");
	request.try = true;
	assert_int_equal(closure_add_library(closure_of(env), &request), -ENOENT);
	assert_fine(env);
	request.try = false;
	assert_true(closure_add_library(closure_of(env), &request) < 0);
	assert_true(fx_said(&env->report.errors, "'libnone.so'"));
}

TEST(library__not_an_elf_file__error)
{
	struct env *env = *state;

	fx_write(env->dir, "/usr/lib/libtext.so", "INPUT(x)\n");
	add_library(env, "/usr/lib/libtext.so");
	assert_true(fx_said(&env->report.errors, "'/usr/lib/libtext.so'"));
}

TEST(reasons__library_and_link__lead_back_to_the_program)
{
	struct env *env = *state;
	_cleanup_free_ char *chain = NULL;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" });
	fx_symlink(env->dir, "/usr/lib/liba.so", "liba.so.1");
	FX_LIBRARY(env->dir, "/usr/lib/liba.so.1");
	add_program(env, "prog");
	chain = plan_chain(&env->plan, plan_find(&env->plan, "/usr/lib/liba.so.1"));
	assert_string_equal(chain, "prog -> liba.so.1");
	assert_string_equal(entry_at(env, "/usr/lib/liba.so")->why, "needs liba.so");
	assert_string_equal(entry_at(env, "/usr/bin/prog")->why, "asked for");
}

/*
 * A program and its libraries by gcc, that the host's dynamic linker can load: what that
 * says is loaded (LD_TRACE_LOADED_OBJECTS, see ldd(1)) must be in the plan.
 */
static const char build_chain[] =
	"cd %s && mkdir -p bin own rpath other && "
	"echo 'int c(void) { return 3; }' > c.c && "
	"echo 'int c(void); int b(void) { return c(); }' > b.c && "
	"echo 'int b(void); int a(void) { return b(); }' > a.c && "
	"echo 'int a(void); int main(void) { return a(); }' > p.c && "
	"gcc -shared -fPIC -o other/libc3.so c.c -Wl,-soname,libc3.so && "
	"gcc -shared -fPIC -o rpath/libc3.so c.c -Wl,-soname,libc3.so && "
	"gcc -shared -fPIC -o rpath/libb2.so b.c -Lrpath -lc3 %s && "
	"gcc -shared -fPIC -o own/liba1.so a.c -Lrpath -lb2 "
	"-Wl,-rpath-link,rpath,-rpath-link,other && "
	"gcc -o bin/p p.c -Lown -la1 -Wl,-rpath-link,rpath,-rpath-link,other "
	"-Wl,--disable-new-dtags,-rpath,'$ORIGIN/../own:'$PWD/rpath";

static void assert_as_ldd(struct env *env)
{
	_cleanup_free_ char *text = NULL, *program = NULL;
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	struct sysroot host;
	struct closure *closure;
	struct closure_request request = request_for(NULL);
	size_t libraries = 0;

	if (fx_shell("cd %s && LD_TRACE_LOADED_OBJECTS=1 bin/p > trace 2>&1 && "
		     "! grep -q 'not found' trace",
		     env->dir))
		skip(); /* not a glibc that can load it */
	program = xstrdup(fx_at(env->dir, "/bin/p"));
	request.name = program;
	assert_int_equal(sysroot_init(&host, "/"), 0);
	closure = closure_new(&host, &env->plan, &env->report);
	assert_true(closure_add_program(closure, &request) >= 0);
	assert_fine(env);
	assert_int_equal(
		io_read_file(AT_FDCWD, fx_at(env->dir, "/trace"), 1 << 20, &text, NULL),
		0);
	strvec_split(&words, text, " \t\n");
	for (size_t i = 0; i < words.nr; i++) {
		if (words.v[i][0] != '/')
			continue;
		if (plan_find(&env->plan, words.v[i]) < 0)
			fail_msg("not in the plan: %s", words.v[i]);
		libraries += strstr(words.v[i], env->dir) != NULL;
	}
	assert_int_equal(libraries, 3);
	closure_free(closure);
	sysroot_release(&host);
}

TEST_EMPTY(rpath_chain__made_by_gcc__as_the_hosts_ld_so)
{
	struct env *env = *state;

	assert_int_equal(fx_shell(build_chain, env->dir, ""), 0);
	assert_as_ldd(env);
	assert_true(plan_find(&env->plan, fx_at(env->dir, "/rpath/libc3.so")) >= 0);
}

TEST_EMPTY(runpath_in_the_chain__made_by_gcc__as_the_hosts_ld_so)
{
	struct env *env = *state;

	assert_int_equal(fx_shell(build_chain, env->dir,
				  "-Wl,--enable-new-dtags,-rpath,'$ORIGIN/../other'"),
			 0);
	assert_as_ldd(env);
	assert_true(plan_find(&env->plan, fx_at(env->dir, "/other/libc3.so")) >= 0);
	assert_int_equal(plan_find(&env->plan, fx_at(env->dir, "/rpath/libc3.so")), -1);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

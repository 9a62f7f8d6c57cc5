// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * closure: what only one dynamic linker does. glibc's has variants of libraries for
 * processors and a cache, musl's has directories of its own and is itself the libc.
 */
#include "closure_fixture.h"

#define V2	    "glibc-hwcaps/x86-64-v2"
#define V3	    "glibc-hwcaps/x86-64-v3"
#define MUSL_INTERP "/lib/ld-musl-x86_64.so.1"
#define MUSL_PATH   "/etc/ld-musl-x86_64.path"

TEST(hwcaps__library_is_nowhere_else__found)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" });
	FX_LIBRARY(env->dir, "/usr/lib/" V3 "/liba.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/lib/" V3 "/liba.so"));
}

/* Which one it will be, the processor of the guest decides. */
TEST(hwcaps__several_variants__all_with_what_each_needs)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" });
	FX_LIBRARY(env->dir, "/usr/lib/liba.so");
	FX_LIBRARY(env->dir, "/usr/lib/" V2 "/liba.so");
	FX_LIBRARY(env->dir, "/usr/lib/" V3 "/liba.so", .needed = { "libfast.so" });
	FX_LIBRARY(env->dir, "/usr/lib/libfast.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/lib/liba.so"));
	assert_true(has(env, "/usr/lib/" V2 "/liba.so"));
	assert_true(has(env, "/usr/lib/" V3 "/liba.so"));
	assert_true(has(env, "/usr/lib/libfast.so"));
}

TEST(hwcaps__only_a_variant_in_the_first_directory__the_next_has_the_rest)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" },
		   .runpath = "/opt/one:/opt/two:/opt/three");
	FX_LIBRARY(env->dir, "/opt/one/" V3 "/liba.so");
	FX_LIBRARY(env->dir, "/opt/two/liba.so");
	FX_LIBRARY(env->dir, "/opt/three/liba.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/opt/one/" V3 "/liba.so"));
	assert_true(has(env, "/opt/two/liba.so"));
	assert_false(has(env, "/opt/three/liba.so"));
}

TEST(hwcaps__another_machines_variant__passed_over)
{
	struct env *env = *state;

	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" });
	FX_LIBRARY(env->dir, "/usr/lib/liba.so");
	FX_LIBRARY(env->dir, "/usr/lib/glibc-hwcaps/power10/liba.so",
		   .machine = EM_PPC64);
	fx_write(env->dir, "/usr/lib/glibc-hwcaps/file", "");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_false(has(env, "/usr/lib/glibc-hwcaps/power10/liba.so"));
}

TEST(hwcaps__in_a_search_directory__linked_as_a_variant)
{
	struct env *env = *state;
	_cleanup_(strvec_release) struct strvec search = STRVEC_INIT;
	struct closure_request request = request_for("prog");

	fx_mkdir(env->dir, "/usr/lib64");
	strvec_push(&search, "/opt/lib");
	request.search = &search;
	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" });
	FX_LIBRARY(env->dir, "/opt/lib/" V3 "/liba.so");
	assert_true(closure_add_program(closure_of(env), &request) >= 0);
	assert_fine(env);
	assert_true(
		has_link(env, "/usr/lib64/" V3 "/liba.so", "/opt/lib/" V3 "/liba.so"));
}

TEST(hwcaps__library_by_name__all_variants)
{
	struct env *env = *state;
	const struct closure_request request = request_for("liba.so");

	FX_PROGRAM(env->dir, "/usr/bin/bash");
	FX_LIBRARY(env->dir, "/usr/lib/liba.so");
	FX_LIBRARY(env->dir, "/usr/lib/" V3 "/liba.so");
	assert_true(closure_add_library(closure_of(env), &request) >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/lib/liba.so"));
	assert_true(has(env, "/usr/lib/" V3 "/liba.so"));
}

/*
 * What ldconfig(8) reads in the cache of the plan, a line each: "NAME (KIND) => PATH", or
 * "" when there is no cache. Heap; the test is skipped where there is no ldconfig.
 */
static char *cache_listing(struct env *env)
{
	const struct plan_entry *entry;
	char *text;

	closure_finish(closure_of(env), (struct plan_reason){ -1, "always" });
	entry = entry_at(env, "/etc/ld.so.cache");
	if (!entry)
		return xstrdup("");
	assert_int_equal(entry->kind, PLAN_DATA);
	fx_write_bytes(env->dir, "/cache", entry->data, entry->size);
	if (fx_shell("command -v ldconfig || command -v /sbin/ldconfig"))
		skip();
	assert_int_equal(fx_shell("PATH=$PATH:/sbin; cd %s && ldconfig -C cache -p | "
				  "sed -n 's/^\t//p' > listing",
				  env->dir),
			 0);
	assert_int_equal(
		io_read_file(AT_FDCWD, fx_at(env->dir, "/listing"), 1 << 20, &text, NULL),
		0);
	return text;
}

static void assert_listing(struct env *env, const char *expected)
{
	_cleanup_free_ char *listing = cache_listing(env);

	assert_string_equal(listing, expected);
}

TEST(cache__library_of_ld_so_conf__names_just_what_is_in_the_image)
{
	struct env *env = *state;

	fx_write(env->dir, "/etc/ld.so.conf", "/opt/lib\n");
	FX_PROGRAM(env->dir, "/usr/bin/prog",
		   .needed = { "liba.so.1", "libb.so.10", "libb.so.9" });
	fx_symlink(env->dir, "/opt/lib/liba.so.1", "liba.so.1.2.3");
	FX_LIBRARY(env->dir, "/opt/lib/liba.so.1.2.3");
	FX_LIBRARY(env->dir, "/opt/lib/" V2 "/liba.so.1");
	FX_LIBRARY(env->dir, "/opt/lib/" V3 "/liba.so.1");
	FX_LIBRARY(env->dir, "/opt/lib/libb.so.9");
	FX_LIBRARY(env->dir, "/opt/lib/libb.so.10");
	FX_LIBRARY(env->dir, "/opt/lib/libunused.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_listing(env,
		       "libb.so.10 (libc6,x86-64) => /opt/lib/libb.so.10\n"
		       "libb.so.9 (libc6,x86-64) => /opt/lib/libb.so.9\n"
		       "liba.so.1.2.3 (libc6,x86-64) => /opt/lib/liba.so.1.2.3\n"
		       "liba.so.1 (libc6,x86-64, hwcap: \"x86-64-v2\") => /opt/lib/" V2
		       "/liba.so.1\n"
		       "liba.so.1 (libc6,x86-64, hwcap: \"x86-64-v3\") => /opt/lib/" V3
		       "/liba.so.1\n"
		       "liba.so.1 (libc6,x86-64) => /opt/lib/liba.so.1\n");
}

TEST(cache__of_two_directories__the_first_comes_first)
{
	struct env *env = *state;
	_cleanup_free_ char *listing = NULL;

	fx_write(env->dir, "/etc/ld.so.conf", "/opt/one\n/opt/two\n/opt/same\n");
	fx_symlink(env->dir, "/opt/same", "two");
	FX_LIBRARY(env->dir, "/opt/one/liba.so");
	FX_LIBRARY(env->dir, "/opt/two/liba.so");
	add_library(env, "/opt/two/liba.so");
	add_library(env, "/opt/one/liba.so");
	assert_listing(env, "liba.so (libc6,x86-64) => /opt/one/liba.so\n"
			    "liba.so (libc6,x86-64) => /opt/two/liba.so\n");
}

TEST(cache__directory_is_a_link__paths_as_ld_so_conf_has_them)
{
	struct env *env = *state;

	fx_write(env->dir, "/etc/ld.so.conf", "/opt/lib\n");
	fx_symlink(env->dir, "/opt/lib", "lib-2.0");
	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" });
	FX_LIBRARY(env->dir, "/opt/lib-2.0/liba.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_listing(env, "liba.so (libc6,x86-64) => /opt/lib/liba.so\n");
}

TEST(cache__libraries_of_another_kind__each_with_its_own)
{
	struct env *env = *state;

	fx_write(env->dir, "/etc/ld.so.conf", "/opt/lib\n/opt/lib32\n");
	FX_LIBRARY(env->dir, "/opt/lib/liba.so");
	FX_LIBRARY(env->dir, "/opt/lib32/liba.so", .class = ELFCLASS32,
		   .machine = EM_386);
	fx_write(env->dir, "/opt/lib/libtext.so", "INPUT(x)\n");
	add_library(env, "/opt/lib/liba.so");
	add_library(env, "/opt/lib32/liba.so");
	assert_listing(env, "liba.so (libc6,x86-64) => /opt/lib/liba.so\n"
			    "liba.so (libc6) => /opt/lib32/liba.so\n");
}

TEST(cache__manifest_brings_one__that_one_stays)
{
	struct env *env = *state;

	fx_write(env->dir, "/etc/ld.so.conf", "/opt/lib\n");
	FX_PROGRAM(env->dir, "/usr/bin/prog", .needed = { "liba.so" });
	FX_LIBRARY(env->dir, "/opt/lib/liba.so");
	plan_add_data(&env->plan, "/etc/ld.so.cache", 0644, "own", 3,
		      (struct plan_reason){ -1, "manifest" });
	assert_true(add_program(env, "prog") >= 0);
	closure_finish(closure_of(env), (struct plan_reason){ -1, "always" });
	assert_int_equal(entry_at(env, "/etc/ld.so.cache")->size, 3);
}

/* musl's linker is a file like others, and is called by this name. */
static void put_musl(struct env *env)
{
	FX_LIBRARY(env->dir, "/usr/lib/musl/libc.so");
	fx_symlink(env->dir, "/usr/lib/ld-musl-x86_64.so.1", "musl/libc.so");
}

#define MUSL_PROGRAM(env, ...)              \
	fx_elf((env)->dir, "/usr/bin/prog", \
	       &(const struct fx_elf){ .interp = MUSL_INTERP, __VA_ARGS__ })

TEST(musl__its_own_libraries__are_the_linker)
{
	struct env *env = *state;

	put_musl(env);
	FX_LIBRARY(env->dir, "/usr/lib/libm.so.6");
	MUSL_PROGRAM(env, .needed = { "libc.so", "libc.musl-x86_64.so.1", "libm.so.6",
				      "libpthread.so.0" });
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/lib/musl/libc.so"));
	assert_true(has_link(env, "/usr/lib/ld-musl-x86_64.so.1", "musl/libc.so"));
	assert_false(has(env, "/usr/lib/libm.so.6"));
}

TEST(musl__name_that_only_begins_like_its_own__searched)
{
	struct env *env = *state;

	put_musl(env);
	MUSL_PROGRAM(env, .needed = { "libc++.so.1" });
	add_program(env, "prog");
	assert_true(fx_said(&env->report.errors, "'libc++.so.1'"));
}

TEST(musl__no_path_file__built_in_directories_only)
{
	struct env *env = *state;

	put_musl(env);
	fx_write(env->dir, "/etc/ld.so.conf", "/opt/glibc\n");
	MUSL_PROGRAM(env, .needed = { "liba.so", "libb.so" });
	FX_LIBRARY(env->dir, "/usr/local/lib/liba.so");
	FX_LIBRARY(env->dir, "/opt/glibc/libb.so");
	add_program(env, "prog");
	assert_true(has(env, "/usr/local/lib/liba.so"));
	assert_int_equal(env->report.errors.nr, 1);
	assert_true(fx_said(&env->report.errors, "'libb.so'"));
}

TEST(musl__path_file__its_directories_in_order)
{
	struct env *env = *state;

	put_musl(env);
	fx_write(env->dir, MUSL_PATH, "/opt/one:/opt/two\n/opt/three\n");
	MUSL_PROGRAM(env, .needed = { "liba.so", "libb.so" });
	FX_LIBRARY(env->dir, "/opt/two/liba.so");
	FX_LIBRARY(env->dir, "/opt/three/liba.so");
	FX_LIBRARY(env->dir, "/opt/three/libb.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/opt/two/liba.so"));
	assert_false(has(env, "/opt/three/liba.so"));
	assert_true(has(env, "/opt/three/libb.so"));
	/* the guest's linker has to know them, too */
	assert_true(has(env, MUSL_PATH));
}

TEST(musl__linker_elsewhere__path_file_beside_it)
{
	struct env *env = *state;

	FX_LIBRARY(env->dir, "/opt/musl/lib/ld-musl-x86_64.so.1");
	fx_write(env->dir, "/opt/musl" MUSL_PATH, "/opt/musl/lib");
	fx_elf(env->dir, "/usr/bin/prog",
	       &(const struct fx_elf){ .interp = "/opt/musl/lib/ld-musl-x86_64.so.1",
				       .needed = { "liba.so", "libc.so" } });
	FX_LIBRARY(env->dir, "/opt/musl/lib/liba.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/opt/musl/lib/liba.so"));
	assert_true(has(env, "/opt/musl" MUSL_PATH));
}

TEST(musl__runpath_of_the_program__holds_for_its_libraries)
{
	struct env *env = *state;

	put_musl(env);
	MUSL_PROGRAM(env, .needed = { "liba.so" }, .runpath = "$ORIGIN/../own");
	FX_LIBRARY(env->dir, "/usr/own/liba.so", .needed = { "libb.so" },
		   .runpath = "/nowhere");
	FX_LIBRARY(env->dir, "/usr/own/libb.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_true(has(env, "/usr/own/libb.so"));
}

TEST(musl__variants_for_processors__none_of_its_business)
{
	struct env *env = *state;

	put_musl(env);
	MUSL_PROGRAM(env, .needed = { "liba.so" });
	FX_LIBRARY(env->dir, "/usr/lib/liba.so");
	FX_LIBRARY(env->dir, "/usr/lib/" V3 "/liba.so");
	assert_true(add_program(env, "prog") >= 0);
	assert_fine(env);
	assert_false(has(env, "/usr/lib/" V3 "/liba.so"));
}

TEST(musl__library_on_its_own__known_by_the_libc_it_needs)
{
	struct env *env = *state;

	fx_write(env->dir, MUSL_PATH, "/opt/musl\n");
	FX_LIBRARY(env->dir, "/opt/plugin.so", .needed = { "libc.so", "liba.so" });
	FX_LIBRARY(env->dir, "/opt/musl/liba.so");
	assert_true(add_library(env, "/opt/plugin.so") >= 0);
	assert_fine(env);
	assert_true(has(env, "/opt/musl/liba.so"));
}

TEST(musl__linker_is_not_there__error_names_it)
{
	struct env *env = *state;

	MUSL_PROGRAM(env, .needed = { "libc.so" });
	add_program(env, "prog");
	assert_true(fx_said(&env->report.errors, "'" MUSL_INTERP "'"));
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

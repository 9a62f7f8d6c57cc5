// SPDX-License-Identifier: GPL-2.0-or-later
/* ldso: the dynamic linker's directories, its configuration, and the tokens in paths. */
#include "elf_fixture.h"

#include "closure/ldso.h"

static const struct ldso_abi amd64 = { ELFCLASS64, EM_X86_64 };
static const struct ldso_abi i386 = { ELFCLASS32, EM_386 };

/* The directories of the /etc/ld.so.conf in @root, with spaces between them. Heap. */
static char *conf_dirs(const char *root)
{
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;
	struct strbuf text = STRBUF_INIT;
	struct sysroot sysroot;

	assert_int_equal(sysroot_init(&sysroot, root), 0);
	ldso_conf_dirs(&sysroot, &dirs);
	sysroot_release(&sysroot);
	for (size_t i = 0; i < dirs.nr; i++)
		strbuf_addf(&text, "%s%s", i ? " " : "", dirs.v[i]);
	return text.len ? strbuf_detach(&text) : xstrdup("");
}

static void assert_conf_dirs(const char *root, const char *expected)
{
	_cleanup_free_ char *dirs = conf_dirs(root);

	assert_string_equal(dirs, expected);
}

static char *expand(const char *text, const char *origin, struct ldso_abi abi)
{
	_cleanup_(strvec_release) struct strvec paths = STRVEC_INIT;
	struct strbuf all = STRBUF_INIT;

	ldso_expand(text, origin, abi, &paths);
	for (size_t i = 0; i < paths.nr; i++)
		strbuf_addf(&all, "%s%s", i ? " " : "", paths.v[i]);
	return strbuf_detach(&all);
}

static void assert_expands(const char *text, const char *expected)
{
	_cleanup_free_ char *paths = expand(text, "/o", amd64);

	assert_string_equal(paths, expected);
}

static int setup(void **state)
{
	*state = fx_root();
	return 0;
}

static int teardown(void **state)
{
	fx_remove(*state);
	return 0;
}

DEFINE_TEST(ldso_system_dirs__64_bit__multiarch_then_lib64_then_lib)
{
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;

	ldso_system_dirs(amd64, &dirs);
	assert_int_equal(dirs.nr, 6);
	assert_string_equal(dirs.v[0], "/lib/x86_64-linux-gnu");
	assert_string_equal(dirs.v[1], "/usr/lib/x86_64-linux-gnu");
	assert_string_equal(dirs.v[2], "/lib64");
	assert_string_equal(dirs.v[3], "/usr/lib64");
	assert_string_equal(dirs.v[4], "/lib");
	assert_string_equal(dirs.v[5], "/usr/lib");
}

DEFINE_TEST(ldso_system_dirs__32_bit__no_lib64)
{
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;

	ldso_system_dirs(i386, &dirs);
	assert_true(strvec_has(&dirs, "/usr/lib/i386-linux-gnu"));
	assert_true(strvec_has(&dirs, "/lib"));
	assert_false(strvec_has(&dirs, "/lib64"));
}

DEFINE_TEST(ldso_system_dirs__unknown_machine__lib64_and_lib)
{
	const struct ldso_abi abi = { ELFCLASS64, EM_ALPHA };
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;

	ldso_system_dirs(abi, &dirs);
	assert_int_equal(dirs.nr, 4);
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, teardown)

TEST(ldso_conf_dirs__no_file__none)
{
	assert_conf_dirs(*state, "");
}

TEST(ldso_conf_dirs__comments_and_separators__directories_only)
{
	fx_write(*state, "/etc/ld.so.conf",
		 "# comment\n/a # b\n\n  /c\t/d:/e,/f\n/old=libc5\nhwcap 0 nosegneg\n"
		 "relative/dir\n/last");
	assert_conf_dirs(*state, "/a /c /d /e /f /old /last");
}

TEST(ldso_conf_dirs__named_twice__once)
{
	fx_write(*state, "/etc/ld.so.conf", "/a\n/b\n/a\n");
	assert_conf_dirs(*state, "/a /b");
}

TEST(ldso_conf_dirs__glob__files_in_byte_order_and_in_place)
{
	fx_write(*state, "/etc/ld.so.conf",
		 "/first\ninclude /etc/ld.so.conf.d/*.conf\n/last\n");
	fx_write(*state, "/etc/ld.so.conf.d/b.conf", "/b\n");
	fx_write(*state, "/etc/ld.so.conf.d/a.conf", "/a\n");
	fx_write(*state, "/etc/ld.so.conf.d/B.conf", "/B\n");
	fx_write(*state, "/etc/ld.so.conf.d/.hidden.conf", "/hidden\n");
	fx_write(*state, "/etc/ld.so.conf.d/c.conf.bak", "/bak\n");
	assert_conf_dirs(*state, "/first /B /a /b /last");
}

TEST(ldso_conf_dirs__relative_include__beside_the_file)
{
	fx_write(*state, "/etc/ld.so.conf", "include ld.so.conf.d/*.conf\n");
	fx_write(*state, "/etc/ld.so.conf.d/a.conf", "/a\ninclude more/x\n");
	fx_write(*state, "/etc/ld.so.conf.d/more/x", "/x\n");
	assert_conf_dirs(*state, "/a /x");
}

TEST(ldso_conf_dirs__includes_itself__ends)
{
	fx_write(*state, "/etc/ld.so.conf", "/a\ninclude /etc/ld.so.conf\n/b\n");
	assert_conf_dirs(*state, "/a /b");
}

TEST(ldso_conf_dirs__absolute_link__stays_in_the_root)
{
	fx_write(*state, "/usr/etc/real.conf", "/a\n");
	fx_symlink(*state, "/etc/ld.so.conf", "/usr/etc/real.conf");
	assert_conf_dirs(*state, "/a");
}

DEFINE_TEST(ldso_expand__no_token__itself)
{
	assert_expands("/usr/lib", "/usr/lib");
	assert_expands("/a$b", "/a$b");
	assert_expands("/a$", "/a$");
}

DEFINE_TEST(ldso_expand__origin__both_forms)
{
	assert_expands("$ORIGIN/../lib", "/o/../lib");
	assert_expands("${ORIGIN}/x", "/o/x");
	assert_expands("$ORIGIN", "/o");
	assert_expands("$ORIGIN:$ORIGIN", "/o:/o");
}

DEFINE_TEST(ldso_expand__lib__every_value)
{
	assert_expands("/opt/$LIB", "/opt/lib/x86_64-linux-gnu /opt/lib64 /opt/lib");
	assert_expands("/opt/${LIB}/x",
		       "/opt/lib/x86_64-linux-gnu/x /opt/lib64/x /opt/lib/x");
}

DEFINE_TEST(ldso_expand__platform__the_kernels_name)
{
	assert_expands("/opt/$PLATFORM", "/opt/x86_64");
}

/* glibc's elf/dl-load.c: a longer name is another token, one without a meaning */
DEFINE_TEST(ldso_expand__longer_name__is_no_token)
{
	assert_expands("/opt/$LIBS", "/opt/$LIBS");
	assert_expands("/opt/$ORIGINAL", "/opt/$ORIGINAL");
	assert_expands("/opt/$LIB_x", "/opt/$LIB_x");
	assert_expands("/opt/${LIB", "/opt/${LIB");
	assert_expands("/opt/$ORIGIN-1", "/opt//o-1");
}

DEFINE_TEST(ldso_expand__origin_with_token__not_expanded_again)
{
	_cleanup_free_ char *paths = expand("$ORIGIN/x", "/$LIB", amd64);

	assert_string_equal(paths, "/$LIB/x");
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* sysroot: paths below a directory that stands for "/". */
#include "elf_fixture.h"

#include "closure/sysroot.h"

struct env {
	char *dir;
	struct sysroot root;
	struct strvec links; /* "PATH -> TARGET", with "!" after the last part's */
};

static int setup(void **state)
{
	struct env *env = xcalloc(1, sizeof(*env));

	env->dir = fx_root();
	assert_int_equal(sysroot_init(&env->root, env->dir), 0);
	*state = env;
	return 0;
}

static int teardown(void **state)
{
	struct env *env = *state;

	sysroot_release(&env->root);
	strvec_release(&env->links);
	fx_remove(env->dir);
	free(env);
	return 0;
}

static void note_link(void *ctx, const char *path, const char *target, bool last)
{
	struct env *env = ctx;

	strvec_pushf(&env->links, "%s -> %s%s", path, target, last ? "!" : "");
}

static int resolve(struct env *env, const char *path, char **canonical)
{
	return sysroot_resolve(&env->root, path, canonical, NULL, note_link, env);
}

/* @path leads to @expected, also when the answer comes from the cache. */
static void assert_leads_to(struct env *env, const char *path, const char *expected)
{
	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *canonical = NULL;

		assert_int_equal(resolve(env, path, &canonical), 0);
		assert_string_equal(canonical, expected);
	}
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, teardown)

TEST(sysroot_init__no_directory__error)
{
	struct env *env = *state;
	struct sysroot root;

	fx_write(env->dir, "/file", "x");
	assert_int_equal(sysroot_init(&root, fx_at(env->dir, "/none")), -ENOENT);
	assert_int_equal(sysroot_init(&root, fx_at(env->dir, "/file")), -ENOTDIR);
}

TEST(sysroot_resolve__plain_path__itself)
{
	struct env *env = *state;

	fx_write(env->dir, "/a/b/c", "x");
	assert_leads_to(env, "/a/b/c", "/a/b/c");
	assert_leads_to(env, "//a///b//c", "/a/b/c");
	assert_leads_to(env, "/a/./b/../b/c", "/a/b/c");
	assert_leads_to(env, "/", "/");
	assert_int_equal(env->links.nr, 0);
}

TEST(sysroot_resolve__dotdot_at_the_top__stays_inside)
{
	struct env *env = *state;

	fx_write(env->dir, "/etc/x", "x");
	assert_leads_to(env, "/../../../etc/x", "/etc/x");
	assert_leads_to(env, "/..", "/");
}

TEST(sysroot_resolve__absolute_link__stays_inside)
{
	struct env *env = *state;

	fx_write(env->dir, "/usr/bin/prog", "x");
	fx_symlink(env->dir, "/opt/p", "/usr/bin/prog");
	assert_leads_to(env, "/opt/p", "/usr/bin/prog");
}

TEST(sysroot_resolve__link_with_dotdots__stays_inside)
{
	struct env *env = *state;

	fx_write(env->dir, "/etc/x", "x");
	fx_symlink(env->dir, "/a/b", "../../../../../../../etc/x");
	assert_leads_to(env, "/a/b", "/etc/x");
}

TEST(sysroot_resolve__links_on_the_way__told_outermost_first)
{
	struct env *env = *state;

	fx_write(env->dir, "/usr/lib/libx.so.1.2", "x");
	fx_symlink(env->dir, "/lib", "usr/lib");
	fx_symlink(env->dir, "/usr/lib/libx.so", "libx.so.1");
	fx_symlink(env->dir, "/usr/lib/libx.so.1", "libx.so.1.2");
	assert_int_equal(resolve(env, "/lib/libx.so", NULL), 0);
	assert_int_equal(env->links.nr, 3);
	assert_string_equal(env->links.v[0], "/lib -> usr/lib");
	assert_string_equal(env->links.v[1], "/usr/lib/libx.so -> libx.so.1!");
	assert_string_equal(env->links.v[2], "/usr/lib/libx.so.1 -> libx.so.1.2!");
}

TEST(sysroot_resolve__asked_again__links_told_again)
{
	struct env *env = *state;

	fx_write(env->dir, "/usr/lib/x", "x");
	fx_symlink(env->dir, "/lib", "usr/lib");
	assert_int_equal(resolve(env, "/lib/x", NULL), 0);
	assert_int_equal(resolve(env, "/lib/x", NULL), 0);
	assert_int_equal(env->links.nr, 2);
}

TEST(sysroot_resolve__status__is_of_what_it_names)
{
	struct env *env = *state;
	struct stat st;

	fx_write(env->dir, "/dir/file", "12345");
	fx_symlink(env->dir, "/link", "dir/file");
	fx_symlink(env->dir, "/dirlink", "dir");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			sysroot_resolve(&env->root, "/link", NULL, &st, NULL, NULL), 0);
		assert_int_equal(st.st_size, 5);
		assert_int_equal(
			sysroot_resolve(&env->root, "/dirlink", NULL, &st, NULL, NULL),
			0);
		assert_true(S_ISDIR(st.st_mode));
	}
}

TEST(sysroot_resolve__broken_link__enoent)
{
	struct env *env = *state;

	fx_symlink(env->dir, "/a", "/nowhere");
	assert_int_equal(resolve(env, "/a", NULL), -ENOENT);
	assert_int_equal(resolve(env, "/b", NULL), -ENOENT);
}

TEST(sysroot_resolve__circular_links__eloop)
{
	struct env *env = *state;

	fx_symlink(env->dir, "/a", "b");
	fx_symlink(env->dir, "/b", "a");
	fx_symlink(env->dir, "/self", "self/x");
	assert_int_equal(resolve(env, "/a", NULL), -ELOOP);
	assert_int_equal(resolve(env, "/self", NULL), -ELOOP);
}

TEST(sysroot_resolve__forty_links__are_allowed)
{
	struct env *env = *state;

	fx_write(env->dir, "/l0", "x");
	for (int i = 1; i <= 41; i++) {
		_cleanup_free_ char *path = xasprintf("/l%d", i);
		_cleanup_free_ char *target = xasprintf("l%d", i - 1);

		fx_symlink(env->dir, path, target);
	}
	assert_leads_to(env, "/l40", "/l0");
	assert_int_equal(resolve(env, "/l41", NULL), -ELOOP);
}

TEST(sysroot_resolve__file_as_directory__enotdir)
{
	struct env *env = *state;

	fx_write(env->dir, "/file", "x");
	assert_int_equal(resolve(env, "/file/x", NULL), -ENOTDIR);
}

TEST(sysroot_resolve__dotdot_or_slash_behind_a_file__enotdir)
{
	struct env *env = *state;

	fx_write(env->dir, "/file", "x");
	fx_write(env->dir, "/other", "x");
	assert_int_equal(resolve(env, "/file/../other", NULL), -ENOTDIR);
	assert_int_equal(resolve(env, "/file/", NULL), -ENOTDIR);
	assert_int_equal(resolve(env, "/none/../other", NULL), -ENOENT);
}

TEST(sysroot_resolve__too_long__enametoolong)
{
	struct env *env = *state;
	char name[NAME_MAX + 3];

	memset(name, 'a', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(resolve(env, name, NULL), -ENAMETOOLONG);
}

TEST(sysroot_exists__links_and_kinds__as_resolved)
{
	struct env *env = *state;

	fx_write(env->dir, "/dir/file", "x");
	fx_symlink(env->dir, "/link", "dir/file");
	assert_true(sysroot_exists(&env->root, "/link"));
	assert_true(sysroot_exists(&env->root, "/dir"));
	assert_false(sysroot_exists(&env->root, "/none"));
	assert_true(sysroot_is_file(&env->root, "/link"));
	assert_false(sysroot_is_file(&env->root, "/dir"));
	assert_false(sysroot_is_file(&env->root, "/none"));
}

TEST(sysroot_open__link__is_not_followed)
{
	struct env *env = *state;
	int fd;

	fx_write(env->dir, "/file", "x");
	fx_symlink(env->dir, "/link", "file");
	assert_int_equal(sysroot_open(&env->root, "/link"), -ELOOP);
	fd = sysroot_open(&env->root, "/file");
	assert_true(fd >= 0);
	close(fd);
}

TEST(sysroot_read_file__through_links__contents)
{
	struct env *env = *state;
	_cleanup_free_ char *data = NULL;
	size_t size;

	fx_write(env->dir, "/usr/share/x", "text");
	fx_symlink(env->dir, "/etc/x", "/usr/share/x");
	assert_int_equal(sysroot_read_file(&env->root, "/etc/x", 100, &data, &size), 0);
	assert_string_equal(data, "text");
	assert_int_equal(size, 4);
}

TEST(sysroot_read_file__larger_than_limit__efbig)
{
	struct env *env = *state;
	char *data = NULL;

	fx_write(env->dir, "/x", "text");
	assert_int_equal(sysroot_read_file(&env->root, "/x", 3, &data, NULL), -EFBIG);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

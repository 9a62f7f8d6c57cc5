// SPDX-License-Identifier: GPL-2.0-or-later
/* modfw: where the kernel looks for firmware, in a root of the test's own. */
#include "elf_fixture.h"
#include "kernel/modfw.h"

#define DIR "/lib/firmware/"

struct env {
	char *dir;
	struct sysroot root;
	struct plan plan;
	struct modfw fw;
};

static int setup(void **state)
{
	struct env *env = xcalloc(1, sizeof(*env));

	env->dir = fx_root();
	assert_int_equal(sysroot_init(&env->root, env->dir), 0);
	env->fw = (struct modfw){ .plan = &env->plan,
				  .root = &env->root,
				  .release = "6.1.0-x" };
	*state = env;
	return 0;
}

static int teardown(void **state)
{
	struct env *env = *state;

	plan_release(&env->plan);
	sysroot_release(&env->root);
	fx_remove(env->dir);
	free(env);
	return 0;
}

static int add(struct env *env, const char *name)
{
	_cleanup_free_ char *path = NULL;

	return modfw_add(&env->fw, name, (struct plan_reason){ -1, "firmware of x" },
			 &path);
}

static const struct plan_entry *find(const struct env *env, const char *path)
{
	int index = plan_find(&env->plan, path);

	return index < 0 ? NULL : &env->plan.entries[index];
}

static bool has(const struct env *env, const char *path)
{
	return find(env, path) != NULL;
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, teardown)

TEST(add__file__where_it_is)
{
	struct env *env = *state;

	fx_write(env->dir, DIR "vendor/a.bin", "text");
	assert_int_equal(add(env, "vendor/a.bin"), 0);
	assert_true(has(env, DIR "vendor/a.bin"));
	assert_int_equal(env->fw.nr, 1);
	assert_int_equal(env->fw.size, 4);
	assert_int_equal(add(env, "vendor/a.bin"), 0);
	assert_int_equal(env->fw.nr, 1);
}

TEST(add__absent__enoent)
{
	struct env *env = *state;

	assert_int_equal(add(env, "a.bin"), -ENOENT);
	fx_mkdir(env->dir, DIR "a.bin");
	assert_int_equal(add(env, "a.bin"), -ENOENT);
	assert_int_equal(add(env, "*.bin"), -ENOENT);
	assert_int_equal(env->plan.nr, 0);
}

TEST(add__in_several_places__the_kernels_first)
{
	static const char *const places[] = {
		DIR "updates/6.1.0-x/a.bin",
		DIR "updates/a.bin",
		DIR "6.1.0-x/a.bin",
		DIR "a.bin",
	};
	struct env *env = *state;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		fx_write(env->dir, places[i], "text");
	fx_write(env->dir, DIR "updates/6.1.0-other/a.bin", "text");
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		plan_release(&env->plan);
		env->plan = (struct plan)PLAN_INIT;
		assert_int_equal(add(env, "a.bin"), 0);
		for (size_t k = 0; k < ARRAY_SIZE(places); k++)
			assert_int_equal(has(env, places[k]), k == i);
		unlink(fx_at(env->dir, places[i]));
		sysroot_release(&env->root);
		assert_int_equal(sysroot_init(&env->root, env->dir), 0);
	}
	assert_int_equal(add(env, "a.bin"), -ENOENT);
}

/* As Debian has regulatory.db. */
TEST(add__links_through_alternatives__all_of_them)
{
	struct env *env = *state;

	fx_symlink(env->dir, DIR "a.db", "/etc/alternatives/a.db");
	fx_symlink(env->dir, "/etc/alternatives/a.db", DIR "a.db-debian");
	fx_write(env->dir, DIR "a.db-debian", "text");
	assert_int_equal(add(env, "a.db"), 0);
	assert_string_equal(find(env, DIR "a.db")->text, "/etc/alternatives/a.db");
	assert_string_equal(find(env, "/etc/alternatives/a.db")->text, DIR "a.db-debian");
	assert_true(has(env, DIR "a.db-debian"));
}

TEST(add__broken_link__enoent)
{
	struct env *env = *state;

	fx_symlink(env->dir, DIR "a.db", "nowhere");
	assert_int_equal(add(env, "a.db"), -ENOENT);
	assert_int_equal(env->plan.nr, 0);
}

TEST(add__pattern__what_fits)
{
	struct env *env = *state;

	fx_write(env->dir, DIR "v/a-1.bin", "text");
	fx_write(env->dir, DIR "updates/v/a-2.bin", "text");
	fx_write(env->dir, DIR "v/b-1.bin", "text");
	fx_mkdir(env->dir, DIR "v/a-3.bin");
	fx_write(env->dir, DIR "v/sub/a-4.bin", "text");
	assert_int_equal(add(env, "v/a-*.bin"), 0);
	assert_true(has(env, DIR "v/a-1.bin"));
	assert_true(has(env, DIR "updates/v/a-2.bin"));
	assert_false(has(env, DIR "v/b-1.bin"));
	assert_int_equal(env->fw.nr, 2);
}

/* Make @path with the text "firmware", packed. */
static void put_packed(const struct env *env, const char *packer, const char *path)
{
	if (fx_shell("command -v %s", packer))
		skip();
	fx_write(env->dir, path, "firmware");
	assert_int_equal(fx_shell("%s '%s%s' && rm -f '%s%s'", packer, env->dir, path,
				  env->dir, path),
			 0);
}

TEST(add__compressed_and_the_kernel_takes_that__as_it_is)
{
	struct env *env = *state;

	put_packed(env, "xz --check=crc32", DIR "a.bin");
	put_packed(env, "zstd -q", DIR "b.bin");
	env->fw.takes_xz = env->fw.takes_zstd = true;
	assert_int_equal(add(env, "a.bin"), 0);
	assert_int_equal(add(env, "b.*"), 0);
	assert_true(has(env, DIR "a.bin.xz"));
	assert_true(has(env, DIR "b.bin.zst"));
	assert_false(has(env, DIR "a.bin"));
}

TEST(add__compressed_and_the_kernel_does_not_take_that__unpacked)
{
	struct env *env = *state;
	const struct plan_entry *entry;

	put_packed(env, "xz --check=crc32", DIR "a.bin");
	env->fw.takes_zstd = true;
	assert_int_equal(add(env, "a.bin"), 0);
	assert_false(has(env, DIR "a.bin.xz"));
	entry = find(env, DIR "a.bin");
	assert_non_null(entry);
	assert_int_equal(entry->size, strlen("firmware"));
	assert_memory_equal(entry->data, "firmware", entry->size);
	assert_int_equal(env->fw.size, entry->size);
}

TEST(add__beside_a_compressed_one__the_plain_one)
{
	struct env *env = *state;

	put_packed(env, "zstd -q", DIR "updates/a.bin");
	fx_write(env->dir, DIR "a.bin", "plain");
	env->fw.takes_zstd = true;
	assert_int_equal(add(env, "a.bin"), 0);
	assert_true(has(env, DIR "a.bin"));
	assert_false(has(env, DIR "updates/a.bin.zst"));
}

TEST(add__damaged__error_and_its_path)
{
	struct env *env = *state;
	_cleanup_free_ char *path = NULL;

	fx_write(env->dir, DIR "a.bin.xz", "no xz");
	assert_int_equal(
		modfw_add(&env->fw, "a.bin", (struct plan_reason){ -1, "x" }, &path),
		-EBADMSG);
	assert_string_equal(path, DIR "a.bin.xz");
}

TEST(add__name_that_leads_elsewhere__enoent)
{
	struct env *env = *state;

	fx_write(env->dir, "/etc/shadow", "secret");
	fx_mkdir(env->dir, DIR "x");
	assert_int_equal(add(env, "../../etc/shadow"), -ENOENT);
	assert_int_equal(add(env, "x/../../../etc/shadow"), -ENOENT);
	assert_int_equal(add(env, "../../etc/*"), -ENOENT);
	assert_int_equal(add(env, "/etc/shadow"), -ENOENT);
	assert_int_equal(add(env, ""), -ENOENT);
	assert_int_equal(env->plan.nr, 0);
}

TEST(add__filtered__fine_and_left_out)
{
	struct env *env = *state;

	fx_write(env->dir, DIR "a.bin", "text");
	plan_filter(&env->plan, "/lib/firmware");
	assert_int_equal(add(env, "a.bin"), 0);
	assert_int_equal(env->fw.size, 0);
	assert_false(has(env, DIR "a.bin"));
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

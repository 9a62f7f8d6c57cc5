// SPDX-License-Identifier: GPL-2.0-or-later
/* tree: a directory of the host with all below it as entries of a plan. */
#include "elf_fixture.h"

#include "closure/tree.h"

struct env {
	char *dir;
	struct sysroot root;
	struct plan plan;
	struct report report;
	struct strvec files; /* that tree_add() told of */
};

static const struct plan_reason asked = { -1, "asked for" };

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

	plan_release(&env->plan);
	report_release(&env->report);
	strvec_release(&env->files);
	sysroot_release(&env->root);
	fx_remove(env->dir);
	free(env);
	return 0;
}

static void note_file(void *ctx, int index, const char *source, const struct stat *st)
{
	struct env *env = ctx;

	strvec_pushf(&env->files, "%s %s %d", env->plan.entries[index].path, source,
		     (int)st->st_size);
}

static int add(struct env *env, const char *path, const char *source)
{
	return tree_add(&env->plan, path, &env->root, source, asked, note_file, env,
			&env->report);
}

static const struct plan_entry *entry_at(const struct env *env, const char *path)
{
	int index = plan_find(&env->plan, path);

	assert_true(index >= 0);
	return &env->plan.entries[index];
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, teardown)

TEST(tree_add__files_and_dirs__in_byte_order)
{
	static const char *const paths[] = {
		"/t", "/t/B", "/t/a", "/t/a/1", "/t/a/2", "/t/b",
	};
	struct env *env = *state;

	fx_write(env->dir, "/src/b", "x");
	fx_write(env->dir, "/src/a/2", "x");
	fx_write(env->dir, "/src/a/1", "x");
	fx_write(env->dir, "/src/B", "x");
	assert_int_equal(add(env, "/t", "/src"), 0);
	assert_int_equal(env->plan.nr, ARRAY_SIZE(paths));
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_string_equal(env->plan.entries[i].path, paths[i]);
}

TEST(tree_add__file__metadata_of_the_source)
{
	struct env *env = *state;
	const struct plan_entry *entry;
	const struct timespec times[2] = { { 1000, 0 }, { 2000, 0 } };

	fx_write(env->dir, "/src/f", "12345");
	fx_chmod(env->dir, "/src/f", 0640);
	utimensat(AT_FDCWD, fx_at(env->dir, "/src/f"), times, 0);
	assert_int_equal(add(env, "/t", "/src"), 0);
	entry = entry_at(env, "/t/f");
	assert_int_equal(entry->kind, PLAN_FILE);
	assert_int_equal(entry->mode, 0640);
	assert_int_equal(entry->size, 5);
	assert_int_equal(entry->mtime, 2000);
	assert_int_equal(entry->uid, geteuid());
	assert_string_equal(entry->text, "/src/f");
}

TEST(tree_add__directory__its_mode)
{
	struct env *env = *state;

	fx_mkdir(env->dir, "/src/d");
	fx_chmod(env->dir, "/src/d", 0700);
	assert_int_equal(add(env, "/t", "/src"), 0);
	assert_int_equal(entry_at(env, "/t/d")->kind, PLAN_DIR);
	assert_int_equal(entry_at(env, "/t/d")->mode, 0700);
}

TEST(tree_add__links__stay_links)
{
	struct env *env = *state;

	fx_mkdir(env->dir, "/src/d");
	fx_symlink(env->dir, "/src/abs", "/etc/passwd");
	fx_symlink(env->dir, "/src/dir", "d");
	fx_symlink(env->dir, "/src/broken", "nowhere");
	fx_symlink(env->dir, "/src/self", ".");
	assert_int_equal(add(env, "/t", "/src"), 0);
	assert_int_equal(entry_at(env, "/t/abs")->kind, PLAN_LINK);
	assert_string_equal(entry_at(env, "/t/abs")->text, "/etc/passwd");
	assert_string_equal(entry_at(env, "/t/dir")->text, "d");
	assert_string_equal(entry_at(env, "/t/broken")->text, "nowhere");
	assert_int_equal(env->plan.nr, 6);
}

TEST(tree_add__hard_links__are_one_file)
{
	struct env *env = *state;

	fx_write(env->dir, "/src/a", "x");
	assert_int_equal(link(fx_at(env->dir, "/src/a"), fx_at(env->dir, "/src/b")), 0);
	assert_int_equal(add(env, "/t", "/src"), 0);
	assert_true(entry_at(env, "/t/a")->ino);
	assert_int_equal(entry_at(env, "/t/a")->ino, entry_at(env, "/t/b")->ino);
}

TEST(tree_add__fifo__left_out)
{
	struct env *env = *state;

	fx_write(env->dir, "/src/a", "x");
	assert_int_equal(mkfifo(fx_at(env->dir, "/src/fifo"), 0600), 0);
	assert_int_equal(add(env, "/t", "/src"), 0);
	assert_int_equal(plan_find(&env->plan, "/t/fifo"), -1);
	assert_int_equal(env->report.errors.nr, 0);
}

TEST(tree_add__filtered_directory__not_entered)
{
	struct env *env = *state;

	fx_write(env->dir, "/src/no/x", "x");
	fx_write(env->dir, "/src/yes/x", "x");
	plan_filter(&env->plan, "/t/no");
	assert_int_equal(add(env, "/t", "/src"), 0);
	assert_int_equal(plan_find(&env->plan, "/t/no"), -1);
	assert_true(plan_find(&env->plan, "/t/yes/x") >= 0);
}

TEST(tree_add__entry_there_before__stays_and_is_not_told)
{
	struct env *env = *state;

	fx_write(env->dir, "/src/a", "x");
	fx_write(env->dir, "/src/b", "xy");
	plan_add_data(&env->plan, "/t/a", 0644, "first", 5, asked);
	assert_int_equal(add(env, "/t", "/src"), 0);
	assert_int_equal(entry_at(env, "/t/a")->kind, PLAN_DATA);
	assert_int_equal(env->files.nr, 1);
	assert_string_equal(env->files.v[0], "/t/b /src/b 2");
}

TEST(tree_add__as_the_root__paths_have_one_slash)
{
	struct env *env = *state;

	fx_write(env->dir, "/src/a/b", "x");
	assert_int_equal(add(env, "/", "/src"), 0);
	assert_string_equal(entry_at(env, "/a/b")->text, "/src/a/b");
}

TEST(tree_add__of_the_whole_root__sources_have_one_slash)
{
	struct env *env = *state;

	fx_write(env->dir, "/a/b", "x");
	assert_int_equal(add(env, "/t", "/"), 0);
	assert_string_equal(entry_at(env, "/t/a/b")->text, "/a/b");
}

TEST(tree_add__odd_names__kept)
{
	struct env *env = *state;

	fx_write(env->dir, "/src/a b", "x");
	fx_write(env->dir, "/src/new\nline", "x");
	fx_write(env->dir, "/src/\xc3\xa4\xff", "x");
	fx_write(env->dir, "/src/...", "x");
	assert_int_equal(add(env, "/t", "/src"), 0);
	assert_true(plan_find(&env->plan, "/t/a b") >= 0);
	assert_true(plan_find(&env->plan, "/t/new\nline") >= 0);
	assert_true(plan_find(&env->plan, "/t/\xc3\xa4\xff") >= 0);
	assert_true(plan_find(&env->plan, "/t/...") >= 0);
}

TEST(tree_add__not_there__reported)
{
	struct env *env = *state;

	assert_int_equal(add(env, "/t", "/none"), -ENOENT);
	assert_true(fx_said(&env->report.errors, "'/none'"));
	assert_int_equal(env->plan.nr, 0);
}

TEST(tree_add__unreadable_directory__reported_and_the_rest_added)
{
	struct env *env = *state;

	if (geteuid() == 0) {
		print_message("# root reads every directory\n");
		skip();
	}
	fx_mkdir(env->dir, "/src/a");
	fx_write(env->dir, "/src/b", "x");
	fx_chmod(env->dir, "/src/a", 0);
	assert_int_equal(add(env, "/t", "/src"), -EACCES);
	fx_chmod(env->dir, "/src/a", 0700);
	assert_true(fx_said(&env->report.errors, "'/src/a'"));
	assert_true(plan_find(&env->plan, "/t/b") >= 0);
}

/* below /t/a nothing can be put, as /t/a is a file already: no crash, no loop */
TEST(tree_add__file_in_the_way__the_rest_is_added)
{
	struct env *env = *state;

	fx_write(env->dir, "/src/a/x", "x");
	fx_write(env->dir, "/src/b", "x");
	plan_add_data(&env->plan, "/t/a", 0644, "file", 4, asked);
	add(env, "/t", "/src");
	assert_int_equal(entry_at(env, "/t/a")->kind, PLAN_DATA);
	assert_true(plan_find(&env->plan, "/t/b") >= 0);
	assert_int_equal(plan_find(&env->plan, "/t/a/x"), -1);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* moddb: the module database of an image, of what is in it and no more. */
#include "mod_fixture.h"

#include <dirent.h>

#include "kernel/moddb.h"

static const struct fx_module all_modules[] = {
	{ .path = "kernel/lib/base.ko", .exports = "base_fn" },
	{ .path = "kernel/fs/top.ko",
	  .imports = "base_fn",
	  .alias = "fs-top",
	  .softdep = "pre: base" },
	{ .path = "kernel/other.ko", .alias = "fs-other" },
};

static const char builtin[] = "kernel/bi.ko\n";
static const char builtin_info[] = "bi.license=GPL\0bi.alias=bi-alias\0";

struct env {
	char *dir, *moddir, *tmp;
	struct modules *modules;
	struct plan plan;
	struct report report;
	struct moddb db;
};

static const struct plan_reason asked = { -1, "asked for" };

static int setup(void **state)
{
	struct env *env = xcalloc(1, sizeof(*env));
	struct modcat *cat;

	env->dir = fx_root();
	fx_modules(env->dir, all_modules, ARRAY_SIZE(all_modules), builtin, builtin_info,
		   sizeof(builtin_info) - 1);
	env->moddir = xasprintf("%s" FX_MODDIR, env->dir);
	env->tmp = xasprintf("%s/tmp", env->dir);
	env->db = (struct moddb)MODDB_INIT;
	assert_int_equal(modcat_open_installed(&cat, env->moddir), 0);
	env->modules = modules_new(cat, NULL);
	*state = env;
	return 0;
}

static int teardown(void **state)
{
	struct env *env = *state;

	moddb_release(&env->db);
	modules_free(env->modules);
	plan_release(&env->plan);
	report_release(&env->report);
	fx_remove(env->dir);
	free(env->moddir);
	free(env->tmp);
	free(env);
	return 0;
}

static void select_one(struct env *env, const char *name)
{
	char *why = NULL;

	assert_int_equal(modules_select(env->modules, name, 0, &why), 0);
}

static int start(struct env *env)
{
	return moddb_start(&env->db, env->modules, env->moddir, false, FX_RELEASE,
			   env->tmp, &env->report);
}

static int finish(struct env *env)
{
	return moddb_finish(&env->db, &env->plan, asked, &env->report);
}

/* The text of a file of the database; it is the plan's, and has an end by its size. */
static char *text_of(const struct env *env, const char *name)
{
	_cleanup_free_ char *path = xasprintf(FX_MODDIR "/%s", name);
	int index = plan_find(&env->plan, path);

	assert_true(index >= 0);
	assert_int_equal(env->plan.entries[index].kind, PLAN_DATA);
	return xstrndup(env->plan.entries[index].data, env->plan.entries[index].size);
}

static size_t files_in(const char *path)
{
	DIR *dir = opendir(path);
	size_t nr = 0;

	while (dir && readdir(dir))
		nr++;
	if (dir)
		closedir(dir);
	return nr > 2 ? nr - 2 : 0;
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, teardown)

TEST(moddb__selected_modules__are_in_it_with_dependencies)
{
	struct env *env = *state;
	_cleanup_free_ char *dep = NULL, *alias = NULL, *soft = NULL;

	select_one(env, "top");
	assert_int_equal(start(env), 0);
	assert_int_equal(finish(env), 0);
	dep = text_of(env, "modules.dep");
	alias = text_of(env, "modules.alias");
	soft = text_of(env, "modules.softdep");
	assert_non_null(strstr(dep, "kernel/fs/top.ko: kernel/lib/base.ko\n"));
	assert_non_null(strstr(dep, "kernel/lib/base.ko:\n"));
	assert_non_null(strstr(alias, "fs-top"));
	assert_non_null(strstr(soft, "softdep top pre: base"));
	free(text_of(env, "modules.dep.bin"));
	free(text_of(env, "modules.alias.bin"));
}

TEST(moddb__other_modules__are_not_in_it)
{
	struct env *env = *state;
	_cleanup_free_ char *dep = NULL, *alias = NULL;

	select_one(env, "top");
	assert_int_equal(start(env), 0);
	assert_int_equal(finish(env), 0);
	dep = text_of(env, "modules.dep");
	alias = text_of(env, "modules.alias");
	assert_null(strstr(dep, "other"));
	assert_null(strstr(alias, "other"));
}

TEST(moddb__builtin_modules__are_known)
{
	struct env *env = *state;
	_cleanup_free_ char *text = NULL;

	select_one(env, "bi");
	assert_int_equal(start(env), 0);
	assert_int_equal(finish(env), 0);
	text = text_of(env, "modules.builtin");
	assert_non_null(strstr(text, "kernel/bi.ko"));
	free(text_of(env, "modules.builtin.bin"));
}

TEST(moddb__made_twice__same_bytes)
{
	struct env *env = *state;
	struct plan first = PLAN_INIT;

	select_one(env, "top");
	assert_int_equal(start(env), 0);
	assert_int_equal(moddb_finish(&env->db, &first, asked, &env->report), 0);
	moddb_release(&env->db);
	assert_int_equal(start(env), 0);
	assert_int_equal(finish(env), 0);
	assert_int_equal(first.nr, env->plan.nr);
	for (size_t i = 0; i < first.nr; i++) {
		const struct plan_entry *a = &first.entries[i],
					*b = &env->plan.entries[i];

		assert_string_equal(a->path, b->path);
		if (a->kind != PLAN_DATA)
			continue;
		assert_int_equal(a->size, b->size);
		assert_memory_equal(a->data, b->data, a->size);
	}
	plan_release(&first);
}

TEST(moddb_release__after_all__leaves_nothing_behind)
{
	struct env *env = *state;

	select_one(env, "top");
	assert_int_equal(start(env), 0);
	assert_int_equal(files_in(env->tmp), 1);
	assert_int_equal(finish(env), 0);
	moddb_release(&env->db);
	assert_int_equal(files_in(env->tmp), 0);
	/* the modules themselves were only links there */
	assert_true(fx_exists(env->dir, FX_MODDIR "/kernel/fs/top.ko"));
}

TEST(moddb_release__depmod_still_runs__leaves_nothing_behind)
{
	struct env *env = *state;

	select_one(env, "top");
	assert_int_equal(start(env), 0);
	moddb_release(&env->db);
	assert_int_equal(files_in(env->tmp), 0);
}

TEST(moddb_start__no_place_to_work__reported)
{
	struct env *env = *state;

	select_one(env, "top");
	fx_write(env->dir, "/tmp", "a file");
	assert_true(start(env) < 0);
	assert_true(fx_said(&env->report.errors, env->tmp));
}

TEST(moddb_finish__not_started__adds_nothing)
{
	struct env *env = *state;

	assert_int_equal(finish(env), 0);
	assert_int_equal(env->plan.nr, 0);
}

/* The same modules as a build has them, selected; modules.order is of today's form. */
static void use_tree(struct env *env)
{
	struct modcat *cat = NULL;

	fx_built_modules(env->dir, "/o", all_modules, ARRAY_SIZE(all_modules));
	modules_free(env->modules);
	assert_int_equal(modcat_open_tree(&cat, fx_at(env->dir, "/o"), FX_RELEASE, true),
			 0);
	env->modules = modules_new(cat, NULL);
	select_one(env, "top");
	select_one(env, "base");
}

static int start_tree(struct env *env, const char *dir)
{
	return moddb_start(&env->db, env->modules, dir, true, FX_RELEASE, env->tmp,
			   &env->report);
}

TEST(moddb__tree__order_and_dependencies_of_what_is_selected)
{
	struct env *env = *state;
	_cleanup_free_ char *order = NULL, *dep = NULL;

	use_tree(env);
	assert_int_equal(start_tree(env, fx_at(env->dir, "/o")), 0);
	assert_int_equal(finish(env), 0);
	order = text_of(env, "modules.order");
	dep = text_of(env, "modules.dep");
	assert_string_equal(order,
			    "kernel/kernel/lib/base.ko\nkernel/kernel/fs/top.ko\n");
	assert_non_null(
		strstr(dep, "kernel/kernel/fs/top.ko: kernel/kernel/lib/base.ko\n"));
	assert_null(strstr(dep, "other"));
}

TEST(moddb__tree__its_builtin_modules_are_known)
{
	struct env *env = *state;
	_cleanup_free_ char *text = NULL;

	use_tree(env);
	fx_write(env->dir, "/o/modules.builtin", builtin);
	fx_write_bytes(env->dir, "/o/modules.builtin.modinfo", builtin_info,
		       sizeof(builtin_info) - 1);
	assert_int_equal(start_tree(env, fx_at(env->dir, "/o")), 0);
	assert_int_equal(finish(env), 0);
	text = text_of(env, "modules.builtin");
	assert_string_equal(text, builtin);
	free(text_of(env, "modules.builtin.alias.bin"));
	assert_int_equal(plan_find(&env->plan, FX_MODDIR "/modules.builtin.modinfo"), -1);
}

TEST(moddb__tree_without_lists_or_none__made_all_the_same)
{
	struct env *env = *state;

	use_tree(env);
	unlink(fx_at(env->dir, "/o/modules.order"));
	assert_int_equal(start_tree(env, fx_at(env->dir, "/o")), 0);
	assert_int_equal(finish(env), 0);
	moddb_release(&env->db);
	assert_int_equal(start_tree(env, NULL), 0);
	assert_int_equal(finish(env), 0);
	free(text_of(env, "modules.dep.bin"));
}

TEST(moddb__broken_module__not_in_it)
{
	struct env *env = *state;
	_cleanup_free_ char *order = NULL, *dep = NULL, *why = NULL;

	use_tree(env);
	assert_int_equal(unlink(fx_at(env->dir, "/o/kernel/other.ko")), 0);
	assert_int_equal(modules_select(env->modules, "other", 0, &why), -EBADMSG);
	assert_int_equal(start_tree(env, fx_at(env->dir, "/o")), 0);
	assert_int_equal(finish(env), 0);
	order = text_of(env, "modules.order");
	dep = text_of(env, "modules.dep");
	assert_null(strstr(order, "other"));
	assert_null(strstr(dep, "other"));
}

DEFINE_TEST(moddb_image_path__place__below_lib_modules)
{
	_cleanup_free_ char *path = moddb_image_path("6.1", "kernel/fs/a.ko");

	assert_string_equal(path, "/lib/modules/6.1/kernel/fs/a.ko");
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A root directory, and the closure of what is asked for in it. */
#ifndef RAPIDO_CLOSURE_FIXTURE_H
#define RAPIDO_CLOSURE_FIXTURE_H

#include "elf_fixture.h"

#include "closure/closure.h"

struct env {
	char *dir;
	struct sysroot root;
	struct plan plan;
	struct report report;
	struct closure *closure; /* made by the first request */
};

static inline int setup(void **state)
{
	struct env *env = xcalloc(1, sizeof(*env));

	env->dir = fx_root();
	assert_int_equal(sysroot_init(&env->root, env->dir), 0);
	*state = env;
	return 0;
}

/* A root with a dynamic linker, on a merged-/usr host. */
static inline int setup_merged(void **state)
{
	struct env *env;

	setup(state);
	env = *state;
	fx_mkdir(env->dir, "/usr/bin");
	fx_symlink(env->dir, "/bin", "usr/bin");
	fx_symlink(env->dir, "/lib", "usr/lib");
	fx_symlink(env->dir, "/lib64", "usr/lib64");
	FX_LIBRARY(env->dir, "/usr/lib64/ld-linux-x86-64.so.2");
	return 0;
}

static inline int teardown(void **state)
{
	struct env *env = *state;

	closure_free(env->closure);
	plan_release(&env->plan);
	report_release(&env->report);
	sysroot_release(&env->root);
	fx_remove(env->dir);
	free(env);
	return 0;
}

static inline struct closure *closure_of(struct env *env)
{
	if (!env->closure)
		env->closure = closure_new(&env->root, &env->plan, &env->report);
	return env->closure;
}

static inline struct closure_request request_for(const char *name)
{
	return (struct closure_request){ .name = name, .reason = { -1, "asked for" } };
}

static inline int add_program(struct env *env, const char *name)
{
	const struct closure_request request = request_for(name);

	return closure_add_program(closure_of(env), &request);
}

static inline int add_library(struct env *env, const char *name)
{
	const struct closure_request request = request_for(name);

	return closure_add_library(closure_of(env), &request);
}

static const struct plan_entry *entry_at(const struct env *env, const char *path)
{
	for (size_t i = 0; i < env->plan.nr; i++)
		if (streq(env->plan.entries[i].path, path))
			return &env->plan.entries[i];
	return NULL;
}

/* By the path as stored: links of the plan are not followed. */
static inline bool has(const struct env *env, const char *path)
{
	return entry_at(env, path) != NULL;
}

static inline bool has_link(const struct env *env, const char *path, const char *target)
{
	const struct plan_entry *entry = entry_at(env, path);

	return entry && entry->kind == PLAN_LINK && streq(entry->text, target);
}

static inline void assert_fine(const struct env *env)
{
	for (size_t i = 0; i < env->report.errors.nr; i++)
		print_message("# error: %s\n", env->report.errors.v[i]);
	assert_int_equal(env->report.errors.nr, 0);
	assert_int_equal(env->report.warnings.nr, 0);
}

#define TEST(fn)       DEFINE_TEST_WITH(fn, setup_merged, teardown)
#define TEST_EMPTY(fn) DEFINE_TEST_WITH(fn, setup, teardown)

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a cut needs: a directory with a test of one manifest, settings, and a kernel. The
 * programs are this host's, as they are for users.
 */
#ifndef RAPIDO_CUT_FIXTURE_H
#define RAPIDO_CUT_FIXTURE_H

#include "mod_fixture.h"

#include "cut/cut.h"
#include "vm/backend.h"

#define KERNEL_IMAGE "/boot/vmlinuz-" FX_RELEASE

struct env {
	char *dir;
	struct dirs dirs;
	struct conf conf;
	struct cut_request request;
	char *manifest, *tmp;
	char *kernel; /* for request.kernel, if it is not @dir */
	struct cut cut;
	bool cut_done;
};

/* A kernel's first bytes, as the boot protocol of the machine has them. */
static inline void write_kernel(const char *root, const char *path, bool arm)
{
	char image[0x300] = { 0 };

	if (arm) {
		memcpy(image + 56, "ARM\x64", 4);
	} else {
		memcpy(image + 0x1fe, "\x55\xaa", 2);
		memcpy(image + 0x202, "HdrS", 4);
	}
	fx_write_bytes(root, path, image, sizeof(image));
}

/* With a kernel that has no modules yet. */
static inline struct env *env_new(void)
{
	struct env *env = xcalloc(1, sizeof(*env));
	const struct arch *native = arch_native();

	env->dir = fx_root();
	write_kernel(env->dir, KERNEL_IMAGE, native && !streq(native->name, "x86"));
	fx_mkdir(env->dir, "/rapido/cut");
	env->dirs = (struct dirs){
		.rapido_dir = xstrdup(fx_at(env->dir, "/rapido")),
		.exe_dir = xstrdup(fx_at(env->dir, "/rapido")),
		.data = xstrdup(fx_at(env->dir, "/data")),
		.config = xstrdup(fx_at(env->dir, "/config")),
		.state = xstrdup(fx_at(env->dir, "/state")),
		.cache = xstrdup(fx_at(env->dir, "/cache")),
	};
	conf_init(&env->conf, &env->dirs);
	env->manifest = xstrdup(fx_at(env->dir, "/rapido/cut/demo.fest"));
	env->tmp = xstrdup(fx_at(env->dir, "/tmp"));
	env->request = (struct cut_request){
		.conf = &env->conf,
		.dirs = &env->dirs,
		.test = "demo",
		.manifest = env->manifest,
		.kernel = env->dir,
		.tmp = env->tmp,
		.vm_missing = backend_missing,
	};
	return env;
}

static inline int env_teardown(void **state)
{
	struct env *env = *state;

	if (env->cut_done)
		cut_release(&env->cut);
	conf_release(&env->conf);
	dirs_release(&env->dirs);
	fx_remove(env->dir);
	free(env->manifest);
	free(env->tmp);
	free(env->kernel);
	free(env);
	return 0;
}

/* Cut the manifest with the lines @text, of which the first is line 1. */
static inline int cut(struct env *env, const char *text)
{
	fx_write(env->dir, "/rapido/cut/demo.fest", text);
	if (env->cut_done)
		cut_release(&env->cut);
	env->cut_done = true;
	env->cut = (struct cut)CUT_INIT;
	return cut_resolve(&env->cut, &env->request);
}

static inline void assert_cut(struct env *env, const char *text)
{
	int err = cut(env, text);

	for (size_t i = 0; i < env->cut.report.errors.nr; i++)
		print_message("# error: %s\n", env->cut.report.errors.v[i]);
	assert_int_equal(err, 0);
}

static inline const struct plan_entry *find(const struct env *env, const char *path)
{
	int index = plan_find(&env->cut.plan, path);

	return index < 0 ? NULL : &env->cut.plan.entries[index];
}

static inline bool has(const struct env *env, const char *path)
{
	return find(env, path) != NULL;
}

/* The contents of an entry that rapido made. Heap. */
static inline char *text_at(const struct env *env, const char *path)
{
	const struct plan_entry *entry = find(env, path);

	assert_non_null(entry);
	assert_int_equal(entry->kind, PLAN_DATA);
	return xstrndup(entry->data, entry->size);
}

static inline bool said(const struct env *env, const char *text)
{
	return fx_said(&env->cut.report.errors, text);
}

#endif

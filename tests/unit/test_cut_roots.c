// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cut with two roots: what the user names and the kernel's part come from the host, the
 * guest's programs and libraries from the sysroot. Each test has a decoy at the other
 * place.
 */
#include "cut_fixture.h"

struct roots {
	struct env *env;
	char *sysroot; /* a directory that lies in the fixture's */
};

static int setup(void **state)
{
	/* of every image */
	static const char *const programs[] = { "bash", "mount", "setsid", "stty",
						"modprobe" };
	struct roots *roots = xcalloc(1, sizeof(*roots));
	struct env *env = env_new();
	const struct fx_module modules[] = {
		{ .path = "kernel/fs/demo-fs.ko", .firmware = "demo.bin" },
	};

	roots->env = env;
	fx_modules(env->dir, modules, ARRAY_SIZE(modules), "", NULL, 0);
	fx_mkdir(env->dir, "/sysroot");
	roots->sysroot = xstrdup(fx_at(env->dir, "/sysroot"));
	env->request.sysroot = roots->sysroot;
	fx_symlink(roots->sysroot, "/bin", "usr/bin");
	FX_LIBRARY(roots->sysroot, FX_INTERP);
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		_cleanup_free_ char *path = xasprintf("/usr/bin/%s", programs[i]);

		FX_PROGRAM(roots->sysroot, path);
	}
	*state = roots;
	return 0;
}

static int teardown(void **state)
{
	struct roots *roots = *state;

	*state = roots->env;
	free(roots->sysroot);
	free(roots);
	return env_teardown(state);
}

static void assert_from(const struct env *env, const char *path,
			const struct sysroot *root, const char *source)
{
	const struct plan_entry *entry = find(env, path);

	if (!entry)
		fail_msg("%s is not in it", path);
	assert_int_equal(entry->kind, PLAN_FILE);
	assert_int_equal(entry->root, root->fd);
	assert_string_equal(entry->text, source);
}

static void assert_from_host(const struct env *env, const char *path, const char *source)
{
	assert_from(env, path, &env->cut.host, source);
}

static void assert_from_sysroot(const struct env *env, const char *path)
{
	assert_from(env, path, &env->cut.sysroot, path);
}

/* What the host has as @path, but with other contents, in the sysroot. */
static void decoy(const struct roots *roots, const char *path)
{
	_cleanup_free_ char *source = xstrdup(fx_at(roots->env->dir, path));

	fx_write(roots->sysroot, source, "not this one\n");
}

#define TEST(name) DEFINE_TEST_WITH(name, setup, teardown)

TEST(cut__sysroot__programs_and_libraries_come_from_it)
{
	struct roots *roots = *state;
	struct env *env = roots->env;

	FX_PROGRAM(roots->sysroot, "/usr/bin/demo-only", .needed = { "libdemo.so.1" });
	FX_LIBRARY(roots->sysroot, "/usr/lib/libdemo.so.1");
	FX_LIBRARY(roots->sysroot, "/usr/lib/libextra.so.2");
	fx_write(roots->sysroot, "/usr/share/terminfo/l/linux", "terminal\n");
	assert_cut(env, "bin demo-only\nlib libextra.so.2\n");
	assert_from_sysroot(env, "/usr/bin/demo-only");
	assert_from_sysroot(env, "/usr/lib/libdemo.so.1");
	assert_from_sysroot(env, "/usr/lib/libextra.so.2");
	assert_from_sysroot(env, "/usr/bin/bash");
	assert_from_sysroot(env, FX_INTERP);
	assert_from_sysroot(env, "/usr/share/terminfo/l/linux");
}

TEST(cut__sysroot__program_that_only_the_host_has_is_missing)
{
	struct roots *roots = *state;

	assert_int_equal(cut(roots->env, "bin ls\n"), -EINVAL);
	assert_true(said(roots->env, "cannot find binary 'ls'"));
}

TEST(cut__sysroot__what_the_user_names_comes_from_the_host)
{
	struct roots *roots = *state;
	struct env *env = roots->env;
	_cleanup_free_ char *one = xstrdup(fx_at(env->dir, "/rapido/autorun/one.sh"));
	_cleanup_free_ char *extra = xstrdup(fx_at(env->dir, "/extra.sh"));
	_cleanup_free_ char *data = xstrdup(fx_at(env->dir, "/rapido/data.txt"));
	_cleanup_free_ char *inside = xstrdup(fx_at(env->dir, "/rapido/dir/inside"));
	const struct cut_script script = { .path = extra };

	fx_write(env->dir, "/rapido/autorun/one.sh", "echo 1\n");
	fx_write(env->dir, "/extra.sh", "echo 2\n");
	fx_write(env->dir, "/rapido/data.txt", "data\n");
	fx_write(env->dir, "/rapido/dir/inside", "more\n");
	decoy(roots, "/rapido/autorun/one.sh");
	decoy(roots, "/extra.sh");
	decoy(roots, "/rapido/data.txt");
	decoy(roots, "/rapido/dir/inside");
	env->request.scripts = &script;
	env->request.nr_scripts = 1;
	assert_cut(env, "autorun autorun/one.sh\nfile /etc/demo data.txt\n"
			"tree /srv dir\n");
	assert_from_host(env, "/rapido_autorun/000-one.sh", one);
	assert_from_host(env, "/rapido_autorun/001-extra.sh", extra);
	assert_from_host(env, "/etc/demo", data);
	assert_from_host(env, "/srv/inside", inside);
}

TEST(cut__sysroot__modules_come_from_the_kernel_on_the_host)
{
	static const char module[] = "/lib/modules/" FX_RELEASE "/kernel/fs/demo-fs.ko";
	struct roots *roots = *state;
	struct env *env = roots->env;
	_cleanup_free_ char *source = xstrdup(fx_at(env->dir, module));

	decoy(roots, module);
	fx_write(roots->sysroot, module, "not this one\n");
	fx_write(roots->sysroot, "/lib/firmware/demo.bin", "not this one\n");
	assert_cut(env, "kmod demo_fs\n");
	assert_from_host(env, module, source);
	assert_false(has(env, "/lib/firmware/demo.bin"));
}

TEST(cut__sysroot__program_of_the_user_runs_with_its_libraries)
{
	struct roots *roots = *state;
	struct env *env = roots->env;
	_cleanup_free_ char *tool = xstrdup(fx_at(env->dir, "/rapido/autorun/tool"));
	_cleanup_free_ char *snake = xstrdup(fx_at(env->dir, "/rapido/autorun/snake"));

	FX_PROGRAM(env->dir, "/rapido/autorun/tool", .needed = { "libdemo.so.1" });
	fx_write(env->dir, "/rapido/autorun/snake", "#!/usr/bin/demo-only\n");
	decoy(roots, "/rapido/autorun/tool");
	decoy(roots, "/rapido/autorun/snake");
	FX_LIBRARY(roots->sysroot, "/usr/lib/libdemo.so.1");
	FX_PROGRAM(roots->sysroot, "/usr/bin/demo-only");
	assert_cut(env, "autorun autorun/tool autorun/snake\n");
	assert_from_host(env, tool, tool);
	assert_from_host(env, snake, snake);
	assert_from_sysroot(env, "/usr/lib/libdemo.so.1");
	assert_from_sysroot(env, "/usr/bin/demo-only");
}

TEST(cut__sysroot_is_not_there__error_names_it)
{
	struct roots *roots = *state;

	roots->env->request.sysroot = "/nonexistent/sysroot";
	assert_int_equal(cut(roots->env, ""), -EINVAL);
	assert_true(said(roots->env, "cannot open '/nonexistent/sysroot'"));
}

TEST(cut__no_sysroot__all_of_it_is_this_hosts)
{
	struct roots *roots = *state;
	struct env *env = roots->env;

	env->request.sysroot = NULL;
	assert_cut(env, "bin ls\n");
	assert_true(has(env, "/usr/bin/ls"));
	assert_int_equal(find(env, "/usr/bin/ls")->root, env->cut.sysroot.fd);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

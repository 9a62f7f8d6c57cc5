// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cut: from a manifest to the plan of an image and the image itself. Programs are this
 * host's, as they are for users; tests, settings, kernel and modules are the fixture's.
 */

#include "cut_fixture.h"
#include "newc.h"

#include "cmd/cmd.h"
#include "lib/log.h"

static const struct fx_module all_modules[] = {
	{ .path = "kernel/virtio_ring.ko", .exports = "ring_fn" },
	{ .path = "kernel/virtio_pci.ko", .imports = "ring_fn" },
	{ .path = "kernel/virtio_blk.ko", .imports = "ring_fn" },
	{ .path = "kernel/fs/demo-fs.ko", .imports = "ring_fn", .alias = "fs-demo" },
	{ .path = "kernel/unused.ko" },
};

static const char builtin[] = "kernel/ext4.ko\n";
static const char builtin_info[] = "ext4.license=GPL\0";

static int setup(void **state)
{
	struct env *env = env_new();

	fx_modules(env->dir, all_modules, ARRAY_SIZE(all_modules), builtin, builtin_info,
		   sizeof(builtin_info) - 1);
	*state = env;
	return 0;
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, env_teardown)

TEST(cut__empty_manifest__what_every_image_has)
{
	static const char *const paths[] = {
		"/rdinit",	  "/rapido.rc",	 "/rapido.conf",   "/dev/console",
		"/proc",	  "/sys",	 "/dev",	   "/tmp",
		"/root",	  "/etc/passwd", "/bin/bash",	   "/bin/sh",
		"/sbin/poweroff", "/etc/hosts",	 "/etc/host.conf",
	};
	struct env *env = *state;

	assert_cut(env, "# nothing\n");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (!has(env, paths[i]))
			fail_msg("%s is not in it", paths[i]);
	}
	assert_int_equal(find(env, "/rdinit")->mode, 0755);
	assert_int_equal(find(env, "/tmp")->mode, 01777);
}

TEST(cut__kernel_of_another_machine__error_names_both)
{
	struct env *env = *state;
	const struct arch *native = arch_native();
	bool arm = !native || streq(native->name, "x86");
	_cleanup_free_ char *both = NULL;

	write_kernel(env->dir, KERNEL_IMAGE, arm);
	assert_int_equal(cut(env, ""), -EINVAL);
	assert_true(said(env, arm ? "is for aarch64" : "is for x86_64"));
	both = xasprintf("are for %s", native ? native->machine : "another");
	assert_true(said(env, both));
}

TEST(cut__nothing_runs_it__error_names_the_package)
{
	struct env *env = *state;
	const struct arch *native = arch_native();
	bool arm = !native || streq(native->name, "x86");
	_cleanup_free_ char *path = xstrdup(getenv("PATH"));

	write_kernel(env->dir, KERNEL_IMAGE, arm);
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(cut(env, ""), -EINVAL);
	setenv("PATH", path, 1);
	assert_true(said(env, arm ? "qemu-system-arm" : "qemu-system-x86"));
}

TEST(cut__no_resources_named__defaults)
{
	struct env *env = *state;

	assert_cut(env, "");
	assert_true(has(env, "/rapido-rsc/cpu/2"));
	assert_true(has(env, "/rapido-rsc/mem/512M"));
	assert_false(has(env, "/rapido-rsc/net"));
}

TEST(cut__resource_directives__first_of_a_kind)
{
	struct env *env = *state;

	assert_cut(env, "cpus 4\ncpus 8\nmemory 2G\nmemory 1G\nnetwork\n");
	assert_true(has(env, "/rapido-rsc/cpu/4"));
	assert_false(has(env, "/rapido-rsc/cpu/8"));
	assert_true(has(env, "/rapido-rsc/mem/2048M"));
	assert_true(has(env, "/rapido-rsc/net"));
}

TEST(cut__resources_as_paths__no_defaults_beside_them)
{
	struct env *env = *state;

	assert_cut(env, "file /rapido-rsc/cpu/8\nfile /rapido-rsc/mem/3g\n");
	assert_true(has(env, "/rapido-rsc/cpu/8"));
	assert_false(has(env, "/rapido-rsc/cpu/2"));
	assert_true(has(env, "/rapido-rsc/mem/3g"));
	assert_false(has(env, "/rapido-rsc/mem/512M"));
}

TEST(cut__autorun__numbered_over_includes_and_options)
{
	struct env *env = *state;
	_cleanup_free_ char *extra = NULL, *command = NULL;
	struct cut_script scripts[2] = { 0 };

	fx_write(env->dir, "/rapido/autorun/one.sh", "echo 1\n");
	fx_write(env->dir, "/rapido/autorun/two.sh", "echo 2\n");
	fx_write(env->dir, "/rapido/cut/more.fest", "autorun autorun/two.sh\n");
	fx_write(env->dir, "/extra.sh", "echo 3\n");
	extra = xstrdup(fx_at(env->dir, "/extra.sh"));
	scripts[0].command = "echo 'a command'";
	scripts[1].path = extra;
	env->request.scripts = scripts;
	env->request.nr_scripts = 2;
	assert_cut(env, "autorun autorun/one.sh\ninclude more\n"
			"autorun autorun/one.sh\n");
	assert_true(has(env, "/rapido_autorun/000-one.sh"));
	assert_true(has(env, "/rapido_autorun/001-two.sh"));
	assert_true(has(env, "/rapido_autorun/002-one.sh"));
	command = text_at(env, "/rapido_autorun/003-command");
	assert_string_equal(command, "echo 'a command'\n");
	assert_true(has(env, "/rapido_autorun/004-extra.sh"));
}

TEST(cut__scripts_that_are_none_for_a_shell__run)
{
	struct env *env = *state;
	_cleanup_free_ char *program = NULL, *perl = NULL, *run = NULL, *wanted = NULL;
	struct cut_script scripts[1] = { 0 };

	fx_write(env->dir, "/rapido/autorun/a.pl", "#!/usr/bin/perl -w\nprint 1;\n");
	assert_int_equal(fx_shell("cp /usr/bin/env '%s'", fx_at(env->dir, "/a prog")), 0);
	fx_chmod(env->dir, "/a prog", 0600);
	program = xstrdup(fx_at(env->dir, "/a prog"));
	perl = xstrdup(fx_at(env->dir, "/rapido/autorun/a.pl"));
	scripts[0].path = program;
	env->request.scripts = scripts;
	env->request.nr_scripts = 1;
	assert_cut(env, "autorun autorun/a.pl\n");
	run = text_at(env, "/rapido_autorun/001-a prog");
	wanted = xasprintf("'%s'\n", program);
	assert_string_equal(run, wanted);
	assert_int_equal(find(env, program)->mode & 0777, 0711);
	assert_int_equal(find(env, perl)->mode & 0111, 0111);
	assert_true(has(env, "/usr/bin/perl"));
}

TEST(cut__scripts_for_a_shell__sourced)
{
	static const char *const heads[] = {
		"",
		"#!/bin/bash -e\n",
		"#! /bin/sh\r\n",
		"#!/usr/bin/env bash\n",
		"#!/usr/bin/env -S A=b bash -x\n",
		"#!/usr/bin/env -S -u ENV bash -x\n",
		"#!/bin/busybox sh\n",
		"# !/usr/bin/perl\n",
	};
	struct env *env = *state;

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		_cleanup_free_ char *name = xasprintf("/rapido/autorun/%zu.sh", i);
		_cleanup_free_ char *line = xasprintf("%s:\n", heads[i]);

		fx_write(env->dir, name, line);
	}
	assert_cut(env, "autorun autorun/0.sh autorun/1.sh autorun/2.sh autorun/3.sh\n"
			"autorun autorun/4.sh autorun/5.sh autorun/6.sh autorun/7.sh\n");
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		_cleanup_free_ char *path =
			xasprintf("/rapido_autorun/%03zu-%zu.sh", i, i);

		assert_int_equal(find(env, path)->kind, PLAN_FILE);
	}
}

TEST(cut__program_that_the_vm_would_not_see__error)
{
	struct env *env = *state;
	char path[] = "/dev/shm/rapido-unit.XXXXXX";
	struct cut_script scripts[1] = { { .path = path } };
	int fd = mkstemp(path);

	if (fd < 0)
		skip();
	assert_int_equal(write(fd, "#!/usr/bin/awk\n", 15), 15);
	close(fd);
	env->request.scripts = scripts;
	env->request.nr_scripts = 1;
	assert_int_equal(cut(env, "\n"), -EINVAL);
	unlink(path);
	assert_true(said(env, path));
	assert_true(said(env, "copy it to another directory"));
}

TEST(cut__autorun__owner_and_time_of_the_checkout_do_not_matter)
{
	struct env *env = *state;
	const struct plan_entry *entry;

	fx_write(env->dir, "/rapido/autorun/one.sh", "echo 1\n");
	fx_chmod(env->dir, "/rapido/autorun/one.sh", 0600);
	assert_cut(env, "autorun autorun/one.sh\n");
	entry = find(env, "/rapido_autorun/000-one.sh");
	assert_int_equal(entry->mode, 0644);
	assert_int_equal(entry->uid, 0);
	assert_int_equal(entry->mtime, 0);
}

TEST(cut__relative_names__base_comes_first)
{
	struct env *env = *state;
	_cleanup_free_ char *base = xstrdup(fx_at(env->dir, "/checkout"));

	fx_write(env->dir, "/checkout/somewhere/one.sh", "echo 1\n");
	env->request.base = base;
	assert_cut(env, "autorun somewhere/one.sh\n");
	assert_true(has(env, "/rapido_autorun/000-one.sh"));
}

TEST(cut__file_tree_dir_slink__as_written)
{
	struct env *env = *state;
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *manifest = NULL;

	fx_write(env->dir, "/data/real", "contents");
	fx_symlink(env->dir, "/data/link", "real");
	fx_write(env->dir, "/data/tree/sub/leaf", "x");
	fx_symlink(env->dir, "/data/tree/l", "sub/leaf");
	manifest = xasprintf("file /a %s/data/link\nfile /empty\ntree /t %s/data/tree\n"
			     "dir /mnt/x\nslink /s some/where\n",
			     env->dir, env->dir);
	assert_cut(env, manifest);
	assert_int_equal(find(env, "/a")->kind, PLAN_FILE);
	assert_int_equal(find(env, "/a")->size, 8);
	text = text_at(env, "/empty");
	assert_string_equal(text, "");
	assert_true(has(env, "/t/sub/leaf"));
	assert_int_equal(find(env, "/t/l")->kind, PLAN_LINK);
	assert_int_equal(find(env, "/mnt/x")->kind, PLAN_DIR);
	assert_string_equal(find(env, "/s")->text, "some/where");
}

TEST(cut__filter_below_its_entry__holds_all_the_same)
{
	struct env *env = *state;
	_cleanup_free_ char *manifest = NULL;

	fx_write(env->dir, "/data/tree/no/x", "x");
	fx_write(env->dir, "/data/tree/yes/x", "x");
	manifest = xasprintf("tree /t %s/data/tree\nfilter /t/no\n", env->dir);
	assert_cut(env, manifest);
	assert_false(has(env, "/t/no"));
	assert_true(has(env, "/t/yes/x"));
}

TEST(cut__manifests_entry__wins_over_rapidos_own)
{
	struct env *env = *state;
	_cleanup_free_ char *text = NULL;

	assert_cut(env, "file /etc/passwd\n");
	text = text_at(env, "/etc/passwd");
	assert_string_equal(text, "");
}

TEST(cut__program__with_its_interpreter)
{
	struct env *env = *state;
	_cleanup_free_ char *manifest = NULL;

	fx_write(env->dir, "/tools/script", "#!/bin/sh\n");
	manifest = xasprintf("search %s/tools\nbin script\n", env->dir);
	assert_cut(env, manifest);
	assert_true(has(env, fx_at(env->dir, "/tools/script")));
	assert_int_equal(find(env, "/usr/local/bin/script")->kind, PLAN_LINK);
	assert_true(has(env, "/bin/sh"));
}

TEST(cut__settings__quoted_for_the_guest)
{
	struct env *env = *state;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(conf_parse(&env->conf, "rapido.conf", "CIFS_PW=\"it's $me\"\n",
				    &env->cut.report),
			 0);
	report_release(&env->cut.report);
	assert_cut(env, "");
	text = text_at(env, "/rapido.conf");
	assert_non_null(strstr(text, "CIFS_PW="));
	fx_write(env->dir, "/rapido.conf", text);
	assert_int_equal(fx_shell(". %s/rapido.conf; test \"$CIFS_PW\" = \"it's \\$me\"",
				  env->dir),
			 0);
}

TEST(cut__module__with_dependencies_and_database)
{
	struct env *env = *state;
	_cleanup_free_ char *dep = NULL;

	assert_cut(env, "kmod demo_fs\n");
	assert_true(has(env, FX_MODDIR "/kernel/fs/demo-fs.ko"));
	assert_true(has(env, FX_MODDIR "/kernel/virtio_ring.ko"));
	assert_false(has(env, FX_MODDIR "/kernel/unused.ko"));
	dep = text_at(env, FX_MODDIR "/modules.dep");
	assert_non_null(strstr(dep, "kernel/fs/demo-fs.ko: kernel/virtio_ring.ko"));
	assert_null(strstr(dep, "unused"));
}

TEST(cut__module__reasons_lead_to_the_manifest)
{
	struct env *env = *state;
	const struct plan_entry *ring, *demo;

	assert_cut(env, "\nkmod fs-demo\n");
	demo = find(env, FX_MODDIR "/kernel/fs/demo-fs.ko");
	ring = find(env, FX_MODDIR "/kernel/virtio_ring.ko");
	assert_string_equal(demo->why, "cut/demo.fest:2: kmod fs-demo");
	assert_string_equal(ring->why, "a dependency of demo_fs");
	assert_ptr_equal(&env->cut.plan.entries[ring->by], demo);
}

TEST(cut__builtin_or_tried_module__fine)
{
	struct env *env = *state;

	assert_cut(env, "kmod ext4\ntry-kmod nonesuch\n");
}

TEST(cut__unknown_module__error_names_line_and_kernel)
{
	struct env *env = *state;

	assert_int_equal(cut(env, "\n\nkmod nonesuch\n"), -EINVAL);
	assert_true(said(env, "cut/demo.fest:3: "));
	assert_true(said(env, "'nonesuch'"));
	assert_true(said(env, FX_RELEASE));
}

TEST(cut__module_but_none_installed__error)
{
	struct env *env = *state;
	const struct arch *native = arch_native();
	_cleanup_free_ char *kernel = xstrdup(fx_at(env->dir, "/alone/boot/vmlinuz-9.9"));

	write_kernel(env->dir, "/alone/boot/vmlinuz-9.9",
		     native && !streq(native->name, "x86"));
	env->request.kernel = kernel;
	assert_int_equal(cut(env, "kmod demo_fs\n"), -EINVAL);
	assert_true(said(env, "'demo_fs'"));
}

TEST(cut__disk__its_modules_in_the_order_to_load)
{
	struct env *env = *state;
	_cleanup_free_ char *list = NULL;

	assert_cut(env, "disk scratch 1G\n");
	assert_true(has(env, "/rapido-rsc/disk/scratch/1024M"));
	list = text_at(env, "/rapido-rsc/modules");
	assert_string_equal(list, FX_MODDIR "/kernel/virtio_ring.ko\n" FX_MODDIR
					    "/kernel/virtio_pci.ko\n" FX_MODDIR
					    "/kernel/virtio_blk.ko\n");
}

TEST(cut__much_is_missing__all_of_it_is_reported_at_once)
{
	struct env *env = *state;

	assert_int_equal(cut(env, "package demo-tools\n"
				  "bin no-such-program another-one\n"
				  "kmod no_such_module\n"
				  "autorun no_such.sh\n"
				  "file /x /no/such/file\n"
				  "tree /y /no/such/tree\n"
				  "lib libnosuch.so.1\n"),
			 -EINVAL);
	assert_int_equal(env->cut.report.errors.nr, 7);
	assert_true(said(env, "cut/demo.fest:2: cannot find binary 'no-such-program'"));
	assert_true(said(env, "'another-one'"));
	assert_true(said(env, "(package: demo-tools)"));
	assert_true(said(env, "'no_such_module'"));
	assert_true(said(env, "'no_such.sh'"));
	assert_true(said(env, "'/no/such/file'"));
	assert_true(said(env, "'/no/such/tree'"));
	assert_true(said(env, "'libnosuch.so.1'"));
}

TEST(cut__tried_and_missing__fine)
{
	assert_cut(*state, "try-bin no-such-program\ntry-lib libnosuch.so.1\n");
}

TEST(cut__manifest_with_errors__reported_with_lines)
{
	struct env *env = *state;

	assert_int_equal(cut(env, "foo bar\nneed NOT_SET where it is\nbin ${NOT_SET}\n"
				  "bin ${NOR_THIS}\n"),
			 -EINVAL);
	/* one that `need` misses is not missed again */
	assert_int_equal(env->cut.report.errors.nr, 3);
	assert_true(said(env, "cut/demo.fest:1: "));
	assert_true(said(env, "where it is"));
	assert_true(said(env, "cut/demo.fest:4: "));
}

TEST(cut__no_such_manifest__error)
{
	struct env *env = *state;

	env->request.manifest = "/nonexistent/x.fest";
	assert_int_equal(cut(env, ""), -EINVAL);
	assert_true(said(env, "'/nonexistent/x.fest'"));
}

TEST(cut__no_such_kernel__error)
{
	struct env *env = *state;

	env->request.kernel = "no-such-kernel";
	assert_int_equal(cut(env, ""), -EINVAL);
	assert_true(said(env, "'no-such-kernel'"));
}

TEST(cut__kernel_of_another_machine__error)
{
	struct env *env = *state;
	const struct arch *native = arch_native();

	write_kernel(env->dir, KERNEL_IMAGE, native && streq(native->name, "x86"));
	assert_int_equal(cut(env, ""), -EINVAL);
	assert_true(said(env, KERNEL_IMAGE));
}

static bool sparse(struct env *env, const char *path, off_t size)
{
	fx_write(env->dir, path, "");
	return truncate(fx_at(env->dir, path), size) == 0;
}

/* A header has 32 bits for the size: said before anything is written, by `check` too. */
TEST(cut__file_above_4_gib__error_names_line_and_file)
{
	struct env *env = *state;
	_cleanup_free_ char *text = xasprintf("dir /d\nfile /big %s/src/big\n", env->dir);

	if (!sparse(env, "/src/big", 5LL << 30))
		skip(); /* no such files here */
	assert_true(cut(env, text) < 0);
	assert_true(said(env, "demo.fest:2"));
	assert_true(said(env, "src/big' is larger than the 4 GiB"));
}

TEST(cut__more_than_a_vm_loads__error_says_how_much)
{
	struct env *env = *state;
	_cleanup_free_ char *text = xasprintf("tree /t %s/src\n", env->dir);

	if (!streq(arch_native()->name, "x86") || !sparse(env, "/src/a", 1500 << 20))
		skip();
	assert_int_equal(link(fx_at(env->dir, "/src/a"), fx_at(env->dir, "/src/b")), 0);
	assert_cut(env, text); /* it is one file */
	sparse(env, "/src/c", 1500 << 20);
	assert_true(cut(env, text) < 0);
	assert_true(said(env, "an initramfs can have at most 2047"));
}

TEST(cut__script_of_an_option_is_missing__error)
{
	struct env *env = *state;
	const struct cut_script script = { .path = "/no/such/script" };

	env->request.scripts = &script;
	env->request.nr_scripts = 1;
	assert_int_equal(cut(env, ""), -EINVAL);
	assert_true(said(env, "'/no/such/script'"));
}

/* Cut and write, with all temporary files gone afterwards; the image's bytes. */
static struct strbuf image_bytes(struct env *env, const char *manifest,
				 struct image_info *info)
{
	_cleanup_free_ char *path = xstrdup(fx_at(env->dir, "/image"));
	struct strbuf bytes;
	uint64_t size;
	int fd = -1;

	assert_cut(env, manifest);
	assert_int_equal(image_write(&env->cut.plan, path, &fd, &size), 0);
	if (info)
		assert_int_equal(image_read_info(info, fd, path), 0);
	bytes = file_bytes(fd);
	close(fd);
	return bytes;
}

TEST(cut__written__image_remembers_test_and_kernel)
{
	struct env *env = *state;
	struct image_info info;
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;
	struct newc entry;

	bytes = image_bytes(env, "kmod demo_fs\ncpus 3\n", &info);
	assert_string_equal(info.test, "demo");
	assert_string_equal(info.kernel, fx_at(env->dir, KERNEL_IMAGE));
	assert_string_equal(info.release, FX_RELEASE);
	assert_int_equal(info.cpus, 3);
	image_info_release(&info);
	assert_true(newc_find(&bytes, "rdinit", &entry));
	assert_memory_equal(bytes.buf + entry.data, "\177ELF", 4);
}

TEST(cut__append__image_remembers_all_words)
{
	struct env *env = *state;
	struct image_info info;
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;

	bytes = image_bytes(env, "append a=1 b\ncpus 3\nappend c=\"x y\"\n", &info);
	assert_string_equal(info.append, "a=1 b c=\"x y\"");
	image_info_release(&info);
}

TEST(cut__allowed_faults__image_remembers_them)
{
	struct env *env = *state;
	struct image_info info;
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;

	bytes = image_bytes(
		env, "allow-fault BUG: .* demo\ncpus 3\nallow-fault ^WARNING\n", &info);
	assert_int_equal(info.allow_faults.nr, 2);
	assert_string_equal(info.allow_faults.v[0], "BUG: .* demo");
	assert_string_equal(info.allow_faults.v[1], "^WARNING");
	image_info_release(&info);
}

TEST(cut__suite__image_remembers_it_and_sources_its_script_in_place)
{
	struct env *env = *state;
	struct image_info info;
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;

	fx_write(env->dir, "/rapido/autorun/one.sh", "echo 1\n");
	fx_write(env->dir, "/rapido/autorun/suite.sh", "suite_list() { :; }\n");
	bytes = image_bytes(env,
			    "case-timeout 90\nautorun autorun/one.sh\n"
			    "suite autorun/suite.sh\nautorun autorun/one.sh\n"
			    "case-timeout 7\n",
			    &info);
	assert_true(info.suite);
	assert_int_equal(info.case_timeout, 90);
	assert_int_equal(info.scripts, 3);
	image_info_release(&info);
	assert_non_null(memmem(bytes.buf, bytes.len, "001-suite.sh", 12));
}

TEST(cut__suite_that_is_missing_or_a_program__error)
{
	struct env *env = *state;

	assert_int_equal(cut(env, "suite no_such.sh\n"), -EINVAL);
	assert_true(said(env, "cut/demo.fest:1: cannot find suite script 'no_such.sh'"));
	fx_write(env->dir, "/rapido/autorun/suite.py", "#!/usr/bin/python3\n");
	assert_int_equal(cut(env, "suite autorun/suite.py\n"), -EINVAL);
	assert_true(said(env,
			 "'autorun/suite.py' cannot be a suite's script: it is not a "
			 "shell script"));
}

TEST(cut__written_twice__same_bytes)
{
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf one = STRBUF_INIT, two = STRBUF_INIT;

	one = image_bytes(env, "kmod demo_fs\nbin ls\n", NULL);
	two = image_bytes(env, "kmod demo_fs\nbin ls\n", NULL);
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.buf, two.buf, one.len);
}

TEST(cut_release__never_begun__standard_input_stays_open)
{
	struct cut cut = CUT_INIT;

	cut_release(&cut);
	cut_release(&cut);
	assert_return_code(fcntl(STDIN_FILENO, F_GETFD), errno);
}

/* The next file that is opened would take its place. */
static void assert_unknown_test_leaves_stdin(const struct env *env,
					     const struct command *command,
					     const char **argv)
{
	int argc = 0;

	setenv("HOME", env->dir, 1);
	setenv("RAPIDO_DIR", env->dirs.rapido_dir, 1);
	unsetenv("RAPIDO_CONF");
	while (argv[argc])
		argc++;
	assert_int_equal(command_run(command, argc, (char **)argv), 1);
	assert_return_code(fcntl(STDIN_FILENO, F_GETFD), errno);
}

TEST(check__unknown_test__standard_input_stays_open)
{
	const char *argv[] = { "check", "no-such-test", NULL };

	assert_unknown_test_leaves_stdin(*state, &cmd_check, argv);
}

TEST(why__unknown_test__standard_input_stays_open)
{
	const char *argv[] = { "why", "bash", "no-such-test", NULL };

	assert_unknown_test_leaves_stdin(*state, &cmd_why, argv);
}

/* With KUnit as a module, the others are only examined if they depend on it. */
TEST(kunit__installed_kernel__modules_that_depend_on_it)
{
	static const struct fx_module modules[] = {
		{ .path = "kernel/lib/kunit/kunit.ko", .exports = "kunit_fn" },
		{ .path = "kernel/lib/list-test.ko",
		  .imports = "kunit_fn",
		  .kunit = true,
		  .packer = "xz" },
		{ .path = "kernel/lib/helpers.ko", .imports = "kunit_fn" },
		{ .path = "kernel/lib/alone.ko", .kunit = true },
	};
	struct env *env = *state;
	_cleanup_free_ char *list = NULL;

	fx_modules(env->dir, modules, ARRAY_SIZE(modules), "", "", 0);
	assert_cut(env, "kunit *\n");
	list = text_at(env, IMAGE_KUNIT);
	assert_string_equal(list, "list_test\n");
	assert_true(has(env, FX_MODDIR "/kernel/lib/kunit/kunit.ko"));
}

int main(void)
{
	/* so that it is open to begin with */
	if (!freopen("/dev/null", "r", stdin))
		return 1;
	return run_defined_tests(NULL, NULL);
}

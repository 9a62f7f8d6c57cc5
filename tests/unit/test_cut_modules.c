// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cut: modules straight out of a build, and those that no kernel lists. What is asked of
 * an installed kernel is in test_cut.c.
 */
#include "cut_fixture.h"
#include "kconfig/needs.h"

#define VERMAGIC FX_RELEASE " SMP mod_unload "

/* As the build leaves them, below the tree. */
static const struct fx_module built_modules[] = {
	{ .path = "lib/base.ko", .exports = "base_fn", .vermagic = VERMAGIC },
	{ .path = "drivers/virtio/virtio_pci.ko", .vermagic = VERMAGIC },
	{ .path = "drivers/char/virtio_console.ko",
	  .depends = "base",
	  .imports = "base_fn",
	  .vermagic = VERMAGIC },
	{ .path = "drivers/block/virtio_blk.ko",
	  .depends = "base",
	  .imports = "base_fn",
	  .vermagic = VERMAGIC },
	{ .path = "fs/demo/demo-fs.ko",
	  .depends = "base",
	  .imports = "base_fn",
	  .alias = "fs-demo",
	  .softdep = "pre: bad",
	  .vermagic = VERMAGIC,
	  .debug = true },
	{ .path = "fs/bad.ko", .depends = "not_there", .vermagic = VERMAGIC },
	{ .path = "fs/old.ko", .vermagic = "5.4.0 SMP mod_unload " },
	{ .path = "fs/unused.ko",
	  .firmware = "rapido-fixture/unused.bin",
	  .vermagic = VERMAGIC },
	{ .path = "lib/list-test.ko", .vermagic = VERMAGIC, .kunit = true },
	{ .path = "fs/demo/demo-test.ko",
	  .depends = "demo_fs",
	  .vermagic = VERMAGIC,
	  .kunit = true },
	{ .path = "net/card.ko",
	  .firmware = "rapido-fixture/absent.bin",
	  .vermagic = VERMAGIC },
};

static const struct fx_module external = { .depends = "base",
					   .imports = "base_fn",
					   .debug = true };

/* A kernel tree with a finished build in it, which is what is cut for. */
static int setup(void **state)
{
	struct env *env = env_new();
	const struct arch *native = arch_native();
	_cleanup_free_ char *image =
		xasprintf("/linux/%s", native ? native->tree_images[0] : "none");

	fx_write(env->dir, "/linux/Kbuild", "");
	fx_write(env->dir, "/linux/init/Kconfig", "");
	fx_write(env->dir, "/linux/include/config/kernel.release", FX_RELEASE "\n");
	write_kernel(env->dir, image, native && !streq(native->name, "x86"));
	fx_built_modules(env->dir, "/linux", built_modules, ARRAY_SIZE(built_modules));
	fx_write(env->dir, "/linux/modules.builtin", "kernel/fs/ext4/ext4.ko\n");
	fx_write_bytes(env->dir, "/linux/modules.builtin.modinfo", "ext4.license=GPL",
		       sizeof("ext4.license=GPL"));
	env->kernel = xstrdup(fx_at(env->dir, "/linux"));
	env->request.kernel = env->kernel;
	*state = env;
	return 0;
}

static void set_conf(struct env *env, const char *key, const char *value)
{
	_cleanup_free_ char *text = xasprintf("%s=\"%s\"\n", key, value);
	struct report report = { 0 };

	assert_int_equal(conf_parse(&env->conf, "rapido.conf", text, &report), 0);
	report_release(&report);
}

/* EXTRA_MODULES is one or two directories of the fixture. */
static void set_extra(struct env *env, const char *one, const char *two)
{
	_cleanup_free_ char *value =
		xasprintf("%s%s%s%s%s", env->dir, one, two ? ":" : "",
			  two ? env->dir : "", two ? two : "");

	set_conf(env, "EXTRA_MODULES", value);
}

/* The cut fails, and one of the errors has all of this. */
static void assert_no_cut(struct env *env, const char *manifest, const char *part,
			  const char *other)
{
	assert_int_equal(cut(env, manifest), -EINVAL);
	for (size_t i = 0; i < env->cut.report.errors.nr; i++)
		if (strstr(env->cut.report.errors.v[i], part) &&
		    strstr(env->cut.report.errors.v[i], other))
			return;
	for (size_t i = 0; i < env->cut.report.errors.nr; i++)
		print_message("# error: %s\n", env->cut.report.errors.v[i]);
	fail_msg("no error has '%s' and '%s'", part, other);
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, env_teardown)

TEST(tree__module__stands_where_installed_ones_do)
{
	struct env *env = *state;
	const struct plan_entry *demo;

	assert_cut(env, "kmod demo_fs\n");
	demo = find(env, FX_MODDIR "/kernel/fs/demo/demo-fs.ko");
	assert_non_null(demo);
	assert_int_equal(demo->mode, 0644);
	assert_int_equal(demo->uid, 0);
	assert_int_equal(demo->mtime, 0);
	assert_string_equal(demo->why, "cut/demo.fest:1: kmod demo_fs");
	assert_true(has(env, FX_MODDIR "/kernel/lib/base.ko"));
	assert_false(has(env, FX_MODDIR "/kernel/fs/unused.ko"));
}

TEST(tree__modules__same_owner_and_mode_for_all)
{
	struct env *env = *state;
	const struct plan_entry *base;

	fx_chmod(env->dir, "/linux/lib/base.ko", 0600);
	assert_cut(env, "kmod base\n");
	base = find(env, FX_MODDIR "/kernel/lib/base.ko");
	assert_int_equal(base->mode, 0644);
	assert_int_equal(base->uid, 0);
	assert_int_equal(base->mtime, 0);
}

TEST(tree__database__of_what_is_in_the_image)
{
	struct env *env = *state;
	_cleanup_free_ char *dep = NULL, *order = NULL, *built = NULL, *alias = NULL;

	assert_cut(env, "kmod virtio_blk fs-demo ext4\n");
	dep = text_at(env, FX_MODDIR "/modules.dep");
	order = text_at(env, FX_MODDIR "/modules.order");
	built = text_at(env, FX_MODDIR "/modules.builtin");
	alias = text_at(env, FX_MODDIR "/modules.alias");
	assert_non_null(strstr(dep, "kernel/fs/demo/demo-fs.ko: kernel/lib/base.ko\n"));
	assert_null(strstr(dep, "unused"));
	assert_non_null(strstr(alias, "fs-demo demo_fs"));
	assert_non_null(strstr(built, "kernel/fs/ext4/ext4.ko"));
	assert_string_equal(order, "kernel/lib/base.ko\n"
				   "kernel/drivers/block/virtio_blk.ko\n"
				   "kernel/fs/demo/demo-fs.ko\n");
	assert_false(has(env, FX_MODDIR "/modules.builtin.modinfo"));
}

TEST(tree__debug_sections__left_out)
{
	struct env *env = *state;
	const struct plan_entry *demo;

	assert_cut(env, "kmod demo_fs\n");
	demo = find(env, FX_MODDIR "/kernel/fs/demo/demo-fs.ko");
	assert_int_equal(demo->kind, PLAN_DATA);
	assert_true(demo->size < 8192);
	/* with none there is nothing to leave out */
	assert_int_equal(find(env, FX_MODDIR "/kernel/lib/base.ko")->kind, PLAN_FILE);
}

TEST(tree__keep_debug__file_as_it_is)
{
	struct env *env = *state;
	const struct plan_entry *demo;

	set_conf(env, "KEEP_DEBUG", "yes");
	assert_cut(env, "kmod demo_fs\n");
	demo = find(env, FX_MODDIR "/kernel/fs/demo/demo-fs.ko");
	assert_int_equal(demo->kind, PLAN_FILE);
	assert_true(demo->size > 8192);
	assert_int_equal(demo->mode, 0644);
}

TEST(tree__keep_debug_is_no_or_empty__left_out)
{
	struct env *env = *state;

	set_conf(env, "KEEP_DEBUG", "no");
	assert_cut(env, "kmod demo_fs\n");
	assert_int_equal(find(env, FX_MODDIR "/kernel/fs/demo/demo-fs.ko")->kind,
			 PLAN_DATA);
}

TEST(tree__broken_soft_dependency__no_part_of_the_image)
{
	struct env *env = *state;
	_cleanup_free_ char *order = NULL;

	assert_cut(env, "kmod demo_fs\n");
	assert_false(has(env, FX_MODDIR "/kernel/fs/bad.ko"));
	order = text_at(env, FX_MODDIR "/modules.order");
	assert_null(strstr(order, "bad"));
}

TEST(tree__module_cannot_be_loaded__error_says_why)
{
	struct env *env = *state;

	assert_no_cut(env, "\nkmod bad\n", "cut/demo.fest:2: cannot use module 'bad'",
		      "'not_there'");
	assert_no_cut(env, "kmod old\n", "'old'", "5.4.0");
	assert_no_cut(env, "try-kmod bad\n", "'bad'", "'not_there'");
	assert_int_equal(unlink(fx_at(env->dir, "/linux/lib/base.ko")), 0);
	assert_no_cut(env, "kmod demo_fs\n", "/linux/lib/base.ko", "make modules");
}

TEST(tree__unknown_module__error_names_line_and_kernel)
{
	assert_no_cut(*state, "kmod nonesuch\n",
		      "cut/demo.fest:1: kernel " FX_RELEASE " has no module 'nonesuch'",
		      "");
}

TEST(tree__modules_not_made__error_says_what_to_run)
{
	struct env *env = *state;

	assert_int_equal(unlink(fx_at(env->dir, "/linux/modules.order")), 0);
	assert_no_cut(env, "kmod demo_fs\n", "/linux/modules.order", "make modules");
	assert_cut(env, "kmod ext4\ntry-kmod demo_fs\n");
}

TEST(tree__modules_loaded_by_init__listed_and_there)
{
	struct env *env = *state;
	_cleanup_free_ char *list = NULL;

	assert_cut(env, "disk scratch 1G\n");
	list = text_at(env, "/rapido-rsc/modules");
	assert_string_equal(list,
			    FX_MODDIR "/kernel/drivers/virtio/virtio_pci.ko\n" FX_MODDIR
				      "/kernel/lib/base.ko\n" FX_MODDIR
				      "/kernel/drivers/block/virtio_blk.ko\n");
	assert_true(has(env, FX_MODDIR "/kernel/drivers/virtio/virtio_pci.ko"));
	assert_true(has(env, FX_MODDIR "/kernel/drivers/block/virtio_blk.ko"));
}

#define CHANNEL_LIST "/rapido-rsc/channel-modules"
#define PCI_LINE     FX_MODDIR "/kernel/drivers/virtio/virtio_pci.ko\n"
#define BASE_LINE    FX_MODDIR "/kernel/lib/base.ko\n"
#define CONSOLE_LINE FX_MODDIR "/kernel/drivers/char/virtio_console.ko\n"

TEST(run__channel_modules__listed_apart_from_those_of_init)
{
	struct env *env = *state;
	_cleanup_free_ char *list = NULL;

	env->request.run = true;
	assert_cut(env, "bin true\n");
	list = text_at(env, CHANNEL_LIST);
	assert_string_equal(list, PCI_LINE BASE_LINE CONSOLE_LINE);
	assert_true(has(env, FX_MODDIR "/kernel/drivers/char/virtio_console.ko"));
	assert_true(has(env, FX_MODDIR "/kernel/lib/base.ko"));
	assert_false(has(env, "/rapido-rsc/modules"));
}

/* Each list is complete in itself. */
TEST(run__disk_too__its_modules_in_both_lists)
{
	struct env *env = *state;
	_cleanup_free_ char *list = NULL, *boot = NULL;

	env->request.run = true;
	assert_cut(env, "disk scratch 1G\n");
	boot = text_at(env, "/rapido-rsc/modules");
	list = text_at(env, CHANNEL_LIST);
	assert_string_equal(list, PCI_LINE BASE_LINE CONSOLE_LINE);
	assert_string_equal(boot, PCI_LINE BASE_LINE FX_MODDIR
			    "/kernel/drivers/block/virtio_blk.ko\n");
}

static bool modprobe_can_be_run(struct env *env)
{
	/* a link to kmod on most hosts */
	_cleanup_free_ char *program = realpath("/sbin/modprobe", NULL);
	int entry = plan_find(&env->cut.plan, program ? program : "/sbin/modprobe");

	return entry >= 0 && (env->cut.plan.entries[entry].mode & 0111);
}

/* The booting kernel would run it many times, for modules that are not in the image. */
TEST(run__no_module_of_the_tests__modprobe_waits_for_init)
{
	struct env *env = *state;

	env->request.run = true;
	assert_cut(env, "bin true\n");
	assert_false(modprobe_can_be_run(env));
}

TEST(run__module_of_the_tests__modprobe_can_be_run)
{
	struct env *env = *state;

	env->request.run = true;
	assert_cut(env, "kmod base\n");
	assert_true(modprobe_can_be_run(env));
}

TEST(no_run__channel_modules__not_there)
{
	struct env *env = *state;

	assert_cut(env, "disk scratch 1G\n");
	assert_false(has(env, CHANNEL_LIST));
	assert_false(has(env, FX_MODDIR "/kernel/drivers/char/virtio_console.ko"));
}

/* A test of ours runs without them, if slowly, where there is a second serial port. */
static void need_channel(void)
{
	if (arch_native() && arch_native()->channel)
		return;
	print_message("this machine's VMs have no second serial port\n");
	skip();
}

TEST(run__no_virtio_console__none_and_no_complaint)
{
	struct env *env = *state;
	_cleanup_free_ char *list = NULL;

	need_channel();
	fx_write(env->dir, "/linux/modules.order",
		 "lib/base.o\ndrivers/virtio/virtio_pci.o\n");
	env->request.run = true;
	assert_cut(env, "bin true\n");
	list = text_at(env, CHANNEL_LIST);
	assert_string_equal(list, PCI_LINE);
	assert_int_equal(env->cut.report.warnings.nr, 0);
}

/* As after `make bzImage` alone: nobody asked for modules. */
TEST(run__modules_cannot_be_taken__cut_without_them)
{
	static const struct fx_module old = { .vermagic = "5.4.0 SMP mod_unload " };
	struct env *env = *state;

	need_channel();
	fx_assemble(env->dir, "/linux/drivers/char/virtio_console.ko", &old);
	fx_assemble(env->dir, "/linux/drivers/virtio/virtio_pci.ko", &old);
	env->request.run = true;
	assert_cut(env, "bin true\n");
	assert_false(has(env, CHANNEL_LIST));
	assert_false(has(env, FX_MODDIR "/kernel/drivers/char/virtio_console.ko"));
	assert_false(has(env, FX_MODDIR "/kernel/drivers/virtio/virtio_pci.ko"));
	assert_int_equal(env->cut.report.warnings.nr, 0);
	/* somebody who asks is told */
	assert_no_cut(env, "kmod virtio_console\n", "'virtio_console'", "5.4.0");
}

TEST(run__dependency_cannot_be_taken__cut_without_them)
{
	struct env *env = *state;
	_cleanup_free_ char *list = NULL;

	need_channel();
	assert_int_equal(unlink(fx_at(env->dir, "/linux/lib/base.ko")), 0);
	env->request.run = true;
	assert_cut(env, "bin true\n");
	list = text_at(env, CHANNEL_LIST);
	assert_string_equal(list, PCI_LINE);
}

TEST(run__modules_not_made__cut_without_them)
{
	struct env *env = *state;

	need_channel();
	assert_int_equal(unlink(fx_at(env->dir, "/linux/modules.order")), 0);
	env->request.run = true;
	assert_cut(env, "bin true\n");
	assert_false(has(env, CHANNEL_LIST));
	assert_int_equal(env->cut.report.warnings.nr, 0);
}

/* What is there is in test_modfw.c: it would have to be this host's. */
TEST(firmware__not_on_this_host__no_fault_but_known)
{
	struct env *env = *state;

	assert_cut(env, "kmod card demo_fs\n");
	assert_int_equal(env->cut.report.warnings.nr, 0);
	assert_int_equal(env->cut.absent_firmware.nr, 1);
	assert_non_null(strstr(env->cut.absent_firmware.v[0], "'card'"));
	assert_non_null(
		strstr(env->cut.absent_firmware.v[0], "'rapido-fixture/absent.bin'"));
}

TEST(path__module_file__relative_to_the_manifest)
{
	struct env *env = *state;
	const struct plan_entry *mine;

	fx_assemble(env->dir, "/rapido/cut/ext/my-mod.ko", &external);
	assert_cut(env, "kmod ./ext/my-mod.ko\n");
	mine = find(env, FX_MODDIR "/extra/my-mod.ko");
	assert_non_null(mine);
	assert_string_equal(mine->why, "cut/demo.fest:1: kmod ./ext/my-mod.ko");
	assert_true(has(env, FX_MODDIR "/kernel/lib/base.ko"));
	assert_cut(env, "kmod ext/my-mod.ko\n");
	assert_true(has(env, FX_MODDIR "/extra/my-mod.ko"));
}

TEST(path__debug_sections__left_out_too)
{
	struct env *env = *state;

	fx_assemble(env->dir, "/rapido/cut/ext/mine.ko", &external);
	assert_cut(env, "kmod ext/mine.ko\n");
	assert_int_equal(find(env, FX_MODDIR "/extra/mine.ko")->kind, PLAN_DATA);
	set_conf(env, "KEEP_DEBUG", "1");
	assert_cut(env, "kmod ext/mine.ko\n");
	assert_int_equal(find(env, FX_MODDIR "/extra/mine.ko")->kind, PLAN_FILE);
}

TEST(path__directory__all_modules_in_it)
{
	struct env *env = *state;
	_cleanup_free_ char *manifest = xasprintf("kmod %s/ext\n", env->dir);
	_cleanup_free_ char *order = NULL;

	fx_assemble(env->dir, "/ext/one.ko", &external);
	fx_assemble(env->dir, "/ext/sub/two.ko", &external);
	assert_cut(env, manifest);
	order = text_at(env, FX_MODDIR "/modules.order");
	assert_string_equal(order, "kernel/lib/base.ko\nextra/one.ko\nextra/two.ko\n");
}

/* Assemble @module as @path, and pack that with @packer, which adds its suffix. */
static void assemble_packed(const struct env *env, const char *packer, const char *path,
			    const struct fx_module *module)
{
	fx_assemble(env->dir, path, module);
	if (fx_shell("command -v %s", packer))
		skip();
	assert_int_equal(fx_shell("%s '%s%s' && rm -f '%s%s'", packer, env->dir, path,
				  env->dir, path),
			 0);
}

/* The image has it unpacked, and the database knows what it needs. */
static void assert_unpacked(struct env *env, const char *name)
{
	_cleanup_free_ char *path = xasprintf(FX_MODDIR "/extra/%s.ko", name);
	_cleanup_free_ char *line = xasprintf("extra/%s.ko: kernel/lib/base.ko\n", name);
	_cleanup_free_ char *deps = text_at(env, FX_MODDIR "/modules.dep");
	const struct plan_entry *entry = find(env, path);

	assert_non_null(entry);
	assert_int_equal(entry->kind, PLAN_DATA);
	assert_memory_equal(entry->data, ELFMAG, SELFMAG);
	if (!strstr(deps, line))
		fail_msg("'%s' is not in: %s", line, deps);
}

TEST(path__compressed__unpacked)
{
	static const struct {
		const char *packer, *suffix;
	} kinds[] = { { "gzip", ".gz" }, { "xz", ".xz" }, { "zstd -q", ".zst" } };
	struct env *env = *state;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		_cleanup_free_ char *manifest =
			xasprintf("kmod ext/mine.ko%s\n", kinds[i].suffix);

		assemble_packed(env, kinds[i].packer, "/rapido/cut/ext/mine.ko",
				&external);
		assert_cut(env, manifest);
		assert_unpacked(env, "mine");
	}
}

TEST(path__compressed_without_debug_sections__unpacked)
{
	const struct fx_module plain = { .depends = "base",
					 .imports = "base_fn",
					 .alias = "my-alias" };
	struct env *env = *state;

	assemble_packed(env, "xz", "/rapido/cut/ext/mine.ko", &plain);
	assert_cut(env, "kmod ext/mine.ko.xz my-alias\n");
	assert_unpacked(env, "mine");
}

TEST(path__directory_of_compressed_ones__all_of_them)
{
	struct env *env = *state;

	assemble_packed(env, "xz", "/ext/one.ko", &external);
	assemble_packed(env, "gzip", "/ext/sub/two.ko", &external);
	set_extra(env, "/ext", NULL);
	assert_cut(env, "");
	assert_unpacked(env, "one");
	assert_unpacked(env, "two");
}

/* A 64-bit object's last section is said to be far behind the end of the file. */
static void damage_last_section(int fd)
{
	const Elf64_Off nowhere = (Elf64_Off)1 << 60;
	Elf64_Ehdr header;
	off_t at;

	assert_int_equal(pread(fd, &header, sizeof(header), 0), sizeof(header));
	at = (off_t)(header.e_shoff + (header.e_shnum - 1u) * sizeof(Elf64_Shdr) +
		     offsetof(Elf64_Shdr, sh_offset));
	assert_int_equal(pwrite(fd, &nowhere, sizeof(nowhere), at), sizeof(nowhere));
}

TEST(path__damaged__error_says_so)
{
	struct env *env = *state;
	int fd;

	fx_write(env->dir, "/rapido/cut/ext/mine.ko.xz",
		 "\xfd"
		 "7zXZ and no more");
	assert_no_cut(env, "kmod ext/mine.ko.xz\n", "ext/mine.ko.xz'", "damaged");
	/* what it is can still be read, but not all of its sections */
	fx_assemble(env->dir, "/rapido/cut/ext/other.ko", &external);
	fd = open(fx_at(env->dir, "/rapido/cut/ext/other.ko"), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	damage_last_section(fd);
	close(fd);
	assert_no_cut(env, "kmod ext/other.ko\n", "ext/other.ko'", "damaged");
}

TEST(path__nothing_there__error_names_it)
{
	struct env *env = *state;

	fx_mkdir(env->dir, "/rapido/cut/empty");
	fx_write(env->dir, "/rapido/cut/file.txt", "");
	assert_no_cut(env, "\nkmod ./absent.ko\n", "cut/demo.fest:2: ", "'./absent.ko'");
	assert_no_cut(env, "kmod ./empty\n", "'./empty'", "'*.ko'");
	assert_no_cut(env, "kmod ./file.txt\n", "'./file.txt'", "'*.ko'");
}

TEST(path__tried_and_absent__fine)
{
	assert_cut(*state, "try-kmod ./absent.ko /no/such/directory/\n");
}

TEST(path__no_module__error_names_it)
{
	struct env *env = *state;

	fx_write(env->dir, "/rapido/cut/text.ko", "text");
	assert_no_cut(env, "kmod ./text.ko\n", "/rapido/cut/text.ko", "ELF");
}

TEST(path__name_of_a_kernel_module__hides_it)
{
	struct env *env = *state;
	static const struct fx_module own_base = { .exports = "base_fn" };

	fx_assemble(env->dir, "/rapido/cut/ext/base.ko", &own_base);
	assert_cut(env, "kmod ext/base.ko\nkmod demo_fs\n");
	assert_true(has(env, FX_MODDIR "/extra/base.ko"));
	assert_false(has(env, FX_MODDIR "/kernel/lib/base.ko"));
	/* also when the kernel's would be wanted by a line before */
	assert_cut(env, "kmod demo_fs\nkmod ext/base.ko\n");
	assert_true(has(env, FX_MODDIR "/extra/base.ko"));
	assert_false(has(env, FX_MODDIR "/kernel/lib/base.ko"));
}

/* A kernel of which there is only the image. */
TEST(path__kernel_has_no_modules__the_external_ones)
{
	struct env *env = *state;
	const struct arch *native = arch_native();
	_cleanup_free_ char *kernel = xstrdup(fx_at(env->dir, "/alone/boot/vmlinuz-9.9"));
	static const struct fx_module lone = { .debug = true };
	_cleanup_free_ char *dep = NULL;

	write_kernel(env->dir, "/alone/boot/vmlinuz-9.9",
		     native && !streq(native->name, "x86"));
	env->request.kernel = kernel;
	fx_assemble(env->dir, "/rapido/cut/lone.ko", &lone);
	assert_cut(env, "kmod ./lone.ko\n");
	assert_true(has(env, "/lib/modules/9.9/extra/lone.ko"));
	dep = text_at(env, "/lib/modules/9.9/modules.dep");
	assert_string_equal(dep, "extra/lone.ko:\n");
}

/* depmod and the modules' directory in the image require it. */
TEST(path__release_is_not_known__error_names_the_kernel)
{
	struct env *env = *state;
	const struct arch *native = arch_native();
	_cleanup_free_ char *kernel = xstrdup(fx_at(env->dir, "/alone/boot/Image"));
	static const struct fx_module lone = { .debug = true };

	write_kernel(env->dir, "/alone/boot/Image",
		     native && !streq(native->name, "x86"));
	env->request.kernel = kernel;
	fx_assemble(env->dir, "/rapido/cut/lone.ko", &lone);
	assert_no_cut(env, "kmod ./lone.ko\n", kernel, "release is not known");
}

TEST(no_modules__release_is_not_known__image_without_it)
{
	struct env *env = *state;
	const struct arch *native = arch_native();
	_cleanup_free_ char *kernel = xstrdup(fx_at(env->dir, "/alone/boot/Image"));

	write_kernel(env->dir, "/alone/boot/Image",
		     native && !streq(native->name, "x86"));
	env->request.kernel = kernel;
	assert_cut(env, "try-kmod nonesuch\n");
	assert_null(env->cut.info.release);
}

TEST(extra__directories__all_of_their_modules)
{
	struct env *env = *state;
	const struct plan_entry *one;

	fx_assemble(env->dir, "/first dir/one.ko", &external);
	fx_assemble(env->dir, "/second/two.ko", &external);
	set_extra(env, "/first dir", "/second");
	assert_cut(env, "");
	one = find(env, FX_MODDIR "/extra/one.ko");
	assert_non_null(one);
	assert_string_equal(one->why, "EXTRA_MODULES");
	assert_true(has(env, FX_MODDIR "/extra/two.ko"));
	assert_true(has(env, FX_MODDIR "/kernel/lib/base.ko"));
}

/* A directory may need what comes from a later one. */
TEST(extra__module_depends_on_a_later_directory__that_one)
{
	struct env *env = *state;
	static const struct fx_module own_base = { .exports = "base_fn" };

	fx_assemble(env->dir, "/first/one.ko", &external);
	fx_assemble(env->dir, "/second/base.ko", &own_base);
	set_extra(env, "/first", "/second");
	assert_cut(env, "");
	assert_true(has(env, FX_MODDIR "/extra/base.ko"));
	assert_false(has(env, FX_MODDIR "/kernel/lib/base.ko"));
}

TEST(extra__absent_or_empty_directory__error_names_it)
{
	struct env *env = *state;
	_cleanup_free_ char *absent = xasprintf("'%s/absent'", env->dir);
	_cleanup_free_ char *empty = xasprintf("'%s/empty'", env->dir);

	fx_mkdir(env->dir, "/empty");
	set_extra(env, "/absent", "/empty");
	assert_no_cut(env, "", "EXTRA_MODULES", absent);
	assert_true(said(env, empty));
	assert_int_equal(env->cut.report.errors.nr, 2);
}

TEST(extra__not_set__nothing)
{
	struct env *env = *state;

	set_conf(env, "EXTRA_MODULES", "");
	assert_cut(env, "");
	assert_false(has(env, FX_MODDIR));
}

TEST(extra__name_of_a_kernel_module__hides_it)
{
	struct env *env = *state;
	static const struct fx_module own_base = { .exports = "base_fn" };

	fx_assemble(env->dir, "/ext/base.ko", &own_base);
	set_extra(env, "/ext", NULL);
	assert_cut(env, "kmod demo_fs\n");
	assert_true(has(env, FX_MODDIR "/extra/base.ko"));
	assert_false(has(env, FX_MODDIR "/kernel/lib/base.ko"));
}

/* A configuration with all that rapido insists on, and @more. */
static void write_config(struct env *env, const char *more)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	const struct arch *native = arch_native();
	const struct need *need;

	for (size_t i = 0; (need = needs_nth(i)); i++)
		if (need->level == NEED_ESSENTIAL && streq(need->value, "y") &&
		    needs_applies(need, native->name, NEEDS_MODULES | NEEDS_CONSOLE))
			strbuf_addf(&text, "CONFIG_%s=y\n", need->symbol);
	strbuf_addf(&text, "CONFIG_MODULES=y\n%s", more);
	fx_write(env->dir, "/linux/.config", text.buf);
}

static const char forced[] = "CONFIG_MODULE_SIG_FORCE=y\n"
			     "CONFIG_MODULE_SIG_HASH=\"sha256\"\n"
			     "CONFIG_MODULE_SIG_KEY=\"certs/signing_key.pem\"\n";

/* A tool that appends what the real one ends with. */
static void write_signer(struct env *env)
{
	fx_write(env->dir, "/linux/certs/signing_key.pem", "");
	fx_write(env->dir, "/linux/certs/signing_key.x509", "");
	fx_write(env->dir, "/linux/scripts/sign-file",
		 "#!/bin/sh\necho '~Module signature appended~' >> \"$4\"\n");
	fx_chmod(env->dir, "/linux/scripts/sign-file", 0755);
}

static bool is_signed(const struct plan_entry *entry)
{
	static const char marker[] = "~Module signature appended~\n";
	const size_t len = sizeof(marker) - 1;

	return entry->kind == PLAN_DATA && entry->size > len &&
	       memcmp((const char *)entry->data + entry->size - len, marker, len) == 0;
}

TEST(signed__kernel_demands_it__all_of_the_build)
{
	struct env *env = *state;

	write_config(env, forced);
	write_signer(env);
	assert_cut(env, "kmod demo_fs\n");
	assert_true(is_signed(find(env, FX_MODDIR "/kernel/fs/demo/demo-fs.ko")));
	assert_true(find(env, FX_MODDIR "/kernel/fs/demo/demo-fs.ko")->size < 8192);
	assert_true(is_signed(find(env, FX_MODDIR "/kernel/lib/base.ko")));
}

TEST(signed__kernel_does_not_ask__not_signed)
{
	struct env *env = *state;

	write_config(env, "CONFIG_MODULE_SIG=y\n");
	write_signer(env);
	assert_cut(env, "kmod demo_fs\n");
	assert_false(is_signed(find(env, FX_MODDIR "/kernel/fs/demo/demo-fs.ko")));
}

/* Without its debug sections the signature would not fit. */
TEST(signed__has_a_signature__taken_as_it_is)
{
	struct env *env = *state;

	write_config(env, forced);
	assert_int_equal(fx_shell("echo '~Module signature appended~' >> "
				  "%s/linux/lib/base.ko",
				  env->dir),
			 0);
	assert_cut(env, "kmod base\n");
	assert_int_equal(find(env, FX_MODDIR "/kernel/lib/base.ko")->kind, PLAN_FILE);
}

TEST(signed__no_tool__error_says_what_is_demanded)
{
	struct env *env = *state;

	write_config(env, forced);
	assert_no_cut(env, "kmod demo_fs\n", "CONFIG_MODULE_SIG_FORCE",
		      "scripts/sign-file");
}

/* Who goes into a tree to look at it does not want to run what its owner left there. */
TEST(signed__tree_of_another__tool_only_run_if_named)
{
	struct env *env = *state;

	write_config(env, forced);
	write_signer(env);
	fx_chmod(env->dir, "/linux/scripts/sign-file", 0777);
	assert_int_equal(chdir(env->kernel), 0);
	env->request.kernel = NULL;
	assert_no_cut(env, "kmod demo_fs\n", "CONFIG_MODULE_SIG_FORCE",
		      "the build's own tool is not trusted");
	env->request.kernel = ".";
	assert_cut(env, "kmod demo_fs\n");
	env->request.kernel = NULL;
	fx_chmod(env->dir, "/linux/scripts/sign-file", 0755);
	assert_cut(env, "kmod demo_fs\n");
	assert_int_equal(chdir("/"), 0);
}

static void assert_list(const struct env *env, const char *names)
{
	_cleanup_free_ char *list = text_at(env, IMAGE_KUNIT);

	assert_string_equal(list, names);
}

TEST(kunit__without_pattern__all_modules_with_tests)
{
	struct env *env = *state;

	assert_cut(env, "kunit\n");
	assert_list(env, "list_test\ndemo_test\n");
	assert_true(has(env, FX_MODDIR "/kernel/lib/list-test.ko"));
	/* with what they depend on */
	assert_true(has(env, FX_MODDIR "/kernel/fs/demo/demo-fs.ko"));
	assert_false(has(env, FX_MODDIR "/kernel/net/card.ko"));
	assert_true(env->cut.info.kunit);
}

TEST(kunit__pattern__those_that_match)
{
	struct env *env = *state;

	assert_cut(env, "kunit demo-[a-t]* none\nkunit demo*\n");
	assert_list(env, "demo_test\n");
	assert_false(has(env, FX_MODDIR "/kernel/lib/list-test.ko"));
}

TEST(kunit__external_module__comes_first_and_hides_the_kernels)
{
	struct env *env = *state;
	static const struct fx_module own = { .kunit = true };

	fx_assemble(env->dir, "/ext/list-test.ko", &own);
	set_extra(env, "/ext", NULL);
	assert_cut(env, "kunit *\n");
	assert_true(has(env, FX_MODDIR "/extra/list-test.ko"));
	assert_false(has(env, FX_MODDIR "/kernel/lib/list-test.ko"));
	assert_list(env, "list_test\ndemo_test\n");
}

TEST(kunit__nothing_matches__error)
{
	struct env *env = *state;

	assert_no_cut(env, "kunit nonesuch*\n", "no module of kernel", "'nonesuch*'");
	assert_no_cut(env, "kunit bad\n", "no module of kernel", "'bad'");
}

/* KUnit and all tests may be built in. */
TEST(kunit__no_module_with_tests__empty_list)
{
	struct env *env = *state;

	fx_write(env->dir, "/linux/modules.order", "lib/base.o\n");
	assert_cut(env, "kunit *\n");
	assert_list(env, "");
}

TEST(kunit__is_a_module_without_tests__error_says_what_to_set)
{
	struct env *env = *state;
	static const struct fx_module kunit = { .vermagic = VERMAGIC };

	fx_assemble(env->dir, "/linux/lib/kunit/kunit.ko", &kunit);
	fx_write(env->dir, "/linux/modules.order", "lib/kunit/kunit.o\nlib/base.o\n");
	assert_no_cut(env, "kunit\n", "KUnit as a module", "CONFIG_KUNIT_ALL_TESTS=m");
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* ktree: which kernel tree a directory is in, and what of a build is amiss. */
#include "fixture.h"
#include "kernel_fixture.h"
#include "kernel/ktree.h"

#define RELEASE "6.13.0-rc1+"
#define IMAGE	"arch/x86/boot/bzImage"

static struct ktree tree;
static struct report report;

static int setup(void **state)
{
	return fixture_make(state);
}

static int teardown(void **state)
{
	ktree_release(&tree);
	report_release(&report);
	return fixture_remove(state);
}

static const char *below(const char *dir, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);

	return at(path);
}

static void put_below(const char *dir, const char *name, const char *text)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);

	put_file(path, text);
}

static void put_source(const char *dir)
{
	put_below(dir, "Kbuild", "");
	put_below(dir, "init/Kconfig", "");
	put_below(dir, "fs/xfs/Makefile", "");
}

static void put_link(const char *dir, const char *name, const char *target)
{
	put_dir(dir);
	if (symlink(target, below(dir, name)) < 0)
		fail_msg("cannot make the link '%s/%s'", dir, name);
}

static void put_image(const char *dir, const char *release)
{
	_cleanup_free_ char *name = xasprintf("%s/" IMAGE, dir);
	_cleanup_free_ char *version =
		release ? xasprintf("%s (me@host) #1", release) : NULL;
	unsigned char image[BZIMAGE_SIZE];

	bzimage(image, version);
	put_data(name, image, sizeof(image));
}

static void put_release(const char *dir, const char *release)
{
	put_below(dir, "include/config/kernel.release", release);
}

static void put_built(const char *dir)
{
	put_image(dir, RELEASE);
	put_release(dir, RELEASE "\n");
}

/* Set the file's time to @seconds after 2001. */
static void set_time(const char *name, time_t seconds)
{
	const struct timespec times[2] = { { .tv_sec = 1000000000 + seconds },
					   { .tv_sec = 1000000000 + seconds } };

	assert_int_equal(utimensat(AT_FDCWD, at(name), times, 0), 0);
}

static void find(const char *dir)
{
	ktree_release(&tree);
	if (ktree_find(&tree, dir))
		fail_msg("'%s' is in no tree", dir);
}

/* The tree that @dir is in is this, with this source (NULL: not known). */
static void assert_finds(const char *dir, const char *objdir, const char *srcdir)
{
	find(at(dir));
	assert_string_equal(tree.objdir, at(objdir));
	if (srcdir)
		assert_string_equal(tree.srcdir, at(srcdir));
	else
		assert_null(tree.srcdir);
}

static void assert_finds_none(const char *dir)
{
	assert_int_equal(ktree_find(&tree, at(dir)), -ENOENT);
	assert_null(tree.objdir);
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, teardown)

TEST(find__source__is_both)
{
	put_source("linux");
	assert_finds("linux", "linux", "linux");
	assert_string_equal(tree.config, at("linux/.config"));
	assert_null(tree.release);
	assert_null(tree.image);
}

TEST(find__built_source__release_and_image)
{
	put_source("linux");
	put_built("linux");
	find(at("linux"));
	assert_string_equal(tree.release, RELEASE);
	assert_string_equal(tree.image, at("linux/" IMAGE));
	assert_true(tree.image_mtime.tv_sec > 0);
}

TEST(find__user_mode_linux__only_if_it_is_one)
{
	unsigned char program[UML_SIZE];

	put_source("linux");
	put_release("linux", RELEASE);
	/* anything may have that name */
	put_below("linux", "linux", "notes");
	find(at("linux"));
	assert_null(tree.image);
	ktree_release(&tree);
	/* such as one of 32 bits: who reads it says that it cannot be booted */
	put_below("linux", ".config", "CONFIG_UML=y\n");
	find(at("linux"));
	assert_string_equal(tree.image, at("linux/linux"));
	ktree_release(&tree);
	unlink(at("linux/.config"));
	uml(program);
	put_data("linux/linux", program, sizeof(program));
	find(at("linux"));
	assert_string_equal(tree.image, at("linux/linux"));
}

TEST(arch__of_the_configuration__or_of_the_environment)
{
	put_source("linux");
	find(at("linux"));
	assert_ptr_equal(ktree_arch(tree.config), arch_native());
	put_below("linux", ".config", "CONFIG_UML=y\n");
	assert_string_equal(ktree_arch(tree.config)->name, "um");
	setenv("ARCH", "x86_64", 1);
	assert_string_equal(ktree_arch(tree.config)->name, "x86");
	setenv("ARCH", "arm64", 1);
	assert_string_equal(ktree_arch(tree.config)->name, "arm64");
	setenv("ARCH", "none", 1);
	assert_string_equal(ktree_arch(tree.config)->name, "um");
	unsetenv("ARCH");
}

TEST(find__object_directory__source_by_its_link)
{
	put_source("linux");
	put_below("absolute", ".config", "");
	put_link("absolute", "source", at("linux"));
	assert_finds("absolute", "absolute", "linux");
	put_below("linux/build/x86", ".config", "");
	put_link("linux/build/x86", "source", "../..");
	assert_finds("linux/build/x86", "linux/build/x86", "linux");
}

TEST(find__object_directory_without_its_source__srcdir_is_null)
{
	put_built("built");
	assert_finds("built", "built", NULL);
	put_link("built", "source", at("gone"));
	assert_finds("built", "built", NULL);
	unlink(at("built/source"));
	put_dir("no-source");
	put_link("built", "source", at("no-source"));
	assert_finds("built", "built", NULL);
}

TEST(find__object_directory_not_built__found_by_its_configuration)
{
	put_source("linux");
	put_link("out", "source", at("linux"));
	assert_finds_none("out");
	put_below("out", ".config", "");
	assert_finds("out", "out", "linux");
	assert_null(tree.release);
}

TEST(find__directory_below__the_tree_above)
{
	put_source("linux");
	put_built("out");
	put_dir("out/fs/xfs");
	assert_finds("linux/fs/xfs", "linux", "linux");
	assert_finds("linux/init", "linux", "linux");
	assert_finds("out/fs/xfs", "out", NULL);
}

TEST(find__dots_and_slashes__clean_path)
{
	put_source("linux");
	assert_finds("linux//fs/./xfs/..//", "linux", "linux");
}

TEST(find__relative_directory__absolute_path)
{
	_cleanup_free_ char *cwd = NULL, *expected = NULL;

	put_source("linux");
	assert_int_equal(chdir(at("linux/fs")), 0);
	cwd = getcwd(NULL, 0);
	expected = xstrndup(cwd, strlen(cwd) - strlen("/fs"));
	find("xfs");
	assert_string_equal(tree.objdir, expected);
	find(".");
	assert_string_equal(tree.objdir, expected);
	assert_int_equal(chdir("/"), 0);
}

TEST(find__tree_by_a_link__as_the_user_calls_it)
{
	put_source("deep/linux");
	assert_int_equal(symlink("deep/linux", at("link")), 0);
	assert_finds("link", "link", "link");
	assert_finds("link/fs", "link", "link");
}

TEST(find__link_to_a_directory_in_a_tree__that_tree)
{
	_cleanup_free_ char *real = NULL;

	put_source("linux");
	put_link("home", "xfs", at("linux/fs/xfs"));
	real = realpath(at("linux"), NULL);
	find(at("home/xfs"));
	assert_string_equal(tree.objdir, real);
}

TEST(find__path_with_spaces__fine)
{
	put_source("my linux/v6 13");
	put_built("my linux/v6 13");
	assert_finds("my linux/v6 13/fs", "my linux/v6 13", "my linux/v6 13");
	assert_int_equal(ktree_check_built(&tree, &report), 0);
}

TEST(find__tree_in_a_tree__the_inner_one)
{
	put_source("linux");
	put_source("linux/inner");
	assert_finds("linux/inner/fs", "linux/inner", "linux/inner");
}

TEST(find__other_project_with_kbuild__none)
{
	put_below("u-boot", "Kbuild", "");
	put_below("u-boot", "Kconfig", "");
	put_below("u-boot", ".config", "");
	put_below("u-boot", "include/config/uboot.release", "2025.01\n");
	put_below("u-boot", "arch/x86/Kconfig", "");
	assert_finds_none("u-boot");
}

TEST(find__no_tree_or_no_directory__enoent)
{
	put_dir("empty");
	assert_finds_none("empty");
	assert_finds_none("none");
	assert_int_equal(ktree_find(&tree, "/"), -ENOENT);
	put_source("dirs");
	unlink(at("dirs/Kbuild"));
	put_dir("dirs/Kbuild");
	assert_finds_none("dirs");
}

TEST(find__release_that_makes_no_sense__not_built)
{
	static const char *const texts[] = { "", "\n", "../../etc\n", "6.1/x", "\x01" };

	put_source("linux");
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		put_release("linux", texts[i]);
		find(at("linux"));
		assert_null(tree.release);
	}
}

TEST(find__images_of_several_machines__the_newest)
{
	static const char arm[] = "linux/arch/arm64/boot/Image";

	put_source("linux");
	put_built("linux");
	put_file(arm, "image");
	set_time("linux/" IMAGE, 100);
	set_time(arm, 200);
	find(at("linux"));
	assert_string_equal(tree.image, at(arm));
	assert_int_equal(tree.image_mtime.tv_sec, 1000000200);
	set_time("linux/" IMAGE, 300);
	find(at("linux"));
	assert_string_equal(tree.image, at("linux/" IMAGE));
}

/* It is not built, and the one error says all of this. */
static void assert_not_built(const char *dir, const char *part, const char *other)
{
	report_release(&report);
	find(at(dir));
	assert_int_equal(ktree_check_built(&tree, &report), -EINVAL);
	assert_int_equal(report.errors.nr, 1);
	assert_contains(report.errors.v[0], at(dir));
	assert_contains(report.errors.v[0], part);
	assert_contains(report.errors.v[0], other);
}

TEST(check_built__built__nothing_to_say)
{
	put_source("linux");
	put_built("linux");
	find(at("linux"));
	assert_int_equal(ktree_check_built(&tree, &report), 0);
	assert_int_equal(report.errors.nr + report.warnings.nr, 0);
}

TEST(check_built__nothing_built__says_make_or_where_it_was)
{
	put_source("linux");
	assert_not_built("linux", "has no image", "run 'make'");
	assert_contains(report.errors.v[0], "O=");
}

/* In an O= directory there is no other to look for. */
TEST(check_built__object_directory_not_built__says_make_only)
{
	put_source("linux");
	put_below("out", ".config", "");
	put_link("out", "source", at("linux"));
	assert_not_built("out", "has no image", "run 'make'");
	assert_lacks(report.errors.v[0], "KERNEL_SRC");
}

TEST(check_built__image_only__names_the_release_file)
{
	put_source("linux");
	put_image("linux", RELEASE);
	assert_not_built("linux", "include/config/kernel.release", "run 'make'");
}

/* As after `make modules`. */
TEST(check_built__release_only__no_image)
{
	put_source("linux");
	put_release("linux", RELEASE "\n");
	assert_not_built("linux", "has no image", "run 'make'");
}

TEST(check_built__image_of_another_release__names_both)
{
	put_source("linux");
	put_built("linux");
	put_image("linux", "6.12.0");
	assert_not_built("linux", "6.12.0", RELEASE);
	assert_contains(report.errors.v[0], "run 'make'");
}

TEST(check_built__image_without_a_release__fine)
{
	unsigned char image[ARM64_IMAGE_SIZE];

	put_source("linux");
	put_built("linux");
	put_image("linux", NULL);
	find(at("linux"));
	assert_int_equal(ktree_check_built(&tree, &report), 0);
	arm64_image(image);
	put_data("out/arch/arm64/boot/Image", image, sizeof(image));
	put_release("out", RELEASE "\n");
	find(at("out"));
	assert_int_equal(ktree_check_built(&tree, &report), 0);
}

TEST(check_built__parts_newer_than_the_image__one_warning)
{
	static const char *const parts[] = { "built-in.a", "vmlinux.o", "vmlinux" };

	put_source("linux");
	put_built("linux");
	set_time("linux/" IMAGE, 100);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		_cleanup_free_ char *part = xasprintf("linux/%s", parts[i]);
		_cleanup_free_ char *quoted = xasprintf("'%s'", parts[i]);

		put_file(part, "");
		set_time(part, 200);
		report_release(&report);
		find(at("linux"));
		assert_int_equal(ktree_check_built(&tree, &report), 0);
		assert_int_equal(report.warnings.nr, 1);
		assert_contains(report.warnings.v[0], quoted);
		assert_contains(report.warnings.v[0], "run 'make'");
	}
}

TEST(check_built__parts_as_old_as_the_image__no_warning)
{
	put_source("linux");
	put_built("linux");
	put_file("linux/vmlinux", "");
	set_time("linux/" IMAGE, 100);
	set_time("linux/vmlinux", 100);
	find(at("linux"));
	assert_int_equal(ktree_check_built(&tree, &report), 0);
	assert_int_equal(report.warnings.nr, 0);
}

/* The error, or 0. */
static int open_vmlinux(void)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = ktree_open_vmlinux(at("linux/" IMAGE), &path);

	assert_int_equal(fd >= 0, path != NULL);
	if (path)
		assert_string_equal(path, at("linux/vmlinux"));
	return fd < 0 ? fd : 0;
}

TEST(open_vmlinux__of_the_image__only_if_it_boots)
{
	unsigned char data[VMLINUX_SIZE];

	put_source("linux");
	put_built("linux");
	set_time("linux/" IMAGE, 100);
	assert_int_equal(open_vmlinux(), -ENOENT);
	vmlinux(data, EM_X86_64, 18);
	put_data("linux/vmlinux", data, sizeof(data));
	set_time("linux/vmlinux", 101);
	assert_int_equal(open_vmlinux(), -ESTALE);
	set_time("linux/vmlinux", 100);
	assert_int_equal(open_vmlinux(), 0);
	vmlinux(data, EM_X86_64, 17);
	put_data("linux/vmlinux", data, sizeof(data));
	set_time("linux/vmlinux", 99);
	assert_int_equal(open_vmlinux(), -ENOEXEC);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

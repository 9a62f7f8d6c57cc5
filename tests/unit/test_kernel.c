// SPDX-License-Identifier: GPL-2.0-or-later
/* Which kernel is chosen, against roots, build trees and a cache of our own. */
#include "fixture.h"
#include "kernel/kernel.h"
#include "kernel_fixture.h"
#include "lib/log.h"

static struct conf conf;
static struct report report;
static struct kernel kernel;
static struct kernel_places places;

static int setup(void **state)
{
	static char root[80], cache[80], cwd[80];
	struct dirs dirs = { 0 };

	if (fixture_make(state))
		return -1;
	dirs.rapido_dir = xstrdup(at("home"));
	dirs.state = xstrdup(at("state"));
	conf_init(&conf, &dirs);
	dirs_release(&dirs);
	snprintf(root, sizeof(root), "%s/root", fixture_dir);
	snprintf(cache, sizeof(cache), "%s/cache", fixture_dir);
	snprintf(cwd, sizeof(cwd), "%s/cwd", fixture_dir);
	places = (struct kernel_places){ root, cache, cwd, "6.0.0-running" };
	put_dir("root");
	put_dir("cwd");
	return 0;
}

static int teardown(void **state)
{
	kernel_release(&kernel);
	report_release(&report);
	conf_release(&conf);
	return fixture_remove(state);
}

static void set_conf(const char *key, const char *value)
{
	_cleanup_free_ char *text = xasprintf("%s=\"%s\"\n", key, value);

	assert_int_equal(conf_parse(&conf, "rapido.conf", text, &report), 0);
}

static const char *put_image(const char *name, const char *release)
{
	_cleanup_free_ char *version = xasprintf("%s (me@host) #1 SMP", release);
	unsigned char image[BZIMAGE_SIZE];

	bzimage(image, version);
	return put_data(name, image, sizeof(image));
}

/* An installed kernel below @root: image in boot/, modules in lib/modules. */
static void put_installed(const char *root, const char *release)
{
	_cleanup_free_ char *image = xasprintf("%s/boot/vmlinuz-%s", root, release);
	_cleanup_free_ char *modules = xasprintf("%s/lib/modules/%s", root, release);

	put_image(image, release);
	put_dir(modules);
}

/* What tells a kernel's source from other directories. */
static void put_source(const char *dir)
{
	_cleanup_free_ char *kbuild = xasprintf("%s/Kbuild", dir);
	_cleanup_free_ char *kconfig = xasprintf("%s/init/Kconfig", dir);

	put_file(kbuild, "");
	put_file(kconfig, "");
}

static void put_tree(const char *dir, const char *release)
{
	_cleanup_free_ char *image = xasprintf("%s/arch/x86/boot/bzImage", dir);
	_cleanup_free_ char *name = xasprintf("%s/include/config/kernel.release", dir);
	_cleanup_free_ char *text = xasprintf("%s\n", release);

	put_image(image, release);
	put_file(name, text);
}

/* Everything there is to choose from, each with a release of its own. */
static void put_everything(void)
{
	put_tree("given", "5.1.0-given");
	put_tree("src", "5.2.0-src");
	put_tree("cwd", "5.3.0-cwd");
	put_installed("root", "5.4.0-named");
	put_installed("root", "6.0.0-running");
	put_installed("root", "6.5.0-newest");
	put_installed("cache/kernels/one", "6.9.0-cached");
}

/* kernel_find() must succeed; what it said on standard error. */
static const char *find(const char *arg)
{
	struct capture c = capture_start();
	int err = kernel_find(&kernel, arg, &conf, &places, &report);
	const char *said = capture_stop(&c);

	for (size_t i = 0; i < report.errors.nr; i++)
		print_error("%s\n", report.errors.v[i]);
	assert_int_equal(err, 0);
	assert_non_null(kernel.arch);
	assert_string_equal(kernel.arch->name, "x86");
	return said;
}

static void assert_release(const char *release)
{
	assert_non_null(kernel.release);
	assert_string_equal(kernel.release, release);
}

static void assert_moddir(const char *name)
{
	if (!kernel.moddir)
		fail_msg("there is no module directory");
	assert_string_equal(kernel.moddir, at(name));
}

/* It fails with one error that has both parts in it. */
static void assert_error(const char *arg, const char *part, const char *other)
{
	struct capture c = capture_start();
	int err = kernel_find(&kernel, arg, &conf, &places, &report);

	capture_stop(&c);
	assert_int_equal(err, -EINVAL);
	assert_int_equal(report.errors.nr, 1);
	assert_contains(report.errors.v[0], part);
	assert_contains(report.errors.v[0], other);
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(kernel_find__argument__before_all)
{
	put_everything();
	set_conf("KERNEL_SRC", at("src"));
	find(at("given"));
	assert_release("5.1.0-given");
	assert_contains(kernel.why, "-k");
}

TEST(kernel_find__kernel_src__before_cwd)
{
	put_everything();
	set_conf("KERNEL_SRC", at("src"));
	find(NULL);
	assert_release("5.2.0-src");
	assert_contains(kernel.why, "KERNEL_SRC");
}

TEST(kernel_find__built_cwd__before_kernel_release)
{
	put_everything();
	set_conf("KERNEL_RELEASE", "5.4.0-named");
	find(NULL);
	assert_release("5.3.0-cwd");
	assert_string_equal(kernel.image, at("cwd/arch/x86/boot/bzImage"));
	assert_non_null(kernel.objdir);
}

TEST(kernel_find__kernel_release__before_running)
{
	put_everything();
	places.cwd = NULL;
	set_conf("KERNEL_RELEASE", "5.4.0-named");
	find(NULL);
	assert_release("5.4.0-named");
	assert_string_equal(kernel.image, at("root/boot/vmlinuz-5.4.0-named"));
	assert_moddir("root/lib/modules/5.4.0-named");
	assert_null(kernel.objdir);
}

TEST(kernel_find__running__before_newest)
{
	put_everything();
	places.cwd = NULL;
	assert_string_equal(find(NULL), "");
	assert_release("6.0.0-running");
	assert_contains(kernel.why, "running");
	assert_null(kernel_notice(&kernel));
}

TEST(kernel_find__newest_installed__before_cache_and_said)
{
	_cleanup_free_ char *said = NULL;

	put_everything();
	places.cwd = NULL;
	places.running = "6.0.0-gone";
	find(NULL);
	assert_release("6.5.0-newest");
	said = kernel_notice(&kernel);
	assert_string_equal(said, "linux 6.5.0-newest, the newest installed");
}

TEST(kernel_find__nothing_installed__cache_and_said)
{
	_cleanup_free_ char *said = NULL;

	put_installed("cache/kernels/a", "6.9.0-cached");
	find(NULL);
	assert_release("6.9.0-cached");
	assert_string_equal(kernel.image,
			    at("cache/kernels/a/boot/vmlinuz-6.9.0-cached"));
	assert_moddir("cache/kernels/a/lib/modules/6.9.0-cached");
	said = kernel_notice(&kernel);
	assert_string_equal(said, "linux 6.9.0-cached, the newest unpacked");
}

TEST(kernel_find__nothing_anywhere__error_says_what_to_do)
{
	assert_error(NULL, "-k", "KERNEL_SRC");
}

/* Who works on it does not want to hear that another kernel is fine. */
TEST(kernel_find__unbuilt_cwd__error_no_fallback)
{
	put_source("cwd");
	put_installed("root", "6.0.0-running");
	assert_error(NULL, at("cwd"), "make");
}

TEST(kernel_find__unbuilt_cwd_and_kernel_release__that)
{
	put_source("cwd");
	put_installed("root", "6.0.0-named");
	set_conf("KERNEL_RELEASE", "6.0.0-named");
	find(NULL);
	assert_release("6.0.0-named");
}

TEST(kernel_find__other_kbuild_project__passed_over)
{
	put_file("cwd/Kbuild", "");
	put_file("cwd/.config", "");
	put_installed("root", "6.0.0-running");
	find(NULL);
	assert_release("6.0.0-running");
}

TEST(kernel_find__inside_a_tree__that_tree)
{
	put_source("tree");
	put_tree("tree", "6.13.0");
	put_dir("tree/fs/xfs");
	find(at("tree/fs/xfs"));
	assert_release("6.13.0");
	assert_string_equal(kernel.objdir, at("tree"));
	assert_string_equal(kernel.srcdir, at("tree"));
	assert_string_equal(kernel.config, at("tree/.config"));
}

/* What a kernel developer types first. */
TEST(kernel_find__image_of_a_tree__all_of_the_tree)
{
	put_source("tree");
	put_tree("tree", "6.13.0");
	find(at("tree/arch/x86/boot/bzImage"));
	assert_release("6.13.0");
	assert_string_equal(kernel.objdir, at("tree"));
	assert_string_equal(kernel.image, at("tree/arch/x86/boot/bzImage"));
}

TEST(kernel_find__other_image_in_a_tree__only_the_image)
{
	put_source("tree");
	put_tree("tree", "6.13.0");
	put_image("tree/saved/bzImage", "6.1.0-before");
	find(at("tree/saved/bzImage"));
	assert_release("6.1.0-before");
	assert_null(kernel.objdir);
}

TEST(kernel_find__package_inside_a_tree__the_package)
{
	put_source("tree");
	put_tree("tree", "6.13.0");
	put_installed("tree/debian/linux-image", "6.1.0-13-amd64");
	find(at("tree/debian/linux-image"));
	assert_release("6.1.0-13-amd64");
}

TEST(kernel_find__installed_configuration__found)
{
	put_installed("pkg", "6.1.0-13-amd64");
	put_file("pkg/boot/config-6.1.0-13-amd64", "CONFIG_SMP=y\n");
	find(at("pkg"));
	assert_string_equal(kernel.config, at("pkg/boot/config-6.1.0-13-amd64"));
}

TEST(kernel_find__cwd_no_tree__passed_over)
{
	put_image("cwd/arch/x86/boot/bzImage", "1");
	put_installed("root", "6.0.0-running");
	find(NULL);
	assert_release("6.0.0-running");
}

TEST(kernel_find__newest__by_version_not_by_text)
{
	put_installed("root", "6.9.0-1-amd64");
	put_installed("root", "6.10.0-1-amd64");
	put_installed("root", "5.20.0");
	find(NULL);
	assert_release("6.10.0-1-amd64");
}

TEST(kernel_find__newest__release_is_newer_than_its_candidates)
{
	put_installed("root", "6.12.0-rc7");
	put_installed("root", "6.12.0-rc10");
	put_installed("root", "6.11.0");
	find(NULL);
	assert_release("6.12.0-rc10");
	kernel_release(&kernel);
	put_installed("root", "6.12.0");
	find(NULL);
	assert_release("6.12.0");
}

TEST(kernel_find__newest_without_image__passed_over)
{
	put_dir("root/lib/modules/7.0.0");
	put_installed("root", "6.1.0");
	find(NULL);
	assert_release("6.1.0");
}

TEST(kernel_find__images_without_modules__newest_of_them)
{
	put_image("root/boot/vmlinuz-6.1.0", "6.1.0");
	put_image("root/boot/vmlinuz-6.2.0", "6.2.0");
	put_image("root/boot/vmlinuz-6.2.0.old", "6.2.0");
	find(NULL);
	assert_release("6.2.0");
	assert_null(kernel.moddir);
}

TEST(kernel_find__newest_with_modules__before_newer_without)
{
	put_installed("root", "6.1.0");
	put_image("root/boot/vmlinuz-6.2.0", "6.2.0");
	find(NULL);
	assert_release("6.1.0");
}

TEST(kernel_find__newest_in_cache__over_several_roots)
{
	put_installed("cache/kernels/6.1-cloud", "6.1.0-cloud");
	put_installed("cache/kernels/6.10-cloud", "6.10.0-cloud");
	put_dir("cache/kernels/9-empty");
	put_installed("cache/kernels/.partial", "7.0.0");
	find(NULL);
	assert_release("6.10.0-cloud");
}

TEST(kernel_find__release_in_root_and_cache__that_of_the_root)
{
	put_installed("root", "6.1.0-both");
	put_installed("cache/kernels/6.1", "6.1.0-both");
	put_installed("cache/kernels/6.2", "6.2.0-cached");
	find("6.1.0-both");
	assert_string_equal(kernel.image, at("root/boot/vmlinuz-6.1.0-both"));
	kernel_release(&kernel);
	find("6.2.0-cached");
	assert_release("6.2.0-cached");
}

TEST(kernel_find__image_places__all_known_names)
{
	static const char *const names[] = {
		"root/boot/vmlinuz-6.0.0-running",
		"root/usr/lib/modules/6.0.0-running/vmlinuz",
		"root/lib/modules/6.0.0-running/vmlinuz",
		"root/boot/Image-6.0.0-running",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		put_image(names[i], "6.0.0-running");
		find(NULL);
		assert_string_equal(kernel.image, at(names[i]));
		kernel_release(&kernel);
		unlink(at(names[i]));
	}
}

TEST(kernel_find__usr_merged_modules__found)
{
	put_image("root/usr/lib/modules/6.0.0-running/vmlinuz", "6.0.0-running");
	find(NULL);
	assert_release("6.0.0-running");
	assert_moddir("root/usr/lib/modules/6.0.0-running");
}

TEST(kernel_find__running_without_modules__no_moddir)
{
	put_image("root/boot/vmlinuz-6.0.0-running", "6.0.0-running");
	find(NULL);
	assert_null(kernel.moddir);
}

TEST(kernel_find__release_as_argument__installed_one)
{
	put_everything();
	find("5.4.0-named");
	assert_string_equal(kernel.image, at("root/boot/vmlinuz-5.4.0-named"));
	assert_moddir("root/lib/modules/5.4.0-named");
}

TEST(kernel_find__unknown_argument__error_names_it)
{
	put_everything();
	assert_error("9.9.9", "'9.9.9'", "kernel");
}

TEST(kernel_find__kernel_release_not_installed__error_names_it)
{
	put_installed("root", "6.0.0-running");
	set_conf("KERNEL_RELEASE", "9.9.9");
	assert_error(NULL, "'9.9.9'", "KERNEL_RELEASE");
}

TEST(kernel_find__build_tree__release_and_image)
{
	put_source("tree");
	put_tree("tree", "6.13.0-rc1+");
	find(at("tree"));
	assert_release("6.13.0-rc1+");
	assert_string_equal(kernel.image, at("tree/arch/x86/boot/bzImage"));
	assert_non_null(kernel.objdir);
	assert_null(kernel.moddir);
}

/* An O= directory has no Kbuild and no sources. */
TEST(kernel_find__separate_object_directory__is_a_tree)
{
	put_tree("build", "6.13.0");
	find(at("build"));
	assert_release("6.13.0");
	assert_non_null(kernel.objdir);
}

TEST(kernel_find__relative_tree__absolute_image)
{
	_cleanup_free_ char *cwd = NULL, *expected = NULL;

	put_tree("tree", "6.13.0");
	assert_int_equal(chdir(fixture_dir), 0);
	cwd = getcwd(NULL, 0);
	expected = xasprintf("%s/tree/arch/x86/boot/bzImage", cwd);
	find("tree");
	assert_string_equal(kernel.image, expected);
}

TEST(kernel_find__unbuilt_tree__error_says_make)
{
	put_source("tree");
	assert_error(at("tree"), at("tree"), "make");
}

TEST(kernel_find__kernel_src_unbuilt__error_no_fallback)
{
	put_everything();
	put_source("unbuilt");
	set_conf("KERNEL_SRC", at("unbuilt"));
	assert_error(NULL, at("unbuilt"), "built");
}

TEST(kernel_find__kernel_src_absent__error_names_it)
{
	put_everything();
	set_conf("KERNEL_SRC", at("nowhere"));
	assert_error(NULL, at("nowhere"), "kernel");
}

TEST(kernel_find__unpacked_package__its_newest)
{
	put_installed("pkg", "6.1.0-9-amd64");
	put_installed("pkg", "6.1.0-13-amd64");
	find(at("pkg"));
	assert_release("6.1.0-13-amd64");
	assert_string_equal(kernel.image, at("pkg/boot/vmlinuz-6.1.0-13-amd64"));
	assert_moddir("pkg/lib/modules/6.1.0-13-amd64");
	assert_null(kernel.objdir);
}

TEST(kernel_find__other_directory__error_names_it)
{
	put_dir("empty");
	assert_error(at("empty"), at("empty"), "tree");
}

TEST(kernel_find__image_file__release_from_header)
{
	put_image("some/bzImage", "6.7.8-mine");
	find(at("some/bzImage"));
	assert_release("6.7.8-mine");
	assert_string_equal(kernel.image, at("some/bzImage"));
	assert_null(kernel.objdir);
}

TEST(kernel_find__image_in_boot__modules_of_its_root)
{
	put_installed("pkg", "6.7.8");
	find(at("pkg/boot/vmlinuz-6.7.8"));
	assert_moddir("pkg/lib/modules/6.7.8");
}

TEST(kernel_find__image_beside_modules__that_directory)
{
	put_image("pkg/usr/lib/modules/6.7.8/vmlinuz", "other");
	put_file("pkg/usr/lib/modules/6.7.8/modules.dep", "");
	find(at("pkg/usr/lib/modules/6.7.8/vmlinuz"));
	assert_release("6.7.8");
	assert_moddir("pkg/usr/lib/modules/6.7.8");
}

TEST(kernel_find__image_with_dots_in_path__cleaned)
{
	put_installed("pkg", "6.7.8");
	find(at("pkg/lib/../boot/./vmlinuz-6.7.8"));
	assert_string_equal(kernel.image, at("pkg/boot/vmlinuz-6.7.8"));
	assert_moddir("pkg/lib/modules/6.7.8");
}

TEST(kernel_find__arm64_image__release_from_its_name)
{
	unsigned char image[ARM64_IMAGE_SIZE];

	arm64_image(image);
	put_data("pkg/boot/vmlinuz-6.1.0-13-arm64", image, sizeof(image));
	put_dir("pkg/lib/modules/6.1.0-13-arm64");
	assert_int_equal(kernel_find(&kernel, at("pkg/boot/vmlinuz-6.1.0-13-arm64"),
				     &conf, &places, &report),
			 0);
	assert_release("6.1.0-13-arm64");
	assert_moddir("pkg/lib/modules/6.1.0-13-arm64");
	assert_string_equal(kernel.arch->name, "arm64");
}

TEST(kernel_find__arm64_image_by_another_name__release_not_known)
{
	unsigned char image[ARM64_IMAGE_SIZE];

	arm64_image(image);
	put_data("pkg/boot/Image", image, sizeof(image));
	put_dir("pkg/lib/modules/unknown");
	put_file("pkg/boot/config", "");
	set_conf("KERNEL_INSTALL_MOD_PATH", at("pkg"));
	assert_int_equal(
		kernel_find(&kernel, at("pkg/boot/Image"), &conf, &places, &report), 0);
	assert_null(kernel.release);
	assert_null(kernel.moddir);
	assert_string_equal(kernel.config, at("pkg/boot/config"));
	assert_string_equal(kernel_known_as(&kernel), "unknown");
	kernel.release = xstrdup("6.1.0");
	assert_string_equal(kernel_known_as(&kernel), "6.1.0");
}

TEST(kernel_find__no_kernel_image__error_names_it)
{
	put_file("some/text", "hello\n");
	assert_error(at("some/text"), at("some/text"), "image");
}

TEST(kernel_find__empty_file__error_names_it)
{
	put_file("some/empty", "");
	assert_error(at("some/empty"), at("some/empty"), "image");
}

TEST(kernel_find__install_mod_path__modules_from_there)
{
	put_tree("src", "5.2.0-src");
	put_dir("mods/lib/modules/5.2.0-src");
	set_conf("KERNEL_INSTALL_MOD_PATH", at("mods"));
	find(at("src"));
	assert_moddir("mods/lib/modules/5.2.0-src");
	assert_non_null(kernel.objdir);
}

TEST(kernel_find__install_mod_path_without_the_release__warning)
{
	put_tree("src", "5.2.0-src");
	set_conf("KERNEL_SRC", at("src"));
	set_conf("KERNEL_INSTALL_MOD_PATH", at("mods"));
	find(at("src"));
	assert_null(kernel.moddir);
	assert_int_equal(report.warnings.nr, 1);
	assert_non_null(strstr(report.warnings.v[0], "KERNEL_INSTALL_MOD_PATH"));
}

TEST(kernel_find__installed_before_the_build__warning)
{
	const struct timespec long_ago[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

	put_tree("src", "5.2.0-src");
	put_file("mods/lib/modules/5.2.0-src/modules.dep", "");
	assert_int_equal(utimensat(AT_FDCWD, at("mods/lib/modules/5.2.0-src/modules.dep"),
				   long_ago, 0),
			 0);
	set_conf("KERNEL_INSTALL_MOD_PATH", at("mods"));
	find(at("src"));
	assert_moddir("mods/lib/modules/5.2.0-src");
	assert_int_equal(report.warnings.nr, 1);
	assert_non_null(strstr(report.warnings.v[0], "modules_install"));
}

TEST(kernel_find__install_mod_path__wins_over_installed)
{
	put_installed("root", "6.0.0-running");
	put_dir("mods/usr/lib/modules/6.0.0-running");
	set_conf("KERNEL_INSTALL_MOD_PATH", at("mods"));
	find(NULL);
	assert_moddir("mods/usr/lib/modules/6.0.0-running");
}

static int find_unreadable(void)
{
	if (kernel_find(&kernel, at("pkg/boot/vmlinuz-6.7.8"), &conf, &places, &report) ==
	    0)
		return 1;
	if (report.errors.nr != 1)
		return 2;
	return strstr(report.errors.v[0], "pkg/boot/vmlinuz-6.7.8") &&
			       strstr(report.errors.v[0], "chmod")
		       ? 0
		       : 3;
}

TEST(kernel_find__image_of_root_only__says_how_to_get_at_it)
{
	put_installed("pkg", "6.7.8");
	assert_int_equal(chmod(at("pkg/boot/vmlinuz-6.7.8"), geteuid() == 0 ? 0600 : 0),
			 0);
	assert_int_equal(fixture_run_as_user(find_unreadable), 0);
}

static int find_unreadable_running(void)
{
	if (kernel_find(&kernel, NULL, &conf, &places, &report) == 0)
		return 1;
	return report.errors.nr == 1 && strstr(report.errors.v[0], "chmod") ? 0 : 2;
}

TEST(kernel_find__running_of_root_only__says_how_to_get_at_it)
{
	put_installed("root", "6.0.0-running");
	assert_int_equal(
		chmod(at("root/boot/vmlinuz-6.0.0-running"), geteuid() == 0 ? 0600 : 0),
		0);
	assert_int_equal(fixture_run_as_user(find_unreadable_running), 0);
}

static int check_unreadable(void)
{
	return kernel_check_readable(at("image"), &report) == -EACCES &&
			       report.errors.nr == 1
		       ? 0
		       : 1;
}

TEST(check_readable__no_permission__eacces)
{
	put_image("image", "1");
	assert_int_equal(chmod(at("image"), geteuid() == 0 ? 0600 : 0), 0);
	assert_int_equal(fixture_run_as_user(check_unreadable), 0);
}

TEST(check_readable__readable__fine)
{
	assert_int_equal(kernel_check_readable(put_image("image", "1"), &report), 0);
	assert_int_equal(report.errors.nr, 0);
}

TEST(check_readable__absent__error_names_it)
{
	assert_int_equal(kernel_check_readable(at("image"), &report), -EINVAL);
	assert_contains(report.errors.v[0], at("image"));
}

static int find_modules(const char *arg)
{
	return kernel_find_modules(&kernel, arg, &conf, &places, &report);
}

TEST(find_modules__release_without_image__modules_will_do)
{
	put_dir("modules/lib/modules/9.9.9");
	set_conf("KERNEL_INSTALL_MOD_PATH", at("modules"));
	set_conf("KERNEL_RELEASE", "9.9.9");
	assert_int_equal(find_modules(NULL), 0);
	assert_null(kernel.image);
	assert_string_equal(kernel.release, "9.9.9");
	assert_string_equal(kernel.moddir, at("modules/lib/modules/9.9.9"));
	assert_ptr_equal(kernel.arch, arch_native());
	kernel_release(&kernel);
	put_dir("root/lib/modules/8.8.8");
	assert_int_equal(find_modules("8.8.8"), 0);
	assert_null(kernel.image);
	assert_string_equal(kernel.moddir, at("root/lib/modules/8.8.8"));
	kernel_release(&kernel);
	assert_error("8.8.8", "'8.8.8'", "no installed kernel");
}

TEST(find_modules__image_is_there__taken)
{
	put_installed("root", "9.9.9");
	set_conf("KERNEL_RELEASE", "9.9.9");
	assert_int_equal(find_modules(NULL), 0);
	assert_string_equal(kernel.image, at("root/boot/vmlinuz-9.9.9"));
}

TEST(find_modules__no_modules_either__error)
{
	set_conf("KERNEL_RELEASE", "9.9.9");
	assert_true(find_modules(NULL) < 0);
	assert_contains(report.errors.v[0], "'9.9.9'");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

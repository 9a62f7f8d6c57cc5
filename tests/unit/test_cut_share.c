// SPDX-License-Identifier: GPL-2.0-or-later
/* How a kernel mounts this host's directories, and what an image for its root leaves out.
 */
#include "cut/cut-share.h"
#include "cut/base.h"
#include "fixture.h"
#include "lib/view.h"

static struct conf conf;
static struct kernel kernel;
static struct kconfig config;
static struct cut_extras extras;
static struct report report;
static struct plan plan;
static struct sysroot host;

static int setup(void **state)
{
	static char dir[] = "/nonexistent";
	struct dirs dirs = { .rapido_dir = dir, .state = dir };

	conf_init(&conf, &dirs);
	kernel = (struct kernel){ .arch = arch_by_name("x86"),
				  .release = xstrdup("6.1.0-test") };
	config = (struct kconfig)KCONFIG_INIT;
	report = (struct report)REPORT_INIT;
	host = (struct sysroot)SYSROOT_INIT;
	return fixture_make(state) || sysroot_init(&host, fixture_dir);
}

static int teardown(void **state)
{
	free(kernel.release);
	kconfig_release(&config);
	cut_extras_release(&extras);
	report_release(&report);
	plan_release(&plan);
	sysroot_release(&host);
	conf_release(&conf);
	return fixture_remove(state);
}

#define SHARE_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

/* With the kernel's configuration @text, the settings @settings, and a share. */
static const char *choose(const char *text, const char *settings, bool root)
{
	struct vm_args args = { .shares = { .root = root ? "host" : NULL } };
	const struct cut_share_kernel k = { &conf, &kernel, &config, NULL };
	const struct cut_share_type *type;

	put_dir("shared");
	assert_int_equal(kconfig_read(&config, put_file("config", text), &report), 0);
	assert_int_equal(conf_parse(&conf, "rapido.conf", settings, &report), 0);
	assert_int_equal(share_args_add(&args.shares, at("shared")), 0);
	cut_extras_add_vm(&extras, &args);
	vm_args_release(&args);
	type = cut_share_choose(&k, &extras, &report);
	return type ? type->name : NULL;
}

#define NINE_P "CONFIG_9P_FS=y\nCONFIG_NET_9P_VIRTIO=y\n"

SHARE_TEST(cut_share_choose__no_server__9p)
{
	assert_string_equal(
		choose(NINE_P "CONFIG_VIRTIO_FS=y\n", "VIRTIOFSD=\"no\"\n", false), "9p");
}

SHARE_TEST(cut_share_choose__server__virtiofs)
{
	if (view_check())
		skip();
	assert_string_equal(
		choose(NINE_P "CONFIG_VIRTIO_FS=y\n", "VIRTIOFSD=\"/bin/true\"\n", false),
		"virtiofs");
}

SHARE_TEST(cut_share_choose__root_of_the_host__9p_shows_owners)
{
	assert_string_equal(choose(NINE_P "CONFIG_VIRTIO_FS=y\nCONFIG_OVERLAY_FS=y\n",
				   "VIRTIOFSD=\"/bin/true\"\n", true),
			    "9p");
}

SHARE_TEST(cut_share_choose__uml__hostfs)
{
	kernel.arch = arch_by_name("um");
	assert_string_equal(choose("CONFIG_HOSTFS=y\n" NINE_P, "", false), "hostfs");
}

SHARE_TEST(cut_share_choose__nothing__options_and_advice_in_one_line)
{
	assert_null(choose("CONFIG_VIRTIO_FS=y\n", "VIRTIOFSD=\"no\"\n", false));
	assert_int_equal(report.errors.nr, 1);
	assert_contains(report.errors.v[0], "6.1.0-test");
	assert_contains(report.errors.v[0], "CONFIG_9P_FS and CONFIG_NET_9P_VIRTIO");
	assert_contains(report.errors.v[0], "VIRTIOFSD");
	assert_contains(report.errors.v[0], "rapido config --share");
	assert_contains(report.errors.v[0], "--put");
}

SHARE_TEST(cut_share_choose__neither__both_in_a_sentence)
{
	assert_null(choose("CONFIG_TTY=y\n", "", false));
	assert_int_equal(report.errors.nr, 1);
	assert_contains(
		report.errors.v[0],
		"it has neither CONFIG_VIRTIO_FS (module 'virtiofs') nor CONFIG_9P_FS");
}

SHARE_TEST(cut_share_choose__no_overlay__no_root_of_the_host)
{
	assert_null(choose(NINE_P, "", true));
	assert_int_equal(report.errors.nr, 1);
	assert_contains(report.errors.v[0],
			"it lacks CONFIG_OVERLAY_FS (module 'overlay')");
}

/* Add the file @source of the host as @path. */
static void add_file(const char *path, const char *source)
{
	const struct plan_reason why = { -1, plan_intern(&plan, "test") };
	struct stat st;

	assert_int_equal(fstatat(host.fd, source, &st, 0), 0);
	assert_true(plan_add_file(&plan, path, host.fd, source, &st, false, why) >= 0);
}

SHARE_TEST(cut_share_reduce__what_the_host_has__is_left_out)
{
	const struct plan_reason base = base_reason(&plan);
	const struct plan_reason test = { -1, plan_intern(&plan, "test") };
	int dir;

	put_file("usr/bin/same", "x");
	put_file("usr/bin/other", "x");
	put_file("etc/passwd", "user");
	put_file("etc/mine", "host");
	put_file("lib/modules/1/a.ko", "x");
	assert_int_equal(chmod(at("usr/bin"), 0711), 0);
	add_file("/usr/bin/same", "usr/bin/same");
	add_file("/usr/bin/other", "usr/bin/same");
	add_file("/usr/bin/new", "usr/bin/same");
	add_file("/lib/modules/1/a.ko", "lib/modules/1/a.ko");
	plan_add_data(&plan, "/etc/passwd", 0644, "root", 4, base);
	plan_add_data(&plan, "/etc/mine", 0644, "test", 4, test);
	plan_add_data(&plan, "/rapido.rc", 0644, "rc", 2, base);
	cut_share_reduce(&plan, &host, NULL);
	assert_int_equal(plan_find(&plan, "/usr/bin/same"), -1);
	assert_int_equal(plan_find(&plan, "/etc/passwd"), -1);
	assert_true(plan_find(&plan, "/usr/bin/other") >= 0);
	assert_true(plan_find(&plan, "/usr/bin/new") >= 0);
	assert_true(plan_find(&plan, "/etc/mine") >= 0);
	assert_true(plan_find(&plan, "/rapido.rc") >= 0);
	/* init loads it before it has the host's */
	assert_true(plan_find(&plan, "/lib/modules/1/a.ko") >= 0);
	dir = plan_find(&plan, "/usr/bin");
	assert_true(dir >= 0);
	assert_int_equal(plan.entries[dir].mode, 0711);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

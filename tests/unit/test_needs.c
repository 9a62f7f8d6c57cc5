// SPDX-License-Identifier: GPL-2.0-or-later
/* What rapido needs of a kernel, compared with configurations. */
#include "fixture.h"
#include "kconfig/needs.h"

/* All that is essential on x86. */
#define ESSENTIAL                                                               \
	"CONFIG_64BIT=y\nCONFIG_BLK_DEV_INITRD=y\nCONFIG_BINFMT_ELF=y\n"        \
	"CONFIG_DEVTMPFS=y\nCONFIG_PROC_FS=y\nCONFIG_TTY=y\n"                   \
	"CONFIG_SERIAL_8250=y\nCONFIG_SERIAL_8250_CONSOLE=y\nCONFIG_PRINTK=y\n" \
	"CONFIG_ACPI=y\nCONFIG_PCI=y\nCONFIG_BINFMT_SCRIPT=y\n"

static struct conf conf;
static struct report report;
static struct kconfig config;
static struct manifest manifest;
static struct strvec bases;

static int setup(void **state)
{
	struct dirs dirs = { 0 };

	if (fixture_make(state))
		return -1;
	dirs.rapido_dir = xstrdup(fixture_dir);
	dirs.state = xstrdup(fixture_dir);
	conf_init(&conf, &dirs);
	dirs_release(&dirs);
	return 0;
}

static int teardown(void **state)
{
	manifest_release(&manifest);
	kconfig_release(&config);
	report_release(&report);
	conf_release(&conf);
	return fixture_remove(state);
}

static int check(const char *machine, const char *config_text, const char *lines)
{
	assert_int_equal(
		manifest_parse(&manifest, "/t.fest", lines, &conf, &bases, &report), 0);
	assert_int_equal(kconfig_read(&config, put_file(".config", config_text), &report),
			 0);
	return needs_check(&config, arch_by_machine(machine),
			   needs_when(&manifest, &conf), &manifest, &bases, &report);
}

static void assert_one(const struct strvec *messages, const char *part, const char *other)
{
	assert_int_equal(messages->nr, 1);
	assert_contains(messages->v[0], part);
	assert_contains(messages->v[0], other);
}

#define NEEDS_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

NEEDS_TEST(check__all_there__nothing)
{
	assert_int_equal(check("x86_64", ESSENTIAL, ""), 0);
	assert_int_equal(report.errors.nr, 0);
	assert_int_equal(report.warnings.nr, 0);
}

NEEDS_TEST(check__essential_missing__what_breaks)
{
	assert_int_equal(check("x86_64", ESSENTIAL "# CONFIG_DEVTMPFS is not set\n", ""),
			 -EINVAL);
	assert_one(&report.errors, "CONFIG_DEVTMPFS is not set in '", "without it");
	assert_contains(report.errors.v[0], "rapido config");
	assert_contains(report.errors.v[0], at(".config"));
}

NEEDS_TEST(check__essential_as_module__must_be_built_in)
{
	assert_int_equal(check("x86_64", ESSENTIAL "CONFIG_SERIAL_8250=m\n", ""),
			 -EINVAL);
	assert_one(&report.errors, "CONFIG_SERIAL_8250 is m in '",
		   "must be built in (=y)");
}

NEEDS_TEST(check__command_line_overridden__refused)
{
	assert_int_equal(check("x86_64", ESSENTIAL "CONFIG_CMDLINE_OVERRIDE=y\n", ""),
			 -EINVAL);
	assert_one(&report.errors, "CONFIG_CMDLINE_OVERRIDE is set in '", "with it");
}

NEEDS_TEST(check__other_architecture__its_console)
{
	assert_int_equal(check("aarch64", ESSENTIAL "CONFIG_SERIAL_AMBA_PL011=y\n", ""),
			 -EINVAL);
	assert_one(&report.errors, "CONFIG_SERIAL_AMBA_PL011_CONSOLE", "is not set");
}

NEEDS_TEST(check__no_power_off__warning)
{
	assert_int_equal(check("x86_64", ESSENTIAL "CONFIG_ACPI=n\n", ""), 0);
	assert_one(&report.warnings, "CONFIG_ACPI", "halts");
}

NEEDS_TEST(check__disk__virtio)
{
	assert_int_equal(check("x86_64",
			       ESSENTIAL "CONFIG_PCI=y\nCONFIG_SYSFS=y\n"
					 "CONFIG_VIRTIO_PCI=m\n",
			       "disk scratch 1G\n"),
			 -EINVAL);
	assert_one(&report.errors, "CONFIG_VIRTIO_BLK", "not found");
}

NEEDS_TEST(check__network__driver_of_its_cards)
{
	assert_int_equal(check("x86_64",
			       ESSENTIAL "CONFIG_PCI=y\nCONFIG_VIRTIO_PCI=m\n"
					 "CONFIG_NET=y\nCONFIG_INET=y\n"
					 "CONFIG_NETDEVICES=y\n",
			       "network\n"),
			 0);
	assert_one(&report.warnings, "CONFIG_VIRTIO_NET", "no driver");
}

NEEDS_TEST(check__networkd__what_it_takes)
{
	assert_int_equal(kconfig_read(&config,
				      put_file(".config", ESSENTIAL
					       "CONFIG_EPOLL=y\nCONFIG_INOTIFY_USER=y\n"
					       "CONFIG_SIGNALFD=y\nCONFIG_TIMERFD=y\n"
					       "CONFIG_UNIX=y\n"),
				      &report),
			 0);
	needs_check(&config, arch_by_machine("x86_64"), NEEDS_NETWORKD, &manifest, &bases,
		    &report);
	assert_one(&report.warnings, "CONFIG_PACKET", "DHCP");
}

NEEDS_TEST(check__kconfig_lines__those_that_do_not_hold)
{
	assert_int_equal(check("x86_64", ESSENTIAL "CONFIG_A=m\nCONFIG_S=\"x\"\n",
			       "kconfig A\nkconfig CONFIG_A=m\nkconfig S=x\n"
			       "kconfig B=n\nkconfig A=y\nkconfig B\n"),
			 -EINVAL);
	assert_int_equal(report.errors.nr, 2);
	assert_contains(report.errors.v[0], "t.fest:5: kconfig A=y");
	assert_contains(report.errors.v[0], "CONFIG_A is m in '");
	assert_contains(report.errors.v[1], "CONFIG_B is not set in '");
	assert_contains(report.errors.v[1], "t.fest:6: kconfig B");
}

NEEDS_TEST(check_wanted__missing__warnings_only)
{
	assert_int_equal(check("x86_64", ESSENTIAL, ""), 0);
	needs_check_wanted(&config, arch_by_machine("x86_64"), 0, &report);
	assert_int_equal(report.errors.nr, 0);
	assert_true(report.warnings.nr > 3);
	for (size_t i = 0; i < report.warnings.nr; i++)
		assert_lacks(report.warnings.v[i], "MODULE_UNLOAD");
}

NEEDS_TEST(table__every_row__complete)
{
	const struct need *need;

	for (size_t i = 0; (need = needs_nth(i)); i++) {
		assert_true(is_kconfig_symbol(need->symbol, strlen(need->symbol)));
		assert_non_null(strstr("y m n", need->value));
		assert_true(*need->purpose && *need->breakage);
	}
}

/* Who has another console than rapido's knows what they do. */
NEEDS_TEST(check__console_of_the_users__no_serial_port)
{
	static const char *const settings[] = {
		"QEMU_EXTRA_KERNEL_PARAMS=\"debug console=hvc0\"\n",
		"QEMU_EXTRA_KERNEL_PARAMS=\"debug\"\nAPPEND=\"console=hvc0\"\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		assert_int_equal(conf_parse(&conf, "rapido.conf", settings[i], &report),
				 0);
		assert_int_equal(
			check("x86_64",
			      ESSENTIAL "# CONFIG_SERIAL_8250_CONSOLE is not set\n", ""),
			0);
		assert_int_equal(report.errors.nr, 0);
		teardown(state);
		setup(state);
	}
}

NEEDS_TEST(when__lines_and_settings__conditions)
{
	assert_int_equal(manifest_parse(&manifest, "/t.fest",
					"kmod xfs\nbin /usr/lib/systemd/systemd\n"
					"disk a 1G\nnetwork\n",
					&conf, &bases, &report),
			 0);
	assert_int_equal(conf_parse(&conf, "rapido.conf",
				    "VIRTFS_SHARE_PATH=\"/x\"\n"
				    "DYN_DEBUG_MODULES=\"xfs\"\n",
				    &report),
			 0);
	assert_int_equal(needs_when(&manifest, &conf),
			 NEEDS_MODULES | NEEDS_SYSTEMD | NEEDS_DISK | NEEDS_VIRTIO |
				 NEEDS_SHARE | NEEDS_DEBUG | NEEDS_CONSOLE |
				 NEEDS_NETWORK);
}

NEEDS_TEST(when__network_setting__as_if_each_test_asked)
{
	assert_int_equal(conf_parse(&conf, "rapido.conf", "NETWORK=\"user\"\n", &report),
			 0);
	assert_int_equal(needs_when(&manifest, &conf),
			 NEEDS_NETWORK | NEEDS_VIRTIO | NEEDS_CONSOLE);
}

NEEDS_TEST(when__network_setting_is_none__nothing)
{
	assert_int_equal(conf_parse(&conf, "rapido.conf", "NETWORK=\"none\"\n", &report),
			 0);
	assert_int_equal(needs_when(&manifest, &conf), NEEDS_CONSOLE);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

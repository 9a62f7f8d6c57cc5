// SPDX-License-Identifier: GPL-2.0-or-later
/* The directories vmN: which files count, which VMs there are, what all of it takes. */
#include "fixture.h"
#include "net/netconf.h"

static struct netconf conf;
static struct report report;

static int setup(void **state)
{
	conf = (struct netconf)NETCONF_INIT;
	report = (struct report)REPORT_INIT;
	return fixture_make(state);
}

static int teardown(void **state)
{
	netconf_release(&conf);
	report_release(&report);
	return fixture_remove(state);
}

static int load(void)
{
	netconf_release(&conf);
	report_release(&report);
	return netconf_load(&conf, at("nc"), 1, &report);
}

#define TAP1 "[Match]\nName=tap1\n[Network]\nAddress=192.168.155.101/24\n"

/* The whole load fails with one error, which has @part in it. */
static void assert_load_error(const char *part)
{
	assert_int_equal(load(), -EINVAL);
	assert_int_equal(report.errors.nr, 1);
	assert_contains(report.errors.v[0], part);
}

/* It takes systemd-networkd, because of what is said of the file @name. */
static void assert_beyond(const char *before, const char *name, const char *after)
{
	_cleanup_free_ char *beyond = netconf_beyond(&conf);
	_cleanup_free_ char *expected = xasprintf("%s'%s'%s", before, at(name), after);

	assert_string_equal(beyond, expected);
}

static void assert_init_can(void)
{
	assert_null(netconf_beyond(&conf));
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(netconf_load__files_of_a_vm__sorted_and_named)
{
	put_file("nc/vm1/b.network", "[Match]\nName=tap2\n");
	put_file("nc/vm1/a.network", TAP1);
	put_file("nc/vm1/hostname", "fs1.example.org\n# the first\n");
	assert_int_equal(load(), 0);
	assert_int_equal(report.warnings.nr, 0);
	assert_int_equal(conf.number, 1);
	assert_string_equal(conf.dir, at("nc/vm1"));
	assert_string_equal(conf.hostname, "fs1.example.org");
	assert_int_equal(conf.nr, 2);
	assert_string_equal(conf.files[0].name, "a.network");
	assert_string_equal(conf.files[0].path, at("nc/vm1/a.network"));
	assert_string_equal(conf.files[0].text, TAP1);
	assert_string_equal(conf.files[1].device, "tap2");
	assert_init_can();
}

TEST(netconf_load__no_directory__enoent_and_silence)
{
	assert_int_equal(load(), -ENOENT);
	put_dir("nc/vm2");
	assert_int_equal(load(), -ENOENT);
	assert_int_equal(report.errors.nr + report.warnings.nr, 0);
}

TEST(netconf_load__directory_is_a_file__error)
{
	put_file("nc/vm1", "");
	assert_load_error("nc/vm1");
}

TEST(netconf_load__empty_directory__fine)
{
	put_dir("nc/vm1");
	assert_int_equal(load(), 0);
	assert_int_equal(conf.nr, 0);
	assert_null(conf.hostname);
	assert_init_can();
}

TEST(netconf_load__other_names__not_looked_at)
{
	put_file("nc/vm1/README", "x");
	put_file("nc/vm1/tap1.network~", "x");
	put_file("nc/vm1/.tap1.network", "x");
	put_file("nc/vm1/tap1.networks", "x");
	put_file("nc/vm1/sub/tap1.network", "x");
	assert_int_equal(load(), 0);
	assert_int_equal(conf.nr + conf.others.nr, 0);
}

TEST(netconf_load__netdev__device_known_and_beyond)
{
	put_file("nc/vm1/tap1.network", TAP1);
	put_file("nc/vm1/vlan10.netdev",
		 "[NetDev]\nName=vlan10\nKind=vlan\n[VLAN]\nId=10\n");
	put_file("nc/vm1/vlan10.network", "[Match]\nName=vlan10\n");
	assert_int_equal(load(), 0);
	assert_strvec(&conf.netdevs, "vlan10");
	assert_strvec(&conf.kinds, "vlan");
	assert_strvec(&conf.others, "vlan10.netdev");
	assert_contains(conf.others_text.v[0], "[VLAN]\nId=10\n");
	assert_beyond("", "nc/vm1/vlan10.netdev", "");
}

TEST(netconf_load__netdev_of_nothing__error)
{
	static const char *const texts[] = {
		"",
		"[NetDev]\nName=x\n",
		"[NetDev]\nKind=vlan\n",
		"Name=x\nKind=vlan\n",
		"[NetDev]\nName=a/b\nKind=vlan\n",
		"[NetDev]\nName=x\nKind=\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		put_file("nc/vm1/x.netdev", texts[i]);
		assert_load_error("x.netdev: it does not say which device");
	}
}

TEST(netconf_load__dropins_and_links__others)
{
	put_file("nc/vm1/tap1.network", TAP1);
	put_file("nc/vm1/tap1.network.d/10-a.conf", "[Network]\nDHCP=yes\n");
	put_file("nc/vm1/tap1.network.d/README", "x");
	put_file("nc/vm1/z.link", "[Match]\nOriginalName=*\n");
	assert_int_equal(load(), 0);
	assert_strvec(&conf.others, "tap1.network.d/10-a.conf", "z.link");
	assert_string_equal(conf.others_text.v[0], "[Network]\nDHCP=yes\n");
}

TEST(netconf_load__error_in_one_file__the_others_are_there)
{
	put_file("nc/vm1/a.network", "");
	put_file("nc/vm1/b.network", TAP1);
	assert_load_error("a.network: it does not say which device it is for");
	assert_int_equal(conf.nr, 2);
	assert_string_equal(conf.files[1].device, "tap1");
}

TEST(netconf_load__two_files_of_one_device__second_is_not_used)
{
	put_file("nc/vm1/a.network", TAP1);
	put_file("nc/vm1/b.network", TAP1);
	assert_int_equal(load(), 0);
	assert_int_equal(report.warnings.nr, 1);
	assert_contains(report.warnings.v[0], "b.network' is not used: ");
	assert_true(netconf_is_tap(&conf, &conf.files[0]));
	assert_false(netconf_is_tap(&conf, &conf.files[1]));
}

TEST(netconf_load__fifo_or_directory__error_without_waiting)
{
	put_dir("nc/vm1");
	assert_int_equal(mkfifo(at("nc/vm1/tap1.network"), 0600), 0);
	assert_load_error("tap1.network': it is no regular file");
	unlink(at("nc/vm1/tap1.network"));
	assert_int_equal(mkfifo(at("nc/vm1/hostname"), 0600), 0);
	assert_load_error("hostname': it is no regular file");
	unlink(at("nc/vm1/hostname"));
	put_dir("nc/vm1/tap1.network");
	assert_load_error("tap1.network'");
}

TEST(netconf_load__dangling_link__error)
{
	put_dir("nc/vm1");
	assert_int_equal(symlink("nowhere", at("nc/vm1/tap1.network")), 0);
	assert_load_error("tap1.network'");
}

TEST(netconf_load__binary_file__error)
{
	put_data("nc/vm1/tap1.network", TAP1 "\0", sizeof(TAP1));
	assert_load_error("tap1.network': it holds binary data");
	put_data("nc/vm1/tap1.network",
		 "\x7f"
		 "ELF",
		 4);
	assert_load_error("tap1.network:1: ");
	put_file("nc/vm1/tap1.network", TAP1 "# caf\xe9\n");
	assert_load_error("must be UTF-8");
}

TEST(netconf_load__huge_file__error)
{
	put_file("nc/vm1/tap1.network", TAP1);
	assert_int_equal(truncate(at("nc/vm1/tap1.network"), NETCONF_FILE_MAX + 1), 0);
	assert_load_error("has more than 65536 bytes");
}

TEST(netconf_load__too_many_files__error)
{
	for (int i = 0; i <= NETCONF_FILES_MAX + 3; i++) {
		char name[64], text[64];

		snprintf(name, sizeof(name), "nc/vm1/%d.network", i);
		snprintf(text, sizeof(text), "[Match]\nName=tap%d\n", i);
		put_file(name, text);
	}
	assert_load_error("has more than 64 files");
	assert_int_equal(conf.nr, NETCONF_FILES_MAX);
}

TEST(netconf_load__hostname__first_word_or_error)
{
	put_file("nc/vm1/hostname", "\n");
	assert_int_equal(load(), 0);
	assert_null(conf.hostname);
	put_file("nc/vm1/hostname", "a b\n");
	assert_int_equal(load(), 0);
	assert_string_equal(conf.hostname, "a");
	put_file("nc/vm1/hostname", "\n \tb\n");
	assert_int_equal(load(), 0);
	assert_string_equal(conf.hostname, "b");
	put_file("nc/vm1/hostname", "a;reboot\n");
	assert_load_error("hostname' does not hold a host name: 'a;reboot'");
}

TEST(netconf_read_hostname__without_a_network__name_none_or_error)
{
	_cleanup_free_ char *name = NULL;

	assert_int_equal(netconf_read_hostname(at("nc"), 1, &name, &report), 0);
	assert_null(name);
	assert_int_equal(netconf_read_hostname(at("absent"), 1, &name, &report), 0);
	assert_null(name);
	put_file("nc/vm1/hostname", "a\n");
	assert_int_equal(netconf_read_hostname(at("nc"), 1, &name, &report), 0);
	assert_string_equal(name, "a");
	assert_int_equal(report.errors.nr, 0);
	free(TAKE_PTR(name));
	put_dir("nc/vm2/hostname");
	assert_int_equal(netconf_read_hostname(at("nc"), 2, &name, &report), -EINVAL);
	assert_contains(report.errors.v[0], "vm2/hostname': is a directory");
}

TEST(netconf_beyond__first_of_all_files__with_path_and_line)
{
	put_file("nc/vm1/a.network", TAP1);
	put_file("nc/vm1/b.network", "[Match]\nName=tap2\n[Network]\n\nDHCP=yes\n");
	put_file("nc/vm1/c.network", "[Match]\nName=tap3\n[Network]\nDHCP=ipv4\n");
	assert_int_equal(load(), 0);
	assert_beyond("DHCP=yes in ", "nc/vm1/b.network", " line 5");
}

TEST(netconf_beyond__mac_of_a_device_of_the_guest__beyond)
{
	put_file("nc/vm1/tap1.network", TAP1 "[Link]\nMACAddress=02:00:00:00:00:01\n");
	assert_int_equal(load(), 0);
	assert_init_can();
	put_file("nc/vm1/lo.network",
		 "[Match]\nName=lo\n[Link]\nMACAddress=02:00:00:00:00:02\n");
	assert_int_equal(load(), 0);
	assert_beyond("MACAddress=02:00:00:00:00:02 in ", "nc/vm1/lo.network", " line 4");
}

TEST(netconf_is_tap__device_of_the_guest_alone__false)
{
	static const bool expected[] = { false, false, true, false };

	put_file("nc/vm1/1.network", "[Match]\nName=lo\n");
	put_file("nc/vm1/2.network", "[Match]\nName=vlan10\n");
	put_file("nc/vm1/3.network", "[Match]\nName=tap1\n");
	put_file("nc/vm1/4.network", "[Match]\nName=tap*\n");
	put_file("nc/vm1/vlan10.netdev", "[NetDev]\nName=vlan10\nKind=vlan\n");
	assert_int_equal(load(), 0);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_int_equal(netconf_is_tap(&conf, &conf.files[i]), expected[i]);
}

TEST(netconf_numbers__directories__sorted_numbers)
{
	_cleanup_free_ unsigned int *numbers = NULL;
	size_t nr;

	put_dir("nc/vm10");
	put_dir("nc/vm2");
	put_dir("nc/vm999");
	put_dir("nc/vm0");
	put_dir("nc/vm01");
	put_dir("nc/vm1000");
	put_dir("nc/vm");
	put_dir("nc/vm3x");
	put_dir("nc/vm-4");
	put_dir("nc/vm99999999999999999999");
	put_file("nc/vm5", "");
	assert_int_equal(netconf_numbers(at("nc"), &numbers, &nr), 0);
	assert_int_equal(nr, 3);
	assert_int_equal(numbers[0], 2);
	assert_int_equal(numbers[1], 10);
	assert_int_equal(numbers[2], 999);
}

TEST(netconf_numbers__no_directory__enoent)
{
	unsigned int *numbers;
	size_t nr;

	assert_int_equal(netconf_numbers(at("nc"), &numbers, &nr), -ENOENT);
	assert_null(numbers);
	assert_int_equal(nr, 0);
}

/* What people copy at first. */
TEST(netconf_load__example__taps_without_a_word)
{
	static const size_t files[] = { 1, 1, 2 };

	for (unsigned int n = 1; n <= ARRAY_SIZE(files); n++) {
		netconf_release(&conf);
		assert_int_equal(
			netconf_load(&conf, SOURCE_DIR "/net-conf.example", n, &report),
			0);
		assert_int_equal(report.warnings.nr, 0);
		assert_int_equal(conf.nr, files[n - 1]);
		for (size_t i = 0; i < conf.nr; i++)
			assert_true(netconf_is_tap(&conf, &conf.files[i]));
		assert_init_can();
	}
	assert_int_equal(conf.files[1].nr_addresses, 2);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

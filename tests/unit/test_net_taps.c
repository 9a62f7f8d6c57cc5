// SPDX-License-Identifier: GPL-2.0-or-later
/* Which devices the VMs of a net-conf want of the host. */
#include "fixture.h"
#include "net/host/net-taps.h"

#define NETWORK(device) "[Match]\nName=" device "\n\n[Network]\nAddress=10.0.0.1/24\n"

FIXTURE_TEST(net_taps_load__several_vms__each_device_once)
{
	_cleanup_(net_taps_release) struct net_taps taps = NET_TAPS_INIT;
	struct report report = REPORT_INIT;

	put_file("net-conf/vm10/x.network", NETWORK("tap10"));
	put_file("net-conf/vm2/a.network", NETWORK("shared"));
	put_file("net-conf/vm2/b.network", NETWORK("tap2"));
	put_file("net-conf/vm1/x.network", NETWORK("shared"));
	assert_int_equal(net_taps_load(&taps, at("net-conf"), &report), 0);
	assert_int_equal(taps.nr_vms, 3);
	assert_int_equal(taps.nr, 3);
	assert_string_equal(taps.taps[0].device, "shared");
	assert_strvec(&taps.taps[0].vms, "1", "2");
	assert_string_equal(taps.taps[1].device, "tap2");
	assert_string_equal(taps.taps[2].device, "tap10");
	assert_ptr_equal(net_taps_find(&taps, "tap10"), &taps.taps[2]);
	assert_null(net_taps_find(&taps, "tap1"));
	assert_int_equal(report.errors.nr, 0);
	report_release(&report);
}

FIXTURE_TEST(net_taps_load__no_net_conf__enoent_alone)
{
	_cleanup_(net_taps_release) struct net_taps taps = NET_TAPS_INIT;
	struct report report = REPORT_INIT;

	assert_int_equal(net_taps_load(&taps, at("net-conf"), &report), -ENOENT);
	assert_int_equal(report.errors.nr, 0);
	report_release(&report);
}

FIXTURE_TEST(net_taps_load__vm_without_files__warning)
{
	_cleanup_(net_taps_release) struct net_taps taps = NET_TAPS_INIT;
	_cleanup_free_ char *warning =
		xasprintf("there is no *.network file in '%s/vm1'", at("net-conf"));
	struct report report = REPORT_INIT;

	put_file("net-conf/vm1/hostname", "vm1\n");
	put_file("net-conf/vm2/b.network", NETWORK("tap2"));
	assert_int_equal(net_taps_load(&taps, at("net-conf"), &report), 0);
	assert_int_equal(taps.nr_vms, 2);
	assert_strvec(&report.warnings, warning);
	report_release(&report);
}

FIXTURE_TEST(net_taps_load__bad_file__error_and_the_others)
{
	_cleanup_(net_taps_release) struct net_taps taps = NET_TAPS_INIT;
	struct report report = REPORT_INIT;

	put_file("net-conf/vm1/a.network", "");
	put_file("net-conf/vm2/b.network", NETWORK("tap2"));
	assert_int_equal(net_taps_load(&taps, at("net-conf"), &report), -EINVAL);
	assert_true(report.errors.nr > 0);
	assert_contains(report.errors.v[0], "vm1/a.network");
	assert_non_null(net_taps_find(&taps, "tap2"));
	report_release(&report);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

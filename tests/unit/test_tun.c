// SPDX-License-Identifier: GPL-2.0-or-later
/* TAP devices, real ones. */
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include "netns_fixture.h"

DEFINE_TEST(tun_advice__no_node__names_the_module)
{
	assert_contains(tun_advice(-ENOENT), "modprobe tun");
	assert_contains(tun_advice(ENODEV), "CONFIG_TUN");
}

NETNS_TEST(tun_is_tap__each_sort_of_device__told_apart)
{
	struct netlink nl;

	netns_needed_with_tun();
	assert_int_equal(netlink_open(&nl), 0);
	assert_int_equal(netlink_add_bridge(&nl, "br7", "x"), 0);
	netlink_close(&nl);
	assert_int_equal(put_tap("tap7", 0), 0);
	assert_int_equal(tun_is_tap("tap7"), 1);
	assert_int_equal(tun_is_tap("br7"), 0);
	assert_int_equal(tun_is_tap("lo"), 0);
	assert_int_equal(tun_is_tap("tap8"), -ENODEV);
	assert_int_equal(tun_is_tap("a name that is much too long"), -ENODEV);
}

static int is_tap_as_user(void)
{
	return tun_is_tap("tap7") == 1 && tun_is_tap("tap8") == -ENODEV ? 0 : 1;
}

NETNS_TEST(tun_is_tap__no_privilege__is_told)
{
	netns_needed_with_tun();
	assert_int_equal(fixture_make(NULL), 0);
	assert_int_equal(put_tap("tap7", 0), 0);
	assert_int_equal(fixture_run_as_user(is_tap_as_user), 0);
	assert_int_equal(fixture_remove(NULL), 0);
}

NETNS_TEST(tun_make__name_is_taken__eexist)
{
	netns_needed_with_tun();
	assert_int_equal(put_tap("tap7", 0), 0);
	assert_int_equal(put_tap("tap7", 0), -EEXIST);
	assert_int_equal(put_tap("lo", 0), -EEXIST);
	assert_int_equal(put_tap("no/name", 0), -EINVAL);
}

NETNS_TEST(tun_make__not_kept__goes_when_closed)
{
	int fd;

	netns_needed_with_tun();
	fd = tun_make("tap7", 65534);
	assert_true(fd >= 0);
	assert_int_equal(tun_is_tap("tap7"), 1);
	close(fd);
	assert_int_equal(tun_is_tap("tap7"), -ENODEV);
}

NETNS_TEST(tun_attach__no_device__enodev_and_none_is_made)
{
	struct capture c;

	netns_needed_with_tun();
	c = capture_start();
	assert_int_equal(tun_attach("tap7", true), -ENODEV);
	assert_contains(capture_stop(&c), "'tap7': run 'sudo rapido setup-network'");
	assert_int_equal(tun_is_tap("tap7"), -ENODEV);
}

NETNS_TEST(tun_attach__is_attached__ebusy)
{
	struct capture c;
	int fd;

	netns_needed_with_tun();
	assert_int_equal(put_tap("tap7", 0), 0);
	fd = tun_attach("tap7", true);
	assert_true(fd >= 0);
	c = capture_start();
	assert_int_equal(tun_attach("tap7", true), -EBUSY);
	assert_contains(capture_stop(&c), "'tap7' is in use by another VM");
	assert_int_equal(tun_set_owner("tap7", 1), -EBUSY);
	close(fd);
	fd = tun_attach("tap7", true);
	assert_true(fd >= 0);
	close(fd);
}

/* Whether the kernel leaves segments of TCP to the VM at "tap7". */
static bool leaves_segments(void)
{
	struct ethtool_value value = { .cmd = ETHTOOL_GTSO };
	struct ifreq ifr = { .ifr_name = "tap7", .ifr_data = (char *)&value };
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(ioctl(fd, SIOCETHTOOL, &ifr), 0);
	return value.data;
}

NETNS_TEST(tun_attach__without_offload__the_last_vms_is_over)
{
	struct ifreq ifr = { .ifr_flags = 0 };
	int fd;

	netns_needed_with_tun();
	assert_int_equal(put_tap("tap7", 0), 0);
	fd = tun_attach("tap7", true);
	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, TUNGETIFF, &ifr), 0);
	assert_true(ifr.ifr_flags & IFF_VNET_HDR);
	assert_int_equal(ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4), 0);
	close(fd);
	assert_true(leaves_segments());
	fd = tun_attach("tap7", false);
	assert_true(fd >= 0);
	assert_false(leaves_segments());
	assert_int_equal(ioctl(fd, TUNGETIFF, &ifr), 0);
	assert_false(ifr.ifr_flags & IFF_VNET_HDR);
	close(fd);
}

NETNS_TEST(tun_attach__no_tap__error_names_it)
{
	struct capture c;

	netns_needed_with_tun();
	c = capture_start();
	assert_int_equal(tun_attach("lo", true), -EINVAL);
	assert_contains(capture_stop(&c), "'lo' is not a TAP device");
}

static int attach_as_user(void)
{
	int fd = tun_attach("mine", true), other;

	if (fd < 0)
		return 1;
	other = tun_attach("other", true);
	close(fd);
	return other == -EPERM ? 0 : 2;
}

NETNS_TEST(tun_attach__user__own_device_only)
{
	struct capture c;
	const char *said;
	int status;

	netns_needed_with_tun();
	assert_int_equal(fixture_make(NULL), 0);
	assert_int_equal(put_tap("mine", 65534), 0);
	assert_int_equal(put_tap("other", 65533), 0);
	c = capture_start();
	status = fixture_run_as_user(attach_as_user);
	said = capture_stop(&c);
	assert_int_equal(fixture_remove(NULL), 0);
	assert_int_equal(status, 0);
	assert_contains(said, "'other' belongs to another user");
}

NETNS_TEST(tun_set_owner__free_device__owner_changes)
{
	struct net_state now;
	const struct net_link *tap;

	netns_needed_with_tun();
	assert_int_equal(put_tap("tap7", 65534), 0);
	assert_int_equal(tun_set_owner("tap7", 1234), 0);
	assert_int_equal(net_state_read(&now), 0);
	tap = net_state_find(&now, "tap7");
	assert_non_null(tap);
	assert_true(tap->has_owner);
	assert_int_equal(tap->owner, 1234);
	net_state_release(&now);
	assert_int_equal(tun_set_owner("tap8", 1234), -ENODEV);
}

int main(void)
{
	return run_defined_tests(netns_enter, NULL);
}

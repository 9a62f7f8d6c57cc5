// SPDX-License-Identifier: GPL-2.0-or-later
/* What a VM is told of its network: init's list, the files of systemd, hosts, DNS. */
#include "fixture.h"
#include "net/netguest.h"

static struct netconf conf;
static struct report report;
static struct plan plan;
static struct netguest_nic nics[2];
static struct netguest guest;

static int setup(void **state)
{
	conf = (struct netconf)NETCONF_INIT;
	report = (struct report)REPORT_INIT;
	plan = (struct plan)PLAN_INIT;
	memset(nics, 0, sizeof(nics));
	guest = (struct netguest){ .nics = nics, .conf = &conf };
	return fixture_make(state);
}

static int teardown(void **state)
{
	netconf_release(&conf);
	report_release(&report);
	plan_release(&plan);
	return fixture_remove(state);
}

/* One file of VM 1, for the interface at tap1. */
#define TAP1 "[Match]\nName=tap1\n"

/* Read nc/vm1; its TAPs become the interfaces b8:00:00:00:00:01 and so on. */
static void load(void)
{
	assert_int_equal(netconf_load(&conf, at("nc"), 1, &report), 0);
	for (size_t i = 0; i < conf.nr; i++) {
		if (!netconf_is_tap(&conf, &conf.files[i]))
			continue;
		assert_true(guest.nr_nics < ARRAY_SIZE(nics));
		nics[guest.nr_nics++] = (struct netguest_nic){
			.device = conf.files[i].device,
			.mac = { 0xb8, 0, 0, 0, 0, (unsigned char)guest.nr_nics },
			.file = &conf.files[i],
		};
	}
}

/* The contents of the file @path in the plan; NULL without it. The next call ends it. */
static const char *planned(const char *path)
{
	static char text[4096];
	int index = plan_find(&plan, path);
	const struct plan_entry *entry;

	if (index < 0)
		return NULL;
	entry = &plan.entries[index];
	assert_int_equal(entry->kind, PLAN_DATA);
	assert_int_equal(entry->mode, 0644);
	assert_true(entry->size < sizeof(text));
	memcpy(text, entry->data, entry->size);
	text[entry->size] = '\0';
	return text;
}

/* @text after TAP1 in nc/vm1/tap1.network makes the list @expected, after "nic". */
static void assert_list(const char *text, const char *expected)
{
	_cleanup_free_ char *file = xasprintf(TAP1 "%s", text);
	_cleanup_free_ char *list = xasprintf("nic b8:00:00:00:00:01 tap1\n%s", expected);

	netconf_release(&conf);
	plan_release(&plan);
	plan = (struct plan)PLAN_INIT;
	guest.nr_nics = 0;
	put_file("nc/vm1/tap1.network", file);
	load();
	netguest_plan(&guest, &plan);
	assert_string_equal(planned("/rapido-rsc/network"), list);
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(netguest_plan__static_address__address_and_route)
{
	assert_list("[Network]\nAddress=192.168.155.101/24\nGateway=192.168.155.1\n",
		    "up\naddress 192.168.155.101/24 broadcast 192.168.155.255\n"
		    "route 0.0.0.0/0 via 192.168.155.1\n");
}

TEST(netguest_plan__broadcast_no__none_in_the_list)
{
	assert_list("[Address]\nAddress=192.168.155.101/24\nBroadcast=no\n",
		    "up\naddress 192.168.155.101/24\n");
}

TEST(netguest_plan__all_of_it__in_the_order_that_works)
{
	assert_list("[Route]\nGateway=10.9.0.1\n[Route]\nDestination=10.9.0.0/16\n"
		    "[Network]\nAddress=10.0.0.1/24\n"
		    "IPv6AcceptRA=yes\nIPForward=yes\n[Link]\nMTUBytes=1400\n",
		    "mtu 1400\nsysctl ipv4/ip_forward 1\n"
		    "sysctl ipv6/conf/all/forwarding 1\n"
		    "sysctl ipv6/conf/@/accept_ra 2\nup\n"
		    "address 10.0.0.1/24 broadcast 10.0.0.255\n"
		    "route 10.9.0.0/16 scope 253\nroute 0.0.0.0/0 via 10.9.0.1\n");
}

TEST(netguest_plan__no_link_local_address__no_router_advertisements)
{
	assert_list("[Network]\nLinkLocalAddressing=no\n",
		    "sysctl ipv6/conf/@/accept_ra 0\nlinklocal off\nup\n");
	assert_list("[Network]\nIPv6AcceptRA=yes\nLinkLocalAddressing=no\n",
		    "sysctl ipv6/conf/@/accept_ra 0\nlinklocal off\nup\n");
}

TEST(netguest_plan__ipv6__no_broadcast_and_no_scope)
{
	assert_list("[Network]\nAddress=fd00::1/64\nGateway=fd00::2\nIPv6AcceptRA=no\n"
		    "[Route]\nDestination=fd01::/16\n",
		    "sysctl ipv6/conf/@/accept_ra 0\nup\naddress fd00::1/64\n"
		    "route fd01::/16\nroute ::/0 via fd00::2\n");
}

TEST(netguest_plan__every_word__written)
{
	assert_list("[Address]\nAddress=10.0.0.1/32\nPeer=10.0.0.2\nScope=link\n"
		    "[Route]\nDestination=10.0.0.0/8\nGateway=10.0.0.2\nMetric=5\n"
		    "Table=100\nMTUBytes=1300\nScope=global\nGatewayOnLink=yes\n"
		    "PreferredSource=10.0.0.1\n",
		    "up\naddress 10.0.0.1/32 peer 10.0.0.2 scope 253\n"
		    "route 10.0.0.0/8 via 10.0.0.2 src 10.0.0.1 metric 5 table 100 "
		    "mtu 1300 scope 0 onlink\n");
}

TEST(netguest_plan__stays_down__addresses_only)
{
	assert_list("[Link]\nActivationPolicy=down\n[Network]\nAddress=10.0.0.1/31\n"
		    "Gateway=10.0.0.0\n",
		    "address 10.0.0.1/31\n");
}

TEST(netguest_plan__two_interfaces_and_lo__a_part_each)
{
	put_file("nc/vm1/tap1.network", TAP1 "[Link]\nMTUBytes=1300\n");
	put_file("nc/vm1/tap2.network", "[Match]\nName=tap2\n");
	put_file("nc/vm1/lo.network",
		 "[Match]\nName=lo\n[Network]\nAddress=10.1.0.1/32\n");
	load();
	netguest_plan(&guest, &plan);
	assert_string_equal(planned("/rapido-rsc/network"),
			    "nic b8:00:00:00:00:01 tap1\nmtu 1300\nup\n"
			    "nic b8:00:00:00:00:02 tap2\nup\n"
			    "device lo\nup\naddress 10.1.0.1/32\n");
}

TEST(netguest_plan__second_file_of_a_device__not_done)
{
	put_file("nc/vm1/a.network", "[Match]\nName=lo\n");
	put_file("nc/vm1/b.network",
		 "[Match]\nName=lo\n[Network]\nAddress=10.1.0.1/32\n");
	load();
	netguest_plan(&guest, &plan);
	assert_string_equal(planned("/rapido-rsc/network"), "device lo\nup\n");
}

TEST(netguest_plan__interface_without_file__its_text)
{
	nics[0] = (struct netguest_nic){ .device = "user",
					 .mac = { 0xb8 },
					 .text = "up\naddress 10.0.2.15/24" };
	guest.nr_nics = 1;
	guest.conf = NULL;
	netguest_plan(&guest, &plan);
	assert_string_equal(planned("/rapido-rsc/network"),
			    "nic b8:00:00:00:00:00 user\nup\naddress 10.0.2.15/24\n");
}

TEST(netguest_plan__networkd__nothing_else_in_the_list)
{
	put_file("nc/vm1/tap1.network", TAP1 "[Network]\nDHCP=yes\n");
	load();
	guest.networkd = true;
	netguest_plan(&guest, &plan);
	assert_string_equal(planned("/rapido-rsc/network"), "networkd 30\n");
}

TEST(netguest_plan__systemd_files__match_has_the_mac)
{
	put_file("nc/vm1/tap1.network",
		 "# one\n[Match]\n# two\nName=\\\ntap1\n\n[Network]\n"
		 "# three\nVLAN=vlan10\r\n[Match]\nName=tap1");
	put_file("nc/vm1/vlan10.network", "[Match]\nName=vlan10\n");
	put_file("nc/vm1/vlan10.netdev", "[NetDev]\nName=vlan10\nKind=vlan");
	put_file("nc/vm1/tap1.network.d/x.conf", "[Network]\nDHCP=yes\n");
	load();
	netguest_plan(&guest, &plan);
	assert_string_equal(
		planned("/etc/systemd/network/tap1.network"),
		"# one\n[Match]\nPermanentMACAddress=b8:00:00:00:00:01\n# two\n\n"
		"[Network]\n# three\nVLAN=vlan10\r\n");
	assert_string_equal(planned("/etc/systemd/network/vlan10.network"),
			    "[Match]\nName=vlan10\n");
	assert_string_equal(planned("/etc/systemd/network/vlan10.netdev"),
			    "[NetDev]\nName=vlan10\nKind=vlan");
	assert_string_equal(planned("/etc/systemd/network/tap1.network.d/x.conf"),
			    "[Network]\nDHCP=yes\n");
}

/* An archive's entry for a directory sets the mode of the one that is there. */
TEST(netguest_plan__directories__open_to_all)
{
	static const char *const dirs[] = { "/etc", "/etc/systemd",
					    "/etc/systemd/network", "/rapido-rsc" };

	put_file("nc/vm1/tap1.network", TAP1);
	load();
	netguest_plan(&guest, &plan);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		int index = plan_find(&plan, dirs[i]);

		assert_true(index >= 0);
		assert_int_equal(plan.entries[index].kind, PLAN_DIR);
		assert_int_equal(plan.entries[index].mode, 0755);
	}
}

TEST(netguest_plan__servers_and_domains__resolv_conf)
{
	struct strvec dns = STRVEC_INIT;

	put_file("nc/vm1/tap1.network",
		 TAP1 "[Network]\nDNS=10.0.0.1 10.0.0.2\nDomains=a.test b.test\n");
	put_file("nc/vm1/tap2.network",
		 "[Match]\nName=tap2\n[Network]\nDNS=10.0.0.1\nDomains=c.test\n");
	load();
	strvec_pushl(&dns, "10.0.2.3", "10.0.2.4", NULL);
	guest.dns = &dns;
	netguest_plan(&guest, &plan);
	strvec_release(&dns);
	assert_string_equal(planned("/etc/resolv.conf"),
			    "nameserver 10.0.0.1\nnameserver 10.0.0.2\n"
			    "nameserver 10.0.2.3\nsearch a.test b.test c.test\n");
}

TEST(netguest_plan__no_servers__no_resolv_conf)
{
	put_file("nc/vm1/tap1.network", TAP1 "[Network]\nDomains=a.test\n");
	load();
	netguest_plan(&guest, &plan);
	assert_null(planned("/etc/resolv.conf"));
	assert_null(planned("/rapido-rsc/hosts"));
}

TEST(netguest_plan__hosts__a_line_each)
{
	struct strvec hosts = STRVEC_INIT;

	strvec_pushl(&hosts, "10.0.0.1 rapido1", "10.0.0.2 b.test b", NULL);
	guest.hosts = &hosts;
	guest.conf = NULL;
	netguest_plan(&guest, &plan);
	strvec_release(&hosts);
	assert_string_equal(planned("/rapido-rsc/hosts"),
			    "10.0.0.1 rapido1\n10.0.0.2 b.test b\n");
	assert_null(planned("/rapido-rsc/network"));
}

TEST(netguest_hosts__all_vms__names_by_number_and_domain)
{
	_cleanup_(strvec_release) struct strvec hosts = STRVEC_INIT;

	put_file("nc/vm1/tap1.network", TAP1 "[Network]\nAddress=192.168.155.101/24\n"
					     "Address=fd00::101/64\n");
	put_file("nc/vm2/hostname", "fs1.example.org\n");
	put_file("nc/vm2/a.network",
		 "[Match]\nName=tap2\n[Address]\nAddress=10.0.0.2/8\n");
	put_file("nc/vm10/hostname", "short\n");
	put_file("nc/vm10/a.network",
		 "[Match]\nName=t\n[Network]\nAddress=10.0.0.10/8\n");
	netguest_hosts(at("nc"), &hosts);
	assert_strvec(&hosts, "192.168.155.101 rapido1", "fd00::101 rapido1",
		      "10.0.0.2 fs1.example.org fs1", "10.0.0.10 short");
}

TEST(netguest_hosts__addresses_that_nobody_reaches__left_out)
{
	_cleanup_(strvec_release) struct strvec hosts = STRVEC_INIT;

	put_file("nc/vm1/tap1.network",
		 TAP1 "[Network]\nAddress=169.254.1.1/16\nAddress=fe80::1/64\n"
		      "Address=0.0.0.0/24\n");
	put_file("nc/vm1/lo.network",
		 "[Match]\nName=lo\n[Network]\nAddress=127.0.0.2/8\nAddress=::1/128\n");
	netguest_hosts(at("nc"), &hosts);
	assert_strvec(&hosts, NULL);
}

TEST(netguest_hosts__broken_vm__the_others)
{
	_cleanup_(strvec_release) struct strvec hosts = STRVEC_INIT;

	put_file("nc/vm1/tap1.network", "nonsense");
	put_file("nc/vm1/hostname", "a b;c/\n");
	put_file("nc/vm2/tap2.network",
		 "[Match]\nName=tap2\n[Network]\nAddress=10.0.0.2/8\n");
	netguest_hosts(at("nc"), &hosts);
	assert_strvec(&hosts, "10.0.0.2 rapido2");
}

TEST(netguest_hosts__no_directory__none)
{
	_cleanup_(strvec_release) struct strvec hosts = STRVEC_INIT;

	netguest_hosts(at("nc"), &hosts);
	assert_strvec(&hosts, NULL);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* cut: what comes into an image for the VM's network. The programs are this host's. */
#include "cut_fixture.h"

#define NETWORKD "/usr/lib/systemd/systemd-networkd"
#define DHCP	 "[Match]\nName=tap1\n[Network]\nDHCP=yes\n"
#define STATIC	 "[Match]\nName=tap1\n[Network]\nAddress=10.0.0.1/24\n"

static const struct fx_module all_modules[] = {
	{ .path = "kernel/virtio_ring.ko", .exports = "ring_fn" },
	{ .path = "kernel/virtio_pci.ko", .imports = "ring_fn" },
	{ .path = "kernel/failover.ko", .exports = "failover_fn" },
	{ .path = "kernel/virtio_net.ko", .imports = "failover_fn" },
	{ .path = "kernel/ipv6.ko" },
	{ .path = "kernel/af_packet.ko" },
	{ .path = "kernel/8021q.ko" },
	{ .path = "kernel/bridge.ko" },
	{ .path = "kernel/bonding.ko" },
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

static void set_conf(struct env *env, const char *text)
{
	struct report report = REPORT_INIT;

	assert_int_equal(conf_parse(&env->conf, "rapido.conf", text, &report), 0);
	report_release(&report);
}

/* The file @name, "vm1/tap1.network", of the net-conf. */
static void put_netconf(struct env *env, const char *name, const char *text)
{
	_cleanup_free_ char *path = xasprintf("/rapido/net-conf/%s", name);

	fx_write(env->dir, path, text);
}

static bool has_module(const struct env *env, const char *name)
{
	_cleanup_free_ char *path = xasprintf(FX_MODDIR "/kernel/%s.ko", name);

	return has(env, path);
}

#define NETWORK_TEST(f) DEFINE_TEST_WITH(f, setup, env_teardown)

NETWORK_TEST(cut__network__its_modules_in_the_order_to_load)
{
	struct env *env = *state;
	_cleanup_free_ char *list = NULL;

	assert_cut(env, "network\n");
	list = text_at(env, "/rapido-rsc/modules");
	assert_string_equal(list, FX_MODDIR "/kernel/virtio_ring.ko\n" FX_MODDIR
					    "/kernel/virtio_pci.ko\n" FX_MODDIR
					    "/kernel/failover.ko\n" FX_MODDIR
					    "/kernel/virtio_net.ko\n");
	assert_true(has_module(env, "ipv6"));
	assert_false(has_module(env, "af_packet"));
	assert_null(env->cut.info.net_kind);
}

/* modprobe is a link to kmod on most hosts. */
static bool modprobe_can_run(const struct env *env)
{
	const struct plan_entry *kmod = find(env, "/usr/bin/kmod");
	const struct plan_entry *modprobe = find(env, "/usr/sbin/modprobe");

	if (!kmod || kmod->kind != PLAN_FILE)
		kmod = modprobe;
	assert_non_null(kmod);
	assert_int_equal(kmod->kind, PLAN_FILE);
	return kmod->mode & 0111;
}

NETWORK_TEST(cut__modules_of_the_test__modprobe_can_run)
{
	struct env *env = *state;

	assert_cut(env, "network\nkmod virtio_pci\n");
	assert_true(modprobe_can_run(env));
}

/* Nothing that the starting kernel asks for would be found. */
NETWORK_TEST(cut__network__modprobe_waits_for_init)
{
	struct env *env = *state;

	assert_cut(env, "network\n");
	assert_false(modprobe_can_run(env));
}

NETWORK_TEST(cut__no_network__no_modules)
{
	struct env *env = *state;

	put_netconf(env, "vm1/tap1.network", DHCP);
	set_conf(env, "NETWORK=\"none\"\n");
	assert_cut(env, "");
	assert_false(has(env, "/rapido-rsc/net"));
	assert_false(has_module(env, "virtio_net"));
	assert_false(has(env, NETWORKD));
}

NETWORK_TEST(cut__network_by_setting__as_if_the_test_asked)
{
	struct env *env = *state;

	set_conf(env, "NETWORK=\"lan\"\n");
	assert_cut(env, "");
	assert_true(has(env, "/rapido-rsc/net"));
	assert_true(has_module(env, "virtio_net"));
	/* it is the setting that boot looks at */
	assert_null(env->cut.info.net_kind);
}

NETWORK_TEST(cut__network_by_command_line__remembered)
{
	struct env *env = *state;

	env->request.network = "lan";
	assert_cut(env, "network user\n");
	assert_true(has_module(env, "virtio_net"));
	assert_string_equal(env->cut.info.net_kind, "lan");
}

/* They have addresses of their own, whatever net-conf says. */
NETWORK_TEST(cut__user_network__no_networkd_for_net_conf)
{
	struct env *env = *state;

	put_netconf(env, "vm1/tap1.network", DHCP);
	assert_cut(env, "network user\n");
	assert_false(has(env, NETWORKD));
}

NETWORK_TEST(cut__setting_is_none__test_that_asks_is_ready_for_one)
{
	struct env *env = *state;

	set_conf(env, "NETWORK=\"none\"\n");
	assert_cut(env, "network\n");
	assert_true(has(env, "/rapido-rsc/net"));
	assert_true(has_module(env, "virtio_net"));
}

NETWORK_TEST(cut__several_kinds__first_counts)
{
	struct env *env = *state;

	assert_cut(env, "network\nnetwork lan\nnetwork user\n");
	assert_string_equal(env->cut.info.net_kind, "lan");
}

NETWORK_TEST(cut__static_netconf__nothing_more)
{
	struct env *env = *state;

	put_netconf(env, "vm1/tap1.network", STATIC);
	assert_cut(env, "network\n");
	assert_false(has(env, NETWORKD));
	assert_false(has(env, "/rapido-rsc/networkd"));
	assert_int_equal(env->cut.report.warnings.nr, 0);
}

NETWORK_TEST(cut__dhcp_for_any_vm__programs_and_mark)
{
	static const char *const paths[] = {
		NETWORKD,
		"/usr/lib/systemd/systemd-networkd-wait-online",
		"/usr/lib/systemd/systemd-udevd",
		"/usr/bin/udevadm",
		"/rapido-rsc/networkd",
	};
	struct env *env = *state;

	if (access(NETWORKD, X_OK) < 0) {
		print_message("# skipped: this host has no systemd-networkd\n");
		skip();
	}
	put_netconf(env, "vm1/tap1.network", STATIC);
	put_netconf(env, "vm7/tap1.network", DHCP);
	assert_cut(env, "network\n");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (!has(env, paths[i]))
			fail_msg("%s is not in it", paths[i]);
	assert_true(has_module(env, "af_packet"));
	/* the reason leads to the file */
	assert_non_null(strstr(find(env, NETWORKD)->why, "vm7/tap1.network"));
}

NETWORK_TEST(cut__netdevs__modules_of_their_kinds)
{
	struct env *env = *state;
	_cleanup_free_ char *list = NULL;

	if (access(NETWORKD, X_OK) < 0) {
		print_message("# skipped: this host has no systemd-networkd\n");
		skip();
	}
	put_netconf(env, "vm1/v.netdev", "[NetDev]\nName=v\nKind=vlan\n");
	put_netconf(env, "vm2/b.netdev", "[NetDev]\nName=b\nKind=bond\n");
	put_netconf(env, "vm2/d.netdev", "[NetDev]\nName=d\nKind=dummy\n");
	assert_cut(env, "network\n");
	assert_true(has_module(env, "8021q"));
	assert_true(has_module(env, "bonding"));
	assert_false(has_module(env, "bridge"));
	/* the kernel asks for them itself */
	list = text_at(env, "/rapido-rsc/modules");
	assert_null(strstr(list, "8021q"));
}

/* systemd-networkd sets up only what it has made. */
NETWORK_TEST(cut__netdevs__modules_make_no_devices_by_themselves)
{
	struct env *env = *state;
	_cleanup_free_ char *options = NULL;

	if (access(NETWORKD, X_OK) < 0) {
		print_message("# skipped: this host has no systemd-networkd\n");
		skip();
	}
	put_netconf(env, "vm1/b.netdev", "[NetDev]\nName=b\nKind=bond\n");
	assert_cut(env, "network\n");
	options = text_at(env, "/etc/modprobe.d/rapido-network.conf");
	assert_non_null(strstr(options, "options bonding max_bonds=0\n"));
}

/* The VM may be one that is never booted; who boots it is told. */
NETWORK_TEST(cut__broken_netconf__no_matter)
{
	struct env *env = *state;

	put_netconf(env, "vm3/tap3.network", "[Network]\nAddress=10.0.0.1/24\n");
	assert_cut(env, "network\n");
	assert_int_equal(env->cut.report.warnings.nr, 0);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

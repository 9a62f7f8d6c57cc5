// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm-net: which network a VM gets, its cards, and what its guest is told; with real TAP
 * devices in a network namespace of the test's own.
 */
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "fixture.h"
#include "lib/log.h"
#include "tap_fixture.h"
#include "vm/vm-net.h"

struct env {
	struct conf conf;
	struct image_info info;
	struct vm_net net;
	struct vm_net_request request;
};

/* An image that requires a network, and the settings @text, in VM 2. */
static struct env *env_new(const char *text)
{
	static char rapido_dir[] = "/nonexistent/rapido", state[512];
	struct dirs dirs = { .rapido_dir = rapido_dir, .state = state };
	_cleanup_(strbuf_release) struct strbuf all = STRBUF_INIT;
	_cleanup_(report_release) struct report report = REPORT_INIT;
	struct env *env = xcalloc(1, sizeof(*env));

	snprintf(state, sizeof(state), "%s/state", fixture_dir);
	conf_init(&env->conf, &dirs);
	strbuf_addf(&all, "VM_NET_CONF=\"%s\"\n%s", at("net-conf"), text);
	assert_int_equal(conf_parse(&env->conf, "rapido.conf", all.buf, &report), 0);
	env->info.network = true;
	env->request = (struct vm_net_request){
		.conf = &env->conf,
		.info = &env->info,
		.slot = 2,
		.dry_run = true,
	};
	return env;
}

static void env_free(struct env **env)
{
	vm_net_release(&(*env)->net);
	conf_release(&(*env)->conf);
	free(*env);
}

#define _cleanup_env_ _cleanup_(env_free)

static void assert_made(struct env *env)
{
	assert_int_equal(vm_net_init(&env->net, &env->request), 0);
}

/* It fails, and the message has @text. */
static void assert_refused(struct env *env, const char *text)
{
	struct capture capture = capture_start();
	int err = vm_net_init(&env->net, &env->request);
	const char *said = capture_stop(&capture);

	assert_true(err < 0);
	assert_contains(said, text);
}

/* The contents of the file @path that the guest gets, or "". */
static char *told(const struct env *env, const char *path)
{
	_cleanup_(plan_release) struct plan plan = PLAN_INIT;
	int i;

	vm_net_plan(&env->net, &plan);
	i = plan_find(&plan, path);
	return i < 0 ? xstrdup("") : xstrndup(plan.entries[i].data, plan.entries[i].size);
}

static void assert_told(const struct env *env, const char *path, const char *part)
{
	_cleanup_free_ char *text = told(env, path);

	assert_contains(text, part);
}

FIXTURE_TEST(vm_net__image_without_network__none_and_a_warning)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"lan\"\n");

	struct capture capture;
	int err;

	env->info.network = false;
	capture = capture_start();
	err = vm_net_init(&env->net, &env->request);
	assert_contains(capture_stop(&capture),
			"the image was cut without a network: cut it again");
	assert_int_equal(err, 0);
	assert_int_equal(env->net.nr, 0);
}

FIXTURE_TEST(vm_net__image_without_network_but_asked_for__refused)
{
	_cleanup_env_ struct env *env = env_new("");

	env->info.network = false;
	env->request.kind = "user";
	assert_refused(env, "the image was cut without a network: cut it with --network "
			    "user");
}

FIXTURE_TEST(vm_net__none__no_card_and_nothing_told)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"none\"\n");
	_cleanup_(plan_release) struct plan plan = PLAN_INIT;

	assert_made(env);
	assert_int_equal(env->net.nr, 0);
	vm_net_plan(&env->net, &plan);
	assert_int_equal(plan.nr, 0);
}

FIXTURE_TEST(vm_net__kind__command_line_manifest_setting)
{
	static char lan[] = "lan";
	_cleanup_env_ struct env *setting = env_new("NETWORK=\"user\"\n");
	_cleanup_env_ struct env *manifest = env_new("NETWORK=\"user\"\n");
	_cleanup_env_ struct env *command = env_new("NETWORK=\"user\"\n");

	assert_made(setting);
	assert_int_equal(setting->net.kind, NET_USER);
	manifest->info.net_kind = lan;
	assert_made(manifest);
	assert_int_equal(manifest->net.kind, NET_LAN);
	command->info.net_kind = lan;
	command->request.kind = "none";
	assert_made(command);
	assert_int_equal(command->net.kind, NET_NONE);
}

/* An image may be of a later rapido's. */
FIXTURE_TEST(vm_net__unknown_kind__refused)
{
	static char kind[] = "avian";
	_cleanup_env_ struct env *env = env_new("");

	env->info.net_kind = kind;
	assert_refused(env, "a network of the kind 'avian', which is not known");
}

FIXTURE_TEST(vm_net__user__card_and_addresses)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"user\"\n");

	assert_made(env);
	assert_int_equal(env->net.nr, 1);
	assert_int_equal(env->net.nics[0].kind, NET_USER);
	assert_int_equal(env->net.nics[0].nr_forwards, 0);
	assert_true(starts_with(env->net.nics[0].mac, "b8:"));
	assert_told(env, IMAGE_NETWORK, env->net.nics[0].mac);
	assert_told(env, IMAGE_NETWORK, "\naddress 10.0.2.15/24 broadcast 10.0.2.255\n");
	assert_told(env, IMAGE_NETWORK, "\nroute 0.0.0.0/0 via 10.0.2.2\n");
	assert_told(env, "/etc/resolv.conf", "nameserver 10.0.2.3\n");
	assert_told(env, IMAGE_HOSTS, "10.0.2.15 rapido2\n");
}

FIXTURE_TEST(vm_net__user_with_forward__of_the_card)
{
	_cleanup_env_ struct env *env =
		env_new("NETWORK=\"user\"\nFORWARD=\"2222:22\"\n");

	assert_made(env);
	assert_int_equal(env->net.nics[0].nr_forwards, 1);
	assert_int_equal(env->net.nics[0].forwards[0].host_port, 2222);
}

FIXTURE_TEST(vm_net__user_without_the_loopback__refused)
{
	_cleanup_env_ struct env *env =
		env_new("NETWORK=\"user\"\nHOST_LOOPBACK=\"no\"\n");

	assert_refused(env, "HOST_LOOPBACK");
}

FIXTURE_TEST(vm_net__passt_with_udp_and_without_the_loopback__refused)
{
	_cleanup_env_ struct env *env =
		env_new("NETWORK=\"passt\"\nHOST_LOOPBACK=\"no\"\n"
			"FORWARD=\"udp:5353:53\"\n");

	assert_refused(env, "HOST_LOOPBACK");
}

FIXTURE_TEST(vm_net__bad_forward__refused)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"user\"\nFORWARD=\"ssh\"\n");

	assert_refused(env, "'ssh'");
}

FIXTURE_TEST(vm_net__lan_not_described__addresses_by_number)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"lan\"\n");

	env->request.slot = 300;
	assert_made(env);
	assert_int_equal(env->net.nr, 1);
	assert_told(env, IMAGE_NETWORK,
		    "\naddress 10.155.1.44/16 broadcast 10.155.255.255\n");
	assert_told(env, IMAGE_NETWORK, "\naddress fd00:10:155::12c/64\n");
	assert_told(env, IMAGE_HOSTS, "10.155.0.1 rapido1\n");
	assert_told(env, IMAGE_HOSTS, "10.155.1.44 rapido300\n");
}

FIXTURE_TEST(vm_net__lan_described__as_net_conf_has_it)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"lan\"\n");

	put_file("net-conf/vm2/a.network",
		 "[Match]\nName=tap2\n[Network]\nAddress=192.0.2.2/24\n");
	put_file("net-conf/vm2/b.network",
		 "[Match]\nName=tap3\n[Link]\nMACAddress=02:00:00:00:00:07\n");
	put_file("net-conf/vm1/a.network",
		 "[Match]\nName=tap1\n[Network]\nAddress=192.0.2.1/24\n");
	assert_made(env);
	assert_int_equal(env->net.nr, 2);
	assert_string_equal(env->net.nics[0].device, "tap2");
	assert_string_equal(env->net.nics[1].mac, "02:00:00:00:00:07");
	assert_told(env, IMAGE_NETWORK, "\naddress 192.0.2.2/24 ");
	assert_told(env, IMAGE_HOSTS, "192.0.2.1 rapido1\n");
	/* VMs that are not described are reached, too */
	assert_told(env, IMAGE_NETWORK, "\naddress 10.155.0.2/16 ");
	assert_told(env, IMAGE_HOSTS, "10.155.0.9 rapido9\n");
	assert_told(env, NETGUEST_DIR "/a.network", env->net.nics[0].mac);
}

FIXTURE_TEST(vm_net__peers__hosts_by_their_tests)
{
	static const struct vm_peer peers[] = { { "nfs-server", 1 }, { "other", 9 } };
	_cleanup_env_ struct env *env = env_new("NETWORK=\"lan\"\n");

	put_file("net-conf/vm1/a.network",
		 "[Match]\nName=tap1\n[Network]\nAddress=192.0.2.1/24\n");
	env->request.peers = peers;
	env->request.nr_peers = ARRAY_SIZE(peers);
	assert_made(env);
	assert_told(env, IMAGE_HOSTS, "192.0.2.1 nfs-server\n");
	assert_told(env, IMAGE_HOSTS, "10.155.0.9 other\n");
}

FIXTURE_TEST(vm_net__peers_of_a_user_network__not_reached)
{
	const struct vm_peer peer = { "nfs-server", 1 };
	_cleanup_env_ struct env *env = env_new("NETWORK=\"user\"\n");
	_cleanup_free_ char *hosts = NULL;
	struct capture capture;
	int err;

	env->request.peers = &peer;
	env->request.nr_peers = 1;
	capture = capture_start();
	err = vm_net_init(&env->net, &env->request);
	assert_contains(capture_stop(&capture), "do not reach each other: use --network");
	assert_int_equal(err, 0);
	hosts = told(env, IMAGE_HOSTS);
	assert_lacks(hosts, "nfs-server");
}

FIXTURE_TEST(vm_net__lan_process_killed__lost)
{
	_cleanup_env_ struct env *env = NULL;
	_cleanup_free_ char *settings =
		xasprintf("NETWORK=\"lan\"\nQEMU_PID_DIR=\"%s\"\n", at(""));
	const char *lost;

	env = env_new(settings);
	env->request.dry_run = false;
	assert_null(vm_net_lost(&env->net));
	assert_made(env);
	assert_null(vm_net_lost(&env->net));
	assert_int_equal(kill(env->net.lan.pid, SIGKILL), 0);
	for (int i = 0; i < 500 && !(lost = vm_net_lost(&env->net)); i++)
		usleep(10000);
	assert_string_equal(lost, "the VM's private LAN ended");
	/* it is reaped once, by who has started it */
	vm_net_release(&env->net);
	assert_null(vm_net_lost(&env->net));
}

/* Bring up the first card of a VM whose cards are sockets for packets. */
static int card_up(const struct env *env)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d",
		 env->net.nics[0].fd);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void set_limit(int fd)
{
	const struct timeval limit = { .tv_sec = 20 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

FIXTURE_TEST(vm_net__packets__vms_in_the_lan_reach_each_other)
{
	_cleanup_env_ struct env *a = NULL, *b = NULL;
	_cleanup_free_ char *settings =
		xasprintf("NETWORK=\"lan\"\nQEMU_PID_DIR=\"%s\"\n", at(""));
	unsigned char frame[60] = "\xff\xff\xff\xff\xff\xff\xb8\0\0\0\0\1 frame";
	unsigned char received[100];
	int fd_a, fd_b;

	a = env_new(settings);
	b = env_new(settings);
	a->request.dry_run = b->request.dry_run = false;
	a->request.packets = b->request.packets = true;
	b->request.slot = 3;
	assert_made(a);
	assert_made(b);
	fd_a = card_up(a);
	fd_b = card_up(b);
	set_limit(fd_b);
	vm_net_started(&a->net);
	assert_int_equal(a->net.nics[0].fd, -1);
	assert_int_equal(send(fd_a, frame, sizeof(frame), 0), sizeof(frame));
	assert_int_equal(recv(fd_b, received, sizeof(received), 0), sizeof(frame));
	assert_memory_equal(received, frame, sizeof(frame));
	close(fd_a);
	close(fd_b);
}

FIXTURE_TEST(vm_net__packets_and_relay_killed__lost)
{
	_cleanup_env_ struct env *env = NULL;
	_cleanup_free_ char *settings =
		xasprintf("NETWORK=\"lan\"\nQEMU_PID_DIR=\"%s\"\n", at(""));
	const char *lost;

	env = env_new(settings);
	env->request.dry_run = false;
	env->request.packets = true;
	assert_made(env);
	assert_null(vm_net_lost(&env->net));
	assert_int_equal(kill(env->net.relay, SIGKILL), 0);
	for (int i = 0; i < 500 && !(lost = vm_net_lost(&env->net)); i++)
		usleep(10000);
	assert_non_null(lost);
}

FIXTURE_TEST(vm_net__packets_and_user__passt_with_the_loopback_as_wished)
{
	_cleanup_env_ struct env *env =
		env_new("NETWORK=\"user\"\nHOST_LOOPBACK=\"no\"\n");
	_cleanup_env_ struct env *udp = env_new("NETWORK=\"user\"\nHOST_LOOPBACK=\"no\"\n"
						"FORWARD=\"udp:7000:7\"\n");

	env->request.packets = udp->request.packets = true;
	assert_made(env);
	assert_int_equal(env->net.kind, NET_USER);
	assert_refused(udp, "HOST_LOOPBACK=\"yes\"");
}

FIXTURE_TEST(vm_net__packets_and_user_without_passt__what_to_do)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"user\"\n");
	_cleanup_free_ char *path = xstrdup(getenv("PATH"));

	env->request.packets = true;
	env->request.dry_run = false;
	setenv("PATH", fixture_dir, 1);
	assert_refused(env, "install it (Debian package: passt), or use the network "
			    "'lan' or 'tap'");
	setenv("PATH", path, 1);
}

FIXTURE_TEST(vm_net__networkd_not_in_image__refused)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"lan\"\n");

	put_file("net-conf/vm2/a.network", "[Match]\nName=tap2\n[Network]\nDHCP=yes\n");
	assert_refused(
		env,
		"requires systemd-networkd, which is not in the image: cut it again");
}

FIXTURE_TEST(vm_net__networkd_in_image__told_to_start_it)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"lan\"\n");

	env->info.networkd = true;
	put_file("net-conf/vm2/a.network", "[Match]\nName=tap2\n[Network]\nDHCP=yes\n");
	assert_made(env);
	assert_told(env, IMAGE_NETWORK, "networkd 30\n");
}

/* Another VM's name may begin as its own. */
FIXTURE_TEST(vm_net__no_static_address__finds_itself)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"lan\"\n");
	_cleanup_env_ struct env *named = env_new("NETWORK=\"lan\"\n");

	env->info.networkd = named->info.networkd = true;
	put_file("net-conf/vm2/a.network", "[Match]\nName=tap2\n[Network]\nDHCP=yes\n");
	put_file("net-conf/vm20/a.network",
		 "[Match]\nName=tap20\n[Network]\nAddress=192.0.2.20/24\n");
	assert_made(env);
	assert_told(env, IMAGE_HOSTS, "127.0.1.1 rapido2\n");
	named->request.hostname = "fs1.example.org";
	assert_made(named);
	assert_told(named, IMAGE_HOSTS, "127.0.1.1 fs1.example.org fs1\n");
}

FIXTURE_TEST(vm_net__user_with_host_name__finds_itself_by_that)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"user\"\n");

	env->request.hostname = "fs1";
	assert_made(env);
	assert_told(env, IMAGE_HOSTS, "127.0.1.1 fs1\n");
}

FIXTURE_TEST(vm_net__bad_file__refused_with_line)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"lan\"\n");

	put_file("net-conf/vm2/a.network",
		 "[Match]\nName=tap2\n[Network]\nAddress=192.0.2.300/24\n");
	assert_refused(env, "net-conf/vm2/a.network:4: ");
}

FIXTURE_TEST(vm_net__too_many_cards__refused)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"lan\"\n");

	for (int i = 0; i <= VM_NICS_MAX; i++) {
		_cleanup_free_ char *name = xasprintf("net-conf/vm2/%d.network", i);
		_cleanup_free_ char *text = xasprintf("[Match]\nName=tap%d\n", i);

		put_file(name, text);
	}
	assert_refused(env, "more than 8 network cards");
}

FIXTURE_TEST(vm_net__no_net_conf__what_to_do)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"tap\"\n");

	assert_refused(
		env,
		"/net-conf' does not exist: copy '/nonexistent/rapido/net-conf.example' to it "
		"and run 'sudo rapido setup-network'");
}

FIXTURE_TEST(vm_net__vm_not_described__what_to_do)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"tap\"\n");

	put_dir("net-conf/vm1");
	assert_refused(env, "VM 2 requires a network");
}

FIXTURE_TEST(vm_net__tap_missing__what_to_do)
{
	_cleanup_env_ struct env *env = env_new("NETWORK=\"tap\"\n");

	put_file("net-conf/vm2/a.network", "[Match]\nName=rapido-none\n");
	assert_refused(env, "there is no TAP device 'rapido-none', which '");
}

FIXTURE_TEST(vm_net__no_tap_device__user_and_said)
{
	_cleanup_env_ struct env *env = env_new("");
	struct capture capture;

	put_file("net-conf/vm2/a.network", "[Match]\nName=rapido-none\n");
	capture = capture_start();
	assert_made(env);
	assert_contains(capture_stop(&capture), "it gets the network 'user'");
	assert_int_equal(env->net.kind, NET_USER);
}

FIXTURE_TEST(vm_net__no_tap_device_but_other_vms__insists)
{
	_cleanup_env_ struct env *env = env_new("");

	env->request.together = true;
	assert_refused(env, "/net-conf' does not exist");
}

/* A namespace of our own from here on: nothing of the host's changes. */
static void own_namespace(void)
{
	if (unshare(CLONE_NEWNET) < 0) {
		print_message("making a network namespace takes root\n");
		skip();
	}
}

FIXTURE_TEST(vm_net__tap__attached_and_busy_for_others)
{
	_cleanup_env_ struct env *env = env_new(""), *other = env_new("");
	struct capture capture;

	own_namespace();
	if (put_tap("tap2", 0)) {
		print_message("there are no TAP devices here\n");
		skip();
	}
	put_file("net-conf/vm2/a.network", "[Match]\nName=tap2\n");
	env->request.dry_run = other->request.dry_run = false;
	capture = capture_start();
	vm_net_init(&env->net, &env->request);
	/* and nobody has set it up */
	assert_contains(capture_stop(&capture), "the TAP device 'tap2' is down");
	assert_int_equal(env->net.nr, 1);
	assert_int_equal(env->net.nics[0].kind, NET_TAP);
	assert_true(env->net.nics[0].fd >= 0);
	assert_refused(other, "'tap2'");
	vm_net_started(&env->net);
	vm_net_release(&other->net);
	assert_made(other);
}

FIXTURE_TEST(vm_net__packets_and_tap__attached_and_its_mtu_known)
{
	_cleanup_env_ struct env *env = env_new("QEMU_PID_DIR=\"/tmp\"\n");
	struct capture capture;

	own_namespace();
	if (put_tap("tap2", 0))
		skip();
	put_file("net-conf/vm2/a.network", "[Match]\nName=tap2\n[Link]\nMTUBytes=9000\n");
	env->request.dry_run = false;
	env->request.packets = true;
	capture = capture_start();
	assert_int_equal(vm_net_init(&env->net, &env->request), 0);
	capture_stop(&capture);
	assert_int_equal(env->net.nics[0].mtu, 9000);
	close(card_up(env));
	vm_net_started(&env->net);
	/* the relay has it */
	assert_int_equal(tun_set_owner("tap2", 0), -EBUSY);
}

FIXTURE_TEST(vm_net__other_devices__for_the_guest_alone)
{
	_cleanup_env_ struct env *env = env_new("");

	own_namespace();
	if (put_tap("tap2", 0))
		skip();
	put_file("net-conf/vm2/a.network", "[Match]\nName=tap2\n");
	put_file("net-conf/vm2/b.network", "[Match]\nName=lo\n");
	assert_made(env);
	assert_int_equal(env->net.nr, 1);
	assert_string_equal(env->net.nics[0].device, "tap2");
	assert_int_equal(env->net.nics[0].fd, -1);
	assert_told(env, NETGUEST_DIR "/b.network", "Name=lo");
}

FIXTURE_TEST(vm_net__one_tap_missing__warning)
{
	_cleanup_env_ struct env *env = env_new("");
	struct capture capture;
	int err;

	own_namespace();
	if (put_tap("tap2", 0))
		skip();
	put_file("net-conf/vm2/a.network", "[Match]\nName=tap2\n");
	put_file("net-conf/vm2/b.network", "[Match]\nName=tap3\n");
	capture = capture_start();
	err = vm_net_init(&env->net, &env->request);
	assert_contains(capture_stop(&capture), "there is no TAP device 'tap3'");
	assert_int_equal(err, 0);
	assert_int_equal(env->net.nr, 1);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

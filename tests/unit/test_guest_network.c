// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What init makes of the lines about the network, in a network namespace of each test's
 * own, in which a pair of devices, near and far, stands for the VM's card. It takes root
 * and ip(8).
 */
#include <sched.h>
#include <time.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "fixture.h"
#include "guest/init.h"
#include "guest/network.h"
#include "lib/io.h"
#include "lib/process.h"

#define MAC "b8:01:02:03:04:05"
#define NIC "nic " MAC " tap1\n"

static char said[8192];
static unsigned long networkd_seconds;

/* What the tested files need of the rest of init. */
void say(const char *fmt, ...)
{
	char line[512];
	size_t len = strlen(said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	snprintf(said + len, sizeof(said) - len, "%s\n", line);
}

uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void start_networkd(const struct params *params, unsigned long seconds)
{
	(void)params;
	networkd_seconds = seconds;
}

/* What ip(8) prints with the arguments in @words. Heap. */
static char *ip(const char *words)
{
	_cleanup_(process_release) struct process process = PROCESS_INIT;
	_cleanup_close_ int out = memfd_create("out", MFD_CLOEXEC);
	char *text = NULL;

	strvec_push(&process.argv, "ip");
	strvec_split(&process.argv, words, " ");
	process.out = out;
	assert_int_equal(process_start(&process), 0);
	assert_int_equal(process_wait(&process, 10000), 0);
	assert_int_equal(lseek(out, 0, SEEK_SET), 0);
	assert_int_equal(io_read_fd(out, 65536, &text, NULL), 0);
	return text;
}

static void do_ip(const char *words)
{
	free(ip(words));
}

static int setup(void **state)
{
	said[0] = '\0';
	networkd_seconds = 0;
	*state = NULL;
	if (unshare(CLONE_NEWNET) < 0)
		return 0;
	do_ip("link add near address " MAC " type veth peer name far");
	do_ip("link set far up");
	*state = said;
	return 0;
}

/* Without a namespace of its own a test would change the host. */
static void need_namespace(void **state)
{
	if (*state)
		return;
	print_message("# skipped: no network namespace can be made: not root?\n");
	skip();
}

static void apply(const char *lines)
{
	_cleanup_free_ char *list = xstrdup(lines);

	network_apply(NULL, list);
}

static void assert_said(const char *part)
{
	if (!strstr(said, part))
		fail_msg("'%s' is not in '%s'", part, said);
}

/* ip(8), asked with @words, prints @part; with NULL it prints nothing at all. */
static void assert_ip(const char *words, const char *part)
{
	_cleanup_free_ char *text = ip(words);

	if (part ? !strstr(text, part) : text[0] != '\0')
		fail_msg("ip %s: '%s' is not what it prints: %s", words,
			 part ? part : "nothing", text);
}

#define NETWORK_TEST(f) DEFINE_TEST_WITH(f, setup, NULL)

NETWORK_TEST(apply__address__there_at_once)
{
	need_namespace(state);
	apply(NIC "up\naddress 192.168.155.101/24 broadcast 192.168.155.255\n");
	assert_string_equal(said, "");
	assert_ip("-o addr show dev near",
		  "192.168.155.101/24 brd 192.168.155.255 scope global near");
	assert_ip("-o link show dev near", "LOWER_UP");
	assert_ip("route", "192.168.155.0/24 dev near");
}

NETWORK_TEST(apply__cards_of_user_mode_linux__usual_names)
{
	need_namespace(state);
	do_ip("link add vec0 address b8:01:02:03:04:06 type veth peer name far0");
	do_ip("link add vec1 address b8:01:02:03:04:07 type veth peer name eth1");
	do_ip("link set far0 up");
	do_ip("link set eth1 up");
	apply("nic b8:01:02:03:04:06 tap6\nup\naddress 192.168.155.101/24\n"
	      "nic b8:01:02:03:04:07 tap7\nup\naddress 192.168.156.101/24\n");
	assert_string_equal(said, "");
	assert_ip("-o addr show dev eth0", "192.168.155.101/24");
	/* the other name is taken */
	assert_ip("-o addr show dev vec1", "192.168.156.101/24");
}

/* As Broadcast=no in net-conf has it. */
NETWORK_TEST(apply__no_broadcast_in_the_line__none)
{
	need_namespace(state);
	apply(NIC "up\naddress 192.168.155.101/24\n");
	assert_string_equal(said, "");
	assert_ip("-o addr show dev near", "192.168.155.101/24 scope global near");
}

NETWORK_TEST(apply__ipv6_address__not_tentative)
{
	need_namespace(state);
	apply(NIC "up\naddress fd00:155::101/64\n");
	assert_string_equal(said, "");
	assert_ip("-o -6 addr show dev near -tentative", "fd00:155::101/64 scope global");
}

NETWORK_TEST(apply__peer_broadcast_and_scope__as_written)
{
	need_namespace(state);
	apply(NIC "up\naddress 10.1.0.1/32 peer 10.1.0.2\n"
		  "address 10.2.0.1/16 broadcast 10.2.9.9 scope 253\n"
		  "address 10.3.0.0/31\naddress fd00:1::1/128 peer fd00:1::2\n");
	assert_string_equal(said, "");
	assert_ip("-o addr show dev near", "inet 10.1.0.1 peer 10.1.0.2/32 scope global");
	assert_ip("-o addr show dev near", "10.2.0.1/16 brd 10.2.9.9 scope link");
	assert_ip("-o addr show dev near", "10.3.0.0/31 scope global");
	assert_ip("-o addr show dev near", "fd00:1::1 peer fd00:1::2/128");
}

NETWORK_TEST(apply__routes__with_all_they_say)
{
	need_namespace(state);
	apply(NIC "up\naddress 192.168.155.101/24\naddress fd00:155::101/64\n"
		  "route 172.16.0.1/32\n"
		  "route 0.0.0.0/0 via 192.168.155.1\n"
		  "route 10.0.0.0/8 via 192.168.155.2 src 192.168.155.101 metric 77 "
		  "mtu 1300\n"
		  "route 10.9.0.0/16 via 192.168.155.3 table 1000\n"
		  "route 10.8.0.0/16 via 1.2.3.4 onlink\n"
		  "route ::/0 via fd00:155::1 metric 9\n");
	assert_string_equal(said, "");
	assert_ip("route", "172.16.0.1 dev near proto static scope link");
	assert_ip("route", "default via 192.168.155.1 dev near proto static");
	assert_ip("route", "10.0.0.0/8 via 192.168.155.2 dev near proto static "
			   "src 192.168.155.101 metric 77 mtu 1300");
	assert_ip("route", "10.8.0.0/16 via 1.2.3.4 dev near proto static onlink");
	assert_ip("route show table 1000", "10.9.0.0/16 via 192.168.155.3");
	assert_ip("-6 route", "default via fd00:155::1 dev near proto static metric 9");
}

NETWORK_TEST(apply__two_default_routes__first_counts)
{
	need_namespace(state);
	apply(NIC "up\naddress 10.0.0.9/24\nroute 0.0.0.0/0 via 10.0.0.1\n"
		  "route 0.0.0.0/0 via 10.0.0.2\nroute 0.0.0.0/0 via 10.0.0.1\n");
	assert_string_equal(said, "");
	assert_ip("route get 9.9.9.9", "via 10.0.0.1 ");
}

NETWORK_TEST(apply__mtu_and_sysctl__set)
{
	need_namespace(state);
	apply(NIC "mtu 1400\nsysctl ipv4/conf/@/forwarding 1\n"
		  "sysctl ipv6/conf/all/forwarding 1\nup\n");
	assert_string_equal(said, "");
	assert_ip("link show dev near", "mtu 1400");
	assert_ip("-4 netconf show dev near", "forwarding on");
	assert_ip("-6 netconf show dev near", "forwarding on");
}

NETWORK_TEST(apply__link_local_off__no_address_by_itself)
{
	need_namespace(state);
	apply(NIC "linklocal off\nup\n");
	assert_string_equal(said, "");
	assert_ip("-6 -o addr show dev near", NULL);
}

NETWORK_TEST(apply__not_said__link_local_address)
{
	need_namespace(state);
	apply(NIC "up\n");
	assert_ip("-6 -o addr show dev near", "scope link");
}

NETWORK_TEST(apply__several_cards__each_its_lines)
{
	need_namespace(state);
	do_ip("link add second address b8:01:02:03:04:06 type veth peer name other");
	do_ip("link set other up");
	apply(NIC "up\naddress 10.0.0.1/24\n"
		  "nic b8:01:02:03:04:06 tap2\nup\naddress 10.0.1.1/24\n");
	assert_string_equal(said, "");
	assert_ip("-o addr show dev near", "10.0.0.1/24");
	assert_ip("-o addr show dev second", "10.0.1.1/24");
}

NETWORK_TEST(apply__card_is_not_there__said_and_the_others_done)
{
	need_namespace(state);
	apply("nic b8:00:00:00:00:99 tap9\nup\naddress 10.9.0.1/24\n" NIC
	      "up\naddress 10.0.0.1/24\n");
	assert_said("no interface has the address b8:00:00:00:00:99");
	assert_said("tap9");
	assert_ip("-o addr show dev near", "10.0.0.1/24");
}

NETWORK_TEST(apply__device__by_name_and_no_word_if_absent)
{
	need_namespace(state);
	apply("device nosuch\nup\naddress 10.9.0.1/24\n"
	      "device far\naddress 10.0.0.1/24\n");
	assert_string_equal(said, "");
	assert_ip("-o addr show dev far", "10.0.0.1/24");
}

NETWORK_TEST(apply__no_carrier__said_and_carried_on)
{
	need_namespace(state);
	do_ip("link set far down");
	apply(NIC "up\naddress 10.0.0.1/24\n");
	assert_said("near has no carrier");
	assert_ip("-o addr show dev near", "10.0.0.1/24");
}

/* Open files are what it takes to hear of the carrier. */
static void apply_without_events(const char *lines)
{
	struct rlimit before, few;
	int next = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	/* one for what the kernel is asked by */
	few = (struct rlimit){ (rlim_t)next + 1, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	apply(lines);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

NETWORK_TEST(apply__kernel_tells_nothing__up_with_its_carrier)
{
	uint64_t start;
	pid_t pid;

	need_namespace(state);
	do_ip("link set far down");
	pid = fork();
	if (!pid) {
		usleep(200000);
		do_ip("link set far up");
		_exit(0);
	}
	start = now_ms();
	apply_without_events(NIC "up\n");
	assert_true(now_ms() - start < NETWORK_CARRIER_MS);
	waitpid(pid, NULL, 0);
	assert_string_equal(said, "");
	assert_ip("-o link show dev near", "LOWER_UP");
}

NETWORK_TEST(apply__kernel_refuses__line_and_device_and_reason)
{
	need_namespace(state);
	apply(NIC "up\nroute 10.0.0.0/8 via 1.2.3.4\naddress 10.0.0.1/24\n");
	assert_said("route 10.0.0.0/8 via 1.2.3.4 at near: Network is unreachable");
	assert_ip("-o addr show dev near", "10.0.0.1/24");
}

NETWORK_TEST(apply__same_again__no_word)
{
	need_namespace(state);
	apply(NIC "up\naddress 10.0.0.1/24\naddress 10.0.0.1/24\n");
	assert_string_equal(said, "");
}

NETWORK_TEST(apply__no_sense__line_is_said)
{
	static const char *const lines[] = {
		"frobnicate",
		"nic b8:00:00:00:00 tap1",
		"nic b8:00:00:00:00:01:02 tap1",
		"nic",
		"device",
		"mtu",
		"mtu many",
		"mtu -1",
		"sysctl ipv4/ip_forward",
		"sysctl ../kernel/panic 1",
		"linklocal on",
		"address",
		"address 10.0.0.256/24",
		"address 10.0.0.1/33",
		"address 10.0.0.1/24 peer fd00::1",
		"address 10.0.0.1/24 peer",
		"address fd00::1/129",
		"route 10.0.0.0/8 via",
		"route 10.0.0.0/8 via fd00::1",
		"route 10.0.0.0/8 metric 4294967296",
		"networkd soon",
	};

	need_namespace(state);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		_cleanup_free_ char *list = xasprintf(NIC "%s\n", lines[i]);
		_cleanup_free_ char *expected =
			xasprintf("network: cannot understand '%s'\n", lines[i]);

		said[0] = '\0';
		apply(list);
		assert_string_equal(said, expected);
	}
}

NETWORK_TEST(apply__long_or_many_words__refused)
{
	_cleanup_(strbuf_release) struct strbuf list = STRBUF_INIT;

	need_namespace(state);
	strbuf_adds(&list, NIC "address 10.0.0.1/24");
	for (int i = 0; i < 2000; i++)
		strbuf_adds(&list, " scope 0");
	strbuf_adds(&list, "\n\n \naddress 10.0.0.2/24");
	for (int i = 0; i < 40; i++)
		strbuf_adds(&list, " x");
	strbuf_adds(&list, "\naddress 10.0.0.3/24");
	apply(list.buf);
	assert_said("cannot understand 'address 10.0.0.1/24 scope 0");
	assert_said("cannot understand 'address 10.0.0.2/24 x x");
	assert_ip("-o addr show dev near to 10.0.0.2", NULL);
	assert_ip("-o addr show dev near", "10.0.0.3/24");
}

/* More lines than anybody has, of which none may be cut: a /2 is a valid length, too. */
NETWORK_TEST(read_all__long_file__all_of_it)
{
	static const char last[] = "address 192.168.155.101/24\n";
	_cleanup_(strbuf_release) struct strbuf lines = STRBUF_INIT;
	_cleanup_free_ char *text = NULL;

	need_namespace(state);
	fixture_make(NULL);
	strbuf_adds(&lines, NIC "up\n");
	while (lines.len < 65535 - (sizeof(last) - 3))
		strbuf_adds(&lines, "\n");
	strbuf_adds(&lines, last);
	while (lines.len < 300000)
		strbuf_adds(&lines, "\n");
	strbuf_adds(&lines, "address 10.0.0.1/24\n");
	text = read_all(put_file("network", lines.buf));
	fixture_remove(NULL);
	assert_non_null(text);
	assert_int_equal(strlen(text), lines.len);
	apply(text);
	assert_string_equal(said, "");
	assert_ip("-o addr show dev near", "192.168.155.101/24 ");
	assert_ip("-o addr show dev near", "10.0.0.1/24");
}

DEFINE_TEST(read_all__no_file__none_and_no_word)
{
	said[0] = '\0';
	assert_null(read_all("/nonexistent/network"));
	assert_string_equal(said, "");
}

DEFINE_TEST(read_all__empty_file__empty)
{
	_cleanup_free_ char *text = NULL;

	fixture_make(NULL);
	text = read_all(put_file("network", ""));
	fixture_remove(NULL);
	assert_string_equal(text, "");
}

DEFINE_TEST(read_all__cannot_be_read__said)
{
	said[0] = '\0';
	assert_null(read_all("/"));
	assert_string_equal(said, "cannot read /: Is a directory\n");
}

NETWORK_TEST(apply__networkd__with_its_limit)
{
	need_namespace(state);
	apply("networkd 30\n");
	assert_string_equal(said, "");
	assert_int_equal(networkd_seconds, 30);
}

DEFINE_TEST(append__file_without_last_newline__lines_stay_apart)
{
	_cleanup_free_ char *text = NULL;

	fixture_make(NULL);
	append_text(put_file("hosts", "127.0.0.1 localhost"), "10.0.0.1 a\n");
	append_text(at("hosts"), "10.0.0.2 b\n");
	assert_int_equal(io_read_file(AT_FDCWD, at("hosts"), 4096, &text, NULL), 0);
	assert_string_equal(text, "127.0.0.1 localhost\n10.0.0.1 a\n10.0.0.2 b\n");
	fixture_remove(NULL);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

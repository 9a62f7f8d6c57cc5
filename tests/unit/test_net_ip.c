// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses: what is taken, what is refused, and how they are written. */
#include "fixture.h"
#include "net/net-ip.h"

/* @text as it is written after reading it; "refused" if it is not read. */
static const char *prefix_again(const char *text)
{
	static char again[NET_PREFIX_TEXT];
	struct net_prefix prefix;

	if (net_prefix_parse(text, &prefix)) {
		assert_int_equal(prefix.ip.family, 0);
		return "refused";
	}
	return net_prefix_text(&prefix, again);
}

DEFINE_TEST(net_prefix_parse__good_text__same_network)
{
	static const struct {
		const char *text, *again;
	} rows[] = {
		{ "192.168.155.1/24", "192.168.155.1/24" },
		{ "192.168.155.1", "192.168.155.1/32" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "255.255.255.255/32", "255.255.255.255/32" },
		{ "fd00::1/64", "fd00::1/64" },
		{ "FD00:0:0:0:0:0:0:1", "fd00::1/128" },
		{ "::/0", "::/0" },
		{ "::ffff:10.0.0.1/96", "::ffff:10.0.0.1/96" },
		{ "1122:3344:5566:7788:99aa:bbcc:ddee:ff00/128",
		  "1122:3344:5566:7788:99aa:bbcc:ddee:ff00/128" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(prefix_again(rows[i].text), rows[i].again);
}

DEFINE_TEST(net_prefix_parse__no_address__refused)
{
	static const char *const texts[] = {
		"",
		"/24",
		"192.168.155.300/24",
		"192.168.155/24",
		"192.168.155.1.2",
		"192.168.155.1/",
		"192.168.155.1/33",
		"192.168.155.1/-1",
		"192.168.155.1/+8",
		"192.168.155.1/ 8",
		"192.168.155.1/24/24",
		"192.168.155.1/24 ",
		" 192.168.155.1",
		"192.168.155.01",
		"192.168.155.1/99999999999999999999",
		"0x7f.1",
		"1",
		"fd00::1/129",
		"fd00::1::2",
		"fd00::1%eth0",
		"[fd00::1]",
		"fd00:1:2:3:4:5:6:7:8",
		":",
		"rapido1",
		"1122:3344:5566:7788:99aa:bbcc:ddee:ff001122:3344:5566:7788",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_string_equal(prefix_again(texts[i]), "refused");
}

DEFINE_TEST(net_ip_parse__length_behind_it__refused)
{
	struct net_ip ip;

	assert_int_equal(net_ip_parse("192.168.155.1/24", &ip), -EINVAL);
	assert_int_equal(ip.family, 0);
}

DEFINE_TEST(net_ip_text__no_address__empty)
{
	char text[NET_PREFIX_TEXT] = "x";

	assert_string_equal(net_ip_text(&(struct net_ip){ 0 }, text), "");
}

DEFINE_TEST(net_ip_equal__same_and_other__as_bytes)
{
	struct net_ip a, b, c, d;

	assert_int_equal(net_ip_parse("fd00::1", &a), 0);
	assert_int_equal(net_ip_parse("fd00:0::0:1", &b), 0);
	assert_int_equal(net_ip_parse("fd00::2", &c), 0);
	assert_int_equal(net_ip_parse("253.0.0.0", &d), 0);
	assert_true(net_ip_equal(&a, &b));
	assert_false(net_ip_equal(&a, &c));
	assert_false(net_ip_equal(&a, &d));
}

DEFINE_TEST(net_prefix_mask__bits_of_the_host__zero)
{
	static const char *const rows[][2] = {
		{ "10.1.2.3/8", "10.0.0.0/8" },
		{ "10.255.2.3/12", "10.240.0.0/12" },
		{ "10.1.2.3/32", "10.1.2.3/32" },
		{ "10.1.2.3/0", "0.0.0.0/0" },
		{ "fd00:ff:ff:ff:ff::1/63", "fd00:ff:ff:fe::/63" },
		{ "fd00::1/128", "fd00::1/128" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct net_prefix prefix;
		char text[NET_PREFIX_TEXT];

		assert_int_equal(net_prefix_parse(rows[i][0], &prefix), 0);
		net_prefix_mask(&prefix);
		assert_string_equal(net_prefix_text(&prefix, text), rows[i][1]);
	}
}

static bool overlap(const char *a, const char *b)
{
	struct net_prefix pa, pb;

	assert_int_equal(net_prefix_parse(a, &pa), 0);
	assert_int_equal(net_prefix_parse(b, &pb), 0);
	assert_int_equal(net_prefix_overlap(&pa, &pb), net_prefix_overlap(&pb, &pa));
	return net_prefix_overlap(&pa, &pb);
}

DEFINE_TEST(net_prefix_overlap__one_in_the_other__true)
{
	assert_true(overlap("192.168.155.1/24", "192.168.155.200/24"));
	assert_true(overlap("192.168.0.0/16", "192.168.155.1/24"));
	assert_true(overlap("0.0.0.0/0", "10.0.0.1"));
	assert_true(overlap("10.0.0.1", "10.0.0.1"));
	assert_true(overlap("192.168.155.1/23", "192.168.154.1/24"));
	assert_true(overlap("fd00:155::1/64", "fd00:155::ffff:1/128"));
}

DEFINE_TEST(net_prefix_overlap__apart__false)
{
	assert_false(overlap("192.168.155.1/24", "192.168.156.1/24"));
	assert_false(overlap("10.0.0.0/25", "10.0.0.128/25"));
	assert_false(overlap("10.0.0.1", "10.0.0.2"));
	assert_false(overlap("fd00::/63", "fd00:0:0:2::/63"));
	assert_false(overlap("fd00::1", "fd00::2"));
}

DEFINE_TEST(net_prefix_overlap__other_family__false)
{
	assert_false(overlap("0.0.0.0/0", "::/0"));
}

static bool is_host(const char *text)
{
	struct net_prefix prefix;

	assert_int_equal(net_prefix_parse(text, &prefix), 0);
	return net_prefix_is_host(&prefix);
}

DEFINE_TEST(net_prefix_is_host__addresses_of_hosts__true)
{
	static const char *const texts[] = {
		"192.168.155.1/24", "10.255.255.255/7", "10.0.0.1/30", "10.0.0.2/30",
		"10.0.0.0/31",	    "10.0.0.255/31",	"10.0.0.0/32", "1.0.0.1/8",
		"223.1.2.3/1",	    "fd00::1/64",	"fd00::/127",  "fd00::/128",
		"fd00::ffff/112",   "2001:db8::1/1",	"fec0::1/64",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!is_host(texts[i]))
			fail_msg("%s", texts[i]);
}

DEFINE_TEST(net_prefix_is_host__others__false)
{
	static const char *const texts[] = {
		"0.0.0.0/24",
		"0.1.2.3/24",
		"127.0.0.9/8",
		"224.0.0.1/24",
		"240.0.0.1/24",
		"255.255.255.255",
		"10.7.0.1/0",
		"192.168.155.0/24",
		"10.0.0.0/30",
		"10.0.0.3/30",
		"192.168.155.255/24",
		"10.255.255.255/8",
		"::/64",
		"::1/128",
		"::ffff:1.2.3.4/96",
		"::1.2.3.4/96",
		"ff02::1/64",
		"fe80::1/64",
		"febf::1/64",
		"fd00::/64",
		"fd00::1/0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (is_host(texts[i]))
			fail_msg("%s", texts[i]);
	assert_false(net_prefix_is_host(&(struct net_prefix){ .length = 24 }));
}

DEFINE_TEST(net_prefix_equal__address_and_length__both)
{
	struct net_prefix a, b, c;

	assert_int_equal(net_prefix_parse("10.0.0.1/24", &a), 0);
	assert_int_equal(net_prefix_parse("10.0.0.1/25", &b), 0);
	assert_int_equal(net_prefix_parse("10.0.0.2/24", &c), 0);
	assert_true(net_prefix_equal(&a, &a));
	assert_false(net_prefix_equal(&a, &b));
	assert_false(net_prefix_equal(&a, &c));
}

DEFINE_TEST(net_mac_parse__all_forms__six_bytes)
{
	static const char *const texts[] = {
		"b8:0a:FF:00:01:02",
		"b8-0a-ff-00-01-02",
		"b80a.ff00.0102",
	};
	char again[NET_MAC_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		unsigned char mac[NET_MAC_LEN];

		assert_int_equal(net_mac_parse(texts[i], mac), 0);
		assert_string_equal(net_mac_text(mac, again), "b8:0a:ff:00:01:02");
	}
}

DEFINE_TEST(net_mac_parse__none__refused_and_left)
{
	static const char *const texts[] = {
		"",
		"b",
		"b8",
		"b8:",
		"b8:00:00:00:00",
		"b8:00:00:00:00:",
		"b8:00:00:00:00:0",
		"b8:00:00:00:00:01:02",
		"b8:00:00:00:00:01 ",
		"b8:00:00-00:00:01",
		"b8:0:0:0:0:1",
		"g8:00:00:00:00:01",
		"b80000000001",
		"b8.00.00.00.00.01",
		"b800.0000.000",
		"b800.0000:0001",
		"+8:00:00:00:00:01",
	};
	unsigned char mac[NET_MAC_LEN] = { 1, 2, 3, 4, 5, 6 };
	char again[NET_MAC_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(net_mac_parse(texts[i], mac), -EINVAL);
	assert_string_equal(net_mac_text(mac, again), "01:02:03:04:05:06");
}

static const char *made(unsigned int slot, const char *tap)
{
	static char text[4][NET_MAC_TEXT];
	static size_t next;
	unsigned char mac[NET_MAC_LEN];

	net_mac_make(slot, tap, mac);
	return net_mac_text(mac, text[next++ % ARRAY_SIZE(text)]);
}

/* What somebody has written down, say in a DHCP server's file, must stay true. */
DEFINE_TEST(net_mac_make__known_name__known_address)
{
	assert_string_equal(made(1, "tap1"), "b8:4a:65:df:00:01");
	assert_string_equal(made(999, "tap1"), "b8:4a:65:df:03:e7");
}

DEFINE_TEST(net_mac_make__first_byte__unicast)
{
	unsigned char mac[NET_MAC_LEN];

	for (unsigned int slot = 1; slot < 1000; slot++) {
		net_mac_make(slot, "tap", mac);
		assert_int_equal(mac[0] & 1, 0);
	}
}

DEFINE_TEST(net_mac_make__other_name_or_number__another)
{
	assert_string_not_equal(made(1, "tap1"), made(1, "tap2"));
	assert_string_not_equal(made(1, "tap1"), made(2, "tap1"));
}

DEFINE_TEST(net_name_is_valid__names_of_devices__true)
{
	static const char *const names[] = {
		"tap1", "br-rapido", "eth0.100", "fifteen_bytes15", "a", "wlp0s20f3", "0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_true(net_name_is_valid(names[i]));
}

/* They have a meaning on the kernel's and QEMU's command lines. */
DEFINE_TEST(net_name_is_valid__quotes_and_separators__false)
{
	static const char *const names[] = { "a\"b", "a'b", "a\\b", "a,b", "a=b" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_false(net_name_is_valid(names[i]));
}

DEFINE_TEST(net_name_is_valid__kernel_or_rapido_refuse__false)
{
	static const char *const names[] = {
		"",	".",	   "..",     "sixteen_bytes_16", "a/b",
		"a:1",	"a b",	   "tap1\n", "\ttap1",		 "tap%d",
		"-tap", "tap\x1b", "t\x7f",  "\xc3\xa4",	 "t\xa0p",
		"all",	"default",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_false(net_name_is_valid(names[i]));
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

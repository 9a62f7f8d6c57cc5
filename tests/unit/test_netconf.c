// SPDX-License-Identifier: GPL-2.0-or-later
/* One .network file: what init does of it, what takes systemd-networkd, what is wrong. */
#include "fixture.h"
#include "net/netconf-keys.h"
#include "net/netconf.h"

static struct netconf_file file;
static struct report report;

static int setup(void **state)
{
	(void)state;
	file = (struct netconf_file){ 0 };
	report = (struct report)REPORT_INIT;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	netconf_file_release(&file);
	report_release(&report);
	return 0;
}

/* Read @text, instead of what was read before. */
static int parse(const char *text)
{
	teardown(NULL);
	return netconf_parse(&file, "tap1.network", "vm1/tap1.network", text, &report);
}

#define MATCH "[Match]\nName=tap1\n"

/* @text after a [Match] section of two lines is fine, and init can do it. */
static void assert_plain(const char *text)
{
	_cleanup_free_ char *all = xasprintf(MATCH "%s", text);
	int err = parse(all);

	if (err || report.errors.nr || report.warnings.nr || file.beyond)
		print_error("'%s': %s\n", text,
			    file.beyond		 ? file.beyond
			    : report.errors.nr	 ? report.errors.v[0]
			    : report.warnings.nr ? report.warnings.v[0]
						 : "no report");
	assert_int_equal(err, 0);
	assert_null(file.beyond);
	assert_int_equal(report.errors.nr + report.warnings.nr, 0);
}

static void assert_beyond(const char *text, const char *what, unsigned int line)
{
	_cleanup_free_ char *all = xasprintf(MATCH "%s", text);

	assert_int_equal(parse(all), 0);
	assert_int_equal(report.errors.nr + report.warnings.nr, 0);
	if (!file.beyond)
		print_error("'%s' goes beyond nothing\n", text);
	assert_non_null(file.beyond);
	assert_string_equal(file.beyond, what);
	assert_int_equal(file.beyond_line, line);
}

/*
 * There is one report. It begins with the path and the first of @parts, which are
 * separated by '|', and has the others after that, in this order; "$" is its end.
 */
static void assert_report(const struct strvec *reports, const char *parts)
{
	_cleanup_(strvec_release) struct strvec list = STRVEC_INIT;
	_cleanup_free_ char *all = xasprintf("vm1/tap1.network%s", parts);
	_cleanup_free_ char *text = NULL;
	const char *at;

	assert_int_equal(reports->nr, 1);
	at = text = xasprintf("%s$", reports->v[0]);
	strvec_split(&list, all, "|");
	assert_true(starts_with(text, list.v[0]));
	for (size_t i = 0; i < list.nr; i++) {
		at = strstr(at, list.v[i]);
		if (!at)
			fail_msg("'%s' is not in '%s'", list.v[i], text);
		at += strlen(list.v[i]);
	}
}

static void assert_wrong(const char *text, const char *parts)
{
	if (parse(text) != -EINVAL)
		print_error("no error: '%s'\n", text);
	assert_report(&report.errors, parts);
}

static void assert_warns(const char *text, const char *parts)
{
	assert_int_equal(parse(text), 0);
	assert_report(&report.warnings, parts);
}

static void add_ip(struct strbuf *out, const char *word, const struct net_ip *ip)
{
	char text[NET_PREFIX_TEXT];

	if (ip->family)
		strbuf_addf(out, "%s%s", word, net_ip_text(ip, text));
}

/* "192.168.155.101/24 bc 192.168.155.255, ..." */
static const char *addresses(void)
{
	static char seen[512];
	struct strbuf out = STRBUF_INIT;

	for (size_t i = 0; i < file.nr_addresses; i++) {
		const struct netconf_address *a = &file.addresses[i];
		char text[NET_PREFIX_TEXT];

		strbuf_addf(&out, "%s%s", i ? ", " : "",
			    net_prefix_text(&a->prefix, text));
		add_ip(&out, " peer ", &a->peer);
		add_ip(&out, " bc ", &a->broadcast);
		if (a->has_scope)
			strbuf_addf(&out, " scope %u", a->scope);
	}
	snprintf(seen, sizeof(seen), "%s", out.buf);
	strbuf_release(&out);
	return seen;
}

/* "10.0.0.0/8 via 192.168.155.1, ..."; "default" for one without a network. */
static const char *routes(void)
{
	static char seen[512];
	struct strbuf out = STRBUF_INIT;

	for (size_t i = 0; i < file.nr_routes; i++) {
		const struct netconf_route *r = &file.routes[i];
		char text[NET_PREFIX_TEXT];

		strbuf_addf(&out, "%s%s", i ? ", " : "",
			    r->to.ip.family ? net_prefix_text(&r->to, text) : "default");
		add_ip(&out, " via ", &r->gateway);
		add_ip(&out, " src ", &r->source);
		if (r->metric)
			strbuf_addf(&out, " metric %u", r->metric);
		if (r->table)
			strbuf_addf(&out, " table %u", r->table);
		if (r->mtu)
			strbuf_addf(&out, " mtu %u", r->mtu);
		if (r->has_scope)
			strbuf_addf(&out, " scope %u", r->scope);
		strbuf_adds(&out, r->onlink ? " onlink" : "");
	}
	snprintf(seen, sizeof(seen), "%s", out.buf);
	strbuf_release(&out);
	return seen;
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(netconf_parse__static_address__device_address_and_route)
{
	assert_plain("[Network]\nAddress=192.168.155.101/24\nGateway=192.168.155.1\n");
	assert_string_equal(file.name, "tap1.network");
	assert_string_equal(file.device, "tap1");
	assert_string_equal(addresses(), "192.168.155.101/24 bc 192.168.155.255");
	assert_string_equal(routes(), "default via 192.168.155.1");
}

TEST(netconf_parse__addresses__as_written)
{
	static const char *const rows[][2] = {
		{ "[Network]\nAddress=10.0.0.1/8\nAddress=fd00::1/64\n",
		  "10.0.0.1/8 bc 10.255.255.255, fd00::1/64" },
		{ "[Network]\nAddress=10.0.0.1/8\nAddress=\nAddress=10.0.0.2/30\n",
		  "10.0.0.2/30 bc 10.0.0.3" },
		{ "[Network]\nAddress=10.0.0.1/31\n", "10.0.0.1/31" },
		{ "[Address]\nAddress=10.0.0.1/32\nPeer=10.0.0.2\n"
		  "[Address]\nAddress=10.0.1.1/24\n",
		  "10.0.0.1/32 peer 10.0.0.2, 10.0.1.1/24 bc 10.0.1.255" },
		{ "[Address]\nPeer=10.0.0.2/24\nAddress=10.0.0.1/32\n",
		  "10.0.0.1/24 peer 10.0.0.2" },
		{ "[Address]\nAddress=10.0.0.1/24\nBroadcast=10.0.0.99\n",
		  "10.0.0.1/24 bc 10.0.0.99" },
		{ "[Address]\nBroadcast=no\nAddress=10.0.0.1/24\n", "10.0.0.1/24" },
		{ "[Address]\nBroadcast=no\nBroadcast=yes\nAddress=10.0.0.1/24\n",
		  "10.0.0.1/24 bc 10.0.0.255" },
		{ "[Address]\nAddress=10.0.0.1/32\nScope=link\n"
		  "PreferredLifetime=forever\nAddPrefixRoute=true\n",
		  "10.0.0.1/32 scope 253" },
		{ "[Address]\nAddress=10.0.0.1/32\nScope=7\n", "10.0.0.1/32 scope 7" },
		{ "[Address]\nAddress=fd00::1/64\nScope=link\n", "fd00::1/64" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_plain(rows[i][0]);
		assert_string_equal(addresses(), rows[i][1]);
	}
}

TEST(netconf_parse__routes__as_written)
{
	static const char *const rows[][2] = {
		{ "[Network]\nGateway=10.0.0.1\nGateway=fd00::1\n",
		  "default via 10.0.0.1, default via fd00::1" },
		{ "[Network]\nGateway=10.0.0.1\nGateway=\n", "" },
		{ "[Network]\nDefaultRouteOnDevice=yes\n", "0.0.0.0/0" },
		{ "[Network]\nDefaultRouteOnDevice=no\n", "" },
		{ "[Route]\nGateway=0.0.0.0\n", "0.0.0.0/0" },
		{ "[Route]\nGateway=::\nTable=1234\n", "::/0 table 1234" },
		{ "[Route]\nDestination=10.1.2.3/8\nGateway=10.0.0.1\n"
		  "[Route]\nDestination=10.9.9.9\n",
		  "10.0.0.0/8 via 10.0.0.1, 10.9.9.9/32" },
		{ "[Route]\nDestination=10.0.0.0/8\nPreferredSource=10.0.0.5\nMetric=7\n"
		  "Table=local\nMTUBytes=1K\nScope=host\nType=unicast\nProtocol=static\n",
		  "10.0.0.0/8 src 10.0.0.5 metric 7 table 255 mtu 1024 scope 254" },
		{ "[Route]\nGateway=192.0.2.1\nGatewayOnLink=yes\nTable=main\n",
		  "default via 192.0.2.1 table 254 onlink" },
		{ "[Route]\nDestination=fd01::/16\nScope=link\n", "fd01::/16" },
		{ "[Route]\nMetric=4294967295\nMetric=\nGateway=10.0.0.1\n",
		  "default via 10.0.0.1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_plain(rows[i][0]);
		assert_string_equal(routes(), rows[i][1]);
	}
}

TEST(netconf_parse__link__mac_mtu_and_policy)
{
	char mac[NET_MAC_TEXT];

	assert_plain("[Link]\nMACAddress=02-00-00-00-00-01\nMTUBytes=9000\n"
		     "ActivationPolicy=manual\nRequiredForOnline=no\nARP=yes\n");
	assert_true(file.has_mac);
	assert_string_equal(net_mac_text(file.mac, mac), "02:00:00:00:00:01");
	assert_int_equal(file.mtu, 9000);
	assert_true(file.stay_down);
	assert_plain("[Link]\nMACAddress=02:00:00:00:00:01\nMACAddress=\nMTUBytes=2K\n"
		     "ActivationPolicy=down\nActivationPolicy=up\n");
	assert_false(file.has_mac);
	assert_int_equal(file.mtu, 2048);
	assert_false(file.stay_down);
}

TEST(netconf_parse__mtu_too_small_for_ipv6__raised_with_a_warning)
{
	assert_warns(MATCH "[Link]\nMTUBytes=1000\n",
		     ":|1000|1280|without IPv6|LinkLocalAddressing=no");
	assert_int_equal(file.mtu, 1280);
	assert_plain("[Link]\nMTUBytes=1000\n[Network]\nLinkLocalAddressing=no\n");
	assert_int_equal(file.mtu, 1000);
}

TEST(netconf_parse__names__servers_and_domains)
{
	assert_plain(
		"[Network]\nDNS=10.0.0.53 fd00:0::53\nDNS=10.0.0.54#dns.example.org\n"
		"DNS=fe80::1%eth0\nDomains=example.org ~corp ~. .\nDomains=b.test\n");
	assert_strvec(&file.dns, "10.0.0.53", "fd00::53", "10.0.0.54", "fe80::1");
	assert_strvec(&file.domains, "example.org", "b.test");
	assert_plain("[Network]\nDNS=10.0.0.53\nDNS=\nDomains=a\nDomains=\nDomains=b\n");
	assert_strvec(&file.dns, NULL);
	assert_strvec(&file.domains, "b");
}

TEST(netconf_parse__server_with_port__left_out_with_a_warning)
{
	assert_warns(MATCH "[Network]\nDNS=10.0.0.53:5353 10.0.0.54\n",
		     ":4:|'10.0.0.53'|left out|port");
	assert_strvec(&file.dns, "10.0.0.54");
	assert_warns(MATCH "[Network]\nDNS=[fd00::53]:5353\n",
		     ":4:|'fd00::53'|left out|port");
}

TEST(netconf_parse__choices__as_chosen)
{
	assert_plain("[Network]\nAddress=10.0.0.1/8\n");
	assert_int_equal(file.accept_ra, NETCONF_DEFAULT);
	assert_int_equal(file.ipv6_ll, NETCONF_DEFAULT);
	assert_int_equal(file.forward4, NETCONF_DEFAULT);
	assert_plain(
		"[Network]\nIPv6AcceptRA=no\nLinkLocalAddressing=no\nIPForward=ipv4\n");
	assert_int_equal(file.accept_ra, NETCONF_NO);
	assert_int_equal(file.ipv6_ll, NETCONF_NO);
	assert_int_equal(file.forward4, NETCONF_YES);
	assert_int_equal(file.forward6, NETCONF_NO);
	assert_plain(
		"[Network]\nIPv6AcceptRA=on\nLinkLocalAddressing=ipv6\nIPForward=yes\n");
	assert_int_equal(file.accept_ra, NETCONF_YES);
	assert_int_equal(file.ipv6_ll, NETCONF_YES);
	assert_int_equal(file.forward6, NETCONF_YES);
	assert_plain("[Network]\nIPv6LinkLocalAddressGenerationMode=none\n"
		     "LinkLocalAddressing=ipv6\nIPv6Forwarding=yes\n");
	assert_int_equal(file.ipv6_ll, NETCONF_NO);
	assert_int_equal(file.forward4, NETCONF_DEFAULT);
	assert_int_equal(file.forward6, NETCONF_YES);
}

/* They say what is the case anyway, or speak to services that the guest does not have. */
TEST(netconf_parse__keys_without_meaning_for_init__plain)
{
	static const char *const lines[] = {
		"Description=a = b, c",
		"DHCP=no",
		"DHCP=off",
		"DHCP=",
		"DHCPServer=false",
		"LLMNR=resolve",
		"MulticastDNS=yes",
		"LLDP=routers-only",
		"EmitLLDP=no",
		"IPv6PrivacyExtensions=kernel",
		"IPMasquerade=no",
		"ConfigureWithoutCarrier=yes",
		"IgnoreCarrierLoss=3s",
		"KeepConfiguration=static",
		"NTP=pool.example.org",
		"DNSSEC=allow-downgrade",
		"VLAN=",
		"IPv6LinkLocalAddressGenerationMode=eui64",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		_cleanup_free_ char *text = xasprintf("[Network]\n%s\n", lines[i]);

		assert_plain(text);
	}
}

TEST(netconf_parse__more_than_init_can__beyond_with_line)
{
	static const struct {
		const char *text, *what;
		unsigned int line;
	} rows[] = {
		{ "[Network]\nAddress=10.0.0.1/8\nDHCP=yes\n", "DHCP=yes", 5 },
		{ "[Network]\nDHCP=ipv4\nDHCPServer=yes\n", "DHCP=ipv4", 4 },
		{ "[Network]\nVLAN=vlan10\n", "VLAN=vlan10", 4 },
		{ "[Network]\nLinkLocalAddressing=yes\n", "LinkLocalAddressing=yes", 4 },
		{ "[Network]\nLinkLocalAddressing=ipv4\n", "LinkLocalAddressing=ipv4",
		  4 },
		{ "[Network]\nGateway=_dhcp4\n", "Gateway=_dhcp4", 4 },
		{ "[Network]\nAddress=0.0.0.0/24\n", "Address=0.0.0.0/24", 4 },
		{ "[Network]\nIPMasquerade=both\n", "IPMasquerade=both", 4 },
		{ "[Network]\nIPv6PrivacyExtensions=yes\n", "IPv6PrivacyExtensions=yes",
		  4 },
		{ "[Link]\nPromiscuous=1\n", "Promiscuous=1", 4 },
		{ "[Link]\nActivationPolicy=bound\n", "ActivationPolicy=bound", 4 },
		{ "[Address]\nAddress=10.0.0.1/8\nLabel=x\n", "Label=x", 5 },
		{ "[Address]\nAddress=fd00::1/64\nDuplicateAddressDetection=none\n",
		  "DuplicateAddressDetection=none", 5 },
		{ "[Route]\nType=blackhole\nDestination=10.0.0.0/8\n", "Type=blackhole",
		  4 },
		{ "[Route]\nMultiPathRoute=10.0.0.1 5\n", "MultiPathRoute=10.0.0.1 5",
		  4 },
		{ "[Route]\nGateway=_ipv6ra\n", "Gateway=_ipv6ra", 4 },
		{ "[DHCPServer]\nPoolSize=10\n", "PoolSize=10", 4 },
		{ "[BridgeVLAN]\nVLAN=10\n", "VLAN=10", 4 },
		{ "[Match]\nDriver=virtio_net\n", "Driver=virtio_net", 4 },
		{ "[FairQueueingControlledDelay]\nParent=root\n", "Parent=root", 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_beyond(rows[i].text, rows[i].what, rows[i].line);
}

TEST(netconf_parse__empty_section_of_systemd__plain)
{
	assert_plain("[DHCPServer]\n[DHCPv4]\nUseDNS=\n");
}

TEST(netconf_parse__match_that_is_no_plain_name__no_device)
{
	static const char *const texts[] = {
		"[Match]\nName=tap*\n",
		"[Match]\nName=!tap1\n",
		"[Match]\nName=tap1 tap2\n",
		"[Match]\nName=tap1\nName=tap2\n",
		"[Match]\nMACAddress=b8:00:00:00:00:01\n",
		"[Match]\nName=tap1\nType=ether\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(parse(texts[i]), 0);
		assert_null(file.device);
		assert_non_null(file.beyond);
	}
}

TEST(netconf_parse__name_assigned_again__the_list_after_the_empty_one)
{
	assert_int_equal(parse("[Match]\nName=tap1\nName=\nName=tap2\n"), 0);
	assert_string_equal(file.device, "tap2");
	assert_null(file.beyond);
}

TEST(netconf_parse__no_match__error_says_what_to_write)
{
	static const char *const texts[] = {
		"",
		"# nothing\n",
		"[Match]\n",
		"[Match]\nName=\n",
		"[Network]\nDHCP=yes\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_wrong(texts[i], ":|which device|[Match] and Name=tap1");
		assert_null(file.device);
	}
}

TEST(netconf_parse__line_that_is_none__error_with_line)
{
	assert_wrong("Name=tap1\n" MATCH, ":1:|assignment before|[Section]");
	assert_wrong(MATCH "[Network]\nDHCP yes\n", ":4:|[Section]|KEY=VALUE");
	assert_wrong(MATCH "[Network\nDHCP=yes\n", ":3:|section|']'");
}

TEST(netconf_parse__value_without_sense__error_with_line)
{
	static const char *const rows[][2] = {
		{ "[Network]\nAddress=192.168.155.300/24\n",
		  ":4:|'192.168.155.300/24'|address" },
		{ "[Network]\nAddress=10.0.0.1/33\n", ":4:|'10.0.0.1/33'|address" },
		{ "[Network]\nAddress=10.0.0.1/24 # mine\n",
		  ":4:|'10.0.0.1/24 # mine'|address" },
		{ "[Network]\nGateway=10.0.0.1/24\n", ":4:|'10.0.0.1/24'|address" },
		{ "[Network]\nDNS=10.0.0.1 dns.example\n",
		  ":4:|'10.0.0.1 dns.example'|address" },
		{ "[Network]\nDNS=:53\n", ":4:|':53'|address" },
		{ "[Network]\nDNS=]:53\n", ":4:|']:53'|address" },
		{ "[Network]\nDomains=exa/mple\n", ":4:|'exa/mple'|domains" },
		{ "[Network]\nIPv6AcceptRA=maybe\n", ":4:|'maybe'|yes nor no" },
		{ "[Network]\nLinkLocalAddressing=fallback\n",
		  ":4:|'fallback'|yes nor no" },
		{ "[Network]\nDHCP=perhaps\n",
		  ":4:|'perhaps'|: no none yes ipv4 ipv6 v4 v6 both" },
		{ "[Link]\nMTUBytes=67\n", ":4:|'67'|MTU: 68 to 65536 bytes" },
		{ "[Link]\nMTUBytes=1M\n", ":4:|'1M'|MTU: 68 to 65536 bytes" },
		{ "[Link]\nMTUBytes=-1\n", ":4:|'-1'|MTU: 68 to 65536 bytes" },
		{ "[Link]\nMACAddress=01:00:00:00:00:01\n",
		  ":4:|'01:00:00:00:00:01'|MAC address" },
		{ "[Link]\nMACAddress=00:00:00:00:00:00\n",
		  ":4:|'00:00:00:00:00:00'|MAC address" },
		{ "[Link]\nActivationPolicy=sometimes\n",
		  ":4:|'sometimes'|policy: up, down or manual" },
		{ "[Address]\nScope=world\nAddress=10.0.0.1/8\n",
		  ":4:|'world'|scope: global, link, host or a number" },
		{ "[Address]\nScope=256\nAddress=10.0.0.1/8\n",
		  ":4:|'256'|scope: global, link, host or a number" },
		{ "[Address]\nPeer=10.0.0.1\n", ":3:|[Address]|without Address=" },
		{ "[Address]\nPeer=10.0.0.1\nAddress=fd00::1/64\n",
		  ":3:|Address= and Peer=|families" },
		{ "[Address]\nAddress=fd00::1/64\nBroadcast=10.0.0.1\n",
		  ":3:|Broadcast=|IPv4" },
		{ "[Address]\nAddress=10.0.0.1/8\nBroadcast=fd00::1\n",
		  ":3:|Broadcast=|IPv4" },
		{ "[Route]\nMetric=1\n",
		  ":3:|[Route]|without Destination= and Gateway=" },
		{ "[Route]\nGateway=10.0.0.1\nDestination=fd00::/8\n",
		  ":3:|route|families" },
		{ "[Route]\nGateway=10.0.0.1\nPreferredSource=fd00::1\n",
		  ":3:|route|families" },
		{ "[Route]\nGateway=10.0.0.1\nMetric=4294967296\n",
		  ":5:|'4294967296'|metric: 0 to 4294967295" },
		{ "[Route]\nGateway=10.0.0.1\nTable=0\n",
		  ":5:|'0'|table: main, default, local or a number" },
		{ "[Route]\nGateway=10.0.0.1\nTable=mine\n",
		  ":5:|'mine'|table: main, default, local or a number" },
		{ "[Route]\nGateway=10.0.0.1\nType=scenic\n",
		  ":5:|'scenic'|: unicast local broadcast anycast multicast "
		  "blackhole unreachable prohibit throw nat xresolve" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *text = xasprintf(MATCH "%s", rows[i][0]);

		assert_wrong(text, rows[i][1]);
	}
}

TEST(netconf_parse__name_no_device_can_have__error)
{
	assert_wrong("[Match]\nName=a_name_of_16_byte\n", ":2:|'a_name_of_16_byte'|name");
	assert_wrong("[Match]\nName=../tap1\n", ":2:|'../tap1'|name");
	assert_wrong("[Match]\nName=tap1 # the first\n", ":2:|comment|line of its own");
}

TEST(netconf_parse__several_errors__all_reported)
{
	assert_int_equal(parse("[Match]\n[Network]\nAddress=x\nGateway=y\nz\n"), -EINVAL);
	assert_int_equal(report.errors.nr, 4);
}

TEST(netconf_parse__unknown_key__warning_with_the_right_one)
{
	assert_warns(MATCH "[Network]\nAdress=10.0.0.1/8\n",
		     ":4:|unknown key 'Adress' in [Network]|'Address'?");
	assert_warns(MATCH "[Network]\naddress=10.0.0.1/8\n",
		     ":4:|unknown key 'address' in [Network]|'Address'?");
	assert_warns(MATCH "[Network]\nColour=red\n",
		     ":4:|unknown key 'Colour' in [Network]$");
	assert_int_equal(file.nr_addresses, 0);
}

TEST(netconf_parse__key_of_another_section__warning_says_which)
{
	assert_warns(MATCH "[Network]\nMTUBytes=9000\n",
		     ":4:|unknown key 'MTUBytes' in [Network]|[Link]");
	assert_warns(MATCH "[Route]\nGateway=10.0.0.1\nDomains=a\n",
		     ":5:|unknown key 'Domains' in [Route]|[Network]");
}

TEST(netconf_parse__unknown_section__one_warning)
{
	assert_warns(MATCH "[Networks]\nAddress=10.0.0.1/8\nX=1\n",
		     ":3:|unknown section [Networks]|[Network]?");
	assert_warns(MATCH "[Weather]\nRain=yes\n", ":3:|unknown section [Weather]$");
	assert_int_equal(file.nr_addresses, 0);
}

TEST(netconf_parse__sections_and_keys_of_others__silence)
{
	assert_plain("[X-Mine]\nAnything\n[Network]\nX-Mine=1\nAddress=10.0.0.1/8\n");
	assert_string_equal(addresses(), "10.0.0.1/8 bc 10.255.255.255");
}

TEST(netconf_parse__address_without_length__warning)
{
	assert_warns(MATCH "[Network]\nAddress=10.0.0.1\n",
		     ":4:|'10.0.0.1'|length|'10.0.0.1/24'");
	assert_string_equal(addresses(), "10.0.0.1/32");
}

TEST(netconf_parse__long_value__message_has_its_beginning)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	strbuf_adds(&text, MATCH "[Network]\nAddress=");
	for (int i = 0; i < 10000; i++)
		strbuf_addch(&text, '1');
	assert_int_equal(parse(text.buf), -EINVAL);
	assert_true(strlen(report.errors.v[0]) < 200);
}

TEST(netconf_keys__names__known_in_their_sections)
{
	assert_true(netconf_key_is_known("Network", "Description"));
	assert_true(netconf_key_is_known("Network", "UseDomains"));
	assert_true(netconf_key_is_known("BridgeVLAN", "PVID"));
	assert_true(netconf_key_is_known("SR-IOV", "VirtualFunction"));
	assert_false(netconf_key_is_known("Network", "Net"));
	assert_false(netconf_key_is_known("Network", ""));
	assert_false(netconf_key_is_known("Network", "DNS Domains"));
	assert_false(netconf_key_is_known("Nowhere", "DNS"));
	assert_false(netconf_section_is_known(""));
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

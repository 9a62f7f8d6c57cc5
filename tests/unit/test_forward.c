// SPDX-License-Identifier: GPL-2.0-or-later
/* FORWARD: what it may say, and what QEMU and passt are told. */
#include <arpa/inet.h>
#include <sys/socket.h>

#include "fixture.h"
#include "vm/forward.h"

struct parsed {
	struct forward *list;
	size_t nr;
	struct report report;
	int err;
};

static struct parsed parse(const char *text)
{
	struct parsed p = { .report = REPORT_INIT };

	p.err = forward_parse(text, &p.list, &p.nr, &p.report);
	return p;
}

static void parsed_release(struct parsed *p)
{
	free(p->list);
	report_release(&p->report);
}

/* The ports, as "tcp 127.0.0.1 2222 22" each, for a text that is right. */
static void assert_forwards(const char *text, const char *expected)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
	_cleanup_(parsed_release) struct parsed p = parse(text);

	assert_int_equal(p.err, 0);
	for (size_t i = 0; i < p.nr; i++)
		strbuf_addf(&out, "%s%s %s %u %u", i ? ", " : "",
			    p.list[i].udp ? "udp" : "tcp", p.list[i].address,
			    p.list[i].host_port, p.list[i].guest_port);
	assert_string_equal(out.buf, expected);
}

static void assert_refused(const char *text, const char *message)
{
	_cleanup_(parsed_release) struct parsed p = parse(text);

	assert_int_equal(p.err, -EINVAL);
	assert_strvec(&p.report.errors, message);
}

DEFINE_TEST(forward_parse__nothing__nothing)
{
	assert_forwards("", "");
	assert_forwards(" \t\n", "");
}

DEFINE_TEST(forward_parse__ports_alone__tcp_at_localhost)
{
	assert_forwards("2222:22", "tcp 127.0.0.1 2222 22");
	assert_forwards("1:65535", "tcp 127.0.0.1 1 65535");
}

DEFINE_TEST(forward_parse__several__in_their_order)
{
	assert_forwards("2222:22 udp:5353:53\ttcp:0.0.0.0:8080:80\n udp:2222:22",
			"tcp 127.0.0.1 2222 22, udp 127.0.0.1 5353 53, "
			"tcp 0.0.0.0 8080 80, udp 127.0.0.1 2222 22");
}

DEFINE_TEST(forward_parse__not_of_the_form__error_shows_it)
{
	static const char *const words[] = {
		"22",		":",	     "tcp:22",
		"udp:",		"::",	     ":22:22",
		"1:2:3:4",	"::1:22:22", "tcp:udp:22:22:22",
		"[]x:22:22:22",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		_cleanup_(parsed_release) struct parsed p = parse(words[i]);

		assert_int_equal(p.err, -EINVAL);
		assert_int_equal(p.report.errors.nr, 1);
		assert_contains(p.report.errors.v[0], words[i]);
		assert_contains(p.report.errors.v[0],
				"[tcp:|udp:][HOSTADDRESS:]HOSTPORT:GUESTPORT");
	}
}

DEFINE_TEST(forward_parse__no_port__error_names_it)
{
	static const char *const words[] = {
		"0:22", "22:0", "65536:22",	   "22:65536", "-1:22",		"ssh:22",
		"22:",	":22",	"22:22,hostfwd=x", "0x16:22",  "4294967318:22",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		_cleanup_(parsed_release) struct parsed p = parse(words[i]);

		assert_int_equal(p.err, -EINVAL);
		assert_int_equal(p.report.errors.nr, 1);
		assert_contains(p.report.errors.v[0], words[i]);
		assert_contains(p.report.errors.v[0],
				"a port is a number from 1 to 65535");
	}
}

DEFINE_TEST(forward_parse__no_ipv4_address__error_names_it)
{
	static const char *const addresses[] = { "localhost", "127.0.0.256", "[::1]" };

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		_cleanup_free_ char *word = xasprintf("%s:2222:22", addresses[i]);
		_cleanup_free_ char *expected = xasprintf(
			"FORWARD: '%s': '%s' is no IPv4 address", word, addresses[i]);
		_cleanup_(parsed_release) struct parsed p = parse(word);

		assert_int_equal(p.err, -EINVAL);
		assert_int_equal(p.report.errors.nr, 1);
		assert_contains(p.report.errors.v[0], expected);
	}
}

DEFINE_TEST(forward_parse__several_mistakes__all_told)
{
	_cleanup_(parsed_release) struct parsed p = parse("x 2222:22 0:1");

	assert_int_equal(p.err, -EINVAL);
	assert_int_equal(p.report.errors.nr, 2);
}

DEFINE_TEST(forward_parse__same_port_twice__error)
{
	assert_refused("2222:22 2222:23",
		       "FORWARD: '2222:23': port 2222 is taken before");
	assert_refused("0.0.0.0:2222:22 2222:22",
		       "FORWARD: '2222:22': port 2222 is taken before");
	assert_forwards("127.0.0.2:2222:22 2222:22",
			"tcp 127.0.0.2 2222 22, tcp 127.0.0.1 2222 22");
}

/* A socket at a port that was free; the port. */
static unsigned int take_port(int type, int *fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);

	*fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(*fd, (struct sockaddr *)&address, size), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(*fd, 1), 0);
	assert_int_equal(getsockname(*fd, (struct sockaddr *)&address, &size), 0);
	return ntohs(address.sin_port);
}

static void check_taken_port(int type, const char *protocol)
{
	_cleanup_free_ char *text = NULL, *message = NULL;
	_cleanup_(parsed_release) struct parsed p = { .report = REPORT_INIT };
	int fd;
	unsigned int port = take_port(type, &fd);

	text = xasprintf("%s:%u:22", protocol, port);
	message = xasprintf("port %u of FORWARD is in use; is another VM running?", port);
	p = parse(text);
	assert_int_equal(forward_check_free(p.list, p.nr, &p.report), -EINVAL);
	assert_strvec(&p.report.errors, message);
	close(fd);
	assert_int_equal(forward_check_free(p.list, p.nr, &p.report), 0);
}

DEFINE_TEST(forward_check_free__port_in_use__error_names_it)
{
	check_taken_port(SOCK_STREAM, "tcp");
	check_taken_port(SOCK_DGRAM, "udp");
}

DEFINE_TEST(forward_check_free__no_such_address__error_names_it)
{
	_cleanup_(parsed_release) struct parsed p = parse("203.0.113.7:22222:22");

	assert_int_equal(forward_check_free(p.list, p.nr, &p.report), -EINVAL);
	assert_strvec(&p.report.errors,
		      "this host has no address 203.0.113.7, as FORWARD wants");
}

static int check_port_of_root(void)
{
	_cleanup_(parsed_release) struct parsed p = parse("22:22");

	if (forward_check_free(p.list, p.nr, &p.report) != -EINVAL)
		return 1;
	return !streq(p.report.errors.v[0],
		      "port 22 of FORWARD is for root only; use one above 1023");
}

FIXTURE_TEST(forward_check_free__port_of_root__error_says_so)
{
	unsigned long first = 1024;
	int fd = open("/proc/sys/net/ipv4/ip_unprivileged_port_start",
		      O_RDONLY | O_CLOEXEC);
	char buf[32] = "";

	if (fd >= 0) {
		ssize_t n = read(fd, buf, sizeof(buf) - 1);

		close(fd);
		first = n > 0 ? strtoul(buf, NULL, 10) : first;
	}
	if (first <= 22) {
		print_message("port 22 is free for all users here\n");
		skip();
	}
	assert_int_equal(fixture_run_as_user(check_port_of_root), 0);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}

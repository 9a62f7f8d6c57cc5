// SPDX-License-Identifier: GPL-2.0-or-later
/* passt beside a QEMU, whose part the test plays, in a network namespace of its own. */
#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include "fixture.h"
#include "vm/passt.h"

#define PORT 2222

/* Why it cannot be tried; NULL: it can. Static text. */
static const char *obstacle;
static const struct strvec no_ports = STRVEC_INIT;

static bool run(const char *const *words)
{
	_cleanup_(process_release) struct process process = PROCESS_INIT;

	for (; *words; words++)
		strvec_push(&process.argv, *words);
	return process_start(&process) == 0 && process_wait(&process, 10000) == 0;
}

#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

static const char *make_network(void)
{
	_cleanup_free_ char *ip = process_find("ip");
	_cleanup_free_ char *passt = process_find("passt");

	if (!ip || !passt)
		return "it takes ip (iproute2) and passt";
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0)
		return "only root can have a network of its own";
	/* passt insists on a default route */
	if (!RUN("ip", "link", "set", "lo", "up") ||
	    !RUN("ip", "link", "add", "br0", "type", "bridge") ||
	    !RUN("ip", "address", "add", "192.0.2.2/24", "dev", "br0") ||
	    !RUN("ip", "link", "set", "br0", "up") ||
	    !RUN("ip", "route", "add", "default", "via", "192.0.2.1"))
		return "the kernel makes no bridges here";
	return NULL;
}

static int setup_group(void **state)
{
	obstacle = make_network();
	return fixture_clean_environment(state);
}

static void need_network(void)
{
	if (!obstacle)
		return;
	print_message("%s\n", obstacle);
	skip();
}

/* The start fails with @expected and a message that has @part in it. */
static void assert_start_fails(const struct strvec *ports, int expected, const char *part)
{
	struct capture c = capture_start();
	struct passt passt;
	int end = -1, err = passt_start(&passt, ports, false, "the network 'user'", &end);
	const char *said = capture_stop(&c);

	passt_stop(&passt);
	assert_int_equal(err, expected);
	assert_int_equal(end, -1);
	assert_contains(said, "cannot start 'passt': ");
	assert_contains(said, part);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static int connect_to_port(void)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons(PORT),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* The next frame that QEMU would get, within a few seconds; its size, 0 for none. */
static size_t next_frame(int end, unsigned char *frame, size_t size)
{
	const struct timeval patience = { .tv_sec = 5 };
	uint32_t length;

	setsockopt(end, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (recv(end, &length, sizeof(length), MSG_WAITALL) != sizeof(length))
		return 0;
	length = ntohl(length);
	if (length > size || recv(end, frame, length, MSG_WAITALL) != (ssize_t)length)
		return 0;
	return length;
}

FIXTURE_TEST(add_port__tcp_and_udp__in_passt_s_words)
{
	_cleanup_(strvec_release) struct strvec ports = STRVEC_INIT;

	passt_add_port(&ports, false, "127.0.0.1", 2222, 22);
	passt_add_port(&ports, true, "0.0.0.0", 5353, 53);
	assert_strvec(&ports, "--tcp-ports=127.0.0.1/2222:22",
		      "--udp-ports=0.0.0.0/5353:53");
}

FIXTURE_TEST(start__no_ports__runs_until_qemu_has_gone)
{
	struct passt passt;
	int end = -1;

	need_network();
	assert_int_equal(
		passt_start(&passt, &no_ports, false, "the network 'user'", &end), 0);
	assert_true(end >= 0);
	assert_int_equal(fcntl(end, F_GETFD), FD_CLOEXEC);
	assert_int_equal(process_wait(&passt.process, 0), -ETIMEDOUT);
	close(end);
	assert_int_equal(process_wait(&passt.process, 5000), 0);
	passt_stop(&passt);
}

FIXTURE_TEST(stop__qemu_is_still_there__ended_and_reaped)
{
	struct passt passt;
	char byte;
	int end = -1;

	need_network();
	assert_int_equal(
		passt_start(&passt, &no_ports, false, "the network 'user'", &end), 0);
	passt_stop(&passt);
	assert_true(read(end, &byte, 1) <= 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	close(end);
	passt_stop(&passt);
}

/* Before it has sent anything, so to all: an IPv4 SYN to 10.0.2.15 port 22. */
FIXTURE_TEST(start__port__connection_reaches_the_guest)
{
	static const unsigned char guest[] = { 10, 0, 2, 15, }, port[] = { 0, 22 };
	_cleanup_(strvec_release) struct strvec ports = STRVEC_INIT;
	unsigned char frame[2048];
	struct passt passt;
	int end = -1, fd;
	size_t size;

	need_network();
	passt_add_port(&ports, false, "127.0.0.1", PORT, 22);
	assert_int_equal(passt_start(&passt, &ports, false, "the network 'user'", &end),
			 0);
	fd = connect_to_port();
	size = next_frame(end, frame, sizeof(frame));
	close(end);
	close(fd);
	passt_stop(&passt);
	assert_true(fd >= 0);
	assert_true(size >= 14 + 20 + 20);
	assert_memory_equal(frame, "\xff\xff\xff\xff\xff\xff", 6);
	assert_memory_equal(frame + 14 + 16, guest, 4);
	assert_memory_equal(frame + 14 + 20 + 2, port, 2);
	assert_int_equal(frame[14 + 20 + 13] & 0x3f, 0x02);
}

FIXTURE_TEST(start__port_is_taken__its_own_words)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons(PORT),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	_cleanup_(strvec_release) struct strvec ports = STRVEC_INIT;

	need_network();
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	passt_add_port(&ports, false, "127.0.0.1", PORT, 22);
	assert_start_fails(&ports, -EIO, "2222");
}

FIXTURE_TEST(start__not_installed__enoent_names_the_package)
{
	setenv("PATH", "/nonexistent", 1);
	assert_start_fails(&no_ports, -ENOENT, "Debian package: passt");
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
}

FIXTURE_TEST(start__ends_at_once_without_a_word__error)
{
	put_file("passt", "#!/bin/sh\nexit 3\n");
	assert_int_equal(chmod(at("passt"), 0755), 0);
	setenv("PATH", fixture_dir, 1);
	assert_start_fails(&no_ports, -EIO, "it ends without a word");
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
}

FIXTURE_TEST(start__answers_nonsense__error)
{
	put_file("passt",
		 "#!/bin/bash\nwhile :; do printf '\\377\\377\\377\\377xx'; done "
		 ">&${3#*=}\n");
	assert_int_equal(chmod(at("passt"), 0755), 0);
	setenv("PATH", fixture_dir, 1);
	assert_start_fails(&no_ports, -EPROTO, "rotocol error");
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
}

FIXTURE_TEST(start__does_not_answer__error_in_time)
{
	time_t begin = time(NULL);

	put_file("passt", "#!/bin/sh\nexec /bin/sleep 60\n");
	assert_int_equal(chmod(at("passt"), 0755), 0);
	setenv("PATH", fixture_dir, 1);
	assert_start_fails(&no_ports, -ETIMEDOUT, "it does not answer");
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	assert_true(time(NULL) - begin < 10);
}

static int start_and_stop(void)
{
	struct passt passt;
	int end = -1,
	    err = passt_start(&passt, &no_ports, false, "the network 'user'", &end);

	passt_stop(&passt);
	close(end);
	return err ? 1 : 0;
}

FIXTURE_TEST(start__as_a_user__fine)
{
	need_network();
	assert_int_equal(fixture_run_as_user(start_and_stop), 0);
}

/* The last test: there is no way back. */
FIXTURE_TEST(start__no_default_route__says_what_to_use)
{
	need_network();
	assert_true(RUN("ip", "route", "del", "default"));
	assert_start_fails(&no_ports, -EIO, "no default route; use the network 'user'");
}

int main(void)
{
	return run_defined_tests(setup_group, NULL);
}

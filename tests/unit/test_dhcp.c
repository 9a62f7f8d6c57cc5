// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The DHCP server of the bridge: its range, its arguments, and a real dnsmasq that is
 * started and ended in a network namespace of the test's own.
 */
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "net/host/dhcp.h"
#include "fixture.h"
#include "lib/io.h"
#include "lib/proc.h"
#include "lib/process.h"

#define RANGE "192.168.155.150,192.168.155.200,12h"

static struct net_prefix addresses[2];

/* Why there is no namespace to try it in; NULL: there is. Static text. */
static const char *obstacle = "only root can have a network of its own";

static bool run(const char *const *words)
{
	_cleanup_(process_release) struct process process = PROCESS_INIT;

	for (; *words; words++)
		strvec_push(&process.argv, *words);
	return process_start(&process) == 0 && process_wait(&process, 10000) == 0;
}

#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

/* The bridge @name with @address in the namespace that we are in. */
static bool make_bridge(const char *name, const char *address)
{
	return RUN("ip", "link", "add", name, "type", "bridge") &&
	       RUN("ip", "address", "add", address, "dev", name) &&
	       RUN("ip", "link", "set", name, "up");
}

static const char *make_network(void)
{
	_cleanup_free_ char *ip = process_find("ip");
	_cleanup_free_ char *dnsmasq = process_find("dnsmasq");

	if (geteuid() != 0)
		return obstacle;
	if (!ip || !dnsmasq)
		return "it takes ip (iproute2) and dnsmasq (dnsmasq-base)";
	if (unshare(CLONE_NEWNET) < 0)
		return "there are no network namespaces here";
	if (!make_bridge("br0", "192.168.155.1/24") || !make_bridge("br1", "10.1.2.3/16"))
		return "the kernel makes no bridges here";
	return NULL;
}

static int setup_group(void **state)
{
	assert_int_equal(net_prefix_parse("192.168.155.1/24", &addresses[0]), 0);
	assert_int_equal(net_prefix_parse("fd00::1/64", &addresses[1]), 0);
	obstacle = make_network();
	/* what goes to the background becomes ours to reap */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return fixture_clean_environment(state);
}

static void need_network(void)
{
	if (!obstacle)
		return;
	print_message("%s\n", obstacle);
	skip();
}

static void reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static int teardown(void **state)
{
	char *why = NULL;

	if (!obstacle && dhcp_stop("br0", &why)) {
		print_error("%s\n", why);
		free(why);
		return -1;
	}
	reap();
	return fixture_remove(state);
}

static void assert_starts(void)
{
	char *why = NULL;
	int err = dhcp_start("br0", RANGE, addresses, 2, &why);

	if (err)
		fail_msg("%s", why);
}

static void assert_stops(void)
{
	char *why = NULL;
	int err = dhcp_stop("br0", &why);

	reap();
	if (err)
		fail_msg("%s", why);
}

/* Nothing is started, for a reason that has @part in it. */
static void assert_start_fails(const char *bridge, const char *range, int expected,
			       const char *part)
{
	_cleanup_free_ char *why = NULL;
	int err = dhcp_start(bridge, range, addresses, 2, &why);

	reap();
	assert_int_equal(err, expected);
	assert_contains(why, part);
	assert_false(dhcp_runs(bridge, NULL));
}

/* The pid that dnsmasq has written. */
static pid_t running_pid(void)
{
	_cleanup_free_ char *path = dhcp_pid_file("br0");
	_cleanup_free_ char *text = NULL;

	assert_int_equal(io_read_file(AT_FDCWD, path, 64, &text, NULL), 0);
	assert_true(atoi(text) > 1);
	return (pid_t)atoi(text);
}

static void write_pid(pid_t pid)
{
	_cleanup_free_ char *path = dhcp_pid_file("br0");
	_cleanup_fclose_ FILE *file = fopen(path, "w");

	assert_non_null(file);
	fprintf(file, "%d\n", (int)pid);
}

static bool has_pid_file(void)
{
	_cleanup_free_ char *path = dhcp_pid_file("br0");

	return access(path, F_OK) == 0;
}

static bool is_alive(pid_t pid)
{
	struct proc proc;

	return proc_read(&proc, pid) == 0;
}

#define TEST(f) DEFINE_TEST_WITH(f, fixture_make, teardown)

TEST(check_range__as_documented__fine)
{
	static const char *const ranges[] = { "192.168.155.150,192.168.155.200",
					      "192.168.155.1,192.168.155.254,12h",
					      "192.168.155.7,192.168.155.7,3600",
					      "192.168.155.2,192.168.155.3,45m",
					      "192.168.155.2,192.168.155.3,7d",
					      "192.168.155.2,192.168.155.3,1w",
					      "192.168.155.2,192.168.155.3,infinite" };

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		char *why = NULL;

		if (dhcp_check_range(ranges[i], addresses, 2, &why))
			fail_msg("%s", why);
	}
}

TEST(check_range__others__error_with_reason)
{
	static const struct {
		const char *range, *why;
	} wrong[] = {
		{ "", "is not FIRST,LAST" },
		{ "192.168.155.150", "is not FIRST,LAST" },
		{ "192.168.155.2,192.168.155.3,12h,x", "is not FIRST,LAST" },
		{ "192.168.155.2,,12h", "two IPv4 addresses" },
		{ "192.168.155.2,192.168.155.300", "two IPv4 addresses" },
		{ "fd00::2,fd00::3", "two IPv4 addresses" },
		{ "set:x,192.168.155.2,192.168.155.3", "two IPv4 addresses" },
		{ " 192.168.155.2,192.168.155.3", "two IPv4 addresses" },
		{ "192.168.155.2,static", "two IPv4 addresses" },
		{ "192.168.155.2,192.168.155.3,", "lease time" },
		{ "192.168.155.2,192.168.155.3,255.255.255.0", "lease time" },
		{ "192.168.155.2,192.168.155.3,12y", "lease time" },
		{ "192.168.155.2,192.168.155.3,12hh", "lease time" },
		{ "192.168.155.2,192.168.155.3,h", "lease time" },
		{ "192.168.155.2,192.168.155.3,999999999999", "lease time" },
		{ "192.168.155.9,192.168.155.3", "first address above its last" },
		{ "192.168.155.9,192.168.156.3", "BR_ADDR" },
		{ "10.0.0.1,10.0.0.9", "BR_ADDR" },
		{ "192.168.155.0,192.168.155.9", "BR_ADDR" },
		{ "192.168.155.9,192.168.155.255", "BR_ADDR" },
		{ "192.168.155.9,\033[2J", "'192.168.155.9,\\033[2J' must" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		_cleanup_free_ char *why = NULL;

		assert_int_equal(dhcp_check_range(wrong[i].range, addresses, 2, &why),
				 -EINVAL);
		assert_contains(why, wrong[i].why);
		assert_contains(why, "BR_DHCP_SRV_RANGE '");
	}
}

TEST(check_range__bridge_without_address__error)
{
	_cleanup_free_ char *why = NULL;

	assert_int_equal(dhcp_check_range(RANGE, NULL, 0, &why), -EINVAL);
	assert_contains(why, "BR_ADDR");
}

TEST(argv__bridge_and_range__dhcp_alone_and_no_conf)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;

	dhcp_argv("br0", RANGE, &argv);
	assert_int_equal(argv.v[0][0], '/');
	assert_true(strvec_has(&argv, "--conf-file=/dev/null"));
	assert_true(strvec_has(&argv, "--port=0"));
	assert_true(strvec_has(&argv, "--interface=br0"));
	assert_true(strvec_has(&argv, "--bind-interfaces"));
	assert_true(strvec_has(&argv, "--dhcp-range=" RANGE));
}

TEST(start__bridge_is_up__serves_as_another_user_until_stopped)
{
	_cleanup_free_ char *range = NULL, *udp = NULL;
	struct proc proc;
	pid_t pid;

	need_network();
	assert_false(dhcp_runs("br0", NULL));
	assert_starts();
	assert_true(dhcp_runs("br0", &range));
	assert_string_equal(range, RANGE);
	/* port 67 of all addresses, on this interface */
	assert_int_equal(io_read_file(AT_FDCWD, "/proc/self/net/udp", 65536, &udp, NULL),
			 0);
	assert_contains(udp, "00000000:0043");
	pid = running_pid();
	assert_int_equal(proc_read(&proc, pid), 0);
	assert_int_not_equal(proc.uid, 0);
	assert_stops();
	assert_false(is_alive(pid));
	assert_false(dhcp_runs("br0", NULL));
	assert_false(has_pid_file());
}

TEST(start__twice__eexist_and_the_first_goes_on)
{
	_cleanup_free_ char *why = NULL;
	pid_t pid;

	need_network();
	assert_starts();
	pid = running_pid();
	assert_int_equal(dhcp_start("br0", RANGE, addresses, 2, &why), -EEXIST);
	assert_contains(why, "already runs on 'br0'");
	assert_int_equal(running_pid(), pid);
	assert_true(is_alive(pid));
}

TEST(start__no_such_bridge__its_own_words)
{
	need_network();
	assert_start_fails("br9", RANGE, -EIO,
			   "cannot start dnsmasq on 'br9': unknown interface br9");
}

TEST(start__port_is_taken__its_own_words)
{
	const struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(67) };
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	need_network();
	assert_int_equal(bind(fd, (const struct sockaddr *)&any, sizeof(any)), 0);
	assert_start_fails("br0", RANGE, -EIO, "ddress already in use");
}

TEST(start__name_that_means_several__einval)
{
	need_network();
	assert_start_fails("br*", RANGE, -EINVAL, "'br*': give the bridge a name");
	assert_start_fails("br0,lo", RANGE, -EINVAL, "give the bridge a name");
}

TEST(start__wrong_range__einval)
{
	need_network();
	assert_start_fails("br0", "10.1.2.4,10.1.2.5", -EINVAL, "BR_ADDR");
}

TEST(stop__nothing_runs__fine)
{
	need_network();
	assert_stops();
	assert_stops();
}

TEST(stop__pid_file_names_another_process__that_lives_on)
{
	pid_t pid, other;

	need_network();
	other = fork();
	if (!other) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	/* stale, and recycled */
	write_pid(other);
	assert_false(dhcp_runs("br0", NULL));
	assert_stops();
	assert_true(is_alive(other));
	assert_false(has_pid_file());
	/* of one that runs, altered */
	assert_starts();
	pid = running_pid();
	write_pid(other);
	assert_stops();
	assert_false(is_alive(pid));
	assert_true(is_alive(other));
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
}

TEST(stop__pid_file_is_gone__ended_all_the_same)
{
	_cleanup_free_ char *path = dhcp_pid_file("br0");
	pid_t pid;

	need_network();
	assert_starts();
	pid = running_pid();
	assert_int_equal(unlink(path), 0);
	assert_true(dhcp_runs("br0", NULL));
	assert_stops();
	assert_false(is_alive(pid));
}

TEST(start__killed_by_hand_before__fine)
{
	need_network();
	assert_starts();
	kill(running_pid(), SIGKILL);
	for (int i = 0; i < 500 && dhcp_runs("br0", NULL); i++)
		usleep(10000);
	assert_false(dhcp_runs("br0", NULL));
	assert_true(has_pid_file());
	assert_starts();
	assert_true(is_alive(running_pid()));
}

TEST(stop__does_not_listen__killed)
{
	pid_t pid;

	need_network();
	assert_starts();
	pid = running_pid();
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_stops();
	assert_false(is_alive(pid));
}

/*
 * A shell that goes by the name @name, run by @user and with the arguments that would be
 * our server's, with @range. It lives until @gate is closed.
 */
static void start_shell(struct process *process, const char *name, const char *user,
			const char *range, int gate)
{
	_cleanup_free_ char *pid_file = dhcp_pid_file("br0");
	struct proc proc = { 0 };

	unlink(at(name));
	assert_int_equal(symlink("/bin/sh", at(name)), 0);
	assert_int_equal(chmod(fixture_dir, 0755), 0);
	*process = (struct process)PROCESS_INIT;
	strvec_pushl(&process->argv, "setpriv", user, "--clear-groups", at(name), "-c",
		     "read x", "dnsmasq", NULL);
	strvec_pushf(&process->argv, "--pid-file=%s", pid_file);
	strvec_pushf(&process->argv, "--dhcp-range=%s", range);
	process->in = gate;
	assert_int_equal(process_start(process), 0);
	for (int i = 0; i < 500 && !streq(proc.name, name); i++) {
		usleep(10000);
		proc_read(&proc, process->pid);
	}
	assert_string_equal(proc.name, name);
}

TEST(stop__others_with_our_arguments__not_believed)
{
	static const char *const rows[][2] = {
		{ "other", "--reuid=0" },
		{ "dnsmasq", "--reuid=54321" },
	};

	need_network();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(process_release) struct process process = PROCESS_INIT;
		int ends[2];

		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		start_shell(&process, rows[i][0], rows[i][1], RANGE, ends[0]);
		assert_false(dhcp_runs("br0", NULL));
		assert_stops();
		assert_true(is_alive(process.pid));
		close(ends[0]);
		close(ends[1]);
		process_wait(&process, 5000);
	}
}

/* What rapido has not started has no range that a terminal could be told with. */
TEST(runs__range_that_is_none__not_returned)
{
	_cleanup_(process_release) struct process process = PROCESS_INIT;
	_cleanup_free_ char *range = NULL, *fine = NULL;
	int ends[2];

	need_network();
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	start_shell(&process, "dnsmasq", "--reuid=0", "\033[2J", ends[0]);
	assert_false(dhcp_runs("br0", &range));
	assert_null(range);
	process_release(&process);
	start_shell(&process, "dnsmasq", "--reuid=0", RANGE, ends[0]);
	assert_true(dhcp_runs("br0", &fine));
	assert_string_equal(fine, RANGE);
	close(ends[0]);
	close(ends[1]);
	process_wait(&process, 5000);
}

/* Somebody's own, on another bridge of the same network. */
TEST(stop__another_dnsmasq__lives_on)
{
	_cleanup_(process_release) struct process process = PROCESS_INIT;

	need_network();
	assert_starts();
	strvec_pushl(&process.argv, "dnsmasq", "--conf-file=/dev/null", "--port=0",
		     "--interface=br1", "--bind-interfaces", "--keep-in-foreground",
		     "--dhcp-range=10.1.2.4,10.1.2.9", "--leasefile-ro", NULL);
	strvec_pushf(&process.argv, "--pid-file=%s", at("own.pid"));
	assert_int_equal(process_start(&process), 0);
	for (int i = 0; i < 500 && access(at("own.pid"), F_OK); i++)
		usleep(10000);
	assert_stops();
	assert_int_equal(process_wait(&process, 0), -ETIMEDOUT);
	assert_false(dhcp_runs("br1", NULL));
}

/* In a child: the same bridge in another namespace, until @gate is closed. 0: fine. */
static int serve_elsewhere(int ready, int gate)
{
	char *why = NULL;
	char byte = 0;
	int wrong = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (unshare(CLONE_NEWNET) == 0 && make_bridge("br0", "192.168.155.1/24") &&
	    dhcp_start("br0", RANGE, addresses, 2, &why) == 0 &&
	    write(ready, &byte, 1) == 1 && read(gate, &byte, 1) == 0)
		wrong = !dhcp_runs("br0", NULL);
	wrong |= dhcp_stop("br0", &why) != 0;
	reap();
	free(why);
	return wrong;
}

TEST(stop__same_bridge_in_another_network__lives_on)
{
	int ready[2], gate[2], status;
	ssize_t served;
	pid_t child;
	char byte;

	need_network();
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	child = fork();
	if (!child) {
		close(ready[0]);
		close(gate[1]);
		_exit(serve_elsewhere(ready[1], gate[0]));
	}
	close(ready[1]);
	close(gate[0]);
	served = read(ready[0], &byte, 1);
	if (served == 1) {
		assert_false(dhcp_runs("br0", NULL));
		assert_starts();
		assert_stops();
	}
	close(gate[1]);
	close(ready[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(served, 1);
	assert_int_equal(status, 0);
}

static int sees_it_run(void)
{
	_cleanup_free_ char *range = NULL, *why = NULL;

	return dhcp_runs("br0", &range) && streq(range, RANGE) &&
			       dhcp_stop("br0", &why) == -EPERM
		       ? 0
		       : 1;
}

TEST(runs__asked_by_another_user__seen_but_not_stopped)
{
	need_network();
	assert_starts();
	assert_int_equal(fixture_run_as_user(sees_it_run), 0);
	assert_true(is_alive(running_pid()));
}

int main(void)
{
	return run_defined_tests(setup_group, NULL);
}

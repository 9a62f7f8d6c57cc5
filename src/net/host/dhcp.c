// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dnsmasq as a DHCP server: its arguments, its start and its end.
 *
 * A process is our server if its arguments name our pid file, its name is dnsmasq, and
 * its user is root or dnsmasq's: nobody else can give a process of theirs such arguments.
 * The pid file's name contains the network namespace, so there is no need to look at
 * /proc/PID/exe or ns/net, which root cannot do without CAP_SYS_PTRACE.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/host/dhcp.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/process.h"
#include "lib/utf8.h"

/* Normally it fails, or goes to the background, within milliseconds. */
#define START_MS    10000
#define SAID_MAX    65536
#define CMDLINE_MAX 65536
#define LOOK_MS	    10
/* For all of dhcp_stop(), and how much of it is reserved for after SIGKILL. */
#define STOP_MS 6000
#define KILL_MS 3000

static uint32_t to_number(const struct net_ip *ip)
{
	uint32_t number;

	memcpy(&number, ip->bytes, sizeof(number));
	return ntohl(number);
}

static bool parse_ipv4(const char *text, struct net_ip *ip)
{
	return net_ip_parse(text, ip) == 0 && ip->family == AF_INET;
}

/* Whether @ip can be a host's in the network @net, which has more than two addresses. */
static bool is_host_of(const struct net_ip *ip, const struct net_prefix *net)
{
	const struct net_prefix host = { .ip = *ip, .length = net->length };

	return net->length <= 30 && net_prefix_overlap(&host, net) &&
	       net_prefix_is_host(&host);
}

static bool is_lease_time(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (streq(text, "infinite"))
		return true;
	return digits > 0 && digits < 8 &&
	       (!text[digits] || (strchr("smhdw", text[digits]) && !text[digits + 1]));
}

/* Keeps empty parts ("a,,b"), which strvec_split() leaves out. */
static void split_range(const char *range, struct strvec *parts)
{
	for (const char *comma; (comma = strchr(range, ',')); range = comma + 1)
		strvec_take(parts, xstrndup(range, (size_t)(comma - range)));
	strvec_push(parts, range);
}

/* What is wrong with the form of @range: static text, or NULL. */
static const char *parse_range(const char *range, struct net_ip *first,
			       struct net_ip *last)
{
	_cleanup_(strvec_release) struct strvec parts = STRVEC_INIT;

	split_range(range, &parts);
	if (parts.nr < 2 || parts.nr > 3)
		return "is not FIRST,LAST or FIRST,LAST,LEASE";
	if (!parse_ipv4(parts.v[0], first) || !parse_ipv4(parts.v[1], last))
		return "must begin with two IPv4 addresses";
	if (parts.nr == 3 && !is_lease_time(parts.v[2]))
		return "has a lease time that is not like 3600, 45m, 12h, 7d or infinite";
	if (to_number(first) > to_number(last))
		return "has its first address above its last";
	return NULL;
}

static bool is_range(const char *range)
{
	struct net_ip first, last;

	return !parse_range(range, &first, &last);
}

static const char *find_fault(const char *range, const struct net_prefix *addresses,
			      size_t nr)
{
	struct net_ip first, last;
	const char *fault = parse_range(range, &first, &last);

	if (fault)
		return fault;
	for (size_t i = 0; i < nr; i++)
		if (is_host_of(&first, &addresses[i]) && is_host_of(&last, &addresses[i]))
			return NULL;
	return "has addresses that are not of hosts in a network of the bridge, BR_ADDR";
}

int dhcp_check_range(const char *range, const struct net_prefix *addresses, size_t nr,
		     char **why)
{
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT;
	const char *fault = find_fault(range, addresses, nr);

	if (!fault)
		return 0;
	strbuf_add_visible(&shown, range);
	*why = xasprintf("BR_DHCP_SRV_RANGE '%s' %s", shown.buf, fault);
	return -EINVAL;
}

/* Not from the PATH; NULL if it is not installed. */
static const char *find_program(void)
{
	static const char *const programs[] = { "/usr/sbin/dnsmasq", "/usr/bin/dnsmasq" };

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (access(programs[i], X_OK) == 0)
			return programs[i];
	return NULL;
}

/* Its own user if the package has made one. */
static const struct passwd *find_user(void)
{
	const struct passwd *user = getpwnam("dnsmasq");

	return user ? user : getpwnam("nobody");
}

static uid_t server_uid(void)
{
	const struct passwd *user = find_user();

	return user ? user->pw_uid : 0;
}

static void add_user(struct strvec *argv)
{
	const struct passwd *user = find_user();
	const struct group *group = user ? getgrgid(user->pw_gid) : NULL;

	if (user)
		strvec_pushf(argv, "--user=%s", user->pw_name);
	if (group)
		strvec_pushf(argv, "--group=%s", group->gr_name);
}

/*
 * The number of the network namespace makes the name unique: several namespaces can share
 * /run, and each can have a bridge of this name.
 */
char *dhcp_pid_file(const char *bridge)
{
	struct stat ns = { 0 };

	if (stat("/proc/self/ns/net", &ns) < 0)
		log_debug("cannot look at the network namespace: %s", err_text(errno));
	return xasprintf("/run/rapido-dnsmasq-%llu-%s.pid", (unsigned long long)ns.st_ino,
			 bridge);
}

void dhcp_argv(const char *bridge, const char *range, struct strvec *argv)
{
	_cleanup_free_ char *pid_file = dhcp_pid_file(bridge);
	const char *program = find_program();

	strvec_push(argv, program ? program : "/usr/sbin/dnsmasq");
	/* otherwise it reads /etc/dnsmasq.conf, which can name scripts */
	strvec_push(argv, "--conf-file=/dev/null");
	strvec_push(argv, "--port=0"); /* no DNS */
	strvec_pushf(argv, "--interface=%s", bridge);
	/* so that another dnsmasq can have port 67 on other interfaces */
	strvec_pushl(argv, "--bind-interfaces", "--except-interface=lo", NULL);
	strvec_pushf(argv, "--dhcp-range=%s", range);
	/* even without a file of leases a MAC address always gets the same address */
	strvec_pushl(argv, "--leasefile-ro", "--dhcp-authoritative", "--no-ping",
		     "--no-hosts", "--no-resolv", NULL);
	strvec_pushf(argv, "--pid-file=%s", pid_file);
	add_user(argv);
}

struct server {
	const char *pid_file;
	uid_t uid;
};

/* The rest of the first argument of @pid that begins with @name ("--range="). Heap, or
 * NULL. */
static char *find_argument(pid_t pid, const char *name)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/cmdline", (int)pid);
	_cleanup_free_ char *text = NULL;
	size_t size, at = 0;

	if (io_read_file(AT_FDCWD, path, CMDLINE_MAX, &text, &size))
		return NULL;
	while (at < size) {
		if (starts_with(text + at, name))
			return xstrdup(text + at + strlen(name));
		at += strlen(text + at) + 1;
	}
	return NULL;
}

/* For proc_signal(): whether @pid is the struct server @data. The arguments of another
 * user's process are not even read: that user could make us wait for them. */
static int is_server(pid_t pid, const void *data)
{
	_cleanup_free_ char *pid_file = NULL;
	const struct server *server = data;
	struct proc proc;

	if (proc_read(&proc, pid) || !streq(proc.name, "dnsmasq") ||
	    (proc.uid && proc.uid != server->uid))
		return 0;
	pid_file = find_argument(pid, "--pid-file=");
	return pid_file && streq(pid_file, server->pid_file);
}

/* The first such process, or 0. */
static pid_t find_server(const struct server *server)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc");
	const struct dirent *entry;
	unsigned long pid;

	while (dir && (entry = readdir(dir)))
		if (parse_uint(entry->d_name, 1, INT_MAX, &pid) == 0 &&
		    is_server((pid_t)pid, server))
			return (pid_t)pid;
	return 0;
}

/* Wait until it has ended, even if nobody has reaped it. 0, or -ETIMEDOUT when only
 * @reserve_ms is left. */
static int wait_until_gone(pid_t pid, const struct server *server, unsigned int *left_ms,
			   unsigned int reserve_ms)
{
	do {
		if (*left_ms <= reserve_ms)
			return -ETIMEDOUT;
		usleep(LOOK_MS * 1000);
		*left_ms -= LOOK_MS;
	} while (is_server(pid, server));
	return 0;
}

/* 0 when it has ended; @left_ms is not 0. */
static int end_server(pid_t pid, const struct server *server, unsigned int *left_ms)
{
	int err = proc_signal(pid, SIGTERM, is_server, server);

	if (!err)
		err = wait_until_gone(pid, server, left_ms, KILL_MS);
	if (err == -ETIMEDOUT) {
		err = proc_signal(pid, SIGKILL, is_server, server);
		if (!err)
			err = wait_until_gone(pid, server, left_ms, 0);
	}
	/* it ended by itself; this bounds the caller's loop */
	if (err == -ESRCH)
		*left_ms -= LOOK_MS;
	return err == -ESRCH ? 0 : err;
}

int dhcp_stop(const char *bridge, char **why)
{
	_cleanup_free_ char *pid_file = dhcp_pid_file(bridge);
	const struct server server = { .pid_file = pid_file, .uid = server_uid() };
	unsigned int left_ms = STOP_MS;
	pid_t pid;
	int err;

	/* there is only one, but another could start while we look */
	while ((pid = find_server(&server))) {
		err = left_ms ? end_server(pid, &server, &left_ms) : -ETIMEDOUT;
		if (!err)
			continue;
		*why = xasprintf("cannot end dnsmasq on '%s', process %d: %s", bridge,
				 (int)pid,
				 err == -ETIMEDOUT ? "it does not go" : err_text(err));
		return err;
	}
	/* nothing depends on the file */
	if (unlink(pid_file) < 0 && errno != ENOENT)
		log_debug("cannot remove '%s': %s", pid_file, err_text(errno));
	return 0;
}

bool dhcp_runs(const char *bridge, char **range)
{
	_cleanup_free_ char *pid_file = dhcp_pid_file(bridge);
	const struct server server = { .pid_file = pid_file, .uid = server_uid() };
	pid_t pid = find_server(&server);
	/* it may have ended since then, and another process have its number */
	_cleanup_free_ char *found = pid ? find_argument(pid, "--dhcp-range=") : NULL;
	bool runs = found && is_range(found);

	if (range)
		*range = runs ? TAKE_PTR(found) : NULL;
	return runs;
}

/* The last line of its output, without its name. Heap. */
static char *last_words(int fd)
{
	_cleanup_(strvec_release) struct strvec lines = STRVEC_INIT;
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT;
	_cleanup_free_ char *text = NULL;
	const char *line;

	if (lseek(fd, 0, SEEK_SET) < 0 || io_read_fd(fd, SAID_MAX, &text, NULL))
		return xstrdup("it does not say why");
	strvec_split(&lines, text, "\n");
	line = lines.nr ? lines.v[lines.nr - 1] : "it does not say why";
	if (starts_with(line, "dnsmasq: "))
		line += strlen("dnsmasq: ");
	strbuf_add_visible(&shown, line);
	return strbuf_detach(&shown);
}

/*
 * dnsmasq goes to the background only when all its sockets are open. So the exit status
 * of the process that we started says whether it serves.
 */
static int run_dnsmasq(const char *bridge, const char *range, int null, int said)
{
	_cleanup_(process_release) struct process process = PROCESS_INIT;
	int err;

	dhcp_argv(bridge, range, &process.argv);
	strvec_push(&process.env, "LC_ALL=C");
	process.dir = "/";
	process.in = null;
	process.out = null;
	process.err = said;
	process.own_group = true;
	err = process_start(&process);
	return err ? err : process_wait(&process, START_MS);
}

static int start_dnsmasq(const char *bridge, const char *range, char **why)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	_cleanup_close_ int said = memfd_create("dnsmasq", MFD_CLOEXEC);
	_cleanup_free_ char *words = NULL, *ignored = NULL;
	int status;

	if (null < 0 || said < 0)
		status = -errno;
	else
		status = run_dnsmasq(bridge, range, null, said);
	if (!status)
		return 0;
	/* it may be half way into the background */
	dhcp_stop(bridge, &ignored);
	if (status == -ETIMEDOUT)
		words = xasprintf("it is not ready after %d seconds", START_MS / 1000);
	else
		words = status < 0 ? xstrdup(err_text(status)) : last_words(said);
	*why = xasprintf("cannot start dnsmasq on '%s': %s", bridge, words);
	return status < 0 ? status : -EIO;
}

int dhcp_start(const char *bridge, const char *range, const struct net_prefix *addresses,
	       size_t nr, char **why)
{
	int err = dhcp_check_range(range, addresses, nr, why);

	if (err)
		return err;
	/* ',' and '*' have a meaning in --interface */
	if (!is_plain_name(bridge, strlen(bridge), IFNAMSIZ - 1)) {
		*why = xasprintf("cannot start dnsmasq on '%s': give the bridge a name "
				 "of letters, digits, '_', '.' and '-'",
				 bridge);
		return -EINVAL;
	}
	if (!find_program()) {
		*why = xstrdup("BR_DHCP_SRV_RANGE needs dnsmasq: install it (Debian "
			       "package: dnsmasq-base)");
		return -ENOENT;
	}
	if (dhcp_runs(bridge, NULL)) {
		*why = xasprintf("dnsmasq already runs on '%s'", bridge);
		return -EEXIST;
	}
	return start_dnsmasq(bridge, range, why);
}

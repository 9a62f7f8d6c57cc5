// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A network that requires more than init can do: starts systemd-udevd and
 * systemd-networkd, with or without systemd as the first process. Their output goes to a
 * file.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"
#include "network.h"

#define PROGRAMS    "/usr/lib/systemd"
#define UNITS	    PROGRAMS "/system"
#define OWN_UNITS   "/etc/systemd/system"
#define NETWORKD    PROGRAMS "/systemd-networkd"
#define ONLINE	    PROGRAMS "/systemd-networkd-wait-online"
#define LOG_FILE    "/run/networkd.log"
#define STATES	    "/run/systemd/netif/links"
#define STATE	    "/run/systemd/netif/state"
#define RESOLV_CONF "/etc/resolv.conf"
/* The user that systemd-networkd becomes; only the name matters. */
#define ACCOUNT	      "systemd-network:"
#define PASSWD_LINE   ACCOUNT "x:998:998::/:/usr/sbin/nologin\n"
#define GROUP_LINE    ACCOUNT "x:998:\n"
#define UDEV_SECONDS  10
#define EXTRA_SECONDS 2

/* Add the account unless the image's own file has it. */
static void add_account(const char *path, const char *line)
{
	char *text = read_all(path);

	if (!text ||
	    (strncmp(text, ACCOUNT, strlen(ACCOUNT)) != 0 && !strstr(text, "\n" ACCOUNT)))
		append_text(path, line);
	free(text);
}

/* Whether the image has the units, so that systemd can start the programs itself. */
static bool has_units(void)
{
	static const char *const units[] = { UNITS "/systemd-networkd.service",
					     UNITS "/systemd-udevd.service",
					     UNITS "/systemd-udev-trigger.service" };

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (access(units[i], F_OK) < 0)
			return false;
	return true;
}

/* Have systemd start them before the scripts. */
static void leave_to_systemd(unsigned long seconds)
{
	char limit[256];

	snprintf(limit, sizeof(limit),
		 "[Service]\nExecStart=\nExecStart=" ONLINE " --timeout=%lu\n", seconds);
	mkdir(OWN_UNITS "/rapido.service.d", 0755);
	append_text(
		OWN_UNITS "/rapido.service.d/network.conf",
		"[Unit]\n"
		"Wants=systemd-udevd.service systemd-udev-trigger.service\n"
		"Wants=systemd-networkd.service systemd-networkd-wait-online.service\n"
		"After=systemd-networkd-wait-online.service\n");
	mkdir(OWN_UNITS "/systemd-networkd-wait-online.service.d", 0755);
	append_text(OWN_UNITS "/systemd-networkd-wait-online.service.d/limit.conf",
		    limit);
}

static pid_t start_program(const char *const argv[])
{
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	default_signals();
	setsid();
	fd = open(LOG_FILE, O_WRONLY | O_APPEND | O_CREAT, 0644);
	if (fd >= 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	fd = open("/dev/null", O_RDONLY);
	if (fd >= 0)
		dup2(fd, STDIN_FILENO);
	execv(argv[0], (char *const *)argv);
	_exit(errno == ENOENT ? 127 : 126);
}

/* Wait until the process has ended, and kill it after @seconds. Returns its status, 128
 * if it was killed, or -1. */
static int wait_for(pid_t pid, unsigned long seconds)
{
	const uint64_t end = now_ms() + seconds * 1000;
	int status = 0;

	for (;;) {
		uint64_t now = now_ms();
		pid_t ended = waitpid(pid, &status, WNOHANG);

		if (ended == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
		if (ended < 0 && errno != EINTR)
			return -1;
		if (now >= end)
			break;
		wait_events(NULL, 0, (int)(end - now));
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return 128;
}

static bool run_for(const char *const argv[], unsigned long seconds)
{
	pid_t pid = start_program(argv);
	int status = pid < 0 ? -1 : wait_for(pid, seconds);

	if (status == 127)
		say("network: the image has no %s: cut it again", argv[0]);
	else if (status)
		say("network: %s has failed, see " LOG_FILE, argv[0]);
	return !status;
}

/* systemd-networkd waits until udev has processed the devices. */
static bool start_udev(void)
{
	static const char *const daemon[] = { PROGRAMS "/systemd-udevd", "--daemon",
					      NULL };
	static const char *const trigger[] = { "/usr/bin/udevadm",	"trigger",
					       "--type=devices",	"--action=add",
					       "--subsystem-match=net", NULL };
	static const char *const settle[] = { "/usr/bin/udevadm", "settle", "--timeout=5",
					      NULL };

	return run_for(daemon, UDEV_SECONDS) && run_for(trigger, UDEV_SECONDS) &&
	       run_for(settle, UDEV_SECONDS);
}

/* If systemd-networkd has not finished with an interface, say what its state file has. */
static bool say_state(const char *dir, const char *name, void *data)
{
	static const char key[] = "\nADMIN_STATE=";
	char path[512], text[4096], link[IF_NAMESIZE];
	const char *state;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (!read_text(path, text, sizeof(text)) ||
	    !if_indextoname((unsigned int)strtoul(name, NULL, 10), link))
		return false;
	state = strstr(text, key);
	if (!state)
		return false;
	state += strlen(key);
	if (strncmp(state, "configured", 10) == 0 || strncmp(state, "unmanaged", 9) == 0)
		return false;
	say("network: %s is not up: systemd-networkd says '%.*s', see " LOG_FILE, link,
	    (int)strcspn(state, "\n"), state);
	*(bool *)data = true;
	return false;
}

static void wait_until_online(unsigned long seconds)
{
	char limit[64];
	const char *const argv[] = { ONLINE, limit, NULL };
	bool known = false;
	pid_t pid;

	snprintf(limit, sizeof(limit), "--timeout=%lu", seconds);
	pid = start_program(argv);
	if (pid > 0 && wait_for(pid, seconds + EXTRA_SECONDS) == 0)
		return;
	for_each_name(STATES, say_state, &known);
	if (!known)
		say("network: systemd-networkd has not brought it up in %lu s, see " LOG_FILE,
		    seconds);
}

/* Write down the name servers from DHCP or a router: systemd-networkd does not. */
static void take_name_servers(void)
{
	static const char key[] = "\nDNS=";
	char state[8192] = "\n", line[128], *servers, *rest = NULL;

	if (access(RESOLV_CONF, F_OK) == 0 ||
	    !read_text(STATE, state + 1, sizeof(state) - 1))
		return;
	servers = strstr(state, key);
	if (!servers)
		return;
	servers += strlen(key);
	servers[strcspn(servers, "\n")] = '\0';
	for (char *word = strtok_r(servers, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		snprintf(line, sizeof(line), "nameserver %.100s\n", word);
		append_text(RESOLV_CONF, line);
	}
}

/* DHCP derives the client's identity from it. */
static void make_machine_id(const struct params *params)
{
	char id[64];

	if (access("/etc/machine-id", F_OK) == 0 || !params->machine_id)
		return;
	snprintf(id, sizeof(id), "%.32s\n", params->machine_id);
	append_text("/etc/machine-id", id);
}

void start_networkd(const struct params *params, unsigned long seconds)
{
	static const char *const networkd[] = { NETWORKD, NULL };
	bool systemd = access(SYSTEMD, X_OK) == 0;
	pid_t pid;

	add_account("/etc/passwd", PASSWD_LINE);
	add_account("/etc/group", GROUP_LINE);
	if (systemd && has_units()) {
		leave_to_systemd(seconds);
		return;
	}
	/* otherwise systemd would mount one of its own over it */
	if (systemd &&
	    mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0)
		say("network: cannot mount tmpfs at /run: %s", strerror(errno));
	make_machine_id(params);
	mkdir("/run/systemd", 0755);
	if (!start_udev())
		return;
	pid = start_program(networkd);
	if (pid < 0)
		say("network: cannot start a process: %s", strerror(errno));
	else
		wait_until_online(seconds);
	take_name_servers();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's network as the host describes it in NETWORK_LIST: lines that are applied
 * one after the other, see netguest.h. What cannot be done is said, and the next line's
 * turn comes.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init.h"
#include "network.h"

#define NETWORK_LIST  "/rapido-rsc/network"
#define NETWORK_HOSTS "/rapido-rsc/hosts"

/* Drivers are there when their modules have been loaded; what they find may come later.
 */
#define FIND_MS	     500
#define FIND_STEP_MS 10
#define LINE_MAX_LEN 1024

static bool parse_mac(const char *text, unsigned char mac[MAC_LEN])
{
	int end = -1;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1],
		      &mac[2], &mac[3], &mac[4], &mac[5], &end) == MAC_LEN &&
	       end >= 0 && !text[end];
}

/* nic MAC NAME */
static void do_nic(struct network *n, const struct line *line)
{
	const char *host_name = line->words[1] && line->words[2] ? line->words[2] : "?";
	unsigned char mac[MAC_LEN];
	const struct iface_key key = { .mac = mac };
	int found;

	n->absent = true;
	if (!line->words[1] || !parse_mac(line->words[1], mac)) {
		line_refuse(line);
		return;
	}
	for (;;) {
		found = rtnl_find_iface(n->fd, &key, &n->iface);
		if (found || n->waited_ms >= FIND_MS)
			break;
		poll(NULL, 0, FIND_STEP_MS);
		n->waited_ms += FIND_STEP_MS;
	}
	n->absent = found <= 0;
	if (found < 0)
		say("network: cannot list the interfaces: %s", strerror(-found));
	else if (!found)
		say("network: no interface has the address %s, of the host's %s: has the "
		    "kernel its driver, virtio_net?",
		    line->words[1], host_name);
}

/* device NAME */
static void do_device(struct network *n, const struct line *line)
{
	const struct iface_key key = { .name = line->words[1] };

	n->absent = true;
	if (!line->words[1]) {
		line_refuse(line);
		return;
	}
	n->absent = rtnl_find_iface(n->fd, &key, &n->iface) <= 0;
}

bool line_number(const char *text, unsigned long max, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *number <= max;
}

void line_refuse(const struct line *line)
{
	say("network: cannot understand '%s'", line->text);
}

void network_report(const struct network *n, const struct line *line, int err)
{
	/* the same again does no harm */
	if (err && err != -EEXIST)
		say("network: %s at %s: %s", line->text, n->iface.name, strerror(-err));
}

bool network_is_able(struct network *n, int family)
{
	enum ability *ability = family == AF_INET6 ? &n->ipv6 : &n->ipv4;
	int fd;

	if (*ability != UNKNOWN)
		return *ability == ABLE;
	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	*ability = fd >= 0 ? ABLE : UNABLE;
	if (fd >= 0)
		close(fd);
	else
		say("network: the kernel has no %s: the VM goes without",
		    family == AF_INET6 ? "IPv6" : "IPv4");
	return *ability == ABLE;
}

/* networkd SECONDS */
static void do_networkd(struct network *n, const struct line *line)
{
	unsigned long seconds;

	if (line->words[1] && line_number(line->words[1], 3600, &seconds))
		start_networkd(n->params, seconds);
	else
		line_refuse(line);
}

static void do_line(struct network *n, const struct line *line)
{
	static const struct {
		const char *name;
		void (*fn)(struct network *n, const struct line *line);
		bool anyway; /* it is not about the interface that was found */
	} verbs[] = {
		{ "networkd", do_networkd, true },
		{ "nic", do_nic, true },
		{ "device", do_device, true },
		{ "mtu", network_mtu, false },
		{ "sysctl", network_sysctl, false },
		{ "linklocal", network_linklocal, false },
		{ "up", network_up, false },
		{ "address", network_address, false },
		{ "route", network_route, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(line->words[0], verbs[i].name) != 0)
			continue;
		if (verbs[i].anyway || !n->absent)
			verbs[i].fn(n, line);
		return;
	}
	line_refuse(line);
}

/* Take @text apart, which is the line without its newline. */
static void take_line(struct network *n, const char *text)
{
	char copy[LINE_MAX_LEN], *rest = NULL;
	struct line line = { .text = text };
	size_t nr = 0;

	if (strlen(text) >= sizeof(copy)) {
		line_refuse(&line);
		return;
	}
	strcpy(copy, text);
	for (char *word = strtok_r(copy, " \t", &rest); word;
	     word = strtok_r(NULL, " \t", &rest)) {
		if (nr == LINE_WORDS_MAX) {
			line_refuse(&line);
			return;
		}
		line.words[nr++] = word;
	}
	if (nr)
		do_line(n, &line);
}

void network_apply(struct network *n, char *list)
{
	n->absent = true;
	n->fd = rtnl_open(0);
	if (n->fd < 0) {
		say("network: the kernel has none (%s): the VM goes without",
		    strerror(-n->fd));
		return;
	}
	for (char *end; *list; list = end) {
		end = list + strcspn(list, "\n");
		if (*end)
			*end++ = '\0';
		take_line(n, list);
	}
	close(n->fd);
}

/* A kernel without networking is fine. */
static void bring_up_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

void set_up_network(const struct params *params)
{
	struct network network = { .params = params };
	char *hosts = read_all(NETWORK_HOSTS), *list = read_all(NETWORK_LIST);

	bring_up_loopback();
	if (hosts && hosts[0])
		append_text("/etc/hosts", hosts);
	if (list)
		network_apply(&network, list);
	free(hosts);
	free(list);
}

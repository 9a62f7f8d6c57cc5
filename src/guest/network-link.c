// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of the network list that are about an interface itself. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_link.h>

#include "init.h"
#include "network.h"

/* Some drivers switch a carrier on a moment after the interface was brought up. */
#define CARRIER_MS 2000
/* How often we look when the kernel does not tell us. */
#define CARRIER_STEP_MS 20

static void begin_link_change(const struct network *n, struct rtnl_request *request,
			      unsigned int flags)
{
	const struct ifinfomsg info = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = n->iface.index,
		.ifi_flags = flags,
		.ifi_change = flags,
	};

	rtnl_begin(request, RTM_NEWLINK, 0, &info, sizeof(info));
}

/* mtu BYTES */
void network_mtu(struct network *n, const struct line *line)
{
	struct rtnl_request request;
	unsigned long number;
	uint32_t mtu;

	if (!line->words[1] || !line_number(line->words[1], UINT32_MAX, &number)) {
		line_refuse(line);
		return;
	}
	mtu = (uint32_t)number;
	begin_link_change(n, &request, 0);
	rtnl_add(&request, IFLA_MTU, &mtu, sizeof(mtu));
	network_report(n, line, rtnl_ask(n->fd, &request));
}

/* "ipv6/conf/@/forwarding": the file's path. False when it is too long. */
static bool sysctl_path(const struct network *n, const char *name, char *path,
			size_t size)
{
	const char *at = strchr(name, '@');
	int before = at ? (int)(at - name) : (int)strlen(name);
	int len = snprintf(path, size, "/proc/sys/net/%.*s%s%s", before, name,
			   at ? n->iface.name : "", at ? at + 1 : "");

	return len > 0 && (size_t)len < size && !strstr(name, "..");
}

/* sysctl PATH VALUE */
void network_sysctl(struct network *n, const struct line *line)
{
	const char *name = line->words[1], *value = name ? line->words[2] : NULL;
	char path[256];
	int fd, err = 0;

	if (!value || !sysctl_path(n, name, path, sizeof(path))) {
		line_refuse(line);
		return;
	}
	if ((strncmp(name, "ipv6/", 5) == 0 && !network_is_able(n, AF_INET6)) ||
	    (strncmp(name, "ipv4/", 5) == 0 && !network_is_able(n, AF_INET)))
		return;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	network_report(n, line, err);
}

/* linklocal off */
void network_linklocal(struct network *n, const struct line *line)
{
	const uint8_t mode = IN6_ADDR_GEN_MODE_NONE;
	struct rtattr *all, *ipv6;
	struct rtnl_request request;

	if (!line->words[1] || strcmp(line->words[1], "off") != 0) {
		line_refuse(line);
		return;
	}
	if (!network_is_able(n, AF_INET6))
		return;
	begin_link_change(n, &request, 0);
	all = rtnl_nest(&request, IFLA_AF_SPEC);
	ipv6 = rtnl_nest(&request, AF_INET6);
	rtnl_add(&request, IFLA_INET6_ADDR_GEN_MODE, &mode, sizeof(mode));
	rtnl_nest_end(&request, ipv6);
	rtnl_nest_end(&request, all);
	network_report(n, line, rtnl_ask(n->fd, &request));
}

/* Forget what a socket has heard. */
static void drain(int fd)
{
	char event[4096];

	for (int i = 0; i < 1000; i++)
		if (recv(fd, event, sizeof(event), MSG_DONTWAIT | MSG_TRUNC) < 0 &&
		    errno != ENOBUFS)
			return;
}

/* Until something happens to an interface. */
static void wait_for_event(int events, int limit_ms)
{
	struct pollfd fd = { .fd = events, .events = POLLIN };

	if (events < 0) {
		poll(NULL, 0, limit_ms < CARRIER_STEP_MS ? limit_ms : CARRIER_STEP_MS);
		return;
	}
	poll(&fd, 1, limit_ms);
	drain(events);
}

/* What is sent before there is a carrier is lost, and tried again after a second. */
static bool wait_for_carrier(struct network *n, int events)
{
	const unsigned int wanted = IFF_UP | IFF_LOWER_UP;
	const struct iface_key key = { .index = n->iface.index };
	const uint64_t end = now_ms() + CARRIER_MS;

	for (uint64_t now = end - CARRIER_MS; now < end; now = now_ms()) {
		if (rtnl_find_iface(n->fd, &key, &n->iface) <= 0)
			return false;
		if ((n->iface.flags & wanted) == wanted)
			return true;
		wait_for_event(events, (int)(end - now));
	}
	return false;
}

/* up */
void network_up(struct network *n, const struct line *line)
{
	struct rtnl_request request;
	/* opened before, so that nothing is missed; it goes without, too */
	int events = rtnl_open(RTMGRP_LINK), err;

	begin_link_change(n, &request, IFF_UP);
	err = rtnl_ask(n->fd, &request);
	if (err)
		network_report(n, line, err);
	else if (!wait_for_carrier(n, events))
		say("network: %s has no carrier", n->iface.name);
	if (events >= 0)
		close(events);
}

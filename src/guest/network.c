// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's network as the host describes it in IMAGE_NETWORK: lines that are applied
 * in their order, see netguest.h. If a line fails, a message says so and the next one is
 * applied.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_link.h>

#include "init.h"
#include "network.h"
#include "rtnl.h"

/* Drivers are there as soon as their modules are loaded, but the devices may come later.
 */
#define FIND_MS	       500
#define FIND_STEP_MS   10
#define LINE_MAX_LEN   1024
#define CARDS_MAX      8
#define LINE_WORDS_MAX 32
/* How often we look if the kernel does not notify us. */
#define CARRIER_STEP_MS 20

/* Whether the kernel can do something, if we know. */
enum ability { UNKNOWN, ABLE, UNABLE };

struct network {
	const struct params *params;
	int fd;
	struct iface iface; /* the one that the lines are about now */
	bool absent;	    /* there is no such interface */
	int waited_ms;	    /* how long we have waited for interfaces to appear */
	enum ability ipv4, ipv6;
};

/* The result for a line that makes no sense. */
#define NOT_UNDERSTOOD 1

/* A decimal number of @max at most. */
static bool parse_number(const char *text, unsigned long max, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *number <= max;
}

/* Whether the kernel has the address family, for which it may load a module. If not, says
 * so once. */
static bool is_able(struct network *n, int family)
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

static bool parse_mac(const char *text, unsigned char mac[MAC_LEN])
{
	int end = -1;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1],
		      &mac[2], &mac[3], &mac[4], &mac[5], &end) == MAC_LEN &&
	       end >= 0 && !text[end];
}

/* nic MAC NAME */
static int do_nic(struct network *n, const char *const *words)
{
	const char *host_name = words[1] && words[2] ? words[2] : "?";
	unsigned char mac[MAC_LEN];
	const struct iface_key key = { .mac = mac };
	int found;

	n->absent = true;
	if (!words[1] || !parse_mac(words[1], mac))
		return NOT_UNDERSTOOD;
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
		say("network: no interface has the address %s, of the host's %s: does the "
		    "kernel have its driver, virtio_net, or in User Mode Linux "
		    "CONFIG_UML_NET_VECTOR?",
		    words[1], host_name);
	return 0;
}

/* device NAME */
static int do_device(struct network *n, const char *const *words)
{
	const struct iface_key key = { .name = words[1] };

	n->absent = true;
	if (!words[1])
		return NOT_UNDERSTOOD;
	n->absent = rtnl_find_iface(n->fd, &key, &n->iface) <= 0;
	return 0;
}

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
static int do_mtu(struct network *n, const char *const *words)
{
	struct rtnl_request request;
	unsigned long number;
	uint32_t mtu;

	if (!words[1] || !parse_number(words[1], UINT32_MAX, &number))
		return NOT_UNDERSTOOD;
	mtu = (uint32_t)number;
	begin_link_change(n, &request, 0);
	rtnl_add(&request, IFLA_MTU, &mtu, sizeof(mtu));
	return rtnl_ask(n->fd, &request);
}

/* The path of the file for @name, "ipv6/conf/@/forwarding". False if it is too long. */
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
static int do_sysctl(struct network *n, const char *const *words)
{
	const char *name = words[1], *value = name ? words[2] : NULL;
	char path[256];
	int fd, err = 0;

	if (!value || !sysctl_path(n, name, path, sizeof(path)))
		return NOT_UNDERSTOOD;
	if ((strncmp(name, "ipv6/", 5) == 0 && !is_able(n, AF_INET6)) ||
	    (strncmp(name, "ipv4/", 5) == 0 && !is_able(n, AF_INET)))
		return 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

/* linklocal off */
static int do_linklocal(struct network *n, const char *const *words)
{
	const uint8_t mode = IN6_ADDR_GEN_MODE_NONE;
	struct rtattr *all, *ipv6;
	struct rtnl_request request;

	if (!words[1] || strcmp(words[1], "off") != 0)
		return NOT_UNDERSTOOD;
	if (!is_able(n, AF_INET6))
		return 0;
	begin_link_change(n, &request, 0);
	all = rtnl_nest(&request, IFLA_AF_SPEC);
	ipv6 = rtnl_nest(&request, AF_INET6);
	rtnl_add(&request, IFLA_INET6_ADDR_GEN_MODE, &mode, sizeof(mode));
	rtnl_nest_end(&request, ipv6);
	rtnl_nest_end(&request, all);
	return rtnl_ask(n->fd, &request);
}

/* Read and forget all that a socket has received. */
static void drain(int fd)
{
	char event[4096];

	for (int i = 0; i < 1000; i++)
		if (recv(fd, event, sizeof(event), MSG_DONTWAIT | MSG_TRUNC) < 0 &&
		    errno != ENOBUFS)
			return;
}

/* Wait until something happens to an interface. */
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

/* Packets that are sent before there is a carrier are lost, and only sent again after a
 * second. */
static bool wait_for_carrier(struct network *n, int events)
{
	const unsigned int wanted = IFF_UP | IFF_LOWER_UP;
	const struct iface_key key = { .index = n->iface.index };
	const uint64_t end = now_ms() + NETWORK_CARRIER_MS;

	for (uint64_t now = end - NETWORK_CARRIER_MS; now < end; now = now_ms()) {
		if (rtnl_find_iface(n->fd, &key, &n->iface) <= 0)
			return false;
		if ((n->iface.flags & wanted) == wanted)
			return true;
		wait_for_event(events, (int)(end - now));
	}
	return false;
}

/* up */
static int do_up(struct network *n, const char *const *words)
{
	struct rtnl_request request;
	/* opened first, so that we miss no event; works without it, too */
	int events = rtnl_open(RTMGRP_LINK), err;

	(void)words;
	begin_link_change(n, &request, IFF_UP);
	err = rtnl_ask(n->fd, &request);
	if (!err && !wait_for_carrier(n, events))
		say("network: %s has no carrier", n->iface.name);
	if (events >= 0)
		close(events);
	return err;
}

struct ip {
	unsigned char family; /* AF_INET, AF_INET6, or 0 for none */
	size_t size;
	unsigned char bytes[16];
	unsigned char length; /* of the network; all bits if none is given */
};

/* Parse "10.0.2.15" or "10.0.2.15/24". */
static bool parse_ip(const char *text, struct ip *ip)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN];
	unsigned long length;

	*ip = (struct ip){ .family = strchr(text, ':') ? AF_INET6 : AF_INET };
	ip->size = ip->family == AF_INET6 ? 16 : 4;
	length = ip->size * 8;
	if (len >= sizeof(address) ||
	    (slash && !parse_number(slash + 1, length, &length)))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	ip->length = (unsigned char)length;
	return inet_pton(ip->family, address, ip->bytes) == 1;
}

/* The word after the option @name, or NULL. Options come after the first two words. */
static const char *find_option(const char *const *words, const char *name)
{
	for (size_t i = 2; words[0] && words[1] && words[i]; i++)
		if (strcmp(words[i], name) == 0)
			return words[i + 1] ? words[i + 1] : "";
	return NULL;
}

/* Parse the address after the option @name. True without the option; @ip->family is 0
 * then. */
static bool get_ip(const char *const *words, const char *name, unsigned char family,
		   struct ip *ip)
{
	const char *text = find_option(words, name);

	*ip = (struct ip){ 0 };
	return !text || (parse_ip(text, ip) && ip->family == family);
}

static bool get_number(const char *const *words, const char *name, unsigned long max,
		       unsigned long *number)
{
	const char *text = find_option(words, name);

	return !text || parse_number(text, max, number);
}

/* address ADDRESS/LENGTH [peer ADDRESS] [broadcast ADDRESS] [scope NUMBER] */
static int do_address(struct network *n, const char *const *words)
{
	struct ip ip, peer, broadcast;
	unsigned long scope = RT_SCOPE_UNIVERSE;
	struct ifaddrmsg info;
	struct rtnl_request request;

	if (!words[1] || !parse_ip(words[1], &ip) ||
	    !get_ip(words, "peer", ip.family, &peer) ||
	    !get_ip(words, "broadcast", ip.family, &broadcast) ||
	    !get_number(words, "scope", 255, &scope))
		return NOT_UNDERSTOOD;
	if (!is_able(n, ip.family))
		return 0;
	info = (struct ifaddrmsg){
		.ifa_family = ip.family,
		.ifa_prefixlen = ip.length,
		/* usable at once: nobody else has it */
		.ifa_flags = ip.family == AF_INET6 ? IFA_F_NODAD : 0,
		.ifa_scope = (unsigned char)scope,
		.ifa_index = (uint32_t)n->iface.index,
	};
	rtnl_begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	rtnl_add(&request, IFA_LOCAL, ip.bytes, ip.size);
	rtnl_add(&request, IFA_ADDRESS, peer.family ? peer.bytes : ip.bytes, ip.size);
	if (broadcast.family)
		rtnl_add(&request, IFA_BROADCAST, broadcast.bytes, broadcast.size);
	return rtnl_ask(n->fd, &request);
}

/* The line of a route. */
struct route {
	struct ip to, via, src;
	unsigned long metric, table, mtu, scope;
	bool onlink;
};

static bool parse_route(const char *const *words, struct route *route)
{
	*route = (struct route){ .table = RT_TABLE_MAIN, .scope = RT_SCOPE_NOWHERE + 1 };
	if (!words[1] || !parse_ip(words[1], &route->to) ||
	    !get_ip(words, "via", route->to.family, &route->via) ||
	    !get_ip(words, "src", route->to.family, &route->src) ||
	    !get_number(words, "metric", UINT32_MAX, &route->metric) ||
	    !get_number(words, "table", UINT32_MAX, &route->table) ||
	    !get_number(words, "mtu", UINT32_MAX, &route->mtu) ||
	    !get_number(words, "scope", 255, &route->scope))
		return false;
	route->onlink = find_option(words, "onlink");
	/* as ip-route(8) does */
	if (route->scope > RT_SCOPE_NOWHERE)
		route->scope = route->to.family == AF_INET && !route->via.family
				       ? RT_SCOPE_LINK
				       : RT_SCOPE_UNIVERSE;
	return true;
}

static void add_u32(struct rtnl_request *request, uint16_t type, unsigned long value)
{
	const uint32_t number = (uint32_t)value;

	if (number)
		rtnl_add(request, type, &number, sizeof(number));
}

/* route NETWORK/LENGTH [via ADDRESS] [src ADDRESS] [metric N] ... */
static int do_route(struct network *n, const char *const *words)
{
	struct rtnl_request request;
	struct rtattr *metrics;
	struct rtmsg message;
	struct route route;

	if (!parse_route(words, &route))
		return NOT_UNDERSTOOD;
	if (!is_able(n, route.to.family))
		return 0;
	message = (struct rtmsg){
		.rtm_family = route.to.family,
		.rtm_dst_len = route.to.length,
		.rtm_table =
			route.table < 256 ? (unsigned char)route.table : RT_TABLE_UNSPEC,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = (unsigned char)route.scope,
		.rtm_type = RTN_UNICAST,
		.rtm_flags = route.onlink ? RTNH_F_ONLINK : 0,
	};
	/* if two routes are equal, the first one counts */
	rtnl_begin(&request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, &message,
		   sizeof(message));
	rtnl_add(&request, RTA_DST, route.to.bytes, route.to.size);
	if (route.via.family)
		rtnl_add(&request, RTA_GATEWAY, route.via.bytes, route.via.size);
	if (route.src.family)
		rtnl_add(&request, RTA_PREFSRC, route.src.bytes, route.src.size);
	add_u32(&request, RTA_OIF, (unsigned long)n->iface.index);
	add_u32(&request, RTA_PRIORITY, route.metric);
	add_u32(&request, RTA_TABLE, route.table);
	if (route.mtu) {
		metrics = rtnl_nest(&request, RTA_METRICS);
		add_u32(&request, RTAX_MTU, route.mtu);
		rtnl_nest_end(&request, metrics);
	}
	return rtnl_ask(n->fd, &request);
}

/* networkd SECONDS */
static int do_networkd(struct network *n, const char *const *words)
{
	unsigned long seconds;

	if (!words[1] || !parse_number(words[1], 3600, &seconds))
		return NOT_UNDERSTOOD;
	start_networkd(n->params, seconds);
	return 0;
}

static const struct {
	const char *name;
	/* 0, -errno or NOT_UNDERSTOOD */
	int (*apply)(struct network *n, const char *const *words);
	bool anyway; /* does not require that an interface was found */
} verbs[] = {
	{ "networkd", do_networkd, true },
	{ "nic", do_nic, true },
	{ "device", do_device, true },
	{ "mtu", do_mtu, false },
	{ "sysctl", do_sysctl, false },
	{ "linklocal", do_linklocal, false },
	{ "up", do_up, false },
	{ "address", do_address, false },
	{ "route", do_route, false },
};

/* Apply @text, a line without its newline. */
static void apply_line(struct network *n, const char *text)
{
	char copy[LINE_MAX_LEN], *rest = NULL, *word;
	const char *words[LINE_WORDS_MAX + 1] = { NULL };
	bool fits = snprintf(copy, sizeof(copy), "%s", text) < LINE_MAX_LEN;
	int err = NOT_UNDERSTOOD;
	size_t nr = 0;

	for (word = strtok_r(copy, " \t", &rest); word && nr < LINE_WORDS_MAX;
	     word = strtok_r(NULL, " \t", &rest))
		words[nr++] = word;
	if (!nr)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (fits && !word && strcmp(words[0], verbs[i].name) == 0)
			err = verbs[i].anyway || !n->absent ? verbs[i].apply(n, words)
							    : 0;
	if (err == NOT_UNDERSTOOD)
		say("network: cannot understand '%s'", text);
	/* it is as the line wants it */
	else if (err && err != -EEXIST)
		say("network: %s at %s: %s", text, n->iface.name, strerror(-err));
}

/*
 * User Mode Linux calls the cards vecN. They get the names that cards have in any other
 * VM, so that scripts and .link files need not know.
 */
static void rename_cards(int fd)
{
	for (unsigned int i = 0; i < CARDS_MAX; i++) {
		struct network n = { .fd = fd };
		struct rtnl_request request;
		char from[IF_NAMESIZE], to[IF_NAMESIZE];
		const struct iface_key key = { .name = from };

		snprintf(from, sizeof(from), "vec%u", i);
		snprintf(to, sizeof(to), "eth%u", i);
		if (rtnl_find_iface(fd, &key, &n.iface) <= 0)
			return;
		begin_link_change(&n, &request, 0);
		rtnl_add(&request, IFLA_IFNAME, to, strlen(to) + 1);
		/* if that name is taken, the card keeps its own */
		rtnl_ask(fd, &request);
	}
}

void network_apply(const struct params *params, char *list)
{
	struct network network = {
		.params = params,
		.fd = rtnl_open(0),
		.absent = true,
	};

	if (network.fd < 0) {
		say("network: the kernel has no network (%s): the VM goes without",
		    strerror(-network.fd));
		return;
	}
	rename_cards(network.fd);
	for (char *end; *list; list = end) {
		end = list + strcspn(list, "\n");
		if (*end)
			*end++ = '\0';
		apply_line(&network, list);
	}
	close(network.fd);
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
	char *hosts = read_all(IMAGE_HOSTS), *list = read_all(IMAGE_NETWORK);

	bring_up_loopback();
	if (hosts && hosts[0])
		append_text("/etc/hosts", hosts);
	if (list)
		network_apply(params, list);
	free(hosts);
	free(list);
}

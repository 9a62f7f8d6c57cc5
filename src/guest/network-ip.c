// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of the network list that give an interface addresses and routes. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "init.h"
#include "network.h"

struct ip {
	unsigned char family; /* AF_INET, AF_INET6; 0: none */
	size_t size;
	unsigned char bytes[16];
	unsigned char length; /* of the network; all of it without one */
};

/* "10.0.2.15" or "10.0.2.15/24". */
static bool parse_ip(const char *text, struct ip *ip)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN];
	unsigned long length;

	*ip = (struct ip){ .family = strchr(text, ':') ? AF_INET6 : AF_INET };
	ip->size = ip->family == AF_INET6 ? 16 : 4;
	length = ip->size * 8;
	if (len >= sizeof(address) || (slash && !line_number(slash + 1, length, &length)))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	ip->length = (unsigned char)length;
	return inet_pton(ip->family, address, ip->bytes) == 1;
}

/* The word after @name, or NULL. The first two are what the line is about. */
static const char *find_option(const struct line *line, const char *name)
{
	for (size_t i = 2; line->words[0] && line->words[1] && line->words[i]; i++)
		if (strcmp(line->words[i], name) == 0)
			return line->words[i + 1] ? line->words[i + 1] : "";
	return NULL;
}

/* An address of the line's family. True without one; @ip->family is 0 then. */
static bool get_ip(const struct line *line, const char *name, unsigned char family,
		   struct ip *ip)
{
	const char *text = find_option(line, name);

	*ip = (struct ip){ 0 };
	return !text || (parse_ip(text, ip) && ip->family == family);
}

static bool get_number(const struct line *line, const char *name, unsigned long max,
		       unsigned long *number)
{
	const char *text = find_option(line, name);

	return !text || line_number(text, max, number);
}

/* address ADDRESS/LENGTH [peer ADDRESS] [broadcast ADDRESS] [scope NUMBER] */
void network_address(struct network *n, const struct line *line)
{
	struct ip ip, peer, broadcast;
	unsigned long scope = RT_SCOPE_UNIVERSE;
	struct ifaddrmsg info;
	struct rtnl_request request;

	if (!line->words[1] || !parse_ip(line->words[1], &ip) ||
	    !get_ip(line, "peer", ip.family, &peer) ||
	    !get_ip(line, "broadcast", ip.family, &broadcast) ||
	    !get_number(line, "scope", 255, &scope)) {
		line_refuse(line);
		return;
	}
	if (!network_is_able(n, ip.family))
		return;
	info = (struct ifaddrmsg){
		.ifa_family = ip.family,
		.ifa_prefixlen = ip.length,
		/* nobody else has it, and it is wanted at once */
		.ifa_flags = ip.family == AF_INET6 ? IFA_F_NODAD : 0,
		.ifa_scope = (unsigned char)scope,
		.ifa_index = (uint32_t)n->iface.index,
	};
	rtnl_begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	rtnl_add(&request, IFA_LOCAL, ip.bytes, ip.size);
	rtnl_add(&request, IFA_ADDRESS, peer.family ? peer.bytes : ip.bytes, ip.size);
	if (broadcast.family)
		rtnl_add(&request, IFA_BROADCAST, broadcast.bytes, broadcast.size);
	network_report(n, line, rtnl_ask(n->fd, &request));
}

/* A route as its line has it. */
struct route {
	struct ip to, via, src;
	unsigned long metric, table, mtu, scope;
	bool onlink;
};

static bool parse_route(const struct line *line, struct route *route)
{
	*route = (struct route){ .table = RT_TABLE_MAIN, .scope = RT_SCOPE_NOWHERE + 1 };
	if (!line->words[1] || !parse_ip(line->words[1], &route->to) ||
	    !get_ip(line, "via", route->to.family, &route->via) ||
	    !get_ip(line, "src", route->to.family, &route->src) ||
	    !get_number(line, "metric", UINT32_MAX, &route->metric) ||
	    !get_number(line, "table", UINT32_MAX, &route->table) ||
	    !get_number(line, "mtu", UINT32_MAX, &route->mtu) ||
	    !get_number(line, "scope", 255, &route->scope))
		return false;
	route->onlink = find_option(line, "onlink");
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

static void make_route(const struct network *n, const struct route *route,
		       struct rtnl_request *request)
{
	const struct rtmsg message = {
		.rtm_family = route->to.family,
		.rtm_dst_len = route->to.length,
		.rtm_table = route->table < 256 ? (unsigned char)route->table
						: RT_TABLE_UNSPEC,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = (unsigned char)route->scope,
		.rtm_type = RTN_UNICAST,
		.rtm_flags = route->onlink ? RTNH_F_ONLINK : 0,
	};
	struct rtattr *metrics;

	/* of two that are equal the first counts */
	rtnl_begin(request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, &message,
		   sizeof(message));
	rtnl_add(request, RTA_DST, route->to.bytes, route->to.size);
	if (route->via.family)
		rtnl_add(request, RTA_GATEWAY, route->via.bytes, route->via.size);
	if (route->src.family)
		rtnl_add(request, RTA_PREFSRC, route->src.bytes, route->src.size);
	add_u32(request, RTA_OIF, (unsigned long)n->iface.index);
	add_u32(request, RTA_PRIORITY, route->metric);
	add_u32(request, RTA_TABLE, route->table);
	if (!route->mtu)
		return;
	metrics = rtnl_nest(request, RTA_METRICS);
	add_u32(request, RTAX_MTU, route->mtu);
	rtnl_nest_end(request, metrics);
}

/* route NETWORK/LENGTH [via ADDRESS] [src ADDRESS] [metric N] ... */
void network_route(struct network *n, const struct line *line)
{
	struct rtnl_request request;
	struct route route;

	if (!parse_route(line, &route)) {
		line_refuse(line);
		return;
	}
	if (!network_is_able(n, route.to.family))
		return;
	make_route(n, &route, &request);
	network_report(n, line, rtnl_ask(n->fd, &request));
}

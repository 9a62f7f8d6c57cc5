// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads all network devices, addresses and routes into plain data. */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "net/host/netlink.h"

/* How often we read again because the network has changed. */
#define ATTEMPTS 20

void net_state_release(struct net_state *state)
{
	for (size_t i = 0; i < state->nr_links; i++)
		free(state->links[i].alias);
	free(state->links);
	free(state->addresses);
	free(state->routes);
	*state = (struct net_state){ 0 };
}

const struct net_link *net_state_find(const struct net_state *state, const char *name)
{
	for (size_t i = 0; i < state->nr_links; i++)
		if (streq(state->links[i].name, name))
			return &state->links[i];
	return NULL;
}

const struct net_link *net_state_find_index(const struct net_state *state, int index)
{
	for (size_t i = 0; i < state->nr_links; i++)
		if (state->links[i].index == index)
			return &state->links[i];
	return NULL;
}

const char *net_state_master(const struct net_state *state, const struct net_link *link)
{
	const struct net_link *master =
		link->master ? net_state_find_index(state, link->master) : NULL;

	return master ? master->name : NULL;
}

/* The attribute's number, or @otherwise. */
static uint32_t number(const struct nlattr *attr, uint32_t otherwise)
{
	if (!attr)
		return otherwise;
	return nla_len(attr) >= 4 ? nla_get_u32(attr)
	       : nla_len(attr)	  ? nla_get_u8(attr)
				  : otherwise;
}

static void add_tun(struct net_link *link, struct nlattr *data, unsigned short type)
{
	struct nlattr *attrs[IFLA_TUN_MAX + 1];

	link->is_tap = type == ARPHRD_ETHER;
	/* all that kernels before 4.17 say */
	if (!data || nla_parse_nested(attrs, IFLA_TUN_MAX, data, NULL) < 0)
		return;
	link->is_tap = number(attrs[IFLA_TUN_TYPE], IFF_TAP) == IFF_TAP;
	link->has_owner = attrs[IFLA_TUN_OWNER];
	link->owner = number(attrs[IFLA_TUN_OWNER], 0);
}

static void add_kind(struct net_link *link, struct nlattr *info, unsigned short type)
{
	struct nlattr *attrs[IFLA_INFO_MAX + 1];

	if (!info || nla_parse_nested(attrs, IFLA_INFO_MAX, info, NULL) < 0 ||
	    !attrs[IFLA_INFO_KIND])
		return;
	nla_strlcpy(link->kind, attrs[IFLA_INFO_KIND], sizeof(link->kind));
	if (streq(link->kind, "tun"))
		add_tun(link, attrs[IFLA_INFO_DATA], type);
}

static void add_link(struct nlmsghdr *hdr, struct net_state *state)
{
	struct nlattr *attrs[IFLA_MAX + 1];
	const struct ifinfomsg *info = nlmsg_data(hdr);
	struct net_link *link;

	if (hdr->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse(hdr, sizeof(*info), attrs, IFLA_MAX, NULL) < 0 ||
	    !attrs[IFLA_IFNAME])
		return;
	ALLOC_GROW(state->links, state->nr_links, state->alloc_links);
	link = &state->links[state->nr_links++];
	*link = (struct net_link){
		.index = info->ifi_index,
		.master = (int)number(attrs[IFLA_MASTER], 0),
		.up = info->ifi_flags & IFF_UP,
		.carrier = number(attrs[IFLA_CARRIER], 0),
		.group = number(attrs[IFLA_GROUP], 0),
		.alias = attrs[IFLA_IFALIAS] ? nla_strdup(attrs[IFLA_IFALIAS]) : NULL,
	};
	nla_strlcpy(link->name, attrs[IFLA_IFNAME], sizeof(link->name));
	add_kind(link, attrs[IFLA_LINKINFO], info->ifi_type);
}

/* The address in @attr, all zeros without one; false if it has the wrong length. */
static bool get_ip(struct net_ip *ip, const struct nlattr *attr, int family)
{
	int len = family == AF_INET ? 4 : 16;

	*ip = (struct net_ip){ .family = family };
	if (family != AF_INET && family != AF_INET6)
		return false;
	if (!attr)
		return true;
	if (nla_len(attr) < len)
		return false;
	memcpy(ip->bytes, nla_data(attr), (size_t)len);
	return true;
}

static void add_address(struct nlmsghdr *hdr, struct net_state *state)
{
	struct nlattr *attrs[IFA_MAX + 1];
	const struct ifaddrmsg *info = nlmsg_data(hdr);
	struct net_address address;

	if (hdr->nlmsg_type != RTM_NEWADDR ||
	    nlmsg_parse(hdr, sizeof(*info), attrs, IFA_MAX, NULL) < 0)
		return;
	/* on a point-to-point link IFA_ADDRESS is the other end's */
	if (!attrs[IFA_LOCAL])
		attrs[IFA_LOCAL] = attrs[IFA_ADDRESS];
	address = (struct net_address){
		.index = (int)info->ifa_index,
		.prefix.length = info->ifa_prefixlen,
		.is_static = number(attrs[IFA_FLAGS], info->ifa_flags) & IFA_F_PERMANENT,
		.is_link_local = info->ifa_scope == RT_SCOPE_LINK,
	};
	if (!attrs[IFA_LOCAL] ||
	    !get_ip(&address.prefix.ip, attrs[IFA_LOCAL], info->ifa_family))
		return;
	ALLOC_GROW(state->addresses, state->nr_addresses, state->alloc_addresses);
	state->addresses[state->nr_addresses++] = address;
}

/* The device of the first of several next hops. */
static int first_device(const struct nlattr *multipath)
{
	const struct rtnexthop *hop = multipath ? nla_data(multipath) : NULL;

	return hop && nla_len(multipath) >= (int)sizeof(*hop) ? hop->rtnh_ifindex : 0;
}

static void add_route(struct nlmsghdr *hdr, struct net_state *state)
{
	struct nlattr *attrs[RTA_MAX + 1];
	const struct rtmsg *info = nlmsg_data(hdr);
	struct net_route route;

	if (hdr->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_parse(hdr, sizeof(*info), attrs, RTA_MAX, NULL) < 0)
		return;
	/* RTN_THROW only refers to the next table */
	if ((info->rtm_flags & RTM_F_CLONED) || info->rtm_type == RTN_MULTICAST ||
	    info->rtm_type == RTN_THROW)
		return;
	route = (struct net_route){
		.index = (int)number(attrs[RTA_OIF],
				     (uint32_t)first_device(attrs[RTA_MULTIPATH])),
		.table = number(attrs[RTA_TABLE], info->rtm_table),
		.to.length = info->rtm_dst_len,
	};
	if (!get_ip(&route.to.ip, attrs[RTA_DST], info->rtm_family))
		return;
	ALLOC_GROW(state->routes, state->nr_routes, state->alloc_routes);
	state->routes[state->nr_routes++] = route;
}

struct dump {
	struct net_state *state;
	void (*add)(struct nlmsghdr *hdr, struct net_state *state);
};

static int on_message(struct nl_msg *msg, void *data)
{
	struct dump *dump = data;

	dump->add(nlmsg_hdr(msg), dump->state);
	return NL_OK;
}

static int dump_once(struct netlink *nl, int type, struct dump *dump)
{
	int err =
		nl_send_simple(nl->sock, type, NLM_F_DUMP,
			       &(struct rtgenmsg){ AF_UNSPEC }, sizeof(struct rtgenmsg));

	nl_socket_modify_cb(nl->sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, dump);
	nl->err = 0;
	if (err >= 0)
		err = nl_recvmsgs_default(nl->sock);
	return nl->err ? nl->err : netlink_errno(err);
}

/* If one of the three was disturbed all must be read again: they refer to each other. */
static int read_once(struct netlink *nl, struct net_state *state)
{
	int err = dump_once(nl, RTM_GETLINK, &(struct dump){ state, add_link });

	if (!err)
		err = dump_once(nl, RTM_GETADDR, &(struct dump){ state, add_address });
	if (!err)
		err = dump_once(nl, RTM_GETROUTE, &(struct dump){ state, add_route });
	return err;
}

int net_state_read(struct net_state *state)
{
	int err = -EINTR;

	*state = (struct net_state){ 0 };
	for (int attempt = 0; attempt < ATTEMPTS && err == -EINTR; attempt++) {
		struct netlink nl;

		net_state_release(state);
		err = netlink_open(&nl);
		if (err)
			return err;
		err = read_once(&nl, state);
		netlink_close(&nl);
	}
	if (err)
		net_state_release(state);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Changes by rtnetlink. Only this file and net-state.c use libnl. */
#include <errno.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <sys/socket.h>

#include "net/host/netlink.h"

/* How long we wait for an answer: the kernel may have to wait for a lock. This is less
 * than another rapido waits for our lock, LOCK_LIMIT_MS in net-command.c. */
#define ANSWER_LIMIT_S 20

static const struct {
	int nle, err;
} nl_errors[] = {
	/* the socket's time limit */
	{ NLE_AGAIN, ETIMEDOUT },
	{ NLE_DUMP_INTR, EINTR },
	{ NLE_INTR, EINTR },
	{ NLE_NOMEM, ENOMEM },
	{ NLE_PERM, EPERM },
	{ NLE_OPNOTSUPP, EOPNOTSUPP },
	{ NLE_AF_NOSUPPORT, EAFNOSUPPORT },
	{ NLE_PROTO_MISMATCH, EPROTONOSUPPORT },
};

int netlink_errno(int nle)
{
	if (nle >= 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(nl_errors); i++)
		if (-nle == nl_errors[i].nle)
			return -nl_errors[i].err;
	return -EIO;
}

/* libnl has fewer errors than the kernel: keep the kernel's. */
static int keep_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *data)
{
	struct netlink *nl = data;

	(void)from;
	nl->err = error->error;
	return NL_STOP;
}

int netlink_open(struct netlink *nl)
{
	const struct timeval limit = { .tv_sec = ANSWER_LIMIT_S };
	int err;

	*nl = (struct netlink){ .sock = nl_socket_alloc() };
	if (!nl->sock)
		return -ENOMEM;
	err = netlink_errno(nl_connect(nl->sock, NETLINK_ROUTE));
	if (!err && setsockopt(nl_socket_get_fd(nl->sock), SOL_SOCKET, SO_RCVTIMEO,
			       &limit, sizeof(limit)) < 0)
		err = -errno;
	if (err) {
		netlink_close(nl);
		return err;
	}
	nl_socket_modify_err_cb(nl->sock, NL_CB_CUSTOM, keep_error, nl);
	return 0;
}

void netlink_close(struct netlink *nl)
{
	nl_socket_free(nl->sock);
	nl->sock = NULL;
}

/* The -errno of a request for which libnl returned @nle. */
static int result(struct netlink *nl, int nle)
{
	int err = nl->err;

	nl->err = 0;
	if (nle >= 0)
		return 0;
	return err < 0 ? err : netlink_errno(nle);
}

static void put_link(struct rtnl_link **link)
{
	rtnl_link_put(*link);
}

static void put_addr(struct rtnl_addr **addr)
{
	rtnl_addr_put(*addr);
}

static void put_nl_addr(struct nl_addr **addr)
{
	nl_addr_put(*addr);
}

#define _cleanup_link_ _cleanup_(put_link)

/* The index of the device @name, or -errno: the look-up opens a socket. */
static int find_index(const char *name)
{
	unsigned int index = if_nametoindex(name);

	return index ? (int)index : errno == EMFILE || errno == ENFILE ? -errno : -ENODEV;
}

static int change(struct netlink *nl, const char *name, struct rtnl_link *changes)
{
	_cleanup_link_ struct rtnl_link *link = rtnl_link_alloc();
	int index = find_index(name);

	if (index < 0 || !link)
		return index < 0 ? index : -ENOMEM;
	rtnl_link_set_ifindex(link, index);
	return result(nl, rtnl_link_change(nl->sock, link, changes, 0));
}

int netlink_set_alias(struct netlink *nl, const char *name, const char *alias)
{
	_cleanup_link_ struct rtnl_link *changes = rtnl_link_alloc();

	if (!changes)
		return -ENOMEM;
	rtnl_link_set_ifalias(changes, alias ? alias : "");
	rtnl_link_set_group(changes, alias ? 0 : NET_GROUP_UNFINISHED);
	return change(nl, name, changes);
}

int netlink_set_up(struct netlink *nl, const char *name, bool up)
{
	_cleanup_link_ struct rtnl_link *changes = rtnl_link_alloc();

	if (!changes)
		return -ENOMEM;
	if (up)
		rtnl_link_set_flags(changes, IFF_UP);
	else
		rtnl_link_unset_flags(changes, IFF_UP);
	return change(nl, name, changes);
}

int netlink_set_master(struct netlink *nl, const char *name, const char *master)
{
	_cleanup_link_ struct rtnl_link *changes = rtnl_link_alloc();
	int index = master ? find_index(master) : 0;

	if (index < 0)
		return index;
	if (!changes)
		return -ENOMEM;
	rtnl_link_set_master(changes, index);
	return change(nl, name, changes);
}

int netlink_add_bridge(struct netlink *nl, const char *name, const char *alias)
{
	_cleanup_link_ struct rtnl_link *bridge = rtnl_link_bridge_alloc();
	int err;

	if (!bridge)
		return -ENOMEM;
	rtnl_link_set_name(bridge, name);
	/* if we are killed now, the bridge can be recognised by this */
	rtnl_link_set_group(bridge, NET_GROUP_UNFINISHED);
	err = result(nl, rtnl_link_add(nl->sock, bridge, NLM_F_CREATE | NLM_F_EXCL));
	if (err || !alias)
		return err;
	err = netlink_set_alias(nl, name, alias);
	if (err)
		netlink_delete(nl, name);
	return err;
}

int netlink_delete(struct netlink *nl, const char *name)
{
	_cleanup_link_ struct rtnl_link *link = rtnl_link_alloc();
	int index = find_index(name);

	if (index < 0 || !link)
		return index < 0 ? index : -ENOMEM;
	rtnl_link_set_ifindex(link, index);
	return result(nl, rtnl_link_delete(nl->sock, link));
}

static int address(struct netlink *nl, const char *name, const struct net_prefix *prefix,
		   bool add)
{
	_cleanup_(put_addr) struct rtnl_addr *addr = rtnl_addr_alloc();
	_cleanup_(put_nl_addr) struct nl_addr *local =
		nl_addr_build(prefix->ip.family, prefix->ip.bytes,
			      prefix->ip.family == AF_INET6 ? 16 : 4);
	int index = find_index(name);

	if (index < 0 || !addr || !local)
		return index < 0 ? index : -ENOMEM;
	nl_addr_set_prefixlen(local, (int)prefix->length);
	rtnl_addr_set_ifindex(addr, index);
	rtnl_addr_set_local(addr, local);
	if (!add)
		return result(nl, rtnl_addr_delete(nl->sock, addr, 0));
	if (prefix->ip.family == AF_INET6)
		rtnl_addr_set_flags(addr, IFA_F_NODAD);
	return result(nl, rtnl_addr_add(nl->sock, addr, NLM_F_EXCL));
}

int netlink_add_address(struct netlink *nl, const char *name,
			const struct net_prefix *prefix)
{
	return address(nl, name, prefix, true);
}

int netlink_del_address(struct netlink *nl, const char *name,
			const struct net_prefix *prefix)
{
	return address(nl, name, prefix, false);
}

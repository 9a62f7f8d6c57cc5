// SPDX-License-Identifier: GPL-2.0-or-later
/* Performs operations on network devices, and undoes them. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "net/host/dhcp.h"
#include "lib/log.h"
#include "net/host/net-apply.h"
#include "net/tun.h"

/* The most descriptors that one operation opens at a time: the start of dnsmasq. */
#define NET_DESCRIPTORS 8

/* It gets its mark before it is persistent. */
static int add_tap(struct netlink *nl, const struct net_op *op)
{
	_cleanup_close_ int fd = tun_make(op->device, op->owner);
	int err;

	if (fd < 0)
		return fd;
	err = netlink_set_alias(nl, op->device, op->alias);
	return err ? err : tun_keep(fd);
}

static int run_op(struct net_executor *executor, const struct net_op *op, char **why)
{
	struct netlink *nl = &((struct net_kernel *)executor)->nl;

	switch (op->kind) {
	case NET_ADD_BRIDGE:
		return netlink_add_bridge(nl, op->device, op->alias);
	case NET_DEL_BRIDGE:
		return netlink_delete(nl, op->device);
	case NET_ADD_TAP:
		return add_tap(nl, op);
	case NET_DEL_TAP:
		return tun_remove(op->device);
	case NET_SET_OWNER:
		return tun_set_owner(op->device, op->owner);
	case NET_SET_ALIAS:
		return netlink_set_alias(nl, op->device, op->alias);
	case NET_ADD_ADDRESS:
		return netlink_add_address(nl, op->device, &op->address);
	case NET_DEL_ADDRESS:
		return netlink_del_address(nl, op->device, &op->address);
	case NET_SET_MASTER:
		return netlink_set_master(nl, op->device, op->bridge);
	case NET_UP:
	case NET_DOWN:
		return netlink_set_up(nl, op->device, op->kind == NET_UP);
	case NET_START_DHCP:
		return dhcp_start(op->device, op->range, op->addresses, op->nr_addresses,
				  why);
	case NET_STOP_DHCP:
		return dhcp_stop(op->device, why);
	}
	return -EINVAL;
}

/* Whether there are enough to perform an operation, and to undo it. */
static int check_descriptors(void)
{
	int fds[NET_DESCRIPTORS], err = 0;
	size_t nr = 0;

	while (!err && nr < ARRAY_SIZE(fds)) {
		fds[nr] = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fds[nr] < 0)
			err = -errno;
		else
			nr++;
	}
	while (nr)
		close(fds[--nr]);
	return err;
}

int net_kernel_open(struct net_kernel *kernel)
{
	int err = netlink_open(&kernel->nl);

	kernel->executor.run = run_op;
	if (err)
		return err;
	err = check_descriptors();
	if (err)
		net_kernel_close(kernel);
	return err;
}

void net_kernel_close(struct net_kernel *kernel)
{
	netlink_close(&kernel->nl);
}

/* The text for @err, with the cause or the remedy if we know it. */
static const char *explain(const struct net_op *op, int err)
{
	bool is_tap = op->kind == NET_ADD_TAP || op->kind == NET_SET_OWNER ||
		      op->kind == NET_DEL_TAP;

	if (err == -EPERM)
		return "permission denied: root has no CAP_NET_ADMIN here; is this a "
		       "container?";
	if (err == -ETIMEDOUT)
		return "the kernel does not answer";
	if (err == -EEXIST && (op->kind == NET_ADD_BRIDGE || op->kind == NET_ADD_TAP))
		return "a device has this name, perhaps beside another one (altname): "
		       "see 'ip link'";
	if (err == -EOPNOTSUPP && op->kind == NET_ADD_BRIDGE)
		return "this kernel has no bridges: load the module 'bridge' (modprobe "
		       "bridge), or build it with CONFIG_BRIDGE";
	if (err == -EBUSY && is_tap)
		return "a VM uses it: end the VM first";
	if (err == -EACCES && op->address.ip.family == AF_INET6)
		return "IPv6 is disabled there";
	if (err == -EOPNOTSUPP && op->kind == NET_SET_MASTER)
		return "a device of this kind cannot be in a bridge";
	return err_text(err);
}

static void report_failure(const struct net_op *op, int err, const char *why)
{
	_cleanup_free_ char *attempt = net_op_attempt(op);

	if (op->kind == NET_ADD_TAP &&
	    (err == -ENOENT || err == -ENODEV || err == -ENXIO || err == -EACCES))
		log_error("cannot %s: cannot open '/dev/net/tun': %s", attempt,
			  tun_advice(err));
	else if (why)
		log_error("%s", why);
	else
		log_error("cannot %s: %s", attempt, explain(op, err));
}

/* If an operation cannot be undone, reports that and undoes the others. */
static void undo(const struct net_plan *plan, size_t done, struct net_executor *executor)
{
	for (; done > 0; done--) {
		const struct net_op op = net_op_inverse(&plan->ops[done - 1]);
		_cleanup_free_ char *why = NULL;
		int err = executor->run(executor, &op, &why);

		if (err)
			report_failure(&op, err, why);
	}
}

int net_apply(const struct net_plan *plan, struct net_executor *executor)
{
	for (size_t i = 0; i < plan->nr; i++) {
		_cleanup_free_ char *why = NULL;
		int err = executor->run(executor, &plan->ops[i], &why);

		if (!err)
			continue;
		report_failure(&plan->ops[i], err, why);
		undo(plan, i, executor);
		return err;
	}
	return 0;
}

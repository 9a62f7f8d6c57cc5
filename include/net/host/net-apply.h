/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out a plan: all of its operations, or none. */
#ifndef RAPIDO_NET_APPLY_H
#define RAPIDO_NET_APPLY_H

#include "net/host/net-plan.h"
#include "net/host/netlink.h"

/* Performs one operation. It is an interface so that a test can make operations fail. */
struct net_executor {
	/* 0, or -errno, and then nothing has changed. @why (heap) may get a whole
	 * message, which replaces the one for the error. */
	int (*run)(struct net_executor *executor, const struct net_op *op, char **why);
};

/* The real one, with the kernel and dnsmasq. */
struct net_kernel {
	struct net_executor executor;
	struct netlink nl;
};

/* 0 or -errno: -EMFILE also if fewer descriptors are left than operations require,
 * because then a plan could fail in the middle, and the undoing as well. */
int net_kernel_open(struct net_kernel *kernel);
void net_kernel_close(struct net_kernel *kernel);

/*
 * Perform the operations in their order. If one fails, undo the previous ones in reverse
 * order and return -errno, after a message that names the failed operation. If rapido is
 * killed in the middle, the next set-up completes the devices that it leaves, and a
 * tear-down removes them: they are recognised as rapido's.
 */
int net_apply(const struct net_plan *plan, struct net_executor *executor);

#endif

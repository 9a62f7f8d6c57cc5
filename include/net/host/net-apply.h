/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out the operations of a plan: all of them, or none. */
#ifndef RAPIDO_NET_APPLY_H
#define RAPIDO_NET_APPLY_H

#include "net/host/net-plan.h"
#include "net/host/netlink.h"

/* What does one operation; a test has its own. */
struct net_executor {
	/* 0, or -errno and then nothing has changed. @why (heap) may get a whole
	 * message, instead of the one that the error is worth. */
	int (*run)(struct net_executor *executor, const struct net_op *op, char **why);
};

/* That of the kernel, and of dnsmasq. */
struct net_kernel {
	struct net_executor executor;
	struct netlink nl;
};

/* 0 or -errno: -EMFILE also when there are fewer descriptors than operations need, for
 * then they could be done only in part, and not be undone. */
int net_kernel_open(struct net_kernel *kernel);
void net_kernel_close(struct net_kernel *kernel);

/*
 * Do what the plan says, in its order. Should one operation fail, what was done is undone
 * in reverse order: -errno after a message that names the operation. Who is killed in
 * the middle leaves devices that are known as rapido's, which the next set-up completes
 * and a tear-down removes.
 */
int net_apply(const struct net_plan *plan, struct net_executor *executor);

#endif

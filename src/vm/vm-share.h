/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's directories that a VM sees, and the processes that serve them. */
#ifndef RAPIDO_VM_SHARE_H
#define RAPIDO_VM_SHARE_H

#include "conf/conf.h"
#include "conf/vm-args.h"
#include "lib/process.h"
#include "vm/spec.h"

/* Those of the command line, the host's root, and VIRTFS_SHARE_PATH. */
#define VM_SHARES_MAX (SHARES_MAX + 2)

struct vm_share_request {
	const struct conf *conf;
	const struct share_args *args;
	const struct image_info *info;
	const char *image; /* its path, for messages */
	/* the back end's type of file system, or NULL: the image says which */
	const char *type;
	bool dry_run; /* open and start nothing */
};

struct vm_shares {
	struct vm_share v[VM_SHARES_MAX];
	size_t nr;
	char *tags[VM_SHARES_MAX];
	struct process servers[VM_SHARES_MAX];
	struct view views[VM_SHARES_MAX]; /* the servers' */
	struct share_user user;
};

/*
 * Decide on the shares and start what serves them. 0, or -errno after a message;
 * vm_shares_release() in any case, when the VM has ended.
 */
int vm_shares_init(struct vm_shares *shares, const struct vm_share_request *request);
void vm_shares_release(struct vm_shares *shares);

/* What has ended that served a share, as vm_lost() says it; NULL: nothing. */
const char *vm_shares_lost(const struct vm_shares *shares);

/* The VM's process has been started: close what only it needs. */
void vm_shares_started(struct vm_shares *shares);

#endif

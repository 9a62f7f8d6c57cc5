/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a kernel can mount this host's directories, and what an image for that is without.
 */
#ifndef RAPIDO_CUT_SHARE_H
#define RAPIDO_CUT_SHARE_H

#include "closure/sysroot.h"
#include "cut/cut-extras.h"
#include "image/plan.h"
#include "kernel/kconfig.h"
#include "kernel/kernel.h"
#include "kernel/modcat.h"
#include "lib/report.h"

/* A type of file system for shares. Lists end with a NULL. */
struct cut_share_type {
	const char *name;
	const char *const modules[4]; /* that init loads, in order */
	const char *const options[3]; /* of the kernel, without CONFIG_ */
};

/* What is known of the kernel. */
struct cut_share_kernel {
	const struct conf *conf;
	const struct kernel *kernel;
	const struct kconfig *config; /* path NULL: not known */
	struct modcat *modules;	      /* NULL: not known */
};

/* The module for the overlay above the host's root. */
extern const struct cut_share_type cut_share_overlay;

/*
 * The type to be used for what @extras share: of those that the kernel and this host can,
 * the first. NULL after a report of what is missing.
 */
const struct cut_share_type *cut_share_choose(const struct cut_share_kernel *k,
					      const struct cut_extras *extras,
					      struct report *report);

/*
 * Leave out of @plan what the VM sees of this host anyway: files that are the same, and
 * stand-ins for files that every distribution has. Directories get the owner and mode
 * that they have here. @moddir is where the kernel's modules are installed, or NULL.
 */
void cut_share_reduce(struct plan *plan, const struct sysroot *host, const char *moddir);

#endif

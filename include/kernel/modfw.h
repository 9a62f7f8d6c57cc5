/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware that modules ask the kernel for, which looks for it in the image
 * (Documentation/driver-api/firmware/ of the kernel, drivers/base/firmware_loader/).
 */
#ifndef RAPIDO_MODFW_H
#define RAPIDO_MODFW_H

#include "image/plan.h"
#include "closure/sysroot.h"

struct modfw {
	struct plan *plan;
	struct sysroot *root;
	const char *release; /* the kernel's */
	/* what the kernel unpacks itself; other files are put in unpacked */
	bool takes_xz, takes_zstd;
	size_t nr;     /* files added so far, */
	uint64_t size; /* and their bytes */
};

/*
 * Add what the kernel would find for @name, which a module's .modinfo has: the file of
 * that name, or of each that fits if it is a pattern of glob(7), below
 * /lib/firmware/updates/RELEASE, /lib/firmware/updates, /lib/firmware/RELEASE or
 * /lib/firmware, with the links that lead to it; or else one with ".zst" or ".xz" behind
 * it. 0, also when a filter keeps it out; -ENOENT when there is none; another -errno of
 * reading @path (heap, else NULL): -EBADMSG when it cannot be unpacked.
 */
int modfw_add(struct modfw *fw, const char *name, struct plan_reason reason, char **path);

#endif

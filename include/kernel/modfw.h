/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware that modules load from the image through the kernel (its
 * Documentation/driver-api/firmware/ and drivers/base/firmware_loader/).
 */
#ifndef RAPIDO_MODFW_H
#define RAPIDO_MODFW_H

#include "image/plan.h"
#include "closure/sysroot.h"

struct modfw {
	struct plan *plan;
	struct sysroot *root;
	const char *release; /* the kernel's */
	/* the formats that the kernel unpacks; other files are unpacked by the cut */
	bool takes_xz, takes_zstd;
	size_t nr;     /* files added so far, */
	uint64_t size; /* and their bytes */
};

/*
 * Add the file that the kernel would find for @name, which is from a module's .modinfo,
 * with the links that lead to it: below /lib/firmware/updates/RELEASE,
 * /lib/firmware/updates, /lib/firmware/RELEASE or /lib/firmware, else the same with
 * ".zst" or ".xz" appended. If @name is a pattern of glob(7), add each matching file. 0,
 * also if a filter keeps it out; -ENOENT if there is none; another -errno of reading
 * @path (heap, else NULL): -EBADMSG if it cannot be unpacked.
 */
int modfw_add(struct modfw *fw, const char *name, struct plan_reason reason, char **path);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel developer's tree: the source, the directory that make writes to (the same one,
 * or that of O=), and the output of a build. Kbuild's files are described in the kernel's
 * Documentation/kbuild/kbuild.rst.
 */
#ifndef RAPIDO_KTREE_H
#define RAPIDO_KTREE_H

#include <time.h>

#include "kernel/arch.h"
#include "lib/report.h"

struct ktree {
	char *objdir;  /* absolute: .config, the image and the modules are below it */
	char *srcdir;  /* absolute: Kconfig and the Makefiles are below it; objdir itself
			* without O=; NULL when the O= directory does not say or it is gone
			*/
	char *config;  /* objdir/.config, whether or not it is there */
	char *release; /* of include/config/kernel.release; NULL: not built */
	char *image;   /* the bootable image; NULL: not built */
	struct timespec image_mtime;
};

#define KTREE_INIT \
	{          \
		0  \
	}

void ktree_release(struct ktree *tree);

/*
 * Find the tree that @dir is in: @dir is the source, an O= directory, or below either of
 * them. The tree need not be built or configured. 0; -ENOENT if @dir is not in a kernel
 * tree.
 */
int ktree_find(struct ktree *tree, const char *dir);

/*
 * The architecture that a tree is configured for: what ARCH in the environment names, as
 * for make; "um" if its .config says so, which is @config and need not exist; else this
 * program's own. NULL if rapido does not know that.
 */
const struct arch *ktree_arch(const char *config);

/*
 * Whether the tree can be booted: it has been built, and all its parts are from one
 * build. 0, or -EINVAL after a report of the fault and the command that mends it. Lesser
 * faults, such as a .config that was changed after the build, are warnings in the report.
 */
int ktree_check_built(const struct ktree *tree, struct report *report);

/*
 * Open the vmlinux that a tree's bzImage @image was made from, if a VM can boot it. A
 * descriptor, and its @path on the heap; or -errno: -ENOENT if there is none, -ESTALE if
 * it is newer, as after a build that broke off, -ENOEXEC if it has no PVH note
 * (CONFIG_PVH).
 */
int ktree_open_vmlinux(const char *image, char **path);

#endif

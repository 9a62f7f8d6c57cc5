/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel developer's tree: the source, the directory that make writes to (the same one,
 * or that of O=), and what a build has left there. Kbuild's files are described in the
 * kernel's Documentation/kbuild/kbuild.rst.
 */
#ifndef RAPIDO_KTREE_H
#define RAPIDO_KTREE_H

#include <time.h>

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
 * Find the tree that @dir is in: the source, an O= directory, or a directory below either
 * of them. Whether it was built or even configured is not asked. 0; -ENOENT when @dir is
 * not in a kernel tree.
 */
int ktree_find(struct ktree *tree, const char *dir);

/*
 * Whether the tree can be booted: it has been built, and the parts of the build are of
 * one piece. 0, or -EINVAL after a report of what is wrong and what to run; what is
 * merely odd, as a .config that was changed after the build, is a warning in the report.
 */
int ktree_check_built(const struct ktree *tree, struct report *report);

/*
 * Open the vmlinux that a tree's bzImage @image was made from, if QEMU can boot it: it
 * has a PVH note (CONFIG_PVH), and is not newer, as after a build that broke off. A
 * descriptor, and its @path on the heap; or -errno.
 */
int ktree_open_vmlinux(const char *image, char **path);

#endif

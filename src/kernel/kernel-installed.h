/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels as distributions install them, below a root: the host's, that of an unpacked
 * package, or one of those in rapido's cache.
 */
#ifndef RAPIDO_KERNEL_INSTALLED_H
#define RAPIDO_KERNEL_INSTALLED_H

#include "kernel/kernel.h"

/*
 * The directory lib/modules/RELEASE of @root ("" for the host's). Heap, or NULL. If there
 * is none that can be read, one that cannot: whoever reads it reports why.
 */
char *installed_moddir(const char *root, const char *release);

/*
 * Fill in image, release and modules of @kernel with those of @release in @root. False if
 * it has no image there. An image that cannot be read is better than none.
 */
bool installed_use(struct kernel *kernel, const char *root, const char *release);

/*
 * The same for the newest release that has an image in @root that can be read; one
 * without modules only if none has modules. @unreadable gets the first image that cannot
 * be read, unless it has one already. Heap.
 */
bool installed_newest(struct kernel *kernel, const char *root, char **unreadable);

/* The same for the newest of the roots in the cache. */
bool installed_newest_in_cache(struct kernel *kernel, const char *cache,
			       char **unreadable);

/* The same for @release, on the host, or else in the cache. */
bool installed_find(struct kernel *kernel, const char *release,
		    const struct kernel_places *places);

/* Forget what installed_use() filled in. */
void installed_forget(struct kernel *kernel);

#endif

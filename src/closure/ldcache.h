/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/ld.so.cache: tells ld.so(8) where the libraries are that lie in the directories of
 * /etc/ld.so.conf. The image gets a cache of its own: the host's names files that are not
 * in the image, and a name that is in the cache is not searched elsewhere.
 */
#ifndef RAPIDO_LDCACHE_H
#define RAPIDO_LDCACHE_H

#include "image/plan.h"
#include "closure/sysroot.h"

/*
 * Write to @cache what ldconfig(8) would make in the image of @plan, with @dirs in its
 * ld.so.conf: the libraries of these directories by the names of their files, and their
 * variants for processors (glibc-hwcaps). The format is that of glibc 2.33 and later
 * (sysdeps/generic/dl-cache.h); glibc 2.2 and later reads it, without the variants. False
 * if no cache is needed: there is no library, or ld.so finds them all without it.
 */
bool ldcache_make(const struct plan *plan, struct sysroot *root,
		  const struct strvec *dirs, struct strbuf *cache);

#endif

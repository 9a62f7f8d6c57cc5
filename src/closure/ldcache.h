/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/ld.so.cache: where ld.so(8) finds the libraries of the directories in
 * /etc/ld.so.conf. The image gets one of its own: the host's names files that are not in
 * it, and a name that is found there is not looked for elsewhere.
 */
#ifndef RAPIDO_LDCACHE_H
#define RAPIDO_LDCACHE_H

#include "image/plan.h"
#include "closure/sysroot.h"

/*
 * Write to @cache what ldconfig(8) would make in the image of @plan, with @dirs in its
 * ld.so.conf: the libraries of these directories by the names of their files, and their
 * variants for processors (glibc-hwcaps). The format is that of glibc 2.33 and later
 * (sysdeps/generic/dl-cache.h), which older ones since 2.2 read as well, without the
 * variants. False when no library needs it: there is none, or ld.so looks there anyway.
 */
bool ldcache_make(const struct plan *plan, struct sysroot *root,
		  const struct strvec *dirs, struct strbuf *cache);

#endif

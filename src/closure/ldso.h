/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a dynamic linker looks. glibc's, ld.so(8): system directories, /etc/ld.so.conf
 * and the cache that is made of it, and the tokens $ORIGIN, $LIB and $PLATFORM in search
 * paths. musl's: /etc/ld-musl-ARCH.path (musl's ldso/dynlink.c).
 */
#ifndef RAPIDO_LDSO_H
#define RAPIDO_LDSO_H

#include "lib/str.h"
#include "closure/sysroot.h"

/* The subdirectory for libraries that glibc prefers on some processors, see ld.so(8). */
#define LDSO_HWCAPS "glibc-hwcaps"

/* An ELF class and machine, as in <elf.h>. */
struct ldso_abi {
	int class;
	int machine;
};

/* Append the directories built into the dynamic linker for @abi, distributions' variants
 * too. */
void ldso_system_dirs(struct ldso_abi abi, struct strvec *dirs);

/*
 * Append the directories of /etc/ld.so.conf and what it includes, in order (ldconfig(8)).
 * No file, no directories.
 */
void ldso_conf_dirs(struct sysroot *root, struct strvec *dirs);

/*
 * Append the paths that @text stands for: its tokens, with or without braces, replaced.
 * $ORIGIN is @origin; $LIB and $PLATFORM have several values, each giving a path.
 */
void ldso_expand(const char *text, const char *origin, struct ldso_abi abi,
		 struct strvec *paths);

/*
 * The flags by which ld.so knows the libraries of @abi in its cache (glibc's
 * sysdeps/generic/ldconfig.h); 0 when we do not know them.
 */
uint32_t ldso_cache_flags(struct ldso_abi abi);

/* Whether a program's interpreter is musl's dynamic linker, "/lib/ld-musl-ARCH.so.1". */
bool ldso_is_musl(const char *interp);

/* Where musl's linker for @abi is, or NULL when we do not know that. */
const char *ldso_musl_linker(struct ldso_abi abi);

/* Whether the library @name is part of musl's linker: it never looks for a file then. */
bool ldso_musl_has(const char *name);

/*
 * Append the directories of musl's linker @interp: those of its .path file, or what is
 * built in when there is none. The path of that file, whether it is there or not; heap.
 */
char *ldso_musl_dirs(struct sysroot *root, const char *interp, struct strvec *dirs);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directories that a dynamic linker searches. glibc's, see ld.so(8): system
 * directories, /etc/ld.so.conf and the cache that is made of it, and the tokens $ORIGIN,
 * $LIB and $PLATFORM in search paths. musl's: /etc/ld-musl-ARCH.path (musl's
 * ldso/dynlink.c).
 */
#ifndef RAPIDO_LDSO_H
#define RAPIDO_LDSO_H

#include "lib/str.h"
#include "closure/sysroot.h"

/*
 * The subdirectory for the libraries that glibc prefers on some processors, see ld.so(8).
 */
#define LDSO_HWCAPS "glibc-hwcaps"

/* An ELF class and machine, as in <elf.h>. */
struct ldso_abi {
	int class;
	int machine;
};

/*
 * Append the directories that are built into the dynamic linker for @abi, with those of
 * distributions' variants.
 */
void ldso_system_dirs(struct ldso_abi abi, struct strvec *dirs);

/*
 * Append the directories of /etc/ld.so.conf and the files it includes, in order
 * (ldconfig(8)); nothing if there is no such file.
 */
void ldso_conf_dirs(struct sysroot *root, struct strvec *dirs);

/*
 * Append the paths that @text stands for, with its tokens replaced; tokens may have
 * braces. $ORIGIN is @origin. $LIB and $PLATFORM have several values, each of which gives
 * a path.
 */
void ldso_expand(const char *text, const char *origin, struct ldso_abi abi,
		 struct strvec *paths);

/*
 * The flags of libraries of @abi in ld.so's cache (glibc's sysdeps/generic/ldconfig.h); 0
 * if they are not known.
 */
uint32_t ldso_cache_flags(struct ldso_abi abi);

/* Whether a program's interpreter is musl's dynamic linker, "/lib/ld-musl-ARCH.so.1". */
bool ldso_is_musl(const char *interp);

/* The path of musl's linker for @abi, or NULL if it is not known. */
const char *ldso_musl_linker(struct ldso_abi abi);

/*
 * Whether the library @name is part of musl's linker, which then never searches for a
 * file.
 */
bool ldso_musl_has(const char *name);

/*
 * Append the directories of musl's linker @interp: those of its .path file, or the
 * built-in ones if there is no such file. Returns the path of that file, whether it
 * exists or not. Heap.
 */
char *ldso_musl_dirs(struct sysroot *root, const char *interp, struct strvec *dirs);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files a dynamic linker would load for the name of a shared library. */
#ifndef RAPIDO_LIBSEARCH_H
#define RAPIDO_LIBSEARCH_H

#include "closure/elffile.h"
#include "lib/strmap.h"
#include "closure/sysroot.h"

struct libsearch {
	struct sysroot *root;
	struct strvec conf_dirs; /* /etc/ld.so.conf's */
	struct strmap found; /* "linker class machine name" -> paths in its directories */
	struct strmap variants; /* directory -> names below its glibc-hwcaps */
};

/* An object of a process, and who loaded it; NULL for the program itself. */
struct lib_object {
	const struct elf_file *elf;
	char *opened; /* the path it was opened by, for $ORIGIN */
	const struct lib_object *loader;
};

/* @root must outlive the search. */
void libsearch_init(struct libsearch *search, struct sysroot *root);
void libsearch_release(struct libsearch *search);

/*
 * The musl linker of the process that @object is in: its program's interpreter, or, for a
 * library on its own that needs musl's libc, where that linker is. NULL: it is glibc's.
 */
const char *libsearch_musl(const struct lib_object *object);

/*
 * Find @name for the object @asking: a path if it has a slash; else by DT_RPATH of the
 * object and of those that loaded it, @first (as LD_LIBRARY_PATH would; may be NULL), its
 * DT_RUNPATH, /etc/ld.so.conf and the system's directories. A musl program's linker looks
 * in @first, DT_RUNPATH or DT_RPATH of the object and of those that loaded it, and its
 * own directories. Files of another ELF class or machine are passed over.
 *
 * Append to @paths, with their links, all that glibc's may take, whatever the processor
 * it runs on: the variants of glibc-hwcaps (ld.so(8)) up to the first directory that has
 * one for all processors, which comes last. False when there is nothing.
 */
bool libsearch_find(struct libsearch *search, const struct lib_object *asking,
		    const char *name, const struct strvec *first, struct strvec *paths);

/* Append the directories in which @object's linker looks without being told to. */
void libsearch_system_dirs(struct libsearch *search, const struct lib_object *object,
			   struct strvec *dirs);

#endif

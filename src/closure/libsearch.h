/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the files that a dynamic linker would load for the name of a shared library. */
#ifndef RAPIDO_LIBSEARCH_H
#define RAPIDO_LIBSEARCH_H

#include "closure/elffile.h"
#include "lib/strmap.h"
#include "closure/sysroot.h"

struct libsearch {
	struct sysroot *root;
	struct strvec conf_dirs; /* of /etc/ld.so.conf */
	struct strmap found; /* "linker class machine name" -> paths in its directories */
	struct strmap variants; /* directory -> names below its glibc-hwcaps */
};

/* An object of a process, and the object that loaded it; NULL for the program itself. */
struct lib_object {
	const struct elf_file *elf;
	char *opened; /* the path by which it was opened, for $ORIGIN */
	const struct lib_object *loader;
};

/* @root must outlive the search. */
void libsearch_init(struct libsearch *search, struct sysroot *root);
void libsearch_release(struct libsearch *search);

/*
 * The musl linker of the process of @object: the interpreter of its program or, for a
 * library alone that needs musl's libc, the path where that linker is. NULL: the process
 * uses glibc's.
 */
const char *libsearch_musl(const struct lib_object *object);

/*
 * Find @name for the object @asking: a path if it has a slash; else in DT_RPATH of the
 * object and of those that loaded it, in @first (as with LD_LIBRARY_PATH; may be NULL),
 * in its DT_RUNPATH, in /etc/ld.so.conf, and in the system's directories. The linker of a
 * musl program searches @first, the DT_RUNPATH or DT_RPATH of the object and of those
 * that loaded it, and its own directories. Files of another ELF class or machine are
 * skipped.
 *
 * Append to @paths, with their links, all files that glibc may load, whatever the
 * processor: the variants of glibc-hwcaps (ld.so(8)) up to the first directory that has a
 * library for all processors, which comes last. False if nothing is found.
 */
bool libsearch_find(struct libsearch *search, const struct lib_object *asking,
		    const char *name, const struct strvec *first, struct strvec *paths);

/* Append the directories that @object's linker searches by default. */
void libsearch_system_dirs(struct libsearch *search, const struct lib_object *object,
			   struct strvec *dirs);

#endif

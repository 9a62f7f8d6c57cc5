/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which file ld.so(8) would load for the name of a shared library. */
#ifndef RAPIDO_LIBSEARCH_H
#define RAPIDO_LIBSEARCH_H

#include "elffile.h"
#include "strmap.h"
#include "sysroot.h"

struct libsearch {
	struct sysroot *root;
	struct strvec conf_dirs; /* /etc/ld.so.conf's */
	struct strmap found; /* "class machine name" -> path in the system directories */
	bool beyond_system_dirs; /* a library was found only through ld.so.conf */
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
 * Find @name for the object @asking: a path if it has a slash; else by DT_RPATH of the
 * object and of those that loaded it, @first (as LD_LIBRARY_PATH would; may be NULL), its
 * DT_RUNPATH, /etc/ld.so.conf and the system's directories. Files of another ELF class or
 * machine are passed over. The path, with its links, on the heap; or NULL.
 */
char *libsearch_find(struct libsearch *search, const struct lib_object *asking,
		     const char *name, const struct strvec *first);

/* The first of @dirs that has a @name which could be loaded beside @elf. Heap, or NULL.
 */
char *libsearch_in(struct libsearch *search, const struct strvec *dirs, const char *name,
		   const struct elf_file *elf);

/* Only /etc/ld.so.conf's directories and the system's. The search's, or NULL. */
const char *libsearch_system(struct libsearch *search, const char *name,
			     const struct elf_file *elf);

#endif

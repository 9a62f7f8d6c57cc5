/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which options build a module, by the lines `obj-$(CONFIG_X) += name.o` and
 * `obj-$(CONFIG_X) += dir/` in the Makefiles and Kbuild files of a kernel's source; see
 * the kernel's Documentation/kbuild/makefiles.rst.
 */
#ifndef RAPIDO_KBUILD_H
#define RAPIDO_KBUILD_H

#include "kconfig/kexpr.h"
#include "lib/strmap.h"

/* Limits, which no kernel comes near; the rest is not read. */
#define KBUILD_DIRS_MAX	 16384
#define KBUILD_FILE_MAX	 (1 << 20)
#define KBUILD_DEPTH_MAX 32
/* Lines for one name; a name with more says nothing ("core.o", "main.o"). */
#define KBUILD_OBJECTS_MAX 256

struct kbuild_dir;

/* A line that names the object of a module. */
struct kbuild_object {
	struct kbuild_object *next;    /* in any order */
	const char *symbol;	       /* without CONFIG_ */
	const struct kexpr *condition; /* of the ifdefs around the line */
	struct kbuild_dir *dir;
};

struct kbuild {
	struct pool pool;
	struct strmap dirs;    /* by path below the source */
	struct strmap objects; /* by name, with '_' for '-' */
	char *srcdir;
	const char *arch;
};

#define KBUILD_INIT \
	{           \
		0   \
	}

void kbuild_release(struct kbuild *kbuild);

/*
 * Read the Makefiles below @srcdir, from the top down, as make would with all options on;
 * of arch/ only @arch, which must outlive the kbuild. Unreadable files, and what make
 * would have to compute, are left out. 0, or -errno if the top has neither file.
 */
int kbuild_read(struct kbuild *kbuild, const char *srcdir, const char *arch);

/* The same from the text of a Makefile at the top, for tests. */
void kbuild_parse(struct kbuild *kbuild, const char *text, const char *srcdir,
		  const char *arch);

/*
 * The lines that build the module @name ('-' and '_' are the same) by an option of its
 * own: a list, with several elements if several options or directories have a module of
 * this name. NULL if there are none.
 */
const struct kbuild_object *kbuild_objects(const struct kbuild *kbuild, const char *name);

/*
 * What must be on, besides its own symbol, for make to reach @object: the options of the
 * directories above it, and its condition. The kbuild's.
 */
const struct kexpr *kbuild_reached(struct kbuild *kbuild,
				   const struct kbuild_object *object);

#endif

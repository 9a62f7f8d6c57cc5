/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which options make a module: what the Makefiles and Kbuild files of a kernel's source
 * say, by their lines `obj-$(CONFIG_X) += name.o` and `obj-$(CONFIG_X) += dir/`; see the
 * kernel's Documentation/kbuild/makefiles.rst.
 */
#ifndef RAPIDO_KBUILD_H
#define RAPIDO_KBUILD_H

#include "kconfig/kexpr.h"
#include "lib/strmap.h"

/* What is beyond these is not read: no kernel comes near them. */
#define KBUILD_DIRS_MAX	 16384
#define KBUILD_FILE_MAX	 (1 << 20)
#define KBUILD_DEPTH_MAX 32
/* Lines for one name, beyond which it tells nothing ("core.o", "main.o"). */
#define KBUILD_OBJECTS_MAX 256

struct kbuild_dir;

/* One place where a module's object is named. */
struct kbuild_object {
	struct kbuild_object *next;    /* in no order that matters */
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
 * of arch/ only @arch, which must outlive the kbuild. What cannot be read, and what make
 * would have to compute, is left out. 0, or -errno when the top has neither file.
 */
int kbuild_read(struct kbuild *kbuild, const char *srcdir, const char *arch);

/* The same from the text of a Makefile at the top, for tests. */
void kbuild_parse(struct kbuild *kbuild, const char *text, const char *srcdir,
		  const char *arch);

/*
 * Where the module @name ('-' and '_' are the same) is built by an option of its own: a
 * list, with more than one element when several options or several directories have one
 * of this name. NULL when there is none.
 */
const struct kbuild_object *kbuild_objects(const struct kbuild *kbuild, const char *name);

/*
 * What must be on for make to come to @object, beside its own symbol: the options of the
 * directories above it, and its condition. The kbuild's.
 */
const struct kexpr *kbuild_reached(struct kbuild *kbuild,
				   const struct kbuild_object *object);

#endif

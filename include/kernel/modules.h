/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel modules with what they depend on, out of catalogues. A module is selected
 * together with its hard dependencies, its soft and weak ones that exist, and theirs.
 */
#ifndef RAPIDO_MODULES_H
#define RAPIDO_MODULES_H

#include "kernel/modcat.h"

struct modules;

/* A selected module; all strings are the `struct modules`' or its catalogues'. */
struct module {
	const char *name; /* "virtio_net" */
	const char
		*path; /* of the .ko file, absolute, as the host has it; NULL: built in */
	const char *place; /* below lib/modules/RELEASE in the image; NULL: built in */
	size_t order;	   /* as modules.order has it; external modules come last */
	bool packed;	   /* compressed there, and not in the image */
	bool from_build; /* its file is a build's output: with debug sections, unsigned */
	bool broken;	 /* cannot be loaded, and need not: no part of the image */
	int by;		 /* index of the module that wanted it, smaller; -1: asked for */
	const char *how; /* "a soft dependency of xfs"; NULL when asked for */
	const struct strvec *firmware; /* that it may ask for, as modcat_needs has it */
	int tag; /* the caller's, as given with the request that first selected it */
};

/*
 * Modules out of the catalogues @own, of the kernel's, and @extra, of external ones,
 * which hide the kernel's own of the same name. Both become the result's; either may be
 * NULL.
 */
struct modules *modules_new(struct modcat *own, struct modcat *extra);
void modules_free(struct modules *modules);

/*
 * Select the module or alias @name ('-' and '_' are the same). Every module of an alias
 * is taken. 0, also when it is built in (its soft dependencies are selected all the
 * same); -ENOENT when there is no such module; -EBADMSG when it cannot be loaded, and in
 * @why (heap) the reason as the second half of a sentence: "it needs 'libcrc32c', which
 * is not there".
 */
int modules_select(struct modules *modules, const char *name, int tag, char **why);

/* What is selected, in the order in which it was: a module before those that it wanted.
 */
size_t modules_count(const struct modules *modules);
const struct module *modules_get(const struct modules *modules, size_t i);

/*
 * Append the place of @name's module file and before it those of its dependencies, in the
 * order in which they must be loaded; nothing for one that is built in, broken or not
 * selected.
 */
void modules_load_order(const struct modules *modules, const char *name,
			struct strvec *places);

#endif

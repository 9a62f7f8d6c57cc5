/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Selection of kernel modules from catalogues. A module is selected together with its
 * hard dependencies, those soft and weak ones that exist, and theirs.
 */
#ifndef RAPIDO_MODULES_H
#define RAPIDO_MODULES_H

#include "kernel/modcat.h"

struct modules;

/* A selected module; all strings are the `struct modules`' or its catalogues'. */
struct module {
	const char *name;  /* "virtio_net" */
	const char *path;  /* absolute, of the .ko file on the host; NULL: built in */
	const char *place; /* below lib/modules/RELEASE in the image; NULL: built in */
	size_t order;	   /* position in modules.order; external modules come last */
	bool packed;	   /* the file is compressed; in the image it is not */
	bool from_build; /* its file is a build's output: with debug sections, unsigned */
	bool broken;	 /* cannot be loaded, and need not be: not in the image */
	int by;		 /* index of the module that wanted it, smaller; -1: asked for */
	const char *how; /* "a soft dependency of xfs"; NULL: asked for */
	const struct strvec *firmware; /* that it may load, see struct modcat_needs */
	int tag; /* the caller's, as given with the request that first selected it */
};

/*
 * Start a selection from the catalogues @own, the kernel's, and @extra, whose external
 * modules hide the kernel's of the same name. The result owns both; either may be NULL.
 */
struct modules *modules_new(struct modcat *own, struct modcat *extra);
void modules_free(struct modules *modules);

/*
 * Select the module @name ('-' and '_' are the same), or all modules with the alias
 * @name. 0, also if it is built in (its soft dependencies are selected, too); -ENOENT if
 * there is no such module; -EBADMSG if it cannot be loaded, and in @why (heap) the reason
 * as the second half of a sentence: "it needs 'libcrc32c', which is not there".
 */
int modules_select(struct modules *modules, const char *name, int tag, char **why);

/*
 * The selected modules in the order of their selection: a module before those that it
 * wanted.
 */
size_t modules_count(const struct modules *modules);
const struct module *modules_get(const struct modules *modules, size_t i);

/*
 * Append the places of the module files of @name and its dependencies, in the order in
 * which they must be loaded. Built-in, broken and unselected modules are left out.
 */
void modules_load_order(const struct modules *modules, const char *name,
			struct strvec *places);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel modules with what they depend on, by libkmod. A module is selected together with
 * its hard dependencies, its soft and weak ones that exist, and theirs.
 */
#ifndef RAPIDO_MODULES_H
#define RAPIDO_MODULES_H

#include "str.h"

struct modules;

/* A selected module; all strings are the `struct modules`'. */
struct module {
	const char *name; /* "virtio_net" */
	const char
		*path; /* of the .ko file, absolute, as the host has it; NULL: built in */
	int by;	       /* index of the module that wanted it, smaller; -1: asked for */
	const char *how; /* "a soft dependency of xfs"; NULL when asked for */
	int tag; /* the caller's, as given with the request that first selected it */
};

/*
 * Open the module directory @moddir (.../lib/modules/RELEASE), which must have been
 * through depmod(8). The host's modprobe.d is not looked at. 0; -ENOENT when depmod's
 * files are not there; another -errno.
 */
int modules_open(struct modules **modules, const char *moddir);
void modules_close(struct modules *modules);

/*
 * Select the module or alias @name ('-' and '_' are the same). Every module of an alias
 * is taken. 0, also when it is built in (its soft dependencies are selected all the
 * same); -ENOENT when there is no such module; -EBADMSG and its name in @missing (heap)
 * when a module that it depends on has no file.
 */
int modules_select(struct modules *modules, const char *name, int tag, char **missing);

/* What is selected, in the order in which it was: a module before those that it wanted.
 */
size_t modules_count(const struct modules *modules);
const struct module *modules_get(const struct modules *modules, size_t i);

/*
 * Append the path of @name's module file and before it those of its dependencies, in the
 * order in which they must be loaded; nothing for one that is built in or not selected.
 */
void modules_load_order(const struct modules *modules, const char *name,
			struct strvec *paths);

#endif

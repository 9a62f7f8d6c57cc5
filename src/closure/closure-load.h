/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The libraries of one process. */
#ifndef RAPIDO_CLOSURE_LOAD_H
#define RAPIDO_CLOSURE_LOAD_H

#include "closure-parts.h"

/*
 * Add the libraries that @object, a program or a library, loads, and those that they load
 * in turn, to the plan. Report what is missing as @context says.
 */
void closure_load_libraries(struct closure *c, struct object *object,
			    const struct context *context);

/*
 * The dynamic linker in the guest does not know a manifest's @search directories. If
 * @path, the plan's @entry, was found in one of them, link to it from the first system
 * directory that exists, or from the same variant of glibc-hwcaps below that. @by is the
 * object that needs it. @search may be NULL.
 */
void closure_link_from_system_dir(struct closure *c, const char *path,
				  const struct strvec *search,
				  const struct lib_object *by, int entry);

#endif

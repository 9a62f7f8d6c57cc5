/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The libraries of one process. */
#ifndef RAPIDO_CLOSURE_LOAD_H
#define RAPIDO_CLOSURE_LOAD_H

#include "closure-parts.h"

/*
 * Add to the plan what @object, a program or a library, loads, and what that loads in
 * turn. What is missing is reported by the rules of @context.
 */
void closure_load_libraries(struct closure *c, struct object *object,
			    const struct context *context);

/*
 * The dynamic linker in the guest knows nothing of a manifest's @search directories. If
 * @path, which is the plan's @entry, was found in one of them, have it found in the first
 * system directory that there is, or in the same variant of glibc-hwcaps below that. @by
 * is the object that asked for it. @search may be NULL.
 */
void closure_link_from_system_dir(struct closure *c, const char *path,
				  const struct strvec *search,
				  const struct lib_object *by, int entry);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filling in the lists of modcat.h. */
#ifndef RAPIDO_MODCAT_NEEDS_H
#define RAPIDO_MODCAT_NEEDS_H

#include "kernel/modcat.h"

/* Append a module with nothing in it. */
struct modcat_module *modcat_list_add(struct modcat_list *list);

/*
 * Append the names in a softdep value, "pre: NAME... post: NAME...". Names before any
 * phase, an old mistake in some modules, are taken for pre: ones; modprobe passes over
 * them.
 */
void modcat_add_softdep(struct modcat_needs *needs, const char *value);

/* Append the firmware of a module's .modinfo section, see kofile.h. */
void modcat_add_firmware(struct modcat_needs *needs, const char *info, size_t size);

#endif

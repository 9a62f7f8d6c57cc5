/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two kinds of catalogues of modules; each has a struct that begins with struct
 * modcat. */
#ifndef RAPIDO_MODCAT_KINDS_H
#define RAPIDO_MODCAT_KINDS_H

#include "kernel/modcat.h"

struct modcat {
	bool is_build; /* modcat-files.c's, else modcat-installed.c's */
};

void modcat_installed_lookup(struct modcat *cat, const char *name,
			     struct modcat_list *list);
void modcat_installed_users(struct modcat *cat, const char *needed,
			    struct modcat_list *list);
int modcat_installed_get_needs(struct modcat *cat, const struct modcat_module *module,
			       struct modcat_needs *needs, char **why);
void modcat_installed_close(struct modcat *cat);

void modcat_files_lookup(struct modcat *cat, const char *name, struct modcat_list *list);
void modcat_files_users(struct modcat *cat, const char *needed, struct modcat_list *list);
int modcat_files_get_needs(struct modcat *cat, const struct modcat_module *module,
			   struct modcat_needs *needs, char **why);
void modcat_files_close(struct modcat *cat);

#endif

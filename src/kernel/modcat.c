// SPDX-License-Identifier: GPL-2.0-or-later
/* A catalogue is of one of two kinds; this hands each question to its own. */
#include "modcat-kinds.h"

bool modcat_is_build(const struct modcat *cat)
{
	return cat->is_build;
}

void modcat_close(struct modcat *cat)
{
	if (cat && cat->is_build)
		modcat_files_close(cat);
	else if (cat)
		modcat_installed_close(cat);
}

void modcat_lookup(struct modcat *cat, const char *name, struct modcat_list *list)
{
	if (cat->is_build)
		modcat_files_lookup(cat, name, list);
	else
		modcat_installed_lookup(cat, name, list);
}

void modcat_users(struct modcat *cat, const char *needed, struct modcat_list *list)
{
	if (cat->is_build)
		modcat_files_users(cat, needed, list);
	else
		modcat_installed_users(cat, needed, list);
}

int modcat_get_needs(struct modcat *cat, const struct modcat_module *module,
		     struct modcat_needs *needs, char **why)
{
	*why = NULL;
	return cat->is_build ? modcat_files_get_needs(cat, module, needs, why)
			     : modcat_installed_get_needs(cat, module, needs, why);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of modules, and what a module needs, as both kinds of catalogues fill them in. */
#include "kernel/kofile.h"
#include "modcat-needs.h"

void modcat_list_release(struct modcat_list *list)
{
	free(list->v);
	*list = (struct modcat_list){ 0 };
}

struct modcat_module *modcat_list_add(struct modcat_list *list)
{
	ALLOC_GROW(list->v, list->nr, list->alloc);
	list->v[list->nr] = (struct modcat_module){ 0 };
	return &list->v[list->nr++];
}

void modcat_needs_release(struct modcat_needs *needs)
{
	strvec_release(&needs->hard);
	strvec_release(&needs->pre);
	strvec_release(&needs->post);
	strvec_release(&needs->weak);
	strvec_release(&needs->firmware);
}

void modcat_add_softdep(struct modcat_needs *needs, const char *value)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	struct strvec *phase = &needs->pre;

	strvec_split(&words, value, " \t");
	for (size_t i = 0; i < words.nr; i++) {
		const char *word = words.v[i];

		if (ends_with(word, ":"))
			phase = streq(word, "pre:")    ? &needs->pre
				: streq(word, "post:") ? &needs->post
						       : NULL;
		else if (phase)
			strvec_push(phase, word);
	}
}

void modcat_add_firmware(struct modcat_needs *needs, const char *info, size_t size)
{
	struct kofile_cursor cursor = { info, info + size };
	const char *value;

	while ((value = kofile_next_value(&cursor, "firmware")))
		strvec_push(&needs->firmware, value);
}

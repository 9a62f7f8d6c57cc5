// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of back ends: the only file beside theirs that knows which there are. */
#include "qemu.h"

/* The last one is for whatever no other takes. */
static const struct vm_backend *const backends[] = { &vm_qemu };

static const struct vm_backend *usual(void)
{
	return backends[ARRAY_SIZE(backends) - 1];
}

const struct vm_backend *backend_for(const struct kernel_image *image)
{
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++)
		if (backends[i]->takes(image))
			return backends[i];
	return NULL;
}

bool backend_is_process(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++)
		if (backends[i]->is_process(name))
			return true;
	return false;
}

void backend_check(const struct conf *conf, const struct arch *arch,
		   struct report *report)
{
	usual()->check(conf, arch, report);
}

char *backend_missing(const struct conf *conf, const struct arch *arch)
{
	return usual()->missing(conf, arch);
}

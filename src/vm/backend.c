// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of back ends: the only file beside theirs that knows which there are. */
#include "qemu.h"
#include "uml.h"

static const struct vm_backend *const backends[] = { &vm_qemu, &vm_uml };

const struct vm_backend *backend_for(const struct kernel_image *image)
{
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++)
		if (backends[i]->takes(image))
			return backends[i];
	return NULL;
}

static const struct vm_backend *backend_for_arch(const struct arch *arch)
{
	const struct kernel_image image = { .arch = arch };

	return backend_for(&image);
}

bool backend_is_process(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++)
		if (backends[i]->is_process && backends[i]->is_process(name))
			return true;
	return false;
}

void backend_check(const struct conf *conf, const struct arch *arch,
		   struct report *report)
{
	const struct vm_backend *backend = backend_for_arch(arch);

	if (!backend)
		report_error(report, "rapido cannot run kernels for %s", arch->machine);
	else if (backend->check)
		backend->check(conf, arch, report);
}

const char *backend_accel(const char *name)
{
	static const char *const names[] = { "kvm", "tcg", "uml" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (streq(names[i], name))
			return names[i];
	return NULL;
}

char *backend_missing(const struct conf *conf, const struct arch *arch)
{
	const struct vm_backend *backend = backend_for_arch(arch);

	return backend && backend->missing ? backend->missing(conf, arch) : NULL;
}

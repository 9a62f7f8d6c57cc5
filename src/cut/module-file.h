/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of the kernel's modules on their way into an image. An installed module is
 * copied. One that a build left behind loses its debug sections, and is signed for a
 * kernel that loads signed modules only.
 */
#ifndef RAPIDO_MODULE_FILE_H
#define RAPIDO_MODULE_FILE_H

#include "closure/sysroot.h"
#include "image/plan.h"
#include "kernel/kconfig.h"
#include "kernel/kernel.h"
#include "kernel/modsign.h"
#include "kernel/modules.h"
#include "lib/report.h"

struct module_files {
	/* set by the caller */
	const struct kernel *kernel;
	const struct kconfig *config; /* the kernel's; path NULL: not known */
	bool keep_debug;	      /* KEEP_DEBUG: debug sections stay */
	const char *tmp;	      /* directory for temporary files */
	struct plan *plan;
	struct sysroot *host; /* has the modules */
	struct report *report;
	/* MODULE_FILES_INIT's */
	struct modsign modsign; /* set up when the first module must be signed */
	bool cannot_sign;	/* that has been reported */
};

#define MODULE_FILES_INIT .modsign = MODSIGN_INIT

void module_files_release(struct module_files *files);

/* Add the file of @module as @path. Errors are reported. */
void module_files_add(struct module_files *files, const struct module *module,
		      const char *path, struct plan_reason reason);

#endif

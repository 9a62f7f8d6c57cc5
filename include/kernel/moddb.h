/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The module database of an image, which depmod(8) makes of the modules in the image. It
 * runs in the background, on a directory of links.
 */
#ifndef RAPIDO_MODDB_H
#define RAPIDO_MODDB_H

#include "kernel/modules.h"
#include "image/plan.h"
#include "lib/process.h"
#include "lib/report.h"
#include "lib/tmpdir.h"

struct moddb {
	struct tmpdir tmpdir;
	struct process depmod;
	char *dir; /* below tmpdir: lib/modules/RELEASE */
	char *release;
};

#define MODDB_INIT                                            \
	{                                                     \
		.tmpdir = TMPDIR_INIT, .depmod = PROCESS_INIT \
	}

/*
 * Start depmod for the selected @modules. @dir is where the kernel's own are: its
 * lib/modules/RELEASE, or, with @tree, the output directory of its build; NULL if it has
 * none. @tmp: a directory for temporary files. 0, or -errno after a report.
 */
int moddb_start(struct moddb *db, const struct modules *modules, const char *dir,
		bool tree, const char *release, const char *tmp, struct report *report);

/* Wait for it and add its files below /lib/modules/RELEASE. 0, or -errno after a report.
 */
int moddb_finish(struct moddb *db, struct plan *plan, struct plan_reason reason,
		 struct report *report);

void moddb_release(struct moddb *db);

/* The path of a module in the image: "/lib/modules/RELEASE/PLACE". Heap. */
char *moddb_image_path(const char *release, const char *place);

#endif

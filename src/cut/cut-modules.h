/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel modules of an image: which ones the manifest, EXTRA_MODULES and rapido
 * itself ask for, their files and firmware, and the database that modprobe reads.
 */
#ifndef RAPIDO_CUT_MODULES_H
#define RAPIDO_CUT_MODULES_H

#include "closure/sysroot.h"
#include "conf/manifest.h"
#include "cut-share.h"
#include "image/image.h"
#include "kernel/kconfig.h"
#include "kernel/kernel.h"
#include "kernel/moddb.h"

struct cut_modules {
	/* set by the caller */
	const struct conf *conf;
	const struct kernel *kernel;
	const struct kconfig *config; /* the kernel's; path NULL: not known */
	const struct manifest *manifest;
	const struct plan_reason *reasons; /* for the entries of the manifest */
	const struct strvec *bases;	   /* see manifest_locate() */
	const struct image_info *info;	   /* with disks and network */
	const struct strvec *network;	   /* names of those that the network may use */
	bool disks; /* the VM gets disks that the manifest does not know */
	const struct cut_extras *extras; /* with shares; or NULL */
	bool run;			 /* for `rapido run`, which has an agent */
	const char *tmp;		 /* directory for temporary files */
	struct sysroot *host;		 /* has modules and firmware */
	struct plan *plan;
	struct report *report;
	struct strvec
		*absent_firmware; /* gets a sentence for each module that names some */
	/* CUT_MODULES_INIT's */
	struct modules *modules;    /* those selected; NULL: none yet */
	struct modcat *own, *extra; /* the kernel's and the external ones; owned by
				       @modules */
	struct strvec kunit;	    /* names of those with KUnit tests */
	bool for_test;		    /* some are there before init loads its own */
	const struct cut_share_type *share; /* what init mounts shares with, or NULL */
	struct moddb moddb;
};

#define CUT_MODULES_INIT .moddb = MODDB_INIT

void cut_modules_release(struct cut_modules *modules);

/* Select the modules, and start to make their database. Missing ones are reported. */
void cut_modules_select(struct cut_modules *modules);

/* The number of selected modules whose files come into the image. */
size_t cut_modules_count(const struct cut_modules *modules);

/* Add the modules' files and firmware, and the lists of the modules that init loads. */
void cut_modules_add(struct cut_modules *modules);

/* Add the database. An error is reported. */
void cut_modules_finish(struct cut_modules *modules);

#endif

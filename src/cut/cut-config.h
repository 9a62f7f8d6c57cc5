/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the kernel's configuration has what rapido and the test need. */
#ifndef RAPIDO_CUT_CONFIG_H
#define RAPIDO_CUT_CONFIG_H

#include "conf/manifest.h"
#include "kernel/kconfig.h"
#include "kernel/kernel.h"

struct cut_config {
	const struct kernel *kernel;
	const struct kconfig *config; /* the kernel's; path NULL: not known */
	const struct arch *arch;      /* or NULL */
	const struct manifest *manifest;
	const struct strvec *bases; /* see manifest_label() */
	unsigned int when;	    /* see needs.h */
	struct report *report;
};

/* Report the essential options that are missing. Nothing if the configuration is not
 * known.
 */
void cut_config_check(const struct cut_config *config);

/*
 * Report the rest, for `rapido check`: the options that are only wanted, as warnings,
 * and, if the kernel's source is there, the options of the manifest's modules.
 */
void cut_config_check_more(const struct cut_config *config);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's configuration in a cut: whether it has what rapido and the test need. */
#ifndef RAPIDO_CUT_CONFIG_H
#define RAPIDO_CUT_CONFIG_H

#include "cut/cut.h"

/* Read the kernel's configuration, if it is known where that is: cut->config. */
void cut_read_config(struct cut *cut);

/*
 * Report what is essential and missing, after the modules have been selected. Without a
 * configuration nothing is known, and nothing is said.
 */
void cut_check_config(struct cut *cut);

/*
 * Report the rest, for `rapido check`: what is only wanted, as warnings, and the options
 * of the manifest's modules, when the kernel's source is there to name them.
 */
void cut_check_config_more(struct cut *cut);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The modules of a cut: which the manifest and rapido itself want, and their files. */
#ifndef RAPIDO_CUT_MODULES_H
#define RAPIDO_CUT_MODULES_H

#include "cut/cut.h"

/*
 * Select the modules of the manifest, of EXTRA_MODULES, and those that init loads, and
 * start to make the database of them. What is missing is reported.
 */
void cut_select_modules(struct cut *cut);

/* How many of them have files that come into the image. */
size_t cut_count_modules(const struct cut *cut);

/*
 * Add the files of the selected modules, and the list of those that init loads. Modules
 * out of a build come without their debug sections, if KEEP_DEBUG does not keep them.
 */
void cut_add_modules(struct cut *cut);

#endif

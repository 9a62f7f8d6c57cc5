/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scripts of an image, /rapido_autorun/NNN-NAME, which bash sources one after the
 * other. What is no shell script is run by one: a program (ELF), or a script whose "#!"
 * line names another interpreter than a shell that bash understands.
 */
#ifndef RAPIDO_CUT_AUTORUN_H
#define RAPIDO_CUT_AUTORUN_H

#include "cut/cut.h"

/* Add those of an `autorun` line. What is missing is reported. */
void cut_add_autorun(struct cut *cut, const struct manifest_entry *entry,
		     struct plan_reason reason);

/* Add those of -f and -x, which come after the test's own. */
void cut_add_user_scripts(struct cut *cut);

#endif

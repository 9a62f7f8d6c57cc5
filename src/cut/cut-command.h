/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command of the command line: its program, its files, and what runs it. */
#ifndef RAPIDO_CUT_COMMAND_H
#define RAPIDO_CUT_COMMAND_H

#include "cut-autorun.h"
#include "cut/cut-extras.h"

/* All set by the caller. */
struct cut_command {
	struct plan *plan;
	struct closure *closure;
	struct sysroot *host; /* has the program and the files */
	struct report *report;
};

/*
 * Add the directory, the program with what it needs, the files, and the words for the
 * guest's init. Nothing if @extras has none of them. Errors are reported.
 */
void cut_command_add(const struct cut_command *command, const struct cut_extras *extras);

/*
 * Add the script that runs the command, as the last one, unless the command gets the
 * console.
 */
void cut_command_add_script(const struct cut_command *command,
			    const struct cut_extras *extras, struct cut_autorun *autorun);

#endif

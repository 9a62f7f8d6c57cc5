/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scripts of an image, /rapido_autorun/NNN-NAME, which bash sources one after the
 * other. A program (an ELF file, or a script whose "#!" line names an interpreter that is
 * not a shell) is run by a script of one line.
 */
#ifndef RAPIDO_CUT_AUTORUN_H
#define RAPIDO_CUT_AUTORUN_H

#include "closure/closure.h"

struct cut_autorun {
	/* set by the caller */
	struct plan *plan;
	struct closure *closure;
	struct sysroot *host; /* has the scripts */
	struct report *report;
	/* zero at first */
	unsigned int nr; /* number of the next script */
};

/*
 * Add the script or program @source, a path on the host. Errors are reported; the
 * messages begin with @at, "cut/x.fest:3", if that is not NULL.
 */
void cut_autorun_add(struct cut_autorun *autorun, const char *source, const char *at,
		     struct plan_reason reason);

/* Add a script with the one line @command. */
void cut_autorun_add_command(struct cut_autorun *autorun, const char *command,
			     struct plan_reason reason);

/*
 * Add the last script, whose name has no number if it is the only one. @name is a plain
 * name, see is_plain_name().
 */
void cut_autorun_add_text(struct cut_autorun *autorun, const char *name, const char *text,
			  struct plan_reason reason);

/* The directory above @path, or @path, that the VM mounts a file system on; or NULL. */
const char *cut_autorun_hidden_below(const char *path);

/* Whether the file @path is for the kernel or for an interpreter that is not a shell. */
bool cut_autorun_is_program(const char *path);

/* Whether bash can source scripts of the shell @name, which may be a path. */
bool cut_autorun_is_shell(const char *name);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that are not named in a manifest: those that the user's own scripts run, and
 * those of a prompt (prompt.h). What the host does not have is left out; nothing here can
 * make a cut fail.
 */
#ifndef RAPIDO_CUT_PROGRAMS_H
#define RAPIDO_CUT_PROGRAMS_H

#include "closure/closure.h"
#include "cut/cut-extras.h"

struct cut_programs {
	struct plan *plan; /* has everything else by now */
	struct closure *closure;
	struct sysroot *root; /* has the programs */
	bool host;	      /* which is the host's own: the caller's PATH counts */
	struct report *report;
	/* the files that the user gave with -f and -x, if the manifest has them */
	const struct strvec *scripts;
	const struct cut_extras *extras; /* the command behind "--"; may be NULL */
};

/*
 * Add the programs of the scripts from the plan's entry @first on, of those that are from
 * @programs->scripts, and of the command behind "--". Warn of a command that is nowhere.
 * With -v it is said what was added.
 */
void cut_programs_add_used(const struct cut_programs *programs, size_t first);

/*
 * Add the program @name, a name or an absolute path, unless the image has one. @callers:
 * the caller's PATH is searched first. Its name is appended to @added if it was added.
 * False if the host has none.
 */
bool cut_programs_add(const struct cut_programs *programs, const char *name, bool callers,
		      struct plan_reason reason, struct strbuf *added);

#endif

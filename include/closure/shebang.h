/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The "#!" line of a script: what the kernel starts, and what env(1) then starts. */
#ifndef RAPIDO_SHEBANG_H
#define RAPIDO_SHEBANG_H

#include "lib/util.h"

/* The kernel reads this much of a file to see what it is (BINPRM_BUF_SIZE). */
#define SHEBANG_MAX 256

struct shebang {
	char *interpreter; /* its path */
	char *argument;	   /* all that follows it, for the kernel one word; or NULL */
	char *program;	   /* if that is env: the one it runs, a name or path; or NULL */
	bool unknown; /* only the environment of the guest tells which program that is */
};

/*
 * Read the first line of a script, @text, as execve(2) does. The words after env are read
 * as coreutils' does: options and their arguments, -S with its quotes, escapes and
 * comments, assignments. That several words without -S are but one for env is overlooked.
 * False when it is no such line, or its interpreter no absolute path; else
 * shebang_release() afterwards.
 */
bool shebang_parse(struct shebang *shebang, const char *text);
void shebang_release(struct shebang *shebang);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The "#!" line of a script: the program that the kernel starts, and the one that env(1)
 * starts then.
 */
#ifndef RAPIDO_SHEBANG_H
#define RAPIDO_SHEBANG_H

#include "lib/util.h"

/* The kernel reads this much of a file to find out what it is (BINPRM_BUF_SIZE). */
#define SHEBANG_MAX 256

struct shebang {
	char *interpreter; /* its path */
	char *argument; /* everything that follows it, one word for the kernel; or NULL */
	char *program;	/* if the interpreter is env: the name or path of the program that
			   it runs; or NULL */
	bool unknown;	/* the program depends on the environment in the guest */
};

/*
 * Read the first line of a script, @text, as execve(2) does. The words after env are read
 * as coreutils' env reads them: options and their arguments, -S with its quotes, escapes
 * and comments, assignments. Several words without -S are split, too, although env gets
 * them as one. False if it is no "#!" line, or its interpreter is not an absolute path;
 * else shebang_release() afterwards.
 */
bool shebang_parse(struct shebang *shebang, const char *text);
void shebang_release(struct shebang *shebang);

#endif

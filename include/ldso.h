/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where ld.so(8) looks: system directories, /etc/ld.so.conf, and the tokens $ORIGIN, $LIB
 * and $PLATFORM in search paths.
 */
#ifndef RAPIDO_LDSO_H
#define RAPIDO_LDSO_H

#include "str.h"
#include "sysroot.h"

/* An ELF class and machine, as in <elf.h>. */
struct ldso_abi {
	int class;
	int machine;
};

/* Append the directories built into the dynamic linker for @abi, distributions' variants
 * too. */
void ldso_system_dirs(struct ldso_abi abi, struct strvec *dirs);

/*
 * Append the directories of /etc/ld.so.conf and what it includes, in order (ldconfig(8)).
 * No file, no directories.
 */
void ldso_conf_dirs(struct sysroot *root, struct strvec *dirs);

/*
 * Append the paths that @text stands for: its tokens, with or without braces, replaced.
 * $ORIGIN is @origin; $LIB and $PLATFORM have several values, each giving a path.
 */
void ldso_expand(const char *text, const char *origin, struct ldso_abi abi,
		 struct strvec *paths);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directories where rapido finds its files and keeps what it makes; see rapido(1),
 * FILES.
 */
#ifndef RAPIDO_DIRS_H
#define RAPIDO_DIRS_H

#include "lib/str.h"

/* All paths are absolute and on the heap; only rapido_dir is certain to exist. */
struct dirs {
	char *rapido_dir; /* has cut/ and autorun/ */
	char *exe_dir;	  /* has the rapido and rapido-cut programs */
	char *data;	  /* $XDG_DATA_HOME/rapido: the user's own tests */
	char *config;	  /* $XDG_CONFIG_HOME/rapido */
	char *state;	  /* images and pid files */
	char *cache;	  /* $XDG_CACHE_HOME/rapido: unpacked kernels */
};

/*
 * Find the directories by the environment (RAPIDO_DIR, HOME, XDG_*, see the XDG Base
 * Directory Specification) and by where the running program is: beside cut/ it is in a
 * checkout, else in an installed tree with its data in ../share/rapido. Without a home
 * directory that can be written to, the state is kept in a private directory below
 * $TMPDIR (/tmp), which is made. 0, or -errno after a message.
 */
int dirs_init(struct dirs *dirs);
void dirs_release(struct dirs *dirs);

/*
 * The directories in which relative names of a manifest are searched, the most important
 * first: the user's own, then RAPIDO_DIR.
 */
void dirs_bases(const struct dirs *dirs, struct strvec *bases);

#endif

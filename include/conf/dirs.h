/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where rapido finds its own things and keeps what it makes; see rapido(1), FILES. */
#ifndef RAPIDO_DIRS_H
#define RAPIDO_DIRS_H

#include "lib/str.h"

/* All absolute, all on the heap; none but rapido_dir need exist. */
struct dirs {
	char *rapido_dir; /* has cut/ and autorun/ */
	char *exe_dir;	  /* has the rapido and rapido-cut programs */
	char *data;	  /* $XDG_DATA_HOME/rapido: the user's own tests */
	char *config;	  /* $XDG_CONFIG_HOME/rapido */
	char *state;	  /* images and pid files */
	char *cache;	  /* $XDG_CACHE_HOME/rapido: unpacked kernels */
};

/*
 * Find them from the environment (RAPIDO_DIR, HOME, XDG_*, see the XDG Base Directory
 * Specification) and from where the running program lies: beside cut/ it is a checkout,
 * else an installed tree with its data in ../share/rapido. Without a home directory that
 * can be written to, what is kept goes to a private directory below $TMPDIR (/tmp), which
 * is made. 0, or -errno after a message.
 */
int dirs_init(struct dirs *dirs);
void dirs_release(struct dirs *dirs);

/*
 * The directories that relative names in a manifest are looked up in, most important
 * first: the user's own, then RAPIDO_DIR.
 */
void dirs_bases(const struct dirs *dirs, struct strvec *bases);

#endif

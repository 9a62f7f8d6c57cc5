/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signatures on modules, which a kernel with CONFIG_MODULE_SIG_FORCE demands of each that
 * it loads. `make modules_install` signs, a build does not: this does the same with the
 * build's own tool and key. Sources: the kernel's scripts/Makefile.modinst and
 * Documentation/admin-guide/module-signing.rst.
 */
#ifndef RAPIDO_MODSIGN_H
#define RAPIDO_MODSIGN_H

#include "lib/tmpdir.h"

struct modsign {
	char *program; /* OBJDIR/scripts/sign-file; NULL: not set up */
	char *hash;    /* "sha256" */
	char *key;     /* a PEM file, or a PKCS#11 URI */
	char *cert;
	struct tmpdir tmpdir;
};

#define MODSIGN_INIT                  \
	{                             \
		.tmpdir = TMPDIR_INIT \
	}

/*
 * Set up for the build in @objdir. @hash and @key are its CONFIG_MODULE_SIG_HASH and
 * CONFIG_MODULE_SIG_KEY; a relative key is looked for in @objdir, then in @srcdir (may be
 * NULL). @tmp: a directory to work in. 0, or -errno and the reason in @why (heap); then
 * there is nothing to release.
 */
int modsign_init(struct modsign *sign, const char *objdir, const char *srcdir,
		 const char *hash, const char *key, const char *tmp, char **why);
void modsign_release(struct modsign *sign);

/*
 * Sign the module of @size bytes at @data: a copy with its signature, on the heap. 0, or
 * -errno and the reason in @why (heap).
 */
int modsign_sign(struct modsign *sign, const void *data, size_t size, char **result,
		 size_t *result_size, char **why);

#endif

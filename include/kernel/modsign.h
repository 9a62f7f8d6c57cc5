/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signatures of modules. A kernel with CONFIG_MODULE_SIG_FORCE loads no others. `make
 * modules_install` signs modules, a build does not; this signs them with the build's own
 * tool and key. Sources: the kernel's scripts/Makefile.modinst and
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
 * CONFIG_MODULE_SIG_KEY; a relative key is looked up in @objdir, then in @srcdir (may be
 * NULL). @tmp: a directory for temporary files. 0, or -errno and the reason in @why
 * (heap); then there is nothing to release.
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 of files, by libarchive. */
#ifndef RAPIDO_DIGEST_H
#define RAPIDO_DIGEST_H

#include "lib/util.h"

#define DIGEST_HEX 64 /* its characters */

struct digest {
	char hex[DIGEST_HEX + 1]; /* lower case, with NUL */
};

/*
 * The digest of all of @fd, whose position is neither used nor changed. @tick is called
 * with @data from time to time, unless it is NULL. 0; -EOPNOTSUPP if libarchive was built
 * without SHA-256; or another -errno.
 */
int digest_file(struct digest *digest, int fd, void (*tick)(void *data), void *data);

/* Whether @text is such a digest: DIGEST_HEX lower-case digits. */
bool digest_is_valid(const char *text);

#endif

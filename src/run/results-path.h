/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which names and kinds of files are taken from a guest. */
#ifndef RAPIDO_RESULTS_PATH_H
#define RAPIDO_RESULTS_PATH_H

#include <sys/stat.h>

#include "lib/util.h"

/* Names with this end are rapido's own: a file has one until it is whole. */
#define RESULTS_TEMPORARY ".rapido-tmp"

/*
 * What is wrong with @path, which the guest sent as @len bytes, in words; NULL when it
 * may be used. @reserved: see results_init().
 */
const char *results_path_fault(const char *path, size_t len, const char *const *reserved);

/* What a file of this st_mode is that is neither a file nor a directory; NULL for these.
 */
const char *results_kind_fault(mode_t mode);

#endif

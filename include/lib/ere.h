/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * POSIX extended regular expressions of users, manifests and images. The libc's
 * regcomp(3) is not made for expressions of unknown origin: it recurses for each bracket,
 * and writes out each repetition, those of repetitions multiplied.
 */
#ifndef RAPIDO_ERE_H
#define RAPIDO_ERE_H

#include <regex.h>

/* Characters of an expression, with its repetitions written out as well. */
#define ERE_MAX 1000

/*
 * Compile @text for matches that need no positions (REG_NOSUB): 0, and @regex is the
 * caller's to regfree(3). -EINVAL when it is empty, larger than ERE_MAX, no expression,
 * or has a back-reference, with which libc may search for ever; then @why says so (heap).
 */
int ere_compile(regex_t *regex, const char *text, char **why);

/* The same for an expression that need not be kept. */
int ere_check(const char *text, char **why);

#endif

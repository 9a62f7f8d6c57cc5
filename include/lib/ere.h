/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * POSIX extended regular expressions that come from users, manifests and images. The
 * libc's regcomp(3) is not made for expressions of unknown origin: it recurses for each
 * bracket, and it writes out each repetition, so that nested repetitions multiply.
 */
#ifndef RAPIDO_ERE_H
#define RAPIDO_ERE_H

#include <regex.h>

/*
 * The limit for the characters of an expression, also with its repetitions written out.
 */
#define ERE_MAX 1000

/*
 * Compile @text for matches that need no positions (REG_NOSUB). 0, and the caller
 * releases @regex with regfree(3). -EINVAL, and @why says why (heap), if @text is empty,
 * larger than ERE_MAX, not a valid expression, or has a back-reference, for which libc
 * may search for ever.
 */
int ere_compile(regex_t *regex, const char *text, char **why);

/* Check an expression in the same way, without keeping it. */
int ere_check(const char *text, char **why);

#endif

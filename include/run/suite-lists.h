/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of cases that users have in files. */
#ifndef RAPIDO_SUITE_LISTS_H
#define RAPIDO_SUITE_LISTS_H

#include "run/suite.h"

/* A larger file is refused. */
#define SUITE_FILE_MAX (16 << 20)

/*
 * Read patterns of cases from @path ("-": standard input): one a line, '#' begins a
 * comment, as in the expunge lists of xfstests. What the comment says becomes the
 * element of @why (NULL: not wanted) with the same number, "" if nothing. 0, or -errno
 * after a message.
 */
int suite_patterns_read(const char *path, struct strvec *patterns, struct strvec *why);

/* Mark the cases that match one of the patterns in the file @path as known failures. A
 * pattern that matches no case of the list is no error, for it may be meant for others.
 * 0, or -errno after a message. */
int suite_known_read(struct suite *suite, const char *path);

#endif

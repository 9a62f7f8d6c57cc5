/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The messages of privilege-check.c: why a file is not trusted, and what to do. */
#ifndef RAPIDO_PRIVILEGE_REFUSE_H
#define RAPIDO_PRIVILEGE_REFUSE_H

#include <sys/stat.h>

#include "net/host/privilege.h"

/*
 * All log that @subject, the absolute path that was asked for, is not trusted. The second
 * and the third are about @path, which @st is of: @subject, or what is on the way to it.
 * A command is given for @subject alone, and never for a directory such as /tmp.
 */

/* For a reason without a remedy; @err is returned. */
int privilege_refuse(const char *subject, int err, const char *fmt, ...) _printf_(3, 4);

/* It belongs to somebody else. -EPERM. */
int privilege_refuse_owner(const struct privilege *privilege, const char *subject,
			   const char *path, const struct stat *st);

/* It can be written by @who; @mend is the command that ends that, without the path.
 * -EPERM. */
int privilege_refuse_writers(const struct privilege *privilege, const char *subject,
			     const char *path, const struct stat *st, const char *who,
			     const char *mend);

#endif

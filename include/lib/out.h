/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results for the user, on standard output. */
#ifndef RAPIDO_OUT_H
#define RAPIDO_OUT_H

#include "lib/util.h"

/*
 * Print as printf(3) does. On a terminal, invisible characters are escaped, see
 * strbuf_add_visible_text(); elsewhere every byte is written as it is.
 */
void out_print(const char *fmt, ...) _printf_(1, 2);

/* Print @size bytes in the same way. 0 or -errno. */
int out_write(const char *data, size_t size);

/* Write what is buffered. 0, or -errno of that or of an earlier print that failed. */
int out_flush(void);

#endif

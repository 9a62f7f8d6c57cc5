/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a file of any size line by line. */
#ifndef RAPIDO_LINES_H
#define RAPIDO_LINES_H

#include "lib/str.h"

struct lines {
	int fd;	    /* the caller's */
	size_t max; /* bytes of a line, without its newline */
	struct strbuf buf;
	size_t used; /* bytes at the beginning of buf that were returned */
	bool at_end;
};

#define LINES_INIT(file, longest)                                  \
	{                                                          \
		.fd = (file), .max = (longest), .buf = STRBUF_INIT \
	}

void lines_release(struct lines *lines);

/*
 * The next line, of @len bytes without its newline, which is replaced by a NUL; it may
 * have others. Valid until the next call. 1; 0 at the end of the file; -EFBIG if the line
 * is too long; -errno. @whole: it has a newline; only the last line may have none.
 */
int lines_next(struct lines *lines, char **line, size_t *len, bool *whole);

#endif

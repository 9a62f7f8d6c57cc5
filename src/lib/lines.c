// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads a file line by line. */
#include <errno.h>
#include <unistd.h>

#include "lib/lines.h"

#define PIECE 65536

void lines_release(struct lines *lines)
{
	strbuf_release(&lines->buf);
}

/* Have more of the file in the buffer, or note that there is no more. */
static int read_more(struct lines *lines)
{
	char piece[PIECE];
	ssize_t n;

	do
		n = read(lines->fd, piece, sizeof(piece));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	/* a long line comes in many pieces, and must not be moved for each */
	if (lines->used)
		strbuf_drop(&lines->buf, lines->used);
	lines->used = 0;
	strbuf_add(&lines->buf, piece, (size_t)n);
	lines->at_end = n == 0;
	return 0;
}

int lines_next(struct lines *lines, char **line, size_t *len, bool *whole)
{
	size_t searched = 0;

	for (;;) {
		char *begin = lines->buf.buf + lines->used;
		size_t size = lines->buf.len - lines->used;
		char *end = memchr(begin + searched, '\n', size - searched);
		int err;

		if ((end ? (size_t)(end - begin) : size) > lines->max)
			return -EFBIG;
		if (end || lines->at_end) {
			*line = begin;
			*len = end ? (size_t)(end - begin) : size;
			*whole = end;
			lines->used += *len + (end ? 1 : 0);
			if (end)
				*end = '\0';
			return end || size;
		}
		searched = size;
		err = read_more(lines);
		if (err)
			return err;
	}
}

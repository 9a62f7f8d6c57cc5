/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The syntax of systemd's files, see systemd.syntax(7): sections, assignments, comments,
 * lines that continue after a backslash. The meaning of names is up to the caller.
 */
#ifndef RAPIDO_INI_H
#define RAPIDO_INI_H

#include "lib/str.h"

enum ini_kind {
	INI_SECTION,
	INI_ASSIGNMENT,
	/* a wrong line: */
	INI_NO_SECTION,	   /* it begins with '[' but does not end in ']' */
	INI_NO_ASSIGNMENT, /* there is no '=', or nothing before it */
	INI_OUTSIDE,	   /* an assignment before the first section */
};

/* A reader, and what it has found last. */
struct ini {
	enum ini_kind kind;
	const char *begin, *end; /* its bytes in the text, including the last newline */
	unsigned int line;	 /* the first of its lines, from 1 */
	const char *section;	 /* that it is in or begins; owned by the reader */
	/* without the white space around them; "" if there is none; owned by the reader
	 */
	const char *key, *value;
	/* private */
	unsigned int next_line;
	struct strbuf joined;
	char *name;
	bool ignored;
};

/* Begin to read @text, which must stay valid. ini_release() afterwards. */
void ini_init(struct ini *ini, const char *text);
void ini_release(struct ini *ini);

/*
 * Go to the next section, assignment or wrong line; false at the end. Skips sections
 * whose name begins with "X-", which are for other programs, and what follows a section
 * with a wrong name.
 */
bool ini_next(struct ini *ini);

/*
 * Whether @text, a file's contents, is UTF-8, without control characters other than tabs
 * and line ends. If not, @line is the number of the line where that shows.
 */
bool ini_is_text(const char *text, unsigned int *line);

#endif

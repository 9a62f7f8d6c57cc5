/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The syntax of systemd's files, as systemd.syntax(7) has it: sections, assignments,
 * comments, lines that go on after a backslash. What the names mean is others' business.
 */
#ifndef RAPIDO_INI_H
#define RAPIDO_INI_H

#include "lib/str.h"

enum ini_kind {
	INI_SECTION,
	INI_ASSIGNMENT,
	/* what is wrong with a line: */
	INI_NO_SECTION,	   /* it begins with '[' but does not end in ']' */
	INI_NO_ASSIGNMENT, /* there is no '=', or nothing before it */
	INI_OUTSIDE,	   /* an assignment before the first section */
};

/* Where a reader is, and what it found there. */
struct ini {
	enum ini_kind kind;
	const char *begin, *end; /* its bytes in the text, with their last newline */
	unsigned int line;	 /* the first of its lines, from 1 */
	const char *section;	 /* that it is in, or begins; the reader's */
	/* without the white space around them; "" where there is none; the reader's */
	const char *key, *value;
	/* the rest is the reader's own */
	unsigned int next_line;
	struct strbuf joined;
	char *name;
	bool ignored;
};

/* Begin to read @text, which must stay. ini_release() frees what the reader has. */
void ini_init(struct ini *ini, const char *text);
void ini_release(struct ini *ini);

/*
 * Go to the next section, assignment or wrong line; false at the end. Sections whose name
 * begins with "X-" are for other programs and passed over, and so is what follows a wrong
 * line of a section.
 */
bool ini_next(struct ini *ini);

/*
 * Whether @text, a file's, has nothing in it but UTF-8 without control characters but
 * tabs and line ends. Else false, and @line is where.
 */
bool ini_is_text(const char *text, unsigned int *line);

#endif

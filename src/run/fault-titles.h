/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own words at the head of its reports: which line of the log is the title
 * of one, and of which kind. Putting reports together is faults.h.
 */
#ifndef RAPIDO_FAULT_TITLES_H
#define RAPIDO_FAULT_TITLES_H

#include "lib/util.h"

/* What a title says of the report that it heads. */
enum {
	TITLE_SENTENCE = 1, /* "kernel BUG at" or "WARNING: CPU:" will follow, or has to
			       be expected: they are the same report's */
	TITLE_TRAP = 2,	    /* WARN() or BUG() itself */
	TITLE_DIES = 4,	    /* an oops will follow */
	TITLE_DIE = 8,	    /* the line of an oops that has its number, "[#1]" */
	TITLE_RULED = 16,   /* the report ends with a line of "=" */
	TITLE_LINE = 32,    /* the title is all there is */
	TITLE_PANIC = 64,
	TITLE_CUT = 128,      /* "cut here" may stand before it, as before TITLE_SENTENCE,
				 TITLE_TRAP and TITLE_DIE */
	TITLE_PREFIXED = 256, /* names of a subsystem, driver or device may stand before
				 it, each with ": " */
};

struct fault_title {
	const char *kind;  /* static */
	const char *start; /* the line begins with this */
	const char *rest;  /* POSIX extended, for what follows @start; NULL: anything */
	unsigned int flags;
};

/* The table's regular expressions, compiled when they are first needed. */
struct fault_titles {
	unsigned char first[256]; /* by a title's first byte its number in the table, plus
				     1, ... */
	unsigned char *next;	  /* ... and after it that of the next with this byte */
	struct fault_regex *compiled;
};

void fault_titles_init(struct fault_titles *titles);
void fault_titles_release(struct fault_titles *titles);

/* The title that the line @text is, or NULL. Cheap for lines that are none. */
const struct fault_title *fault_titles_find(struct fault_titles *titles,
					    const char *text);

/* Whether a panic with this line comes of a report that went before. */
bool fault_titles_is_consequence(struct fault_titles *titles, const char *text);

/* The table itself, for documentation and tests: NULL after the last. */
const struct fault_title *fault_titles_get(size_t i);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's words at the head of its reports: which line of the log is the title of a
 * report, and of which kind. faults.h puts reports together.
 */
#ifndef RAPIDO_FAULT_TITLES_H
#define RAPIDO_FAULT_TITLES_H

#include "lib/util.h"

/* The form of a report, by its title. */
enum {
	TITLE_SENTENCE = 1, /* "kernel BUG at" or "WARNING: CPU:" may follow in the same
			       report */
	TITLE_TRAP = 2,	    /* WARN() or BUG() itself */
	TITLE_DIES = 4,	    /* an oops will follow */
	TITLE_DIE = 8,	    /* the line of an oops that has its number, "[#1]" */
	TITLE_RULED = 16,   /* the report ends with a line of "=" */
	TITLE_LINE = 32,    /* the report is only its title */
	TITLE_PANIC = 64,
	TITLE_CUT = 128,      /* "cut here" may come before it, as before TITLE_SENTENCE,
				 TITLE_TRAP and TITLE_DIE */
	TITLE_PREFIXED = 256, /* names of a subsystem, driver or device may come before
				 it, each followed by ": " */
};

struct fault_title {
	const char *kind;  /* static */
	const char *start; /* the line begins with this */
	const char *rest;  /* POSIX extended, for the text after @start; NULL: anything */
	unsigned int flags;
};

/* The table's regular expressions, compiled when they are first needed. */
struct fault_titles {
	unsigned char first[256]; /* by its first byte, a title's number in the table plus
				     1, ... */
	unsigned char *next;	  /* ... and by number, the next title with that byte */
	struct fault_regex *compiled;
};

void fault_titles_init(struct fault_titles *titles);
void fault_titles_release(struct fault_titles *titles);

/* The title of the line @text, or NULL. Cheap for lines that are not titles. */
const struct fault_title *fault_titles_find(struct fault_titles *titles,
					    const char *text);

/* Whether a panic with this line follows from the report before it. */
bool fault_titles_is_consequence(struct fault_titles *titles, const char *text);

/* The table's entries, for documentation and tests: NULL after the last. */
const struct fault_title *fault_titles_get(size_t i);

#endif

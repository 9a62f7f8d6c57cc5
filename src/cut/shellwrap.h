/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the words of a simple command mean: between shellwords.c and shellwrap.c. */
#ifndef RAPIDO_SHELLWRAP_H
#define RAPIDO_SHELLWRAP_H

#include "cut/shellwords.h"
#include "lib/str.h"

struct shell_arg {
	struct strbuf text; /* without quotes and expansions */
	bool literal;	    /* the shell takes the text as it is */
	bool quoted;	    /* in part or whole */
	bool assignment;    /* begins with an unquoted NAME= */
};

#define SHELL_ARG_INIT              \
	{                           \
		.text = STRBUF_INIT \
	}

void shell_arg_release(struct shell_arg *arg);

/*
 * Add what the simple command of these words runs. @certain: see struct shellword.
 * @depth: that of the command in its script.
 */
void shellwords_take(struct shellwords *words, const struct shell_arg *args, size_t nr,
		     bool certain, unsigned int depth);

/* The script may make the file that @arg names. */
void shellwords_note_path(struct shellwords *words, const struct shell_arg *arg);

/* Scan a text that is inside of a script, at this depth; at more than 0 none of its
 * commands is certain. */
void shellwords_scan_text(struct shellwords *words, const char *text, unsigned int depth);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses one line of TAP or KTAP. tap.h puts lines together. */
#ifndef RAPIDO_TAP_LINE_H
#define RAPIDO_TAP_LINE_H

#include "lib/util.h"

enum tap_line_type {
	TAP_LINE_OTHER,
	TAP_LINE_VERSION, /* "TAP version 14", "KTAP version 1" */
	TAP_LINE_PLAN,	  /* "1..5", "1..0 # SKIP why" */
	TAP_LINE_POINT,	  /* "ok 1 - name # SKIP why" */
	TAP_LINE_SUBTEST, /* "# Subtest: name" */
	TAP_LINE_RUNNER,  /* "# selftests: dir: program" of the kernel's kselftest */
	TAP_LINE_NOTE,	  /* "# anything else" */
	TAP_LINE_YAML,	  /* "---" */
	TAP_LINE_BAIL,	  /* "Bail out! why" */
};

enum tap_directive { TAP_DIRECTIVE_NONE, TAP_DIRECTIVE_SKIP, TAP_DIRECTIVE_TODO };

struct tap_line {
	enum tap_line_type type;
	size_t indent;	  /* columns; a tab advances to the next multiple of 8 */
	const char *text; /* of a note or subtest; NULL: none */
	bool ktap;	  /* a version line of KTAP */
	bool ok;	  /* of a point */
	size_t number;	  /* of a point, 0: none; of a plan, the last one */
	char *name;	  /* of a point; heap; NULL: none */
	char *reason;	  /* the text after its directive, or after "#"; heap */
	enum tap_directive directive;
};

/* Whether the line of @len bytes at @text may be of another type than TAP_LINE_OTHER;
 * quick.
 */
bool tap_line_may_be(const char *text, size_t len);

/*
 * Parse @text, a line without its newline. Directives are SKIP, and TODO or XFAIL, in
 * upper or lower case; others ("TIMEOUT", "exit=1") are part of the reason. Escapes
 * ("\#") in a name are undone.
 */
void tap_line_parse(struct tap_line *line, const char *text);
void tap_line_release(struct tap_line *line);

#endif

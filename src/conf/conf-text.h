/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a rapido.conf before libconfig parses it: it is changed so that libconfig
 * understands it as a shell would.
 */
#ifndef RAPIDO_CONF_TEXT_H
#define RAPIDO_CONF_TEXT_H

#include "lib/util.h"

/* Replaces "\$" until the references are replaced. */
#define CONF_QUOTED_DOLLAR '\x01'

/*
 * @text without a byte order mark at its beginning, and without the carriage returns
 * before its newlines. Heap.
 */
char *conf_text_unix(const char *text);

/*
 * The line of the first quote in @text that is not closed; 0 if there is none. The quote
 * that is left over at the end is usually not the one: an unclosed string ends at the
 * quote that opens the next value.
 */
unsigned int conf_text_unclosed(const char *text);

/*
 * Change what libconfig understands differently from a shell: in double quotes, a
 * backslash-newline joins two lines, and a backslash before any character but \ " $ `
 * stands for itself. Comments are removed. The numbers of lines outside of strings stay
 * right: after the string an empty line is added for each joined one. Heap.
 */
char *conf_text_alike(const char *text);

/*
 * The line of the first @include directive in @text, which comes from conf_text_alike();
 * 0 if there is none. See "Include Directives" in libconfig's manual: it could read any
 * file.
 */
unsigned int conf_text_include(const char *text);

/* The start of line @line (from 1) of @text, or NULL. */
const char *conf_text_line(const char *text, unsigned int line);

#endif

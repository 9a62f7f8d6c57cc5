/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a rapido.conf before libconfig parses it: what a shell and it see alike. */
#ifndef RAPIDO_CONF_TEXT_H
#define RAPIDO_CONF_TEXT_H

#include "lib/util.h"

/* Stands for a '$' with a backslash before it until the references are replaced. */
#define CONF_QUOTED_DOLLAR '\x01'

/*
 * @text as if it had been written on Unix: without a byte order mark at its beginning,
 * and without the carriage returns before its newlines. Heap.
 */
char *conf_text_unix(const char *text);

/*
 * The line with the first quote that is not closed, in @text, which is no valid file; 0:
 * there is none. It is not the one that is left over at the end: the quote of the next
 * value closes it by mistake.
 */
unsigned int conf_text_unclosed(const char *text);

/*
 * What libconfig understands differently from a shell, made alike: in double quotes a
 * backslash-newline joins two lines, and a backslash before any other character than
 * \ " $ ` stands for itself. Comments are left out. Line numbers outside of strings stay
 * right, because joined lines are made up for after the string. Heap.
 */
char *conf_text_alike(const char *text);

/*
 * The line of the first @include directive of conf_text_alike()'s @text; 0: there is
 * none. See "Include Directives" in libconfig's manual: it would read any file.
 */
unsigned int conf_text_include(const char *text);

/* The start of line @line (from 1) of @text, or NULL. */
const char *conf_text_line(const char *text, unsigned int line);

#endif

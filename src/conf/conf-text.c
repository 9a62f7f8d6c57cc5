// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of a rapido.conf before libconfig parses it. */
#include <ctype.h>

#include "conf-text.h"
#include "lib/str.h"

#define BOM "\xef\xbb\xbf"

char *conf_text_unix(const char *text)
{
	struct strbuf out = STRBUF_INIT;

	if (starts_with(text, BOM))
		text += strlen(BOM);
	for (; *text; text++)
		if (*text != '\r' || text[1] != '\n')
			strbuf_addch(&out, *text);
	return strbuf_detach(&out);
}

/*
 * The length of the comment at the beginning of @text, without the newline after it; 0 if
 * there is none. A comment that is not closed is left for libconfig to report.
 */
static size_t comment_length(const char *text)
{
	const char *end;

	if (*text == '#' || starts_with(text, "//"))
		return strcspn(text, "\n");
	end = starts_with(text, "/*") ? strstr(text + 2, "*/") : NULL;
	return end ? (size_t)(end - text) + 2 : 0;
}

/* Appends the replacement for a comment: it separates words, and keeps the lines. */
static void add_blank(struct strbuf *out, const char *comment, size_t len)
{
	strbuf_addch(out, ' ');
	for (size_t i = 0; i < len; i++)
		if (comment[i] == '\n')
			strbuf_addch(out, '\n');
}

/* Appends the replacement for a backslash and @c in a string. */
static void add_escaped(struct strbuf *out, char c)
{
	if (c == '\\' || c == '"')
		strbuf_addf(out, "\\%c", c);
	else if (c == '$')
		strbuf_addch(out, CONF_QUOTED_DOLLAR);
	else if (c == '`')
		strbuf_addch(out, '`');
	else
		strbuf_addf(out, "\\\\%c", c);
}

char *conf_text_alike(const char *text)
{
	struct strbuf out = STRBUF_INIT;
	bool in_string = false;
	size_t joined = 0, len;

	for (; *text; text++) {
		if (in_string && *text == '\\' && text[1] == '\n') {
			joined++;
			text++;
		} else if (in_string && *text == '\\' && text[1]) {
			add_escaped(&out, *++text);
		} else if (!in_string && (len = comment_length(text))) {
			/* a quote in a comment does not open a string */
			add_blank(&out, text, len);
			text += len - 1;
		} else {
			if (*text == '"')
				in_string = !in_string;
			strbuf_addch(&out, *text);
			for (; *text == '"' && !in_string && joined; joined--)
				strbuf_addch(&out, '\n');
		}
	}
	return strbuf_detach(&out);
}

/* Whether the quote at @quote follows KEY=, in a line that begins at or after @start. */
static bool opens_value(const char *start, const char *quote)
{
	const char *p = quote;

	while (p > start && strchr(" \t", p[-1]))
		p--;
	if (p == start || *--p != '=')
		return false;
	while (p > start && strchr(" \t", p[-1]))
		p--;
	quote = p;
	while (p > start && (p[-1] == '_' || isalnum((unsigned char)p[-1])))
		p--;
	if (p == quote)
		return false;
	while (p > start && strchr(" \t", p[-1]))
		p--;
	return p > start && p[-1] == '\n';
}

/* Whether a value may have ended with the quote at @quote. */
static bool ends_value(const char *quote)
{
	const char *next = quote + 1 + strspn(quote + 1, " \t");

	return !*next || strchr("\n;,#/\"", *next);
}

unsigned int conf_text_unclosed(const char *text)
{
	unsigned int line = 1, opened = 0;
	const char *string = NULL;

	for (size_t len; *text; text++) {
		if (*text == '\n') {
			line++;
		} else if (string && *text == '\\' && text[1]) {
			text++;
			line += *text == '\n';
		} else if (string && *text == '"') {
			if (line > opened &&
			    (opens_value(string, text) || !ends_value(text)))
				return opened;
			string = NULL;
		} else if (*text == '"') {
			string = text;
			opened = line;
		} else if (!string && (len = comment_length(text))) {
			for (; len > 1; len--, text++)
				line += *text == '\n';
		}
	}
	return string ? opened : 0;
}

unsigned int conf_text_include(const char *text)
{
	bool in_string = false;
	unsigned int line = 1;

	for (; *text; text++) {
		if (*text == '\n')
			line++;
		else if (*text == '"')
			in_string = !in_string;
		else if (in_string && *text == '\\' && text[1])
			text++;
		else if (!in_string && starts_with(text, "@include"))
			return line;
	}
	return 0;
}

const char *conf_text_line(const char *text, unsigned int line)
{
	for (; text && line > 1; line--) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text;
}

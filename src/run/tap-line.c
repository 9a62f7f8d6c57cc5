// SPDX-License-Identifier: GPL-2.0-or-later
/* Parses single lines of TAP (testanything.org) and KTAP
 * (Documentation/dev-tools/ktap.rst). */
#include <ctype.h>
#include <strings.h>

#include "tap-line.h"

/* A line that plans more tests than this is not a plan. */
#define PLAN_MAX 100000000
#define TAB_STOP 8

bool tap_line_may_be(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && (text[i] == ' ' || text[i] == '\t'))
		i++;
	return i < len && memchr("on1TK#Bb-", text[i], 9);
}

/* The text after @word in @s, which must be a word of its own; or NULL. */
static const char *skip_word(const char *s, const char *word)
{
	size_t len = strlen(word);

	if (strncasecmp(s, word, len) != 0 || isalnum((unsigned char)s[len]) ||
	    s[len] == '_')
		return NULL;
	return s + len;
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* Parse a number at @s that is a word of its own: the text after it, or NULL. */
static const char *parse_number(const char *s, size_t *number)
{
	size_t n = 0, digits = strspn(s, "0123456789");

	if (!digits || (s[digits] && !strchr(" \t", s[digits])))
		return NULL;
	for (size_t i = 0; i < digits; i++)
		n = n < PLAN_MAX ? n * 10 + (size_t)(s[i] - '0') : PLAN_MAX;
	*number = n;
	return s + digits;
}

static char *trimmed(const char *s, const char *end)
{
	while (s < end && strchr(" \t", *s))
		s++;
	while (end > s && strchr(" \t", end[-1]))
		end--;
	return s < end ? xstrndup(s, (size_t)(end - s)) : NULL;
}

/* The text after the directive that @s begins with, or NULL if there is none. */
static const char *skip_directive(const char *s, enum tap_directive *directive)
{
	static const struct {
		const char *word;
		enum tap_directive directive;
	} known[] = {
		{ "SKIP", TAP_DIRECTIVE_SKIP },
		{ "SKIPPED", TAP_DIRECTIVE_SKIP },
		{ "TODO", TAP_DIRECTIVE_TODO },
		{ "XFAIL", TAP_DIRECTIVE_TODO },
	};

	s = skip_blanks(s);
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const char *rest = skip_word(s, known[i].word);

		if (!rest)
			continue;
		*directive = known[i].directive;
		return rest + (*rest == ':');
	}
	return NULL;
}

/* "SKIP why", "TODO: why", or anything else. */
static void parse_directive(struct tap_line *line, const char *s)
{
	const char *rest = skip_directive(s, &line->directive);

	s = rest ? rest : s;
	line->reason = trimmed(s, s + strlen(s));
}

/* The next "#" that may end a name: after a blank, but not after a backslash. */
static const char *next_hash(const char *name, const char *s)
{
	for (const char *p = s; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '#' && (p == name || strchr(" \t", p[-1])) &&
			 (!isdigit((unsigned char)p[1])))
			return p;
	}
	return NULL;
}

/* The "#" before a directive; without a directive, the first one. */
static const char *find_hash(const char *name)
{
	const char *first = next_hash(name, name);
	enum tap_directive directive;

	for (const char *p = first; p; p = next_hash(name, p + 1))
		if (skip_directive(p + 1, &directive))
			return p;
	return first;
}

static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '\\' && (s[1] == '#' || s[1] == '\\'))
			s++;
		*to++ = *s;
	}
	*to = '\0';
}

static void parse_point(struct tap_line *line, const char *s)
{
	const char *after, *hash;

	s = skip_blanks(s);
	after = parse_number(s, &line->number);
	if (after)
		s = skip_blanks(after);
	if (*s == '-' && (!s[1] || strchr(" \t", s[1])))
		s = skip_blanks(s + 1);
	hash = find_hash(s);
	line->name = trimmed(s, hash ? hash : s + strlen(s));
	if (line->name)
		unescape(line->name);
	if (hash)
		parse_directive(line, hash + 1);
}

static bool parse_plan(struct tap_line *line, const char *s)
{
	const char *after = parse_number(s, &line->number);

	if (!after || line->number >= PLAN_MAX)
		return false;
	after = skip_blanks(after);
	if (*after == '#')
		parse_directive(line, after + 1);
	return !*after || *after == '#';
}

static enum tap_line_type parse_note(struct tap_line *line, const char *s)
{
	s += *s == ' ';
	line->text = s;
	if (starts_with(s, "Subtest: ")) {
		line->text = skip_blanks(s + strlen("Subtest: "));
		return *line->text ? TAP_LINE_SUBTEST : TAP_LINE_NOTE;
	}
	return starts_with(s, "selftests: ") ? TAP_LINE_RUNNER : TAP_LINE_NOTE;
}

static enum tap_line_type parse(struct tap_line *line, const char *s)
{
	const char *rest;

	if (*s == '#')
		return parse_note(line, s + 1);
	line->ktap = starts_with(s, "KTAP version ");
	if (line->ktap || starts_with(s, "TAP version "))
		return TAP_LINE_VERSION;
	if (starts_with(s, "1.."))
		return parse_plan(line, s + 3) ? TAP_LINE_PLAN : TAP_LINE_OTHER;
	line->ok = starts_with(s, "ok");
	rest = line->ok ? s + 2 : starts_with(s, "not ok") ? s + 6 : NULL;
	if (rest && (!*rest || strchr(" \t", *rest))) {
		parse_point(line, rest);
		return TAP_LINE_POINT;
	}
	if (strncasecmp(s, "Bail out!", 9) == 0) {
		line->reason = trimmed(s + 9, s + strlen(s));
		return TAP_LINE_BAIL;
	}
	return starts_with(s, "---") && !*skip_blanks(s + 3) ? TAP_LINE_YAML
							     : TAP_LINE_OTHER;
}

void tap_line_parse(struct tap_line *line, const char *text)
{
	*line = (struct tap_line){ 0 };
	for (; *text == ' ' || *text == '\t'; text++)
		line->indent += *text == ' ' ? 1 : TAB_STOP - line->indent % TAB_STOP;
	line->type = parse(line, text);
}

void tap_line_release(struct tap_line *line)
{
	free(line->name);
	free(line->reason);
	*line = (struct tap_line){ 0 };
}

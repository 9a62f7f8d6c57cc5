// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Regular expressions of unknown origin: their cost is computed before they are compiled.
 */
#include <ctype.h>
#include <errno.h>

#include "lib/ere.h"
#include "lib/str.h"

/* Sizes above this are not told apart. */
#define TOO_MUCH (ERE_MAX + 1)

static size_t times(size_t a, size_t b)
{
	return b && a > TOO_MUCH / b ? TOO_MUCH : a * b;
}

/*
 * Skips the bracket expression at @s, "[^]a[:alpha:]]". If it is not closed, skips to the
 * end.
 */
static const char *skip_brackets(const char *s)
{
	s += s[1] == '^' ? 2 : 1;
	for (bool first = true; *s && (first || *s != ']'); first = false, s++) {
		char kind = *s == '[' ? s[1] : '\0';

		if (kind != ':' && kind != '.' && kind != '=')
			continue;
		for (s += 2; *s && !(s[0] == kind && s[1] == ']');)
			s++;
		if (!*s)
			return s;
		s++;
	}
	return *s ? s + 1 : s;
}

static size_t read_bound(const char **s)
{
	size_t n = 0;

	for (; isdigit((unsigned char)**s); (*s)++)
		n = n < TOO_MUCH ? 10 * n + (size_t)(**s - '0') : n;
	return n;
}

/*
 * How often libc writes out what stands before the repetition at @s: "*", "+", "?" or
 * "{2,5}"; 0 if there is none. @end: what follows the repetition.
 */
static size_t copies(const char *s, const char **end)
{
	size_t least, most;

	*end = s + 1;
	if (*s == '*' || *s == '?')
		return 1;
	if (*s == '+') /* as "aa*" */
		return 2;
	if (*s != '{')
		return 0;
	s++;
	least = most = read_bound(&s);
	if (*s == ',') {
		s++;
		most = isdigit((unsigned char)*s) ? read_bound(&s) : least + 1;
	}
	if (*s != '}')
		return 0;
	*end = s + 1;
	return most > least ? most : least ? least : 1;
}

/* The length of @text with all its repetitions written out, at most TOO_MUCH. */
static size_t size_written_out(const char *text)
{
	size_t size[ERE_MAX + 1] = { 0 }; /* of each open bracket, by depth */
	size_t depth = 0;

	for (const char *s = text; *s;) {
		size_t part = 1, more;

		if (*s == '(') {
			depth++;
			size[depth] = 1;
			s++;
			continue;
		}
		if (*s == ')' && depth)
			part = size[depth--];
		if (*s == '[')
			s = skip_brackets(s);
		else
			s += *s == '\\' && s[1] ? 2 : 1;
		for (const char *end; (more = copies(s, &end)); s = end)
			part = times(part, more);
		size[depth] += part;
		if (size[depth] > ERE_MAX)
			return TOO_MUCH;
	}
	for (; depth; depth--)
		size[depth - 1] += size[depth];
	return size[0];
}

static bool has_back_reference(const char *text)
{
	for (const char *s = text; *s;) {
		if (*s == '[') {
			s = skip_brackets(s);
			continue;
		}
		if (s[0] == '\\' && s[1] >= '1' && s[1] <= '9')
			return true;
		s += *s == '\\' && s[1] ? 2 : 1;
	}
	return false;
}

int ere_compile(regex_t *regex, const char *text, char **why)
{
	char message[256];
	int err;

	*why = NULL;
	/* an empty expression matches everything, which is never meant */
	if (!*text)
		*why = xstrdup("it is empty");
	else if (strlen(text) > ERE_MAX)
		*why = xasprintf("it has more than %d characters", ERE_MAX);
	else if (size_written_out(text) > ERE_MAX)
		*why = xasprintf("its repetitions stand for more than %d characters",
				 ERE_MAX);
	else if (has_back_reference(text))
		*why = xstrdup("extended ones have no back-references such as \\1");
	if (*why)
		return -EINVAL;
	err = regcomp(regex, text, REG_EXTENDED | REG_NOSUB);
	if (!err)
		return 0;
	regerror(err, regex, message, sizeof(message));
	*why = xstrdup(message);
	return -EINVAL;
}

int ere_check(const char *text, char **why)
{
	regex_t regex;
	int err = ere_compile(&regex, text, why);

	if (!err)
		regfree(&regex);
	return err;
}

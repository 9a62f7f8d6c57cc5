// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of cases that users have in files. */
#include <errno.h>

#include "lib/io.h"
#include "lib/log.h"
#include "run/suite-lists.h"

static int read_text(const char *path, char **text)
{
	const char *why;
	int err = io_read_text(streq(path, "-") ? "/dev/stdin" : path, SUITE_FILE_MAX,
			       text, &why);

	if (err)
		log_error("cannot read '%s': %s",
			  streq(path, "-") ? "standard input" : path, why);
	return err;
}

static char *trim(char *s)
{
	size_t len;

	s += strspn(s, " \t\r\v\f");
	len = strlen(s);
	while (len && strchr(" \t\r\v\f", s[len - 1]))
		len--;
	s[len] = '\0';
	return s;
}

/* Where the comment of a line begins: "\#" is a part of a pattern; or NULL. */
static char *find_comment(char *line)
{
	for (char *s = line; *s; s++) {
		if (*s == '#')
			return s;
		if (*s == '\\' && s[1])
			s++;
	}
	return NULL;
}

int suite_patterns_read(const char *path, struct strvec *patterns, struct strvec *why)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int err = read_text(path, &text);

	if (err)
		return err;
	for (rest = text; (line = strsep(&rest, "\n"));) {
		char *comment = find_comment(line);

		if (comment)
			*comment++ = '\0';
		line = trim(line);
		if (!*line)
			continue;
		strvec_push(patterns, line);
		if (why)
			strvec_push(why, comment ? trim(comment) : "");
	}
	return 0;
}

int suite_known_read(struct suite *suite, const char *path)
{
	_cleanup_(strvec_release) struct strvec patterns = STRVEC_INIT, why = STRVEC_INIT;
	_cleanup_free_ size_t *cases = xcalloc(suite->nr + 1, sizeof(*cases));
	int err = suite_patterns_read(path, &patterns, &why);
	size_t used = 0;

	if (err)
		return err;
	for (size_t i = 0; i < patterns.nr; i++) {
		size_t nr = suite_match(suite, patterns.v[i], cases);

		used += nr > 0;
		while (nr--) {
			struct suite_case *c = &suite->cases[cases[nr]];

			c->known = true;
			if (!c->known_why && *why.v[i])
				c->known_why = xstrdup(why.v[i]);
		}
	}
	log_debug("%zu of %zu patterns of '%s' match a case", used, patterns.nr, path);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Parses "#!" lines, and the command line of env(1) in them. */
#include "lib/path.h"
#include "closure/shebang.h"
#include "lib/str.h"

/* What the kernel's words have between them (fs/binfmt_script.c; a carriage return is
 * part of a name), and those of env -S. */
#define SPACE_TAB " \t"
#define BLANKS	  SPACE_TAB "\r"

void shebang_release(struct shebang *shebang)
{
	free(shebang->interpreter);
	free(shebang->argument);
	free(shebang->program);
	*shebang = (struct shebang){ 0 };
}

/*
 * The character that a backslash and @c stand for. @quote is the quote around them, or 0.
 */
static char unescape(char c, char quote)
{
	static const char from[] = "_fnrtv", to[] = " \f\n\r\t\v";
	const char *at = c && quote != '\'' ? strchr(from, c) : NULL;

	return at ? to[at - from] : c;
}

/*
 * Splits the argument of -S into words. A variable, "${NAME}", is known in the guest
 * only, and stays as it is.
 */
static void split_string(const char *text, struct strvec *words)
{
	_cleanup_(strbuf_release) struct strbuf word = STRBUF_INIT;
	bool in_word = false;
	char quote = 0;

	for (; *text; text++) {
		if (!quote &&
		    (strchr(BLANKS "\n\f\v", *text) || starts_with(text, "\\_"))) {
			if (in_word)
				strvec_push(words, word.buf);
			strbuf_setlen(&word, 0);
			in_word = false;
			text += *text == '\\';
			continue;
		}
		/* the rest is a comment, or is not used */
		if (!quote && ((*text == '#' && !in_word) || starts_with(text, "\\c")))
			break;
		in_word = true;
		if (*text == quote) {
			quote = 0;
		} else if (!quote && (*text == '"' || *text == '\'')) {
			quote = *text;
		} else if (*text == '\\' && text[1] &&
			   (quote != '\'' || text[1] == '\\' || text[1] == '\'')) {
			text++;
			strbuf_addch(&word, unescape(*text, quote));
		} else {
			strbuf_addch(&word, *text);
		}
	}
	if (in_word)
		strvec_push(words, word.buf);
}

/* Replaces the words from number @from on by the words of -S and @rest. */
static void insert_words(struct strvec *words, const char *string, size_t from)
{
	struct strvec new = STRVEC_INIT;

	split_string(string, &new);
	for (size_t i = from; i < words->nr; i++)
		strvec_push(&new, words->v[i]);
	strvec_release(words);
	*words = new;
}

/*
 * Skips the option @words->v[*i] and its argument. @string gets the argument of -S, a
 * part of @words, or NULL.
 */
static void take_option(const struct strvec *words, size_t *i, const char **string)
{
	/* options with an argument; -P, -L and -U are BSD's */
	static const char short_options[] = "uCaSPLU";
	static const char *const long_options[] = { "unset", "chdir", "argv0",
						    "split-string" };
	const char *word = words->v[*i], *argument = NULL;
	bool split = false, takes = false;

	*string = NULL;
	if (starts_with(word, "--")) {
		const char *name = word + 2;
		size_t len = strcspn(name, "=");

		for (size_t k = 0; k < ARRAY_SIZE(long_options) && !takes; k++) {
			/* getopt_long(3) accepts the first letters of an option */
			takes = len && strncmp(long_options[k], name, len) == 0;
			split = takes && long_options[k][0] == 's';
		}
		argument = name[len] ? name + len + 1 : NULL;
	} else {
		word += 1 + strcspn(word + 1, short_options);
		takes = *word != '\0';
		split = *word == 'S';
		argument = takes && word[1] ? word + 1 : NULL;
	}
	if (takes && !argument && *i + 1 < words->nr)
		argument = words->v[++*i];
	if (split)
		*string = argument ? argument : "";
}

/* Parses the arguments of env, without its name, and changes them. */
static void parse_env(struct shebang *shebang, struct strvec *words)
{
	size_t i = 0;

	while (i < words->nr && words->v[i][0] == '-' && words->v[i][1]) {
		const char *string;

		if (streq(words->v[i], "--")) {
			i++;
			break;
		}
		take_option(words, &i, &string);
		i++;
		if (string) {
			_cleanup_free_ char *copy = xstrdup(string);

			insert_words(words, copy, i);
			i = 0;
		}
	}
	/* a single "-" is -i */
	if (i < words->nr && streq(words->v[i], "-"))
		i++;
	while (i < words->nr && strchr(words->v[i], '='))
		i++;
	if (i == words->nr)
		return;
	if (strstr(words->v[i], "${"))
		shebang->unknown = true;
	else
		shebang->program = xstrdup(words->v[i]);
}

/*
 * For the kernel, everything after the interpreter is one word. With -S, env splits it.
 * Without -S, env could not run a line of several words at all, so splitting it does no
 * harm.
 */
static void split_rest(const char *rest, struct strvec *words)
{
	static const char *const long_forms[] = { "--split-string=", "--split-string" };
	size_t flags = rest[0] == '-' ? 1 + strspn(rest + 1, "iv0") : 0;

	if (flags && rest[flags] == 'S') {
		strvec_push(words, rest);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(long_forms); i++) {
		if (!starts_with(rest, long_forms[i]))
			continue;
		strvec_push(words, "-S");
		strvec_push(words, rest + strlen(long_forms[i]));
		return;
	}
	strvec_split(words, rest, SPACE_TAB);
}

bool shebang_parse(struct shebang *shebang, const char *text)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	_cleanup_free_ char *line = NULL;
	char *rest;
	size_t len;

	*shebang = (struct shebang){ 0 };
	if (!starts_with(text, "#!"))
		return false;
	text += 2;
	len = strcspn(text, "\n");
	while (len && strchr(SPACE_TAB, text[len - 1]))
		len--;
	line = xstrndup(text, len);
	rest = line + strspn(line, SPACE_TAB);
	len = strcspn(rest, SPACE_TAB);
	if (rest[0] != '/')
		return false;
	shebang->interpreter = xstrndup(rest, len);
	rest += len;
	rest += strspn(rest, SPACE_TAB);
	if (*rest)
		shebang->argument = xstrdup(rest);
	if (!streq(path_basename(shebang->interpreter), "env"))
		return true;
	split_rest(rest, &words);
	parse_env(shebang, &words);
	return true;
}

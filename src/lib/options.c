// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables of options: parsing by getopt_long(3), synopsis and help. */
#include <errno.h>
#include <getopt.h>

#include "lib/options.h"

#define LINE_WIDTH    80
#define HELP_HEAD_MAX 26 /* after a longer one the text begins on a line of its own */

/* getopt_long(3) returns this plus I for the long name of option I of all groups. */
#define FIRST_VALUE 256

/* The options of all groups in the form of getopt_long(3). */
struct parser {
	const struct option_spec **specs;
	void **values; /* the structs that these belong to */
	struct option *longs;
	size_t nr;
	struct strbuf letters;
};

static void parser_release(struct parser *parser)
{
	free(parser->specs);
	free(parser->values);
	free(parser->longs);
	strbuf_release(&parser->letters);
}

/* Whether an earlier group has an option of the same letter or name. */
static bool is_overridden(const struct option_group *groups, size_t index,
			  const struct option_spec *spec)
{
	for (size_t i = 0; i < index; i++)
		for (const struct option_spec *s = groups[i].specs; s && s->kind; s++)
			if ((s->letter && s->letter == spec->letter) ||
			    (s->name && spec->name && streq(s->name, spec->name)))
				return true;
	return false;
}

static void parser_init(struct parser *parser, const struct option_group *groups,
			size_t nr)
{
	size_t max = 0, nr_longs = 0;

	for (size_t i = 0; i < nr; i++)
		for (const struct option_spec *s = groups[i].specs; s && s->kind; s++)
			max++;
	*parser = (struct parser){
		.specs = xcalloc(max + 1, sizeof(*parser->specs)),
		.values = xcalloc(max + 1, sizeof(*parser->values)),
		.longs = xcalloc(max + 1, sizeof(*parser->longs)),
		.letters = STRBUF_INIT,
	};
	/* an option without its argument is ':', and not '?' */
	strbuf_addch(&parser->letters, ':');
	for (size_t i = 0; i < nr; i++)
		for (const struct option_spec *s = groups[i].specs; s && s->kind; s++) {
			if (is_overridden(groups, i, s))
				continue;
			if (s->letter)
				strbuf_addf(&parser->letters, "%c%s", s->letter,
					    s->arg ? ":" : "");
			if (s->name)
				parser->longs[nr_longs++] = (struct option){
					.name = s->name,
					.has_arg = s->bare  ? optional_argument
						   : s->arg ? required_argument
							    : no_argument,
					.val = FIRST_VALUE + (int)parser->nr,
				};
			parser->specs[parser->nr] = s;
			parser->values[parser->nr++] = groups[i].values;
		}
}

/* The index of the option for which getopt_long(3) returns @value, or nr. */
static size_t parser_find(const struct parser *parser, int value)
{
	if (value >= FIRST_VALUE)
		return (size_t)(value - FIRST_VALUE);
	for (size_t i = 0; i < parser->nr; i++)
		if (value && parser->specs[i]->letter == value)
			return i;
	return parser->nr;
}

/* "-k" or "--kernel", as it was given. Heap. */
static char *spelling(const struct option_spec *spec, int value)
{
	return value >= FIRST_VALUE ? xasprintf("--%s", spec->name)
				    : xasprintf("-%c", spec->letter);
}

/* The complaint about a long option that getopt_long(3) does not accept. Heap. */
static char *explain_unknown(const struct parser *parser, const char *word)
{
	_cleanup_(strbuf_release) struct strbuf matches = STRBUF_INIT;
	size_t len = strcspn(word, "=");

	for (const struct option *o = parser->longs; o->name; o++)
		if (len > 2 && strncmp(o->name, word + 2, len - 2) == 0)
			strbuf_addf(&matches, "%s--%s", matches.len ? ", " : "", o->name);
	return matches.len ? xasprintf("option '%.*s' is ambiguous: %s", (int)len, word,
				       matches.buf)
			   : xasprintf("unknown option '%.*s'", (int)len, word);
}

/* Why getopt_long(3) returned @c, '?' or ':'. Heap. */
static char *explain(const struct parser *parser, int c, char **argv)
{
	size_t index = parser_find(parser, optopt);
	_cleanup_free_ char *name = NULL;

	if (index < parser->nr)
		name = spelling(parser->specs[index], optopt);
	if (name)
		return xasprintf(c == ':' ? "option '%s' requires an argument"
					  : "option '%s' takes no argument",
				 name);
	return optopt ? xasprintf("unknown option '-%c'", optopt)
		      : explain_unknown(parser, argv[optind - 1]);
}

static int set_number(const struct option_spec *spec, unsigned long *value,
		      const char *text, char **why)
{
	if (parse_uint(text, spec->min, spec->max, value) == 0)
		return 0;
	*why = xasprintf(
		"option '--%s' requires a number of %s from %lu to %lu, not '%s'",
		spec->name, spec->unit, spec->min, spec->max, text);
	return -EINVAL;
}

static int set_choice(const struct option_spec *spec, const char **value,
		      const char *text, char **why)
{
	_cleanup_(strvec_release) struct strvec choices = STRVEC_INIT;
	_cleanup_(strbuf_release) struct strbuf list = STRBUF_INIT;

	strvec_split(&choices, spec->choices, "|");
	if (strvec_has(&choices, text)) {
		*value = text;
		return 0;
	}
	for (size_t i = 0; i < choices.nr; i++)
		strbuf_addf(&list, "%s'%s'",
			    i == 0		  ? ""
			    : i == choices.nr - 1 ? " or "
						  : ", ",
			    choices.v[i]);
	*why = xasprintf("--%s is %s, not '%s'", spec->name, list.buf, text);
	return -EINVAL;
}

static int set_value(const struct option_spec *spec, void *value, const char *text,
		     char **why)
{
	switch (spec->kind) {
	case OPTION_KIND_FLAG:
		*(bool *)value = true;
		return 0;
	case OPTION_KIND_STRING:
		*(const char **)value = text;
		return 0;
	case OPTION_KIND_NUMBER:
		return set_number(spec, value, text, why);
	case OPTION_KIND_CHOICE:
		return set_choice(spec, value, text ? text : spec->bare, why);
	case OPTION_KIND_LIST:
		strvec_push(value, text);
		return 0;
	case OPTION_KIND_CALL:
		return spec->call(value, text);
	case OPTION_KIND_END:
		break;
	}
	return -EINVAL;
}

/*
 * The number of words behind the "--" that ended the options, or -1 if none did.
 * getopt_long(3) leaves it in front of the operands, among which it has moved those that
 * stood before it. @before is @argv as it was, and @arg the last option's argument, which
 * may be "--" as well.
 */
static int count_rest(char *const *before, int argc, char *const *argv, const char *arg)
{
	const char *end = optind > 1 ? argv[optind - 1] : NULL;

	if (!end || !streq(end, "--") || end == arg)
		return -1;
	for (int i = 1; i < argc; i++)
		if (before[i] == end)
			return argc - i - 1;
	return -1;
}

int options_parse_rest(const struct option_group *groups, size_t nr, int argc,
		       char **argv, int *operands, int *rest, char **why)
{
	_cleanup_(parser_release) struct parser parser;
	_cleanup_free_ bool *given = NULL;
	_cleanup_free_ char **before = xmemdup(argv, ((size_t)argc + 1) * sizeof(*argv));
	const char *arg = NULL;
	int c, err, words;

	parser_init(&parser, groups, nr);
	given = xcalloc(parser.nr + 1, sizeof(*given));
	/* begin anew, should this not be the first command line; we complain ourselves */
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, parser.letters.buf, parser.longs, NULL)) !=
	       -1) {
		size_t i = parser_find(&parser, c);

		if (c == '?' || c == ':') {
			*why = explain(&parser, c, argv);
			return -EINVAL;
		}
		given[i] = true;
		arg = optarg;
		err = set_value(parser.specs[i],
				(char *)parser.values[i] + parser.specs[i]->offset,
				optarg, why);
		if (err)
			return err;
	}
	for (size_t i = 0; i < parser.nr; i++)
		if (parser.specs[i]->required && !given[i]) {
			*why = xasprintf("option '--%s' is missing",
					 parser.specs[i]->name);
			return -EINVAL;
		}
	*operands = optind;
	words = count_rest(before, argc, argv, arg);
	*rest = words < 0 ? -1 : argc - words;
	return 0;
}

int options_parse(const struct option_group *groups, size_t nr, int argc, char **argv,
		  int *operands, char **why)
{
	int rest;

	return options_parse_rest(groups, nr, argc, argv, operands, &rest, why);
}

/*
 * Append @word to the line, which has @column columns so far, or if it does not fit, to a
 * new one below column @indent.
 */
static void add_wrapped(struct strbuf *out, const char *word, size_t indent,
			size_t *column)
{
	if (*column != indent && *column + 1 + strlen(word) > LINE_WIDTH) {
		strbuf_addf(out, "\n%*s", (int)indent, "");
		*column = indent;
	} else if (*column != indent) {
		strbuf_addch(out, ' ');
		++*column;
	}
	strbuf_adds(out, word);
	*column += strlen(word);
}

void options_add_synopsis(struct strbuf *out, const char *program,
			  const struct option_spec *specs, const char *operands)
{
	size_t start = out->len, indent, column;

	strbuf_adds(out, program);
	/* the caller may have put something on this line already */
	while (start && out->buf[start - 1] != '\n')
		start--;
	column = out->len - start;
	indent = column + 1;
	for (const struct option_spec *s = specs; s && s->kind; s++) {
		bool repeats = s->arg && (s->kind == OPTION_KIND_LIST ||
					  s->kind == OPTION_KIND_CALL);
		_cleanup_free_ char *name = s->letter ? xasprintf("-%c", s->letter)
						      : xasprintf("--%s", s->name);
		_cleanup_free_ char *word =
			xasprintf("%s%s%s%s%s%s%s", s->required ? "" : "[", name,
				  s->bare  ? "[="
				  : s->arg ? " "
					   : "",
				  s->arg ? s->arg : "", s->bare ? "]" : "",
				  s->required ? "" : "]", repeats ? "..." : "");

		add_wrapped(out, word, indent, &column);
	}
	if (operands)
		add_wrapped(out, operands, indent, &column);
	strbuf_addch(out, '\n');
}

/* "  -k, --kernel KERNEL". Heap. */
static char *help_head(const struct option_spec *spec)
{
	struct strbuf head = STRBUF_INIT;

	if (spec->letter)
		strbuf_addf(&head, "  -%c%s", spec->letter, spec->name ? ", " : "");
	else
		strbuf_adds(&head, "      ");
	if (spec->name)
		strbuf_addf(&head, "--%s", spec->name);
	if (spec->arg)
		strbuf_addf(&head, spec->bare ? "[=%s]" : " %s", spec->arg);
	return strbuf_detach(&head);
}

void options_add_help(struct strbuf *out, const struct option_group *groups, size_t index)
{
	size_t indent = 0;

	for (const struct option_spec *s = groups[index].specs; s && s->kind; s++) {
		_cleanup_free_ char *head = help_head(s);

		if (strlen(head) + 2 > indent && strlen(head) <= HELP_HEAD_MAX)
			indent = strlen(head) + 2;
	}
	for (const struct option_spec *s = groups[index].specs; s && s->kind; s++) {
		_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
		_cleanup_free_ char *head = help_head(s);
		size_t column = indent;

		if (is_overridden(groups, index, s))
			continue;
		strvec_split(&words, s->help, " ");
		strbuf_addf(out, "%-*s", (int)indent, head);
		if (strlen(head) + 2 > indent)
			strbuf_addf(out, "\n%*s", (int)indent, "");
		for (size_t i = 0; i < words.nr; i++)
			add_wrapped(out, words.v[i], indent, &column);
		strbuf_addch(out, '\n');
	}
}

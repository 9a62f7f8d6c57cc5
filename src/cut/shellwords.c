// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads shell scripts: a parser by descent, which knows so much of bash's grammar that it
 * finds the beginning of each command. What the words of one simple command mean is in
 * shellwrap.c.
 */
#include <ctype.h>

#include "shellwrap.h"

struct heredoc {
	char *end; /* the line that ends it */
	bool strip, quoted;
};

/* Where a scan is in its text. */
struct scan {
	struct shellwords *words;
	const char *p;
	unsigned int depth;
	unsigned int nest;	  /* compound commands, whose parts may not be run */
	bool guarded;		  /* in a list with "&&" or "||", or after "!" */
	struct heredoc *heredocs; /* whose text begins in the next line */
	size_t nr_heredocs, alloc_heredocs;
};

static void scan_commands(struct scan *s, char end, bool *in_case);
static void scan_dollar(struct scan *s, struct shell_arg *arg, bool in_quotes);

void shellwords_release(struct shellwords *words)
{
	free(words->v);
	strmap_release(&words->index, NULL);
	strmap_release(&words->functions, NULL);
	strmap_release(&words->handled, NULL);
	*words = (struct shellwords)SHELLWORDS_INIT;
}

bool shellwords_is_function(const struct shellwords *words, const struct shellword *word)
{
	return !word->external && strmap_get(&words->functions, word->name);
}

static void scan_release(struct scan *s)
{
	for (size_t i = 0; i < s->nr_heredocs; i++)
		free(s->heredocs[i].end);
	free(s->heredocs);
}

/* Go one level deeper. False if that is too deep: then the rest of the text is skipped.
 */
static bool enter(struct scan *s)
{
	if (s->depth++ < SHELLWORDS_DEPTH_MAX)
		return true;
	s->p += strlen(s->p);
	return false;
}

static void leave(struct scan *s)
{
	s->depth--;
}

/* A text inside of the script, whose commands may not be run. */
static void scan_inner(struct scan *s, const char *text)
{
	shellwords_scan_text(s->words, text, s->depth + 1);
}

static void put(struct shell_arg *arg, char c)
{
	if (arg)
		strbuf_addch(&arg->text, c);
}

static void not_literal(struct shell_arg *arg)
{
	if (arg)
		arg->literal = false;
}

/* "`...`", after the first of them. In it, a backslash quotes some characters. */
static void scan_backticks(struct scan *s)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	for (; *s->p && *s->p != '`'; s->p++) {
		if (*s->p == '\\' && s->p[1] && strchr("`\\$", s->p[1]))
			s->p++;
		strbuf_addch(&text, *s->p);
	}
	s->p += *s->p == '`';
	scan_inner(s, text.buf);
}

static void scan_single(struct scan *s, struct shell_arg *arg)
{
	for (; *s->p && *s->p != '\''; s->p++)
		put(arg, *s->p);
	s->p += *s->p == '\'';
}

/* $'...', after the first quote. Its escape sequences are not needed. */
static void scan_ansi(struct scan *s, struct shell_arg *arg)
{
	for (; *s->p && *s->p != '\''; s->p++) {
		if (*s->p == '\\') {
			not_literal(arg);
			s->p += s->p[1] != '\0';
		}
		put(arg, *s->p);
	}
	s->p += *s->p == '\'';
}

/* Up to @end, which is '"', or for the text of a here-document '\0'. */
static void scan_double(struct scan *s, struct shell_arg *arg, char end)
{
	while (*s->p && *s->p != end) {
		char c = *s->p++;

		if (c == '$') {
			scan_dollar(s, arg, true);
		} else if (c == '`') {
			not_literal(arg);
			scan_backticks(s);
		} else if (c == '\\' && *s->p) {
			if (!strchr("$`\"\\\n", *s->p))
				put(arg, c);
			if (*s->p != '\n')
				put(arg, *s->p);
			s->p++;
		} else {
			put(arg, c);
		}
	}
	s->p += *s->p != '\0';
}

/*
 * Skip up to the @close that belongs to an @open before ('\0': to the first), and find
 * the commands in expansions on the way. @in_quotes: single quotes are ordinary
 * characters.
 */
static void scan_balanced(struct scan *s, char open, char close, bool in_quotes)
{
	size_t level = 1;

	/* too deep: nothing is left */
	enter(s);
	while (*s->p) {
		char c = *s->p++;

		if (c == '\\')
			s->p += *s->p != '\0';
		else if (c == '\'' && !in_quotes)
			scan_single(s, NULL);
		else if (c == '"')
			scan_double(s, NULL, '"');
		else if (c == '`')
			scan_backticks(s);
		else if (c == '$')
			scan_dollar(s, NULL, in_quotes);
		else if (open && c == open)
			level++;
		else if (c == close && !--level)
			break;
	}
	leave(s);
}

/*
 * Whether the parentheses that are open at @p, two of them, are closed by "))", as those
 * of arithmetic are. Else they are those of two subshells.
 */
static bool is_arithmetic(const char *p)
{
	size_t level = 2;

	for (; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '(')
			level++;
		else if (*p == ')' && --level == 1)
			return p[1] == ')';
	}
	return false;
}

/* After "((". */
static void scan_arithmetic(struct scan *s)
{
	scan_balanced(s, '(', ')', false);
	s->p += *s->p == ')';
}

/* "$(...)" and the like, after the first parenthesis. */
static void scan_substitution(struct scan *s)
{
	const bool guarded = s->guarded;

	s->nest++;
	scan_commands(s, ')', NULL);
	s->nest--;
	s->guarded = guarded;
}

/* After "$". */
static void scan_dollar(struct scan *s, struct shell_arg *arg, bool in_quotes)
{
	char c = *s->p;

	if (c == '\'' && !in_quotes) {
		s->p++;
		scan_ansi(s, arg);
		return;
	}
	if (c == '"' && !in_quotes) {
		s->p++;
		scan_double(s, arg, '"');
		return;
	}
	if (c == '(') {
		s->p++;
		if (*s->p == '(' && is_arithmetic(s->p + 1)) {
			s->p++;
			scan_arithmetic(s);
		} else {
			scan_substitution(s);
		}
	} else if (c == '{') {
		s->p++;
		scan_balanced(s, '\0', '}', in_quotes);
	} else if (isalpha((unsigned char)c) || c == '_') {
		while (isalnum((unsigned char)*s->p) || *s->p == '_')
			s->p++;
	} else if (c && strchr("@*#?-$!0123456789", c)) {
		s->p++;
	} else {
		put(arg, '$');
		return;
	}
	not_literal(arg);
}

/* Whether "NAME", "NAME[...]" or one of them with '+' stands before the '='. */
static bool is_variable(const char *text)
{
	if (!isalpha((unsigned char)*text) && *text != '_')
		return false;
	while (isalnum((unsigned char)*text) || *text == '_')
		text++;
	if (*text == '[')
		while (text[0] && !(text[0] == ']' && text[1] != ']'))
			text++;
	text += *text == ']';
	text += *text == '+';
	return !*text;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_meta(char c)
{
	return !c || is_blank(c) || strchr("\n;&|<>()", c);
}

/* Read one word, which begins here. */
static void scan_word(struct scan *s, struct shell_arg *arg)
{
	bool patterns = false;

	*arg = (struct shell_arg)SHELL_ARG_INIT;
	/* the guest's home is another */
	arg->literal = *s->p != '~';
	while (*s->p) {
		char c = *s->p;

		if (c == '(') {
			const char *text = arg->text.buf;
			size_t len = arg->text.len;

			/* a=(...), or an extended pattern */
			if (!len || arg->quoted ||
			    !strchr(arg->assignment ? "=?*+@!" : "?*+@!", text[len - 1]))
				break;
			s->p++;
			scan_balanced(s, '(', ')', false);
			arg->literal = false;
			continue;
		}
		if (is_meta(c))
			break;
		s->p++;
		if (c == '\\' && *s->p == '\n') {
			s->p++;
		} else if (c == '\\' && *s->p) {
			arg->quoted = true;
			put(arg, *s->p++);
		} else if (c == '\'') {
			arg->quoted = true;
			scan_single(s, arg);
		} else if (c == '"') {
			arg->quoted = true;
			scan_double(s, arg, '"');
		} else if (c == '`') {
			arg->literal = false;
			scan_backticks(s);
		} else if (c == '$') {
			arg->quoted |= *s->p == '\'' || *s->p == '"';
			scan_dollar(s, arg, false);
		} else {
			if (c == '=' && !arg->quoted && !arg->assignment)
				arg->assignment = is_variable(arg->text.buf);
			patterns |= strchr("*?[{", c) != NULL;
			put(arg, c);
		}
	}
	/* "[" and "{" are commands */
	if (patterns && !(arg->text.len == 1 && strchr("[{", arg->text.buf[0])))
		arg->literal = false;
}

/* Skip blanks, continued lines, and with @lines empty lines and comments. */
static void skip_blanks(struct scan *s, bool lines)
{
	for (;;) {
		if (is_blank(*s->p) || (lines && *s->p == '\n'))
			s->p++;
		else if (s->p[0] == '\\' && s->p[1] == '\n')
			s->p += 2;
		else if (lines && *s->p == '#')
			s->p += strcspn(s->p, "\n");
		else
			break;
	}
}

/* The texts of the here-documents that the last line has, after its end. */
static void scan_heredocs(struct scan *s)
{
	for (size_t i = 0; i < s->nr_heredocs; i++) {
		const struct heredoc *doc = &s->heredocs[i];
		_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

		while (*s->p) {
			const char *line = s->p;
			size_t len;

			if (doc->strip)
				line += strspn(line, "\t");
			len = strcspn(line, "\n");
			s->p = line + len + (line[len] == '\n');
			if (len == strlen(doc->end) && !strncmp(line, doc->end, len))
				break;
			strbuf_add(&text, line, (size_t)(s->p - line));
		}
		if (!doc->quoted) {
			struct scan body = { .words = s->words,
					     .p = text.buf,
					     .depth = s->depth + 1,
					     .nest = 1 };

			if (body.depth <= SHELLWORDS_DEPTH_MAX)
				scan_double(&body, NULL, '\0');
			scan_release(&body);
		}
		free(doc->end);
	}
	s->nr_heredocs = 0;
}

/* "<", ">" and what follows, up to the word that it is about. */
static void scan_redirection(struct scan *s)
{
	_cleanup_(shell_arg_release) struct shell_arg arg = SHELL_ARG_INIT;
	const char *p = s->p;
	bool here = p[0] == '<' && p[1] == '<' && p[2] != '<';

	if (p[1] == '(') {
		/* the name of a pipe from or to a command */
		s->p += 2;
		scan_substitution(s);
		return;
	}
	s->p += strspn(p, "<>");
	if (here && *s->p == '-')
		s->p++;
	else
		s->p += *s->p == '&' || *s->p == '|';
	skip_blanks(s, false);
	/* "< <(...)" */
	if ((*s->p == '<' || *s->p == '>') && s->p[1] == '(') {
		s->p += 2;
		scan_substitution(s);
		return;
	}
	scan_word(s, &arg);
	if (here) {
		ALLOC_GROW(s->heredocs, s->nr_heredocs, s->alloc_heredocs);
		s->heredocs[s->nr_heredocs++] =
			(struct heredoc){ .strip = p[2] == '-',
					  .quoted = arg.quoted,
					  .end = strbuf_detach(&arg.text) };
	} else {
		shellwords_note_path(s->words, &arg);
	}
}

/* The tests of "[[", after it. */
static void scan_condition(struct scan *s)
{
	while (*s->p) {
		_cleanup_(shell_arg_release) struct shell_arg arg = SHELL_ARG_INIT;

		skip_blanks(s, true);
		if (is_meta(*s->p)) {
			s->p += *s->p != '\0';
			continue;
		}
		scan_word(s, &arg);
		if (!arg.quoted && streq(arg.text.buf, "]]"))
			return;
	}
}

/* "case", after it, up to its "esac". */
static void scan_case(struct scan *s)
{
	_cleanup_(shell_arg_release) struct shell_arg subject = SHELL_ARG_INIT;
	_cleanup_(shell_arg_release) struct shell_arg in = SHELL_ARG_INIT;
	bool in_case = true;

	skip_blanks(s, true);
	scan_word(s, &subject);
	skip_blanks(s, true);
	scan_word(s, &in);
	s->nest++;
	while (in_case && *s->p) {
		_cleanup_(shell_arg_release) struct shell_arg pattern = SHELL_ARG_INIT;

		skip_blanks(s, true);
		if (*s->p == ')') {
			s->p++;
			scan_commands(s, '\0', &in_case);
			continue;
		}
		/* before a pattern, or between two */
		if (is_meta(*s->p)) {
			s->p += *s->p != '\0';
			continue;
		}
		scan_word(s, &pattern);
		if (!pattern.quoted && streq(pattern.text.buf, "esac"))
			break;
	}
	s->nest--;
}

/* The name behind "function", "for" or "select". */
static void scan_name(struct scan *s, bool function)
{
	_cleanup_(shell_arg_release) struct shell_arg name = SHELL_ARG_INIT;

	skip_blanks(s, false);
	if (!function && s->p[0] == '(' && s->p[1] == '(') {
		s->p += 2;
		scan_arithmetic(s);
		return;
	}
	scan_word(s, &name);
	if (!function)
		return;
	strmap_put(&s->words->functions, name.text.buf);
	skip_blanks(s, false);
	if (s->p[0] == '(' && s->p[1] == ')')
		s->p += 2;
}

enum keyword {
	KEYWORD_NONE,
	KEYWORD_PREFIX,	  /* a command follows */
	KEYWORD_TIME,	  /* a command follows, perhaps after "-p" */
	KEYWORD_NOT,	  /* a command follows whose failure is no failure */
	KEYWORD_OPEN,	  /* the same, and a compound command begins */
	KEYWORD_CLOSE,	  /* a compound command has ended */
	KEYWORD_FOR,	  /* a name follows, and then words */
	KEYWORD_FUNCTION, /* a name follows, and then a command */
	KEYWORD_CASE,
	KEYWORD_ESAC,
	KEYWORD_CONDITION, /* "[[" */
};

static enum keyword keyword_of(const struct shell_arg *arg)
{
	static const struct {
		const char *text;
		enum keyword keyword;
	} keywords[] = {
		{ "!", KEYWORD_NOT },	    { "[[", KEYWORD_CONDITION },
		{ "case", KEYWORD_CASE },   { "coproc", KEYWORD_NOT },
		{ "do", KEYWORD_PREFIX },   { "done", KEYWORD_CLOSE },
		{ "elif", KEYWORD_PREFIX }, { "else", KEYWORD_PREFIX },
		{ "esac", KEYWORD_ESAC },   { "fi", KEYWORD_CLOSE },
		{ "for", KEYWORD_FOR },	    { "function", KEYWORD_FUNCTION },
		{ "if", KEYWORD_OPEN },	    { "select", KEYWORD_FOR },
		{ "then", KEYWORD_PREFIX }, { "time", KEYWORD_TIME },
		{ "until", KEYWORD_OPEN },  { "while", KEYWORD_OPEN },
		{ "{", KEYWORD_OPEN },	    { "}", KEYWORD_CLOSE },
	};

	for (size_t i = 0; !arg->quoted && i < ARRAY_SIZE(keywords); i++)
		if (streq(arg->text.buf, keywords[i].text))
			return keywords[i].keyword;
	return KEYWORD_NONE;
}

/* The simple command that is being read. */
struct simple {
	struct shell_arg *v;
	size_t nr, alloc;
	bool open; /* its words are arguments, of a command or after a compound command */
};

/* The end of a simple command: find out what it runs. */
static void finish_simple(struct scan *s, struct simple *simple)
{
	shellwords_take(s->words, simple->v, simple->nr, !s->nest && !s->guarded,
			s->depth);
	for (size_t i = 0; i < simple->nr; i++)
		shell_arg_release(&simple->v[i]);
	simple->nr = 0;
	simple->open = false;
}

/* The end of a list, whose commands do not depend on those before. */
static void finish_list(struct scan *s, struct simple *simple)
{
	finish_simple(s, simple);
	/* a compound command belongs to the list that it is in */
	if (s->nest)
		return;
	s->guarded = false;
	s->words->nr_lists++;
}

/* A command of this list may fail, or not be run. */
static void guard_list(struct scan *s)
{
	struct shellwords *words = s->words;

	for (size_t i = 0; i < words->nr; i++)
		if (words->v[i].list == words->nr_lists)
			words->v[i].certain = false;
	s->guarded = true;
}

/* ";", "&", "|", "&&", "||" and their kin. False at the end of a part of a case. */
static bool scan_operator(struct scan *s, struct simple *simple, bool in_case)
{
	const char *p = s->p;

	if (p[0] == '&' && p[1] == '>') {
		s->p++;
		scan_redirection(s);
		return true;
	}
	if ((p[0] == '&' || p[0] == '|') && p[1] == p[0]) {
		s->p += 2;
		finish_simple(s, simple);
		guard_list(s);
		return true;
	}
	if (p[0] == '|') {
		s->p += p[1] == '&' ? 2 : 1;
		finish_simple(s, simple);
		return true;
	}
	s->p++;
	finish_list(s, simple);
	if (!in_case || p[0] != ';' || (p[1] != ';' && p[1] != '&'))
		return true;
	s->p += strspn(s->p, ";&");
	return false;
}

/* "(": of a function, of arithmetic, or of a subshell. */
static void scan_parenthesis(struct scan *s, struct simple *simple)
{
	const char *p = s->p++;

	if (simple->nr == 1) {
		skip_blanks(s, false);
		if (*s->p == ')') {
			s->p++;
			strmap_put(&s->words->functions, simple->v[0].text.buf);
			shell_arg_release(&simple->v[0]);
			simple->nr = 0;
			simple->open = false;
			return;
		}
		s->p = p + 1;
	}
	if (!simple->open && p[1] == '(' && is_arithmetic(p + 2)) {
		s->p++;
		scan_arithmetic(s);
	} else {
		scan_substitution(s);
	}
	simple->open = true;
}

/* A keyword has been read. False if it ends the case. */
static bool take_keyword(struct scan *s, enum keyword keyword, struct simple *simple,
			 unsigned int nest, bool *in_case)
{
	switch (keyword) {
	case KEYWORD_NONE:
	case KEYWORD_PREFIX:
		break;
	case KEYWORD_TIME:
		skip_blanks(s, false);
		if (s->p[0] == '-' && s->p[1] == 'p' && is_meta(s->p[2]))
			s->p += 2;
		break;
	case KEYWORD_NOT:
		guard_list(s);
		break;
	case KEYWORD_OPEN:
		s->nest++;
		break;
	case KEYWORD_FOR:
		s->nest++;
		scan_name(s, false);
		simple->open = true;
		break;
	case KEYWORD_CLOSE:
		s->nest -= s->nest > nest;
		simple->open = true;
		break;
	case KEYWORD_FUNCTION:
		scan_name(s, true);
		break;
	case KEYWORD_CASE:
		scan_case(s);
		simple->open = true;
		break;
	case KEYWORD_ESAC:
		if (in_case) {
			*in_case = false;
			return false;
		}
		simple->open = true;
		break;
	case KEYWORD_CONDITION:
		scan_condition(s);
		simple->open = true;
		break;
	}
	return true;
}

/* "2>file", "{fd}>file" */
static bool is_descriptor(const struct shell_arg *arg)
{
	const char *text = arg->text.buf;
	size_t len = arg->text.len;

	if (!len || arg->quoted)
		return false;
	return (text[0] == '{' && text[len - 1] == '}') ||
	       (arg->literal && strspn(text, "0123456789") == len);
}

/* A word, which may be a keyword or a part of a simple command. False: see above. */
static bool scan_command_word(struct scan *s, struct simple *simple, unsigned int nest,
			      bool *in_case)
{
	_cleanup_(shell_arg_release) struct shell_arg arg = SHELL_ARG_INIT;
	enum keyword keyword;

	scan_word(s, &arg);
	if ((*s->p == '<' || *s->p == '>') && is_descriptor(&arg))
		return true;
	keyword = simple->open || simple->nr ? KEYWORD_NONE : keyword_of(&arg);
	if (keyword)
		return take_keyword(s, keyword, simple, nest, in_case);
	/* the words of a "for" */
	if (simple->open && !simple->nr)
		return true;
	simple->open |= !arg.assignment;
	ALLOC_GROW(simple->v, simple->nr, simple->alloc);
	simple->v[simple->nr++] = arg;
	arg = (struct shell_arg)SHELL_ARG_INIT;
	return true;
}

/*
 * Read commands up to @end, and behind it. @in_case: up to the ";;" of a part of a case,
 * or to its "esac", and then it becomes false.
 */
static void scan_commands(struct scan *s, char end, bool *in_case)
{
	struct simple simple = { 0 };
	const unsigned int nest = s->nest;
	bool more = enter(s);

	while (more) {
		skip_blanks(s, false);
		if (!*s->p || (end && *s->p == end))
			break;
		switch (*s->p) {
		case '\n':
			s->p++;
			finish_list(s, &simple);
			scan_heredocs(s);
			break;
		case '#':
			s->p += strcspn(s->p, "\n");
			break;
		case ';':
		case '&':
		case '|':
			more = scan_operator(s, &simple, in_case);
			break;
		case '<':
		case '>':
			scan_redirection(s);
			break;
		case '(':
			scan_parenthesis(s, &simple);
			break;
		case ')':
			s->p++;
			break;
		default:
			more = scan_command_word(s, &simple, nest, in_case);
		}
	}
	finish_list(s, &simple);
	free(simple.v);
	s->p += end && *s->p == end;
	s->nest = nest;
	leave(s);
}

void shellwords_scan_text(struct shellwords *words, const char *text, unsigned int depth)
{
	struct scan s = { .words = words, .p = text, .depth = depth, .nest = depth > 0 };

	scan_commands(&s, '\0', NULL);
	scan_release(&s);
}

void shellwords_scan(struct shellwords *words, const char *text)
{
	words->nr_lists++;
	words->ended = false;
	shellwords_scan_text(words, text, 0);
}

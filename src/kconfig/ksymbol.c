// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads Kconfig files line by line. Expressions are parsed later: only a few of a
 * kernel's twenty thousand options are ever needed.
 */
#include <ctype.h>
#include <errno.h>

#include "lib/io.h"
#include "kconfig/ksymbol.h"
#include "lib/path.h"

/* The depth of nested if, menu and choice, over all files. */
#define SCOPES_MAX 256

/* An open if, menu or choice. */
struct scope {
	struct kcondition *depends; /* those of the scopes around it included */
	struct kcondition *visible;
};

struct parser {
	struct ksymbols *symbols;
	struct scope scopes[SCOPES_MAX];
	size_t nr_scopes;
	size_t base; /* of these, the ones that were open before this file */
	unsigned int depth;
	/* the entry that the lines belong to: */
	struct ksymbol *symbol; /* a config; or NULL */
	struct kdefinition *definition;
	bool in_scope;	    /* the menu or choice that has just begun */
	size_t help_indent; /* of the help text; SIZE_MAX: there is none now */
	bool help_begins;
};

static void parse_text(struct parser *p, char *text);

/* The rest of the line that is being parsed. */
struct line {
	char *p;
};

void ksymbols_release(struct ksymbols *symbols)
{
	strmap_release(&symbols->map, NULL);
	strvec_release(&symbols->texts);
	pool_release(&symbols->pool);
	free(symbols->srcdir);
	*symbols = (struct ksymbols)KSYMBOLS_INIT;
}

static struct ksymbol *intern(struct ksymbols *symbols, const char *name)
{
	void **slot = strmap_put(&symbols->map, name);
	struct ksymbol *symbol = *slot;

	if (symbol)
		return symbol;
	symbol = pool_alloc(&symbols->pool, sizeof(*symbol));
	symbol->name = pool_strndup(&symbols->pool, name, strlen(name));
	symbol->nr = symbols->map.nr - 1;
	return *slot = symbol;
}

const struct ksymbol *ksymbols_get(const struct ksymbols *symbols, const char *name)
{
	void **slot = strmap_get(&symbols->map, name);
	const struct ksymbol *symbol = slot ? *slot : NULL;

	return symbol && symbol->definitions ? symbol : NULL;
}

static struct kcondition *condition(struct parser *p, const char *text,
				    struct kcondition *next)
{
	struct kcondition *c = pool_alloc(&p->symbols->pool, sizeof(*c));

	*c = (struct kcondition){ .next = next, .text = text };
	return c;
}

const struct kexpr *ksymbols_all(struct ksymbols *symbols, struct kcondition *first)
{
	const struct kexpr *all = NULL;

	if (!first || first->all)
		return first ? first->all : NULL;
	for (struct kcondition *c = first; c; c = c->next)
		all = kexpr_and(&symbols->pool, all,
				kexpr_parse(&symbols->pool, c->text, symbols->arch));
	return first->all = all;
}

static struct scope *scope(struct parser *p)
{
	return &p->scopes[p->nr_scopes - 1];
}

/* The length of the item at @s: a quoted string, a macro or a character. */
static size_t item_length(const char *s)
{
	size_t open = 0, i;
	char quote = '\0';

	if (*s != '"' && *s != '\'' && !starts_with(s, "$("))
		return 1;
	for (i = 0; s[i]; i++) {
		if (quote) {
			if (s[i] == '\\' && s[i + 1])
				i++;
			else if (s[i] == quote)
				quote = '\0';
		} else if (s[i] == '"' || s[i] == '\'') {
			quote = s[i];
		} else if (s[i] == '(') {
			open++;
		} else if (s[i] == ')' && open) {
			open--;
		}
		if (!quote && !open && (i > 0 || s[0] != '$'))
			return i + 1;
	}
	return i;
}

/* Cut off the comment and trailing blanks. */
static void strip(char *line)
{
	char *p = line;
	size_t len;

	while (*p && *p != '#')
		p += item_length(p);
	*p = '\0';
	len = strlen(line);
	while (len && isspace((unsigned char)line[len - 1]))
		line[--len] = '\0';
}

static void skip_blanks(struct line *line)
{
	line->p += strspn(line->p, " \t");
}

/* The next word, terminated in place; "" at the end. */
static char *take_word(struct line *line)
{
	char *word;

	skip_blanks(line);
	word = line->p;
	line->p += strcspn(word, " \t");
	if (*line->p)
		*line->p++ = '\0';
	return word;
}

/* The text between quotes; NULL if there are none. */
static const char *take_quoted(struct line *line)
{
	char quote, *text;
	size_t len;

	skip_blanks(line);
	quote = *line->p;
	if (quote != '"' && quote != '\'')
		return NULL;
	text = line->p + 1;
	len = item_length(line->p);
	line->p += len;
	if (len >= 2 && text[len - 2] == quote)
		text[len - 2] = '\0';
	return text;
}

/* Split "X if Y": X is terminated, Y is returned, or NULL without "if". */
static const char *split_condition(char *text)
{
	for (char *p = text; *p; p += item_length(p)) {
		if (!starts_with(p, "if") || p == text || !strchr(" \t)\"'", p[-1]) ||
		    !strchr(" \t(\"'!", p[2]) || !p[2])
			continue;
		*p = '\0';
		return p + 2;
	}
	return NULL;
}

static void begin_nothing(struct parser *p)
{
	p->symbol = NULL;
	p->definition = NULL;
	p->in_scope = false;
}

static void begin_config(struct parser *p, struct line *line)
{
	const char *name = take_word(line);
	struct kdefinition *d;

	begin_nothing(p);
	if (!*name)
		return;
	p->symbol = intern(p->symbols, name);
	d = pool_alloc(&p->symbols->pool, sizeof(*d));
	d->depends = scope(p)->depends;
	d->visible = scope(p)->visible;
	*(p->symbol->last ? &p->symbol->last->next : &p->symbol->definitions) = d;
	p->definition = p->symbol->last = d;
}

/* @text: the condition of an `if`, or NULL. */
static void begin_scope(struct parser *p, const char *text)
{
	struct scope *outer = scope(p);

	begin_nothing(p);
	if (p->nr_scopes == SCOPES_MAX)
		return;
	p->scopes[p->nr_scopes++] = *outer;
	if (text)
		scope(p)->depends = condition(p, text, scope(p)->depends);
	else
		p->in_scope = true;
}

static void end_scope(struct parser *p)
{
	begin_nothing(p);
	if (p->nr_scopes > p->base)
		p->nr_scopes--;
}

/*
 * Replace $(SRCARCH) and the like in the name of a file. False if it has another macro.
 */
static bool expand_path(const struct parser *p, const char *name, struct strbuf *out)
{
	const char *arch = p->symbols->arch;
	const struct {
		const char *macro, *value;
	} macros[] = {
		{ "$(SRCARCH)", arch },
		{ "$(ARCH)", arch },
		{ "$SRCARCH", arch },
		{ "$ARCH", arch },
		/* arch/um/Makefile: it takes the rest from this one */
		{ "$(HEADER_ARCH)", "x86" },
	};
	static const char srctree[] = "$(srctree)/";

	if (starts_with(name, srctree))
		name += strlen(srctree);
	while (*name) {
		size_t i = 0;

		while (i < ARRAY_SIZE(macros) && !starts_with(name, macros[i].macro))
			i++;
		if (i < ARRAY_SIZE(macros)) {
			strbuf_adds(out, macros[i].value);
			name += strlen(macros[i].macro);
		} else if (*name == '$') {
			return false;
		} else {
			strbuf_addch(out, *name++);
		}
	}
	return true;
}

/* Parse the file @name. A missing file is skipped, and so is one that sources itself. */
static int parse_file(struct parser *p, const char *name)
{
	_cleanup_free_ char *path = path_join(p->symbols->srcdir, name);
	size_t nr = p->nr_scopes, base = p->base;
	char *text;
	int err;

	if (p->depth >= KSYMBOL_DEPTH_MAX || p->symbols->nr_files >= KSYMBOL_FILES_MAX)
		return -ELOOP;
	err = io_read_regular(path, KSYMBOL_FILE_MAX, &text, NULL);
	if (err)
		return err;
	strvec_take(&p->symbols->texts, text);
	p->symbols->nr_files++;
	p->depth++;
	begin_nothing(p);
	p->base = nr;
	parse_text(p, text);
	/* scopes that the file leaves open end with it */
	p->nr_scopes = nr;
	p->base = base;
	begin_nothing(p);
	p->depth--;
	return 0;
}

static void source(struct parser *p, struct line *line)
{
	_cleanup_(strbuf_release) struct strbuf path = STRBUF_INIT;
	const char *name = take_quoted(line);

	if (!name)
		name = take_word(line);
	if (*name && expand_path(p, name, &path))
		parse_file(p, path.buf);
}

static const struct {
	const char *name;
	enum ksymbol_type type;
	bool has_default;
} types[] = {
	{ "bool", KSYMBOL_BOOL, false },     { "boolean", KSYMBOL_BOOL, false },
	{ "def_bool", KSYMBOL_BOOL, true },  { "def_tristate", KSYMBOL_TRISTATE, true },
	{ "hex", KSYMBOL_HEX, false },	     { "int", KSYMBOL_INT, false },
	{ "string", KSYMBOL_STRING, false }, { "tristate", KSYMBOL_TRISTATE, false },
};

static void add_default(struct parser *p, struct line *line)
{
	struct kdefault **last, *value;
	const char *shown;

	if (!p->definition)
		return;
	value = pool_alloc(&p->symbols->pool, sizeof(*value));
	skip_blanks(line);
	shown = split_condition(line->p);
	value->value = condition(p, line->p, NULL);
	value->condition = shown ? condition(p, shown, NULL) : NULL;
	last = &p->definition->defaults;
	while (*last)
		last = &(*last)->next;
	*last = value;
}

/*
 * The rest of the line behind the word @keyword ("on", "if"), or NULL if another word is
 * next.
 */
static const char *take_after(struct line *line, const char *keyword)
{
	size_t len = strlen(keyword);

	skip_blanks(line);
	if (strncmp(line->p, keyword, len) != 0 || !strchr(" \t(!\"$", line->p[len]))
		return NULL;
	return line->p + len;
}

/* The rest of `prompt`, `bool` and so on: "TEXT" if CONDITION. */
static void add_prompt(struct parser *p, struct line *line)
{
	const char *prompt = take_quoted(line), *shown;

	if (!prompt)
		return;
	shown = take_after(line, "if");
	if (p->definition)
		p->definition->prompt = prompt;
	if (p->definition && shown)
		p->definition->visible = condition(p, shown, p->definition->visible);
	else if (p->in_scope &&
		 shown) /* without the choice's prompt its options have none either */
		scope(p)->visible = condition(p, shown, scope(p)->visible);
}

static void add_depends(struct parser *p, struct line *line)
{
	const char *text = take_after(line, "on");

	if (!text)
		return;
	if (p->definition)
		p->definition->depends = condition(p, text, p->definition->depends);
	else if (p->in_scope)
		scope(p)->depends = condition(p, text, scope(p)->depends);
}

static void add_visible(struct parser *p, struct line *line)
{
	const char *text = take_after(line, "if");

	if (text && p->in_scope)
		scope(p)->visible = condition(p, text, scope(p)->visible);
}

static void add_select(struct parser *p, struct line *line)
{
	struct kselect *select;
	struct ksymbol *target;
	const char *name, *shown;

	if (!p->symbol)
		return;
	name = take_word(line);
	if (!*name)
		return;
	target = intern(p->symbols, name);
	select = pool_alloc(&p->symbols->pool, sizeof(*select));
	select->by = p->symbol;
	shown = take_after(line, "if");
	select->condition = shown ? condition(p, shown, NULL) : NULL;
	select->next = target->selects;
	target->selects = select;
}

static void begin_help(struct parser *p, struct line *line)
{
	(void)line;
	p->help_begins = true;
}

static void begin_menu(struct parser *p, struct line *line)
{
	(void)line;
	begin_scope(p, NULL);
}

static void begin_if(struct parser *p, struct line *line)
{
	begin_scope(p, line->p);
}

static void end(struct parser *p, struct line *line)
{
	(void)line;
	end_scope(p);
}

static void begin_comment(struct parser *p, struct line *line)
{
	(void)line;
	begin_nothing(p);
}

static const struct {
	const char *name;
	void (*parse)(struct parser *p, struct line *line);
} statements[] = {
	{ "---help---", begin_help }, { "choice", begin_menu },
	{ "comment", begin_comment }, { "config", begin_config },
	{ "default", add_default },   { "depends", add_depends },
	{ "endchoice", end },	      { "endif", end },
	{ "endmenu", end },	      { "help", begin_help },
	{ "if", begin_if },	      { "mainmenu", begin_comment },
	{ "menu", begin_menu },	      { "menuconfig", begin_config },
	{ "prompt", add_prompt },     { "select", add_select },
	{ "source", source },	      { "visible", add_visible },
};

static bool parse_type(struct parser *p, const char *word, struct line *line)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(types) && !streq(types[i].name, word))
		i++;
	if (i == ARRAY_SIZE(types))
		return false;
	if (p->symbol)
		p->symbol->type = types[i].type;
	if (types[i].has_default)
		add_default(p, line);
	else
		add_prompt(p, line);
	return true;
}

static void parse_line(struct parser *p, char *text)
{
	struct line line = { text };
	const char *word;

	strip(text);
	word = take_word(&line);
	if (!*word || parse_type(p, word, &line))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(statements); i++) {
		if (!streq(statements[i].name, word))
			continue;
		statements[i].parse(p, &line);
		return;
	}
}

/* The width of the leading blanks in columns. */
static size_t indent_of(const char *line)
{
	size_t column = 0;

	for (; *line == ' ' || *line == '\t'; line++)
		column = *line == '\t' ? column / 8 * 8 + 8 : column + 1;
	return column;
}

/*
 * Whether @line belongs to a help text, which ends before a line with a smaller indent.
 */
static bool in_help(struct parser *p, const char *line)
{
	size_t indent = indent_of(line);

	if (!p->help_begins && p->help_indent == SIZE_MAX)
		return false;
	if (!line[strspn(line, " \t\r\f\v")])
		return true;
	if (p->help_begins && indent > 0)
		p->help_indent = indent;
	p->help_begins = false;
	if (p->help_indent != SIZE_MAX && indent >= p->help_indent)
		return true;
	p->help_indent = SIZE_MAX;
	return false;
}

/*
 * The end of the line at @text, after joining it with the next ones where it ends in "\".
 */
static char *join_lines(char *text)
{
	char *end = strchr(text, '\n');

	while (end && end > text && end[-1] == '\\') {
		end[-1] = end[0] = ' ';
		end = strchr(end, '\n');
	}
	return end;
}

static void parse_text(struct parser *p, char *text)
{
	char *next;

	p->help_begins = false;
	p->help_indent = SIZE_MAX;
	for (char *line = text; line; line = next) {
		char *newline = strchr(line, '\n');

		if (newline)
			*newline = '\0';
		if (in_help(p, line)) {
			next = newline ? newline + 1 : NULL;
			continue;
		}
		if (newline)
			*newline = '\n';
		next = join_lines(line);
		if (next)
			*next++ = '\0';
		parse_line(p, line);
	}
	p->help_begins = false;
	p->help_indent = SIZE_MAX;
}

static void parser_init(struct ksymbols *symbols, struct parser *p, const char *srcdir,
			const char *arch)
{
	*symbols = (struct ksymbols){ .srcdir = xstrdup(srcdir), .arch = arch };
	*p = (struct parser){
		.symbols = symbols, .nr_scopes = 1, .base = 1, .help_indent = SIZE_MAX
	};
}

int ksymbols_read(struct ksymbols *symbols, const char *srcdir, const char *arch)
{
	struct parser p;

	parser_init(symbols, &p, srcdir, arch);
	return parse_file(&p, "Kconfig");
}

void ksymbols_parse(struct ksymbols *symbols, const char *text, const char *srcdir,
		    const char *arch)
{
	char *copy = xstrdup(text);
	struct parser p;

	parser_init(symbols, &p, srcdir, arch);
	strvec_take(&symbols->texts, copy);
	parse_text(&p, copy);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Configuration expressions: parser, evaluation, text. */
#include "kconfig/kexpr.h"

/* The depth of nested parentheses and negations; the kernel's deepest is about five. */
#define DEPTH_MAX 64
/* The length of an expression; the kernel's longest has 2 KiB. */
#define LENGTH_MAX 16384
/* The nodes of an expression: more than the options that select the most popular one. */
#define NODES_MAX 8192
/* All combinations of this many symbols are tried, 3 to the power of it. */
#define TRIED_MAX 4

struct parser {
	struct pool *pool;
	const char *arch;
	const char *p;
	unsigned int depth;
	bool failed;
};

static const struct kexpr *new_expr(struct pool *pool, struct kexpr init)
{
	struct kexpr *e = pool_alloc(pool, sizeof(*e));

	init.size = 1 + (init.left ? init.left->size : 0) +
		    (init.right ? init.right->size : 0);
	if (init.size > NODES_MAX)
		init = (struct kexpr){ .op = KEXPR_UNKNOWN, .text = "...", .size = 1 };
	*e = init;
	return e;
}

const struct kexpr *kexpr_const(struct pool *pool, unsigned int set)
{
	return new_expr(pool, (struct kexpr){ .op = KEXPR_CONST, .set = set });
}

const struct kexpr *kexpr_symbol(struct pool *pool, const char *name)
{
	return new_expr(pool, (struct kexpr){ .op = KEXPR_SYMBOL, .text = name });
}

const struct kexpr *kexpr_unknown(struct pool *pool, const char *text)
{
	return new_expr(pool, (struct kexpr){ .op = KEXPR_UNKNOWN, .text = text });
}

/* NULL is "y". */
static bool is_const(const struct kexpr *e, unsigned int set)
{
	return e ? e->op == KEXPR_CONST && e->set == set : set == KVALUE_Y;
}

const struct kexpr *kexpr_not(struct pool *pool, const struct kexpr *e)
{
	if (is_const(e, KVALUE_Y))
		return kexpr_const(pool, KVALUE_N);
	if (is_const(e, KVALUE_N))
		return kexpr_const(pool, KVALUE_Y);
	if (e->op == KEXPR_NOT)
		return e->left;
	return new_expr(pool, (struct kexpr){ .op = KEXPR_NOT, .left = e });
}

/* A part that is @neutral leaves the other part; one that is @dominant decides. */
static const struct kexpr *join(struct pool *pool, enum kexpr_op op, unsigned int neutral,
				unsigned int dominant, const struct kexpr *a,
				const struct kexpr *b)
{
	if (is_const(a, neutral) || is_const(b, dominant))
		return b ? b : kexpr_const(pool, KVALUE_Y);
	if (is_const(b, neutral) || is_const(a, dominant))
		return a ? a : kexpr_const(pool, KVALUE_Y);
	return new_expr(pool, (struct kexpr){ .op = op, .left = a, .right = b });
}

const struct kexpr *kexpr_and(struct pool *pool, const struct kexpr *a,
			      const struct kexpr *b)
{
	return join(pool, KEXPR_AND, KVALUE_Y, KVALUE_N, a, b);
}

const struct kexpr *kexpr_or(struct pool *pool, const struct kexpr *a,
			     const struct kexpr *b)
{
	return join(pool, KEXPR_OR, KVALUE_N, KVALUE_Y, a, b);
}

static void skip_blanks(struct parser *p)
{
	p->p += strspn(p->p, " \t");
}

static bool take(struct parser *p, const char *token)
{
	skip_blanks(p);
	if (!starts_with(p->p, token))
		return false;
	p->p += strlen(token);
	return true;
}

/* The length of "$(...)" at @s, nested ones included; 0 if it is not closed. */
static size_t macro_length(const char *s)
{
	unsigned int open = 0;

	for (size_t i = 1; s[i]; i++) {
		if (s[i] == '(')
			open++;
		else if (s[i] == ')' && --open == 0)
			return i + 1;
	}
	return 0;
}

/* The value of a macro that does not depend on tools, or NULL. */
static const char *macro_value(const struct parser *p, const char *s, size_t len)
{
	const struct {
		const char *macro, *value;
	} macros[] = {
		{ "$(ARCH)", p->arch },
		{ "$(SRCARCH)", p->arch },
		/* only User Mode Linux asks for the host's, and is x86's alone */
		{ "$(SUBARCH)", "x86" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(macros); i++)
		if (len == strlen(macros[i].macro) &&
		    strncmp(s, macros[i].macro, len) == 0)
			return macros[i].value;
	return NULL;
}

/* A string between quotes. NULL if it is not closed or has a macro that runs tools. */
static const char *take_quoted(struct parser *p)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	char quote = *p->p++;

	while (*p->p && *p->p != quote) {
		size_t len = starts_with(p->p, "$(") ? macro_length(p->p) : 0;
		const char *value = len ? macro_value(p, p->p, len) : NULL;

		if (len && !value)
			return NULL;
		if (value)
			strbuf_adds(&text, value);
		else
			strbuf_addch(&text, *p->p);
		p->p += len ? len : 1;
	}
	if (*p->p != quote)
		return NULL;
	p->p++;
	return pool_strndup(p->pool, text.buf, text.len);
}

static size_t word_length(const char *s)
{
	return strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
			 "-./");
}

/* A symbol, a constant (then @quoted is set), or NULL for anything else. */
static const char *take_operand(struct parser *p, bool *quoted)
{
	size_t len;

	skip_blanks(p);
	*quoted = *p->p == '"' || *p->p == '\'';
	if (*quoted)
		return take_quoted(p);
	len = word_length(p->p);
	if (!len)
		return NULL;
	p->p += len;
	return pool_strndup(p->pool, p->p - len, len);
}

static bool is_tristate(const char *text)
{
	return streq(text, "y") || streq(text, "m") || streq(text, "n");
}

static unsigned int tristate_set(const char *text)
{
	return streq(text, "y") ? KVALUE_Y : streq(text, "m") ? KVALUE_M : KVALUE_N;
}

static const struct kexpr *fail(struct parser *p)
{
	p->failed = true;
	return kexpr_const(p->pool, KVALUE_N);
}

/* A comparison; a constant if it has no symbol. */
static const struct kexpr *equal(struct parser *p, const char *a, bool a_fixed,
				 const char *b, bool b_fixed, bool negated)
{
	a_fixed |= is_tristate(a);
	b_fixed |= is_tristate(b);
	if (a_fixed && b_fixed)
		return kexpr_const(p->pool, streq(a, b) != negated ? KVALUE_Y : KVALUE_N);
	if (a_fixed) {
		const char *symbol = b;

		b = a;
		a = symbol;
	} else if (!b_fixed) {
		_cleanup_free_ char *text =
			xasprintf("%s%s%s", a, negated ? "!=" : "=", b);

		return kexpr_unknown(p->pool, pool_strndup(p->pool, text, strlen(text)));
	}
	return new_expr(p->pool, (struct kexpr){ .op = KEXPR_EQUAL,
						 .text = a,
						 .other = b,
						 .negated = negated });
}

/* SYMBOL, SYMBOL = VALUE, or an ordering, which is not evaluated. */
static const struct kexpr *parse_comparison(struct parser *p)
{
	static const char *const orderings[] = { "<=", ">=", "<", ">" };
	const char *start, *left, *right;
	bool left_fixed, right_fixed, negated;

	skip_blanks(p);
	start = p->p;
	left = take_operand(p, &left_fixed);
	if (!left)
		return fail(p);
	for (size_t i = 0; i < ARRAY_SIZE(orderings); i++) {
		if (!take(p, orderings[i]))
			continue;
		if (!take_operand(p, &right_fixed))
			return fail(p);
		return kexpr_unknown(
			p->pool, pool_strndup(p->pool, start, (size_t)(p->p - start)));
	}
	negated = take(p, "!=");
	if (negated || take(p, "=")) {
		right = take_operand(p, &right_fixed);
		return right ? equal(p, left, left_fixed, right, right_fixed, negated)
			     : fail(p);
	}
	if (left_fixed || is_tristate(left))
		return kexpr_const(p->pool, tristate_set(left));
	return kexpr_symbol(p->pool, left);
}

static const struct kexpr *parse_or(struct parser *p);

static const struct kexpr *parse_factor(struct parser *p)
{
	const struct kexpr *e;
	size_t len;

	if (p->depth >= DEPTH_MAX)
		return fail(p);
	p->depth++;
	skip_blanks(p);
	len = starts_with(p->p, "$(") ? macro_length(p->p) : 0;
	if (len) {
		e = kexpr_unknown(p->pool, pool_strndup(p->pool, p->p, len));
		p->p += len;
	} else if (starts_with(p->p, "!") && take(p, "!")) {
		e = kexpr_not(p->pool, parse_factor(p));
	} else if (take(p, "(")) {
		e = parse_or(p);
		if (!take(p, ")"))
			p->failed = true;
	} else {
		e = parse_comparison(p);
	}
	p->depth--;
	return e;
}

static const struct kexpr *parse_and(struct parser *p)
{
	const struct kexpr *e = parse_factor(p);

	while (!p->failed && take(p, "&&"))
		e = kexpr_and(p->pool, e, parse_factor(p));
	return e;
}

static const struct kexpr *parse_or(struct parser *p)
{
	const struct kexpr *e = parse_and(p);

	while (!p->failed && take(p, "||"))
		e = kexpr_or(p->pool, e, parse_and(p));
	return e;
}

const struct kexpr *kexpr_parse(struct pool *pool, const char *text, const char *arch)
{
	struct parser p = { .pool = pool, .arch = arch, .p = text };
	size_t len = strlen(text);
	const struct kexpr *e = len <= LENGTH_MAX ? parse_or(&p) : fail(&p);

	skip_blanks(&p);
	if (!p.failed && !*p.p)
		return e;
	text += strspn(text, " \t");
	return kexpr_unknown(pool, pool_strndup(pool, text, strlen(text)));
}

static unsigned int combine(unsigned int a, unsigned int b, bool max)
{
	unsigned int set = 0;

	for (unsigned int x = KVALUE_N; x <= KVALUE_Y; x <<= 1)
		for (unsigned int y = KVALUE_N; y <= KVALUE_Y; y <<= 1)
			if ((a & x) && (b & y))
				set |= (x > y) == max ? x : y;
	return set;
}

unsigned int kvalue_min(unsigned int a, unsigned int b)
{
	return combine(a, b, false);
}

unsigned int kvalue_max(unsigned int a, unsigned int b)
{
	return combine(a, b, true);
}

static unsigned int invert(unsigned int set)
{
	return (set & KVALUE_M) | (set & KVALUE_N ? KVALUE_Y : 0) |
	       (set & KVALUE_Y ? KVALUE_N : 0);
}

static unsigned int eval_equal(const struct kexpr *e, unsigned int set)
{
	unsigned int wanted;

	if (!is_tristate(e->other))
		return KVALUE_N | KVALUE_Y;
	wanted = tristate_set(e->other);
	if (set == wanted)
		return e->negated ? KVALUE_N : KVALUE_Y;
	if (!(set & wanted))
		return e->negated ? KVALUE_Y : KVALUE_N;
	return KVALUE_N | KVALUE_Y;
}

static unsigned int eval(const struct kexpr *e, kexpr_value_fn value, void *ctx)
{
	switch (e->op) {
	case KEXPR_CONST:
		return e->set;
	case KEXPR_SYMBOL:
		return value(ctx, e->text);
	case KEXPR_EQUAL:
		return eval_equal(e, value(ctx, e->text));
	case KEXPR_NOT:
		return invert(eval(e->left, value, ctx));
	case KEXPR_AND:
	case KEXPR_OR:
		return combine(eval(e->left, value, ctx), eval(e->right, value, ctx),
			       e->op == KEXPR_OR);
	case KEXPR_UNKNOWN:
		break;
	}
	return KVALUE_ANY;
}

/*
 * The symbols whose values are not known, if they are few, and the values that are tried.
 */
struct trial {
	kexpr_value_fn value;
	void *ctx;
	const char *names[TRIED_MAX];
	unsigned int sets[TRIED_MAX], now[TRIED_MAX];
	size_t nr;
	bool too_many;
};

static unsigned int trial_value(void *ctx, const char *name)
{
	const struct trial *t = ctx;

	for (size_t i = 0; i < t->nr; i++)
		if (streq(t->names[i], name))
			return t->now[i];
	return t->value(t->ctx, name);
}

static void collect(struct trial *t, const struct kexpr *e)
{
	unsigned int set;

	if (e->left)
		collect(t, e->left);
	if (e->right)
		collect(t, e->right);
	if ((e->op != KEXPR_SYMBOL && e->op != KEXPR_EQUAL) || t->too_many)
		return;
	set = t->value(t->ctx, e->text);
	if (!(set & (set - 1)))
		return;
	for (size_t i = 0; i < t->nr; i++)
		if (streq(t->names[i], e->text))
			return;
	if (t->nr == TRIED_MAX) {
		t->too_many = true;
		return;
	}
	t->names[t->nr] = e->text;
	t->sets[t->nr++] = set;
}

static unsigned int try_all(struct trial *t, const struct kexpr *e, size_t i)
{
	unsigned int set = 0;

	if (i == t->nr)
		return eval(e, trial_value, t);
	for (t->now[i] = KVALUE_N; t->now[i] <= KVALUE_Y; t->now[i] <<= 1)
		if (t->sets[i] & t->now[i])
			set |= try_all(t, e, i + 1);
	return set;
}

unsigned int kexpr_eval(const struct kexpr *e, kexpr_value_fn value, void *ctx)
{
	struct trial t = { .value = value, .ctx = ctx };
	unsigned int set = eval(e, value, ctx);

	/* a single value or a plain symbol needs no trial */
	if (!(set & (set - 1)) || e->op == KEXPR_SYMBOL)
		return set;
	collect(&t, e);
	return t.too_many ? set : try_all(&t, e, 0);
}

static void print_part(const struct kexpr *e, bool parentheses, struct strbuf *out)
{
	if (parentheses)
		strbuf_addch(out, '(');
	kexpr_print(e, out);
	if (parentheses)
		strbuf_addch(out, ')');
}

void kexpr_print(const struct kexpr *e, struct strbuf *out)
{
	bool is_and = e->op == KEXPR_AND;

	switch (e->op) {
	case KEXPR_CONST:
		strbuf_adds(out, e->set & KVALUE_Y ? "y" : e->set & KVALUE_M ? "m" : "n");
		break;
	case KEXPR_SYMBOL:
	case KEXPR_UNKNOWN:
		strbuf_adds(out, e->text);
		break;
	case KEXPR_EQUAL:
		strbuf_addf(out, "%s%s%s", e->text, e->negated ? "!=" : "=", e->other);
		break;
	case KEXPR_NOT:
		strbuf_addch(out, '!');
		print_part(e->left,
			   e->left->op >= KEXPR_AND || e->left->op == KEXPR_EQUAL, out);
		break;
	case KEXPR_AND:
	case KEXPR_OR:
		print_part(e->left, is_and && e->left->op == KEXPR_OR, out);
		strbuf_adds(out, is_and ? " && " : " || ");
		print_part(e->right, is_and && e->right->op == KEXPR_OR, out);
		break;
	}
}

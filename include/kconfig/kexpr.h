/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expressions of the kernel's configuration, as in `depends on`, `if` and `select ...
 * if`; see Documentation/kbuild/kconfig-language.rst. Symbols have sets of possible
 * values, and so does the result of an evaluation.
 */
#ifndef RAPIDO_KEXPR_H
#define RAPIDO_KEXPR_H

#include "lib/pool.h"
#include "lib/str.h"

/*
 * The three values of a tristate, and sets of them for values that are not known exactly.
 */
enum {
	KVALUE_N = 1,
	KVALUE_M = 2,
	KVALUE_Y = 4,
	KVALUE_ANY = KVALUE_N | KVALUE_M | KVALUE_Y,
	KVALUE_ON = KVALUE_M | KVALUE_Y,
};

/* The set of all possible minima, or maxima, of a value of @a and one of @b. */
unsigned int kvalue_min(unsigned int a, unsigned int b);
unsigned int kvalue_max(unsigned int a, unsigned int b);

enum kexpr_op {
	KEXPR_CONST,   /* set */
	KEXPR_SYMBOL,  /* text: its name */
	KEXPR_EQUAL,   /* symbol text is, or with negated is not, other */
	KEXPR_UNKNOWN, /* text: cannot be evaluated here */
	KEXPR_NOT,     /* left */
	KEXPR_AND,
	KEXPR_OR,
};

struct kexpr {
	enum kexpr_op op;
	unsigned int set;
	unsigned int size; /* in nodes */
	bool negated;
	const char *text, *other;
	const struct kexpr *left, *right;
};

/*
 * Parse @text; the result is the pool's. $(ARCH) and $(SRCARCH) are replaced by @arch. A
 * part that is malformed, too deep, or runs the compiler, as $(cc-option,...), becomes
 * KEXPR_UNKNOWN. Never NULL.
 */
const struct kexpr *kexpr_parse(struct pool *pool, const char *text, const char *arch);

/*
 * Make an expression from parts; constants are folded, NULL parts count as "y". One that
 * becomes larger than any kernel's is KEXPR_UNKNOWN. Names are not copied.
 */
const struct kexpr *kexpr_const(struct pool *pool, unsigned int set);
const struct kexpr *kexpr_symbol(struct pool *pool, const char *name);
const struct kexpr *kexpr_unknown(struct pool *pool, const char *text);
const struct kexpr *kexpr_not(struct pool *pool, const struct kexpr *e);
const struct kexpr *kexpr_and(struct pool *pool, const struct kexpr *a,
			      const struct kexpr *b);
const struct kexpr *kexpr_or(struct pool *pool, const struct kexpr *a,
			     const struct kexpr *b);

/* The values that the symbol @name may have: a set, not empty. */
typedef unsigned int (*kexpr_value_fn)(void *ctx, const char *name);

/*
 * The values that @e may have. If it has few symbols, all their combinations are tried,
 * so that "A || !A" is known to be on.
 */
unsigned int kexpr_eval(const struct kexpr *e, kexpr_value_fn value, void *ctx);

/* Append @e in Kconfig's syntax, with as few parentheses as possible. */
void kexpr_print(const struct kexpr *e, struct strbuf *out);

#endif

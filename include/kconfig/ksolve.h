/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which options to set so that others take effect. Kconfig silently drops an option whose
 * dependencies are off. Here dependencies are set as well, as far as it is certain what
 * they require. Others, such as "A || B", are handed back as notes.
 */
#ifndef RAPIDO_KSOLVE_H
#define RAPIDO_KSOLVE_H

#include "kconfig/kbuild.h"
#include "kconfig/ksymbol.h"

/* A line of the result. */
struct ksolve_item {
	const char *symbol; /* NULL: a note */
	char *text;	    /* the value, or the note */
	char *owner;	    /* the option that it is set for; NULL: it was asked for */
	size_t group;	    /* the caller's number of the request that first wanted it */
	bool fixed;	    /* set by the caller: not to be raised */
};

struct ksolve_pending;

struct ksolve {
	struct ksymbols *symbols;
	struct kbuild *kbuild;
	struct ksolve_item *items; /* in the order in which they were wanted */
	size_t nr, alloc;
	/* private */
	struct pool pool;
	struct strmap assigned; /* name to index into items, plus 1 */
	struct ksolve_pending *pending;
	size_t nr_pending, alloc_pending;
	struct ksolve_memo *memo;
	unsigned int generation, epoch, depth;
	bool modules;
};

/*
 * @symbols and @kbuild are of one source and must outlive @solve. Without a source both
 * are NULL, and dependencies are not followed.
 */
void ksolve_init(struct ksolve *solve, struct ksymbols *symbols, struct kbuild *kbuild);
void ksolve_release(struct ksolve *solve);

/*
 * Set @symbol to @value ("y", "m", "n", a number, a string) unchanged, and want what it
 * depends on. Must be called before the others. 0; -ENOENT if the source does not have it
 * (it is set nevertheless); -EEXIST if it already has another value.
 */
int ksolve_set(struct ksolve *solve, const char *symbol, const char *value, size_t group);

/*
 * Want @symbol built in, or with @module at least as a module, if it can be one. 0;
 * -ENOENT as above.
 */
int ksolve_want(struct ksolve *solve, const char *symbol, bool module, size_t group);

/*
 * Want the module @name. 0; -ENOENT if no Makefile has it; -ENOTUNIQ if several options
 * build one of this name; -EOPNOTSUPP if its option does not exist on this architecture.
 * The names of the options are appended to @symbols.
 */
int ksolve_want_module(struct ksolve *solve, const char *name, size_t group,
		       struct strvec *symbols);

/*
 * After all requests: decide what is certain now, and make notes of the rest: "ZRAM also
 * needs: A || B". Notes do not have CONFIG_, which merge_config.sh searches for in all
 * lines.
 */
void ksolve_finish(struct ksolve *solve);

/* The value that @symbol is set to, or NULL. */
const char *ksolve_get(const struct ksolve *solve, const char *symbol);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the wanted options to all options that must be set. An option is known as a set of
 * values: its value if we set it; "n" if the source does not have it; what its defaults
 * and selects make of it if it has no prompt; and any value for all others, because the
 * configuration that the result is merged into decides them.
 */
#include <errno.h>

#include "kconfig/ksolve.h"

/* The depth of nested dependencies; options beyond it may have any value. */
#define DEPTH_MAX 64
/*
 * The kernel's longest expression, of everything that selects an option, has some
 * thousands.
 */
#define NODES_PER_DEPTH 256
/* A longer note is cut off. */
#define NOTE_MAX 300

struct ksolve_pending {
	const struct kexpr *e;	      /* must be on; if NULL: */
	const struct ksymbol *symbol; /* its prompt must be there */
	unsigned int want;
	const char *owner;
	size_t group;
};

/* The values that an option may have, as computed in this generation. */
struct ksolve_memo {
	unsigned int generation, set;
	unsigned int wanted; /* the epoch in which ways to it were searched */
	bool busy;
};

static void want_expr(struct ksolve *s, const struct kexpr *e, unsigned int want,
		      const char *owner, size_t group);
static unsigned int value_of(void *ctx, const char *name);

void ksolve_init(struct ksolve *s, struct ksymbols *symbols, struct kbuild *kbuild)
{
	*s = (struct ksolve){
		.symbols = symbols,
		.kbuild = kbuild,
		.generation = 1,
		.epoch = 1,
	};
	if (symbols)
		s->memo = xcalloc(symbols->map.nr + 1, sizeof(*s->memo));
}

void ksolve_release(struct ksolve *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		free(s->items[i].text);
		free(s->items[i].owner);
	}
	free(s->items);
	free(s->pending);
	free(s->memo);
	strmap_release(&s->assigned, NULL);
	pool_release(&s->pool);
	*s = (struct ksolve){ 0 };
}

static struct ksolve_item *find_item(const struct ksolve *s, const char *symbol)
{
	void **slot = strmap_get(&s->assigned, symbol);

	return slot ? &s->items[(uintptr_t)*slot - 1] : NULL;
}

const char *ksolve_get(const struct ksolve *s, const char *symbol)
{
	const struct ksolve_item *item = find_item(s, symbol);

	return item ? item->text : NULL;
}

static struct ksolve_item *add_item(struct ksolve *s, const char *owner, size_t group)
{
	ALLOC_GROW(s->items, s->nr, s->alloc);
	s->items[s->nr++] = (struct ksolve_item){
		.owner = owner ? xstrdup(owner) : NULL,
		.group = group,
	};
	return &s->items[s->nr - 1];
}

static void assign(struct ksolve *s, const char *symbol, const char *value,
		   const char *owner, size_t group)
{
	struct ksolve_item *item = find_item(s, symbol);

	if (!item) {
		item = add_item(s, owner, group);
		item->symbol = pool_strndup(&s->pool, symbol, strlen(symbol));
		*strmap_put(&s->assigned, symbol) = (void *)(uintptr_t)s->nr;
	}
	free(item->text);
	item->text = xstrdup(value);
	s->modules |= streq(value, "m");
	s->generation++;
	s->epoch++;
}

static void add_note(struct ksolve *s, const char *owner, const struct kexpr *e,
		     size_t group)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct ksolve_item *note;

	strbuf_addf(&text, "%s also needs: ", owner);
	kexpr_print(e, &text);
	if (text.len > NOTE_MAX) {
		strbuf_setlen(&text, NOTE_MAX);
		strbuf_adds(&text, "...");
	}
	for (size_t i = 0; i < s->nr; i++)
		if (!s->items[i].symbol && streq(s->items[i].text, text.buf))
			return;
	note = add_item(s, owner, group);
	note->text = strbuf_detach(&text);
}

static bool at_least(unsigned int set, unsigned int want)
{
	return !(set & ~(want == KVALUE_Y ? KVALUE_Y : KVALUE_ON));
}

static bool can_be(unsigned int set, unsigned int want)
{
	return set & (want == KVALUE_Y ? KVALUE_Y : KVALUE_ON);
}

static unsigned int set_of(const char *value)
{
	if (streq(value, "y"))
		return KVALUE_Y;
	if (streq(value, "n"))
		return KVALUE_N;
	/* another option may select it */
	return streq(value, "m") ? KVALUE_ON : KVALUE_ANY;
}

/* All values of the option's type. */
static unsigned int values_of_type(const struct ksymbol *symbol)
{
	return symbol->type == KSYMBOL_BOOL ? KVALUE_N | KVALUE_Y : KVALUE_ANY;
}

/* The conjunction of @e and @all's list; NULL is "y". */
static const struct kexpr *with_all(struct ksolve *s, const struct kexpr *e,
				    struct kcondition *all)
{
	const struct kexpr *list = ksymbols_all(s->symbols, all);

	if (!e || !list)
		return e ? e : list;
	return kexpr_and(&s->pool, e, list);
}

/* A long expression uses as much stack as many nested short ones. */
static unsigned int depth_of(const struct kexpr *e)
{
	return e->size / NODES_PER_DEPTH;
}

static unsigned int eval(struct ksolve *s, const struct kexpr *e)
{
	unsigned int set;

	if (!e)
		return KVALUE_Y;
	s->depth += depth_of(e);
	set = kexpr_eval(e, value_of, s);
	s->depth -= depth_of(e);
	return set;
}

static bool has_prompt(const struct ksymbol *symbol)
{
	for (const struct kdefinition *d = symbol->definitions; d; d = d->next)
		if (d->prompt)
			return true;
	return false;
}

/* The first default whose condition is on counts. */
static unsigned int default_of(struct ksolve *s, const struct ksymbol *symbol)
{
	unsigned int set = 0;

	for (struct kdefinition *d = symbol->definitions; d; d = d->next) {
		unsigned int depends = eval(s, ksymbols_all(s->symbols, d->depends));

		for (struct kdefault *v = d->defaults; v; v = v->next) {
			unsigned int on = kvalue_min(
				depends, eval(s, ksymbols_all(s->symbols, v->condition)));

			if (!(on & KVALUE_ON))
				continue;
			set |= kvalue_min(on & KVALUE_ON,
					  eval(s, ksymbols_all(s->symbols, v->value)));
			if (!(on & KVALUE_N))
				return set;
		}
	}
	return set | KVALUE_N;
}

/* Whether the user can set it: a set of values, only "n" if not. */
static unsigned int prompt_of(struct ksolve *s, const struct ksymbol *symbol)
{
	unsigned int set = KVALUE_N;

	for (struct kdefinition *d = symbol->definitions; d; d = d->next)
		if (d->prompt)
			set |= eval(s, with_all(s, ksymbols_all(s->symbols, d->depends),
						d->visible));
	return set;
}

/*
 * What selects make of @symbol. Of the options that have a prompt, only those we set
 * count.
 */
static unsigned int selected_of(struct ksolve *s, const struct ksymbol *symbol)
{
	unsigned int set = KVALUE_N;

	for (struct kselect *select = symbol->selects; select; select = select->next) {
		unsigned int by = KVALUE_ANY;

		if (!has_prompt(select->by) || find_item(s, select->by->name))
			by = value_of(s, select->by->name);
		if (by == KVALUE_N)
			continue;
		by = kvalue_min(by, eval(s, ksymbols_all(s->symbols, select->condition)));
		set = kvalue_max(set, by);
	}
	return set;
}

static unsigned int compute(struct ksolve *s, const struct ksymbol *symbol)
{
	unsigned int set = default_of(s, symbol);

	if (prompt_of(s, symbol) & KVALUE_ON)
		set = values_of_type(symbol);
	set = kvalue_max(set, selected_of(s, symbol));
	/* a bool that would be "m" is "y" */
	if (symbol->type == KSYMBOL_BOOL && (set & KVALUE_M))
		set = (set & ~(unsigned int)KVALUE_M) | KVALUE_Y;
	return set;
}

static unsigned int value_of(void *ctx, const char *name)
{
	struct ksolve *s = ctx;
	const struct ksolve_item *item = find_item(s, name);
	const struct ksymbol *symbol;
	struct ksolve_memo *memo;

	if (item)
		return set_of(item->text);
	symbol = s->symbols ? ksymbols_get(s->symbols, name) : NULL;
	/* COMPILE_TEST shows options that do nothing on this machine */
	if (!symbol || streq(name, "COMPILE_TEST"))
		return KVALUE_N;
	if (s->modules && streq(name, "MODULES"))
		return KVALUE_Y;
	memo = &s->memo[symbol->nr];
	if (memo->generation == s->generation)
		return memo->set;
	if (memo->busy || s->depth >= DEPTH_MAX)
		return values_of_type(symbol);
	memo->busy = true;
	s->depth++;
	memo->set = compute(s, symbol);
	memo->generation = s->generation;
	s->depth--;
	memo->busy = false;
	return memo->set;
}

static void postpone(struct ksolve *s, const struct kexpr *e, unsigned int want,
		     const char *owner, size_t group)
{
	ALLOC_GROW(s->pending, s->nr_pending, s->alloc_pending);
	s->pending[s->nr_pending++] = (struct ksolve_pending){
		.e = e,
		.want = want,
		.owner = owner,
		.group = group,
	};
}

/* Postponed until all wanted options are known: one of them may select @symbol. */
static void postpone_prompt(struct ksolve *s, const struct ksymbol *symbol,
			    unsigned int want, size_t group)
{
	postpone(s, NULL, want, symbol->name, group);
	s->pending[s->nr_pending - 1].symbol = symbol;
}

/* The prompt is visible, or a default turns the option on without it. */
static const struct kexpr *visible_or_default(struct ksolve *s,
					      const struct kdefinition *d)
{
	const struct kexpr *any = ksymbols_all(s->symbols, d->visible);

	for (struct kdefault *v = d->defaults; v; v = v->next)
		any = kexpr_or(
			&s->pool, any,
			with_all(s, ksymbols_all(s->symbols, v->value), v->condition));
	return any;
}

/* The first entry of @symbol whose prompt can be there. */
static struct kdefinition *find_prompt(struct ksolve *s, const struct ksymbol *symbol)
{
	for (struct kdefinition *d = symbol->definitions; d; d = d->next) {
		if (!d->prompt)
			continue;
		if (eval(s, ksymbols_all(s->symbols, d->depends)) & KVALUE_ON)
			return d;
	}
	return NULL;
}

/* Want what the prompt of @symbol needs. For a bool a dependency may be a module. */
static void want_prompt(struct ksolve *s, const struct ksymbol *symbol, unsigned int want,
			size_t group)
{
	struct kdefinition *d = find_prompt(s, symbol);
	const struct kexpr *any;

	if (!d || at_least(selected_of(s, symbol), want))
		return;
	if (symbol->type != KSYMBOL_TRISTATE)
		want = KVALUE_M;
	/* one of the entries is enough */
	any = ksymbols_all(s->symbols, d->depends);
	for (struct kdefinition *other = d->next; other && any; other = other->next)
		if (other->prompt)
			any = kexpr_or(&s->pool, any,
				       ksymbols_all(s->symbols, other->depends));
	if (any)
		want_expr(s, any, want, symbol->name, group);
	if (d->visible)
		want_expr(s, visible_or_default(s, d), want, symbol->name, group);
}

/*
 * Everything that can turn on an option whose prompt is not there: its defaults and its
 * selects. If there is nothing, what its prompt needs, as that is the most useful note.
 */
static const struct kexpr *ways_to(struct ksolve *s, const struct ksymbol *symbol)
{
	const struct kexpr *any = kexpr_const(&s->pool, KVALUE_N), *way, *prompt = NULL;

	for (struct kdefinition *d = symbol->definitions; d; d = d->next) {
		if (d->prompt && !prompt)
			prompt = ksymbols_all(s->symbols, d->depends);
		for (struct kdefault *v = d->defaults; v; v = v->next) {
			way = with_all(s, ksymbols_all(s->symbols, v->value),
				       v->condition);
			way = with_all(s, way, d->depends);
			any = kexpr_or(&s->pool, any, way);
		}
	}
	for (struct kselect *select = symbol->selects; select; select = select->next) {
		way = with_all(s, kexpr_symbol(&s->pool, select->by->name),
			       select->condition);
		any = kexpr_or(&s->pool, any, way);
	}
	return prompt && !(eval(s, any) & KVALUE_ON) ? prompt : any;
}

static void want_symbol(struct ksolve *s, const char *name, unsigned int want,
			const char *owner, size_t group)
{
	const struct ksymbol *symbol = ksymbols_get(s->symbols, name);
	const struct ksolve_item *item = find_item(s, name);
	struct kdefinition *d = symbol ? find_prompt(s, symbol) : NULL;
	bool tristate = symbol && symbol->type == KSYMBOL_TRISTATE;

	/* a name that lives as long as the result */
	name = symbol ? symbol->name : pool_strndup(&s->pool, name, strlen(name));
	if (!symbol || (item && item->fixed) ||
	    (!tristate && symbol->type != KSYMBOL_BOOL)) {
		postpone(s, kexpr_symbol(&s->pool, name), want, owner, group);
	} else if (d) {
		assign(s, name, tristate && want == KVALUE_M ? "m" : "y", owner, group);
		postpone_prompt(s, symbol, tristate ? want : KVALUE_Y, group);
	} else if (s->memo[symbol->nr].wanted != s->epoch && s->depth < DEPTH_MAX) {
		const struct kexpr *ways = ways_to(s, symbol);

		s->memo[symbol->nr].wanted = s->epoch;
		s->depth += 1 + depth_of(ways);
		want_expr(s, ways, tristate ? want : KVALUE_M, name, group);
		s->depth -= 1 + depth_of(ways);
	}
}

/* Follow the alternative that is possible, if there is only one. */
static void want_one(struct ksolve *s, const struct kexpr *e, unsigned int want,
		     const char *owner, size_t group)
{
	bool left = can_be(eval(s, e->left), want),
	     right = can_be(eval(s, e->right), want);

	if (left != right)
		want_expr(s, left ? e->left : e->right, want, owner, group);
	else
		postpone(s, e, want, owner, group);
}

static void want_expr(struct ksolve *s, const struct kexpr *e, unsigned int want,
		      const char *owner, size_t group)
{
	if (at_least(eval(s, e), want))
		return;
	if (e->op == KEXPR_SYMBOL) {
		want_symbol(s, e->text, want, owner, group);
	} else if (e->op == KEXPR_EQUAL && streq(e->other, e->negated ? "n" : "y")) {
		want_symbol(s, e->text, e->negated ? KVALUE_M : KVALUE_Y, owner, group);
	} else if (e->op == KEXPR_AND) {
		want_expr(s, e->left, want, owner, group);
		want_expr(s, e->right, want, owner, group);
	} else if (e->op == KEXPR_OR) {
		want_one(s, e, want, owner, group);
	} else {
		postpone(s, e, want, owner, group);
	}
}

int ksolve_set(struct ksolve *s, const char *name, const char *value, size_t group)
{
	const struct ksymbol *symbol = s->symbols ? ksymbols_get(s->symbols, name) : NULL;
	struct ksolve_item *item = find_item(s, name);

	if (item && !streq(item->text, value))
		return -EEXIST;
	if (item)
		return 0;
	assign(s, name, value, NULL, group);
	find_item(s, name)->fixed = true;
	if (!symbol)
		return s->symbols ? -ENOENT : 0;
	if (!streq(value, "n"))
		postpone_prompt(s, symbol, streq(value, "m") ? KVALUE_M : KVALUE_Y,
				group);
	return 0;
}

int ksolve_want(struct ksolve *s, const char *name, bool module, size_t group)
{
	const struct ksymbol *symbol = s->symbols ? ksymbols_get(s->symbols, name) : NULL;

	if (find_item(s, name) && (module || find_item(s, name)->fixed))
		return 0;
	if (!s->symbols)
		assign(s, name, "y", NULL, group);
	else if (symbol)
		want_symbol(s, name, module ? KVALUE_M : KVALUE_Y, NULL, group);
	return symbol || !s->symbols ? 0 : -ENOENT;
}

/* Whether @object's option can be on and make can reach it. */
static bool is_possible(struct ksolve *s, const struct kbuild_object *object)
{
	const struct ksymbol *symbol = ksymbols_get(s->symbols, object->symbol);

	return symbol && (value_of(s, object->symbol) & KVALUE_ON) &&
	       (eval(s, kbuild_reached(s->kbuild, object)) & KVALUE_ON);
}

static bool is_tristate(struct ksolve *s, const struct kbuild_object *object)
{
	const struct ksymbol *symbol = ksymbols_get(s->symbols, object->symbol);

	return symbol && symbol->type == KSYMBOL_TRISTATE;
}

/*
 * Append the symbols of @objects that are possible: tristates, or if there are none, the
 * others. If one of them is set already, only that one.
 */
static void list_candidates(struct ksolve *s, const struct kbuild_object *objects,
			    struct strvec *symbols)
{
	bool any_tristate = false;

	for (const struct kbuild_object *o = objects; o; o = o->next)
		any_tristate |= is_tristate(s, o) && is_possible(s, o);
	for (const struct kbuild_object *o = objects; o; o = o->next) {
		if (!is_possible(s, o) || is_tristate(s, o) != any_tristate ||
		    strvec_has(symbols, o->symbol))
			continue;
		if (find_item(s, o->symbol)) {
			strvec_release(symbols);
			strvec_push(symbols, o->symbol);
			return;
		}
		strvec_push(symbols, o->symbol);
	}
	strvec_sort(symbols);
}

int ksolve_want_module(struct ksolve *s, const char *name, size_t group,
		       struct strvec *symbols)
{
	const struct kbuild_object *objects = kbuild_objects(s->kbuild, name);
	const struct kexpr *reached = kexpr_const(&s->pool, KVALUE_N);

	if (!objects)
		return -ENOENT;
	list_candidates(s, objects, symbols);
	if (!symbols->nr) {
		for (const struct kbuild_object *o = objects; o; o = o->next)
			if (!strvec_has(symbols, o->symbol))
				strvec_push(symbols, o->symbol);
		strvec_sort(symbols);
		return -EOPNOTSUPP;
	}
	if (symbols->nr > 1)
		return -ENOTUNIQ;
	ksolve_want(s, symbols->v[0], true, group);
	for (const struct kbuild_object *o = objects; o; o = o->next)
		if (streq(o->symbol, symbols->v[0]))
			reached =
				kexpr_or(&s->pool, reached, kbuild_reached(s->kbuild, o));
	want_expr(s, reached, KVALUE_M, pool_strndup(&s->pool, name, strlen(name)),
		  group);
	return 0;
}

/* Work on the pending requests until nothing changes any more. */
static void settle(struct ksolve *s)
{
	unsigned int generation;

	do {
		struct ksolve_pending *pending = s->pending;
		size_t nr = s->nr_pending;

		generation = s->generation;
		s->epoch++;
		s->pending = NULL;
		s->nr_pending = s->alloc_pending = 0;
		for (size_t i = 0; i < nr; i++) {
			const struct ksolve_pending *p = &pending[i];

			if (p->symbol)
				want_prompt(s, p->symbol, p->want, p->group);
			else
				want_expr(s, p->e, p->want, p->owner, p->group);
		}
		free(pending);
	} while (s->generation != generation);
}

void ksolve_finish(struct ksolve *s)
{
	if (!s->symbols)
		return;
	settle(s);
	for (size_t i = 0; i < s->nr_pending; i++)
		add_note(s, s->pending[i].owner ? s->pending[i].owner : "this",
			 s->pending[i].e, s->pending[i].group);
	s->nr_pending = 0;
}

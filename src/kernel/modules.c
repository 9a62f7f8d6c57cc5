// SPDX-License-Identifier: GPL-2.0-or-later
/* Selects modules with their dependencies, which may be in another catalogue. */
#include <errno.h>

#include "kernel/kofile.h"
#include "kernel/modules.h"
#include "lib/strmap.h"

/* External modules hide the kernel's own of the same name. */
enum catalogue { EXTRA, OWN, NR_CATALOGUES };

struct selected {
	struct module module;
	int err; /* why it cannot be loaded */
	char *why;
	bool in_progress;     /* its dependencies are being selected */
	struct strvec before; /* names to load first */
	struct strvec after;  /* and afterwards: post: soft dependencies */
	struct strvec firmware;
};

struct modules {
	struct modcat *cats[NR_CATALOGUES]; /* or NULL */
	struct selected **all;		    /* in order of selection */
	size_t nr, alloc;
	struct strmap names; /* name -> index in all, + 1 */
	struct strvec strings;
};

struct modules *modules_new(struct modcat *own, struct modcat *extra)
{
	struct modules *m = xcalloc(1, sizeof(*m));

	m->cats[OWN] = own;
	m->cats[EXTRA] = extra;
	return m;
}

void modules_free(struct modules *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nr; i++) {
		strvec_release(&m->all[i]->before);
		strvec_release(&m->all[i]->after);
		strvec_release(&m->all[i]->firmware);
		free(m->all[i]->why);
		free(m->all[i]);
	}
	for (int i = 0; i < NR_CATALOGUES; i++)
		modcat_close(m->cats[i]);
	free(m->all);
	strmap_release(&m->names, NULL);
	strvec_release(&m->strings);
	free(m);
}

/* A module as found, and where. */
struct found {
	struct modcat_module module;
	enum catalogue cat;
};

struct found_list {
	struct found *v;
	size_t nr, alloc;
};

static void found_list_release(struct found_list *list)
{
	free(list->v);
}

/* Whether an external module has this name. */
static bool is_hidden(const struct modules *m, const char *name)
{
	_cleanup_(modcat_list_release) struct modcat_list list = { 0 };

	if (m->cats[EXTRA])
		modcat_lookup(m->cats[EXTRA], name, &list);
	for (size_t i = 0; i < list.nr; i++)
		if (streq(list.v[i].name, name))
			return true;
	return false;
}

static void lookup(const struct modules *m, const char *name, struct found_list *found)
{
	for (enum catalogue cat = 0; cat < NR_CATALOGUES; cat++) {
		_cleanup_(modcat_list_release) struct modcat_list list = { 0 };

		if (m->cats[cat])
			modcat_lookup(m->cats[cat], name, &list);
		for (size_t k = 0; k < list.nr; k++) {
			if (cat == OWN && is_hidden(m, list.v[k].name))
				continue;
			ALLOC_GROW(found->v, found->nr, found->alloc);
			found->v[found->nr++] = (struct found){ list.v[k], cat };
		}
	}
}

/* Why a module is selected: the module that wants it, and in @parent why that one is. */
struct wanted {
	const struct wanted *parent;
	int by;
	const char *how;
	int tag;
	bool hard;
};

static struct selected *get_selected(const struct modules *m, const char *name)
{
	void **slot = strmap_get(&m->names, name);

	return slot ? m->all[(uintptr_t)*slot - 1] : NULL;
}

/*
 * Whether module number @index needs itself: whether only hard dependencies lead from it
 * to @wanted. @path gets the names on the way, the last one first.
 */
static bool is_circle(const struct modules *m, size_t index, const struct wanted *wanted,
		      struct strvec *path)
{
	for (; wanted && wanted->hard; wanted = wanted->parent) {
		strvec_push(path, m->all[wanted->by]->module.name);
		if ((size_t)wanted->by == index)
			return true;
	}
	return false;
}

static char *describe_circle(const struct strvec *path, const char *name)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	strbuf_adds(&text, "it depends on itself: ");
	for (size_t i = path->nr; i > 0; i--)
		strbuf_addf(&text, "%s -> ", path->v[i - 1]);
	strbuf_adds(&text, name);
	return strbuf_detach(&text);
}

static int select_found(struct modules *m, const struct found *found,
			const struct wanted *wanted, char **why);

/*
 * Select the module or modules called @name. The names of those that can be loaded are
 * appended to @names, if that is not NULL. -ENOENT if there are none, else the first
 * error.
 */
static int select_name(struct modules *m, const char *name, const struct wanted *wanted,
		       struct strvec *names, char **why)
{
	_cleanup_(found_list_release) struct found_list found = { 0 };
	int err = 0;

	lookup(m, name, &found);
	for (size_t i = 0; i < found.nr; i++) {
		_cleanup_free_ char *reason = NULL;
		int one = select_found(m, &found.v[i], wanted, &reason);

		if (!one && names)
			strvec_push(names, found.v[i].module.name);
		if (one && !err) {
			err = one;
			*why = TAKE_PTR(reason);
		}
	}
	return found.nr ? err : -ENOENT;
}

/* Select dependencies that may be absent. */
static void select_soft(struct modules *m, const struct strvec *wants, int of,
			const struct wanted *parent, const char *kind,
			struct strvec *names)
{
	const struct wanted wanted = {
		.parent = parent,
		.by = of,
		.how = strvec_pushf(&m->strings, "%s of %s", kind,
				    m->all[of]->module.name),
		.tag = m->all[of]->module.tag,
	};

	for (size_t i = 0; i < wants->nr; i++) {
		_cleanup_free_ char *ignored = NULL;

		select_name(m, wants->v[i], &wanted, names, &ignored);
	}
}

static int select_hard(struct modules *m, const struct strvec *wants, int of,
		       const struct wanted *parent, char **why)
{
	const struct wanted wanted = {
		.parent = parent,
		.by = of,
		.how = strvec_pushf(&m->strings, "a dependency of %s",
				    m->all[of]->module.name),
		.tag = m->all[of]->module.tag,
		.hard = true,
	};
	int err = 0;

	for (size_t i = 0; i < wants->nr && !err; i++) {
		err = select_name(m, wants->v[i], &wanted, &m->all[of]->before, why);
		if (err == -ENOENT)
			*why = xasprintf("it needs '%s', which is not there",
					 wants->v[i]);
	}
	return err ? -EBADMSG : 0;
}

static int select_needs(struct modules *m, int index, struct modcat *cat,
			const struct modcat_module *module, const struct wanted *wanted,
			char **why)
{
	_cleanup_(modcat_needs_release) struct modcat_needs needs = { 0 };
	struct selected *s = m->all[index];
	int err = modcat_get_needs(cat, module, &needs, why);

	if (err)
		return err;
	s->firmware = needs.firmware;
	needs.firmware = (struct strvec)STRVEC_INIT;
	select_soft(m, &needs.pre, index, wanted, "a soft dependency", &s->before);
	err = select_hard(m, &needs.hard, index, wanted, why);
	/*
	 * a built-in module is there from the start, so modules that use it come after
	 * both
	 */
	select_soft(m, &needs.post, index, wanted, "a soft dependency",
		    module->path ? &s->after : &s->before);
	/* weak dependencies must be in the image, but are not loaded with the module */
	select_soft(m, &needs.weak, index, wanted, "a weak dependency", NULL);
	return err;
}

static int add_selected(struct modules *m, const struct found *found,
			const struct wanted *wanted)
{
	const struct modcat_module *module = &found->module;
	struct selected *s = xcalloc(1, sizeof(*s));
	bool is_build = modcat_is_build(m->cats[found->cat]);

	s->module = (struct module){
		.name = module->name,
		.path = module->path,
		.place = module->place,
		.order = module->order + (found->cat == EXTRA ? SIZE_MAX / 2 : 0),
		.packed = is_build && module->path && kofile_is_packed(module->path),
		.from_build = is_build,
		.by = wanted->by,
		.how = wanted->how,
		.tag = wanted->tag,
		.firmware = &s->firmware,
	};
	ALLOC_GROW(m->all, m->nr, m->alloc);
	m->all[m->nr++] = s;
	*strmap_put(&m->names, module->name) = (void *)(uintptr_t)m->nr;
	return (int)m->nr - 1;
}

static int select_again(struct modules *m, struct selected *s,
			const struct wanted *wanted, char **why)
{
	_cleanup_(strvec_release) struct strvec path = STRVEC_INIT;
	void **slot = strmap_get(&m->names, s->module.name);

	if (s->in_progress && is_circle(m, (uintptr_t)*slot - 1, wanted, &path)) {
		*why = describe_circle(&path, s->module.name);
		return -EBADMSG;
	}
	*why = s->why ? xstrdup(s->why) : NULL;
	return s->err;
}

static int select_found(struct modules *m, const struct found *found,
			const struct wanted *wanted, char **why)
{
	struct selected *s = get_selected(m, found->module.name);
	int index;

	if (s)
		return select_again(m, s, wanted, why);
	index = add_selected(m, found, wanted);
	s = m->all[index];
	s->in_progress = true;
	s->err = select_needs(m, index, m->cats[found->cat], &found->module, wanted, why);
	s->in_progress = false;
	s->module.broken = s->err != 0;
	if (s->err)
		s->why = xstrdup(*why);
	return s->err;
}

int modules_select(struct modules *m, const char *name, int tag, char **why)
{
	const struct wanted wanted = { .by = -1, .tag = tag };

	*why = NULL;
	return select_name(m, name, &wanted, NULL, why);
}

size_t modules_count(const struct modules *m)
{
	return m->nr;
}

const struct module *modules_get(const struct modules *m, size_t i)
{
	return &m->all[i]->module;
}

static void add_load_order(const struct modules *m, struct selected *s,
			   struct strvec *places);

static void add_names(const struct modules *m, const struct strvec *names,
		      struct strvec *places)
{
	for (size_t i = 0; i < names->nr; i++) {
		struct selected *s = get_selected(m, names->v[i]);

		if (s)
			add_load_order(m, s, places);
	}
}

static void add_load_order(const struct modules *m, struct selected *s,
			   struct strvec *places)
{
	/* a module that turned out to be broken is still among the names */
	if (s->in_progress || s->module.broken ||
	    (s->module.place && strvec_has(places, s->module.place)))
		return;
	s->in_progress = true; /* soft dependencies may go in circles */
	add_names(m, &s->before, places);
	if (s->module.place)
		strvec_push(places, s->module.place);
	add_names(m, &s->after, places);
	s->in_progress = false;
}

void modules_load_order(const struct modules *m, const char *name, struct strvec *places)
{
	_cleanup_(found_list_release) struct found_list found = { 0 };

	lookup(m, name, &found);
	for (size_t i = 0; i < found.nr; i++) {
		struct selected *s = get_selected(m, found.v[i].module.name);

		if (s)
			add_load_order(m, s, places);
	}
}

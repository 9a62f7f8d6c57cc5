// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads the libraries of one process as ld.so would: breadth first; a name that is loaded
 * already is not searched again; and a search uses the paths of the object that needs the
 * library and of those that led to it.
 */
#include "closure-load.h"
#include "ldso.h"
#include "lib/path.h"
#include "closure/tree.h"
#include "lib/log.h"

/* An object of the process. */
struct load {
	struct lib_object lib;
	struct object *object;
};

struct loading {
	struct load **loads; /* in the order of loading; each has a fixed address */
	size_t nr, alloc;
	struct strvec names; /* that are loaded: as requested, and their DT_SONAMEs */
	const struct context *context;
};

static void release_loading(struct loading *p)
{
	for (size_t i = 0; i < p->nr; i++) {
		free(p->loads[i]->lib.opened);
		free(p->loads[i]);
	}
	free(p->loads);
	strvec_release(&p->names);
}

/* @opened (heap) becomes part of the process. */
static void load(struct loading *p, struct object *object, char *opened,
		 const struct load *loader)
{
	struct load *new = xcalloc(1, sizeof(*new));

	new->object = object;
	new->lib.elf = &object->elf;
	new->lib.opened = opened;
	new->lib.loader = loader ? &loader->lib : NULL;
	ALLOC_GROW(p->loads, p->nr, p->alloc);
	p->loads[p->nr++] = new;
	if (object->elf.soname && !strvec_has(&p->names, object->elf.soname))
		strvec_push(&p->names, object->elf.soname);
}

static bool in_dirs(const char *path, const struct strvec *dirs)
{
	_cleanup_free_ char *dir = path_dirname(path);

	return strvec_has(dirs, dir);
}

void closure_link_from_system_dir(struct closure *c, const char *path,
				  const struct strvec *search,
				  const struct lib_object *by, int entry)
{
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;
	const struct plan_reason reason = {
		.by = entry,
		.why = plan_intern(c->plan, "to be found by ld.so"),
	};
	const char *name = NULL;

	for (size_t i = 0; search && i < search->nr && !name; i++)
		if (path_below(path, search->v[i]) &&
		    (in_dirs(path, search) ||
		     starts_with(path + strlen(search->v[i]), "/" LDSO_HWCAPS "/")))
			name = path + strlen(search->v[i]) + 1;
	if (!name)
		return;
	libsearch_system_dirs(&c->libraries, by, &dirs);
	for (size_t i = 0; i < dirs.nr; i++) {
		_cleanup_free_ char *link = path_join(dirs.v[i], name);

		if (!sysroot_exists(c->root, dirs.v[i]))
			continue;
		plan_add_link(c->plan, link, path, reason);
		return;
	}
}

enum necessity { LIBRARY_REQUIRED, LIBRARY_OPTIONAL };

/* Adds the file @path, which was found for @name, to the process and the plan. */
static void load_file(struct closure *c, struct loading *p, const struct load *by,
		      const char *name, const char *path)
{
	_cleanup_free_ char *canonical = NULL, *why = xasprintf("needs %s", name);
	const struct plan_reason reason = { by->object->entry,
					    plan_intern(c->plan, why) };
	struct object *object;
	struct stat st;
	int entry = tree_add_path(c->plan, c->root, path, reason, &canonical, &st);

	if (entry == PLAN_FILTERED)
		return;
	if (entry < 0) {
		closure_complain(c, p->context, "cannot add '%s': %s", path,
				 err_text(entry));
		return;
	}
	closure_link_from_system_dir(c, path, p->context->request->search, &by->lib,
				     entry);
	if (closure_examine(c, c->root, canonical, entry, &object))
		closure_complain(c, p->context,
				 "cannot read library '%s': it is not a valid ELF file",
				 path);
	else if (object->is_elf)
		load(p, object, xstrdup(path), by);
}

/* Adds the library @name to the process and the plan. False if it is not found. */
static bool load_library(struct closure *c, struct loading *p, const struct load *by,
			 const char *name, enum necessity necessity)
{
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;
	const struct object *object = by->object;

	if (strvec_has(&p->names, name) ||
	    (libsearch_musl(&by->lib) && ldso_musl_has(name)))
		return true;
	if (!libsearch_find(&c->libraries, &by->lib, name, p->context->request->search,
			    &found)) {
		_cleanup_free_ char *chain = plan_chain(c->plan, object->entry);

		if (necessity == LIBRARY_REQUIRED)
			closure_complain(c, p->context,
					 "cannot find library '%s', needed by %s -> %s",
					 name, chain, name);
		return false;
	}
	strvec_push(&p->names, name);
	/* the processor of the guest decides which of them is loaded */
	for (size_t i = 0; i < found.nr; i++)
		load_file(c, p, by, name, found.v[i]);
	return true;
}

static void load_dlopen(struct closure *c, struct loading *p, const struct load *by)
{
	const struct elf_file *elf = by->lib.elf;

	for (size_t i = 0; i < elf->nr_dlopen; i++) {
		const struct elf_dlopen *entry = &elf->dlopen[i];
		bool found = false;

		for (size_t j = 0; j < entry->sonames.nr && !found; j++)
			found = load_library(c, p, by, entry->sonames.v[j],
					     LIBRARY_OPTIONAL);
		if (!found && entry->sonames.nr) {
			const struct context optional = { .request =
								  p->context->request };

			closure_complain(
				c, entry->required ? p->context : &optional,
				"cannot find library '%s', which '%s' %s at run time",
				entry->sonames.v[0], by->object->path,
				entry->required ? "loads" : "would like to load");
		}
	}
}

/* Adds the file that tells musl's linker where to search, if it exists. */
static void add_musl_path(struct closure *c, const struct object *object,
			  const char *linker)
{
	const struct plan_reason reason = { object->entry,
					    plan_intern(c->plan, "read by its linker") };
	_cleanup_(strvec_release) struct strvec ignored = STRVEC_INIT;
	_cleanup_free_ char *file = ldso_musl_dirs(c->root, linker, &ignored);
	struct stat st;

	tree_add_path(c->plan, c->root, file, reason, NULL, &st);
}

void closure_load_libraries(struct closure *c, struct object *object,
			    const struct context *context)
{
	_cleanup_(release_loading) struct loading p = { .context = context };
	const char *musl;
	bool unwinder = false;

	load(&p, object, xstrdup(object->path), NULL);
	for (size_t i = 0; i < p.nr; i++) {
		const struct load *by = p.loads[i];
		const struct elf_file *elf = by->lib.elf;
		const char *base = path_basename(by->object->path);

		for (size_t j = 0; j < elf->needed.nr; j++)
			load_library(c, &p, by, elf->needed.v[j], LIBRARY_REQUIRED);
		for (size_t j = 0; j < elf->auxiliary.nr; j++)
			load_library(c, &p, by, elf->auxiliary.v[j], LIBRARY_OPTIONAL);
		load_dlopen(c, &p, by);
		/* libc itself names these functions because it defines them */
		unwinder |= elf->wants_unwinder && !starts_with(base, "libc.so") &&
			    !starts_with(base, "libc-") &&
			    !starts_with(base, "libpthread");
	}
	musl = libsearch_musl(&p.loads[0]->lib);
	if (musl)
		add_musl_path(c, object, musl);
	else if (unwinder)
		load_library(c, &p, p.loads[0], "libgcc_s.so.1", LIBRARY_OPTIONAL);
}

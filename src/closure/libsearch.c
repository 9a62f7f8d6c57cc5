// SPDX-License-Identifier: GPL-2.0-or-later
/* Searches for libraries as the dynamic linkers do. */
#include <dirent.h>

#include "ldso.h"
#include "libsearch.h"
#include "lib/path.h"

void libsearch_init(struct libsearch *search, struct sysroot *root)
{
	*search = (struct libsearch){ .root = root };
	ldso_conf_dirs(root, &search->conf_dirs);
}

static void free_strvec(void *value)
{
	strvec_release(value);
	free(value);
}

void libsearch_release(struct libsearch *search)
{
	strvec_release(&search->conf_dirs);
	strmap_release(&search->found, free_strvec);
	strmap_release(&search->variants, free_strvec);
}

static struct ldso_abi abi_of(const struct elf_file *elf)
{
	return (struct ldso_abi){ .class = elf->class, .machine = elf->machine };
}

const char *libsearch_musl(const struct lib_object *object)
{
	const struct elf_file *elf;

	while (object->loader)
		object = object->loader;
	elf = object->elf;
	if (elf->interp)
		return ldso_is_musl(elf->interp) ? elf->interp : NULL;
	/* glibc's libc is called libc.so.6 */
	for (size_t i = 0; i < elf->needed.nr; i++)
		if (streq(elf->needed.v[i], "libc.so") ||
		    starts_with(elf->needed.v[i], "libc.musl-"))
			return ldso_musl_linker(abi_of(elf));
	return NULL;
}

/* Whether @path exists and can be loaded together with @elf. */
static bool usable(struct libsearch *s, const char *path, const struct elf_file *elf)
{
	_cleanup_free_ char *canonical = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (sysroot_resolve(s->root, path, &canonical, &st, NULL, NULL) ||
	    !S_ISREG(st.st_mode))
		return false;
	fd = sysroot_open(s->root, canonical);
	return fd >= 0 && elf_file_compatible(elf, fd);
}

/* The names below @dir/glibc-hwcaps, such as "x86-64-v3". */
static const struct strvec *variants_of(struct libsearch *s, const char *dir)
{
	_cleanup_free_ char *path = path_join(dir, LDSO_HWCAPS);
	void **slot = strmap_get(&s->variants, dir);
	_cleanup_closedir_ DIR *d = NULL;
	const struct dirent *entry;
	struct strvec *names;

	if (slot)
		return *slot;
	names = xcalloc(1, sizeof(*names));
	*strmap_put(&s->variants, dir) = names;
	d = sysroot_open_dir(s->root, path);
	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			strvec_push(names, entry->d_name);
	strvec_sort(names);
	return names;
}

/* The result of a search, and for which object it is. */
struct result {
	struct strvec *paths;
	const struct elf_file *elf;
	bool musl; /* musl's linker, which has no variants */
	bool done; /* a library for all processors was found */
};

/* @path (heap) becomes part of the result, if it is usable. */
static void try_path(struct libsearch *s, struct result *r, char *path, bool for_all)
{
	if (path[0] == '/' && usable(s, path, r->elf)) {
		r->done |= for_all;
		if (!strvec_has(r->paths, path)) {
			strvec_take(r->paths, path);
			return;
		}
	}
	free(path);
}

static void search_dirs(struct libsearch *s, struct result *r, const struct strvec *dirs,
			const char *name)
{
	for (size_t i = 0; i < dirs->nr && !r->done; i++) {
		const char *dir = dirs->v[i];
		const struct strvec *variants =
			r->musl || dir[0] != '/' ? NULL : variants_of(s, dir);

		for (size_t j = 0; variants && j < variants->nr; j++)
			try_path(s, r,
				 xasprintf("%s/" LDSO_HWCAPS "/%s/%s", dir,
					   variants->v[j], name),
				 false);
		try_path(s, r, path_join(dir, name), true);
	}
}

/* Searches the directories of a DT_RPATH or DT_RUNPATH, as seen from the object @from. */
static void search_list(struct libsearch *s, struct result *r, const char *list,
			const struct lib_object *from, const char *name)
{
	_cleanup_(strvec_release) struct strvec parts = STRVEC_INIT, dirs = STRVEC_INIT;
	_cleanup_free_ char *origin = path_dirname(from->opened);

	strvec_split(&parts, list, ":");
	for (size_t i = 0; i < parts.nr; i++)
		ldso_expand(parts.v[i], origin, abi_of(from->elf), &dirs);
	search_dirs(s, r, &dirs, name);
}

void libsearch_system_dirs(struct libsearch *s, const struct lib_object *object,
			   struct strvec *dirs)
{
	const char *musl = libsearch_musl(object);

	if (musl)
		free(ldso_musl_dirs(s->root, musl, dirs));
	else
		ldso_system_dirs(abi_of(object->elf), dirs);
}

static void search_system(struct libsearch *s, struct result *r,
			  const struct lib_object *asking, const char *name)
{
	const char *musl = libsearch_musl(asking);
	_cleanup_free_ char *key = xasprintf("%s %d %d %s", musl ? musl : "glibc",
					     r->elf->class, r->elf->machine, name);
	struct strvec *paths = NULL;
	void **slot = strmap_get(&s->found, key);

	if (!slot) {
		_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;
		struct result all = *r;

		paths = all.paths = xcalloc(1, sizeof(*paths));
		if (!musl)
			search_dirs(s, &all, &s->conf_dirs, name);
		libsearch_system_dirs(s, asking, &dirs);
		search_dirs(s, &all, &dirs, name);
		*strmap_put(&s->found, key) = paths;
	} else {
		paths = *slot;
	}
	for (size_t i = 0; i < paths->nr; i++)
		if (!strvec_has(r->paths, paths->v[i]))
			strvec_push(r->paths, paths->v[i]);
}

/*
 * A name with a slash is a path. A relative one depends on the working directory of the
 * program.
 */
static void find_by_path(struct libsearch *s, struct result *r,
			 const struct lib_object *by, const char *name)
{
	_cleanup_(strvec_release) struct strvec paths = STRVEC_INIT;
	_cleanup_free_ char *origin = path_dirname(by->opened);

	ldso_expand(name, origin, abi_of(by->elf), &paths);
	for (size_t i = 0; i < paths.nr && !r->done; i++)
		try_path(s, r, xstrdup(paths.v[i]), true);
}

/*
 * Searches DT_RPATH of the object and of its loaders. DT_RUNPATH in an object disables
 * its DT_RPATH.
 */
static void search_rpaths(struct libsearch *s, struct result *r,
			  const struct lib_object *asking, const char *name)
{
	if (asking->elf->runpath)
		return;
	for (const struct lib_object *o = asking; o && !r->done; o = o->loader)
		if (o->elf->rpath && !o->elf->runpath)
			search_list(s, r, o->elf->rpath, o, name);
}

/* musl does not distinguish DT_RPATH from DT_RUNPATH. */
static void search_musl_rpaths(struct libsearch *s, struct result *r,
			       const struct lib_object *asking, const char *name)
{
	for (const struct lib_object *o = asking; o && !r->done; o = o->loader) {
		const char *list = o->elf->runpath ? o->elf->runpath : o->elf->rpath;

		if (list)
			search_list(s, r, list, o, name);
	}
}

bool libsearch_find(struct libsearch *s, const struct lib_object *asking,
		    const char *name, const struct strvec *first, struct strvec *paths)
{
	const struct elf_file *elf = asking->elf;
	struct result r = { .paths = paths,
			    .elf = elf,
			    .musl = libsearch_musl(asking) != NULL };

	if (strchr(name, '/')) {
		find_by_path(s, &r, asking, name);
		return paths->nr;
	}
	if (!r.musl)
		search_rpaths(s, &r, asking, name);
	if (first && !r.done)
		search_dirs(s, &r, first, name);
	if (r.musl)
		search_musl_rpaths(s, &r, asking, name);
	else if (elf->runpath && !r.done)
		search_list(s, &r, elf->runpath, asking, name);
	if (!r.done)
		search_system(s, &r, asking, name);
	return paths->nr;
}

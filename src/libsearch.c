// SPDX-License-Identifier: GPL-2.0-or-later
/* The dynamic linker's search for a library. */
#include <unistd.h>

#include "ldso.h"
#include "libsearch.h"
#include "path.h"

void libsearch_init(struct libsearch *search, struct sysroot *root)
{
	*search = (struct libsearch){ .root = root };
	ldso_conf_dirs(root, &search->conf_dirs);
}

void libsearch_release(struct libsearch *search)
{
	strvec_release(&search->conf_dirs);
	strmap_release(&search->found, free);
}

static struct ldso_abi abi_of(const struct elf_file *elf)
{
	return (struct ldso_abi){ .class = elf->class, .machine = elf->machine };
}

/* Whether @path is there and could be loaded beside @elf. */
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

char *libsearch_in(struct libsearch *s, const struct strvec *dirs, const char *name,
		   const struct elf_file *elf)
{
	for (size_t i = 0; i < dirs->nr; i++) {
		char *path = path_join(dirs->v[i], name);

		if (path[0] == '/' && usable(s, path, elf))
			return path;
		free(path);
	}
	return NULL;
}

/* Search in DT_RPATH's or DT_RUNPATH's directories, as seen from the object @from. */
static char *search_list(struct libsearch *s, const char *list,
			 const struct lib_object *from, const char *name,
			 const struct elf_file *elf)
{
	_cleanup_(strvec_release) struct strvec parts = STRVEC_INIT, dirs = STRVEC_INIT;
	_cleanup_free_ char *origin = path_dirname(from->opened);

	strvec_split(&parts, list, ":");
	for (size_t i = 0; i < parts.nr; i++)
		ldso_expand(parts.v[i], origin, abi_of(from->elf), &dirs);
	return libsearch_in(s, &dirs, name, elf);
}

const char *libsearch_system(struct libsearch *s, const char *name,
			     const struct elf_file *elf)
{
	_cleanup_free_ char *key = xasprintf("%d %d %s", elf->class, elf->machine, name);
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;
	void **slot = strmap_get(&s->found, key);
	char *path;

	if (slot)
		return *slot;
	path = libsearch_in(s, &s->conf_dirs, name, elf);
	ldso_system_dirs(abi_of(elf), &dirs);
	if (!path) {
		path = libsearch_in(s, &dirs, name, elf);
	} else {
		_cleanup_free_ char *dir = path_dirname(path);

		if (!strvec_has(&dirs, dir))
			s->beyond_system_dirs = true;
	}
	*strmap_put(&s->found, key) = path;
	return path;
}

/* A name with a slash is a path; a relative one means where the program happens to run.
 */
static char *find_by_path(struct libsearch *s, const struct lib_object *by,
			  const char *name)
{
	_cleanup_(strvec_release) struct strvec paths = STRVEC_INIT;
	_cleanup_free_ char *origin = path_dirname(by->opened);

	ldso_expand(name, origin, abi_of(by->elf), &paths);
	for (size_t i = 0; i < paths.nr; i++)
		if (paths.v[i][0] == '/' && usable(s, paths.v[i], by->elf))
			return xstrdup(paths.v[i]);
	return NULL;
}

/* DT_RPATH of the object and of its loaders; one with a DT_RUNPATH has none that counts.
 */
static char *search_rpaths(struct libsearch *s, const struct lib_object *asking,
			   const char *name)
{
	char *found = NULL;

	if (asking->elf->runpath)
		return NULL;
	for (const struct lib_object *o = asking; o && !found; o = o->loader)
		if (o->elf->rpath && !o->elf->runpath)
			found = search_list(s, o->elf->rpath, o, name, asking->elf);
	return found;
}

char *libsearch_find(struct libsearch *s, const struct lib_object *asking,
		     const char *name, const struct strvec *first)
{
	const struct elf_file *elf = asking->elf;
	const char *path;
	char *found;

	if (strchr(name, '/'))
		return find_by_path(s, asking, name);
	found = search_rpaths(s, asking, name);
	if (!found && first)
		found = libsearch_in(s, first, name, elf);
	if (!found && elf->runpath)
		found = search_list(s, elf->runpath, asking, name, elf);
	if (found)
		return found;
	path = libsearch_system(s, name, elf);
	return path ? xstrdup(path) : NULL;
}

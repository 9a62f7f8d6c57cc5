// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests by name. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"
#include "conf/recipe.h"

/* A cut script's call of rapido-cut is looked for in so many bytes. */
#define SCRIPT_SEARCHED 65536

void recipe_release(struct recipe *recipe)
{
	free(recipe->name);
	free(recipe->path);
	*recipe = (struct recipe)RECIPE_INIT;
}

char *recipe_test_name(const char *file)
{
	const char *base = path_basename(file), *dot = strrchr(base, '.');
	char *name = xstrndup(base, dot ? (size_t)(dot - base) : strlen(base));

	for (char *p = name; *p; p++)
		if (*p == '_')
			*p = '-';
	return name;
}

static bool use(struct recipe *recipe, const char *path, bool script)
{
	if (!io_is_file(path) || (script && access(path, X_OK) < 0))
		return false;
	while (starts_with(path, "./"))
		path += 1 + strspn(path + 1, "/");
	recipe->path = path_absolute(path);
	recipe->name = recipe_test_name(path);
	recipe->script = script;
	return true;
}

static bool find_in(const char *base, const char *name, struct recipe *recipe)
{
	_cleanup_free_ char *fest = xasprintf("%s/cut/%s.fest", base, name);
	_cleanup_free_ char *script = xasprintf("%s/cut/%s.sh", base, name);

	return use(recipe, fest, false) || use(recipe, script, true);
}

/*
 * Use the file at the path @name. A program that is meant for the VM must not be run on
 * the host: a cut script by its path lies in cut/ or names rapido-cut.
 */
static int use_path(struct recipe *recipe, const char *name)
{
	static const char cutter[] = "rapido-cut";
	const bool script = ends_with(name, ".sh");
	_cleanup_free_ char *absolute = path_absolute(name);
	_cleanup_free_ char *dir = path_dirname(absolute);
	_cleanup_close_ int fd = -1;
	char text[SCRIPT_SEARCHED];
	ssize_t len = 0;

	if (!ends_with(name, ".fest") && io_is_file(name) && access(name, X_OK) == 0) {
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd >= 0)
			len = io_pread_full(fd, text, sizeof(text), 0);
		if (len >= 4 && memcmp(text, "\177ELF", 4) == 0)
			return -ENOENT;
		if (!script && len >= 2 && memcmp(text, "#!", 2) == 0)
			return -ENOENT;
		if (script && !streq(path_basename(dir), "cut") &&
		    (len <= 0 || !memmem(text, (size_t)len, cutter, strlen(cutter))))
			return -ENOENT;
	}
	return use(recipe, name, script) ? 0 : -ENOENT;
}

int recipe_find(const struct dirs *dirs, const char *name, struct recipe *recipe)
{
	_cleanup_(strvec_release) struct strvec bases = STRVEC_INIT;
	_cleanup_free_ char *mapped = xstrdup(name);

	*recipe = (struct recipe)RECIPE_INIT;
	if (strchr(name, '/'))
		return use_path(recipe, name);
	for (char *p = mapped; *p; p++)
		if (*p == '-')
			*p = '_';
	dirs_bases(dirs, &bases);
	for (size_t i = 0; i < bases.nr; i++)
		if (find_in(bases.v[i], mapped, recipe) ||
		    find_in(bases.v[i], name, recipe))
			return 0;
	return -ENOENT;
}

/*
 * A manifest in the current directory, or beside the path @name, that may be meant. Heap,
 * or NULL.
 */
static char *find_near(const char *name)
{
	const char *here = strchr(name, '/') ? "" : "./";
	char *paths[] = {
		xasprintf("%s%s", here, name),
		xasprintf("%s%s.fest", here, name),
	};
	char *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (!found && io_is_file(paths[i]) && ends_with(paths[i], ".fest"))
			found = paths[i];
		else
			free(paths[i]);
	}
	return found;
}

/*
 * A directory of tests in which @name cannot be searched for lack of permission. Heap, or
 * NULL.
 */
static char *find_denied(const struct dirs *dirs, const char *name)
{
	_cleanup_(strvec_release) struct strvec bases = STRVEC_INIT;
	char *denied = NULL;

	dirs_bases(dirs, &bases);
	for (size_t i = 0; i < bases.nr && !denied; i++) {
		_cleanup_free_ char *path = xasprintf("%s/cut/%s", bases.v[i], name);

		denied = io_denied(path);
	}
	return denied;
}

/* The test whose name is like @name. Heap, or NULL. */
static char *find_similar(const struct dirs *dirs, const char *name)
{
	struct nearest nearest = NEAREST_INIT(name);
	struct recipe *list;
	char *similar;
	size_t nr;

	recipe_list(dirs, &list, &nr);
	for (size_t i = 0; i < nr; i++)
		nearest_try(&nearest, list[i].name);
	similar = nearest.found ? xstrdup(nearest.found) : NULL;
	for (size_t i = 0; i < nr; i++)
		recipe_release(&list[i]);
	free(list);
	return similar;
}

char *recipe_not_found(const struct dirs *dirs, const char *name)
{
	_cleanup_free_ char *denied = NULL;
	_cleanup_free_ char *near = find_near(name);
	_cleanup_free_ char *hint = NULL;

	if (!near && !strchr(name, '/'))
		near = find_similar(dirs, name);
	if (near)
		hint = xasprintf(" Did you mean '%s'?", near);
	if (strchr(name, '/'))
		return xasprintf("cannot open test '%s': %s%s%s", name,
				 access(name, F_OK) < 0 ? err_text(errno)
							: "it is no test",
				 hint ? "." : "", hint ? hint : "");
	denied = find_denied(dirs, name);
	if (denied)
		return xasprintf("%s not found: permission denied at '%s'", name, denied);
	return xasprintf("%s not found. See \"rapido list\".%s", name, hint ? hint : "");
}

int recipe_get(const struct dirs *dirs, const char *name, struct recipe *recipe,
	       struct report *report)
{
	_cleanup_free_ char *why = NULL;
	int err = recipe_find(dirs, name, recipe);

	if (!err)
		return 0;
	why = recipe_not_found(dirs, name);
	if (report)
		report_error(report, "%s", why);
	else
		log_error("%s", why);
	return err;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct recipe *)a)->name, ((const struct recipe *)b)->name);
}

static bool listed(const struct recipe *list, size_t nr, const char *name)
{
	for (size_t i = 0; i < nr; i++)
		if (streq(list[i].name, name))
			return true;
	return false;
}

void recipe_list(const struct dirs *dirs, struct recipe **list, size_t *nr)
{
	_cleanup_(strvec_release) struct strvec bases = STRVEC_INIT;
	size_t alloc = 0;

	*list = NULL;
	*nr = 0;
	dirs_bases(dirs, &bases);
	for (size_t i = 0; i < bases.nr; i++) {
		_cleanup_free_ char *path = path_join(bases.v[i], "cut");
		_cleanup_closedir_ DIR *dir = opendir(path);
		struct dirent *d;

		while (dir && (d = readdir(dir))) {
			_cleanup_free_ char *name = recipe_test_name(d->d_name);
			struct recipe found;

			if (!ends_with(d->d_name, ".fest") &&
			    !ends_with(d->d_name, ".sh"))
				continue;
			if (listed(*list, *nr, name) || recipe_find(dirs, name, &found))
				continue;
			ALLOC_GROW(*list, *nr, alloc);
			(*list)[(*nr)++] = found;
		}
	}
	if (*nr)
		qsort(*list, *nr, sizeof(**list), by_name);
}

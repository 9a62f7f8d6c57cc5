// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernels as distributions install them, below a root: the host's, that of an unpacked
 * package, or one of those in the cache.
 */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel-installed.h"
#include "lib/io.h"
#include "lib/path.h"

/* The places below a root where distributions install the image of a release. */
static const char *const image_names[] = {
	"/boot/vmlinuz-%s", "/usr/lib/modules/%s/vmlinuz", "/lib/modules/%s/vmlinuz",
	"/boot/Image-%s",   "/usr/lib/modules/%s/Image",   "/boot/kernel-%s",
	"/boot/vmlinux-%s",
};

static const char *const module_dirs[] = { "/lib/modules", "/usr/lib/modules" };

/* Whether a missing permission hides what is at @path. */
static bool is_hidden(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 && errno == EACCES;
}

char *installed_moddir(const char *root, const char *release)
{
	_cleanup_free_ char *hidden = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(module_dirs); i++) {
		char *path = xasprintf("%s%s/%s", root, module_dirs[i], release);

		if (io_is_dir(path))
			return path;
		if (!hidden && is_hidden(path))
			hidden = TAKE_PTR(path);
		free(path);
	}
	return TAKE_PTR(hidden);
}

/* Like installed_moddir(), for the image. */
static char *find_image(const char *root, const char *release)
{
	_cleanup_free_ char *hidden = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(image_names); i++) {
		const char *name = image_names[i], *split = strstr(name, "%s");
		char *path = xasprintf("%s%.*s%s%s", root, (int)(split - name), name,
				       release, split + 2);

		if (io_is_file(path))
			return path;
		if (!hidden && is_hidden(path))
			hidden = TAKE_PTR(path);
		free(path);
	}
	return TAKE_PTR(hidden);
}

/* Append the releases that have modules in @root. */
static void list_releases(const char *root, struct strvec *releases)
{
	for (size_t i = 0; i < ARRAY_SIZE(module_dirs); i++) {
		_cleanup_free_ char *path = xasprintf("%s%s", root, module_dirs[i]);
		_cleanup_closedir_ DIR *dir = opendir(path);
		struct dirent *d;

		while (dir && (d = readdir(dir)))
			if (d->d_name[0] != '.' && !strvec_has(releases, d->d_name))
				strvec_push(releases, d->d_name);
	}
}

/* Append the releases that have an image in @root's boot/, without backup copies. */
static void list_images(const char *root, struct strvec *releases)
{
	static const char *const copies[] = { ".old", ".bak", "~" };
	_cleanup_free_ char *path = xasprintf("%s/boot", root);
	_cleanup_closedir_ DIR *dir = opendir(path);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		bool copy = !starts_with(d->d_name, "vmlinuz-");

		for (size_t i = 0; i < ARRAY_SIZE(copies); i++)
			copy = copy || ends_with(d->d_name, copies[i]);
		if (!copy)
			strvec_push(releases, d->d_name + strlen("vmlinuz-"));
	}
}

/* Like strverscmp(3), but 6.12.0-rc7 comes before 6.12.0. */
static int compare_releases(const char *a, const char *b)
{
	const char *a_rc = strstr(a, "-rc"), *b_rc = strstr(b, "-rc");
	_cleanup_free_ char *a_base = xstrndup(a, a_rc ? (size_t)(a_rc - a) : strlen(a));
	_cleanup_free_ char *b_base = xstrndup(b, b_rc ? (size_t)(b_rc - b) : strlen(b));
	int order = strverscmp(a_base, b_base);

	if (order)
		return order;
	if (!a_rc != !b_rc)
		return a_rc ? -1 : 1;
	return strverscmp(a, b);
}

/* The newest first. */
static int by_version(const void *a, const void *b)
{
	return -compare_releases(*(char *const *)a, *(char *const *)b);
}

void installed_forget(struct kernel *kernel)
{
	free(kernel->image);
	free(kernel->release);
	free(kernel->moddir);
	kernel->image = kernel->release = kernel->moddir = NULL;
}

bool installed_use(struct kernel *kernel, const char *root, const char *release)
{
	kernel->image = find_image(root, release);
	if (!kernel->image)
		return false;
	kernel->release = xstrdup(release);
	kernel->moddir = installed_moddir(root, release);
	return true;
}

/* Like installed_newest(), among @releases, which are sorted. */
static bool use_newest_of(struct kernel *kernel, const char *root,
			  struct strvec *releases, char **unreadable)
{
	if (releases->nr)
		qsort(releases->v, releases->nr, sizeof(*releases->v), by_version);
	for (size_t i = 0; i < releases->nr; i++) {
		if (installed_use(kernel, root, releases->v[i])) {
			if (access(kernel->image, R_OK) == 0)
				return true;
			if (!*unreadable)
				*unreadable = TAKE_PTR(kernel->image);
		}
		installed_forget(kernel);
	}
	return false;
}

bool installed_newest(struct kernel *kernel, const char *root, char **unreadable)
{
	_cleanup_(strvec_release) struct strvec with_modules = STRVEC_INIT;
	_cleanup_(strvec_release) struct strvec images = STRVEC_INIT;

	list_releases(root, &with_modules);
	if (use_newest_of(kernel, root, &with_modules, unreadable))
		return true;
	list_images(root, &images);
	return use_newest_of(kernel, root, &images, unreadable);
}

/* "cloud-6.1.0-13-cloud-amd64": the newest release first, whatever its flavour. */
static int by_release(const void *a, const void *b)
{
	const char *x = strpbrk(path_basename(*(char *const *)a), "0123456789");
	const char *y = strpbrk(path_basename(*(char *const *)b), "0123456789");
	int order = -compare_releases(x ? x : "", y ? y : "");

	return order ? order : strcmp(*(char *const *)a, *(char *const *)b);
}

/* Append the roots of the kernels that were unpacked into the cache. */
static void list_cache(const char *cache, struct strvec *roots)
{
	_cleanup_free_ char *path = xasprintf("%s/kernels", cache);
	_cleanup_closedir_ DIR *dir = opendir(path);
	size_t before = roots->nr;
	struct dirent *d;

	while (dir && (d = readdir(dir)))
		if (d->d_name[0] != '.')
			strvec_pushf(roots, "%s/%s", path, d->d_name);
	if (roots->nr > before)
		qsort(roots->v + before, roots->nr - before, sizeof(*roots->v),
		      by_release);
}

bool installed_newest_in_cache(struct kernel *kernel, const char *cache,
			       char **unreadable)
{
	_cleanup_(strvec_release) struct strvec roots = STRVEC_INIT;

	list_cache(cache, &roots);
	for (size_t i = 0; i < roots.nr; i++)
		if (installed_newest(kernel, roots.v[i], unreadable))
			return true;
	return false;
}

bool installed_find(struct kernel *kernel, const char *release,
		    const struct kernel_places *places)
{
	_cleanup_(strvec_release) struct strvec roots = STRVEC_INIT;
	const char *hidden = NULL;

	strvec_push(&roots, places->root);
	list_cache(places->cache, &roots);
	for (size_t i = 0; i < roots.nr; i++) {
		if (installed_use(kernel, roots.v[i], release)) {
			if (!is_hidden(kernel->image))
				return true;
			hidden = hidden ? hidden : roots.v[i];
		}
		installed_forget(kernel);
	}
	return hidden && installed_use(kernel, hidden, release);
}

void kernel_list_releases(const struct kernel_places *places, struct strvec *releases)
{
	_cleanup_(strvec_release) struct strvec roots = STRVEC_INIT, all = STRVEC_INIT;

	strvec_push(&roots, places->root);
	list_cache(places->cache, &roots);
	for (size_t i = 0; i < roots.nr; i++) {
		list_releases(roots.v[i], &all);
		list_images(roots.v[i], &all);
	}
	if (all.nr)
		qsort(all.v, all.nr, sizeof(*all.v), by_version);
	for (size_t i = 0; i < all.nr; i++)
		if (!strvec_has(releases, all.v[i]))
			strvec_push(releases, all.v[i]);
}

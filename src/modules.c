// SPDX-License-Identifier: GPL-2.0-or-later
/* Module selection; libkmod is used only here. */
#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <unistd.h>

#include "io.h"
#include "log.h"
#include "modules.h"
#include "path.h"
#include "strmap.h"

/* That of a distribution kernel has less than one megabyte. */
#define DEP_FILE_MAX (64 << 20)

struct selected {
	struct module module;
	int err; /* why it cannot be loaded, and for want of what */
	char *missing;
	bool visiting;	      /* its dependencies are being selected */
	struct strvec before; /* names to load first */
	struct strvec after;  /* and afterwards: post: soft dependencies */
};

struct modules {
	struct kmod_ctx *ctx;
	char *moddir;
	struct selected **all; /* in order of selection */
	size_t nr, alloc;
	struct strmap names; /* name -> index in all, + 1 */
	char *deps;	     /* text of modules.dep, when it was needed */
	struct strvec strings;
	struct strvec softdeps; /* lines of modules.softdep */
};

/* libkmod has its own idea of where messages go. */
static void on_log(void *data, int priority, const char *file, int line, const char *fn,
		   const char *format, va_list args)
{
	(void)data, (void)priority, (void)file, (void)line, (void)fn, (void)format,
		(void)args;
}

static void read_softdeps(struct modules *m)
{
	_cleanup_free_ char *file = path_join(m->moddir, "modules.softdep");
	_cleanup_free_ char *text = NULL;

	if (io_read_file(AT_FDCWD, file, DEP_FILE_MAX, &text, NULL) == 0)
		strvec_split(&m->softdeps, text, "\n");
}

int modules_open(struct modules **result, const char *moddir)
{
	_cleanup_free_ char *dep = path_join(moddir, "modules.dep.bin");
	/* the host's modprobe.d has no say */
	const char *config[] = { NULL };
	struct modules *m;

	if (access(dep, R_OK) < 0)
		return -errno;
	m = xcalloc(1, sizeof(*m));
	m->moddir = xstrdup(moddir);
	m->ctx = kmod_new(moddir, config);
	if (!m->ctx) {
		modules_close(m);
		return -ENOMEM;
	}
	kmod_set_log_fn(m->ctx, on_log, NULL);
	kmod_load_resources(m->ctx);
	read_softdeps(m);
	*result = m;
	return 0;
}

void modules_close(struct modules *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->nr; i++) {
		strvec_release(&m->all[i]->before);
		strvec_release(&m->all[i]->after);
		free(m->all[i]->missing);
		free(m->all[i]);
	}
	free(m->all);
	free(m->moddir);
	free(m->deps);
	strmap_release(&m->names, NULL);
	strvec_release(&m->strings);
	strvec_release(&m->softdeps);
	kmod_unref(m->ctx);
	free(m);
}

/* Why a module is looked at. */
struct wanted {
	int by;
	const char *how;
	int tag;
};

static int select_module(struct modules *m, struct kmod_module *mod,
			 const struct wanted *wanted, char **missing);

/* Select each of @list on behalf of @of; an @optional one may fail. Releases the list. */
static int select_list(struct modules *m, struct kmod_list *list, int of,
		       const char *kind, bool optional, struct strvec *names,
		       char **missing)
{
	const char *how =
		strvec_pushf(&m->strings, "%s of %s", kind, m->all[of]->module.name);
	const struct wanted wanted = { of, how, m->all[of]->module.tag };
	struct kmod_list *item;
	int err = 0;

	kmod_list_foreach(item, list)
	{
		struct kmod_module *mod = kmod_module_get_module(item);
		_cleanup_free_ char *absent = NULL;
		int one = select_module(m, mod, &wanted, &absent);

		if (!one)
			strvec_push(names, kmod_module_get_name(mod));
		else if (!optional && !err) {
			err = one;
			*missing = TAKE_PTR(absent);
		}
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(list);
	return err;
}

/* A name of a modinfo softdep line, if it leads to anything. */
static void select_name(struct modules *m, const char *name, int of, const char *kind,
			struct strvec *names)
{
	struct kmod_list *list = NULL;
	_cleanup_free_ char *absent = NULL;

	if (kmod_module_new_from_lookup(m->ctx, name, &list) >= 0)
		select_list(m, list, of, kind, true, names, &absent);
}

/*
 * "pre: NAME... post: NAME...": select those of @phase. Names before any phase, an old
 * mistake in some modules, are taken for pre: ones; modprobe passes over them.
 */
static void select_phase(struct modules *m, const struct strvec *words, size_t first,
			 const char *phase, int of, struct strvec *names)
{
	bool wanted = streq(phase, "pre:");

	for (size_t i = first; i < words->nr; i++) {
		if (ends_with(words->v[i], ":"))
			wanted = streq(words->v[i], phase);
		else if (wanted)
			select_name(m, words->v[i], of, "a soft dependency", names);
	}
}

/*
 * From the "softdep MODULE ..." lines of modules.softdep. A module may have many of them
 * (btrfs: one for each checksum), of which kmod_module_get_softdeps() knows the first
 * only, as modprobe does; but the others are what the module asks for when it is used.
 */
static void select_softdeps(struct modules *m, const char *phase, int index,
			    struct strvec *names)
{
	const char *name = m->all[index]->module.name;

	for (size_t i = 0; i < m->softdeps.nr; i++) {
		_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;

		strvec_split(&words, m->softdeps.v[i], " \t");
		if (words.nr > 2 && streq(words.v[0], "softdep") &&
		    streq(words.v[1], name))
			select_phase(m, &words, 2, phase, index, names);
	}
}

/*
 * modules.softdep speaks of the modules that have files; built-in ones have their soft
 * dependencies in modules.builtin.modinfo.
 */
static void select_builtin_softdeps(struct modules *m, struct kmod_module *mod, int index)
{
	struct kmod_list *info = NULL, *item;

	if (kmod_module_get_info(mod, &info) < 0)
		return;
	kmod_list_foreach(item, info)
	{
		_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
		const char *key = kmod_module_info_get_key(item);

		if (!streq(key, "softdep") && !streq(key, "weakdep"))
			continue;
		strvec_split(&words, kmod_module_info_get_value(item), " \t");
		select_phase(m, &words, 0, "pre:", index, &m->all[index]->before);
		select_phase(m, &words, 0, "post:", index, &m->all[index]->before);
	}
	kmod_module_info_free_list(info);
}

/* What stands in modules.dep behind the module file @path, or NULL. */
static const char *dep_line(struct modules *m, const char *path)
{
	_cleanup_free_ char *file = path_join(m->moddir, "modules.dep");
	size_t len = strlen(m->moddir);
	_cleanup_free_ char *key =
		xasprintf("\n%s:", path_below(path, m->moddir) ? path + len + 1 : path);
	const char *line;

	if (!m->deps && io_read_file(AT_FDCWD, file, DEP_FILE_MAX, &m->deps, NULL))
		m->deps = xstrdup("");
	if (starts_with(m->deps, key + 1))
		return m->deps + strlen(key + 1);
	line = strstr(m->deps, key);
	return line ? line + strlen(key) : NULL;
}

/*
 * libkmod says that a module depends on nothing also when one of those it depends on has
 * no file. Look for that one: -EBADMSG and its path in @missing, or 0.
 */
static int check_dependencies(struct modules *m, const char *path, char **missing)
{
	_cleanup_(strvec_release) struct strvec files = STRVEC_INIT;
	_cleanup_free_ char *line = NULL;
	const char *rest = dep_line(m, path);

	if (!rest)
		return 0;
	line = xstrndup(rest, strcspn(rest, "\n"));
	strvec_split(&files, line, " ");
	for (size_t i = 0; i < files.nr; i++) {
		_cleanup_free_ char *file = path_join(m->moddir, files.v[i]);

		if (access(file, R_OK) == 0)
			continue;
		*missing = TAKE_PTR(file);
		return -EBADMSG;
	}
	return 0;
}

static int select_dependencies(struct modules *m, struct kmod_module *mod, int index,
			       char **missing)
{
	struct kmod_list *hard;
	int err;

	select_softdeps(m, "pre:", index, &m->all[index]->before);
	hard = kmod_module_get_dependencies(mod);
	err = hard ? select_list(m, hard, index, "a dependency", false,
				 &m->all[index]->before, missing)
		   : check_dependencies(m, m->all[index]->module.path, missing);
	select_softdeps(m, "post:", index, &m->all[index]->after);
#ifdef HAVE_KMOD_WEAKDEPS
	{
		_cleanup_(strvec_release) struct strvec not_loaded = STRVEC_INIT;
		struct kmod_list *weak = NULL;

		/* in the image for when they are asked for, not loaded by themselves */
		kmod_module_get_weakdeps(mod, &weak);
		select_list(m, weak, index, "a weak dependency", true, &not_loaded,
			    missing);
	}
#endif
	return err;
}

static int add_selected(struct modules *m, struct kmod_module *mod,
			const struct wanted *wanted)
{
	const char *path = kmod_module_get_path(mod);
	struct selected *s = xcalloc(1, sizeof(*s));

	s->module.name = strvec_push(&m->strings, kmod_module_get_name(mod));
	s->module.path = path ? strvec_push(&m->strings, path) : NULL;
	s->module.by = wanted->by;
	s->module.how = wanted->how;
	s->module.tag = wanted->tag;
	ALLOC_GROW(m->all, m->nr, m->alloc);
	m->all[m->nr++] = s;
	*strmap_put(&m->names, s->module.name) = (void *)(uintptr_t)m->nr;
	return (int)m->nr - 1;
}

static bool is_builtin(struct kmod_module *mod)
{
	int state = kmod_module_get_path(mod) ? -1 : kmod_module_get_initstate(mod);

	return state == KMOD_MODULE_BUILTIN;
}

static int select_module(struct modules *m, struct kmod_module *mod,
			 const struct wanted *wanted, char **missing)
{
	const char *name = kmod_module_get_name(mod), *path = kmod_module_get_path(mod);
	void **known = strmap_get(&m->names, name);
	int index, err;

	if (known) {
		const struct selected *s = m->all[(uintptr_t)*known - 1];

		*missing = s->missing ? xstrdup(s->missing) : NULL;
		return s->err;
	}
	if (!path && !is_builtin(mod)) {
		*missing = xstrdup(name);
		return -ENOENT;
	}
	if (path && access(path, R_OK) < 0) {
		*missing = xstrdup(path);
		return -EBADMSG;
	}
	index = add_selected(m, mod, wanted);
	if (!path) {
		select_builtin_softdeps(m, mod, index);
		return 0;
	}
	err = select_dependencies(m, mod, index, missing);
	if (err) {
		m->all[index]->err = -EBADMSG;
		m->all[index]->missing = xstrdup(*missing);
	}
	return m->all[index]->err;
}

int modules_select(struct modules *m, const char *name, int tag, char **missing)
{
	const struct wanted wanted = { .by = -1, .tag = tag };
	struct kmod_list *list = NULL, *item;
	int err = kmod_module_new_from_lookup(m->ctx, name, &list);

	*missing = NULL;
	if (err < 0 || !list)
		return -ENOENT;
	err = 0;
	kmod_list_foreach(item, list)
	{
		struct kmod_module *mod = kmod_module_get_module(item);
		_cleanup_free_ char *absent = NULL;
		int one = select_module(m, mod, &wanted, &absent);

		if (one && !err) {
			err = one;
			*missing = TAKE_PTR(absent);
		}
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(list);
	return err;
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
			   struct strvec *paths);

static void add_names(const struct modules *m, const struct strvec *names,
		      struct strvec *paths)
{
	for (size_t i = 0; i < names->nr; i++) {
		void **slot = strmap_get(&m->names, names->v[i]);

		if (slot)
			add_load_order(m, m->all[(uintptr_t)*slot - 1], paths);
	}
}

static void add_load_order(const struct modules *m, struct selected *s,
			   struct strvec *paths)
{
	if (s->visiting || (s->module.path && strvec_has(paths, s->module.path)))
		return;
	s->visiting = true; /* soft dependencies may go in circles */
	add_names(m, &s->before, paths);
	if (s->module.path)
		strvec_push(paths, s->module.path);
	add_names(m, &s->after, paths);
	s->visiting = false;
}

void modules_load_order(const struct modules *m, const char *name, struct strvec *paths)
{
	struct kmod_list *list = NULL, *item;

	if (kmod_module_new_from_lookup(m->ctx, name, &list) < 0)
		return;
	kmod_list_foreach(item, list)
	{
		struct kmod_module *mod = kmod_module_get_module(item);
		const struct strvec one = {
			.v = (char *[]){ (char *)kmod_module_get_name(mod) }, .nr = 1
		};

		add_names(m, &one, paths);
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(list);
}

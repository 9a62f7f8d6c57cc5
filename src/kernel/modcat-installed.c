// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The modules of an installed kernel, from depmod's index files. Only this file uses
 * libkmod.
 */
#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <unistd.h>

#include "lib/io.h"
#include "kernel/kofile.h"
#include "lib/log.h"
#include "modcat-kinds.h"
#include "modcat-needs.h"
#include "lib/path.h"

/* The modules.dep of a distribution kernel has less than one megabyte. */
#define DEP_FILE_MAX (64 << 20)

struct installed {
	struct modcat cat;
	struct kmod_ctx *ctx;
	char *moddir;
	char *deps; /* text of modules.dep, when it was needed */
	struct strvec strings;
	struct strvec softdeps; /* lines of modules.softdep */
};

/* Drop libkmod's messages, which it would print to standard error. */
static void on_log(void *data, int priority, const char *file, int line, const char *fn,
		   const char *format, va_list args)
{
	(void)data, (void)priority, (void)file, (void)line, (void)fn, (void)format,
		(void)args;
}

void modcat_installed_close(struct modcat *cat)
{
	struct installed *in = (struct installed *)cat;

	free(in->moddir);
	free(in->deps);
	strvec_release(&in->strings);
	strvec_release(&in->softdeps);
	kmod_unref(in->ctx);
	free(in);
}

static bool is_builtin(struct kmod_module *mod)
{
	return kmod_module_get_initstate(mod) == KMOD_MODULE_BUILTIN;
}

/* The place of @path below the module directory; "extra/NAME" if it is elsewhere. */
static const char *place_of(struct installed *in, const char *path)
{
	if (path_below(path, in->moddir))
		return strvec_push(&in->strings, path + strlen(in->moddir) + 1);
	return strvec_pushf(&in->strings, "extra/%s", path_basename(path));
}

void modcat_installed_lookup(struct modcat *cat, const char *name,
			     struct modcat_list *list)
{
	struct installed *in = (struct installed *)cat;
	struct kmod_list *found = NULL, *item;

	if (kmod_module_new_from_lookup(in->ctx, name, &found) < 0)
		return;
	kmod_list_foreach(item, found)
	{
		struct kmod_module *mod = kmod_module_get_module(item);
		const char *path = kmod_module_get_path(mod);

		if (path || is_builtin(mod))
			*modcat_list_add(list) = (struct modcat_module){
				.name = strvec_push(&in->strings,
						    kmod_module_get_name(mod)),
				.path = path ? strvec_push(&in->strings, path) : NULL,
				.place = path ? place_of(in, path) : NULL,
			};
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(found);
}

/*
 * Add the soft dependencies from modules.softdep. A module may have several lines there
 * (btrfs: one for each checksum). kmod_module_get_softdeps() and modprobe see only the
 * first, but the module asks for the others when it is used.
 */
static void add_softdeps(const struct installed *in, const char *name,
			 struct modcat_needs *needs)
{
	for (size_t i = 0; i < in->softdeps.nr; i++) {
		const char *line = in->softdeps.v[i];
		size_t len = strlen(name);

		if (!starts_with(line, "softdep "))
			continue;
		line += strlen("softdep ");
		if (strncmp(line, name, len) == 0 && line[len] == ' ')
			modcat_add_softdep(needs, line + len + 1);
	}
}

/* Built-in modules have their dependencies in modules.builtin.modinfo. */
static void add_builtin_needs(struct kmod_module *mod, struct modcat_needs *needs)
{
	struct kmod_list *info = NULL, *item;

	if (kmod_module_get_info(mod, &info) < 0)
		return;
	kmod_list_foreach(item, info)
	{
		const char *key = kmod_module_info_get_key(item);
		const char *value = kmod_module_info_get_value(item);

		if (streq(key, "softdep"))
			modcat_add_softdep(needs, value);
		else if (streq(key, "weakdep"))
			strvec_split(&needs->weak, value, " \t");
		else if (streq(key, "firmware"))
			strvec_push(&needs->firmware, value);
	}
	kmod_module_info_free_list(info);
}

/* The text of modules.dep, "" if it cannot be read. */
static const char *read_deps(struct installed *in)
{
	_cleanup_free_ char *file = path_join(in->moddir, "modules.dep");

	if (!in->deps && io_read_regular(file, DEP_FILE_MAX, &in->deps, NULL))
		in->deps = xstrdup("");
	return in->deps;
}

/* The name of the module file @path, as the kernel knows it. Heap. */
static char *name_of_file(const char *path)
{
	const char *base = path_basename(path);
	char *name = xstrndup(base, strlen(base) - kofile_suffix(base));

	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
	return name;
}

/* Whether a module of the name @needed is among the dependencies in a line's @rest. */
static bool line_names(const char *rest, const char *needed)
{
	_cleanup_(strvec_release) struct strvec files = STRVEC_INIT;

	strvec_split(&files, rest, " ");
	for (size_t i = 0; i < files.nr; i++) {
		_cleanup_free_ char *name = name_of_file(files.v[i]);

		if (streq(name, needed))
			return true;
	}
	return false;
}

void modcat_installed_users(struct modcat *cat, const char *needed,
			    struct modcat_list *list)
{
	struct installed *in = (struct installed *)cat;
	_cleanup_(strvec_release) struct strvec lines = STRVEC_INIT;

	strvec_split(&lines, read_deps(in), "\n");
	for (size_t i = 0; i < lines.nr; i++) {
		size_t len = strcspn(lines.v[i], ":");
		_cleanup_free_ char *file = xstrndup(lines.v[i], len);
		const char *path;

		if (!lines.v[i][len] ||
		    (needed && !line_names(lines.v[i] + len + 1, needed)))
			continue;
		path = strvec_take(&in->strings, path_join(in->moddir, file));
		*modcat_list_add(list) = (struct modcat_module){
			.name = strvec_take(&in->strings, name_of_file(file)),
			.path = path,
			.place = place_of(in, path),
		};
	}
}

/* The rest of the line of the module at @place in modules.dep, or NULL. */
static const char *dep_line(struct installed *in, const char *place)
{
	_cleanup_free_ char *key = xasprintf("\n%s:", place);
	const char *line;

	read_deps(in);
	if (starts_with(in->deps, key + 1))
		return in->deps + strlen(key + 1);
	line = strstr(in->deps, key);
	return line ? line + strlen(key) : NULL;
}

/* libkmod lists no dependencies if the file of one of them is missing. Find that one. */
static int check_dependencies(struct installed *in, const char *place, char **why)
{
	_cleanup_(strvec_release) struct strvec files = STRVEC_INIT;
	_cleanup_free_ char *line = NULL;
	const char *rest = dep_line(in, place);

	if (!rest)
		return 0;
	line = xstrndup(rest, strcspn(rest, "\n"));
	strvec_split(&files, line, " ");
	for (size_t i = 0; i < files.nr; i++) {
		_cleanup_free_ char *file = path_join(in->moddir, files.v[i]);

		if (access(file, R_OK) == 0)
			continue;
		*why = xasprintf("it needs '%s', which %s", file,
				 errno == EACCES ? "cannot be read: permission denied"
						 : "is not there");
		return -EBADMSG;
	}
	return 0;
}

/* Append the names in @list, and release it. */
static void add_names(struct strvec *names, struct kmod_list *list)
{
	struct kmod_list *item;

	kmod_list_foreach(item, list)
	{
		struct kmod_module *mod = kmod_module_get_module(item);

		strvec_push(names, kmod_module_get_name(mod));
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(list);
}

/*
 * Firmware is in no index, so read the module file. A damaged one is an error here, as
 * depmod only warns of it; but modprobe may understand compressed files that we do not.
 */
static int add_firmware(const char *path, struct modcat_needs *needs, char **why)
{
	_cleanup_close_ int fd = kofile_open(path);
	_cleanup_free_ char *info = NULL;
	size_t size;
	int err = fd < 0 ? fd : kofile_read_info(fd, &info, &size);

	if (!err)
		modcat_add_firmware(needs, info, size);
	if (kofile_is_packed(path) || (err != -EBADMSG && err != -ENOEXEC))
		return 0;
	*why = xasprintf("'%s' is damaged, or not a module", path);
	return -EBADMSG;
}

static int add_file_needs(struct installed *in, struct kmod_module *mod,
			  const struct modcat_module *module, struct modcat_needs *needs,
			  char **why)
{
	struct kmod_list *hard;

	if (access(module->path, R_OK) < 0) {
		*why = xasprintf("'%s' %s", module->path,
				 errno == EACCES ? "cannot be read: permission denied"
						 : "is not there");
		return -EBADMSG;
	}
	add_softdeps(in, module->name, needs);
	if (add_firmware(module->path, needs, why))
		return -EBADMSG;
#ifdef HAVE_KMOD_WEAKDEPS
	{
		struct kmod_list *weak = NULL;

		kmod_module_get_weakdeps(mod, &weak);
		add_names(&needs->weak, weak);
	}
#endif
	hard = kmod_module_get_dependencies(mod);
	if (!hard)
		return check_dependencies(in, module->place, why);
	add_names(&needs->hard, hard);
	return 0;
}

int modcat_installed_get_needs(struct modcat *cat, const struct modcat_module *module,
			       struct modcat_needs *needs, char **why)
{
	struct installed *in = (struct installed *)cat;
	struct kmod_module *mod;
	int err = kmod_module_new_from_name(in->ctx, module->name, &mod);

	if (err < 0) {
		*why = xstrdup(err_text(err));
		return -EBADMSG;
	}
	if (module->path)
		err = add_file_needs(in, mod, module, needs, why);
	else
		add_builtin_needs(mod, needs);
	kmod_module_unref(mod);
	return err;
}

int modcat_open_installed(struct modcat **cat, const char *moddir)
{
	_cleanup_free_ char *dep = path_join(moddir, "modules.dep.bin");
	_cleanup_free_ char *softdep = path_join(moddir, "modules.softdep");
	_cleanup_free_ char *text = NULL;
	/* the host's modprobe.d is not used */
	const char *config[] = { NULL };
	struct installed *in;

	if (access(dep, R_OK) < 0)
		return -errno;
	in = xcalloc(1, sizeof(*in));
	in->moddir = xstrdup(moddir);
	in->ctx = kmod_new(moddir, config);
	if (!in->ctx) {
		modcat_installed_close(&in->cat);
		return -ENOMEM;
	}
	kmod_set_log_fn(in->ctx, on_log, NULL);
	kmod_load_resources(in->ctx);
	if (io_read_regular(softdep, DEP_FILE_MAX, &text, NULL) == 0)
		strvec_split(&in->softdeps, text, "\n");
	*cat = &in->cat;
	return 0;
}

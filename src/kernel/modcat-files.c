// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Modules without an index: those in the output of a build, and external ones. A module's
 * name is that of its file. A file is opened when its module is selected; all of them are
 * opened only when a name is not found and may be an alias.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "kernel/kofile.h"
#include "lib/log.h"
#include "modcat-kinds.h"
#include "modcat-needs.h"
#include "lib/path.h"
#include "lib/strmap.h"

/* modules.builtin.modinfo of a distribution kernel has less than one megabyte. */
#define LIST_MAX  (64 << 20)
#define DEPTH_MAX 16
#define NAME_SIZE 256

struct file_module {
	const char *stem;   /* path without suffix: absolute, or below the directory */
	const char *suffix; /* ".ko", ".ko.xz"; NULL: built in */
};

/* A name that a module answers to besides its own. */
struct alias {
	size_t text; /* offset in alias_text */
	size_t module;
};

struct files {
	struct modcat cat;
	char *dir; /* the build's output; NULL for external modules */
	char *release;
	bool modversions;
	struct file_module *modules;
	size_t nr, alloc;
	struct strmap names; /* name -> number + 1 */
	struct strvec strings;
	char *order, *builtin; /* texts of the lists, cut into stems */
	char *builtin_info;
	size_t builtin_info_size;
	struct alias *aliases; /* those of one module stand together */
	size_t nr_aliases, alloc_aliases;
	struct strbuf alias_text;
	bool scanned;
};

void modcat_files_close(struct modcat *cat)
{
	struct files *f = (struct files *)cat;

	strbuf_release(&f->alias_text);
	free(f->aliases);
	strmap_release(&f->names, NULL);
	strvec_release(&f->strings);
	free(f->modules);
	free(f->order);
	free(f->builtin);
	free(f->builtin_info);
	free(f->release);
	free(f->dir);
	free(f);
}

/*
 * Make a module's name from that of its file, with '_' for '-'. Aliases are changed in
 * the same way, except inside the "[0-9]" of a pattern. False if it is too long for a
 * module.
 */
static bool make_name(char name[NAME_SIZE], const char *text)
{
	size_t len = strlen(text);
	bool set = false;

	if (!len || len >= NAME_SIZE)
		return false;
	for (size_t i = 0; i <= len; i++) {
		set = text[i] == '[' || (set && text[i] != ']');
		name[i] = text[i] == '-' && !set ? '_' : text[i];
	}
	return true;
}

/* Add a module, unless there is one of the same name. */
static void add_module(struct files *f, const char *stem, const char *suffix)
{
	char name[NAME_SIZE];
	void **slot;

	if (!make_name(name, path_basename(stem)))
		return;
	slot = strmap_put(&f->names, name);
	if (*slot)
		return;
	ALLOC_GROW(f->modules, f->nr, f->alloc);
	f->modules[f->nr++] = (struct file_module){ stem, suffix };
	*slot = (void *)(uintptr_t)f->nr;
}

/* Cut off the suffix ".ko" or ".o". False if there is none. */
static bool cut_suffix(char *path)
{
	size_t len = strlen(path), cut = ends_with(path, ".ko")	 ? 3
					 : ends_with(path, ".o") ? 2
								 : 0;

	path[len - cut] = '\0';
	return cut > 0;
}

/*
 * Whether every path in modules.order has the prefix "kernel/", as up to Linux 5.2. The
 * source has a directory kernel/ with modules, too: then the first file is there.
 */
static bool has_prefix(const struct files *f)
{
	const char *line = f->order;
	_cleanup_free_ char *first = xstrndup(line, strcspn(line, "\n"));
	_cleanup_free_ char *path = path_join(f->dir, first);

	for (; *line; line += strspn(line, "\n")) {
		if (!starts_with(line, "kernel/"))
			return false;
		line += strcspn(line, "\n");
	}
	return ends_with(first, ".ko") && access(path, F_OK) < 0;
}

/*
 * Add the modules of one of kbuild's lists, whose @text is changed and kept. The first
 * @skip characters of each line are not part of the path.
 */
static void add_list(struct files *f, char *text, size_t skip, bool builtin)
{
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")))
		if (strlen(line) > skip && cut_suffix(line))
			add_module(f, line + skip, builtin ? NULL : ".ko");
}

static int read_list(const char *dir, const char *name, char **text, size_t *size)
{
	_cleanup_free_ char *path = path_join(dir, name);
	int err = io_read_regular(path, LIST_MAX, text, size);

	return err == -ENOENT ? 0 : err;
}

/* Whether the module is below the build's output. A list may name others. */
static bool is_inside(const struct files *f, const char *stem)
{
	return f->dir && stem[0] != '/' && !starts_with(stem, "../") &&
	       !strstr(stem, "/../");
}

/* The absolute path of the module's file. Heap. */
static char *module_path(const struct files *f, const struct file_module *m)
{
	_cleanup_free_ char *name = xasprintf("%s%s", m->stem, m->suffix);

	return path_join(f->dir ? f->dir : "/", name);
}

static void fill_in(struct files *f, size_t i, struct modcat_module *module)
{
	const struct file_module *m = &f->modules[i];
	const char *stem = m->stem;
	char name[NAME_SIZE];

	make_name(name, path_basename(stem));
	*module = (struct modcat_module){
		.name = strvec_push(&f->strings, name),
		.order = i,
	};
	if (!m->suffix)
		return;
	module->path = strvec_take(&f->strings, module_path(f, m));
	if (is_inside(f, stem))
		module->place = strvec_pushf(&f->strings, "kernel/%s.ko", stem);
	else
		module->place =
			strvec_pushf(&f->strings, "extra/%s.ko", path_basename(stem));
}

static void add_alias(struct files *f, const char *alias, size_t module)
{
	char name[NAME_SIZE];

	if (!make_name(name, alias))
		return;
	ALLOC_GROW(f->aliases, f->nr_aliases, f->alloc_aliases);
	f->aliases[f->nr_aliases++] = (struct alias){ f->alias_text.len, module };
	strbuf_add(&f->alias_text, name, strlen(name) + 1);
}

static void scan_file(struct files *f, size_t i)
{
	_cleanup_free_ char *path = module_path(f, &f->modules[i]);
	_cleanup_close_ int fd = kofile_open(path);
	_cleanup_free_ char *info = NULL;
	struct kofile_cursor cursor;
	const char *alias;
	size_t size;

	/* errors of a module are reported if that module is wanted */
	if (fd < 0 || kofile_read_info(fd, &info, &size))
		return;
	cursor = (struct kofile_cursor){ info, info + size };
	while ((alias = kofile_next_value(&cursor, "alias")))
		add_alias(f, alias, i);
}

/* "MODULE.alias=NAME" strings. */
static void scan_builtin(struct files *f)
{
	const char *pos = f->builtin_info, *end = pos + f->builtin_info_size;

	for (; pos && pos < end; pos += strlen(pos) + 1) {
		const char *dot = strchr(pos, '.');
		void **slot =
			dot ? strmap_getn(&f->names, pos, (size_t)(dot - pos)) : NULL;

		if (slot && starts_with(dot, ".alias="))
			add_alias(f, dot + strlen(".alias="), (uintptr_t)*slot - 1);
	}
}

/* Read the aliases of all modules: some 25 microseconds for each. */
static void scan_aliases(struct files *f)
{
	strbuf_setlen(&f->alias_text, 0);
	f->nr_aliases = 0;
	for (size_t i = 0; i < f->nr; i++)
		if (f->modules[i].suffix)
			scan_file(f, i);
	scan_builtin(f);
	f->scanned = true;
}

static bool is_match(const char *alias, const char *name)
{
	size_t same = 0;

	/* @name is no pattern: up to the first special character both must be equal */
	while (alias[same] && alias[same] == name[same])
		same++;
	if (!alias[same])
		return !name[same];
	return strchr("*?[\\", alias[same]) && fnmatch(alias + same, name + same, 0) == 0;
}

void modcat_files_lookup(struct modcat *cat, const char *name, struct modcat_list *list)
{
	struct files *f = (struct files *)cat;
	size_t first = list->nr;
	char wanted[NAME_SIZE];
	void **slot;

	if (!make_name(wanted, name))
		return;
	slot = strmap_get(&f->names, wanted);
	if (slot) {
		fill_in(f, (uintptr_t)*slot - 1, modcat_list_add(list));
		return;
	}
	if (!f->scanned)
		scan_aliases(f);
	for (size_t i = 0; i < f->nr_aliases; i++) {
		const struct alias *alias = &f->aliases[i];

		if (!is_match(f->alias_text.buf + alias->text, wanted))
			continue;
		/* a module that is in the list already */
		if (list->nr > first && list->v[list->nr - 1].order == alias->module)
			continue;
		fill_in(f, alias->module, modcat_list_add(list));
	}
}

/* Whether the module file @i names @needed among its hard dependencies. */
static bool depends_on(const struct files *f, size_t i, const char *needed)
{
	_cleanup_free_ char *path = module_path(f, &f->modules[i]);
	_cleanup_(strvec_release) struct strvec depends = STRVEC_INIT;
	_cleanup_close_ int fd = kofile_open(path);
	_cleanup_free_ char *info = NULL;
	struct kofile_cursor cursor;
	const char *value;
	size_t size;

	if (fd < 0 || kofile_read_info(fd, &info, &size))
		return false;
	cursor = (struct kofile_cursor){ info, info + size };
	while ((value = kofile_next_value(&cursor, "depends")))
		strvec_split(&depends, value, ",");
	for (size_t j = 0; j < depends.nr; j++)
		if (streq(depends.v[j], needed))
			return true;
	return false;
}

void modcat_files_users(struct modcat *cat, const char *needed, struct modcat_list *list)
{
	struct files *f = (struct files *)cat;

	for (size_t i = 0; i < f->nr; i++)
		if (f->modules[i].suffix && (!needed || depends_on(f, i, needed)))
			fill_in(f, i, modcat_list_add(list));
}

/* "MODULE.softdep=..." strings. */
static void add_builtin_needs(const struct files *f, const char *name,
			      struct modcat_needs *needs)
{
	const char *pos = f->builtin_info, *end = pos + f->builtin_info_size;
	size_t len = strlen(name);

	for (; pos && pos < end; pos += strlen(pos) + 1) {
		if (strncmp(pos, name, len) != 0)
			continue;
		if (starts_with(pos + len, ".softdep="))
			modcat_add_softdep(needs, pos + len + strlen(".softdep="));
		else if (starts_with(pos + len, ".weakdep="))
			strvec_split(&needs->weak, pos + len + strlen(".weakdep="),
				     " \t");
		else if (starts_with(pos + len, ".firmware="))
			strvec_push(&needs->firmware, pos + len + strlen(".firmware="));
	}
}

/*
 * Like the kernel's same_magic(): with versions of symbols the release does not matter.
 */
static bool has_versions(const char *vermagic)
{
	return strstr(vermagic, " modversions ") || ends_with(vermagic, " modversions");
}

static char *wrong_release(const struct files *f, const char *path, const char *vermagic)
{
	size_t len = vermagic ? strcspn(vermagic, " ") : 0;

	if (!vermagic || !f->release || (f->modversions && has_versions(vermagic)))
		return NULL;
	if (strlen(f->release) == len && strncmp(f->release, vermagic, len) == 0)
		return NULL;
	return xasprintf("'%s' was built for kernel %.*s, not for %s; %s", path, (int)len,
			 vermagic, f->release,
			 f->dir ? "run 'make modules'" : "build it for this kernel");
}

static char *unreadable(const struct files *f, const char *path, int err)
{
	if (err == -ENOENT && f->dir)
		return xasprintf(
			"'%s' is not there, though 'modules.order' lists it; run "
			"'make modules'",
			path);
	if (err == -ENOENT)
		return xasprintf("'%s' is not there", path);
	if (err == -ENOEXEC)
		return xasprintf("'%s' is not an ELF file", path);
	if (err == -EBADMSG)
		return xasprintf("'%s' is damaged, or not a module", path);
	return xasprintf("cannot read '%s': %s", path, err_text(err));
}

static void add_info_needs(const char *info, size_t size, struct modcat_needs *needs)
{
	struct kofile_cursor cursor = { info, info + size };
	const char *value;

	while ((value = kofile_next_value(&cursor, "depends")))
		strvec_split(&needs->hard, value, ",");
	cursor.pos = info;
	while ((value = kofile_next_value(&cursor, "softdep")))
		modcat_add_softdep(needs, value);
	cursor.pos = info;
	while ((value = kofile_next_value(&cursor, "weakdep")))
		strvec_split(&needs->weak, value, " \t");
	modcat_add_firmware(needs, info, size);
}

int modcat_files_get_needs(struct modcat *cat, const struct modcat_module *module,
			   struct modcat_needs *needs, char **why)
{
	struct files *f = (struct files *)cat;
	_cleanup_free_ char *info = NULL;
	_cleanup_close_ int fd = -1;
	struct kofile_cursor cursor;
	size_t size;
	int err;

	if (!module->path) {
		add_builtin_needs(f, module->name, needs);
		return 0;
	}
	fd = kofile_open(module->path);
	err = fd < 0 ? fd : kofile_read_info(fd, &info, &size);
	if (err) {
		*why = unreadable(f, module->path, err);
		return -EBADMSG;
	}
	cursor = (struct kofile_cursor){ info, info + size };
	*why = wrong_release(f, module->path, kofile_next_value(&cursor, "vermagic"));
	if (*why)
		return -EBADMSG;
	add_info_needs(info, size, needs);
	return 0;
}

struct modcat *modcat_new_files(const char *release, bool modversions)
{
	struct files *f = xcalloc(1, sizeof(*f));

	f->cat = (struct modcat){ .is_build = true };
	f->release = release ? xstrdup(release) : NULL;
	f->modversions = modversions;
	f->alias_text = (struct strbuf)STRBUF_INIT;
	return &f->cat;
}

int modcat_open_tree(struct modcat **cat, const char *objdir, const char *release,
		     bool modversions)
{
	struct files *f = (struct files *)modcat_new_files(release, modversions);
	int err;

	f->dir = xstrdup(objdir);
	err = read_list(objdir, "modules.order", &f->order, NULL);
	if (!err)
		err = read_list(objdir, "modules.builtin", &f->builtin, NULL);
	if (!err)
		err = read_list(objdir, "modules.builtin.modinfo", &f->builtin_info,
				&f->builtin_info_size);
	if (err) {
		modcat_files_close(&f->cat);
		return err;
	}
	if (f->order)
		add_list(f, f->order, has_prefix(f) ? strlen("kernel/") : 0, false);
	if (f->builtin)
		add_list(f, f->builtin, 0, true);
	*cat = &f->cat;
	return 0;
}

/* Append the paths of the module files below @path. */
static int find_files(const char *path, unsigned int depth, struct strvec *found)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	struct dirent *d;
	int err = dir ? 0 : -errno;

	while (!err && (d = readdir(dir))) {
		_cleanup_free_ char *below = path_join(path, d->d_name);
		struct stat st;

		if (d->d_name[0] == '.' || lstat(below, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			err = find_files(below, depth + 1, found);
		else if (!S_ISDIR(st.st_mode) && kofile_suffix(d->d_name))
			strvec_push(found, below);
	}
	return err;
}

int modcat_add_files(struct modcat *cat, const char *path, struct strvec *names)
{
	struct files *f = (struct files *)cat;
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;
	struct stat st;
	int err = stat(path, &st) < 0 ? -errno : 0;

	if (!err && S_ISDIR(st.st_mode))
		err = find_files(path, 0, &found);
	else if (!err && kofile_suffix(path))
		strvec_push(&found, path);
	if (err)
		return err;
	strvec_sort(&found);
	for (size_t i = 0; i < found.nr; i++) {
		size_t len = strlen(found.v[i]) - kofile_suffix(found.v[i]);
		const char *suffix = strvec_push(&f->strings, found.v[i] + len);

		found.v[i][len] = '\0';
		add_module(f, strvec_push(&f->strings, found.v[i]), suffix);
		strvec_push(names, path_basename(found.v[i]));
	}
	f->scanned = false;
	return (int)found.nr;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The plan of an image, from the manifest's lines and from what every image has. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base.h"
#include "cut.h"
#include "log.h"
#include "path.h"
#include "tree.h"

#define AUTORUN_DIR  "/rapido_autorun"
#define MODULES_LIST PLAN_RESOURCES "/modules"

/* For the VIRTFS_SHARE_PATH and for `disk`: what init loads if it is not built in. */
static const char *const share_modules[] = { "virtio_pci", "9pnet_virtio", "9p" };
static const char *const disk_modules[] = { "virtio_pci", "virtio_blk" };

int cut_init(struct cut *cut, const struct conf *conf, const struct dirs *dirs)
{
	int err;

	*cut = (struct cut){
		.conf = conf,
		.dirs = dirs,
		.report = REPORT_INIT,
		.moddb = MODDB_INIT,
		.root = { .fd = -1 },
	};
	err = sysroot_init(&cut->root, "/");
	if (err)
		return report_error(&cut->report, "cannot open '/': %s", err_text(err));
	cut->closure = closure_new(&cut->root, &cut->plan, &cut->report);
	return 0;
}

void cut_release(struct cut *cut)
{
	moddb_release(&cut->moddb);
	modules_close(cut->modules);
	closure_free(cut->closure);
	plan_release(&cut->plan);
	sysroot_release(&cut->root);
	kernel_release(&cut->kernel);
	manifest_release(&cut->manifest);
	report_release(&cut->report);
	strvec_release(&cut->bases);
	image_info_release(&cut->info);
	free(cut->reasons);
	*cut = (struct cut){ .root = { .fd = -1 } };
}

/* "cut/x.fest:3", for messages and reasons. Heap. */
static char *where(const struct cut *cut, const struct manifest_entry *entry)
{
	return xasprintf("%s:%u", manifest_label(entry->file, &cut->bases), entry->line);
}

static void find_kernel(struct cut *cut)
{
	struct utsname host;
	struct kernel_places places = kernel_host_places(cut->dirs->cache, &host);

	if (kernel_find(&cut->kernel, cut->request->kernel, cut->conf, &places,
			&cut->report))
		return;
	if (cut->kernel.arch != arch_native())
		report_error(&cut->report,
			     "kernel '%s' is for %s, but this machine's programs are not",
			     cut->kernel.image, cut->kernel.arch->machine);
}

static void add_disk(struct cut *cut, const struct manifest_entry *entry, uint64_t size)
{
	struct image_info *info = &cut->info;
	const char *name = entry->args.v[0];

	for (size_t i = 0; i < info->nr_disks; i++) {
		_cleanup_free_ char *at = where(cut, entry);

		if (!streq(info->disks[i].name, name))
			continue;
		report_error(&cut->report, "%s: there is a disk '%s' already", at, name);
		return;
	}
	ALLOC_GROW(info->disks, info->nr_disks, info->alloc_disks);
	info->disks[info->nr_disks++] = (struct image_disk){ xstrdup(name), size };
}

/* The VM's resources as the manifest has them; the first of a kind counts. */
static void collect_resources(struct cut *cut)
{
	struct image_info *info = &cut->info;
	unsigned long cpus = 0;
	uint64_t memory = 0, size;

	for (size_t i = 0; i < cut->manifest.nr; i++) {
		const struct manifest_entry *entry = &cut->manifest.entries[i];

		if (entry->op == MANIFEST_CPUS && !cpus)
			parse_uint(entry->args.v[0], 1, 4096, &cpus);
		else if (entry->op == MANIFEST_MEMORY && !memory)
			parse_size(entry->args.v[0], 1 << 20, &memory);
		else if (entry->op == MANIFEST_NETWORK)
			info->network = true;
		else if (entry->op == MANIFEST_DISK &&
			 !parse_size(entry->args.v[1], 1 << 20, &size))
			add_disk(cut, entry, size);
	}
	info->cpus = (unsigned int)cpus;
	info->memory = memory;
}

/* Older manifests name the resources as paths: theirs then stand for cpus and memory. */
static bool names_resource(const struct cut *cut, const char *kind)
{
	_cleanup_free_ char *dir = xasprintf(PLAN_RESOURCES "/%s", kind);

	for (size_t i = 0; i < cut->manifest.nr; i++) {
		const struct manifest_entry *entry = &cut->manifest.entries[i];

		if ((entry->op == MANIFEST_FILE || entry->op == MANIFEST_SLINK) &&
		    path_below(entry->args.v[0], dir))
			return true;
		for (size_t j = 0; entry->op == MANIFEST_DIR && j < entry->args.nr; j++)
			if (path_below(entry->args.v[j], dir))
				return true;
	}
	return false;
}

static void add_resources(struct cut *cut)
{
	struct image_info *info = &cut->info;

	info->test = xstrdup(cut->request->test);
	info->kernel = cut->kernel.image ? xstrdup(cut->kernel.image) : NULL;
	info->release = cut->kernel.release ? xstrdup(cut->kernel.release) : NULL;
	if (!info->cpus && !names_resource(cut, "cpu"))
		info->cpus = IMAGE_DEFAULT_CPUS;
	if (!info->memory && !names_resource(cut, "mem"))
		info->memory = IMAGE_DEFAULT_MEMORY;
	image_add_info(&cut->plan, info, base_reason(&cut->plan));
}

/* @index is what plan_add() and its kin returned for @path. */
static void check_added(struct cut *cut, const char *at, const char *path, int index)
{
	if (index < 0 && index != PLAN_FILTERED)
		report_error(&cut->report, "%s: cannot add '%s': %s", at, path,
			     err_text(index));
}

/* What is wrong with the tree itself is said by tree_add(). */
static int add_tree(struct cut *cut, const char *path, const char *source,
		    struct plan_reason reason)
{
	_cleanup_free_ char *canonical = NULL;
	struct stat st;
	int err = sysroot_resolve(&cut->root, source, &canonical, &st, NULL, NULL);

	if (err)
		return err;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	tree_add(&cut->plan, path, &cut->root, canonical, reason, NULL, NULL,
		 &cut->report);
	return 0;
}

/* `file` and `tree`. */
static void add_file(struct cut *cut, const struct manifest_entry *entry,
		     struct plan_reason reason)
{
	const char *path = entry->args.v[0];
	const char *location = entry->args.nr > 1 ? entry->args.v[1] : NULL;
	_cleanup_free_ char *at = where(cut, entry), *found = NULL, *source = NULL;
	int err = -ENOENT;

	if (!location) {
		check_added(cut, at, path,
			    plan_add_data(&cut->plan, path, 0644, NULL, 0, reason));
		return;
	}
	found = manifest_locate(entry->file, location, &cut->bases);
	source = found ? path_absolute(found) : NULL;
	if (source && entry->op == MANIFEST_TREE)
		err = add_tree(cut, path, source, reason);
	else if (source)
		err = tree_add_file(&cut->plan, path, &cut->root, source, false, reason);
	if (err)
		report_error(&cut->report, "%s: cannot add '%s' as '%s': %s%s%s%s", at,
			     location, path, err_text(err),
			     entry->package ? " (package: " : "",
			     entry->package ? entry->package : "",
			     entry->package ? ")" : "");
}

static void add_autorun_script(struct cut *cut, const char *source, const char *at,
			       struct plan_reason reason)
{
	_cleanup_free_ char *absolute = path_absolute(source);
	_cleanup_free_ char *path = xasprintf(AUTORUN_DIR "/%03u-%s", cut->nr_autorun++,
					      path_basename(source));
	int err = tree_add_file(&cut->plan, path, &cut->root, absolute, true, reason);

	if (err)
		report_error(&cut->report, "%s%scannot add autorun script '%s': %s", at,
			     *at ? ": " : "", source, err_text(err));
}

static void add_autorun(struct cut *cut, const struct manifest_entry *entry,
			struct plan_reason reason)
{
	_cleanup_free_ char *at = where(cut, entry);

	for (size_t i = 0; i < entry->args.nr; i++) {
		_cleanup_free_ char *source =
			manifest_locate(entry->file, entry->args.v[i], &cut->bases);

		if (source)
			add_autorun_script(cut, source, at, reason);
		else
			report_error(&cut->report, "%s: cannot find autorun script '%s'",
				     at, entry->args.v[i]);
	}
}

static void add_closures(struct cut *cut, const struct manifest_entry *entry,
			 struct plan_reason reason)
{
	_cleanup_free_ char *at = where(cut, entry);

	for (size_t i = 0; i < entry->args.nr; i++) {
		const struct closure_request request = {
			.name = entry->args.v[i],
			.search = &entry->search,
			.try = entry->try,
			.where = at,
			.package = entry->package,
			.reason = reason,
		};

		if (entry->op == MANIFEST_LIB)
			closure_add_library(cut->closure, &request);
		else
			closure_add_program(cut->closure, &request);
	}
}

/* `dir` and `slink`. */
static void add_node(struct cut *cut, const struct manifest_entry *entry,
		     struct plan_reason reason)
{
	_cleanup_free_ char *at = where(cut, entry);

	if (entry->op == MANIFEST_SLINK) {
		check_added(cut, at, entry->args.v[0],
			    plan_add_link(&cut->plan, entry->args.v[0], entry->args.v[1],
					  reason));
		return;
	}
	for (size_t i = 0; i < entry->args.nr; i++)
		check_added(cut, at, entry->args.v[i],
			    plan_add_dir(&cut->plan, entry->args.v[i], 0755, reason));
}

static void add_entry(struct cut *cut, const struct manifest_entry *entry,
		      struct plan_reason reason)
{
	switch (entry->op) {
	case MANIFEST_AUTORUN:
		add_autorun(cut, entry, reason);
		break;
	case MANIFEST_BIN:
	case MANIFEST_LIB:
		add_closures(cut, entry, reason);
		break;
	case MANIFEST_FILE:
	case MANIFEST_TREE:
		add_file(cut, entry, reason);
		break;
	case MANIFEST_DIR:
	case MANIFEST_SLINK:
		add_node(cut, entry, reason);
		break;
	case MANIFEST_NONE:
	case MANIFEST_KMOD:
	case MANIFEST_FILTER:
	case MANIFEST_CPUS:
	case MANIFEST_MEMORY:
	case MANIFEST_NETWORK:
	case MANIFEST_DISK:
	case MANIFEST_KCONFIG:
		break; /* elsewhere */
	}
}

/* The reason for each entry: where it stands, and what it says. */
static void make_reasons(struct cut *cut)
{
	cut->reasons = xcalloc(cut->manifest.nr, sizeof(*cut->reasons));
	for (size_t i = 0; i < cut->manifest.nr; i++) {
		const struct manifest_entry *entry = &cut->manifest.entries[i];
		_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
		_cleanup_free_ char *at = where(cut, entry);

		strbuf_addf(&text, "%s: %s", at, manifest_directive(entry));
		for (size_t j = 0; j < entry->args.nr; j++)
			strbuf_addf(&text, " %s", entry->args.v[j]);
		cut->reasons[i] =
			(struct plan_reason){ -1, plan_intern(&cut->plan, text.buf) };
	}
}

static void add_filters(struct cut *cut)
{
	for (size_t i = 0; i < cut->manifest.nr; i++) {
		const struct manifest_entry *entry = &cut->manifest.entries[i];

		for (size_t j = 0; entry->op == MANIFEST_FILTER && j < entry->args.nr;
		     j++)
			plan_filter(&cut->plan, entry->args.v[j]);
	}
}

/* The scripts of -f and -x come after the test's own. */
static void add_user_scripts(struct cut *cut)
{
	for (size_t i = 0; i < cut->request->nr_scripts; i++) {
		const struct cut_script *script = &cut->request->scripts[i];
		_cleanup_free_ char *path = NULL, *text = NULL;

		if (script->path) {
			const struct plan_reason reason = {
				-1, plan_intern(&cut->plan, "given with -f")
			};

			add_autorun_script(cut, script->path, "", reason);
		} else {
			const struct plan_reason reason = {
				-1, plan_intern(&cut->plan, "given with -x")
			};

			path = xasprintf(AUTORUN_DIR "/%03u-command", cut->nr_autorun++);
			text = xasprintf("%s\n", script->command);
			plan_add_data(&cut->plan, path, 0644, text, strlen(text), reason);
		}
	}
}

static bool open_modules(struct cut *cut, const char *at, const char *name)
{
	const struct kernel *kernel = &cut->kernel;
	int err;

	if (cut->modules)
		return true;
	if (!kernel->release)
		return false; /* reported: there is no kernel */
	if (!kernel->moddir) {
		report_error(
			&cut->report,
			"%s: no modules of kernel %s are installed, '%s' is "
			"wanted; %s",
			at, kernel->release, name,
			kernel->objdir
				? "run 'make modules_install INSTALL_MOD_PATH=DIR' and set "
				  "KERNEL_INSTALL_MOD_PATH to DIR"
				: "set KERNEL_INSTALL_MOD_PATH to where they are");
		return false;
	}
	err = modules_open(&cut->modules, kernel->moddir);
	if (err)
		report_error(&cut->report,
			     "cannot read the module database in '%s': %s%s",
			     kernel->moddir, err_text(err),
			     err == -ENOENT ? "; run depmod for it" : "");
	return !err;
}

/* 0, or -ENOENT when there is no such module, which is then reported if @try is not set.
 */
static int select_module(struct cut *cut, const char *name, int tag, bool try,
			 const char *at)
{
	_cleanup_free_ char *missing = NULL;
	int err;

	if (!open_modules(cut, at, name))
		return 0;
	err = modules_select(cut->modules, name, tag, &missing);
	if (err == -ENOENT && !try)
		report_error(&cut->report, "%s: kernel %s has no module '%s'", at,
			     cut->kernel.release, name);
	else if (err && err != -ENOENT)
		report_error(&cut->report,
			     "%s: module '%s' needs '%s', which is not there", at, name,
			     missing);
	return err == -ENOENT ? err : 0;
}

/*
 * Modules that init loads. A kernel tree whose modules were not installed may well have
 * them built in.
 */
static void select_boot_modules(struct cut *cut, const char *const *names, size_t nr,
				const char *what)
{
	if (!cut->kernel.moddir)
		return;
	for (size_t i = 0; i < nr; i++)
		if (select_module(cut, names[i], -1, true, what) == -ENOENT)
			report_warn(&cut->report,
				    "kernel %s has no module '%s': %s will not work",
				    cut->kernel.release, names[i], what);
}

static void select_modules(struct cut *cut)
{
	for (size_t i = 0; i < cut->manifest.nr; i++) {
		const struct manifest_entry *entry = &cut->manifest.entries[i];
		_cleanup_free_ char *at = where(cut, entry);

		for (size_t j = 0; entry->op == MANIFEST_KMOD && j < entry->args.nr; j++)
			if (!entry->try || cut->kernel.moddir)
				select_module(cut, entry->args.v[j], (int)i, entry->try,
					      at);
	}
	if (conf_get(cut->conf, "VIRTFS_SHARE_PATH"))
		select_boot_modules(cut, share_modules, ARRAY_SIZE(share_modules),
				    "VIRTFS_SHARE_PATH");
	if (cut->info.nr_disks)
		select_boot_modules(cut, disk_modules, ARRAY_SIZE(disk_modules),
				    "'disk'");
	if (cut->modules && !cut->report.errors.nr)
		moddb_start(&cut->moddb, cut->modules, cut->kernel.moddir,
			    cut->kernel.release, cut->request->tmp, &cut->report);
}

/* The text of MODULES_LIST: paths in the image, in the order in which init loads them. */
static void add_boot_list(struct cut *cut)
{
	_cleanup_(strvec_release) struct strvec paths = STRVEC_INIT;
	_cleanup_(strbuf_release) struct strbuf list = STRBUF_INIT;
	size_t i;

	for (i = 0;
	     i < ARRAY_SIZE(share_modules) && conf_get(cut->conf, "VIRTFS_SHARE_PATH");
	     i++)
		modules_load_order(cut->modules, share_modules[i], &paths);
	for (i = 0; i < ARRAY_SIZE(disk_modules) && cut->info.nr_disks; i++)
		modules_load_order(cut->modules, disk_modules[i], &paths);
	for (i = 0; i < paths.nr; i++) {
		_cleanup_free_ char *path = moddb_image_path(
			cut->kernel.moddir, cut->kernel.release, paths.v[i]);

		strbuf_addf(&list, "%s\n", path);
	}
	if (list.len)
		plan_add_data(&cut->plan, MODULES_LIST, 0644, list.buf, list.len,
			      base_reason(&cut->plan));
}

static struct plan_reason module_reason(struct cut *cut, const struct module *module,
					const int *entry_of)
{
	if (module->how)
		return (struct plan_reason){ entry_of[module->by],
					     plan_intern(&cut->plan, module->how) };
	if (module->tag >= 0)
		return cut->reasons[module->tag];
	return (struct plan_reason){ -1, plan_intern(&cut->plan, "loaded by init") };
}

static void add_modules(struct cut *cut)
{
	_cleanup_free_ int *entry_of = NULL;

	if (!cut->modules)
		return;
	entry_of = xcalloc(modules_count(cut->modules), sizeof(*entry_of));
	for (size_t i = 0; i < modules_count(cut->modules); i++) {
		const struct module *module = modules_get(cut->modules, i);
		struct plan_reason reason = module_reason(cut, module, entry_of);
		_cleanup_free_ char *path = NULL;
		int err;

		entry_of[i] = reason.by;
		if (!module->path)
			continue;
		path = moddb_image_path(cut->kernel.moddir, cut->kernel.release,
					module->path);
		err = tree_add_file(&cut->plan, path, &cut->root, module->path, false,
				    reason);
		if (err)
			report_error(&cut->report, "cannot add module '%s': %s",
				     module->path, err_text(err));
		entry_of[i] = plan_find(&cut->plan, path);
	}
	add_boot_list(cut);
}

int cut_resolve(struct cut *cut, const struct cut_request *request)
{
	cut->request = request;
	if (request->base)
		strvec_push(&cut->bases, request->base);
	dirs_bases(cut->dirs, &cut->bases);
	find_kernel(cut);
	/* lines with errors are left out: what the others lack is reported as well */
	if (manifest_load(&cut->manifest, request->manifest, cut->conf, &cut->bases,
			  &cut->report) &&
	    !cut->manifest.files.nr)
		return -EINVAL;
	make_reasons(cut);
	collect_resources(cut);
	select_modules(cut);
	add_resources(cut);
	base_add_layout(&cut->plan, &cut->root);
	add_filters(cut);
	for (size_t i = 0; i < cut->manifest.nr; i++)
		add_entry(cut, &cut->manifest.entries[i], cut->reasons[i]);
	add_user_scripts(cut);
	add_modules(cut);
	base_add(&cut->plan, &cut->root, cut->closure, cut->conf);
	closure_finish(cut->closure, base_reason(&cut->plan));
	if (!cut->report.errors.nr)
		moddb_finish(&cut->moddb, &cut->plan, base_reason(&cut->plan),
			     &cut->report);
	return cut->report.errors.nr ? -EINVAL : 0;
}

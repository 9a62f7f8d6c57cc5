// SPDX-License-Identifier: GPL-2.0-or-later
/* From `kmod` lines and settings to module files in the plan. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cut/base.h"
#include "cut-modules.h"
#include "kernel/kofile.h"
#include "lib/log.h"
#include "kernel/modfw.h"
#include "lib/path.h"
#include "lib/trust.h"
#include "closure/tree.h"

#define MODULES_LIST	PLAN_RESOURCES "/modules"
#define CHANNEL_MODULES PLAN_RESOURCES "/channel-modules"

/* More firmware than this is worth a line. */
#define MUCH_FIRMWARE (16 << 20)
/* So many of a module's absent ones are named. */
#define ABSENT_NAMED 3

/* Tags of modules that no line of the manifest asked for. */
enum { TAG_INIT = -1, TAG_EXTRA = -2, TAG_NETWORK = -3 };

/* For the VIRTFS_SHARE_PATH, `disk` and `network`: what init loads if it is not built in.
 */
static const char *const share_modules[] = { "virtio_pci", "9pnet_virtio", "9p" };
static const char *const disk_modules[] = { "virtio_pci", "virtio_blk" };
static const char *const net_modules[] = { "virtio_pci", "virtio_net" };

/* For a run: what the guest's agent loads when its serial port is too slow, see wire.h.
 */
static const char *const channel_modules[] = { "virtio_pci", "virtio_console" };

/* If its configuration is not known it may. */
static bool has_modversions(const struct cut *cut)
{
	return !cut->config.path || kconfig_get(&cut->config, "MODVERSIONS");
}

/* The kernel's own modules; none at all is fine until one is wanted. */
static struct modcat *open_kernel_modules(struct cut *cut)
{
	const struct kernel *kernel = &cut->kernel;
	const char *dir = kernel->moddir ? kernel->moddir : kernel->objdir;
	struct modcat *cat = NULL;
	int err = 0;

	if (kernel->moddir)
		err = modcat_open_installed(&cat, dir);
	else if (kernel->objdir)
		err = modcat_open_tree(&cat, dir, kernel->release, has_modversions(cut));
	if (err)
		report_error(&cut->report,
			     "cannot read the list of modules in '%s': %s%s", dir,
			     err_text(err), err == -ENOENT ? "; run depmod for it" : "");
	return cat;
}

/* False when there is no kernel, which has been reported. */
static bool open_modules(struct cut *cut)
{
	struct modcat *own;

	if (cut->modules)
		return true;
	if (!cut->kernel.arch)
		return false;
	cut->modules = modules_new();
	cut->extra_modules = modcat_new_files(cut->kernel.release, has_modversions(cut));
	modules_add(cut->modules, cut->extra_modules);
	own = open_kernel_modules(cut);
	if (own)
		modules_add(cut->modules, own);
	return true;
}

/* What to do about a module that the kernel has not. */
static char *advise(const struct cut *cut)
{
	const struct kernel *kernel = &cut->kernel;
	_cleanup_free_ char *order = NULL;

	if (kernel->moddir)
		return xstrdup("");
	if (!kernel->objdir)
		return xstrdup(": none are installed; set KERNEL_INSTALL_MOD_PATH to "
			       "where they are");
	order = path_join(kernel->objdir, "modules.order");
	return access(order, F_OK) == 0
		       ? xasprintf(": it is neither in '%s' nor built in; 'rapido check' "
				   "tells the option that it needs",
				   order)
		       : xasprintf(": '%s' has not been made; run 'make modules'", order);
}

/* 0, or -ENOENT when there is no such module, which is then reported if @try is not set.
 */
static int select_module(struct cut *cut, const char *name, int tag, bool try,
			 const char *at)
{
	_cleanup_free_ char *why = NULL;
	int err;

	if (!open_modules(cut))
		return 0;
	err = modules_select(cut->modules, name, tag, &why);
	if (err == -ENOENT && !try) {
		_cleanup_free_ char *advice = advise(cut);

		report_error(&cut->report, "%s: kernel %s has no module '%s'%s", at,
			     cut->kernel.release, name, advice);
	} else if (err && err != -ENOENT) {
		report_error(&cut->report, "%s: cannot take module '%s': %s", at, name,
			     why);
	}
	return err == -ENOENT ? err : 0;
}

/* Make the module file @path, or those in the directory @path, known. As
 * modcat_add_files(). */
static int add_external(struct cut *cut, const char *path, struct strvec *names)
{
	_cleanup_free_ char *absolute = path_absolute(path),
			    *clean = path_clean(absolute);

	return modcat_add_files(cut->extra_modules, clean, names);
}

static void add_external_of(struct cut *cut, const struct manifest_entry *entry,
			    struct strvec *names)
{
	for (size_t i = 0; i < entry->args.nr; i++) {
		_cleanup_free_ char *found = NULL;

		if (!strchr(entry->args.v[i], '/') || !open_modules(cut))
			continue;
		found = manifest_locate(entry->file, entry->args.v[i], &cut->bases);
		if (found)
			add_external(cut, found, names);
	}
}

/*
 * Make all external modules known before the first is selected: they come before the
 * kernel's own of the same name, whoever depends on those. What is wrong with them is
 * said when they are selected.
 */
static void add_all_external(struct cut *cut)
{
	const char *setting = conf_get(cut->conf, "EXTRA_MODULES");
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT, names = STRVEC_INIT;

	if (setting && open_modules(cut))
		strvec_split(&dirs, setting, ":");
	for (size_t i = 0; i < dirs.nr; i++)
		add_external(cut, dirs.v[i], &names);
	for (size_t i = 0; i < cut->manifest.nr; i++)
		if (cut->manifest.entries[i].op == MANIFEST_KMOD)
			add_external_of(cut, &cut->manifest.entries[i], &names);
}

/* Select the module file @path, or those in the directory @path; how many, or -errno. */
static int select_files(struct cut *cut, const char *path, int tag, const char *at)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int nr = add_external(cut, path, &names);

	for (size_t i = 0; i < names.nr; i++)
		select_module(cut, names.v[i], tag, false, at);
	return nr;
}

/* EXTRA_MODULES: directories with ':' between them. */
static void select_extra_modules(struct cut *cut)
{
	const char *setting = conf_get(cut->conf, "EXTRA_MODULES");
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;

	if (!setting || !open_modules(cut))
		return;
	strvec_split(&dirs, setting, ":");
	for (size_t i = 0; i < dirs.nr; i++) {
		int nr = select_files(cut, dirs.v[i], TAG_EXTRA, "EXTRA_MODULES");

		if (nr <= 0)
			report_error(&cut->report,
				     "EXTRA_MODULES: '%s' has no modules: %s", dirs.v[i],
				     nr ? err_text(nr) : "no '*.ko' file is in it");
	}
}

/* `kmod` with a path. */
static void select_path(struct cut *cut, const struct manifest_entry *entry,
			const char *location, int tag, const char *at)
{
	_cleanup_free_ char *found = manifest_locate(entry->file, location, &cut->bases);
	int nr = -ENOENT;

	if (!open_modules(cut))
		return;
	if (found)
		nr = select_files(cut, found, tag, at);
	if (nr <= 0 && !(entry->try && nr == -ENOENT))
		report_error(&cut->report, "%s: cannot take modules from '%s': %s", at,
			     location, nr ? err_text(nr) : "no '*.ko' file is there");
}

static void select_entry(struct cut *cut, const struct manifest_entry *entry, int tag)
{
	_cleanup_free_ char *at = manifest_where(entry, &cut->bases);

	for (size_t i = 0; i < entry->args.nr; i++) {
		const char *arg = entry->args.v[i];

		if (strchr(arg, '/'))
			select_path(cut, entry, arg, tag, at);
		else
			select_module(cut, arg, tag, entry->try, at);
	}
}

/* Modules that init loads, for something that is not worth a failed cut. */
static void select_boot_modules(struct cut *cut, const char *const *names, size_t nr,
				const char *what)
{
	if (!cut->kernel.moddir && !cut->kernel.objdir)
		return;
	for (size_t i = 0; i < nr; i++)
		if (select_module(cut, names[i], TAG_INIT, true, what) == -ENOENT)
			report_warn(&cut->report,
				    "kernel %s has no module '%s': %s will not work",
				    cut->kernel.release, names[i], what);
}

/* Those that the kernel itself asks for, if it comes to that. */
static void select_network_modules(struct cut *cut)
{
	if (!cut->kernel.moddir && !cut->kernel.objdir)
		return;
	for (size_t i = 0; i < cut->network_modules.nr; i++)
		select_module(cut, cut->network_modules.v[i], TAG_NETWORK, true,
			      "'network'");
}

/*
 * Only where there is no serial port for it the run needs them. Elsewhere nobody asked
 * for them: a kernel without its modules, or with those of an earlier build, runs all the
 * same.
 */
static void select_channel_modules(struct cut *cut)
{
	if (!cut->kernel.moddir && !cut->kernel.objdir)
		return;
	if (cut->kernel.arch && !cut->kernel.arch->channel) {
		select_boot_modules(cut, channel_modules, ARRAY_SIZE(channel_modules),
				    "'rapido run'");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(channel_modules) && open_modules(cut); i++) {
		_cleanup_free_ char *why = NULL;
		int err =
			modules_select(cut->modules, channel_modules[i], TAG_INIT, &why);

		if (err)
			log_debug("no module '%s' (%s): output comes slowly",
				  channel_modules[i], why ? why : err_text(err));
	}
}

size_t cut_count_modules(const struct cut *cut)
{
	size_t nr = 0;

	for (size_t i = 0; cut->modules && i < modules_count(cut->modules); i++) {
		const struct module *module = modules_get(cut->modules, i);

		nr += module->path && !module->broken;
	}
	return nr;
}

void cut_select_modules(struct cut *cut)
{
	const struct kernel *kernel = &cut->kernel;
	const char *dir = kernel->moddir ? kernel->moddir : kernel->objdir;

	add_all_external(cut);
	select_extra_modules(cut);
	for (size_t i = 0; i < cut->manifest.nr; i++)
		if (cut->manifest.entries[i].op == MANIFEST_KMOD)
			select_entry(cut, &cut->manifest.entries[i], (int)i);
	if (conf_get(cut->conf, "VIRTFS_SHARE_PATH"))
		select_boot_modules(cut, share_modules, ARRAY_SIZE(share_modules),
				    "VIRTFS_SHARE_PATH");
	if (cut->info.nr_disks)
		select_boot_modules(cut, disk_modules, ARRAY_SIZE(disk_modules),
				    "'disk'");
	/* what comes now is for init: nothing asks for it while the kernel starts */
	cut->test_has_modules = cut_count_modules(cut);
	if (cut->info.network)
		select_boot_modules(cut, net_modules, ARRAY_SIZE(net_modules),
				    "'network'");
	select_network_modules(cut);
	if (cut->request->run)
		select_channel_modules(cut);
	if (cut->modules && modules_count(cut->modules) && !cut->report.errors.nr)
		moddb_start(&cut->moddb, cut->modules, dir, !kernel->moddir,
			    kernel->release, cut->request->tmp, &cut->report);
}

static void add_load_order(const struct cut *cut, const char *const *names, size_t nr,
			   struct strvec *places)
{
	for (size_t i = 0; i < nr; i++)
		modules_load_order(cut->modules, names[i], places);
}

/* The file @list: paths in the image, in the order in which init loads them. */
static void add_list(struct cut *cut, const char *list, const struct strvec *places)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < places->nr; i++) {
		_cleanup_free_ char *path =
			moddb_image_path(cut->kernel.release, places->v[i]);

		strbuf_addf(&text, "%s\n", path);
	}
	if (text.len)
		plan_add_data(&cut->plan, list, 0644, text.buf, text.len,
			      base_reason(&cut->plan));
}

static void add_lists(struct cut *cut)
{
	_cleanup_(strvec_release) struct strvec boot = STRVEC_INIT;
	_cleanup_(strvec_release) struct strvec channel = STRVEC_INIT;

	if (conf_get(cut->conf, "VIRTFS_SHARE_PATH"))
		add_load_order(cut, share_modules, ARRAY_SIZE(share_modules), &boot);
	if (cut->info.nr_disks)
		add_load_order(cut, disk_modules, ARRAY_SIZE(disk_modules), &boot);
	if (cut->info.network)
		add_load_order(cut, net_modules, ARRAY_SIZE(net_modules), &boot);
	if (cut->request->run)
		add_load_order(cut, channel_modules, ARRAY_SIZE(channel_modules),
			       &channel);
	add_list(cut, MODULES_LIST, &boot);
	add_list(cut, CHANNEL_MODULES, &channel);
}

/* For `boot`: what was put into the image as make left it then. */
static void add_sources(struct cut *cut)
{
	_cleanup_(strbuf_release) struct strbuf list = STRBUF_INIT;

	for (size_t i = 0; i < modules_count(cut->modules); i++) {
		const struct module *module = modules_get(cut->modules, i);

		if (module->path && module->from_build && !module->broken)
			strbuf_addf(&list, "%s\n", module->path);
	}
	if (list.len)
		plan_add_data(&cut->plan, IMAGE_SOURCES, 0644, list.buf, list.len,
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
	return (struct plan_reason){
		-1,
		plan_intern(&cut->plan, module->tag == TAG_EXTRA     ? "EXTRA_MODULES"
					: module->tag == TAG_NETWORK ? "for the network"
								     : "loaded by init")
	};
}

/* What of a module file goes into the image. */
struct contents {
	void *data; /* NULL: the file as it is */
	size_t size;
	char *why; /* it cannot be had, beyond the number; or NULL */
};

static void contents_release(struct contents *contents)
{
	free(contents->data);
	free(contents->why);
}

/* Without its debug sections; nothing changes if it has none. */
static int strip(const struct cut *cut, int fd, struct contents *contents)
{
	if (conf_is_true(cut->conf, "KEEP_DEBUG"))
		return 0;
	return kofile_strip(fd, &contents->data, &contents->size);
}

/*
 * The tool of the tree runs as the caller. Where he happens to be must not decide what he
 * runs; a tree that he names is his choice. False after a message.
 */
static bool may_run_tool(const struct kernel *kernel)
{
	_cleanup_free_ char *tool = path_join(kernel->objdir, "scripts/sign-file");
	_cleanup_(caller_release) struct caller caller = { 0 };
	int err;

	if (!kernel->unnamed)
		return true;
	caller_init(&caller);
	err = trust_check_file(&caller, tool, "or name the tree with -k");
	return !err || err == -ENOENT;
}

/* Set up the build's own signing tool. False after a report. */
static bool can_sign(struct cut *cut)
{
	const struct kernel *kernel = &cut->kernel;
	_cleanup_free_ char *hash = kconfig_get_string(&cut->config, "MODULE_SIG_HASH");
	_cleanup_free_ char *key = kconfig_get_string(&cut->config, "MODULE_SIG_KEY");
	_cleanup_free_ char *why = NULL;

	if (cut->modsign.stage.path || cut->cannot_sign)
		return !cut->cannot_sign;
	if (kernel->objdir && !may_run_tool(kernel))
		why = xstrdup("the build's own tool is not run");
	else if (kernel->objdir && hash && key)
		modsign_init(&cut->modsign, kernel->objdir, kernel->srcdir, hash, key,
			     cut->request->tmp, &why);
	cut->cannot_sign = !cut->modsign.stage.path;
	if (cut->cannot_sign)
		report_error(&cut->report,
			     "kernel %s loads only signed modules "
			     "(CONFIG_MODULE_SIG_FORCE), and those of a build cannot be "
			     "signed: %s",
			     kernel->release, why ? why : "its key is not known");
	return !cut->cannot_sign;
}

static int sign(struct cut *cut, int fd, struct contents *contents)
{
	_cleanup_free_ void *unsigned_data = TAKE_PTR(contents->data);
	size_t size = contents->size;
	char *signed_data;
	int err = 0;

	if (!can_sign(cut))
		return 0;
	if (!unsigned_data)
		err = kofile_read(fd, &unsigned_data, &size);
	if (!err)
		err = modsign_sign(&cut->modsign, unsigned_data, size, &signed_data,
				   &contents->size, &contents->why);
	if (!err)
		contents->data = signed_data;
	return err;
}

/*
 * A kernel that demands signatures gets the signed file as it is, or signs what is left
 * of an unsigned one; others do not look at them.
 */
static int make_contents(struct cut *cut, int fd, struct contents *contents)
{
	const char *force = kconfig_get(&cut->config, "MODULE_SIG_FORCE");
	struct stat before, after;
	int err = fstat(fd, &before) < 0 ? -errno : 0;

	if (err || (force && kofile_is_signed(fd)))
		return err;
	err = strip(cut, fd, contents);
	if (!err && force)
		err = sign(cut, fd, contents);
	/* a make that runs at the same time */
	if (!err && (fstat(fd, &after) < 0 || before.st_size != after.st_size ||
		     timespec_compare(&before.st_mtim, &after.st_mtim) != 0))
		err = -ESTALE;
	return err;
}

/* A module that came out of a build. 0, or -errno and perhaps contents->why. */
static int add_built(struct cut *cut, const struct module *module, const char *path,
		     struct plan_reason reason, struct contents *contents)
{
	_cleanup_close_ int fd = kofile_open(module->path);
	int err = fd < 0 ? fd : make_contents(cut, fd, contents);

	if (!err && module->packed && !contents->data)
		err = kofile_read(fd, &contents->data, &contents->size);
	if (err == -EBADMSG && !contents->why)
		contents->why = xstrdup("it is damaged; build or copy it again");
	if (err)
		return err;
	if (!contents->data)
		return tree_add_file(&cut->plan, path, &cut->host, module->path, true,
				     reason);
	err = plan_add_data(&cut->plan, path, 0644, contents->data, contents->size,
			    reason);
	return err < 0 && err != PLAN_FILTERED ? err : 0;
}

static void add_file(struct cut *cut, const struct module *module, const char *path,
		     struct plan_reason reason)
{
	_cleanup_(contents_release) struct contents contents = { 0 };
	int err = module->from_build ? add_built(cut, module, path, reason, &contents)
				     : tree_add_file(&cut->plan, path, &cut->host,
						     module->path, false, reason);

	if (err)
		report_error(&cut->report, "cannot add module '%s': %s", module->path,
			     contents.why     ? contents.why
			     : err == -ESTALE ? "it changed while it was read; try again"
					      : err_text(err));
}

/* Whether the objects that @module was linked of were made after the kernel's image. */
static bool is_newer_than_image(const struct kernel *kernel, const struct module *module)
{
	size_t stem = strlen(module->path) - strlen(".ko");
	_cleanup_free_ char *object = xasprintf("%.*s.o", (int)stem, module->path);
	struct stat image, st;

	return path_below(module->path, kernel->objdir) && stat(object, &st) == 0 &&
	       stat(kernel->image, &image) == 0 &&
	       timespec_compare(&st.st_mtim, &image.st_mtim) > 0;
}

/*
 * One line if modules were rebuilt and the image was not. That is as it should be after a
 * change in a module only, and a mistake after one that the rest of the kernel sees.
 */
static void note_newer(const struct cut *cut)
{
	const char *first = NULL;
	size_t nr = 0;

	for (size_t i = 0; cut->kernel.objdir && i < modules_count(cut->modules); i++) {
		const struct module *module = modules_get(cut->modules, i);

		if (!module->path || !module->from_build || module->broken ||
		    !is_newer_than_image(&cut->kernel, module))
			continue;
		first = first ? first : module->name;
		nr++;
	}
	if (nr)
		log_info("the kernel image is older than module '%s'%s: fine if only "
			 "modules changed, else run 'make'",
			 first, nr > 1 ? " and others" : "");
}

/* Which compressed firmware the kernel unpacks. Before Linux 5.19 it was xz only. */
static void init_firmware(struct cut *cut, struct modfw *fw)
{
	const struct kconfig *config = &cut->config;

	*fw = (struct modfw){
		.plan = &cut->plan,
		.root = &cut->host,
		.release = cut->kernel.release,
	};
	if (!config->path)
		return;
	fw->takes_xz = kconfig_get(config, "FW_LOADER_COMPRESS_XZ");
	fw->takes_zstd = kconfig_get(config, "FW_LOADER_COMPRESS_ZSTD");
	if (!fw->takes_xz && !fw->takes_zstd)
		fw->takes_xz = kconfig_get(config, "FW_LOADER_COMPRESS");
}

/*
 * A module names all that any device or setting may want: that some of it is not on this
 * host is no fault.
 */
static void add_firmware(struct cut *cut, struct modfw *fw, const struct module *module,
			 int entry)
{
	_cleanup_(strbuf_release) struct strbuf absent = STRBUF_INIT;
	const struct plan_reason reason = { entry,
					    plan_intern(&cut->plan, "its firmware") };
	uint64_t before = fw->size;
	size_t nr_absent = 0;

	for (size_t i = 0; i < module->firmware->nr; i++) {
		const char *name = module->firmware->v[i];
		_cleanup_free_ char *path = NULL;
		int err = modfw_add(fw, name, reason, &path);

		if (err == -ENOENT && nr_absent++ < ABSENT_NAMED)
			strbuf_addf(&absent, "%s'%s'", absent.len ? ", " : "", name);
		else if (err && err != -ENOENT)
			report_warn(&cut->report,
				    "cannot add firmware '%s' of module '%s': %s", path,
				    module->name, err_text(err));
	}
	if (nr_absent > ABSENT_NAMED)
		strbuf_addf(&absent, " and %zu more", nr_absent - ABSENT_NAMED);
	if (nr_absent)
		strvec_pushf(&cut->absent_firmware,
			     "firmware that module '%s' may ask for is not in "
			     "/lib/firmware: %s",
			     module->name, absent.buf);
	if (fw->size - before > MUCH_FIRMWARE)
		log_info("the firmware of module '%s' has %llu MiB; 'filter "
			 "/lib/firmware' in the manifest leaves it out",
			 module->name, (unsigned long long)((fw->size - before) >> 20));
}

void cut_add_modules(struct cut *cut)
{
	_cleanup_free_ int *entry_of = NULL;
	struct modfw fw;

	if (!cut->modules)
		return;
	entry_of = xcalloc(modules_count(cut->modules), sizeof(*entry_of));
	init_firmware(cut, &fw);
	for (size_t i = 0; i < modules_count(cut->modules); i++) {
		const struct module *module = modules_get(cut->modules, i);
		struct plan_reason reason = module_reason(cut, module, entry_of);
		_cleanup_free_ char *path = NULL;

		entry_of[i] = reason.by;
		if (module->broken)
			continue;
		if (module->path) {
			path = moddb_image_path(cut->kernel.release, module->place);
			add_file(cut, module, path, reason);
			entry_of[i] = plan_find(&cut->plan, path);
		}
		add_firmware(cut, &fw, module, entry_of[i]);
	}
	for (size_t i = 0; i < cut->absent_firmware.nr; i++)
		log_debug("%s", cut->absent_firmware.v[i]);
	add_lists(cut);
	add_sources(cut);
	note_newer(cut);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* From `kmod` lines and settings to module files in the plan. */
#include <errno.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cut/base.h"
#include "cut-modules.h"
#include "lib/log.h"
#include "kernel/kunit.h"
#include "kernel/modfw.h"
#include "lib/path.h"
#include "lib/wire.h"
#include "module-file.h"

/* A module with more firmware than this gets a message. */
#define MUCH_FIRMWARE (16 << 20)
/* The message about a module's missing firmware names this many files. */
#define ABSENT_NAMED 3

/* Tags of modules that are not from a line of the manifest. */
enum { TAG_INIT = -1, TAG_EXTRA = -2, TAG_NETWORK = -3 };

/* Modules that a VM loads unless they are built in; each list ends with a NULL. */
struct boot_modules {
	/* by init, for VIRTFS_SHARE_PATH, `disk` and `network` */
	const char *const share[4], *const disk[4], *const net[4];
	/* by the guest's agent if its serial port is too slow, see wire.h */
	const char *const channel[4];
};

static const struct boot_modules of_virtio = {
	.share = { "virtio_pci", "9pnet_virtio", "9p" },
	.disk = { "virtio_pci", "virtio_blk" },
	.net = { "virtio_pci", "virtio_net" },
	.channel = { "virtio_pci", "virtio_console" },
};

/* The other drivers of User Mode Linux are always built in. */
static const struct boot_modules of_uml = {
	.share = { "hostfs" },
};

static const struct boot_modules *boot_modules(const struct cut_modules *m)
{
	const struct arch *arch = m->kernel->arch;

	return arch && streq(arch->name, "um") ? &of_uml : &of_virtio;
}

/* Assumed if the configuration is not known. */
static bool has_modversions(const struct cut_modules *m)
{
	return !m->config->path || kconfig_get(m->config, "MODVERSIONS");
}

/* The kernel's own modules. NULL is no error until a module is selected. */
static struct modcat *open_kernel_modules(struct cut_modules *m)
{
	const struct kernel *kernel = m->kernel;
	const char *dir = kernel->moddir ? kernel->moddir : kernel->objdir;
	struct modcat *cat = NULL;
	int err = 0;

	if (kernel->moddir)
		err = modcat_open_installed(&cat, dir);
	else if (kernel->objdir)
		err = modcat_open_tree(&cat, dir, kernel->release, has_modversions(m));
	if (err)
		report_error(m->report, "cannot read the list of modules in '%s': %s%s",
			     dir, err_text(err),
			     err == -ENOENT ? "; run depmod for it" : "");
	return cat;
}

/* False if there is no kernel, which has been reported. */
static bool open_modules(struct cut_modules *m)
{
	if (m->modules)
		return true;
	if (!m->kernel->arch)
		return false;
	m->extra = modcat_new_files(m->kernel->release, has_modversions(m));
	m->own = open_kernel_modules(m);
	m->modules = modules_new(m->own, m->extra);
	return true;
}

/* How to get a module that the kernel lacks. Heap. */
static char *advise(const struct cut_modules *m)
{
	const struct kernel *kernel = m->kernel;
	_cleanup_free_ char *order = NULL;

	if (kernel->moddir)
		return xstrdup("");
	if (!kernel->objdir)
		return xstrdup(": none are installed; set KERNEL_INSTALL_MOD_PATH to "
			       "where they are");
	order = path_join(kernel->objdir, "modules.order");
	return access(order, F_OK) == 0
		       ? xasprintf(": it is neither in '%s' nor built in; 'rapido check' "
				   "names the option that builds it",
				   order)
		       : xasprintf(": '%s' has not been made; run 'make modules'", order);
}

/* 0, or -ENOENT if there is no such module, which is reported unless @try is set. */
static int select_module(struct cut_modules *m, const char *name, int tag, bool try,
			 const char *at)
{
	_cleanup_free_ char *why = NULL;
	int err;

	if (!open_modules(m))
		return 0;
	err = modules_select(m->modules, name, tag, &why);
	if (err == -ENOENT && !try) {
		_cleanup_free_ char *advice = advise(m);

		report_error(m->report, "%s: kernel %s has no module '%s'%s", at,
			     kernel_known_as(m->kernel), name, advice);
	} else if (err && err != -ENOENT) {
		report_error(m->report, "%s: cannot use module '%s': %s", at, name, why);
	}
	return err == -ENOENT ? err : 0;
}

/* Make the module file @path, or those in the directory @path, known; the number of
 * modules or -errno. */
static int add_external(struct cut_modules *m, const char *path, struct strvec *names)
{
	_cleanup_free_ char *absolute = path_absolute(path),
			    *clean = path_clean(absolute);

	return modcat_add_files(m->extra, clean, names);
}

static void add_external_of(struct cut_modules *m, const struct manifest_entry *entry,
			    struct strvec *names)
{
	for (size_t i = 0; i < entry->args.nr; i++) {
		_cleanup_free_ char *found = NULL;

		if (!strchr(entry->args.v[i], '/') || !open_modules(m))
			continue;
		found = manifest_locate(entry->file, entry->args.v[i], m->bases);
		if (found)
			add_external(m, found, names);
	}
}

/*
 * Make all external modules known before the first module is selected: they hide the
 * kernel's own of the same name, also as dependencies of other modules. Their errors are
 * reported when they are selected.
 */
static void add_all_external(struct cut_modules *m)
{
	const char *setting = conf_get(m->conf, "EXTRA_MODULES");
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT, names = STRVEC_INIT;

	if (setting && open_modules(m))
		strvec_split(&dirs, setting, ":");
	for (size_t i = 0; i < dirs.nr; i++)
		add_external(m, dirs.v[i], &names);
	for (size_t i = 0; i < m->manifest->nr; i++)
		if (m->manifest->entries[i].op == MANIFEST_KMOD)
			add_external_of(m, &m->manifest->entries[i], &names);
}

/* Select the module file @path, or those in the directory @path; how many, or -errno. */
static int select_files(struct cut_modules *m, const char *path, int tag, const char *at)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int nr = add_external(m, path, &names);

	for (size_t i = 0; i < names.nr; i++)
		select_module(m, names.v[i], tag, false, at);
	return nr;
}

/* EXTRA_MODULES: directories with ':' between them. */
static void select_extra_modules(struct cut_modules *m)
{
	const char *setting = conf_get(m->conf, "EXTRA_MODULES");
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT;

	if (!setting || !open_modules(m))
		return;
	strvec_split(&dirs, setting, ":");
	for (size_t i = 0; i < dirs.nr; i++) {
		int nr = select_files(m, dirs.v[i], TAG_EXTRA, "EXTRA_MODULES");

		if (nr <= 0)
			report_error(m->report, "EXTRA_MODULES: '%s' has no modules: %s",
				     dirs.v[i],
				     nr ? err_text(nr) : "no '*.ko' file is in it");
	}
}

/* `kmod` with a path. */
static void select_path(struct cut_modules *m, const struct manifest_entry *entry,
			const char *location, int tag, const char *at)
{
	_cleanup_free_ char *found = manifest_locate(entry->file, location, m->bases);
	int nr = -ENOENT;

	if (!open_modules(m))
		return;
	if (found)
		nr = select_files(m, found, tag, at);
	if (nr <= 0 && !(entry->try && nr == -ENOENT))
		report_error(m->report, "%s: cannot use modules from '%s': %s", at,
			     location, nr ? err_text(nr) : "no '*.ko' file is there");
}

static void select_entry(struct cut_modules *m, const struct manifest_entry *entry,
			 int tag)
{
	_cleanup_free_ char *at = manifest_where(entry, m->bases);

	for (size_t i = 0; i < entry->args.nr; i++) {
		const char *arg = entry->args.v[i];

		if (strchr(arg, '/'))
			select_path(m, entry, arg, tag, at);
		else
			select_module(m, arg, tag, entry->try, at);
	}
}

/* The name of a module never has a '-'. */
static bool name_matches(const char *name, const struct strvec *patterns)
{
	for (size_t i = 0; i < patterns->nr; i++) {
		_cleanup_free_ char *pattern = xstrdup(patterns->v[i]);
		bool set = false;

		for (char *p = pattern; *p; p++) {
			set = *p == '[' || (set && *p != ']');
			if (*p == '-' && !set)
				*p = '_';
		}
		if (fnmatch(pattern, name, 0) == 0)
			return true;
	}
	return !patterns->nr;
}

/* `kunit`: the modules with KUnit tests, of which the external ones come first. */
static void select_kunit(struct cut_modules *m, const struct manifest_entry *entry,
			 int tag)
{
	_cleanup_free_ char *at = manifest_where(entry, m->bases);
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	bool by_module, matched = false;

	if (!open_modules(m))
		return;
	by_module = m->own && kunit_is_module(m->own);
	/* a module whose tests call nothing of it does not ask for it */
	if (by_module)
		select_module(m, "kunit", tag, false, at);
	kunit_modules(m->extra, &names);
	if (m->own)
		kunit_modules(m->own, &names);
	for (size_t i = 0; i < names.nr; i++) {
		if (!name_matches(names.v[i], &entry->args))
			continue;
		matched = true;
		if (!strvec_has(&m->kunit, names.v[i]) &&
		    !select_module(m, names.v[i], tag, false, at))
			strvec_push(&m->kunit, names.v[i]);
	}
	if (matched)
		return;
	if (by_module && !names.nr)
		report_error(m->report,
			     "%s: kernel %s has KUnit as a module, but no module with "
			     "tests: set CONFIG_KUNIT_ALL_TESTS=m, or the options of "
			     "single tests",
			     at, kernel_known_as(m->kernel));
	/* not with '*': all tests may be built in */
	else if (!name_matches("", &entry->args))
		report_error(m->report,
			     "%s: no module of kernel %s with KUnit tests has a name "
			     "that matches '%s'",
			     at, kernel_known_as(m->kernel), entry->args.v[0]);
}

/* Modules that init loads. A missing one is a warning: the rest of the VM works. */
static void select_boot_modules(struct cut_modules *m, const char *const *names,
				const char *what)
{
	if (!m->kernel->moddir && !m->kernel->objdir)
		return;
	for (; *names; names++)
		if (select_module(m, *names, TAG_INIT, true, what) == -ENOENT)
			report_warn(m->report,
				    "kernel %s has no module '%s': %s will not work",
				    kernel_known_as(m->kernel), *names, what);
}

/* Those for the shares of the command line. */
static void select_share_modules(struct cut_modules *m)
{
	const bool root = m->extras && cut_extras_get(m->extras, CUT_EXTRA_ROOT);
	struct cut_share_kernel k = { m->conf, m->kernel, m->config, NULL };

	if (!root && !(m->extras && cut_extras_get(m->extras, CUT_EXTRA_SHARE)))
		return;
	if (!open_modules(m))
		return;
	k.modules = m->own;
	m->share = cut_share_choose(&k, m->extras, m->report);
	if (!m->share || !m->own)
		return;
	for (size_t i = 0; m->share->modules[i]; i++)
		select_module(m, m->share->modules[i], TAG_INIT, true, "--share");
	for (size_t i = 0; root && cut_share_overlay.modules[i]; i++)
		select_module(m, cut_share_overlay.modules[i], TAG_INIT, true, "--root");
}

/* Modules that the kernel asks for by itself when the network uses them. */
static void select_network_modules(struct cut_modules *m)
{
	if (!m->kernel->moddir && !m->kernel->objdir)
		return;
	for (size_t i = 0; i < m->network->nr; i++)
		select_module(m, m->network->v[i], TAG_NETWORK, true, "'network'");
}

/* Whether the image gets the modules for WIRE_PORT. Other images than those of runs get
 * them if they are as they were installed: modules of a build may have to be signed, and
 * would be watched for changes. */
static bool wants_channel(const struct cut_modules *m)
{
	return m->run || m->kernel->moddir;
}

/*
 * A run requires these modules only on machines that have no serial port for the channel.
 * On others they make output faster, that of commands in any VM as well, and their
 * absence or their errors do not matter.
 */
static void select_channel_modules(struct cut_modules *m)
{
	const char *const *names = boot_modules(m)->channel;

	if (!m->kernel->moddir && !m->kernel->objdir)
		return;
	if (m->run && m->kernel->arch && !m->kernel->arch->channel) {
		select_boot_modules(m, names, "'rapido run'");
		return;
	}
	for (; *names && open_modules(m); names++) {
		_cleanup_free_ char *why = NULL;
		int err = modules_select(m->modules, *names, TAG_INIT, &why);

		if (err)
			log_debug("no module '%s' (%s): output comes slowly", *names,
				  why ? why : err_text(err));
	}
}

void cut_modules_release(struct cut_modules *m)
{
	strvec_release(&m->kunit);
	moddb_release(&m->moddb);
	modules_free(m->modules);
}

size_t cut_modules_count(const struct cut_modules *m)
{
	size_t nr = 0;

	for (size_t i = 0; m->modules && i < modules_count(m->modules); i++) {
		const struct module *module = modules_get(m->modules, i);

		nr += module->path && !module->broken;
	}
	return nr;
}

void cut_modules_select(struct cut_modules *m)
{
	const struct kernel *kernel = m->kernel;
	const char *dir = kernel->moddir ? kernel->moddir : kernel->objdir;

	add_all_external(m);
	select_extra_modules(m);
	for (size_t i = 0; i < m->manifest->nr; i++)
		if (m->manifest->entries[i].op == MANIFEST_KMOD)
			select_entry(m, &m->manifest->entries[i], (int)i);
		else if (m->manifest->entries[i].op == MANIFEST_KUNIT)
			select_kunit(m, &m->manifest->entries[i], (int)i);
	if (conf_get(m->conf, "VIRTFS_SHARE_PATH"))
		select_boot_modules(m, boot_modules(m)->share, "VIRTFS_SHARE_PATH");
	if (m->info->nr_disks || m->disks)
		select_boot_modules(m, boot_modules(m)->disk, "'disk'");
	/* init loads those that follow: nothing asks for them while the kernel starts */
	m->for_test = cut_modules_count(m);
	select_share_modules(m);
	if (m->info->network)
		select_boot_modules(m, boot_modules(m)->net, "'network'");
	select_network_modules(m);
	if (wants_channel(m))
		select_channel_modules(m);
	if (!m->modules || !modules_count(m->modules) || m->report->errors.nr)
		return;
	if (!kernel->release)
		report_error(m->report,
			     "cannot add modules for kernel '%s': its release is not "
			     "known; give it the name vmlinuz-RELEASE",
			     kernel->image);
	else
		moddb_start(&m->moddb, m->modules, dir, !kernel->moddir, kernel->release,
			    m->tmp, m->report);
}

static void add_load_order(const struct cut_modules *m, const char *const *names,
			   struct strvec *places)
{
	for (; *names; names++)
		modules_load_order(m->modules, *names, places);
}

/* The file @list, which has paths in the image in the order in which init loads them. */
static void add_list(struct cut_modules *m, const char *list, const struct strvec *places)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < places->nr; i++) {
		_cleanup_free_ char *path =
			moddb_image_path(kernel_known_as(m->kernel), places->v[i]);

		strbuf_addf(&text, "%s\n", path);
	}
	if (text.len)
		plan_add_data(m->plan, list, 0644, text.buf, text.len,
			      base_reason(m->plan));
}

static void add_lists(struct cut_modules *m)
{
	_cleanup_(strvec_release) struct strvec boot = STRVEC_INIT;
	_cleanup_(strvec_release) struct strvec channel = STRVEC_INIT;

	if (conf_get(m->conf, "VIRTFS_SHARE_PATH"))
		add_load_order(m, boot_modules(m)->share, &boot);
	if (m->share)
		add_load_order(m, m->share->modules, &boot);
	if (m->share && cut_extras_get(m->extras, CUT_EXTRA_ROOT))
		add_load_order(m, cut_share_overlay.modules, &boot);
	if (m->info->nr_disks || m->disks)
		add_load_order(m, boot_modules(m)->disk, &boot);
	if (m->info->network)
		add_load_order(m, boot_modules(m)->net, &boot);
	if (wants_channel(m))
		add_load_order(m, boot_modules(m)->channel, &channel);
	add_list(m, IMAGE_MODULES, &boot);
	add_list(m, IMAGE_CHANNEL_MODULES, &channel);
}

/* For the script, which loads them one by one; empty if all tests are built in. */
static void add_kunit_list(struct cut_modules *m)
{
	_cleanup_(strbuf_release) struct strbuf list = STRBUF_INIT;

	for (size_t i = 0; i < m->kunit.nr; i++)
		strbuf_addf(&list, "%s\n", m->kunit.v[i]);
	plan_add_data(m->plan, IMAGE_KUNIT, 0644, list.buf, list.len,
		      base_reason(m->plan));
}

/* The list of modules out of a build, for `boot` to notice that they were rebuilt. */
static void add_sources(struct cut_modules *m)
{
	_cleanup_(strbuf_release) struct strbuf list = STRBUF_INIT;

	for (size_t i = 0; i < modules_count(m->modules); i++) {
		const struct module *module = modules_get(m->modules, i);

		if (module->path && module->from_build && !module->broken)
			strbuf_addf(&list, "%s\n", module->path);
	}
	if (list.len)
		plan_add_data(m->plan, IMAGE_SOURCES, 0644, list.buf, list.len,
			      base_reason(m->plan));
}

static struct plan_reason module_reason(struct cut_modules *m,
					const struct module *module, const int *entry_of)
{
	if (module->how)
		return (struct plan_reason){ entry_of[module->by],
					     plan_intern(m->plan, module->how) };
	if (module->tag >= 0)
		return m->reasons[module->tag];
	return (struct plan_reason){
		-1, plan_intern(m->plan, module->tag == TAG_EXTRA     ? "EXTRA_MODULES"
					 : module->tag == TAG_NETWORK ? "for the network"
								      : "loaded by init")
	};
}

/* Whether the object file of @module was compiled after the kernel's image was made. */
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
 * Print a line if modules were rebuilt and the kernel's image was not. That is right
 * after a change in a module, and a mistake after a change in what it shares with the
 * kernel.
 */
static void note_newer(const struct cut_modules *m)
{
	const char *first = NULL;
	size_t nr = 0;

	for (size_t i = 0; m->kernel->objdir && i < modules_count(m->modules); i++) {
		const struct module *module = modules_get(m->modules, i);

		if (!module->path || !module->from_build || module->broken ||
		    !is_newer_than_image(m->kernel, module))
			continue;
		first = first ? first : module->name;
		nr++;
	}
	if (nr)
		log_info("the kernel image is older than module '%s'%s: fine if only "
			 "modules changed, else run 'make'",
			 first, nr > 1 ? " and others" : "");
}

/* Which kinds of compressed firmware the kernel unpacks. Before Linux 5.19: only xz. */
static void init_firmware(struct cut_modules *m, struct modfw *fw)
{
	const struct kconfig *config = m->config;

	*fw = (struct modfw){
		.plan = m->plan,
		.root = m->host,
		.release = kernel_known_as(m->kernel),
	};
	if (!config->path)
		return;
	fw->takes_xz = kconfig_get(config, "FW_LOADER_COMPRESS_XZ");
	fw->takes_zstd = kconfig_get(config, "FW_LOADER_COMPRESS_ZSTD");
	if (!fw->takes_xz && !fw->takes_zstd)
		fw->takes_xz = kconfig_get(config, "FW_LOADER_COMPRESS");
}

/*
 * A module names the firmware of every device and setting that it supports, so files that
 * this host does not have are no error.
 */
static void add_firmware(struct cut_modules *m, struct modfw *fw,
			 const struct module *module, int entry)
{
	_cleanup_(strbuf_release) struct strbuf absent = STRBUF_INIT;
	const struct plan_reason reason = { entry, plan_intern(m->plan, "its firmware") };
	uint64_t before = fw->size;
	size_t nr_absent = 0;

	for (size_t i = 0; i < module->firmware->nr; i++) {
		const char *name = module->firmware->v[i];
		_cleanup_free_ char *path = NULL;
		int err = modfw_add(fw, name, reason, &path);

		if (err == -ENOENT && nr_absent++ < ABSENT_NAMED)
			strbuf_addf(&absent, "%s'%s'", absent.len ? ", " : "", name);
		else if (err && err != -ENOENT)
			report_warn(m->report,
				    "cannot add firmware '%s' of module '%s': %s", path,
				    module->name, err_text(err));
	}
	if (nr_absent > ABSENT_NAMED)
		strbuf_addf(&absent, " and %zu more", nr_absent - ABSENT_NAMED);
	if (nr_absent)
		strvec_pushf(m->absent_firmware,
			     "firmware that module '%s' may ask for is not in "
			     "/lib/firmware: %s",
			     module->name, absent.buf);
	if (fw->size - before > MUCH_FIRMWARE)
		log_info("the firmware of module '%s' has %llu MiB; 'filter "
			 "/lib/firmware' in the manifest leaves it out",
			 module->name, (unsigned long long)((fw->size - before) >> 20));
}

void cut_modules_add(struct cut_modules *m)
{
	_cleanup_(module_files_release) struct module_files files = {
		.kernel = m->kernel,
		.config = m->config,
		.keep_debug = conf_is_true(m->conf, "KEEP_DEBUG"),
		.tmp = m->tmp,
		.plan = m->plan,
		.host = m->host,
		.report = m->report,
		MODULE_FILES_INIT,
	};
	_cleanup_free_ int *entry_of = NULL;
	struct modfw fw;

	if (m->info->kunit)
		add_kunit_list(m);
	if (!m->modules)
		return;
	entry_of = xcalloc(modules_count(m->modules), sizeof(*entry_of));
	init_firmware(m, &fw);
	for (size_t i = 0; i < modules_count(m->modules); i++) {
		const struct module *module = modules_get(m->modules, i);
		struct plan_reason reason = module_reason(m, module, entry_of);
		_cleanup_free_ char *path = NULL;

		entry_of[i] = reason.by;
		if (module->broken)
			continue;
		if (module->path) {
			path = moddb_image_path(kernel_known_as(m->kernel),
						module->place);
			module_files_add(&files, module, path, reason);
			entry_of[i] = plan_find(m->plan, path);
		}
		add_firmware(m, &fw, module, entry_of[i]);
	}
	for (size_t i = 0; i < m->absent_firmware->nr; i++)
		log_debug("%s", m->absent_firmware->v[i]);
	add_lists(m);
	add_sources(m);
	note_newer(m);
}

void cut_modules_finish(struct cut_modules *m)
{
	moddb_finish(&m->moddb, m->plan, base_reason(m->plan), m->report);
}

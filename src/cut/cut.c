// SPDX-License-Identifier: GPL-2.0-or-later
/* The plan of an image: the manifest's entries, and those of every image. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "closure/closure.h"
#include "closure/tree.h"
#include "conf/manifest.h"
#include "cut-autorun.h"
#include "cut-command.h"
#include "cut-config.h"
#include "cut-modules.h"
#include "cut-network.h"
#include "cut-programs.h"
#include "cut/base.h"
#include "cut/cut.h"
#include "cut/filecaps.h"
#include "image/cpio.h"
#include "kconfig/needs.h"
#include "kernel/ktree.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/process.h"

/* What a cut needs until its plan is complete. */
struct resolver {
	const struct cut_request *request;
	struct cut *cut;
	struct strvec bases; /* directories for the manifest's relative names */
	struct manifest manifest;
	struct plan_reason *reasons; /* of the manifest's entries */
	struct kconfig config;	     /* the kernel's; path NULL: not known */
	struct closure *closure;
	struct cut_network network;
	struct cut_modules modules;
	struct cut_autorun autorun;
	struct cut_command command;
};

static int open_root(struct sysroot *root, const char *path, struct report *report)
{
	int err = sysroot_init(root, path);

	if (err)
		report_error(report, "cannot open '%s': %s", path, err_text(err));
	return err;
}

static int resolver_init(struct resolver *r, struct cut *cut,
			 const struct cut_request *request)
{
	*r = (struct resolver){
		.request = request,
		.cut = cut,
		.modules = {
			.conf = request->conf,
			.kernel = &cut->kernel,
			.config = &r->config,
			.manifest = &r->manifest,
			.bases = &r->bases,
			.info = &cut->info,
			.network = &r->network.modules,
			.run = request->run,
			.extras = request->extras,
			.disks = request->extras &&
				 cut_extras_get(request->extras, CUT_EXTRA_DISKS),
			.tmp = request->tmp,
			.host = &cut->host,
			.plan = &cut->plan,
			.report = &cut->report,
			.absent_firmware = &cut->absent_firmware,
			CUT_MODULES_INIT,
		},
	};
	if (open_root(&cut->host, "/", &cut->report) ||
	    open_root(&cut->sysroot, request->sysroot ? request->sysroot : "/",
		      &cut->report))
		return -EINVAL;
	r->closure = closure_new(&cut->sysroot, &cut->plan, &cut->report);
	r->autorun = (struct cut_autorun){
		.plan = &cut->plan,
		.closure = r->closure,
		.host = &cut->host,
		.report = &cut->report,
	};
	r->command = (struct cut_command){
		.plan = &cut->plan,
		.closure = r->closure,
		.host = &cut->host,
		.report = &cut->report,
	};
	if (request->base)
		strvec_push(&r->bases, request->base);
	dirs_bases(request->dirs, &r->bases);
	return 0;
}

static void resolver_release(struct resolver *r)
{
	cut_modules_release(&r->modules);
	cut_network_release(&r->network);
	closure_free(r->closure);
	kconfig_release(&r->config);
	manifest_release(&r->manifest);
	strvec_release(&r->bases);
	free(r->reasons);
}

void cut_release(struct cut *cut)
{
	plan_release(&cut->plan);
	sysroot_release(&cut->host);
	sysroot_release(&cut->sysroot);
	kernel_release(&cut->kernel);
	image_info_release(&cut->info);
	report_release(&cut->report);
	strvec_release(&cut->absent_firmware);
	*cut = (struct cut)CUT_INIT;
}

/* Such a kernel cannot run the image's programs, which are this machine's. */
static void refuse_foreign(struct cut *cut, const struct cut_request *request)
{
	const struct arch *arch = cut->kernel.arch, *native = cut->arch;
	_cleanup_free_ char *lack =
		request->vm_missing ? request->vm_missing(request->conf, arch) : NULL;

	report_error(
		&cut->report,
		"kernel '%s' is for %s, but the image would get the programs of this "
		"machine, which are for %s%s%s",
		cut->kernel.image, arch->machine, native ? native->machine : "another",
		lack ? "; nor can this host find " : "", lack ? lack : "");
}

/* The kernel, its architecture and its configuration. */
static void find_kernel(struct resolver *r)
{
	const struct cut_request *request = r->request;
	struct cut *cut = r->cut;
	struct kernel *kernel = &cut->kernel;
	struct utsname host;
	struct kernel_places places = kernel_host_places(request->dirs->cache, &host);
	int err = request->no_boot
			  ? kernel_find_modules(kernel, request->kernel, request->conf,
						&places, &cut->report)
			  : kernel_find(kernel, request->kernel, request->conf, &places,
					&cut->report);

	cut->arch = arch_native();
	if (!err && !(cut->arch && streq(kernel->arch->machine, cut->arch->machine)))
		refuse_foreign(cut, request);
	if (!err)
		cut->arch = kernel->arch;
	else if (kernel->objdir)
		cut->arch = ktree_arch(kernel->config);
	/* a tree names its configuration even if there is none yet */
	if (kernel->config && access(kernel->config, F_OK) == 0 &&
	    kconfig_read(&r->config, kernel->config, &cut->report))
		kconfig_release(&r->config);
}

/* The reason for each entry: where it stands, and what it says. */
static void make_reasons(struct resolver *r)
{
	r->reasons = xcalloc(r->manifest.nr, sizeof(*r->reasons));
	for (size_t i = 0; i < r->manifest.nr; i++) {
		const struct manifest_entry *entry = &r->manifest.entries[i];
		_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
		_cleanup_free_ char *at = manifest_where(entry, &r->bases);

		strbuf_adds(&text, at);
		if (entry->line)
			strbuf_addf(&text, ": %s", manifest_directive(entry));
		for (size_t j = 0; entry->line && j < entry->args.nr; j++)
			strbuf_addf(&text, " %s", entry->args.v[j]);
		r->reasons[i] =
			(struct plan_reason){ -1, plan_intern(&r->cut->plan, text.buf) };
	}
	r->modules.reasons = r->reasons;
}

static void add_disk(struct resolver *r, const struct manifest_entry *entry,
		     uint64_t size)
{
	struct image_info *info = &r->cut->info;
	const char *name = entry->args.v[0];

	for (size_t i = 0; i < info->nr_disks; i++) {
		_cleanup_free_ char *at = manifest_where(entry, &r->bases);

		if (!streq(info->disks[i].name, name))
			continue;
		report_error(&r->cut->report, "%s: there is a disk '%s' already", at,
			     name);
		return;
	}
	ALLOC_GROW(info->disks, info->nr_disks, info->alloc_disks);
	info->disks[info->nr_disks++] = (struct image_disk){ xstrdup(name), size };
}

/* Of all lines, in their order: of a parameter that comes twice, the last one counts. */
static void append_words(struct image_info *info, const struct strvec *words)
{
	for (size_t i = 0; i < words->nr; i++) {
		char *before = info->append;

		info->append = before ? xasprintf("%s %s", before, words->v[i])
				      : xstrdup(words->v[i]);
		free(before);
	}
}

/* The VM's resources in the manifest; the first of a kind counts. */
static void collect_resources(struct resolver *r)
{
	struct image_info *info = &r->cut->info;
	unsigned long cpus = 0, case_timeout = 0;
	uint64_t memory = 0, size;

	for (size_t i = 0; i < r->manifest.nr; i++) {
		const struct manifest_entry *entry = &r->manifest.entries[i];
		char **args = entry->args.v;

		if (entry->op == MANIFEST_CPUS && !cpus) {
			parse_uint(args[0], 1, 4096, &cpus);
			info->cpus_asked = !entry->line;
		} else if (entry->op == MANIFEST_MEMORY && !memory) {
			parse_size(args[0], 1 << 20, &memory);
			info->memory_asked = !entry->line;
		} else if (entry->op == MANIFEST_NETWORK) {
			info->network = true;
			if (entry->args.nr && !info->net_kind)
				info->net_kind = xstrdup(args[0]);
		} else if (entry->op == MANIFEST_ALLOW_FAULT) {
			strvec_push(&info->allow_faults, args[0]);
		} else if (entry->op == MANIFEST_KUNIT) {
			info->kunit = true;
		} else if (entry->op == MANIFEST_APPEND) {
			append_words(info, &entry->args);
		} else if (entry->op == MANIFEST_SUITE) {
			info->suite = true;
		} else if (entry->op == MANIFEST_CASE_TIMEOUT && !case_timeout) {
			parse_uint(args[0], 1, MANIFEST_SECONDS_MAX, &case_timeout);
		} else if (entry->op == MANIFEST_DISK &&
			   !parse_size(args[1], 1 << 20, &size)) {
			add_disk(r, entry, size);
		}
	}
	info->cpus = (unsigned int)cpus;
	info->case_timeout = (unsigned int)case_timeout;
	info->memory = memory;
}

/* Report the options that the kernel lacks. */
static void check_config(struct resolver *r, bool more)
{
	struct cut_config config = {
		.kernel = &r->cut->kernel,
		.config = &r->config,
		.arch = r->cut->arch,
		.manifest = &r->manifest,
		.bases = &r->bases,
		/* of modules, those in the image count: built-in ones are not loaded */
		.when = needs_when(&r->manifest, r->request->conf) &
			~(unsigned int)NEEDS_MODULES,
		.report = &r->cut->report,
	};

	if (cut_modules_count(&r->modules))
		config.when |= NEEDS_MODULES;
	if (r->network.beyond)
		config.when |= NEEDS_NETWORKD;
	if (config.kernel->objdir)
		config.when |= NEEDS_TREE;
	if (r->request->debug)
		config.when |= NEEDS_GDB;
	if (r->request->host)
		config.when |= NEEDS_HOST | NEEDS_VIRTIO;
	if (more)
		cut_config_check_more(&config);
	else
		cut_config_check(&config);
}

/* Older manifests name the resources as paths, which then stand for cpus and memory. */
static bool names_resource(const struct manifest *manifest, const char *kind)
{
	_cleanup_free_ char *dir = xasprintf(IMAGE_RESOURCES "/%s", kind);

	for (size_t i = 0; i < manifest->nr; i++) {
		const struct manifest_entry *entry = &manifest->entries[i];

		if ((entry->op == MANIFEST_FILE || entry->op == MANIFEST_SLINK) &&
		    path_below(entry->args.v[0], dir))
			return true;
		for (size_t j = 0; entry->op == MANIFEST_DIR && j < entry->args.nr; j++)
			if (path_below(entry->args.v[j], dir))
				return true;
	}
	return false;
}

static void add_info(struct resolver *r)
{
	struct cut *cut = r->cut;
	struct image_info *info = &cut->info;
	size_t nr_modules = cut_modules_count(&r->modules);

	info->test = xstrdup(r->request->test);
	info->no_test = !r->request->manifest;
	info->kernel = cut->kernel.image ? xstrdup(cut->kernel.image) : NULL;
	info->release = cut->kernel.release ? xstrdup(cut->kernel.release) : NULL;
	info->share = r->modules.share ? xstrdup(r->modules.share->name) : NULL;
	if (r->request->extras && cut_extras_get(r->request->extras, CUT_EXTRA_ROOT))
		info->host_root = xstrdup("host");
	info->modules = nr_modules ? xasprintf("%zu", nr_modules) : NULL;
	if (!info->cpus && !names_resource(&r->manifest, "cpu"))
		info->cpus = IMAGE_DEFAULT_CPUS;
	if (!info->memory && !names_resource(&r->manifest, "mem"))
		info->memory = IMAGE_DEFAULT_MEMORY;
	image_add_info(&cut->plan, info, base_reason(&cut->plan));
}

/* @index is what plan_add() and its kin returned for @path. */
static void check_added(struct resolver *r, const char *at, const char *path, int index)
{
	if (index < 0 && index != PLAN_FILTERED)
		report_error(&r->cut->report, "%s: cannot add '%s': %s", at, path,
			     err_text(index));
}

/* Errors in the tree itself are reported by tree_add(). */
static int add_tree(struct cut *cut, const char *path, const char *source,
		    struct plan_reason reason)
{
	_cleanup_free_ char *canonical = NULL;
	struct stat st;
	int err = sysroot_resolve(&cut->host, source, &canonical, &st, NULL, NULL);

	if (err)
		return err;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	tree_add(&cut->plan, path, &cut->host, canonical, reason, NULL, NULL,
		 &cut->report);
	return 0;
}

/* `file` and `tree`. */
static void add_file_or_tree(struct resolver *r, const struct manifest_entry *entry,
			     const char *at, struct plan_reason reason)
{
	struct cut *cut = r->cut;
	const char *path = entry->args.v[0];
	const char *location = entry->args.nr > 1 ? entry->args.v[1] : NULL;
	_cleanup_free_ char *found = NULL, *source = NULL;
	int err = -ENOENT;

	if (!location) {
		check_added(r, at, path,
			    plan_add_data(&cut->plan, path, 0644, NULL, 0, reason));
		return;
	}
	found = manifest_locate(entry->file, location, &r->bases);
	source = found ? path_absolute(found) : NULL;
	if (source && entry->op == MANIFEST_TREE)
		err = add_tree(cut, path, source, reason);
	else if (source)
		err = tree_add_file(&cut->plan, path, &cut->host, source, false, reason);
	if (err)
		report_error(&cut->report, "%s: cannot add '%s' as '%s': %s%s%s%s", at,
			     location, path, err_text(err),
			     entry->package ? " (package: " : "",
			     entry->package ? entry->package : "",
			     entry->package ? ")" : "");
}

static void add_closures(struct resolver *r, const struct manifest_entry *entry,
			 const char *at, struct plan_reason reason)
{
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
			closure_add_library(r->closure, &request);
		else
			closure_add_program(r->closure, &request);
	}
}

/* Programs look for the configuration there if the kernel has no /proc/config.gz. */
static void add_kernel_config(struct resolver *r, const struct manifest_entry *entry,
			      const char *at, struct plan_reason reason)
{
	const struct kernel *kernel = &r->cut->kernel;
	_cleanup_free_ char *path =
		entry->args.nr	  ? xstrdup(entry->args.v[0])
		: kernel->release ? xasprintf("/boot/config-%s", kernel->release)
				  : NULL;

	if (path && r->config.path)
		check_added(r, at, path,
			    tree_add_file(&r->cut->plan, path, &r->cut->host,
					  kernel->config, false, reason));
}

static void add_autorun(struct resolver *r, const struct manifest_entry *entry,
			const char *at, struct plan_reason reason)
{
	for (size_t i = 0; i < entry->args.nr; i++) {
		_cleanup_free_ char *source =
			manifest_locate(entry->file, entry->args.v[i], &r->bases);

		if (source && entry->op == MANIFEST_SUITE &&
		    cut_autorun_is_program(source))
			report_error(&r->cut->report,
				     "%s: '%s' cannot be a suite's script: it is not a "
				     "shell script, and so defines no shell functions",
				     at, entry->args.v[i]);
		else if (source)
			cut_autorun_add(&r->autorun, source, at, reason);
		else
			report_error(&r->cut->report, "%s: cannot find %s script '%s'",
				     at, manifest_directive(entry), entry->args.v[i]);
	}
}

/* `built`: one of the files is below the directory, or it was forgotten to make them. */
static void check_built(struct resolver *r, const struct manifest_entry *entry,
			const char *at)
{
	_cleanup_(strbuf_release) struct strbuf names = STRBUF_INIT;
	const char *key = entry->args.v[0];
	const char *dir = conf_get(r->request->conf, key);
	bool of_kernel = false, has_source = false;

	if (manifest_is_built(entry, dir))
		return;
	/* then it is made by the kernel's tree, which puts it there */
	for (size_t i = 0; i < r->manifest.nr; i++) {
		const struct manifest_entry *e = &r->manifest.entries[i];

		of_kernel |=
			e->op == MANIFEST_SOURCE && streq(e->args.v[0], MANIFEST_KERNEL);
		has_source |= e->op == MANIFEST_SOURCE && streq(e->args.v[0], key);
	}
	for (size_t i = 1; i < entry->args.nr; i++)
		strbuf_addf(&names, "%s'%s'", i > 1 ? " or " : "", entry->args.v[i]);
	if (!of_kernel && !io_is_dir(dir))
		report_error(&r->cut->report,
			     "%s: there is no directory '%s', which %s names", at, dir,
			     key);
	else
		report_error(&r->cut->report,
			     "%s: %s '%s' was not built, it has no %s: %s", at, key, dir,
			     names.buf,
			     of_kernel	  ? "in a kernel's tree, run 'rapido run --build'"
			     : has_source ? "run make in it, or 'rapido run --build'"
					  : "build it, or install it there");
}

static void add_entry(struct resolver *r, const struct manifest_entry *entry,
		      struct plan_reason reason)
{
	_cleanup_free_ char *at = manifest_where(entry, &r->bases);
	struct plan *plan = &r->cut->plan;
	char **args = entry->args.v;

	switch (entry->op) {
	case MANIFEST_AUTORUN:
	case MANIFEST_SUITE:
		add_autorun(r, entry, at, reason);
		break;
	case MANIFEST_BIN:
	case MANIFEST_LIB:
		add_closures(r, entry, at, reason);
		break;
	case MANIFEST_FILE:
	case MANIFEST_TREE:
		add_file_or_tree(r, entry, at, reason);
		break;
	case MANIFEST_DIR:
		for (size_t i = 0; i < entry->args.nr; i++)
			check_added(r, at, args[i],
				    plan_add_dir(plan, args[i], 0755, reason));
		break;
	case MANIFEST_SLINK:
		check_added(r, at, args[0],
			    plan_add_link(plan, args[0], args[1], reason));
		break;
	case MANIFEST_BUILT:
		check_built(r, entry, at);
		break;
	case MANIFEST_BOOT_CONFIG:
		add_kernel_config(r, entry, at, reason);
		break;
	case MANIFEST_NONE:
	case MANIFEST_KMOD:
	case MANIFEST_FILTER:
	case MANIFEST_CPUS:
	case MANIFEST_MEMORY:
	case MANIFEST_NETWORK:
	case MANIFEST_DISK:
	case MANIFEST_KCONFIG:
	case MANIFEST_ALLOW_FAULT:
	case MANIFEST_KUNIT:
	case MANIFEST_SOURCE:
	case MANIFEST_APPEND:
	case MANIFEST_CASE_TIMEOUT:
		break; /* elsewhere */
	}
}

/* Filters do not apply to what the command line has, which comes first. */
static void add_entries(struct resolver *r)
{
	size_t first = 0;

	for (; first < r->manifest.nr && !r->manifest.entries[first].line; first++)
		add_entry(r, &r->manifest.entries[first], r->reasons[first]);
	if (r->request->extras)
		cut_command_add(&r->command, r->request->extras);
	for (size_t i = first; i < r->manifest.nr; i++) {
		const struct manifest_entry *entry = &r->manifest.entries[i];

		for (size_t j = 0; entry->op == MANIFEST_FILTER && j < entry->args.nr;
		     j++)
			plan_filter(&r->cut->plan, entry->args.v[j]);
	}
	for (size_t i = first; i < r->manifest.nr; i++)
		add_entry(r, &r->manifest.entries[i], r->reasons[i]);
}

/* Those of -f and -x come after the test's own. */
static void add_user_scripts(struct resolver *r)
{
	struct plan *plan = &r->cut->plan;
	const struct plan_reason file = { -1, plan_intern(plan, "given with -f") };
	const struct plan_reason command = { -1, plan_intern(plan, "given with -x") };

	for (size_t i = 0; i < r->request->nr_scripts; i++) {
		const struct cut_script *script = &r->request->scripts[i];

		if (script->path)
			cut_autorun_add(&r->autorun, script->path, NULL, file);
		else
			cut_autorun_add_command(&r->autorun, script->command, command);
	}
	if (r->request->extras)
		cut_command_add_script(&r->command, r->request->extras, &r->autorun);
}

uint64_t cut_initrd_max(const struct cut *cut)
{
	return cut->kernel.arch ? cut->kernel.arch->initrd_max : 0;
}

/* Report what is too large for an archive, or for a VM. */
static void check_sizes(struct cut *cut)
{
	for (size_t i = 0; i < cut->plan.nr; i++) {
		const struct plan_entry *e = &cut->plan.entries[i];

		if (e->kind == PLAN_FILE && e->size > CPIO_FILE_MAX)
			report_error(&cut->report, "%s: " CPIO_TOO_LARGE, e->why,
				     e->text);
	}
	image_fits(cpio_least_size(&cut->plan), cut_initrd_max(cut), &cut->report);
}

/* Where the VM has its kernel's modules if its root is the host's; NULL: in the image. */
static const char *installed_modules(const struct cut *cut)
{
	const char *dir = cut->kernel.moddir;

	return dir && (path_below(dir, "/lib/modules") ||
		       path_below(dir, "/usr/lib/modules"))
		       ? dir
		       : NULL;
}

/* From the manifest, in the order in which entries win, to the complete plan. */
static void make_plan(struct resolver *r)
{
	struct cut *cut = r->cut;
	struct plan *plan = &cut->plan;
	const struct image_info *info = &cut->info;
	const struct plan_reason base = base_reason(plan);
	const struct cut_programs programs = {
		.plan = plan,
		.closure = r->closure,
		.root = &cut->sysroot,
		.host = !r->request->sysroot,
		.report = &cut->report,
		.scripts = r->request->user_scripts,
		.extras = r->request->extras,
	};
	size_t users;

	make_reasons(r);
	collect_resources(r);
	cut_network_find(&r->network, r->request->conf, r->request->network, &cut->info,
			 &cut->report);
	cut_modules_select(&r->modules);
	check_config(r, false);
	add_info(r);
	base_add_layout(plan, &cut->sysroot);
	add_entries(r);
	users = plan->nr;
	add_user_scripts(r);
	cut_network_add(&r->network, plan, r->closure, &cut->sysroot);
	cut_modules_add(&r->modules);
	base_add(plan, &cut->sysroot, r->closure, r->request->conf, r->modules.for_test);
	cut_programs_add_used(&programs, users);
	closure_finish(r->closure, base);
	if (info->host_root)
		cut_share_reduce(plan, &cut->host, installed_modules(cut));
	filecaps_add(plan, base, &cut->report);
	check_sizes(cut);
	if (!cut->report.errors.nr)
		cut_modules_finish(&r->modules);
	/* this must be the last entry, see image.h */
	plan_add_data(plan, IMAGE_COMPLETE, 0444, IMAGE_COMPLETE_TEXT,
		      strlen(IMAGE_COMPLETE_TEXT), base);
}

/* "--put DIR:/x" is an entry `file` or `tree`. */
static void add_put(struct resolver *r, const char *source, const char *at)
{
	_cleanup_(strvec_release) struct strvec args = STRVEC_INIT;
	_cleanup_free_ char *option = xasprintf("--put %s", source);
	struct stat st;

	strvec_pushl(&args, at, source, NULL);
	manifest_add_option(&r->manifest, option,
			    stat(source, &st) == 0 && S_ISDIR(st.st_mode) ? "tree"
									  : "file",
			    &args, r->request->conf, &r->cut->report);
}

/* A program that only the caller's PATH has is found on the guest's, too. */
static void search_as_caller(struct resolver *r, const char *name)
{
	_cleanup_free_ char *path = strchr(name, '/') ? NULL : process_find(name);

	if (path && path[0] == '/')
		strvec_take(&r->manifest.entries[r->manifest.nr - 1].search,
			    path_dirname(path));
}

/* The first entries are those of the command line, so that they win. */
static void add_options(struct resolver *r)
{
	const struct cut_extras *extras = r->request->extras;

	for (size_t i = 0; extras && i < extras->nr; i++) {
		const struct cut_extra *e = &extras->v[i];
		_cleanup_(strvec_release) struct strvec args = STRVEC_INIT;
		const char *directive = e->kind == CUT_EXTRA_BIN      ? "bin"
					: e->kind == CUT_EXTRA_KMOD   ? "kmod"
					: e->kind == CUT_EXTRA_CPUS   ? "cpus"
					: e->kind == CUT_EXTRA_MEMORY ? "memory"
								      : NULL;

		if (e->kind == CUT_EXTRA_PUT && i + 1 < extras->nr)
			add_put(r, e->text, extras->v[i + 1].text);
		if (directive) {
			_cleanup_free_ char *option =
				xasprintf("--%s %s", directive, e->text);

			strvec_push(&args, e->text);
			if (manifest_add_option(&r->manifest, option, directive, &args,
						r->request->conf, &r->cut->report) &&
			    e->kind == CUT_EXTRA_BIN)
				search_as_caller(r, e->text);
		}
	}
}

int cut_resolve(struct cut *cut, const struct cut_request *request)
{
	_cleanup_(resolver_release) struct resolver r;
	size_t options;

	if (resolver_init(&r, cut, request))
		return -EINVAL;
	find_kernel(&r);
	add_options(&r);
	options = r.manifest.files.nr;
	/* lines with errors are left out, and what the others need is still reported */
	if (!request->manifest ||
	    !manifest_load(&r.manifest, request->manifest, request->conf, &r.bases,
			   &cut->report) ||
	    r.manifest.files.nr > options)
		make_plan(&r);
	if (request->check)
		check_config(&r, true);
	return cut->report.errors.nr ? -EINVAL : 0;
}

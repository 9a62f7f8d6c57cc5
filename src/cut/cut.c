// SPDX-License-Identifier: GPL-2.0-or-later
/* The plan of an image, from the manifest's lines and from what every image has. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cut/base.h"
#include "image/cpio.h"
#include "cut/cut.h"
#include "cut-autorun.h"
#include "cut/cut-config.h"
#include "cut-modules.h"
#include "cut-network.h"
#include "cut/filecaps.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/process.h"
#include "closure/tree.h"

void cut_release(struct cut *cut)
{
	moddb_release(&cut->moddb);
	modsign_release(&cut->modsign);
	modules_free(cut->modules);
	closure_free(cut->closure);
	plan_release(&cut->plan);
	sysroot_release(&cut->host);
	sysroot_release(&cut->sysroot);
	kernel_release(&cut->kernel);
	kconfig_release(&cut->config);
	manifest_release(&cut->manifest);
	report_release(&cut->report);
	strvec_release(&cut->bases);
	image_info_release(&cut->info);
	strvec_release(&cut->network_modules);
	strvec_release(&cut->absent_firmware);
	free(cut->beyond);
	free(cut->reasons);
	*cut = (struct cut)CUT_INIT;
}

/* The image is made of this machine's programs, which such a kernel cannot run. */
static void refuse_foreign(struct cut *cut)
{
	const struct arch *arch = cut->kernel.arch, *native = cut->arch;
	_cleanup_free_ char *qemu = process_find(arch->qemu);
	_cleanup_free_ char *lack =
		qemu ? NULL
		     : xasprintf("; nor is '%s' here (Debian package: %s)", arch->qemu,
				 arch->qemu_package);

	report_error(&cut->report,
		     "kernel '%s' is for %s, but the programs of this machine, which the "
		     "image would be made of, are for %s%s",
		     cut->kernel.image, arch->machine,
		     native ? native->machine : "another", lack ? lack : "");
}

static void find_kernel(struct cut *cut)
{
	struct utsname host;
	struct kernel_places places = kernel_host_places(cut->dirs->cache, &host);

	cut->arch = arch_native();
	if (cut->request->no_boot
		    ? kernel_find_modules(&cut->kernel, cut->request->kernel, cut->conf,
					  &places, &cut->report)
		    : kernel_find(&cut->kernel, cut->request->kernel, cut->conf, &places,
				  &cut->report))
		return;
	if (cut->kernel.arch != cut->arch)
		refuse_foreign(cut);
	cut->arch = cut->kernel.arch;
}

static void add_disk(struct cut *cut, const struct manifest_entry *entry, uint64_t size)
{
	struct image_info *info = &cut->info;
	const char *name = entry->args.v[0];

	for (size_t i = 0; i < info->nr_disks; i++) {
		_cleanup_free_ char *at = manifest_where(entry, &cut->bases);

		if (!streq(info->disks[i].name, name))
			continue;
		report_error(&cut->report, "%s: there is a disk '%s' already", at, name);
		return;
	}
	ALLOC_GROW(info->disks, info->nr_disks, info->alloc_disks);
	info->disks[info->nr_disks++] = (struct image_disk){ xstrdup(name), size };
}

static void take_network(struct image_info *info, const struct manifest_entry *entry)
{
	info->network = true;
	if (entry->args.nr && !info->net_kind)
		info->net_kind = xstrdup(entry->args.v[0]);
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
			take_network(info, entry);
		else if (entry->op == MANIFEST_ALLOW_FAULT)
			strvec_push(&info->allow_faults, entry->args.v[0]);
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
	size_t nr_modules = cut_count_modules(cut);

	info->test = xstrdup(cut->request->test);
	info->kernel = cut->kernel.image ? xstrdup(cut->kernel.image) : NULL;
	info->release = cut->kernel.release ? xstrdup(cut->kernel.release) : NULL;
	info->modules = nr_modules ? xasprintf("%zu", nr_modules) : NULL;
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
static void add_file(struct cut *cut, const struct manifest_entry *entry,
		     struct plan_reason reason)
{
	const char *path = entry->args.v[0];
	const char *location = entry->args.nr > 1 ? entry->args.v[1] : NULL;
	_cleanup_free_ char *at = manifest_where(entry, &cut->bases), *found = NULL,
			    *source = NULL;
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
		err = tree_add_file(&cut->plan, path, &cut->host, source, false, reason);
	if (err)
		report_error(&cut->report, "%s: cannot add '%s' as '%s': %s%s%s%s", at,
			     location, path, err_text(err),
			     entry->package ? " (package: " : "",
			     entry->package ? entry->package : "",
			     entry->package ? ")" : "");
}

static void add_closures(struct cut *cut, const struct manifest_entry *entry,
			 struct plan_reason reason)
{
	_cleanup_free_ char *at = manifest_where(entry, &cut->bases);

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
	_cleanup_free_ char *at = manifest_where(entry, &cut->bases);

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
		cut_add_autorun(cut, entry, reason);
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
	case MANIFEST_ALLOW_FAULT:
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
		_cleanup_free_ char *at = manifest_where(entry, &cut->bases);

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

uint64_t cut_initrd_max(const struct cut *cut)
{
	return cut->kernel.arch ? cut->kernel.arch->initrd_max : 0;
}

/* What there is no room for in an archive, or in what a VM is given. */
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

static int open_roots(struct cut *cut)
{
	const char *sysroot = cut->request->sysroot ? cut->request->sysroot : "/";
	int err = sysroot_init(&cut->host, "/");

	if (err)
		return report_error(&cut->report, "cannot open '/': %s", err_text(err));
	err = sysroot_init(&cut->sysroot, sysroot);
	if (err)
		return report_error(&cut->report, "cannot open '%s': %s", sysroot,
				    err_text(err));
	return 0;
}

int cut_resolve(struct cut *cut, const struct cut_request *request)
{
	cut->request = request;
	cut->conf = request->conf;
	cut->dirs = request->dirs;
	if (open_roots(cut))
		return -EINVAL;
	cut->closure = closure_new(&cut->sysroot, &cut->plan, &cut->report);
	if (request->base)
		strvec_push(&cut->bases, request->base);
	dirs_bases(cut->dirs, &cut->bases);
	find_kernel(cut);
	cut_read_config(cut);
	/* lines with errors are left out: what the others lack is reported as well */
	if (manifest_load(&cut->manifest, request->manifest, cut->conf, &cut->bases,
			  &cut->report) &&
	    !cut->manifest.files.nr)
		return -EINVAL;
	make_reasons(cut);
	collect_resources(cut);
	cut_find_network(cut);
	cut_select_modules(cut);
	cut_check_config(cut);
	add_resources(cut);
	base_add_layout(&cut->plan, &cut->sysroot);
	add_filters(cut);
	for (size_t i = 0; i < cut->manifest.nr; i++)
		add_entry(cut, &cut->manifest.entries[i], cut->reasons[i]);
	cut_add_user_scripts(cut);
	cut_add_network(cut);
	cut_add_modules(cut);
	base_add(&cut->plan, &cut->sysroot, cut->closure, cut->conf,
		 cut->test_has_modules);
	closure_finish(cut->closure, base_reason(&cut->plan));
	filecaps_add(&cut->plan, base_reason(&cut->plan), &cut->report);
	check_sizes(cut);
	if (!cut->report.errors.nr)
		moddb_finish(&cut->moddb, &cut->plan, base_reason(&cut->plan),
			     &cut->report);
	/* last of all: see image.h */
	plan_add_data(&cut->plan, IMAGE_COMPLETE, 0444, IMAGE_COMPLETE_TEXT,
		      strlen(IMAGE_COMPLETE_TEXT), base_reason(&cut->plan));
	return cut->report.errors.nr ? -EINVAL : 0;
}

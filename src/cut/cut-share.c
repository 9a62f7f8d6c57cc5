// SPDX-License-Identifier: GPL-2.0-or-later
/* How a kernel can mount this host's directories, and images that have its root below. */
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cut-share.h"
#include "cut/base.h"
#include "lib/path.h"
#include "lib/wire.h"

/* Directories with less can be packed. */
#define PACKED_MAX (64 << 20)

static const struct cut_share_type types[] = {
	{ "virtiofs", { "virtio_pci", "virtiofs" }, { "VIRTIO_FS" } },
	{ "9p", { "virtio_pci", "9pnet_virtio", "9p" }, { "9P_FS", "NET_9P_VIRTIO" } },
	{ "hostfs", { "hostfs" }, { "HOSTFS" } },
};

const struct cut_share_type cut_share_overlay = { "overlay",
						  { "overlay" },
						  { "OVERLAY_FS" } };

static bool knows_module(struct modcat *modules, const char *name)
{
	struct modcat_list list = { 0 };
	bool found;

	modcat_lookup(modules, name, &list);
	found = list.nr;
	modcat_list_release(&list);
	return found;
}

/* A kernel of which nothing is known may have it built in; else the VM says so. */
static bool has_type(const struct cut_share_kernel *k, const struct cut_share_type *type)
{
	bool built_in = k->config->path || !k->modules;

	for (size_t i = 0; k->config->path && type->options[i]; i++) {
		const char *value = kconfig_get(k->config, type->options[i]);

		built_in &= value && streq(value, "y");
	}
	if (built_in)
		return true;
	/* the last one needs the others; virtio_pci may be built in */
	for (size_t i = 0; k->modules && type->modules[i]; i++)
		if (!type->modules[i + 1])
			return knows_module(k->modules, type->modules[i]) &&
			       (!i || !streq(type->name, "9p") ||
				knows_module(k->modules, type->modules[i - 1]));
	return false;
}

static uint64_t counted;

static int count(const char *path, const struct stat *st, int flag, struct FTW *where)
{
	(void)path;
	(void)flag;
	(void)where;
	counted += 4096 + (uint64_t)st->st_blocks * 512;
	return counted >= PACKED_MAX;
}

/* Advice to pack those of @extras that are small, or "". Heap. */
static char *advise_packing(const struct cut_extras *extras)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < extras->nr; i++) {
		counted = 0;
		if (extras->v[i].kind != CUT_EXTRA_SHARE ||
		    nftw(extras->v[i].text, count, 32, FTW_PHYS | FTW_MOUNT))
			continue;
		strbuf_adds(&text, text.len ? " --put " : "; or pack it: --put ");
		strbuf_add_quoted(&text, extras->v[i].text);
	}
	return strbuf_detach(&text);
}

/* "CONFIG_9P_FS and CONFIG_NET_9P_VIRTIO (module '9p')" */
static void add_lack(struct strbuf *text, const struct cut_share_type *type)
{
	const char *module = NULL;

	for (size_t i = 0; type->modules[i]; i++)
		module = type->modules[i];
	for (size_t i = 0; type->options[i]; i++)
		strbuf_addf(text, "%sCONFIG_%s", i ? " and " : "", type->options[i]);
	strbuf_addf(text, " (module '%s')", module);
}

static bool is_uml(const struct kernel *kernel)
{
	return kernel->arch && streq(kernel->arch->name, "um");
}

const struct cut_share_type *cut_share_choose(const struct cut_share_kernel *k,
					      const struct cut_extras *extras,
					      struct report *report)
{
	const bool uml = is_uml(k->kernel);
	const char *root = cut_extras_get(extras, CUT_EXTRA_ROOT), *why = NULL;
	const struct cut_share_type *type = NULL, *const overlay = &cut_share_overlay;
	/* 9p shows the true owners of files, whoever calls rapido */
	const struct cut_share_type *const order[] = {
		uml    ? &types[2]
		: root ? &types[1]
		       : &types[0],
		uml    ? NULL
		: root ? &types[0]
		       : &types[1],
	};
	_cleanup_(strbuf_release) struct strbuf lacks = STRBUF_INIT;
	_cleanup_free_ char *advice = NULL, *server = NULL;
	size_t nr_lacks = 0;

	for (size_t i = 0; !type && i < ARRAY_SIZE(order) && order[i]; i++) {
		if (!has_type(k, order[i])) {
			strbuf_adds(&lacks, nr_lacks++ ? " nor " : "");
			add_lack(&lacks, order[i]);
			continue;
		}
		if (order[i] == &types[0])
			server = share_virtiofsd(k->conf, &why);
		if (order[i] != &types[0] || server)
			type = order[i];
	}
	if (type && (!root || has_type(k, overlay)))
		return type;
	strbuf_adds(&lacks, type ? "" : why ? "; virtiofs it has, but " : "");
	strbuf_adds(&lacks, type ? "" : why ? why : "");
	if (type) {
		strbuf_setlen(&lacks, 0);
		add_lack(&lacks, overlay);
	}
	advice = advise_packing(extras);
	report_error(
		report,
		"kernel %s cannot have %s: it %s %s; 'rapido config --share' has the "
		"options%s",
		kernel_known_as(k->kernel),
		type ? "the host's root" : "directories of this host",
		!type && nr_lacks > 1 ? "has neither" : "lacks", lacks.buf, advice);
	return NULL;
}

struct reduction {
	const struct sysroot *host;
	const char *moddir;
	const char *base; /* the reason of what every image has */
};

/* What every image has a stand-in for. */
static bool is_stand_in(const struct reduction *r, const struct plan_entry *e)
{
	return (e->kind == PLAN_DATA && path_below(e->path, "/etc")) ||
	       (e->kind == PLAN_LINK && streq(path_basename(e->path), "sh")) ||
	       /* the database of all modules instead of the image's */
	       (r->moddir && e->kind == PLAN_DATA && path_below(e->path, r->moddir));
}

static bool is_on_host(const struct plan_entry *e, const struct reduction *r)
{
	const bool base = streq(e->why, r->base);
	char target[PATH_MAX];
	struct stat here, source;
	ssize_t len;

	if (fstatat(r->host->fd, path_relative(e->path), &here, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (base && is_stand_in(r, e))
		return true;
	if (e->kind == PLAN_FILE)
		return fstatat(e->root, path_relative(e->text), &source, 0) == 0 &&
		       source.st_dev == here.st_dev && source.st_ino == here.st_ino &&
		       /* init loads modules before it has the host's */
		       !ends_with(e->path, ".ko") && !strstr(e->path, ".ko.");
	/* the image's modules are by way of /lib */
	len = e->kind == PLAN_LINK && strchr(e->path + 1, '/')
		      ? readlinkat(r->host->fd, path_relative(e->path), target,
				   sizeof(target) - 1)
		      : -1;
	if (len < 0)
		return false;
	target[len] = '\0';
	return streq(target, e->text);
}

static bool is_wanted(struct plan_entry *e, void *data)
{
	const struct reduction *r = data;
	struct stat st;

	if (e->kind != PLAN_DIR)
		return !is_on_host(e, r);
	if (fstatat(r->host->fd, path_relative(e->path), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode)) {
		e->mode = st.st_mode & 07777;
		e->uid = st.st_uid;
		e->gid = st.st_gid;
	}
	return true;
}

void cut_share_reduce(struct plan *plan, const struct sysroot *host, const char *moddir)
{
	struct reduction reduction = { host, moddir, base_reason(plan).why };

	plan_keep(plan, is_wanted, &reduction);
}

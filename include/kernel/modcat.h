/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Catalogues of kernel modules: which there are, by what names, and what each asks for.
 * One kind reads the index files that depmod(8) made of an installed kernel's modules;
 * the other knows modules from nothing but their files, as a build leaves them.
 */
#ifndef RAPIDO_MODCAT_H
#define RAPIDO_MODCAT_H

#include "lib/str.h"

struct modcat;

/* A module; the strings are the catalogue's. */
struct modcat_module {
	const char *name; /* "virtio_net" */
	const char
		*path; /* of the .ko file, absolute, as the host has it; NULL: built in */
	const char *place; /* below lib/modules/RELEASE in an image: "kernel/net/x.ko" */
	size_t order; /* a build's: as modules.order has it, which of two with one alias
			 is first */
};

struct modcat_list {
	struct modcat_module *v;
	size_t nr, alloc;
};

void modcat_list_release(struct modcat_list *list);

/* What a module asks for: names, or aliases, of other modules; and firmware. */
struct modcat_needs {
	struct strvec hard; /* its symbols are used: must be loaded before */
	struct strvec pre;  /* soft dependencies: loaded before, if they are there */
	struct strvec post; /* and after */
	struct strvec weak; /* should be there, but are not loaded with it */
	/* no modules: files below /lib/firmware, or patterns of glob(7) for them */
	struct strvec firmware;
};

void modcat_needs_release(struct modcat_needs *needs);

/*
 * Open the module directory @moddir (.../lib/modules/RELEASE), which must have been
 * through depmod. The host's modprobe.d is not looked at. 0; -ENOENT when depmod's files
 * are not there; another -errno.
 */
int modcat_open_installed(struct modcat **cat, const char *moddir);

/*
 * Open the output directory @objdir of the build of kernel @release. What there is comes
 * from its modules.order (a line of which is "kernel/fs/xfs/xfs.ko" before Linux 5.3,
 * "fs/xfs/xfs.ko" before 6.2, "fs/xfs/xfs.o" since), modules.builtin and
 * modules.builtin.modinfo; the rest from the module files, which are read when something
 * is asked of them. @modversions: the kernel compares the versions of symbols instead of
 * releases (CONFIG_MODVERSIONS). Nothing there is a kernel without modules. 0 or -errno.
 */
int modcat_open_tree(struct modcat **cat, const char *objdir, const char *release,
		     bool modversions);

/*
 * A catalogue of module files from outside of @release's own, at first empty. Add the
 * file @path, or each module file below the directory @path (16 levels, links to
 * directories not followed); both absolute. In an image they go to "extra", unpacked if
 * they are compressed. The modules' names are appended to @names, also of those that were
 * there already. The number of names, or -errno.
 */
struct modcat *modcat_new_files(const char *release, bool modversions);
int modcat_add_files(struct modcat *cat, const char *path, struct strvec *names);

void modcat_close(struct modcat *cat);

/*
 * Append the modules that @name stands for: the one of that name ('-' and '_' are the
 * same), or else all that have such an alias, which may be a pattern of fnmatch(3). No
 * match appends nothing.
 */
void modcat_lookup(struct modcat *cat, const char *name, struct modcat_list *list);

/*
 * Append to @needs what @module of this catalogue asks for. 0; or -EBADMSG when it cannot
 * be loaded, and in @why (heap) the reason: its file is gone, is no module, or is another
 * kernel's.
 */
int modcat_get_needs(struct modcat *cat, const struct modcat_module *module,
		     struct modcat_needs *needs, char **why);

/* Whether its files are the output of a build, and not an installation. */
bool modcat_is_build(const struct modcat *cat);

#endif

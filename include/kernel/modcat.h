/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Catalogues of kernel modules, with their names and dependencies. One kind reads the
 * index files that depmod(8) made of an installed kernel's modules; the other reads the
 * module files themselves, as a build leaves them.
 */
#ifndef RAPIDO_MODCAT_H
#define RAPIDO_MODCAT_H

#include "lib/str.h"

struct modcat;

/* A module; the strings are the catalogue's. */
struct modcat_module {
	const char *name;  /* "virtio_net" */
	const char *path;  /* absolute, of the .ko file on the host; NULL: built in */
	const char *place; /* below lib/modules/RELEASE in an image: "kernel/net/x.ko" */
	size_t order; /* a build's position in modules.order: of modules with the same
			 alias the first is loaded */
};

struct modcat_list {
	struct modcat_module *v;
	size_t nr, alloc;
};

void modcat_list_release(struct modcat_list *list);

/* The names or aliases of the modules that a module depends on, and its firmware. */
struct modcat_needs {
	struct strvec hard; /* their symbols are used: must be loaded before */
	struct strvec pre;  /* soft dependencies: loaded before, if they exist */
	struct strvec post; /* and after */
	struct strvec weak; /* belong into the image, but are not loaded with it */
	/* files below /lib/firmware, or patterns of glob(7) for them */
	struct strvec firmware;
};

void modcat_needs_release(struct modcat_needs *needs);

/*
 * Open the module directory @moddir (.../lib/modules/RELEASE), for which depmod must have
 * been run. The host's modprobe.d is not used. 0; -ENOENT if depmod's files are missing;
 * another -errno.
 */
int modcat_open_installed(struct modcat **cat, const char *moddir);

/*
 * Open the output directory @objdir of the build of kernel @release. The modules are
 * listed in modules.order (whose lines are "kernel/fs/xfs/xfs.ko" before Linux 5.3,
 * "fs/xfs/xfs.ko" before 6.2, "fs/xfs/xfs.o" since), modules.builtin and
 * modules.builtin.modinfo; a missing list is an empty one. Module files are read when
 * they are needed. @modversions: the kernel compares the versions of symbols instead of
 * releases (CONFIG_MODVERSIONS). 0 or -errno.
 */
int modcat_open_tree(struct modcat **cat, const char *objdir, const char *release,
		     bool modversions);

/*
 * A catalogue of external module files for @release (NULL: not known; then those
 * for any are accepted), at first empty. Add the file @path, or each module file below
 * the directory
 * @path (16 levels, links to directories are not followed); @path is absolute. In an
 * image they go to "extra", unpacked if they are compressed. Their names are appended to
 * @names, also of those that were added before. The number of names, or -errno.
 */
struct modcat *modcat_new_files(const char *release, bool modversions);
int modcat_add_files(struct modcat *cat, const char *path, struct strvec *names);

void modcat_close(struct modcat *cat);

/*
 * Append the module of the name @name ('-' and '_' are the same), or else all modules
 * that have a matching alias, which may be a pattern of fnmatch(3).
 */
void modcat_lookup(struct modcat *cat, const char *name, struct modcat_list *list);

/*
 * Append the modules that have a file and depend on the module @needed, also by way of
 * others if depmod has found that; NULL: all that have a file. A file that cannot be read
 * has no dependencies here.
 */
void modcat_users(struct modcat *cat, const char *needed, struct modcat_list *list);

/*
 * Append the needs of @module, which is from this catalogue, to @needs. 0; -EBADMSG if it
 * cannot be loaded, and in @why (heap) the reason: its file is missing, is not a module,
 * or is for another kernel.
 */
int modcat_get_needs(struct modcat *cat, const struct modcat_module *module,
		     struct modcat_needs *needs, char **why);

/* Whether its files are the output of a build, and not an installation. */
bool modcat_is_build(const struct modcat *cat);

#endif

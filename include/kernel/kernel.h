/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernel is booted: its image, its release and where its modules are. */
#ifndef RAPIDO_KERNEL_H
#define RAPIDO_KERNEL_H

#include "kernel/arch.h"
#include "conf/conf.h"

struct kernel {
	char *image; /* absolute path of the bootable image; see kernel_find_modules() */
	char *release;	  /* "6.1.0-13-amd64"; NULL: not known, and there is no moddir */
	char *moddir;	  /* lib/modules/RELEASE of it; NULL: there is none */
	char *config;	  /* its configuration; NULL: not known; a tree's may not exist */
	char *objdir;	  /* of a build tree: where make put its output; else NULL */
	char *srcdir;	  /* and its source; NULL: no tree, or not known */
	char *why;	  /* "given with -k", for -v */
	bool is_fallback; /* neither named nor the running one: "the newest ..." */
	bool from_cwd;	  /* it belongs to the tree that the current directory is in */
	const struct arch *arch;
};

void kernel_release(struct kernel *kernel);

/* Where to look; tests have places of their own. */
struct kernel_places {
	const char *root;  /* "": /boot and /lib/modules of the host */
	const char *cache; /* kernels that `make kernel` unpacked: a directory of roots */
	const char *cwd;   /* may be in a build tree; NULL: do not look */
	const char *running; /* uname(2)'s release */
};

struct utsname;

/* The host's places: @cache is rapido's cache directory, @host gets uname(2)'s answer. */
struct kernel_places kernel_host_places(const char *cache, struct utsname *host);

/*
 * Choose the kernel, by the first of these that applies: @arg (from -k: a directory in a
 * build tree, an image, the root of an unpacked package, or a release); KERNEL_SRC; the
 * tree that the current directory is in, which must have been built if there is no
 * KERNEL_RELEASE; KERNEL_RELEASE; the running kernel; the newest on the host, then in the
 * cache (either of these sets is_fallback). 0, or a negative number after a report; there
 * may be warnings in the report either way.
 *
 * Its modules are those in KERNEL_INSTALL_MOD_PATH, if that has them, else a tree's own
 * (then moddir is NULL and objdir is not), else those that were installed with it.
 */
int kernel_find(struct kernel *kernel, const char *arg, const struct conf *conf,
		const struct kernel_places *places, struct report *report);

/*
 * The same for a kernel that is not booted: a release that is named with -k or
 * KERNEL_RELEASE need not have an image if it has modules, in KERNEL_INSTALL_MOD_PATH or
 * installed. Its image is then NULL, and its architecture this machine's.
 */
int kernel_find_modules(struct kernel *kernel, const char *arg, const struct conf *conf,
			const struct kernel_places *places, struct report *report);

/* Append the releases of the kernels on the host and in the cache, the newest first. */
void kernel_list_releases(const struct kernel_places *places, struct strvec *releases);

/* The release, or "unknown": to be shown to the user. */
const char *kernel_known_as(const struct kernel *kernel);

/*
 * Tells the user which kernel was chosen: "linux 6.1.0-13-amd64, the newest installed".
 * Heap, or NULL if the kernel is no fallback.
 */
char *kernel_notice(const struct kernel *kernel);

/*
 * Whether the current user can read the image. If not, report how to make it readable:
 * -EACCES.
 */
int kernel_check_readable(const char *image, struct report *report);

#endif

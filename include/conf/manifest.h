/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manifest: what a test's image is made of, as text lines; see rapido-manifest(5).
 * Parsing checks the form of every line and replaces settings; it does not look for the
 * things that are named.
 */
#ifndef RAPIDO_MANIFEST_H
#define RAPIDO_MANIFEST_H

#include "conf/conf.h"

/* A larger manifest is refused, and so is one that includes more than this many others.
 */
#define MANIFEST_SIZE_MAX  (4 << 20)
#define MANIFEST_FILES_MAX 256
#define MANIFEST_DEPTH_MAX 16

/* A disk's name is a serial number of virtio-blk. */
#define MANIFEST_DISK_NAME_MAX 20

enum manifest_op {
	MANIFEST_NONE,	      /* done while parsing; never in an entry */
	MANIFEST_AUTORUN,     /* args: locations of scripts */
	MANIFEST_BIN,	      /* args: names or paths */
	MANIFEST_LIB,	      /* args: sonames or paths */
	MANIFEST_KMOD,	      /* args: modules or aliases */
	MANIFEST_FILE,	      /* args: path in the image [, location] */
	MANIFEST_DIR,	      /* args: paths in the image */
	MANIFEST_SLINK,	      /* args: path in the image, target */
	MANIFEST_TREE,	      /* args: path in the image, location */
	MANIFEST_FILTER,      /* args: paths in the image */
	MANIFEST_CPUS,	      /* args: number, checked */
	MANIFEST_MEMORY,      /* args: size, checked */
	MANIFEST_NETWORK,     /* args: none, or a kind of network, checked */
	MANIFEST_DISK,	      /* args: serial number, size, checked */
	MANIFEST_KCONFIG,     /* args: SYMBOL[=VALUE], checked */
	MANIFEST_ALLOW_FAULT, /* args: a POSIX extended regular expression, checked */
};

struct manifest_entry {
	enum manifest_op op;
	bool try; /* the try- form: absence of what is named is fine */
	struct strvec args;
	struct strvec search; /* `search` directories in force */
	const char *package;  /* `package` in force, or NULL; the manifest's */
	const char *file;     /* where the line stands; the manifest's */
	unsigned int line;
};

struct manifest {
	struct manifest_entry *entries; /* in order, includes in place */
	size_t nr, alloc;
	char *summary;	     /* of the outermost manifest, or NULL */
	struct strvec files; /* all that were read, the outermost first */
	struct strvec packages;
};

#define MANIFEST_INIT \
	{             \
		0     \
	}

void manifest_release(struct manifest *manifest);

/*
 * Read the manifest @path and those it includes. An included name is looked for beside
 * the including file, then in manifest/ and cut/ of each directory of @bases, with and
 * without
 * ".fest". Everything wrong is reported with file and line; then -EINVAL.
 */
int manifest_load(struct manifest *manifest, const char *path, const struct conf *conf,
		  const struct strvec *bases, struct report *report);

/* The same with the outermost text at hand; @path is for messages and includes. */
int manifest_parse(struct manifest *manifest, const char *path, const char *text,
		   const struct conf *conf, const struct strvec *bases,
		   struct report *report);

/* The `summary` line of the manifest @path, on the heap, or NULL: for lists. */
char *manifest_read_summary(const char *path);

/*
 * Find @location, a name relative to the manifest @file: beside it, in the directory
 * above it (where autorun/ lies), in each of @bases. The path on the heap, or NULL. If
 * there is none, it is a path that cannot be looked at for lack of permission, if any.
 */
char *manifest_locate(const char *file, const char *location, const struct strvec *bases);

/* @file as people call it: without the directory of @bases that it is in. Part of @file.
 */
const char *manifest_label(const char *file, const struct strvec *bases);

/* The file, so called, and the line of @entry: "cut/x.fest:3". Heap. */
char *manifest_where(const struct manifest_entry *entry, const struct strvec *bases);

/* The directive's name: "bin", "try-bin". */
const char *manifest_directive(const struct manifest_entry *entry);

#endif

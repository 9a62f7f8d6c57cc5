/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manifest: lines of text that say what goes into a test's image; see
 * rapido-manifest(5). Parsing checks the form of every line and replaces settings; it
 * does not search for the things that are named.
 */
#ifndef RAPIDO_MANIFEST_H
#define RAPIDO_MANIFEST_H

#include "conf/conf.h"

/* A larger manifest is refused, and so is one that includes more manifests than this. */
#define MANIFEST_SIZE_MAX  (4 << 20)
#define MANIFEST_FILES_MAX 256
#define MANIFEST_DEPTH_MAX 16

/* A disk's name is its serial number in virtio-blk. */
#define MANIFEST_DISK_NAME_MAX 20

/* The most seconds of a limit. */
#define MANIFEST_SECONDS_MAX 100000000

/* Of a `source`: the tree of the kernel, whichever way it was chosen. */
#define MANIFEST_KERNEL "KERNEL_SRC"

enum manifest_op {
	MANIFEST_NONE,	      /* handled while parsing; never in an entry */
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
	MANIFEST_KUNIT,	      /* args: none, or patterns of names of modules */
	MANIFEST_SOURCE,      /* args: a setting that is set, words for make(1) */
	MANIFEST_BUILT,	      /* args: a setting that is set, files below its directory */
	MANIFEST_APPEND,      /* args: words for the kernel's command line, checked */
	MANIFEST_BOOT_CONFIG, /* args: none, or a path in the image */
	MANIFEST_SUITE,	      /* args: location of a script; at most one entry */
	MANIFEST_CASE_TIMEOUT, /* args: seconds, checked */
};

struct manifest_entry {
	enum manifest_op op;
	bool try; /* the try- form: it is no error if the named things do not exist */
	struct strvec args;
	struct strvec search; /* the `search` directories that apply */
	const char *package;  /* the `package` that applies, or NULL; the manifest's */
	const char *file;     /* the file of the line; the manifest's */
	unsigned int line;    /* 0: @file is not a file, but an option and its word */
};

struct manifest {
	struct manifest_entry *entries; /* in order, with included ones in their place */
	size_t nr, alloc;
	char *summary;	     /* that of the outermost manifest, or NULL */
	struct strvec files; /* all files that were read, the outermost first */
	struct strvec packages;
};

#define MANIFEST_INIT \
	{             \
		0     \
	}

void manifest_release(struct manifest *manifest);

/*
 * Read the manifest @path and those it includes. An included name is searched beside the
 * including file, then in manifest/ and cut/ of each directory in @bases, with and
 * without ".fest". Each problem is reported with file and line; then -EINVAL.
 */
int manifest_load(struct manifest *manifest, const char *path, const struct conf *conf,
		  const struct strvec *bases, struct report *report);

/* The same for the outermost manifest's @text; @path is for messages and includes. */
int manifest_parse(struct manifest *manifest, const char *path, const char *text,
		   const struct conf *conf, const struct strvec *bases,
		   struct report *report);

/*
 * Add an entry as if a manifest had the line "@directive @args", for an option of the
 * command line, which @option shows as in "--bin strace". Nothing in the words is
 * replaced, and paths of the host are absolute. False, after a report, if they are wrong.
 */
bool manifest_add_option(struct manifest *manifest, const char *option,
			 const char *directive, const struct strvec *args,
			 const struct conf *conf, struct report *report);

/* Whether manifest_load() would find a suite. What is wrong with the manifest is not
 * reported. */
bool manifest_is_suite(const char *path, const struct conf *conf,
		       const struct strvec *bases);

/* The text of the `summary` line in the manifest @path, for lists. Heap, or NULL. */
char *manifest_read_summary(const char *path);

/*
 * Find @location, a name relative to the manifest @file: beside it, in the directory
 * above it (where autorun/ is), then in each of @bases. The path, on the heap. If none
 * exists: a path that cannot be examined for lack of permission, or NULL.
 */
char *manifest_locate(const char *file, const char *location, const struct strvec *bases);

/*
 * The name of @file in messages: without the directory of @bases that it is in. A part of
 * @file.
 */
const char *manifest_label(const char *file, const struct strvec *bases);

/* The label of the file and the line of @entry: "cut/x.fest:3"; or the option. Heap. */
char *manifest_where(const struct manifest_entry *entry, const struct strvec *bases);

/* Whether one of the files of a `built` entry is below @dir. */
bool manifest_is_built(const struct manifest_entry *entry, const char *dir);

/* The directive's name: "bin", "try-bin". */
const char *manifest_directive(const struct manifest_entry *entry);

#endif

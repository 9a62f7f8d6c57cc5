/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan of an image: the list of what will be in it, in archive order, each with the
 * reason why. Resolvers add to it; cpio writes it; a test or a person can print it.
 *
 * The first entry for a path wins. Parent directories are made as needed and stand before
 * what is in them. A path that leads through a symbolic link of the plan is stored where
 * the link points, so that "/lib/x" and "/usr/lib/x" are one entry on a merged-/usr host.
 */
#ifndef RAPIDO_PLAN_H
#define RAPIDO_PLAN_H

#include <sys/stat.h>

#include "lib/pool.h"
#include "lib/str.h"
#include "lib/strmap.h"

enum plan_kind {
	PLAN_DIR,
	PLAN_FILE,   /* contents of a file of the host */
	PLAN_DATA,   /* contents made by rapido */
	PLAN_LINK,   /* symbolic link */
	PLAN_DEVICE, /* character device */
};

/* Where the VM's resources stand in an image; these entries come first in the archive. */
#define PLAN_RESOURCES "/rapido-rsc"

struct plan_entry {
	enum plan_kind kind;
	bool implied; /* a parent directory that nobody asked for by name */
	bool early;   /* stands before those that are not, behind the resources */
	mode_t mode;  /* permission bits */
	uid_t uid;
	gid_t gid;
	int64_t mtime;	  /* seconds since 1970, as stored: 0 to 2^32-1 */
	const char *path; /* in the image: absolute, clean; the plan's */
	const char *text; /* PLAN_LINK: its target; PLAN_FILE: the source; the plan's */
	int root; /* PLAN_FILE: descriptor that the source is relative to; borrowed */
	const void *data; /* PLAN_DATA: @size bytes; the plan's */
	uint64_t size;	  /* of PLAN_DATA, and of a PLAN_FILE when it was planned */
	struct timespec
		source_mtime; /* PLAN_FILE: to notice a change before it is written */
	dev_t dev;	      /* PLAN_FILE with more than one name: which file it is; */
	ino_t ino;	      /* PLAN_DEVICE: dev is the device; else 0 */
	int by; /* index of the entry that brought this one; -1: a manifest did */
	const char *why; /* "needs libc.so.6"; "cut/x.fest:3: bin ls"; the plan's */
};

struct plan {
	struct plan_entry *entries;
	size_t nr, alloc;
	struct strmap index;   /* of their paths: the number of the entry, as a pointer */
	struct strvec filters; /* clean paths that stay out, with all below them */
	struct strvec reasons; /* interned texts for plan_entry.why */
	struct pool pool;      /* texts and data of the entries */
};

#define PLAN_INIT \
	{         \
		0 \
	}

void plan_release(struct plan *plan);

/* Why an entry is there; the text of the last few reasons is shared, so repeat freely. */
struct plan_reason {
	int by;
	const char *why;
};

/* Keep a copy of @why in the plan and return it. */
const char *plan_intern(struct plan *plan, const char *why);

/* From now on @path, and what is below it, is not added. Links of the plan are followed.
 */
void plan_filter(struct plan *plan, const char *path);

/*
 * Add a copy of @entry (strings and data included; `by` and `why` come from @reason,
 * whose text must be plan_intern()'s). Returns the index of the entry that stands for the
 * path: the new one, or the one that was first.
 *
 * Negative: PLAN_FILTERED when a filter keeps it out; -ENOTDIR when something that is not
 * a directory is in the way; -ENAMETOOLONG above what the kernel's unpacker takes
 * (PATH_MAX); -ELOOP.
 */
#define PLAN_FILTERED (-1000)
int plan_add(struct plan *plan, const struct plan_entry *entry,
	     struct plan_reason reason);

/* Shorthands. Generated entries belong to root and are from 1970, the same everywhere. */
int plan_add_dir(struct plan *plan, const char *path, mode_t mode,
		 struct plan_reason why);
int plan_add_link(struct plan *plan, const char *path, const char *target,
		  struct plan_reason why);
int plan_add_data(struct plan *plan, const char *path, mode_t mode, const void *data,
		  size_t size, struct plan_reason why);
int plan_add_device(struct plan *plan, const char *path, mode_t mode, dev_t device,
		    struct plan_reason why);

/* The file at @index is to be run, which its mode may not allow. */
void plan_make_executable(struct plan *plan, int index);

/*
 * A regular file: @source (below @root), whose status is @st, as @path. Owner, mode and
 * time are the source's; with @normalise they are root's, 0755 or 0644, and 1970's, which
 * is for files out of a checkout, whose times and owners are not part of their contents.
 */
int plan_add_file(struct plan *plan, const char *path, int root, const char *source,
		  const struct stat *st, bool normalise, struct plan_reason why);

/*
 * How an entry came into the image, by the names of the files: "bash -> libtinfo.so.6".
 * Only what one file needs of another is in it, not the links between them. Heap.
 */
char *plan_chain(const struct plan *plan, int index);

/* The index of the entry at @path (links of the plan are followed on the way), or -1. */
int plan_find(const struct plan *plan, const char *path);

#endif

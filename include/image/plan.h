/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan of an image: the list of its entries in archive order, each with the reason
 * why it is there. Resolvers add to it; cpio writes it; a test or a person can print it.
 *
 * The first entry for a path wins. Parent directories are made as needed and precede what
 * is in them. A path that leads through a symbolic link of the plan is stored where the
 * link points, so that "/lib/x" and "/usr/lib/x" are one entry on a merged-/usr host.
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

struct plan_entry {
	enum plan_kind kind;
	bool implied; /* a parent directory that was not added by name */
	bool early;   /* comes after the resources and before all other entries */
	mode_t mode;  /* permission bits */
	uid_t uid;
	gid_t gid;
	int64_t mtime;	  /* seconds since 1970, as stored: 0 to 2^32-1 */
	const char *path; /* in the image: absolute, clean; owned by the plan */
	const char *text; /* PLAN_LINK: target; PLAN_FILE: source; owned by the plan */
	int root; /* PLAN_FILE: descriptor that the source is relative to; borrowed */
	const void *data; /* PLAN_DATA: @size bytes; owned by the plan */
	uint64_t size;	  /* of PLAN_DATA, and of a PLAN_FILE when it was planned */
	struct timespec source_mtime; /* PLAN_FILE: to notice changes of the source */
	dev_t dev;	 /* PLAN_FILE with more than one name: which file it is; */
	ino_t ino;	 /* PLAN_DEVICE: dev is the device; else 0 */
	int by;		 /* index of the entry that required this one; -1: a manifest */
	const char *why; /* "needs libc.so.6"; "cut/x.fest:3: bin ls"; the plan's */
};

struct plan {
	struct plan_entry *entries;
	size_t nr, alloc;
	size_t known; /* so many of the first entries are in another archive: they are not
			 written */
	struct strmap index;   /* path -> number of the entry, as a pointer */
	struct strvec filters; /* clean paths that are left out, with everything below */
	struct strvec reasons; /* interned texts for plan_entry.why */
	struct pool pool;      /* texts and data of the entries */
};

#define PLAN_INIT \
	{         \
		0 \
	}

void plan_release(struct plan *plan);

/*
 * Why an entry is there. The texts of the last few reasons are shared, so repeating one
 * is cheap.
 */
struct plan_reason {
	int by;
	const char *why;
};

/* Keep a copy of @why in the plan and return it. */
const char *plan_intern(struct plan *plan, const char *why);

/*
 * From now on, add neither @path nor anything below it. Links of the plan are followed.
 */
void plan_filter(struct plan *plan, const char *path);

/*
 * Add a copy of @entry with its strings and data. `by` and `why` come from @reason, whose
 * text must come from plan_intern(). Returns the index of the entry for the path: the new
 * one, or the one that was first.
 *
 * Negative: PLAN_FILTERED if a filter excludes it; -ENOTDIR if something that is not a
 * directory is in the way; -ENAMETOOLONG above the limit of the kernel's unpacker
 * (PATH_MAX); -ELOOP.
 */
#define PLAN_FILTERED (-1000)
int plan_add(struct plan *plan, const struct plan_entry *entry,
	     struct plan_reason reason);

/*
 * Shorthands. Generated entries belong to root and are dated 1970, so that they are
 * always the same.
 */
int plan_add_dir(struct plan *plan, const char *path, mode_t mode,
		 struct plan_reason why);
int plan_add_link(struct plan *plan, const char *path, const char *target,
		  struct plan_reason why);
int plan_add_data(struct plan *plan, const char *path, mode_t mode, const void *data,
		  size_t size, struct plan_reason why);
int plan_add_device(struct plan *plan, const char *path, mode_t mode, dev_t device,
		    struct plan_reason why);

/*
 * Keep only the entries for which @wanted returns true, in their order; it may change
 * them. Indices of entries are other ones afterwards, except those in `by`: of an entry
 * that is gone, -1.
 */
void plan_keep(struct plan *plan, bool (*wanted)(struct plan_entry *entry, void *data),
	       void *data);

/* Make the file at @index executable, if its mode is not. */
void plan_make_executable(struct plan *plan, int index);

/*
 * Add the regular file @source (below @root), whose status is @st, as @path, with its
 * owner, mode and time. With @normalise it belongs to root, has mode 0755 or 0644, and is
 * dated 1970: for files of a checkout, whose times and owners are not part of their
 * contents.
 */
int plan_add_file(struct plan *plan, const char *path, int root, const char *source,
		  const struct stat *st, bool normalise, struct plan_reason why);

/*
 * How an entry came into the image, by the names of the files: "bash -> libtinfo.so.6".
 * Symbolic links between them are left out. Heap.
 */
char *plan_chain(const struct plan *plan, int index);

/* The index of the entry at @path, or -1. Links of the plan are followed on the way. */
int plan_find(const struct plan *plan, const char *path);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image file: how it comes into being whole or not at all, and what rapido wants to
 * know of one before it boots it.
 */
#ifndef RAPIDO_IMAGE_H
#define RAPIDO_IMAGE_H

#include "image/plan.h"
#include "lib/report.h"

/*
 * Whether an image of @size bytes is one that a VM can be given as its initramfs, which
 * may have @max bytes (0: any number). If not, the report gets why and what to do.
 */
bool image_fits(uint64_t size, uint64_t max, struct report *report);

/*
 * Write @plan to the file @path. It is written beside it, without a name where the file
 * system allows that, and takes its place when it is complete and not before: whatever
 * happens, @path is the old image or the new one. What earlier writers that were killed
 * left there is removed. It is readable for its owner alone (0600, less the umask), as
 * is what is there before it is complete.
 *
 * 0 or -errno after a message. @fd, when not NULL, gets a descriptor of the new image,
 * open for reading, which is that image also after another one has taken its place; @size
 * its size in bytes.
 */
int image_write(const struct plan *plan, const char *path, int *fd, uint64_t *size);

/*
 * Open the image @path for reading: a regular file, for what is not has no end that it
 * could be read to. A descriptor, or -errno after a message.
 */
int image_open(const char *path);

#define IMAGE_DEFAULT_CPUS   2
#define IMAGE_DEFAULT_MEMORY (512ULL << 20)

/* See MANIFEST_DISK_NAME_MAX. */
#define IMAGE_DISK_NAME_MAX 20

struct image_disk {
	char *name;    /* serial number, at most 20 characters */
	uint64_t size; /* bytes */
};

/*
 * What an image takes as the files that the kernel makes of it, which are those of a
 * tmpfs: each has pages of its own, and each name counts as an inode.
 */
struct image_space {
	uint64_t names;
	uint64_t bytes_4k, bytes_16k, bytes_64k; /* in pages of these sizes */
};

/* Last of all that a cut puts into an image, with this text: for init to see whether the
 * kernel has unpacked all of it. The guest's guest.h has them too. */
#define IMAGE_COMPLETE	    "/.rapido-complete"
#define IMAGE_COMPLETE_TEXT "complete\n"

/* What stands in an image below PLAN_RESOURCES, with the defaults for what does not. */
struct image_info {
	unsigned int cpus; /* IMAGE_DEFAULT_CPUS */
	uint64_t memory;   /* bytes; IMAGE_DEFAULT_MEMORY */
	bool network;
	char *net_kind; /* which one it asks for, see net-kind.h; NULL: it does not say */
	bool networkd;	/* with the programs that do what init cannot, see netguest.h */
	struct image_disk *disks;
	size_t nr_disks, alloc_disks;
	char *test;    /* what it was cut for, or NULL (another tool's image) */
	char *kernel;  /* path of the kernel image it was cut for, or NULL */
	char *release; /* and that kernel's release, or NULL */
	char *modules; /* number of modules in it, as text; NULL: none */
	struct strvec allow_faults; /* `allow-fault` lines of its manifest */
	char *sources; /* files that may be made again, a path a line; or NULL */
	uint64_t size; /* of the file */
	struct image_space space;
	unsigned int scripts; /* in IMAGE_AUTORUN, */
	bool scripts_unknown; /* unless there are links among them */
};

/* What rapido.rc runs in it: each file whose name does not begin with a dot. */
#define IMAGE_AUTORUN "/rapido_autorun"

void image_info_release(struct image_info *info);

/*
 * Read it from @fd. The resources may stand anywhere in the image; the first run of them
 * counts. All of the image is read, but for the contents of its files. 0, or -errno after
 * a message that names @path: it is no image, or a damaged one, or it holds resources
 * that make no sense.
 */
int image_read_info(struct image_info *info, int fd, const char *path);

/* Where image_info.sources stands in an image. */
#define IMAGE_SOURCES PLAN_RESOURCES "/sources"

/*
 * Add what image_read_info() will find: the plan's first entries. Strings may be NULL,
 * and cpus and memory 0, for what the plan gets otherwise.
 */
void image_add_info(struct plan *plan, const struct image_info *info,
		    struct plan_reason reason);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image file: it is written whole or not at all, and read for what rapido needs to
 * know before it boots it.
 */
#ifndef RAPIDO_IMAGE_H
#define RAPIDO_IMAGE_H

#include "image/plan.h"
#include "lib/report.h"
#include "lib/wire.h"

/*
 * Whether a VM can get an image of @size bytes as its initramfs, which may have @max
 * bytes (0: no limit). If not, the report gets the reason and what to do.
 */
bool image_fits(uint64_t size, uint64_t max, struct report *report);

/*
 * Write @plan to the file @path. A temporary file beside it, without a name where the
 * file system allows that, takes its place when it is complete: whatever happens, @path
 * is either the old image or the new one. Temporary files that killed writers left there
 * are removed. Only the owner can read the image (mode 0600, less the umask), also while
 * it is incomplete.
 *
 * 0 or -errno after a message. Unless they are NULL, @fd gets a descriptor for reading,
 * which stays that of the new image when another one takes its place, and @size gets the
 * size in bytes.
 */
int image_write(const struct plan *plan, const char *path, int *fd, uint64_t *size);

/*
 * Open the image @path for reading. It must be a regular file, because other files may
 * have no end. A descriptor, or -errno after a message.
 */
int image_open(const char *path);

#define IMAGE_DEFAULT_CPUS   2
#define IMAGE_DEFAULT_MEMORY (512ULL << 20)

struct image_disk {
	char *name;    /* serial number, at most MANIFEST_DISK_NAME_MAX characters */
	uint64_t size; /* bytes */
};

/*
 * The space that an image needs once the kernel has unpacked it to a tmpfs: each file has
 * pages of its own, and each name counts as an inode.
 */
struct image_space {
	uint64_t names;
	uint64_t bytes_4k, bytes_16k, bytes_64k; /* in pages of these sizes */
};

/*
 * The contents of an image below IMAGE_RESOURCES, with the defaults for what is missing.
 */
struct image_info {
	unsigned int cpus; /* IMAGE_DEFAULT_CPUS */
	uint64_t memory;   /* bytes; IMAGE_DEFAULT_MEMORY */
	/* these were on the command line that cut it, and win over settings */
	bool cpus_asked, memory_asked;
	bool network;
	char *net_kind; /* the kind that it asks for, see net-kind.h; NULL: any */
	bool networkd;	/* with the programs that do what init cannot, see netguest.h */
	struct image_disk *disks;
	size_t nr_disks, alloc_disks;
	char *test;    /* the test it was cut for, or NULL (another tool's image) */
	bool no_test;  /* @test is only a name: the command line had no test */
	char *kernel;  /* path of the kernel image it was cut for, or NULL */
	char *release; /* and that kernel's release, or NULL */
	char *modules; /* number of modules in it, as text; NULL: none */
	struct strvec allow_faults; /* `allow-fault` lines of its manifest */
	bool kunit;		    /* it runs KUnit tests: IMAGE_KUNIT is there */
	bool suite; /* one of its scripts has the functions of a suite: IMAGE_SUITE is
		       there, an empty file */
	unsigned int case_timeout; /* seconds that a case may take; 0: as usual */
	char *share; /* the type of file system that it can mount shares of; NULL: none */
	char *host_root; /* not NULL: it is for a VM with the host's root, and has only
			    what that lacks */
	char *append;	 /* words for the kernel's command line, or NULL */
	char *sources;	 /* files that may be built again, a path on each line; or NULL */
	uint64_t size;	 /* of the file */
	struct image_space space;
	unsigned int scripts; /* number of files in IMAGE_AUTORUN */
	bool scripts_unknown; /* there are links among them */
};

/*
 * The directory from which rapido.rc runs each file whose name does not begin with a dot.
 */
#define IMAGE_AUTORUN "/rapido_autorun"

void image_info_release(struct image_info *info);

/*
 * Read @info from @fd. The resources may stand anywhere in the image; the first run of
 * them counts. The whole image is read, except for the contents of its files. 0, or
 * -errno after a message that names @path: it is not an image, or damaged, or contains
 * invalid resources.
 */
int image_read_info(struct image_info *info, int fd, const char *path);

/* The file for image_info.sources in an image. */
#define IMAGE_SOURCES IMAGE_RESOURCES "/sources"

/*
 * Add what image_read_info() reads, as the first entries of the plan. Strings may be
 * NULL, and cpus and memory 0, for what the plan gets from elsewhere.
 */
void image_add_info(struct plan *plan, const struct image_info *info,
		    struct plan_reason reason);

#endif

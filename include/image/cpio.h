/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * newc archives, the format of an initramfs. They are written by libarchive, and read by
 * the rules of the kernel's unpacker (init/initramfs.c, and
 * Documentation/driver-api/early-userspace/buffer-format.rst): several archives in a row,
 * zeros between them, and compressed parts, which libarchive unpacks.
 */
#ifndef RAPIDO_CPIO_H
#define RAPIDO_CPIO_H

#include "image/plan.h"

/* Sizes in a newc header have 32 bits. */
#define CPIO_FILE_MAX UINT32_MAX
/* The message about a larger file; its argument is the name. */
#define CPIO_TOO_LARGE \
	"'%s' is larger than the 4 GiB that a file in an initramfs can have"
/* The data of files of at least this size begins at a multiple of it in the archive. */
#define CPIO_ALIGN 4096
/* The kernel's limit for names and the targets of symbolic links, with the NUL. */
#define CPIO_NAME_MAX 4096

/*
 * Write the plan as an archive to @fd, from its current offset, which should be 0 so that
 * data is aligned. The resources come first, then early entries, then everything else in
 * the plan's order. The kernel copies the contents of files where it can.
 *
 * 0, or -errno after a message through log_error(): -ESTALE if a source has changed since
 * it was planned, -EOVERFLOW for a file above CPIO_FILE_MAX, -EFBIG if the archive
 * exceeds the largest size of a file here, -ENOSPC, -EIO, ...
 */
int cpio_write(const struct plan *plan, int fd);

/*
 * The size in bytes of what cpio_write() makes of the plan, without the bytes that align
 * files.
 */
uint64_t cpio_least_size(const struct plan *plan);

/* An entry of an archive that is being read. */
struct cpio_entry {
	char *name;   /* as stored, without double slashes or slashes at the ends */
	char *target; /* of a symbolic link, else NULL */
	uint32_t ino, mode, uid, gid, nlink, mtime, size;
	uint32_t dev_major, dev_minor;	 /* of the file system it came from */
	uint32_t rdev_major, rdev_minor; /* of a device */
	bool padding; /* written only to align what follows: a directory again */
};

struct cpio_reader;

/* Read from the beginning of @fd, which must be seekable and stays the caller's. */
struct cpio_reader *cpio_reader_new(int fd);
void cpio_reader_free(struct cpio_reader *reader);

/*
 * Read the next entry of all archives in the file. Its strings are valid until the next
 * call. 1; 0 at the end; or -EBADMSG, with the reason in cpio_reader_error(): not an
 * archive, truncated, damaged, or compressed in an unknown way.
 */
int cpio_read_next(struct cpio_reader *reader, struct cpio_entry *entry);

/*
 * The contents of the regular file that was read last, at most @limit bytes, on the heap
 * and NUL-terminated. 0, -EFBIG, or as cpio_read_next().
 */
int cpio_read_data(struct cpio_reader *reader, size_t limit, char **data);

const char *cpio_reader_error(const struct cpio_reader *reader);

#endif

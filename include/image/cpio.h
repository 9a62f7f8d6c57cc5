/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * newc archives, the form of an initramfs. Writing is libarchive's work; reading is ours,
 * by the rules of the kernel's unpacker (init/initramfs.c, and
 * Documentation/driver-api/early-userspace/buffer-format.rst): several archives in a row,
 * zeros between them, and compressed parts, which libarchive unpacks.
 */
#ifndef RAPIDO_CPIO_H
#define RAPIDO_CPIO_H

#include "image/plan.h"

/* Sizes in a newc header have 32 bits. */
#define CPIO_FILE_MAX UINT32_MAX
/* What is said of a larger one, whose name it takes. */
#define CPIO_TOO_LARGE \
	"'%s' is larger than the 4 GiB that a file in an initramfs can have"
/* Data of files this large and larger starts at a multiple of it in the archive. */
#define CPIO_ALIGN 4096
/* Names, with the NUL: what the kernel takes. Symbolic links' targets too. */
#define CPIO_NAME_MAX 4096

/*
 * Write the plan as an archive to @fd, from its current offset, which should be 0 for the
 * alignment to be of use. The resources come first, then what is early, then everything
 * in the plan's order. File contents are copied by the kernel where it can.
 *
 * 0, or -errno after a message through log_error(): -ESTALE when a source is not what it
 * was when planned, -EOVERFLOW for a file above CPIO_FILE_MAX, -EFBIG when the archive
 * has more than a file may have here, -ENOSPC, -EIO, ...
 */
int cpio_write(const struct plan *plan, int fd);

/* What cpio_write() makes of the plan has so many bytes, and some that align files. */
uint64_t cpio_least_size(const struct plan *plan);

/* An entry of an archive that is being read. */
struct cpio_entry {
	char *name;   /* as stored, without slashes doubled or at the ends */
	char *target; /* of a symbolic link, else NULL */
	uint32_t ino, mode, uid, gid, nlink, mtime, size;
	uint32_t dev_major, dev_minor;	 /* of the file system it came from */
	uint32_t rdev_major, rdev_minor; /* of a device */
	bool padding; /* there only to align what follows: a directory written again */
};

struct cpio_reader;

/* Read from @fd (which stays the caller's and must be seekable), from its beginning. */
struct cpio_reader *cpio_reader_new(int fd);
void cpio_reader_free(struct cpio_reader *reader);

/*
 * The next entry of all archives in the file; its strings live until the next call. 1, 0
 * at the end, or -EBADMSG: not an archive, truncated, damaged, or compressed in a way
 * that is not known; cpio_reader_error() then says what.
 */
int cpio_read_next(struct cpio_reader *reader, struct cpio_entry *entry);

/*
 * The contents of the regular file that was read last, at most @limit bytes, on the heap
 * and NUL-terminated. 0, -EFBIG, or as cpio_read_next().
 */
int cpio_read_data(struct cpio_reader *reader, size_t limit, char **data);

const char *cpio_reader_error(const struct cpio_reader *reader);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* The files behind a VM's disks. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"
#include "vm-disk.h"

/* docs/interop/qcow2.txt of the program that has the format: "QFI\xfb" */
static const char qcow2_magic[] = { 'Q', 'F', 'I', '\xfb' };

/*
 * Each rapido locks this byte of the file, far from those that the VM's process may lock
 * itself. Among these, byte 101 is locked by whoever may write (block/file-posix.c:
 * RAW_LOCK_PERM_BASE, and BLK_PERM_WRITE is bit 1).
 */
#define LOCK_BYTE  0x7fffffff00000000LL
#define WRITE_BYTE 101

/* A file without a name. A descriptor or -errno. */
static int open_nameless(const char *dir)
{
	_cleanup_free_ char *path = path_join(dir, ".disk.XXXXXX");
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	/* not supported by some network and overlay file systems */
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

int vm_disk_make(const char *dir, const char *name, uint64_t size)
{
	_cleanup_close_ int fd = open_nameless(dir);
	int err = fd < 0 ? fd : 0;

	if (!err && ftruncate(fd, (off_t)size) < 0)
		err = -errno;
	if (!err)
		return TAKE_FD(fd);
	log_error("cannot make disk '%s' in '%s': %s", name, dir, err_text(err));
	return err;
}

/* Whether a lock of this type on the bytes from @start on would meet another one. */
static bool is_locked(int fd, short type, off_t start, off_t len)
{
	struct flock lock = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len
	};

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* 0; -EBUSY if another VM uses it in a way that does not go together with ours. */
static int lock_file(int fd, bool shared)
{
	struct flock lock = { .l_type = shared ? F_RDLCK : F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_start = LOCK_BYTE,
			      .l_len = 1 };

	if (fcntl(fd, F_OFD_SETLK, &lock) < 0 && (errno == EAGAIN || errno == EACCES))
		return -EBUSY;
	if (shared ? is_locked(fd, F_WRLCK, WRITE_BYTE, 1)
		   : is_locked(fd, F_WRLCK, 0, LOCK_BYTE))
		return -EBUSY;
	return 0;
}

static int find_format(const struct vm_disk_arg *disk, int fd,
		       enum vm_disk_format *format)
{
	char magic[sizeof(qcow2_magic)];
	bool has_magic = io_pread_full(fd, magic, sizeof(magic), 0) == sizeof(magic) &&
			 !memcmp(magic, qcow2_magic, sizeof(magic));

	*format = disk->format;
	if (disk->format == VM_DISK_GUESSED)
		*format = ends_with(disk->file, ".qcow2") ? VM_DISK_QCOW2 : VM_DISK_RAW;
	/*
	 * A guest may write such a beginning to a raw disk; taken for qcow2 the next
	 * time, it could name any file of the host as what it is based on.
	 */
	if (has_magic && *format == VM_DISK_RAW && disk->format == VM_DISK_GUESSED) {
		log_error("disk '%s' begins like one of the format qcow2: say "
			  "',format=qcow2', or ',format=raw' if a guest wrote that",
			  disk->file);
		return -EINVAL;
	}
	if (!has_magic && *format == VM_DISK_QCOW2) {
		log_error("disk '%s' is not of the format qcow2", disk->file);
		return -EINVAL;
	}
	return 0;
}

int vm_disk_open(const struct vm_disk_arg *disk, enum vm_disk_format *format)
{
	bool shared = disk->read_only || disk->snapshot;
	_cleanup_close_ int fd =
		open(disk->file, (shared ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int err = fd < 0 ? -errno : 0;

	if (!err && fstat(fd, &st) < 0)
		err = -errno;
	if (err) {
		log_error("cannot open disk '%s': %s%s", disk->file, err_text(err),
			  err == -EACCES ? "; ',ro' or ',snapshot' need not write to it"
					 : "");
		return err;
	}
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
		log_error("disk '%s' is neither a file nor a block device", disk->file);
		return -EINVAL;
	}
	if (lock_file(fd, shared)) {
		log_error("disk '%s' is in use by another VM%s", disk->file,
			  shared ? ", which may write to it" : "");
		return -EBUSY;
	}
	err = find_format(disk, fd, format);
	return err ? err : TAKE_FD(fd);
}

/* Copy what is not a hole. */
static int copy_data(int from, int to, off_t size)
{
	off_t start = 0, end;

	while (start < size) {
		start = lseek(from, start, SEEK_DATA);
		if (start < 0)
			return errno == ENXIO ? 0 : -errno;
		end = lseek(from, start, SEEK_HOLE);
		if (end < 0)
			return -errno;
		while (start < end) {
			off_t in = start, out = start;
			ssize_t n = copy_file_range(from, &in, to, &out,
						    (size_t)(end - start), 0);

			if (n <= 0)
				return n ? -errno : -EIO;
			start += n;
		}
	}
	return 0;
}

int vm_disk_copy(const char *dir, const struct vm_disk_arg *disk, int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	_cleanup_close_ int copy =
		vm_disk_make(dir, disk->name, size > 0 ? (uint64_t)size : 0);
	int err = copy < 0 ? copy : 0;

	if (!err && ioctl(copy, FICLONE, fd) < 0)
		err = copy_data(fd, copy, size);
	if (!err)
		return TAKE_FD(copy);
	if (copy >= 0)
		log_error("cannot copy disk '%s' to '%s': %s", disk->file, dir,
			  err_text(err));
	return err;
}

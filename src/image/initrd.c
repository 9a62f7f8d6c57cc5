// SPDX-License-Identifier: GPL-2.0-or-later
/* An image, and what is known only when it is booted, in one file. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/cpio.h"
#include "image/initrd.h"
#include "lib/log.h"

/* newc headers begin at multiples of this; zeros before them are skipped. */
#define CPIO_HEADER_ALIGN 4
/* The most that one sendfile(2) moves. */
#define CHUNK_MAX 0x7ffff000

static int copy_all(int from, int to, off_t size)
{
	for (off_t offset = 0; offset < size;) {
		size_t rest =
			size - offset < CHUNK_MAX ? (size_t)(size - offset) : CHUNK_MAX;
		ssize_t n = sendfile(to, from, &offset, rest);

		if (n < 0 && errno != EINTR)
			return -errno;
		/* the image was truncated meanwhile */
		if (n == 0)
			return -ESTALE;
	}
	return 0;
}

int initrd_append(int fd, const char *path, const struct plan *plan)
{
	off_t end = lseek(fd, 0, SEEK_END);

	end = (end + CPIO_HEADER_ALIGN - 1) / CPIO_HEADER_ALIGN * CPIO_HEADER_ALIGN;
	if (end < 0 || ftruncate(fd, end) < 0 || lseek(fd, end, SEEK_SET) < 0) {
		int err = -errno;

		log_error("cannot extend image '%s': %s", path, err_text(err));
		return err;
	}
	return cpio_write(plan, fd);
}

int initrd_extend(int image_fd, const char *path, const struct plan *plan)
{
	_cleanup_close_ int fd = memfd_create("rapido-initramfs", MFD_CLOEXEC);
	struct stat st;
	int err;

	if (fd < 0 || fstat(image_fd, &st) < 0)
		err = -errno;
	else
		err = copy_all(image_fd, fd, st.st_size);
	if (err) {
		log_error("cannot extend image '%s': %s", path,
			  err == -ESTALE ? "it became shorter meanwhile: cut it again"
					 : err_text(err));
		return err;
	}
	err = initrd_append(fd, path, plan);
	return err ? err : TAKE_FD(fd);
}

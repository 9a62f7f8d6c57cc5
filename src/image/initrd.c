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

/* Returns where the next archive begins, or -errno. */
static off_t copy_image(int image_fd, int fd)
{
	struct stat st;
	off_t end;
	int err;

	if (fd < 0 || fstat(image_fd, &st) < 0)
		return -errno;
	err = copy_all(image_fd, fd, st.st_size);
	if (err)
		return err;
	end = (st.st_size + CPIO_HEADER_ALIGN - 1) / CPIO_HEADER_ALIGN *
	      CPIO_HEADER_ALIGN;
	return ftruncate(fd, end) < 0 ? -errno : lseek(fd, end, SEEK_SET);
}

int initrd_extend(int image_fd, const char *path, const struct plan *plan)
{
	_cleanup_close_ int fd = memfd_create("rapido-initramfs", MFD_CLOEXEC);
	off_t end = copy_image(image_fd, fd);
	int err;

	if (end < 0) {
		log_error("cannot add the VM's network to image '%s': %s", path,
			  end == -ESTALE ? "it became shorter meanwhile: cut it again"
					 : err_text((int)end));
		return (int)end;
	}
	err = cpio_write(plan, fd);
	return err ? err : TAKE_FD(fd);
}

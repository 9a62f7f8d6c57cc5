/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU gets as the initramfs when the image alone is not all of it. */
#ifndef RAPIDO_INITRD_H
#define RAPIDO_INITRD_H

#include "image/plan.h"

/*
 * A file in memory that has the image @image_fd and, after it, an archive of @plan:
 * the kernel unpacks one after the other (Documentation/driver-api/early-userspace/
 * buffer-format.rst). All of the image is copied, for QEMU takes one file. The image's
 * file offset does not matter and is not changed. A descriptor, close-on-exec; or -errno
 * after a message that calls the image @path.
 */
int initrd_extend(int image_fd, const char *path, const struct plan *plan);

#endif

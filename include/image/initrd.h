/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The initramfs of a VM, if the image alone is not all of it. */
#ifndef RAPIDO_INITRD_H
#define RAPIDO_INITRD_H

#include "image/plan.h"

/*
 * Make a file in memory with the image @image_fd and, after it, an archive of @plan: the
 * kernel unpacks one after the other
 * (Documentation/driver-api/early-userspace/buffer-format.rst). The whole image is
 * copied, because a VM gets one file. The image's file offset is neither used nor
 * changed. Returns a descriptor, close-on-exec; or -errno after a message that names the
 * image @path.
 */
int initrd_extend(int image_fd, const char *path, const struct plan *plan);

/* Add one more archive to the file that initrd_extend() has made. The same errors. */
int initrd_append(int fd, const char *path, const struct plan *plan);

#endif

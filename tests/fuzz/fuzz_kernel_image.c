// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernel images: recognised, unpacked, and asked for their release. */
#include "fuzz.h"
#include "kernel/kernel-image.h"
#include "lib/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = fuzz_file(data, size), unpacked, vmlinux;
	_cleanup_free_ char *release = kernel_image_release(fd);
	struct kernel_image image;

	if (kernel_image_read(&image, fd) || (!image.objection && !image.arch) ||
	    (release && !is_kernel_release(release)))
		abort();
	if (kernel_image_has_pvh(fd) && image.bits != 64)
		abort();
	unpacked = kernel_image_unpack(&image, fd);
	if (unpacked >= 0 && !image.packed)
		abort();
	if (unpacked >= 0)
		close(unpacked);
	vmlinux = kernel_image_unpack_vmlinux(fd);
	if (vmlinux >= 0 && !kernel_image_has_pvh(vmlinux))
		abort();
	if (vmlinux >= 0)
		close(vmlinux);
	close(fd);
	return 0;
}

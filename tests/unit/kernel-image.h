/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Synthetic kernel images: headers as far as rapido reads them, nothing to boot. */
#ifndef RAPIDO_TESTS_KERNEL_IMAGE_H
#define RAPIDO_TESTS_KERNEL_IMAGE_H

#include <string.h>

#define BZIMAGE_SIZE	4096
#define BZIMAGE_VERSION 0x600 /* where bzimage() puts the version string */

/*
 * The kernel's Documentation/arch/x86/boot.rst: boot_flag at 0x1fe, "HdrS" at 0x202,
 * kernel_version at 0x20e, less 0x200.
 */
static inline void bzimage(unsigned char image[BZIMAGE_SIZE], const char *version)
{
	memset(image, 0, BZIMAGE_SIZE);
	memcpy(image, "MZ", 2);
	image[0x1f1] = 4; /* setup_sects */
	memcpy(image + 0x1fe, "\x55\xaa", 2);
	memcpy(image + 0x202, "HdrS", 4);
	memcpy(image + 0x206, "\x0f\x02", 2);
	if (version) {
		image[0x20e] = (BZIMAGE_VERSION - 0x200) & 0xff;
		image[0x20f] = (BZIMAGE_VERSION - 0x200) >> 8;
		strcpy((char *)image + BZIMAGE_VERSION, version);
	}
}

#define ARM64_IMAGE_SIZE 4096

/* Documentation/arch/arm64/booting.rst: "ARM\x64" at 56. */
static inline void arm64_image(unsigned char image[ARM64_IMAGE_SIZE])
{
	memset(image, 0, ARM64_IMAGE_SIZE);
	memcpy(image + 56, "ARM\x64", 4);
}

#endif

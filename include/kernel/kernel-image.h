/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recognises a kernel image by its header: its format, its architecture, its release. */
#ifndef RAPIDO_KERNEL_IMAGE_H
#define RAPIDO_KERNEL_IMAGE_H

#include "kernel/arch.h"

enum kernel_image_format {
	KERNEL_IMAGE_UNKNOWN,
	KERNEL_IMAGE_BZIMAGE, /* of x86 and s390 */
	KERNEL_IMAGE_PLAIN,   /* "Image" of arm64 and riscv */
	KERNEL_IMAGE_GZIP,    /* "Image.gz": a plain one compressed */
	KERNEL_IMAGE_ZBOOT,   /* "vmlinuz.efi": a plain one in an EFI program */
	KERNEL_IMAGE_VMLINUX, /* ELF */
	KERNEL_IMAGE_UML,     /* "linux": a program, built with ARCH=um */
};

struct kernel_image {
	enum kernel_image_format format;
	const struct arch *arch; /* NULL: none that rapido knows */
	unsigned int bits;	 /* 32 or 64; 0: the image does not say */
	/*
	 * bytes of a page of memory: arm64's from the image, others' the largest possible
	 */
	unsigned int page_size;
	/*
	 * Why it cannot be booted, to follow "'FILE' is ", with what to do; static. NULL:
	 * it can be, and then arch is not NULL. An x86 vmlinux without an objection has
	 * the PVH note, by which a VM can start it.
	 */
	const char *objection;
	bool packed; /* a VM gets what kernel_image_unpack() makes of it */
	/*
	 * where the compressed image stands: if packed, or what an x86 bzImage unpacks
	 * itself; size 0: it does not say
	 */
	uint64_t packed_offset, packed_size;
};

/*
 * Recognise the image in @fd, whose position does not matter. 0, or the -errno of
 * reading: a file that is not a kernel image is no error but gets an objection. All
 * numbers are little-endian except s390's.
 *
 * The formats, in the kernel's source: bzImage is in Documentation/x86/boot.rst and
 * arch/s390/boot/head.S; Image in Documentation/arm64/booting.rst and
 * Documentation/riscv/boot-image-header.rst; zboot in
 * drivers/firmware/efi/libstub/zboot-header.S; the PVH note in
 * arch/x86/platform/pvh/head.S and include/xen/interface/elfnote.h. User Mode Linux is
 * known by a section of arch/um/include/asm/common.lds.S, which strip(1) leaves there.
 */
int kernel_image_read(struct kernel_image *image, int fd);

/*
 * Unpack a packed image into memory. A VM that does not know the format would run the
 * packed bytes as code and hang silently. Returns a descriptor that the caller closes, or
 * -errno: -EBADMSG for a damaged image, -EFBIG if it is larger than a kernel can be.
 */
int kernel_image_unpack(const struct kernel_image *image, int fd);

/*
 * Whether a VM can boot @fd as an x86_64 vmlinux: it has a PVH note. That is faster than
 * the bzImage of the same build, which unpacks itself first; but there is no KASLR then.
 */
bool kernel_image_has_pvh(int fd);

/*
 * Unpack the vmlinux that is in the bzImage @fd into memory, if a VM can boot it.
 * Relocations may follow it. Returns a descriptor that the caller closes, or -errno:
 * -EINVAL if @fd is not a bzImage of x86, -ENOEXEC if there is no vmlinux with a
 * PVH note in it, -EBADMSG if it is damaged or compressed in a way that unpack.h does not
 * know (bzip2, lzo), -EFBIG if it is larger than a kernel can be.
 */
int kernel_image_unpack_vmlinux(int fd);

/*
 * Bytes of the object @name by the symbol table of an ELF image, which strip(1)
 * removes. 0 if that does not have it.
 */
uint64_t kernel_image_object_size(int fd, const char *name);

/*
 * The release string, "6.1.0-13-amd64", on the heap; NULL when the format does not have
 * it where it is found cheaply (packed ones), or it is damaged. A bzImage points to it;
 * an uncompressed image that can be booted is searched for "Linux version ", in its first
 * 64 MiB, which takes tens of milliseconds.
 */
char *kernel_image_release(int fd);

#endif

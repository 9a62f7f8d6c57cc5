/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Synthetic kernel images: headers as far as rapido reads them, nothing to boot. */
#ifndef RAPIDO_TESTS_KERNEL_FIXTURE_H
#define RAPIDO_TESTS_KERNEL_FIXTURE_H

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>

#include "fixture.h"

#define BZIMAGE_SIZE	4096
#define BZIMAGE_VERSION 0x600 /* where bzimage() puts the version string */

/*
 * The kernel's Documentation/x86/boot.rst: boot_flag at 0x1fe, "HdrS" at 0x202, the
 * protocol's version at 0x206, kernel_version at 0x20e, less 0x200, xloadflags at 0x236.
 */
static inline void bzimage(unsigned char image[BZIMAGE_SIZE], const char *version)
{
	memset(image, 0, BZIMAGE_SIZE);
	memcpy(image, "MZ", 2);
	image[0x1f1] = 4; /* setup_sects */
	memcpy(image + 0x1fe, "\x55\xaa", 2);
	memcpy(image + 0x202, "HdrS", 4);
	memcpy(image + 0x206, "\x0f\x02", 2);
	image[0x236] = 0x7f;
	if (version) {
		image[0x20e] = (BZIMAGE_VERSION - 0x200) & 0xff;
		image[0x20f] = (BZIMAGE_VERSION - 0x200) >> 8;
		strcpy((char *)image + BZIMAGE_VERSION, version);
	}
}

#define ARM64_IMAGE_SIZE 4096

/* Documentation/arm64/booting.rst: image_size at 16, flags at 24, "ARM\x64" at 56. */
static inline void arm64_image(unsigned char image[ARM64_IMAGE_SIZE])
{
	memset(image, 0, ARM64_IMAGE_SIZE);
	memcpy(image, "MZ", 2);
	image[18] = 1;
	image[24] = 0xa;
	memcpy(image + 56, "ARM\x64", 4);
}

#define RISCV_IMAGE_SIZE 4096

/* Documentation/riscv/boot-image-header.rst: text_offset at 8, "RSC\x05" at 56. */
static inline void riscv_image(unsigned char image[RISCV_IMAGE_SIZE])
{
	memset(image, 0, RISCV_IMAGE_SIZE);
	memcpy(image, "MZ", 2);
	image[10] = 0x20;
	image[32] = 2;
	memcpy(image + 48, "RISCV", 5);
	memcpy(image + 56, "RSC\x05", 4);
}

#define S390_IMAGE_SIZE	   0x11000
#define S390_IMAGE_VERSION 0x10800

/* arch/s390/boot/head.S: "S390EP" at 0x10008, parmarea.kernel_version at 0x10428. */
static inline void s390_image(unsigned char image[S390_IMAGE_SIZE], const char *version)
{
	memset(image, 0, S390_IMAGE_SIZE);
	memcpy(image + 0x10008, "S390EP", 6);
	if (version) {
		memcpy(image + 0x10428, "\0\0\0\0\0\x01\x08\0", 8);
		strcpy((char *)image + S390_IMAGE_VERSION, version);
	}
}

#define VMLINUX_SIZE  4096
#define VMLINUX_NOTES 0x200

/* A note as elf(5) has it; the bytes that it takes. */
static inline size_t put_note(unsigned char *at, const char *owner, unsigned int type,
			      unsigned int size)
{
	unsigned int name_size = (unsigned int)strlen(owner) + 1;

	memcpy(at, (unsigned int[]){ name_size, size, type }, 12);
	memcpy(at + 12, owner, name_size);
	return 12 + (name_size + 3) / 4 * 4 + (size + 3) / 4 * 4;
}

/*
 * A little-endian vmlinux of 64 bits: a segment to load and one of notes, of which the
 * last has @type and is Xen's.
 */
static inline void vmlinux(unsigned char image[VMLINUX_SIZE], int machine,
			   unsigned int type)
{
	Elf64_Ehdr ehdr = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = (Elf64_Half)machine,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(ehdr),
		.e_ehsize = sizeof(ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 2,
	};
	Elf64_Phdr phdrs[2] = { { .p_type = PT_LOAD, .p_offset = 0x400 },
				{ .p_type = PT_NOTE, .p_offset = VMLINUX_NOTES } };
	size_t size;

	memset(image, 0, VMLINUX_SIZE);
	size = put_note(image + VMLINUX_NOTES, "GNU", NT_GNU_BUILD_ID, 20);
	/* shorter than its padding, as the kernel's own */
	size += put_note(image + VMLINUX_NOTES + size, "Linux", 0x101, 1);
	size += put_note(image + VMLINUX_NOTES + size, "Xen", type, 8);
	phdrs[1].p_filesz = size;
	phdrs[1].p_align = 4;
	memcpy(image, &ehdr, sizeof(ehdr));
	memcpy(image + sizeof(ehdr), phdrs, sizeof(phdrs));
}

#define UML_SIZE 2048

/*
 * User Mode Linux, a dynamic program: an interpreter, and a section that no other program
 * has, with its name at 0x600 and the headers at 0x700.
 */
static inline void uml(unsigned char image[UML_SIZE])
{
	static const char names[] = "\0.shstrtab\0.uml.setup.init";
	Elf64_Shdr sections[] = {
		{ .sh_type = SHT_NULL },
		{ .sh_name = 1,
		  .sh_type = SHT_STRTAB,
		  .sh_offset = 0x600,
		  .sh_size = sizeof(names) },
		{ .sh_name = 11, .sh_type = SHT_PROGBITS, .sh_offset = 0x400 },
	};
	unsigned char program[VMLINUX_SIZE];
	Elf64_Ehdr *ehdr = (Elf64_Ehdr *)image;

	vmlinux(program, EM_X86_64, 1);
	memset(image, 0, UML_SIZE);
	memcpy(image, program, VMLINUX_SIZE < 0x600 ? VMLINUX_SIZE : 0x600);
	((Elf64_Phdr *)(image + sizeof(*ehdr)))[1].p_type = PT_INTERP;
	ehdr->e_shoff = 0x700;
	ehdr->e_shentsize = sizeof(Elf64_Shdr);
	ehdr->e_shnum = 3;
	ehdr->e_shstrndx = 1;
	memcpy(image + 0x600, names, sizeof(names));
	memcpy(image + 0x700, sections, sizeof(sections));
}

/* Compress @size bytes with libarchive's filter of this name; the size into @out. */
static inline size_t compress_into(unsigned char *out, size_t room, const char *filter,
				   const void *data, size_t size)
{
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t used = 0;

	archive_entry_set_filetype(entry, AE_IFREG);
	archive_write_set_bytes_in_last_block(a, 1);
	if (archive_write_add_filter_by_name(a, filter) ||
	    archive_write_set_format_raw(a) ||
	    archive_write_open_memory(a, out, room, &used) ||
	    archive_write_header(a, entry) ||
	    archive_write_data(a, data, size) != (la_ssize_t)size ||
	    archive_write_close(a))
		fail_msg("cannot compress with %s: %s", filter, archive_error_string(a));
	archive_entry_free(entry);
	archive_write_free(a);
	return used;
}

/*
 * Give the bzImage that begins @out a payload of these bytes, which stands there already.
 * Documentation/x86/boot.rst: payload_offset at 0x248, counted from the code of protected
 * mode, payload_length at 0x24c. The size of all.
 */
static inline size_t bzimage_payload(unsigned char *out, size_t packed)
{
	unsigned int offset = BZIMAGE_SIZE - (out[0x1f1] + 1) * 512;

	memcpy(out + 0x248, (unsigned int[]){ offset, (unsigned int)packed }, 8);
	return BZIMAGE_SIZE + packed;
}

/* A bzImage that unpacks itself from @data, by scripts/Makefile.lib of the kernel. */
static inline size_t packed_bzimage(unsigned char *out, size_t room, const char *filter,
				    const void *data, size_t size)
{
	size_t packed;

	bzimage(out, "6.1.0");
	packed = compress_into(out + BZIMAGE_SIZE, room - BZIMAGE_SIZE - 4, filter, data,
			       size);
	/* gzip ends with the size itself */
	if (strcmp(filter, "gzip") != 0) {
		memcpy(out + BZIMAGE_SIZE + packed,
		       (unsigned int[]){ (unsigned int)size }, 4);
		packed += 4;
	}
	return bzimage_payload(out, packed);
}

#define ZBOOT_PAYLOAD 0x200

/*
 * drivers/firmware/efi/libstub/zboot-header.S: the payload's offset at 8, its size at
 * 12, the PE header, with the machine at 4, where 0x3c says. The size of all.
 */
static inline size_t zboot_image(unsigned char *out, size_t room, unsigned int machine,
				 const char *filter, const void *data, size_t size)
{
	size_t packed;

	memset(out, 0, room);
	memcpy(out, "MZ\0\0zimg", 8);
	packed = compress_into(out + ZBOOT_PAYLOAD, room - ZBOOT_PAYLOAD - 64, filter,
			       data, size);
	memcpy(out + 8, (unsigned int[]){ ZBOOT_PAYLOAD, (unsigned int)packed }, 8);
	strcpy((char *)out + 24, filter);
	out[0x3c] = 0x40;
	memcpy(out + 0x40, "PE\0\0", 4);
	memcpy(out + 0x44, (unsigned short[]){ (unsigned short)machine }, 2);
	/* the program that unpacks it */
	memset(out + ZBOOT_PAYLOAD + packed, 0x5a, 64);
	return ZBOOT_PAYLOAD + packed + 64;
}

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernel images recognised by their headers, unpacked, and asked for their release. */
#include "kernel/kernel-image.h"
#include "lib/io.h"
#include "kernel_fixture.h"

static int open_image(const void *data, size_t size)
{
	int fd = open(put_data("image", data, size), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static struct kernel_image read_image(const void *data, size_t size)
{
	_cleanup_close_ int fd = open_image(data, size);
	struct kernel_image image;

	assert_int_equal(kernel_image_read(&image, fd), 0);
	/* whoever sees no objection uses the architecture */
	assert_true(image.objection || image.arch);
	return image;
}

static void assert_is(const struct kernel_image *image, enum kernel_image_format format,
		      const char *machine, unsigned int bits)
{
	assert_int_equal(image->format, format);
	assert_non_null(image->arch);
	assert_string_equal(image->arch->machine, machine);
	assert_int_equal(image->bits, bits);
}

static void assert_boots(const struct kernel_image *image)
{
	if (image->objection)
		fail_msg("objection: it is %s", image->objection);
}

FIXTURE_TEST(image_read__bzimage__x86_64)
{
	unsigned char data[BZIMAGE_SIZE];
	struct kernel_image image;

	bzimage(data, "6.1.0");
	image = read_image(data, sizeof(data));
	assert_is(&image, KERNEL_IMAGE_BZIMAGE, "x86_64", 64);
	assert_boots(&image);
	assert_false(image.packed);
}

FIXTURE_TEST(image_read__bzimage_of_32_bits__objection)
{
	unsigned char data[BZIMAGE_SIZE];
	struct kernel_image image;

	bzimage(data, "6.1.0");
	data[0x236] = 0x7e;
	image = read_image(data, sizeof(data));
	assert_is(&image, KERNEL_IMAGE_BZIMAGE, "x86_64", 32);
	assert_contains(image.objection, "32-bit");
}

FIXTURE_TEST(image_read__bzimage_without_xloadflags__bits_not_known)
{
	unsigned char data[BZIMAGE_SIZE];
	struct kernel_image image;

	bzimage(data, "3.7.0");
	data[0x206] = 0x0b;
	data[0x236] = 0;
	image = read_image(data, sizeof(data));
	assert_is(&image, KERNEL_IMAGE_BZIMAGE, "x86_64", 0);
	assert_boots(&image);
}

FIXTURE_TEST(image_read__half_a_bzimage__not_known)
{
	unsigned char data[BZIMAGE_SIZE];

	bzimage(data, NULL);
	data[0x202] = 'h';
	assert_contains(read_image(data, sizeof(data)).objection, "not a kernel image");
	bzimage(data, NULL);
	data[0x1fe] = 0;
	assert_contains(read_image(data, sizeof(data)).objection, "not a kernel image");
}

FIXTURE_TEST(image_read__arm64_image__aarch64)
{
	unsigned char data[ARM64_IMAGE_SIZE];
	struct kernel_image image;

	arm64_image(data);
	image = read_image(data, sizeof(data));
	assert_is(&image, KERNEL_IMAGE_PLAIN, "aarch64", 64);
	assert_boots(&image);
}

FIXTURE_TEST(image_read__big_endian_arm64__objection)
{
	unsigned char data[ARM64_IMAGE_SIZE];

	arm64_image(data);
	data[24] |= 1;
	assert_contains(read_image(data, sizeof(data)).objection, "byte order");
	/* before 3.17 there were no flags */
	memset(data + 16, 0, 8);
	assert_null(read_image(data, sizeof(data)).objection);
}

FIXTURE_TEST(image_read__riscv_image__riscv64)
{
	unsigned char data[RISCV_IMAGE_SIZE];
	struct kernel_image image;

	riscv_image(data);
	image = read_image(data, sizeof(data));
	assert_is(&image, KERNEL_IMAGE_PLAIN, "riscv64", 64);
	assert_boots(&image);
}

FIXTURE_TEST(image_read__riscv_image_of_32_bits__objection)
{
	unsigned char data[RISCV_IMAGE_SIZE];

	riscv_image(data);
	data[10] = 0x40;
	assert_contains(read_image(data, sizeof(data)).objection, "32-bit");
}

FIXTURE_TEST(image_read__s390_bzimage__s390x)
{
	unsigned char data[S390_IMAGE_SIZE];
	struct kernel_image image;

	s390_image(data, NULL);
	image = read_image(data, sizeof(data));
	assert_is(&image, KERNEL_IMAGE_BZIMAGE, "s390x", 64);
	assert_boots(&image);
	assert_contains(read_image(data, 0x10008 + 5).objection, "not a kernel image");
}

FIXTURE_TEST(image_read__other_files__not_known)
{
	unsigned char zeros[0x11000] = { 0 };

	assert_contains(read_image(zeros, sizeof(zeros)).objection, "not a kernel image");
	assert_contains(read_image("", 0).objection, "not a kernel image");
	assert_contains(read_image("hello\n", 6).objection, "not a kernel image");
	/* an ELF file without the rest of its header */
	assert_contains(read_image("\x7f"
				   "ELF\x02\x01\x01",
				   7)
				.objection,
			"not a kernel image");
}

FIXTURE_TEST(image_read__bad_descriptor__error)
{
	struct kernel_image image;

	assert_int_equal(kernel_image_read(&image, -1), -EBADF);
}

FIXTURE_TEST(image_read__vmlinux_with_pvh_note__x86_64)
{
	unsigned char data[VMLINUX_SIZE];
	struct kernel_image image;

	vmlinux(data, EM_X86_64, 18);
	image = read_image(data, sizeof(data));
	assert_is(&image, KERNEL_IMAGE_VMLINUX, "x86_64", 64);
	assert_boots(&image);
}

FIXTURE_TEST(image_read__vmlinux_without_pvh_note__wants_bzimage)
{
	unsigned char data[VMLINUX_SIZE];
	struct kernel_image image;

	vmlinux(data, EM_X86_64, 17);
	image = read_image(data, sizeof(data));
	assert_is(&image, KERNEL_IMAGE_VMLINUX, "x86_64", 64);
	assert_contains(image.objection, "PVH");
	assert_contains(image.objection, "bzImage");
}

/* The number is Xen's; others may have one of their own. */
FIXTURE_TEST(image_read__note_18_of_another__no_pvh)
{
	unsigned char data[VMLINUX_SIZE];
	char *owner;

	vmlinux(data, EM_X86_64, 18);
	owner = memmem(data, sizeof(data), "Xen", 3);
	assert_non_null(owner);
	*owner = 'Y';
	assert_contains(read_image(data, sizeof(data)).objection, "PVH");
}

FIXTURE_TEST(image_read__notes_with_wild_sizes__no_byte_beyond)
{
	unsigned char data[VMLINUX_SIZE];
	Elf64_Phdr *notes = (Elf64_Phdr *)(data + sizeof(Elf64_Ehdr)) + 1;
	const uint64_t wild[] = { 0, 1, 11, 12, 13, 100, 1 << 16, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		vmlinux(data, EM_X86_64, 18);
		notes->p_offset = wild[i];
		read_image(data, sizeof(data));
		vmlinux(data, EM_X86_64, 18);
		notes->p_filesz = wild[i];
		read_image(data, sizeof(data));
		vmlinux(data, EM_X86_64, 18);
		memcpy(data + VMLINUX_NOTES, &wild[i], 4);
		read_image(data, sizeof(data));
		vmlinux(data, EM_X86_64, 18);
		memcpy(data + VMLINUX_NOTES + 4, &wild[i], 4);
		read_image(data, sizeof(data));
		vmlinux(data, EM_X86_64, 18);
		((Elf64_Ehdr *)data)->e_phoff = wild[i];
		read_image(data, sizeof(data));
		vmlinux(data, EM_X86_64, 18);
		((Elf64_Ehdr *)data)->e_phnum = (Elf64_Half)wild[i];
		read_image(data, sizeof(data));
	}
}

FIXTURE_TEST(image_read__user_mode_linux__um)
{
	unsigned char data[UML_SIZE];
	struct kernel_image image;

	uml(data);
	image = read_image(data, sizeof(data));
	assert_is(&image, KERNEL_IMAGE_UML, "x86_64", 64);
	assert_string_equal(image.arch->name, "um");
	assert_boots(&image);
	/* without its section it is an ordinary program */
	data[0x600 + 12] = 'x';
	assert_non_null(read_image(data, sizeof(data)).objection);
	uml(data);
	data[EI_CLASS] = ELFCLASS32;
	assert_contains(read_image(data, sizeof(data)).objection, "32-bit");
}

FIXTURE_TEST(image_read__damaged_sections__no_user_mode_linux)
{
	unsigned char data[UML_SIZE];
	Elf64_Ehdr *ehdr = (Elf64_Ehdr *)data;
	Elf64_Shdr *sections = (Elf64_Shdr *)(data + 0x700);
	const uint64_t wild[] = {
		2047, 2048, 1 << 16, UINT32_MAX, INT64_MAX, UINT64_MAX
	};

	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		uml(data);
		ehdr->e_shoff = wild[i];
		assert_non_null(read_image(data, sizeof(data)).objection);
		uml(data);
		sections[1].sh_offset = wild[i];
		assert_non_null(read_image(data, sizeof(data)).objection);
		uml(data);
		sections[2].sh_name = (Elf64_Word)wild[i];
		assert_non_null(read_image(data, sizeof(data)).objection);
		uml(data);
		ehdr->e_shstrndx = (Elf64_Half)wild[i];
		assert_non_null(read_image(data, sizeof(data)).objection);
		uml(data);
		ehdr->e_shnum = (Elf64_Half)wild[i];
		assert_non_null(read_image(data, sizeof(data)).objection);
	}
	uml(data);
	assert_non_null(read_image(data, 0x700).objection);
	ehdr->e_shnum = 0;
	assert_non_null(read_image(data, sizeof(data)).objection);
}

FIXTURE_TEST(image_read__little_endian_powerpc_vmlinux__ppc64le)
{
	unsigned char data[VMLINUX_SIZE];
	struct kernel_image image;

	vmlinux(data, EM_PPC64, 1);
	image = read_image(data, sizeof(data));
	assert_is(&image, KERNEL_IMAGE_VMLINUX, "ppc64le", 64);
	assert_boots(&image);
}

FIXTURE_TEST(image_read__big_endian_powerpc_vmlinux__objection)
{
	unsigned char data[VMLINUX_SIZE];

	vmlinux(data, EM_PPC64, 1);
	data[EI_DATA] = ELFDATA2MSB;
	data[18] = 0;
	data[19] = EM_PPC64;
	assert_contains(read_image(data, sizeof(data)).objection, "byte order");
}

FIXTURE_TEST(image_read__other_vmlinux__names_what_is_wanted)
{
	const int machines[] = { EM_AARCH64, EM_RISCV, EM_S390 };
	unsigned char data[VMLINUX_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct kernel_image image;

		vmlinux(data, machines[i], 1);
		if (machines[i] == EM_S390) {
			data[EI_DATA] = ELFDATA2MSB;
			data[18] = 0;
			data[19] = EM_S390;
		}
		image = read_image(data, sizeof(data));
		assert_non_null(image.arch);
		assert_int_equal(image.arch->elf_machine, machines[i]);
		assert_contains(image.objection, "a vmlinux");
		assert_contains(image.objection, "Image");
	}
}

FIXTURE_TEST(image_read__vmlinux_of_32_bits__objection)
{
	unsigned char data[VMLINUX_SIZE];

	vmlinux(data, EM_386, 18);
	data[EI_CLASS] = ELFCLASS32;
	assert_contains(read_image(data, sizeof(data)).objection, "32-bit");
}

FIXTURE_TEST(image_read__vmlinux_of_another_machine__objection)
{
	unsigned char data[VMLINUX_SIZE];

	vmlinux(data, EM_IA_64, 1);
	assert_contains(read_image(data, sizeof(data)).objection, "machine");
}

FIXTURE_TEST(image_read__program__not_a_kernel)
{
	unsigned char data[VMLINUX_SIZE];
	Elf64_Phdr *first = (Elf64_Phdr *)(data + sizeof(Elf64_Ehdr));

	vmlinux(data, EM_PPC64, 1);
	first[1].p_type = PT_INTERP;
	assert_contains(read_image(data, sizeof(data)).objection, "not a kernel");
	/* an object file */
	vmlinux(data, EM_PPC64, 1);
	((Elf64_Ehdr *)data)->e_phnum = 0;
	assert_contains(read_image(data, sizeof(data)).objection, "not a kernel");
}

FIXTURE_TEST(image_read__gzip__what_is_inside)
{
	unsigned char data[ARM64_IMAGE_SIZE], packed[8192];
	struct kernel_image image;

	arm64_image(data);
	image = read_image(packed, compress_into(packed, sizeof(packed), "gzip", data,
						 sizeof(data)));
	assert_is(&image, KERNEL_IMAGE_GZIP, "aarch64", 64);
	assert_boots(&image);
	assert_true(image.packed);
	riscv_image(data);
	image = read_image(packed, compress_into(packed, sizeof(packed), "gzip", data,
						 sizeof(data)));
	assert_is(&image, KERNEL_IMAGE_GZIP, "riscv64", 64);
}

FIXTURE_TEST(image_read__gzip_of_something__objection)
{
	unsigned char packed[8192];
	size_t size = compress_into(packed, sizeof(packed), "gzip", "hello\n", 6);

	assert_contains(read_image(packed, size).objection, "inside");
	assert_contains(read_image(packed, 12).objection, "inside");
}

FIXTURE_TEST(image_read__zboot__what_is_inside)
{
	static const char *const filters[] = { "gzip", "xz", "lzma", "lz4", "zstd" };
	unsigned char data[ARM64_IMAGE_SIZE], packed[8192];

	arm64_image(data);
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct kernel_image image =
			read_image(packed, zboot_image(packed, sizeof(packed), 0xaa64,
						       filters[i], data, sizeof(data)));

		assert_is(&image, KERNEL_IMAGE_ZBOOT, "aarch64", 64);
		assert_boots(&image);
		assert_true(image.packed);
	}
}

FIXTURE_TEST(image_read__zboot_for_another_machine__objection)
{
	unsigned char data[ARM64_IMAGE_SIZE], packed[8192];
	size_t size;

	arm64_image(data);
	/* LoongArch; an Image of another than the header says; no PE header */
	size = zboot_image(packed, sizeof(packed), 0x6264, "gzip", data, sizeof(data));
	assert_contains(read_image(packed, size).objection, "machine");
	size = zboot_image(packed, sizeof(packed), 0x5064, "gzip", data, sizeof(data));
	assert_contains(read_image(packed, size).objection, "zboot");
	packed[0x3c] = packed[0x3f] = 0xff;
	assert_contains(read_image(packed, size).objection, "machine");
}

FIXTURE_TEST(image_read__zboot_payload_elsewhere__objection)
{
	const unsigned int wild[] = { 0, 1, 4096, UINT32_MAX };
	unsigned char data[ARM64_IMAGE_SIZE], packed[8192];

	arm64_image(data);
	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		size_t size = zboot_image(packed, sizeof(packed), 0xaa64, "gzip", data,
					  sizeof(data));

		memcpy(packed + 8, &wild[i], 4);
		assert_contains(read_image(packed, size).objection, "cannot be unpacked");
	}
}

/* On the heap, so that a byte read too many is seen. */
FIXTURE_TEST(image_read__every_length__no_byte_beyond)
{
	unsigned char data[BZIMAGE_SIZE];

	bzimage(data, NULL);
	for (size_t size = 0; size <= 0x240; size++)
		assert_int_equal(!read_image(data, size).arch, size < 0x206);
	vmlinux(data, EM_X86_64, 18);
	for (size_t size = 0; size <= 0x280; size++)
		assert_true(read_image(data, size).objection ||
			    size > VMLINUX_NOTES + 32);
}

FIXTURE_TEST(image_unpack__gzip__the_image)
{
	unsigned char data[RISCV_IMAGE_SIZE], packed[8192], got[RISCV_IMAGE_SIZE + 1];
	_cleanup_close_ int fd = -1, unpacked = -1;
	struct kernel_image image;

	riscv_image(data);
	data[RISCV_IMAGE_SIZE - 1] = 7;
	fd = open_image(packed, compress_into(packed, sizeof(packed), "gzip", data,
					      sizeof(data)));
	assert_int_equal(kernel_image_read(&image, fd), 0);
	unpacked = kernel_image_unpack(&image, fd);
	assert_true(unpacked >= 0);
	assert_int_equal(pread(unpacked, got, sizeof(got), 0), sizeof(data));
	assert_memory_equal(got, data, sizeof(data));
	/* VMs may share it */
	assert_int_equal(pwrite(unpacked, "x", 1, 0), -1);
}

/* What follows the payload is no part of it. */
FIXTURE_TEST(image_unpack__zboot__the_image)
{
	unsigned char data[ARM64_IMAGE_SIZE], packed[8192], got[ARM64_IMAGE_SIZE + 1];
	_cleanup_close_ int fd = -1, unpacked = -1;
	struct kernel_image image;

	arm64_image(data);
	fd = open_image(packed, zboot_image(packed, sizeof(packed), 0xaa64, "zstd", data,
					    sizeof(data)));
	assert_int_equal(kernel_image_read(&image, fd), 0);
	unpacked = kernel_image_unpack(&image, fd);
	assert_true(unpacked >= 0);
	assert_int_equal(pread(unpacked, got, sizeof(got), 0), sizeof(data));
	assert_memory_equal(got, data, sizeof(data));
}

FIXTURE_TEST(image_unpack__truncated__error)
{
	static unsigned char data[300000], packed[400000];
	_cleanup_close_ int fd = -1;
	struct kernel_image image;
	unsigned int random = 1;
	size_t size;

	/* does not compress, so that half of it has more than the head */
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)((random = random * 1103515245 + 12345) >> 16);
	arm64_image(data);
	size = compress_into(packed, sizeof(packed), "gzip", data, sizeof(data));
	fd = open_image(packed, size / 2);
	assert_int_equal(kernel_image_read(&image, fd), 0);
	assert_null(image.objection);
	assert_int_equal(kernel_image_unpack(&image, fd), -EBADMSG);
}

FIXTURE_TEST(image_unpack__not_packed__error)
{
	unsigned char data[ARM64_IMAGE_SIZE];
	_cleanup_close_ int fd = -1;
	struct kernel_image image;

	arm64_image(data);
	fd = open_image(data, sizeof(data));
	assert_int_equal(kernel_image_read(&image, fd), 0);
	assert_int_equal(kernel_image_unpack(&image, fd), -EINVAL);
}

static int unpack_vmlinux(const void *data, size_t size)
{
	_cleanup_close_ int fd = open_image(data, size);

	return kernel_image_unpack_vmlinux(fd);
}

static void assert_unpacks(const void *packed, size_t size, const void *data, size_t len)
{
	_cleanup_close_ int unpacked = unpack_vmlinux(packed, size);
	unsigned char got[VMLINUX_SIZE * 2];

	assert_true(unpacked >= 0);
	assert_int_equal(pread(unpacked, got, sizeof(got), 0), len);
	assert_memory_equal(got, data, len);
}

FIXTURE_TEST(unpack_vmlinux__each_format__the_vmlinux_and_its_relocations)
{
	static const char *const filters[] = { "gzip", "xz", "lzma", "lz4", "zstd" };
	unsigned char data[VMLINUX_SIZE + 8], packed[3 * BZIMAGE_SIZE];

	vmlinux(data, EM_X86_64, 18);
	memset(data + VMLINUX_SIZE, 5, 8);
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		assert_unpacks(packed,
			       packed_bzimage(packed, sizeof(packed), filters[i], data,
					      sizeof(data)),
			       data, sizeof(data));
}

/* lib/decompress_unlz4.c: a magic, then chunks with their size. This one only copies. */
static size_t lz4_bzimage(unsigned char *out, const unsigned char data[VMLINUX_SIZE])
{
	static const unsigned char begin[] = { 0x02, 0x21, 0x4c, 0x18 };
	unsigned int left = VMLINUX_SIZE - 15, lengths = left / 255 + 1;
	unsigned int chunk = 1 + lengths + VMLINUX_SIZE, size = VMLINUX_SIZE;
	unsigned char *at = out + BZIMAGE_SIZE;

	bzimage(out, "6.1.0");
	memcpy(at, begin, 4);
	memcpy(at + 4, &chunk, 4);
	at[8] = 0xf0;
	memset(at + 9, 0xff, lengths);
	at[9 + lengths - 1] = (unsigned char)(left % 255);
	memcpy(at + 9 + lengths, data, VMLINUX_SIZE);
	memcpy(at + 8 + chunk, &size, 4);
	return bzimage_payload(out, 4 + 4 + chunk + 4);
}

FIXTURE_TEST(unpack_vmlinux__lz4_of_kernels__the_vmlinux)
{
	unsigned char data[VMLINUX_SIZE], packed[3 * BZIMAGE_SIZE];

	vmlinux(data, EM_X86_64, 18);
	assert_unpacks(packed, lz4_bzimage(packed, data), data, sizeof(data));
}

/* As if a chunk were missing. */
FIXTURE_TEST(unpack_vmlinux__other_size_than_said__damaged)
{
	static const unsigned int sizes[] = { 0, VMLINUX_SIZE - 1, VMLINUX_SIZE + 1 };
	unsigned char data[VMLINUX_SIZE], packed[3 * BZIMAGE_SIZE];

	vmlinux(data, EM_X86_64, 18);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t size = lz4_bzimage(packed, data);

		memcpy(packed + size - 4, &sizes[i], 4);
		assert_int_equal(unpack_vmlinux(packed, size), -EBADMSG);
	}
}

FIXTURE_TEST(unpack_vmlinux__larger_than_a_kernel__refused)
{
	unsigned char data[VMLINUX_SIZE], packed[3 * BZIMAGE_SIZE];
	size_t size;

	vmlinux(data, EM_X86_64, 18);
	size = lz4_bzimage(packed, data);
	memset(packed + size - 4, 0xff, 4);
	assert_int_equal(unpack_vmlinux(packed, size), -EFBIG);
}

FIXTURE_TEST(unpack_vmlinux__payload_elsewhere__damaged)
{
	static const unsigned int wild[] = { 0, 1, 4096, INT32_MAX, UINT32_MAX };
	unsigned char data[VMLINUX_SIZE], packed[3 * BZIMAGE_SIZE];

	vmlinux(data, EM_X86_64, 18);
	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		size_t size =
			packed_bzimage(packed, sizeof(packed), "xz", data, sizeof(data));

		memcpy(packed + 0x248, &wild[i], 4);
		assert_int_equal(unpack_vmlinux(packed, size), -EBADMSG);
	}
}

FIXTURE_TEST(unpack_vmlinux__payload_of_another_length__damaged)
{
	static const unsigned int wild[] = { 1, 3, 4, 5, 100, INT32_MAX, UINT32_MAX };
	unsigned char data[VMLINUX_SIZE], packed[3 * BZIMAGE_SIZE];

	vmlinux(data, EM_X86_64, 18);
	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		size_t size =
			packed_bzimage(packed, sizeof(packed), "xz", data, sizeof(data));

		memcpy(packed + 0x24c, &wild[i], 4);
		assert_true(unpack_vmlinux(packed, size) < 0);
	}
}

FIXTURE_TEST(unpack_vmlinux__truncated__damaged)
{
	unsigned char data[VMLINUX_SIZE], packed[3 * BZIMAGE_SIZE];
	size_t size;

	vmlinux(data, EM_X86_64, 18);
	size = packed_bzimage(packed, sizeof(packed), "zstd", data, sizeof(data));
	for (size_t cut = 1; cut <= size - BZIMAGE_SIZE; cut++)
		assert_int_equal(unpack_vmlinux(packed, size - cut), -EBADMSG);
}

FIXTURE_TEST(unpack_vmlinux__format_that_is_not_known__damaged)
{
	unsigned char data[VMLINUX_SIZE], packed[3 * BZIMAGE_SIZE];

	vmlinux(data, EM_X86_64, 18);
	assert_int_equal(
		unpack_vmlinux(packed, packed_bzimage(packed, sizeof(packed), "bzip2",
						      data, sizeof(data))),
		-EBADMSG);
}

FIXTURE_TEST(unpack_vmlinux__none_that_boots__no_vmlinux)
{
	unsigned char data[VMLINUX_SIZE], packed[3 * BZIMAGE_SIZE];
	size_t size;

	vmlinux(data, EM_X86_64, 17);
	size = packed_bzimage(packed, sizeof(packed), "gzip", data, sizeof(data));
	assert_int_equal(unpack_vmlinux(packed, size), -ENOEXEC);
	vmlinux(data, EM_X86_64, 18);
	size = packed_bzimage(packed, sizeof(packed), "gzip", data, sizeof(data));
	/* protocol 2.07 */
	packed[0x206] = 0x07;
	assert_int_equal(unpack_vmlinux(packed, size), -ENOEXEC);
	bzimage(packed, "6.1.0");
	assert_int_equal(unpack_vmlinux(packed, BZIMAGE_SIZE), -ENOEXEC);
}

FIXTURE_TEST(unpack_vmlinux__other_images__refused)
{
	static unsigned char data[S390_IMAGE_SIZE];

	vmlinux(data, EM_X86_64, 18);
	assert_int_equal(unpack_vmlinux(data, VMLINUX_SIZE), -EINVAL);
	s390_image(data, NULL);
	assert_int_equal(unpack_vmlinux(data, S390_IMAGE_SIZE), -EINVAL);
	assert_int_equal(kernel_image_unpack_vmlinux(-1), -EINVAL);
}

static bool has_pvh(const unsigned char *data, size_t size)
{
	_cleanup_close_ int fd = open_image(data, size);

	return kernel_image_has_pvh(fd);
}

FIXTURE_TEST(has_pvh__vmlinux_of_x86__by_its_note)
{
	unsigned char data[VMLINUX_SIZE];

	vmlinux(data, EM_X86_64, 18);
	assert_true(has_pvh(data, sizeof(data)));
	vmlinux(data, EM_X86_64, 17);
	assert_false(has_pvh(data, sizeof(data)));
}

FIXTURE_TEST(has_pvh__other_images__false)
{
	unsigned char data[VMLINUX_SIZE];

	bzimage(data, "6.1.0");
	assert_false(has_pvh(data, sizeof(data)));
	vmlinux(data, EM_PPC64, 18);
	assert_false(has_pvh(data, sizeof(data)));
	assert_false(kernel_image_has_pvh(-1));
}

/* The release in the header of an image of these bytes; heap or NULL. */
static char *release_of(const unsigned char *image, size_t size)
{
	_cleanup_close_ int fd =
		open(put_data("image", image, size), O_RDONLY | O_CLOEXEC);

	return kernel_image_release(fd);
}

FIXTURE_TEST(image_release__version_string__up_to_the_blank)
{
	_cleanup_free_ char *release = NULL;
	unsigned char image[BZIMAGE_SIZE];

	bzimage(image, "6.1.0-13-amd64 (debian-kernel@lists) #1 SMP");
	release = release_of(image, sizeof(image));
	assert_non_null(release);
	assert_string_equal(release, "6.1.0-13-amd64");
}

FIXTURE_TEST(image_release__string_ends_with_the_file__whole)
{
	_cleanup_free_ char *release = NULL;
	unsigned char image[BZIMAGE_SIZE];

	bzimage(image, "6.1.0");
	release = release_of(image, BZIMAGE_VERSION + 5);
	assert_non_null(release);
	assert_string_equal(release, "6.1.0");
}

FIXTURE_TEST(image_release__no_version__null)
{
	unsigned char image[BZIMAGE_SIZE];

	bzimage(image, NULL);
	assert_null(release_of(image, sizeof(image)));
}

FIXTURE_TEST(image_release__empty_version__null)
{
	unsigned char image[BZIMAGE_SIZE];

	bzimage(image, "");
	assert_null(release_of(image, sizeof(image)));
}

FIXTURE_TEST(image_release__offset_beyond_file__null)
{
	unsigned char image[BZIMAGE_SIZE];

	bzimage(image, "6.1.0");
	image[0x20e] = image[0x20f] = 0xff;
	assert_null(release_of(image, sizeof(image)));
}

/* A header that ends before kernel_version: valgrind sees if more is looked at. */
FIXTURE_TEST(image_release__file_ends_in_header__null)
{
	unsigned char image[BZIMAGE_SIZE];

	bzimage(image, "6.1.0");
	for (size_t size = 0x206; size < 0x210; size++)
		assert_null(release_of(image, size));
}

/* It becomes part of paths and of kernel command lines. */
FIXTURE_TEST(image_release__bytes_no_release_has__null)
{
	static const char *const bad[] = { "\x01\x02\x03", "6.1\x7f", "../../etc",
					   "6.1/x", "6.1\xff" };
	unsigned char image[BZIMAGE_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		bzimage(image, bad[i]);
		assert_null(release_of(image, sizeof(image)));
	}
}

FIXTURE_TEST(image_release__longer_than_uname_has__null)
{
	unsigned char image[BZIMAGE_SIZE];
	char version[300];

	memset(version, 'a', sizeof(version));
	version[sizeof(version) - 1] = '\0';
	bzimage(image, version);
	assert_null(release_of(image, sizeof(image)));
}

FIXTURE_TEST(image_release__arm64_without_banner__null)
{
	unsigned char image[ARM64_IMAGE_SIZE];

	arm64_image(image);
	assert_null(release_of(image, sizeof(image)));
}

/* The banner at the end of an Image of @size bytes; other strings begin like it. */
static char *release_of_banner_in(size_t size)
{
	static const char banner[] = "Linux version 6.1.0-13-arm64 (me@host) #1 SMP\n";
	_cleanup_free_ unsigned char *image = xcalloc(1, size);

	arm64_image(image);
	strcpy((char *)image + 0x200, "Linux version %s (%s)");
	memcpy(image + size - sizeof(banner), banner, sizeof(banner));
	return release_of(image, size);
}

FIXTURE_TEST(image_release__banner__found)
{
	_cleanup_free_ char *release = release_of_banner_in(20000);

	assert_non_null(release);
	assert_string_equal(release, "6.1.0-13-arm64");
}

/* The search goes in steps of 256 KiB: the banner lies in each way across a border. */
FIXTURE_TEST(image_release__banner_at_a_border__found)
{
	for (size_t size = (256 << 10) - 2; size < (256 << 10) + 52; size++) {
		_cleanup_free_ char *release = release_of_banner_in(size);

		assert_non_null(release);
		assert_string_equal(release, "6.1.0-13-arm64");
	}
}

FIXTURE_TEST(image_release__vmlinux__from_its_banner)
{
	_cleanup_free_ char *release = NULL;
	unsigned char image[VMLINUX_SIZE];

	vmlinux(image, EM_PPC64, 1);
	strcpy((char *)image + 0x800, "Linux version 6.6.0+ (me@host)");
	release = release_of(image, sizeof(image));
	assert_non_null(release);
	assert_string_equal(release, "6.6.0+");
}

FIXTURE_TEST(image_release__s390__version_string)
{
	_cleanup_free_ char *release = NULL;
	unsigned char image[S390_IMAGE_SIZE];

	s390_image(image, "6.1.0-s390x (me@host) #1 SMP");
	release = release_of(image, sizeof(image));
	assert_non_null(release);
	assert_string_equal(release, "6.1.0-s390x");
}

FIXTURE_TEST(image_release__s390_address_of_no_byte__null)
{
	unsigned char image[S390_IMAGE_SIZE];

	s390_image(image, "6.1.0");
	memset(image + 0x10428, 0xff, 8);
	assert_null(release_of(image, sizeof(image)));
	memset(image + 0x10428, 0, 8);
	assert_null(release_of(image, sizeof(image)));
}

FIXTURE_TEST(image_release__packed__null)
{
	unsigned char image[ARM64_IMAGE_SIZE], packed[4096];

	arm64_image(image);
	strcpy((char *)image + 0x200, "Linux version 6.1.0 (");
	assert_null(release_of(packed, compress_into(packed, sizeof(packed), "gzip",
						     image, sizeof(image))));
}

FIXTURE_TEST(image_release__bad_descriptor__null)
{
	assert_null(kernel_image_release(-1));
}

/* An object that the symbol table of this program has. */
char table_of_registers[1234];

DEFINE_TEST(object_size__by_the_symbol_table)
{
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_int_equal(kernel_image_object_size(fd, "table_of_registers"),
			 sizeof(table_of_registers));
	assert_int_equal(kernel_image_object_size(fd, "table_of_register"), 0);
	/* a function */
	assert_int_equal(kernel_image_object_size(fd, "main"), 0);
}

FIXTURE_TEST(object_size__damaged__0_or_some_number)
{
	_cleanup_close_ int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *whole = NULL;
	size_t len;

	assert_int_equal(io_read_fd(self, 1 << 30, &whole, &len), 0);
	for (size_t at = 16; at < sizeof(Elf64_Ehdr); at++) {
		char before = whole[at];
		_cleanup_close_ int fd = -1;

		whole[at] = (char)0xff;
		fd = open_image(whole, len);
		(void)kernel_image_object_size(fd, "table_of_registers");
		whole[at] = before;
	}
	for (size_t size = 0; size < len; size += len / 64 + 1) {
		_cleanup_close_ int fd = open_image(whole, size);

		/* the section headers stand at its end */
		assert_int_equal(kernel_image_object_size(fd, "table_of_registers"), 0);
	}
	assert_int_equal(kernel_image_object_size(-1, "x"), 0);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recognises kernel images. Headers are read, not mapped, and not trusted: an offset
 * beyond the part that was read yields zeros. The sections of an ELF file are libelf's
 * matter.
 */
#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <sys/stat.h>

#include "lib/io.h"
#include "kernel/kernel-image.h"
#include "lib/str.h"
#include "lib/unpack.h"

#define HEAD_SIZE     4096
#define SEGMENTS_MAX  64
#define NOTES_MAX     (64 << 10)
#define UNPACKED_MAX  (512ULL << 20)
#define BANNER_WITHIN (64 << 20)
#define BANNER_STEP   (256 << 10)

/* include/xen/interface/elfnote.h */
#define XEN_ELFNOTE_PHYS32_ENTRY 18

static const char not_known[] =
	"not a kernel image that rapido can boot (bzImage, Image, Image.gz, vmlinuz.efi or "
	"vmlinux of x86_64, aarch64, riscv64, s390x or ppc64le, or User Mode Linux)";
static const char other_machine[] =
	"a kernel image for a machine that rapido does not know";
static const char too_narrow[] =
	"a 32-bit kernel, which cannot run this rapido's 64-bit programs";
static const char other_order[] = "a kernel whose byte order differs from that of its "
				  "machine's programs";

/* The beginning of a file, or of something unpacked. */
struct head {
	unsigned char data[HEAD_SIZE];
	size_t size;
};

static bool has_at(const struct head *head, size_t offset, const char *magic, size_t len)
{
	return offset + len <= head->size && memcmp(head->data + offset, magic, len) == 0;
}

#define HAS_AT(head, offset, magic) has_at((head), (offset), (magic), sizeof(magic) - 1)

static uint64_t little_endian(const unsigned char *data, size_t bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | data[bytes];
	return value;
}

static uint64_t big_endian(const unsigned char *data, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | data[i];
	return value;
}

/* The little-endian number of @bytes at @offset; 0 beyond the end. */
static uint64_t number_at(const struct head *head, size_t offset, size_t bytes)
{
	if (offset > head->size || bytes > head->size - offset)
		return 0;
	return little_endian(head->data + offset, bytes);
}

/* The boot sector and setup_sects. */
static uint64_t setup_size(const struct head *head)
{
	uint64_t sectors = number_at(head, 0x1f1, 1);

	return ((sectors ? sectors : 4) + 1) * 512;
}

/*
 * The size is that of the setup, plus syssize times 16 bytes. Builds differ in whether
 * they count the checksum and padding.
 */
static bool is_cut_short(const struct head *head, int fd)
{
	uint64_t size = setup_size(head) + number_at(head, 0x1f4, 4) * 16;
	struct stat st;

	return fstat(fd, &st) == 0 && (uint64_t)st.st_size + HEAD_SIZE < size;
}

/*
 * The payload's place is counted from the code of protected mode, after the sectors of
 * the setup.
 */
static void read_payload(struct kernel_image *image, const struct head *head)
{
	/* payload_offset and payload_length came with protocol 2.08 */
	if (number_at(head, 0x206, 2) < 0x0208)
		return;
	image->packed_offset = setup_size(head) + number_at(head, 0x248, 4);
	image->packed_size = number_at(head, 0x24c, 4);
}

static void read_bzimage(struct kernel_image *image, const struct head *head, int fd)
{
	image->format = KERNEL_IMAGE_BZIMAGE;
	image->arch = arch_by_machine("x86_64");
	read_payload(image, head);
	/* xloadflags came with protocol 2.12; bit 0 is XLF_KERNEL_64 */
	if (number_at(head, 0x206, 2) >= 0x020c)
		image->bits = number_at(head, 0x236, 2) & 1 ? 64 : 32;
	if (image->bits == 32)
		image->objection = too_narrow;
	else if (is_cut_short(head, fd))
		image->objection = "not complete: it is shorter than its header says";
}

/* An "Image", whose header arm64 and riscv share. False if it is not one. */
static bool read_plain(struct kernel_image *image, const struct head *head)
{
	if (HAS_AT(head, 56, "ARM\x64")) {
		image->arch = arch_by_machine("aarch64");
		image->bits = 64;
		/* flags, bits 1 and 2: unspecified, 4, 16 or 64 KiB */
		if (number_at(head, 24, 8) & 6)
			image->page_size = 1024U << 2 * (number_at(head, 24, 8) >> 1 & 3);
		/*
		 * flags, bit 0 is the byte order; while image_size is 0 flags are not
		 * defined
		 */
		if (number_at(head, 16, 8) && number_at(head, 24, 8) & 1)
			image->objection = other_order;
	} else if (HAS_AT(head, 56, "RSC\x05")) {
		image->arch = arch_by_machine("riscv64");
		/* text_offset; arch/riscv/kernel/head.S */
		image->bits = number_at(head, 8, 8) == 0x400000 ? 32 : 64;
		if (image->bits == 32)
			image->objection = too_narrow;
	} else {
		return false;
	}
	image->format = KERNEL_IMAGE_PLAIN;
	return true;
}

/* Recognise the image inside a packed one. */
static void read_packed(struct kernel_image *image, int fd, const char *objection)
{
	const struct packed packed = { fd, image->packed_offset, image->packed_size };
	enum kernel_image_format format = image->format;
	const struct arch *arch = image->arch;
	struct head inside = { .size = 0 };
	ssize_t n = unpack_head(&packed, inside.data, sizeof(inside.data));

	inside.size = n < 0 ? 0 : (size_t)n;
	image->packed = true;
	if (!read_plain(image, &inside) || (arch && arch != image->arch))
		image->objection = objection;
	image->format = format;
}

static void read_gzip(struct kernel_image *image, int fd)
{
	image->format = KERNEL_IMAGE_GZIP;
	image->packed_size = UINT64_MAX;
	read_packed(image, fd,
		    "compressed with gzip, but there is no arm64 or riscv Image inside");
}

static void read_zboot(struct kernel_image *image, const struct head *head, int fd)
{
	size_t pe = (size_t)number_at(head, 0x3c, 4);

	image->format = KERNEL_IMAGE_ZBOOT;
	if (HAS_AT(head, pe, "PE\0\0"))
		image->arch = arch_by_pe_machine((int)number_at(head, pe + 4, 2));
	if (!image->arch) {
		image->objection = other_machine;
		return;
	}
	image->packed_offset = number_at(head, 8, 4);
	image->packed_size = number_at(head, 12, 4);
	read_packed(image, fd,
		    "an EFI zboot image, but the Image inside it cannot be unpacked: use "
		    "the uncompressed Image");
}

/* Whether @notes has an ELF note of type @type by @owner. */
static bool has_note(const unsigned char *notes, size_t size, size_t align,
		     const char *owner, uint32_t type)
{
	size_t len = strlen(owner) + 1, pos = 0;

	while (pos <= size && size - pos >= sizeof(Elf64_Nhdr)) {
		const unsigned char *note = notes + pos;
		uint64_t name_size = little_endian(note, 4);
		uint64_t data_size = little_endian(note + 4, 4);
		uint64_t left = size - pos - sizeof(Elf64_Nhdr);

		if (name_size > left || data_size > left - name_size)
			return false;
		if (little_endian(note + 8, 4) == type && name_size == len &&
		    !memcmp(note + sizeof(Elf64_Nhdr), owner, len))
			return true;
		pos += sizeof(Elf64_Nhdr) + (size_t)name_size;
		pos = (pos + align - 1) / align * align + (size_t)data_size;
		pos = (pos + align - 1) / align * align;
	}
	return false;
}

/* Whether the segment of notes at @phdr has the PVH entry point. */
static bool is_pvh_note(const unsigned char *phdr, int fd)
{
	uint64_t offset = little_endian(phdr + offsetof(Elf64_Phdr, p_offset), 8);
	uint64_t size = little_endian(phdr + offsetof(Elf64_Phdr, p_filesz), 8);
	uint64_t align = little_endian(phdr + offsetof(Elf64_Phdr, p_align), 8);
	_cleanup_free_ unsigned char *notes = NULL;
	ssize_t n;

	if (size > NOTES_MAX || offset > INT64_MAX - NOTES_MAX)
		return false;
	notes = xmalloc((size_t)size + 1);
	n = io_pread_full(fd, notes, (size_t)size, (off_t)offset);
	return n > 0 && has_note(notes, (size_t)n, align == 8 ? 8 : 4, "Xen",
				 XEN_ELFNOTE_PHYS32_ENTRY);
}

/* Which kinds of segments a little-endian ELF64 file has. */
struct segments {
	bool load, interp, pvh;
};

static int read_segments(struct segments *segments, const struct head *head, int fd)
{
	unsigned char phdrs[SEGMENTS_MAX * sizeof(Elf64_Phdr)];
	uint64_t offset = number_at(head, offsetof(Elf64_Ehdr, e_phoff), 8);
	uint64_t nr = number_at(head, offsetof(Elf64_Ehdr, e_phnum), 2);
	uint64_t size = number_at(head, offsetof(Elf64_Ehdr, e_phentsize), 2);
	ssize_t n;

	*segments = (struct segments){ 0 };
	if (size != sizeof(Elf64_Phdr) || nr > SEGMENTS_MAX ||
	    offset > INT64_MAX - sizeof(phdrs))
		return 0;
	n = io_pread_full(fd, phdrs, (size_t)(nr * size), (off_t)offset);
	for (ssize_t i = 0; i < n / (ssize_t)sizeof(Elf64_Phdr); i++) {
		const unsigned char *phdr = phdrs + (size_t)i * sizeof(Elf64_Phdr);
		uint64_t type = little_endian(phdr, 4);

		segments->load |= type == PT_LOAD;
		segments->interp |= type == PT_INTERP;
		segments->pvh |= type == PT_NOTE && is_pvh_note(phdr, fd);
	}
	return n < 0 ? (int)n : 0;
}

static void close_elf(Elf **elf)
{
	elf_end(*elf);
}

/* NULL if it is not an ELF file. libelf checks what it reads there. */
static Elf *open_elf(int fd)
{
	elf_version(EV_CURRENT);
	return elf_begin(fd, ELF_C_READ, NULL);
}

static bool has_section(int fd, const char *name)
{
	_cleanup_(close_elf) Elf *elf = open_elf(fd);
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	size_t names;

	if (!elf || elf_getshdrstrndx(elf, &names) < 0)
		return false;
	while ((section = elf_nextscn(elf, section))) {
		const char *found = gelf_getshdr(section, &header)
					    ? elf_strptr(elf, names, header.sh_name)
					    : NULL;

		if (found && streq(found, name))
			return true;
	}
	return false;
}

/* The size of object @name in the symbol table @section; 0 if it is not there. */
static uint64_t find_object(Elf *elf, Elf_Scn *section, size_t names, const char *name)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym symbol;

	for (int i = 0; data && gelf_getsym(data, i, &symbol); i++) {
		const char *found = GELF_ST_TYPE(symbol.st_info) == STT_OBJECT
					    ? elf_strptr(elf, names, symbol.st_name)
					    : NULL;

		if (found && streq(found, name))
			return symbol.st_size;
	}
	return 0;
}

uint64_t kernel_image_object_size(int fd, const char *name)
{
	_cleanup_(close_elf) Elf *elf = open_elf(fd);
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while (elf && (section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB)
			return find_object(elf, section, header.sh_link, name);
	return 0;
}

/* Against a vmlinux for an architecture that we know, of its byte order and 64 bits. */
static const char *vmlinux_objection(const struct arch *arch,
				     const struct segments *segments)
{
	if (!segments->load || segments->interp)
		return "an ELF file, but not a kernel";
	if (streq(arch->name, "x86") && !segments->pvh)
		return "a vmlinux without a PVH note (CONFIG_PVH), which no VM can boot: "
		       "use arch/x86/boot/bzImage of the same build";
	/* those of arm64 and riscv are linked to addresses where no memory is, and
	 * s390's lacks the part that is run first */
	if (!streq(arch->name, "x86") && !streq(arch->name, "powerpc"))
		return "a vmlinux, which no VM of this architecture can boot: use the "
		       "Image or bzImage of the same build";
	return NULL;
}

static int read_uml(struct kernel_image *image)
{
	image->format = KERNEL_IMAGE_UML;
	image->arch = arch_by_name("um");
	return 0;
}

static int read_elf(struct kernel_image *image, const struct head *head, int fd)
{
	unsigned char class = head->data[EI_CLASS], order = head->data[EI_DATA];
	const unsigned char *machine = head->data + offsetof(Elf64_Ehdr, e_machine);
	struct segments segments = { 0 };
	int err = 0;

	image->format = KERNEL_IMAGE_VMLINUX;
	image->arch = arch_by_elf_machine((int)(order == ELFDATA2MSB
							? big_endian(machine, 2)
							: little_endian(machine, 2)));
	image->bits = class == ELFCLASS64 ? 64 : 32;
	/* most kernels have this; assuming too much is harmless */
	if (image->arch && streq(image->arch->name, "powerpc"))
		image->page_size = 65536;
	if (!image->arch)
		image->objection = other_machine;
	else if (image->bits == 32)
		image->objection = too_narrow;
	else if (order != image->arch->elf_data)
		image->objection = other_order;
	else if (streq(image->arch->name, "x86") && has_section(fd, ".uml.setup.init"))
		return read_uml(image);
	else if (order == ELFDATA2LSB)
		err = read_segments(&segments, head, fd);
	else /* s390 */
		segments.load = true;
	if (!image->objection)
		image->objection = vmlinux_objection(image->arch, &segments);
	return err;
}

/* arch/s390/boot/head.S: EP_STRING at EP_OFFSET, which is beyond the head. */
static bool read_s390(struct kernel_image *image, int fd)
{
	struct head entry = { .size = 0 };
	ssize_t n = io_pread_full(fd, entry.data, 6, 0x10008);

	entry.size = n < 0 ? 0 : (size_t)n;
	if (!HAS_AT(&entry, 0, "S390EP"))
		return false;
	image->format = KERNEL_IMAGE_BZIMAGE;
	image->arch = arch_by_machine("s390x");
	image->bits = 64;
	return true;
}

int kernel_image_read(struct kernel_image *image, int fd)
{
	struct head head = { .size = 0 };
	ssize_t n = io_pread_full(fd, head.data, sizeof(head.data), 0);

	*image = (struct kernel_image){ .page_size = 4096 };
	if (n < 0)
		return (int)n;
	head.size = (size_t)n;
	if (HAS_AT(&head, 0, ELFMAG) && head.size >= sizeof(Elf64_Ehdr))
		return read_elf(image, &head, fd);
	if (HAS_AT(&head, 0, "MZ") && HAS_AT(&head, 4, "zimg"))
		read_zboot(image, &head, fd);
	else if (HAS_AT(&head, 0, "\x1f\x8b\x08"))
		read_gzip(image, fd);
	else if (HAS_AT(&head, 0x1fe, "\x55\xaa") && HAS_AT(&head, 0x202, "HdrS"))
		read_bzimage(image, &head, fd);
	else if (!read_plain(image, &head) && !read_s390(image, fd))
		image->objection = not_known;
	return 0;
}

int kernel_image_unpack(const struct kernel_image *image, int fd)
{
	const struct packed packed = { fd, image->packed_offset, image->packed_size };

	return image->packed ? unpack_to_memory(&packed, UNPACKED_MAX) : -EINVAL;
}

bool kernel_image_has_pvh(int fd)
{
	struct kernel_image image;

	return kernel_image_read(&image, fd) == 0 && !image.objection &&
	       image.format == KERNEL_IMAGE_VMLINUX && streq(image.arch->name, "x86");
}

/*
 * boot.rst, payload_length: the last four bytes are the size of what is unpacked. Only
 * gzip's own format ends so; other formats are followed by them.
 */
static int unpack_payload(const struct kernel_image *image, int fd)
{
	struct packed payload = { fd, image->packed_offset, image->packed_size };
	unsigned char magic[2], last[4];
	_cleanup_close_ int unpacked = -1;
	struct stat st;
	uint64_t size;

	if (payload.size < sizeof(last) ||
	    io_pread_full(fd, magic, sizeof(magic), (off_t)payload.offset) !=
		    sizeof(magic) ||
	    io_pread_full(fd, last, sizeof(last),
			  (off_t)(payload.offset + payload.size - sizeof(last))) !=
		    sizeof(last))
		return -EBADMSG;
	size = little_endian(last, sizeof(last));
	if (size > UNPACKED_MAX)
		return -EFBIG;
	if (memcmp(magic, "\x1f\x8b", sizeof(magic)) != 0)
		payload.size -= sizeof(last);
	unpacked = unpack_to_memory(&payload, size);
	if (unpacked < 0)
		return unpacked == -EFBIG ? -EBADMSG : unpacked;
	if (fstat(unpacked, &st) < 0)
		return -errno;
	/* lz4 as kernels have it has no checksum */
	return (uint64_t)st.st_size == size ? TAKE_FD(unpacked) : -EBADMSG;
}

int kernel_image_unpack_vmlinux(int fd)
{
	_cleanup_close_ int vmlinux = -1;
	struct kernel_image image;

	if (kernel_image_read(&image, fd) || image.objection ||
	    image.format != KERNEL_IMAGE_BZIMAGE || !streq(image.arch->name, "x86"))
		return -EINVAL;
	if (!image.packed_size)
		return -ENOEXEC;
	vmlinux = unpack_payload(&image, fd);
	if (vmlinux >= 0 && !kernel_image_has_pvh(vmlinux))
		return -ENOEXEC;
	return TAKE_FD(vmlinux);
}

/* The release at @offset, where "6.1.0 (me@host) ..." stands. Heap or NULL. */
static char *release_at(int fd, uint64_t offset)
{
	char text[256];
	ssize_t n = offset > INT32_MAX
			    ? 0
			    : io_pread_full(fd, text, sizeof(text) - 1, (off_t)offset);

	if (n <= 0)
		return NULL;
	text[n] = '\0';
	text[strcspn(text, " \n")] = '\0';
	return is_kernel_release(text) ? xstrdup(text) : NULL;
}

/* boot.rst: kernel_version at 0x20e, less 0x200, is the offset of the string. */
static char *bzimage_release(int fd)
{
	unsigned char offset[2];

	if (io_pread_full(fd, offset, 2, 0x20e) != 2 || !little_endian(offset, 2))
		return NULL;
	return release_at(fd, little_endian(offset, 2) + 0x200);
}

/* arch/s390/include/asm/setup.h: parmarea.kernel_version, an address counted from 0. */
static char *s390_release(int fd)
{
	unsigned char address[8];

	if (io_pread_full(fd, address, 8, 0x10428) != 8 || !big_endian(address, 8))
		return NULL;
	return release_at(fd, big_endian(address, 8));
}

/* init/version-timestamp.c: "Linux version RELEASE (". Other strings begin so as well. */
static char *banner_release(int fd)
{
	static const char banner[] = "Linux version ";
	const size_t len = sizeof(banner) - 1;
	_cleanup_free_ char *data = xmalloc(BANNER_STEP);
	ssize_t n = BANNER_STEP;

	/* steps overlap, so that none ends within the banner */
	for (off_t pos = 0; pos < BANNER_WITHIN && n == BANNER_STEP;
	     pos += BANNER_STEP - (off_t)len) {
		char *at = data, *end;

		n = io_pread_full(fd, data, BANNER_STEP, pos);
		if (n < (ssize_t)len)
			break;
		end = data + n;
		while ((at = memmem(at, (size_t)(end - at), banner, len))) {
			at += len;
			char *release =
				release_at(fd, (uint64_t)pos + (uint64_t)(at - data));

			if (release && *release >= '0' && *release <= '9')
				return release;
			free(release);
		}
	}
	return NULL;
}

char *kernel_image_release(int fd)
{
	struct kernel_image image;

	if (kernel_image_read(&image, fd) || !image.arch || image.packed)
		return NULL;
	if (image.format != KERNEL_IMAGE_BZIMAGE)
		return image.objection ? NULL : banner_release(fd);
	return streq(image.arch->name, "s390") ? s390_release(fd) : bzimage_release(fd);
}

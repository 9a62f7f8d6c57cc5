// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Module files by libelf. Unlike a program, a module is described by its section headers.
 * As in elffile.c the file is read, not mapped, and nothing in it is trusted.
 *
 * Sections are left out here: strip(1) would be a process for each module, and
 * elf_update(3) needs a copy of the file to work on, most of which is debug sections.
 */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "kernel/kofile.h"
#include "lib/unpack.h"

#define MAX_SECTIONS 65536
#define MAX_INFO     (16 << 20)

struct object {
	int fd;
	Elf *elf;
	uint64_t file_size;
	GElf_Ehdr header;
	size_t nr;    /* of sections */
	size_t names; /* number of the section with their names */
};

static void object_release(struct object *o)
{
	elf_end(o->elf);
}

size_t kofile_suffix(const char *path)
{
	static const char *const suffixes[] = { ".ko", ".ko.gz", ".ko.xz", ".ko.zst" };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (ends_with(path, suffixes[i]))
			return strlen(suffixes[i]);
	return 0;
}

bool kofile_is_packed(const char *path)
{
	return kofile_suffix(path) > strlen(".ko");
}

int kofile_open(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct packed packed = { .fd = fd, .size = UINT64_MAX };

	if (fd < 0)
		return -errno;
	return kofile_is_packed(path) ? unpack_to_memory(&packed, KOFILE_SIZE_MAX)
				      : TAKE_FD(fd);
}

static int object_init(struct object *o, int fd)
{
	struct stat st;

	*o = (struct object){ .fd = fd };
	if (fstat(fd, &st) < 0)
		return -errno;
	o->file_size = (uint64_t)st.st_size;
	elf_version(EV_CURRENT);
	o->elf = elf_begin(fd, ELF_C_READ, NULL);
	/* libelf does not tell an unreadable file from a malformed one */
	if (!o->elf)
		return read(fd, NULL, 0) < 0 ? -errno : -EBADMSG;
	if (elf_kind(o->elf) != ELF_K_ELF)
		return -ENOEXEC;
	if (!gelf_getehdr(o->elf, &o->header) || o->header.e_type != ET_REL ||
	    elf_getshdrnum(o->elf, &o->nr) < 0 || !o->nr || o->nr > MAX_SECTIONS ||
	    elf_getshdrstrndx(o->elf, &o->names) < 0)
		return -EBADMSG;
	return 0;
}

/* The header and name of section @i. Its contents must lie in the file. */
static int get_section(const struct object *o, size_t i, GElf_Shdr *header,
		       const char **name)
{
	if (!gelf_getshdr(elf_getscn(o->elf, i), header))
		return -EBADMSG;
	*name = elf_strptr(o->elf, o->names, header->sh_name);
	if (!*name)
		return -EBADMSG;
	if (header->sh_type != SHT_NOBITS && header->sh_type != SHT_NULL &&
	    (header->sh_offset > o->file_size ||
	     header->sh_size > o->file_size - header->sh_offset))
		return -EBADMSG;
	return 0;
}

static int read_section(const struct object *o, const GElf_Shdr *header, char *data)
{
	ssize_t n = io_pread_full(o->fd, data, header->sh_size, (off_t)header->sh_offset);

	if (n < 0)
		return (int)n;
	return (uint64_t)n == header->sh_size ? 0 : -EBADMSG;
}

int kofile_read_info(int fd, char **info, size_t *size)
{
	_cleanup_(object_release) struct object o;
	GElf_Shdr header;
	const char *name;
	int err = object_init(&o, fd);

	for (size_t i = 1; !err && i < o.nr; i++) {
		_cleanup_free_ char *data = NULL;

		err = get_section(&o, i, &header, &name);
		if (err || !streq(name, ".modinfo"))
			continue;
		if (header.sh_type == SHT_NOBITS || header.sh_size > MAX_INFO)
			return -EBADMSG;
		data = xmalloc(header.sh_size + 1);
		data[header.sh_size] = '\0';
		err = read_section(&o, &header, data);
		if (err)
			return err;
		*info = TAKE_PTR(data);
		*size = header.sh_size;
		return 0;
	}
	return err ? err : -EBADMSG;
}

int kofile_has_section(int fd, const char *name)
{
	_cleanup_(object_release) struct object o;
	GElf_Shdr header;
	const char *found;
	int err = object_init(&o, fd);

	for (size_t i = 1; !err && i < o.nr; i++) {
		err = get_section(&o, i, &header, &found);
		if (!err && streq(found, name))
			return header.sh_size > 0;
	}
	return err;
}

const char *kofile_next_value(struct kofile_cursor *cursor, const char *key)
{
	size_t len = strlen(key);

	while (cursor->pos < cursor->end) {
		const char *text = cursor->pos;

		cursor->pos += strnlen(text, (size_t)(cursor->end - text)) + 1;
		if (strncmp(text, key, len) == 0 && text[len] == '=')
			return text + len + 1;
	}
	return NULL;
}

/* Debug sections of a linked module, and the relocations for them. */
static bool has_debug_name(const char *name)
{
	static const char *const prefixes[] = { ".rela", ".rel", "" };
	static const char *const kinds[] = { ".debug_", ".zdebug_", ".gdb_index" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
			if (starts_with(name, prefixes[i]) &&
			    starts_with(name + strlen(prefixes[i]), kinds[k]))
				return true;
	return false;
}

/* Loaded sections and the section names are kept, whatever they are called. */
static bool is_debug(const struct object *o, size_t i, const GElf_Shdr *header,
		     const char *name)
{
	return has_debug_name(name) && !(header->sh_flags & SHF_ALLOC) && i != o->names;
}

/* The new headers of the sections, and the size of the new file. */
struct layout {
	GElf_Shdr *headers;
	uint64_t *sources; /* where the contents stand now */
	uint64_t end;
	bool changed;
};

static void layout_release(struct layout *l)
{
	free(l->headers);
	free(l->sources);
}

/* Round @offset up. False if @align is not valid. */
static bool align_up(uint64_t *offset, uint64_t align)
{
	if (align > 1 && (align & (align - 1) || align > 1 << 20))
		return false;
	if (align > 1)
		*offset = (*offset + align - 1) & ~(align - 1);
	return true;
}

/*
 * Place the sections one after the other, in the order of their numbers. A debug section
 * keeps its number, so that symbols and relocations stay valid, but becomes SHT_NULL,
 * which readers skip.
 */
static int make_layout(const struct object *o, struct layout *l)
{
	l->headers = xcalloc(o->nr, sizeof(*l->headers));
	l->sources = xcalloc(o->nr, sizeof(*l->sources));
	l->end = gelf_fsize(o->elf, ELF_T_EHDR, 1, EV_CURRENT);
	for (size_t i = 1; i < o->nr; i++) {
		GElf_Shdr *h = &l->headers[i];
		const char *name;
		int err = get_section(o, i, h, &name);

		if (err)
			return err;
		l->sources[i] = h->sh_offset;
		if (h->sh_type == SHT_NULL || is_debug(o, i, h, name)) {
			/* the size of an SHT_NULL section has no meaning and no limit */
			l->changed = l->changed || h->sh_type != SHT_NULL;
			*h = (GElf_Shdr){ .sh_name = h->sh_name, .sh_type = SHT_NULL };
		} else if (!align_up(&l->end, h->sh_addralign)) {
			return -EBADMSG;
		} else {
			h->sh_offset = l->end;
			l->end += h->sh_type == SHT_NOBITS ? 0 : h->sh_size;
		}
		/*
		 * sections must not overlap, so together they are not larger than the
		 * file
		 */
		if (l->end > o->file_size + ((uint64_t)MAX_SECTIONS << 12))
			return -EBADMSG;
	}
	/* the first header has the number of sections if there are many */
	if (!gelf_getshdr(elf_getscn(o->elf, 0), &l->headers[0]) ||
	    l->headers[0].sh_type != SHT_NULL)
		return -EBADMSG;
	align_up(&l->end, 8);
	return 0;
}

/* Write one header in the class and byte order of the file. */
static int put_header(const struct object *o, const struct layout *l, size_t i, char *out)
{
	const GElf_Shdr *h = &l->headers[i];
	Elf32_Shdr small = {
		.sh_name = h->sh_name,
		.sh_type = h->sh_type,
		.sh_flags = (Elf32_Word)h->sh_flags,
		.sh_addr = (Elf32_Addr)h->sh_addr,
		.sh_offset = (Elf32_Off)h->sh_offset,
		.sh_size = (Elf32_Word)h->sh_size,
		.sh_link = h->sh_link,
		.sh_info = h->sh_info,
		.sh_addralign = (Elf32_Word)h->sh_addralign,
		.sh_entsize = (Elf32_Word)h->sh_entsize,
	};
	bool is_64 = gelf_getclass(o->elf) == ELFCLASS64;
	size_t size = is_64 ? sizeof(*h) : sizeof(small);
	Elf_Data from = { .d_buf = is_64 ? (void *)h : (void *)&small,
			  .d_type = ELF_T_SHDR,
			  .d_size = size,
			  .d_version = EV_CURRENT };
	Elf_Data to = from;

	to.d_buf = out;
	return gelf_xlatetof(o->elf, &to, &from, o->header.e_ident[EI_DATA]) ? 0
									     : -EBADMSG;
}

/* Copy the ELF header, with the new offset of the section headers. */
static int put_elf_header(const struct object *o, const struct layout *l, char *out)
{
	size_t size = gelf_fsize(o->elf, ELF_T_EHDR, 1, EV_CURRENT);
	bool is_64 = gelf_getclass(o->elf) == ELFCLASS64;
	bool big = o->header.e_ident[EI_DATA] == ELFDATA2MSB;
	size_t at = is_64 ? offsetof(Elf64_Ehdr, e_shoff) : offsetof(Elf32_Ehdr, e_shoff);
	size_t width = is_64 ? 8 : 4;
	ssize_t n = io_pread_full(o->fd, out, size, 0);

	if (n < 0 || (size_t)n < size)
		return n < 0 ? (int)n : -EBADMSG;
	for (size_t i = 0; i < width; i++)
		out[at + (big ? width - 1 - i : i)] = (char)(l->end >> 8 * i);
	return 0;
}

static int write_object(const struct object *o, const struct layout *l, char *out)
{
	size_t header_size = gelf_fsize(o->elf, ELF_T_SHDR, 1, EV_CURRENT);
	int err = put_elf_header(o, l, out);

	for (size_t i = 0; !err && i < o->nr; i++) {
		GElf_Shdr from = l->headers[i];

		from.sh_offset = l->sources[i];
		if (from.sh_type != SHT_NULL && from.sh_type != SHT_NOBITS)
			err = read_section(o, &from, out + l->headers[i].sh_offset);
		if (!err)
			err = put_header(o, l, i, out + l->end + i * header_size);
	}
	return err;
}

int kofile_strip(int fd, void **data, size_t *size)
{
	_cleanup_(layout_release) struct layout layout = { 0 };
	_cleanup_(object_release) struct object o;
	_cleanup_free_ char *out = NULL;
	size_t total;
	int err = object_init(&o, fd);

	*data = NULL;
	*size = 0;
	if (!err)
		err = make_layout(&o, &layout);
	if (err || !layout.changed)
		return err;
	total = layout.end + o.nr * gelf_fsize(o.elf, ELF_T_SHDR, 1, EV_CURRENT);
	out = xcalloc(total, 1);
	err = write_object(&o, &layout, out);
	if (err)
		return err;
	*data = TAKE_PTR(out);
	*size = total;
	return 0;
}

int kofile_read(int fd, void **data, size_t *size)
{
	_cleanup_free_ char *out = NULL;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > KOFILE_SIZE_MAX)
		return -EFBIG;
	out = xmalloc((size_t)st.st_size);
	n = io_pread_full(fd, out, (size_t)st.st_size, 0);
	if (n < 0)
		return (int)n;
	*size = (size_t)n;
	*data = TAKE_PTR(out);
	return 0;
}

bool kofile_is_signed(int fd)
{
	/* the kernel's include/linux/module_signature.h */
	static const char marker[] = "~Module signature appended~\n";
	char end[sizeof(marker) - 1];
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof(end))
		return false;
	return io_pread_full(fd, end, sizeof(end), st.st_size - (off_t)sizeof(end)) ==
		       sizeof(end) &&
	       memcmp(end, marker, sizeof(end)) == 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads ELF files with libelf. The file is read, not mapped: if it shrinks meanwhile,
 * that is an error, not a SIGBUS. Section headers are ignored, because the dynamic linker
 * does not need them either, and `strip` may remove them.
 */
#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <json-c/json.h>
#include <libelf.h>
#include <sys/stat.h>
#include <unistd.h>

#include "closure/elffile.h"
#include "lib/io.h"

#define MAX_SEGMENTS 1024
#define MAX_DYNAMIC  65536
#define MAX_STRINGS  (16 << 20)
#define MAX_NOTES    (1 << 20)
#define MAX_INTERP   4096

#ifndef NT_FDO_DLOPEN_METADATA
#define NT_FDO_DLOPEN_METADATA 0x407c0c0a
#endif

/* The parts of the file that are needed to find other parts by their address. */
struct reader {
	Elf *elf;
	uint64_t file_size;
	GElf_Phdr *segments;
	size_t nr_segments;
};

static void release_reader(struct reader *r)
{
	elf_end(r->elf);
	free(r->segments);
}

void elf_file_release(struct elf_file *elf)
{
	free(elf->interp);
	free(elf->soname);
	free(elf->rpath);
	free(elf->runpath);
	strvec_release(&elf->needed);
	strvec_release(&elf->auxiliary);
	for (size_t i = 0; i < elf->nr_dlopen; i++)
		strvec_release(&elf->dlopen[i].sonames);
	free(elf->dlopen);
	*elf = (struct elf_file){ 0 };
}

/*
 * @size bytes at @offset in the form of memory, owned by r->elf; NULL if they are not in
 * the file.
 */
static const Elf_Data *chunk(const struct reader *r, uint64_t offset, uint64_t size,
			     Elf_Type type)
{
	if (!size || offset > r->file_size || size > r->file_size - offset)
		return NULL;
	return elf_getdata_rawchunk(r->elf, (int64_t)offset, size, type);
}

/*
 * Finds where the byte at address @addr is in the file, and how many bytes follow in its
 * segment.
 */
static bool address_to_offset(const struct reader *r, uint64_t addr, uint64_t *offset,
			      uint64_t *avail)
{
	for (size_t i = 0; i < r->nr_segments; i++) {
		const GElf_Phdr *ph = &r->segments[i];

		if (ph->p_type != PT_LOAD || addr < ph->p_vaddr ||
		    addr - ph->p_vaddr >= ph->p_filesz)
			continue;
		*avail = ph->p_filesz - (addr - ph->p_vaddr);
		return !__builtin_add_overflow(ph->p_offset, addr - ph->p_vaddr, offset);
	}
	return false;
}

static int read_segments(struct reader *r, const GElf_Ehdr *header)
{
	size_t nr;

	if (elf_getphdrnum(r->elf, &nr) < 0 || nr > MAX_SEGMENTS)
		return -EBADMSG;
	/* libelf only counts the entries of a truncated table that are in the file */
	if (header->e_phnum != PN_XNUM && header->e_phnum != nr)
		return -EBADMSG;
	r->segments = xcalloc(nr, sizeof(*r->segments));
	for (size_t i = 0; i < nr; i++)
		if (!gelf_getphdr(r->elf, (int)i, &r->segments[i]))
			return -EBADMSG;
	r->nr_segments = nr;
	return 0;
}

static int read_interp(const struct reader *r, const GElf_Phdr *ph, struct elf_file *elf)
{
	const Elf_Data *data;

	if (ph->p_filesz > MAX_INTERP || elf->interp)
		return -EBADMSG;
	data = chunk(r, ph->p_offset, ph->p_filesz, ELF_T_BYTE);
	if (!data)
		return -EBADMSG;
	elf->interp = xstrndup(data->d_buf, data->d_size);
	return 0;
}

int elf_parse_dlopen_note(struct elf_file *elf, const char *json, size_t size)
{
	/* depth 8: the format has three levels */
	struct json_tokener *tokener = json_tokener_new_ex(8);
	struct json_object *root = json_tokener_parse_ex(tokener, json, (int)size);
	size_t alloc = elf->nr_dlopen;
	int err = 0;

	json_tokener_free(tokener);
	if (!root || !json_object_is_type(root, json_type_array))
		err = -EBADMSG;
	for (size_t i = 0; !err && i < json_object_array_length(root); i++) {
		struct json_object *item = json_object_array_get_idx(root, i), *names,
				   *value;
		struct elf_dlopen entry = { 0 };
		const char *priority = "recommended";

		if (!json_object_object_get_ex(item, "soname", &names) ||
		    !json_object_is_type(names, json_type_array))
			continue;
		if (json_object_object_get_ex(item, "priority", &value))
			priority = json_object_get_string(value);
		if (!priority || streq(priority, "suggested"))
			continue;
		entry.required = streq(priority, "required");
		for (size_t j = 0; j < json_object_array_length(names); j++) {
			const char *name = json_object_get_string(
				json_object_array_get_idx(names, j));

			if (name && *name)
				strvec_push(&entry.sonames, name);
		}
		ALLOC_GROW(elf->dlopen, elf->nr_dlopen, alloc);
		elf->dlopen[elf->nr_dlopen++] = entry;
	}
	json_object_put(root);
	return err;
}

/*
 * An invalid note only loses its hints: the dynamic linker does not read it, so the file
 * is as good as one without it.
 */
static void read_notes(const struct reader *r, const GElf_Phdr *ph, struct elf_file *elf)
{
	const Elf_Data *const_data;
	Elf_Data data;
	size_t offset = 0, name_offset, desc_offset;
	GElf_Nhdr note;

	if (ph->p_filesz > MAX_NOTES)
		return;
	const_data = chunk(r, ph->p_offset, ph->p_filesz,
			   ph->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
	if (!const_data)
		return;
	data = *const_data;
	while ((offset =
			gelf_getnote(&data, offset, &note, &name_offset, &desc_offset))) {
		const char *base = data.d_buf;

		if (note.n_type != NT_FDO_DLOPEN_METADATA || note.n_namesz != 4 ||
		    memcmp(base + name_offset, "FDO", 4) != 0)
			continue;
		elf_parse_dlopen_note(elf, base + desc_offset,
				      strnlen(base + desc_offset, note.n_descsz));
	}
}

/*
 * The string table, as far as it is in the file. Each string is checked to end with a
 * NUL.
 */
struct strings {
	const char *text;
	size_t size;
};

static int get_string(const struct strings *strings, uint64_t offset, const char **text)
{
	if (offset >= strings->size ||
	    !memchr(strings->text + offset, '\0', strings->size - offset))
		return -EBADMSG;
	*text = strings->text + offset;
	return 0;
}

static int find_strings(const struct reader *r, const Elf_Data *dynamic, size_t nr,
			struct strings *strings)
{
	uint64_t addr = 0, size = 0, offset, avail;
	const Elf_Data *data;
	GElf_Dyn dyn;

	for (size_t i = 0; i < nr; i++) {
		if (!gelf_getdyn((Elf_Data *)dynamic, (int)i, &dyn) ||
		    dyn.d_tag == DT_NULL)
			break;
		if (dyn.d_tag == DT_STRTAB)
			addr = dyn.d_un.d_ptr;
		else if (dyn.d_tag == DT_STRSZ)
			size = dyn.d_un.d_val;
	}
	if (!size || size > MAX_STRINGS || !address_to_offset(r, addr, &offset, &avail))
		return -EBADMSG;
	if (size > avail)
		return -EBADMSG;
	data = chunk(r, offset, size, ELF_T_BYTE);
	if (!data)
		return -EBADMSG;
	*strings = (struct strings){ .text = data->d_buf, .size = data->d_size };
	return 0;
}

/* For a thread that one of these functions ends, glibc loads libgcc_s.so.1 itself. */
static bool names_unwinder_user(const struct strings *strings)
{
	static const char *const names[] = { "pthread_cancel", "pthread_exit" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (memmem(strings->text, strings->size, names[i], strlen(names[i]) + 1))
			return true;
	return false;
}

static int take_dynamic(struct elf_file *elf, const GElf_Dyn *dyn,
			const struct strings *strings)
{
	const char *text;

	switch (dyn->d_tag) {
	case DT_NEEDED:
	case DT_FILTER:
	case DT_AUXILIARY:
	case DT_SONAME:
	case DT_RPATH:
	case DT_RUNPATH:
		break;
	default:
		return 0;
	}
	if (get_string(strings, dyn->d_un.d_val, &text))
		return -EBADMSG;
	if (dyn->d_tag == DT_SONAME || dyn->d_tag == DT_RPATH ||
	    dyn->d_tag == DT_RUNPATH) {
		char **field = dyn->d_tag == DT_SONAME	? &elf->soname
			       : dyn->d_tag == DT_RPATH ? &elf->rpath
							: &elf->runpath;

		free(*field);
		*field = xstrdup(text);
	} else if (!*text) {
		return -EBADMSG;
	} else {
		strvec_push(dyn->d_tag == DT_AUXILIARY ? &elf->auxiliary : &elf->needed,
			    text);
	}
	return 0;
}

static int read_dynamic(const struct reader *r, const GElf_Phdr *ph, struct elf_file *elf)
{
	size_t entry = gelf_fsize(r->elf, ELF_T_DYN, 1, EV_CURRENT);
	size_t nr = entry ? ph->p_filesz / entry : 0;
	struct strings strings;
	const Elf_Data *data;
	GElf_Dyn dyn;

	if (!nr || nr > MAX_DYNAMIC)
		return -EBADMSG;
	data = chunk(r, ph->p_offset, nr * entry, ELF_T_DYN);
	if (!data || find_strings(r, data, nr, &strings))
		return -EBADMSG;
	elf->dynamic = true;
	elf->wants_unwinder = names_unwinder_user(&strings);
	for (size_t i = 0; i < nr; i++) {
		if (!gelf_getdyn((Elf_Data *)data, (int)i, &dyn) || dyn.d_tag == DT_NULL)
			break;
		if (take_dynamic(elf, &dyn, &strings))
			return -EBADMSG;
	}
	return 0;
}

static int read_all(struct reader *r, struct elf_file *elf)
{
	GElf_Ehdr header;
	int err;

	if (!gelf_getehdr(r->elf, &header))
		return -EBADMSG;
	elf->class = gelf_getclass(r->elf);
	elf->machine = header.e_machine;
	err = read_segments(r, &header);
	for (size_t i = 0; !err && i < r->nr_segments; i++) {
		const GElf_Phdr *ph = &r->segments[i];

		if (ph->p_type == PT_INTERP)
			err = read_interp(r, ph, elf);
		else if (ph->p_type == PT_DYNAMIC)
			err = read_dynamic(r, ph, elf);
		else if (ph->p_type == PT_NOTE)
			read_notes(r, ph, elf);
	}
	return err;
}

/* 1 if the file begins like an ELF file, 0 if not, or -errno. */
static int has_magic(int fd)
{
	char magic[SELFMAG];
	ssize_t n = io_pread_full(fd, magic, sizeof(magic), 0);

	if (n < 0)
		return (int)n;
	return n == sizeof(magic) && memcmp(magic, ELFMAG, SELFMAG) == 0;
}

int elf_file_read(struct elf_file *elf, int fd)
{
	_cleanup_(release_reader) struct reader r = { 0 };
	int magic = has_magic(fd), err;
	struct stat st;

	*elf = (struct elf_file){ 0 };
	if (magic <= 0)
		return magic ? magic : -ENOEXEC;
	if (fstat(fd, &st) < 0)
		return -errno;
	r.file_size = (uint64_t)st.st_size;
	elf_version(EV_CURRENT);
	r.elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!r.elf || elf_kind(r.elf) != ELF_K_ELF)
		return -EBADMSG;
	err = read_all(&r, elf);
	if (err)
		elf_file_release(elf);
	return err;
}

bool elf_file_compatible(const struct elf_file *elf, int fd)
{
	unsigned char h[EI_NIDENT + 4];
	int machine;

	if (io_pread_full(fd, h, sizeof(h), 0) != sizeof(h) ||
	    memcmp(h, ELFMAG, SELFMAG) != 0)
		return false;
	/* e_type, then e_machine, in the file's byte order */
	machine = h[EI_DATA] == ELFDATA2MSB ? h[EI_NIDENT + 2] << 8 | h[EI_NIDENT + 3]
					    : h[EI_NIDENT + 3] << 8 | h[EI_NIDENT + 2];
	return h[EI_CLASS] == elf->class && machine == elf->machine;
}

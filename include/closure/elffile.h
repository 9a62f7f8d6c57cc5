/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an ELF file requires from the dynamic linker. Sources: elf(5), the chapter
 * "Program Loading and Dynamic Linking" of the System V ABI, and for .note.dlopen
 * systemd's ELF_DLOPEN_METADATA.
 */
#ifndef RAPIDO_ELFFILE_H
#define RAPIDO_ELFFILE_H

#include "lib/str.h"

/* One entry of a .note.dlopen section: any one of its libraries is enough. */
struct elf_dlopen {
	bool required; /* else recommended; suggested ones are left out */
	struct strvec sonames;
};

struct elf_file {
	int class;		 /* ELFCLASS32 or ELFCLASS64 */
	int machine;		 /* EM_X86_64, ... */
	bool dynamic;		 /* has a dynamic section */
	bool wants_unwinder;	 /* may call pthread_exit(3) or the like, for which glibc
				    loads libgcc_s */
	char *interp;		 /* PT_INTERP, or NULL */
	char *soname;		 /* DT_SONAME, or NULL */
	char *rpath;		 /* DT_RPATH, colon-separated, unchanged; or NULL */
	char *runpath;		 /* DT_RUNPATH; if it is set, ignore DT_RPATH */
	struct strvec needed;	 /* DT_NEEDED and DT_FILTER */
	struct strvec auxiliary; /* DT_AUXILIARY: used if they exist */
	struct elf_dlopen *dlopen;
	size_t nr_dlopen;
};

/*
 * Read @elf from @fd. 0; -ENOEXEC if it is not an ELF file at all; -EBADMSG if it begins
 * like one but is truncated or invalid; another -errno if it cannot be read. After an
 * error there is nothing to release. Nothing in the file is trusted: tables of more than
 * 64 KiB entries, string tables above 16 MiB and notes above 1 MiB are invalid.
 */
int elf_file_read(struct elf_file *elf, int fd);
void elf_file_release(struct elf_file *elf);

/*
 * Whether the file @fd has the class and machine of @elf, as ld.so requires for a
 * library.
 */
bool elf_file_compatible(const struct elf_file *elf, int fd);

/*
 * Parse the JSON text of a note, an array of objects with "soname" (an array of strings)
 * and "priority", and append its entries to @elf. 0 or -EBADMSG.
 */
int elf_parse_dlopen_note(struct elf_file *elf, const char *json, size_t size);

#endif

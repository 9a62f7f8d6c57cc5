/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an ELF file asks of the dynamic linker. Sources: elf(5), the System V ABI's
 * chapter "Program Loading and Dynamic Linking", and for .note.dlopen systemd's
 * ELF_DLOPEN_METADATA.
 */
#ifndef RAPIDO_ELFFILE_H
#define RAPIDO_ELFFILE_H

#include "lib/str.h"

/* One entry of a .note.dlopen section: any one of the libraries will do. */
struct elf_dlopen {
	bool required; /* else recommended; those merely suggested are left out */
	struct strvec sonames;
};

struct elf_file {
	int class;	     /* ELFCLASS32 or ELFCLASS64 */
	int machine;	     /* EM_X86_64, ... */
	bool dynamic;	     /* has a dynamic section */
	bool wants_unwinder; /* may call pthread_exit(3) or the like: glibc loads libgcc_s
			      */
	char *interp;	     /* PT_INTERP, or NULL */
	char *soname;	     /* DT_SONAME, or NULL */
	char *rpath;	     /* DT_RPATH, colon-separated, as it stands; or NULL */
	char *runpath;	     /* DT_RUNPATH; DT_RPATH is to be ignored where this is set */
	struct strvec needed;	 /* DT_NEEDED and DT_FILTER */
	struct strvec auxiliary; /* DT_AUXILIARY: taken if they are there */
	struct elf_dlopen *dlopen;
	size_t nr_dlopen;
};

/*
 * Read from @fd. 0; -ENOEXEC when it is no ELF file at all; -EBADMSG when it begins like
 * one but is cut short or makes no sense; another -errno when it cannot be read. After an
 * error there is nothing to release. Nothing in the file is trusted: tables above 64 KiB
 * entries, string tables above 16 MiB and notes above 1 MiB are malformed.
 */
int elf_file_read(struct elf_file *elf, int fd);
void elf_file_release(struct elf_file *elf);

/* Whether the file @fd has @elf's class and machine, as ld.so demands of a library. */
bool elf_file_compatible(const struct elf_file *elf, int fd);

/*
 * Parse the JSON text of one note: an array of objects with "soname" (array of strings)
 * and "priority". Entries are appended to @elf. 0 or -EBADMSG.
 */
int elf_parse_dlopen_note(struct elf_file *elf, const char *json, size_t size);

#endif

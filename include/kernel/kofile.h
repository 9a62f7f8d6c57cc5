/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel module files: relocatable ELF objects whose .modinfo section describes the
 * module in "key=value" strings (the kernel's include/linux/moduleparam.h, scripts/mod/).
 */
#ifndef RAPIDO_KOFILE_H
#define RAPIDO_KOFILE_H

#include "lib/str.h"

/*
 * The length of the suffix of a module file @path: ".ko", or, if it is compressed,
 * ".ko.gz", ".ko.xz" or ".ko.zst" (see the kernel's scripts/Makefile.modinst); 0 for
 * other names.
 */
size_t kofile_suffix(const char *path);

/*
 * Open the module @path for reading. A compressed one, by its name, is unpacked into
 * memory. A descriptor or -errno: -EBADMSG if it cannot be unpacked, -EFBIG if that would
 * be more than KOFILE_SIZE_MAX.
 */
int kofile_open(const char *path);
bool kofile_is_packed(const char *path);

/*
 * Read the .modinfo section of the module @fd: @size bytes at @info, on the heap, in
 * which each string ends with a NUL byte. 0; -ENOEXEC if the file is not ELF; -EBADMSG if
 * it is truncated or malformed or has no such section, or if the section has more than 16
 * MiB or the file more than 65,536 sections; another -errno.
 */
int kofile_read_info(int fd, char **info, size_t *size);

/*
 * Whether the module @fd has a section of the name @name that is not empty. 1 or 0, or an
 * error as of kofile_read_info().
 */
int kofile_has_section(int fd, const char *name);

/* The string after @info in such a section that has the key @key; its value, or NULL. */
struct kofile_cursor {
	const char *pos, *end;
};
const char *kofile_next_value(struct kofile_cursor *cursor, const char *key);

/*
 * A copy of the module @fd without its debug sections (.debug_* and their relocations):
 * @data gets @size bytes, on the heap. The sections that the kernel reads are kept, also
 * BTF and the symbol table, and no section changes its number; see elf(5). A signature at
 * the end of the file (the kernel's Documentation/admin-guide/module-signing.rst) would
 * not be valid any more and is dropped.
 *
 * 0, with NULL in @data if there is nothing to drop; errors as of kofile_read_info().
 */
int kofile_strip(int fd, void **data, size_t *size);

/* A module has some megabytes, with debug sections some hundreds. */
#define KOFILE_SIZE_MAX (1 << 30)

/* Like kofile_strip(), but a copy of the whole file; or -EFBIG. */
int kofile_read(int fd, void **data, size_t *size);

/* Whether a signature is appended to the file. */
bool kofile_is_signed(int fd);

#endif

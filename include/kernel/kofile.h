/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel module files: relocatable ELF objects whose .modinfo section says in "key=value"
 * strings what the module is (the kernel's include/linux/moduleparam.h, scripts/mod/).
 */
#ifndef RAPIDO_KOFILE_H
#define RAPIDO_KOFILE_H

#include "lib/str.h"

/*
 * The length of the suffix by which a file's name @path is known as a module's: ".ko", or
 * ".ko.gz", ".ko.xz" or ".ko.zst" for one that is compressed (see the kernel's
 * scripts/Makefile.modinst); 0 for other names.
 */
size_t kofile_suffix(const char *path);

/*
 * Open the module @path for reading; one whose name says that it is compressed is
 * unpacked into memory. A descriptor or -errno: -EBADMSG when it cannot be unpacked,
 * -EFBIG when that would be more than KOFILE_SIZE_MAX.
 */
int kofile_open(const char *path);
bool kofile_is_packed(const char *path);

/*
 * Read the .modinfo section of the module @fd: @size bytes at @info, on the heap, in
 * which NUL bytes separate and end the strings. 0; -ENOEXEC when the file is not ELF;
 * -EBADMSG when it is cut short, makes no sense or has no such section; another -errno.
 * More than 16 MiB of it, or 65,536 sections, make no sense.
 */
int kofile_read_info(int fd, char **info, size_t *size);

/* The string after @info in such a section that has the key @key; its value, or NULL. */
struct kofile_cursor {
	const char *pos, *end;
};
const char *kofile_next_value(struct kofile_cursor *cursor, const char *key);

/*
 * A copy of the module @fd without its debug sections (.debug_* and their relocations):
 * @data gets @size bytes, on the heap. What the kernel reads stays as it is, BTF and the
 * symbol table too, and no section changes its number; see elf(5). A signature that is
 * appended to the file (the kernel's Documentation/admin-guide/module-signing.rst) would
 * not fit any more and is left out.
 *
 * 0 and NULL when there is nothing to leave out; errors are those of kofile_read_info().
 */
int kofile_strip(int fd, void **data, size_t *size);

/* A module has some megabytes, with debug sections some hundreds. */
#define KOFILE_SIZE_MAX (1 << 30)

/* All of the file, as kofile_strip() would have it with nothing left out; or -EFBIG. */
int kofile_read(int fd, void **data, size_t *size);

/* Whether a signature is appended to the file. */
bool kofile_is_signed(int fd);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading and writing whole things: short counts and EINTR are dealt with here. */
#ifndef RAPIDO_IO_H
#define RAPIDO_IO_H

#include <dirent.h>
#include <sys/types.h>

#include "lib/util.h"

/* Whether @path leads to a regular file, or to a directory. */
bool io_is_file(const char *path);
bool io_is_dir(const char *path);

/*
 * Write all of it; 0 or -errno (after which some of it may have been written). Where
 * another process has made the descriptor's file non-blocking, as QEMU does with a
 * terminal, its reader is waited for all the same; one that takes nothing for ten seconds
 * gets -EAGAIN.
 */
int io_write_all(int fd, const void *data, size_t size);

/*
 * Read up to @size bytes at @offset until the end of the file; the number of bytes or
 * -errno. A count below @size means that the file ends there.
 */
ssize_t io_pread_full(int fd, void *data, size_t size, off_t offset);

/*
 * Read a whole file or stream. @data is NUL-terminated (the NUL is not counted in @size),
 * and the caller's to free. -EFBIG when it has more than @limit bytes, else 0 or -errno.
 */
int io_read_fd(int fd, size_t limit, char **data, size_t *size);
int io_read_file(int dirfd, const char *path, size_t limit, char **data, size_t *size);

/*
 * As io_read_fd(), of the regular file @path; -EISDIR or -EINVAL when it is none. For
 * what a user's directories have in them: nobody waits for the other end of a fifo.
 */
int io_read_regular(const char *path, size_t limit, char **data, size_t *size);

/*
 * Read @path, a text that the user names: a file, or a pipe such as /dev/stdin. Nobody
 * waits for the other end of a fifo. 0; else -errno, and @why is what to say about it,
 * good until the next call of err_text().
 */
int io_read_text(const char *path, size_t limit, char **text, const char **why);

/*
 * Why @path cannot even be looked at, when that is for lack of permission: the directory
 * above it that may not be searched, or @path, if a link in it leads to such a one. Heap;
 * NULL when it is there, or is not.
 */
char *io_denied(const char *path);

/* As mkdir -p: parents get mode 0777 less the umask. 0 (also when it was there) or
 * -errno. */
int io_mkdir_p(const char *path);

/* Open the directory @name in the directory @dir for closedir(3); it may not be a link.
 * NULL with errno. */
DIR *io_open_dir(int dir, const char *name);

/* The process's umask(2), which cannot be read without being set for a moment. */
mode_t io_umask(void);

/* What @name in the directory @dir takes of a disk, with all that is below it, as far as
 * that can be seen. Links are not followed. */
uint64_t io_tree_bytes(int dir, const char *name);

/* Remove @name in the directory @dir with all that is below it, as far as that can be
 * done. Links in it are removed, not followed. */
void io_remove_tree(int dir, const char *name);

#endif

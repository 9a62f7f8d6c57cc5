/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and writes whole files and buffers: short counts and EINTR are handled here. */
#ifndef RAPIDO_IO_H
#define RAPIDO_IO_H

#include <dirent.h>
#include <sys/types.h>

#include "lib/util.h"

/* Whether @path leads to a regular file, or to a directory. */
bool io_is_file(const char *path);
bool io_is_dir(const char *path);

/*
 * Write all of @data. 0 or -errno, after which some of it may have been written. If
 * another process has made the file non-blocking, as that of a VM does with a terminal,
 * wait for its reader all the same; -EAGAIN if the reader accepts nothing for ten
 * seconds.
 */
int io_write_all(int fd, const void *data, size_t size);

/*
 * Read up to @size bytes at @offset. Returns the number of bytes or -errno; less than
 * @size means that the file ends there.
 */
ssize_t io_pread_full(int fd, void *data, size_t size, off_t offset);

/*
 * Read a whole file or stream. @data is NUL-terminated (@size does not count the NUL),
 * and the caller frees it. 0 or -errno: -EFBIG if there are more than @limit bytes.
 */
int io_read_fd(int fd, size_t limit, char **data, size_t *size);
int io_read_file(int dirfd, const char *path, size_t limit, char **data, size_t *size);

/*
 * Do the same for the regular file @path, without waiting for the other end of a fifo:
 * for files in a user's directories. -EISDIR or -EINVAL if it is not a regular file.
 */
int io_read_regular(const char *path, size_t limit, char **data, size_t *size);

/*
 * Read the text @path, which the user names: a file, or a pipe such as /dev/stdin. Does
 * not wait for the other end of a fifo. 0; else -errno, and @why is the reason in words,
 * valid until the next call of err_text().
 */
int io_read_text(const char *path, size_t limit, char **text, const char **why);

/*
 * If @path cannot be examined for lack of permission: the directory above it that may not
 * be searched, or @path itself if a symbolic link in it leads to such a directory. Heap.
 * NULL if @path exists, or if it certainly does not.
 */
char *io_denied(const char *path);

/*
 * Make a directory and its parents with mode 0777 less the umask, like mkdir -p. 0, also
 * if it exists, or -errno.
 */
int io_mkdir_p(const char *path);

/*
 * Open the directory @name in the directory @dir for closedir(3). A symbolic link is
 * refused. NULL with errno on failure.
 */
DIR *io_open_dir(int dir, const char *name);

/* The process's umask(2). Reading it sets it for a moment. */
mode_t io_umask(void);

/*
 * The disk space in bytes that @name in the directory @dir occupies with everything below
 * it, as far as that is readable. Symbolic links are not followed.
 */
uint64_t io_tree_bytes(int dir, const char *name);

/*
 * Remove @name in the directory @dir with everything below it, as far as possible.
 * Symbolic links in it are removed, not followed.
 */
void io_remove_tree(int dir, const char *name);

#endif

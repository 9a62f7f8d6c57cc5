/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a file can be trusted: nobody but root and the caller may have written it, or
 * can replace it before it is read.
 */
#ifndef RAPIDO_TRUST_H
#define RAPIDO_TRUST_H

#include "lib/caller.h"

/* How many levels trust_check_tree() descends, and how many entries it looks at. */
#define TRUST_DEPTH_MAX	  3
#define TRUST_ENTRIES_MAX 10000

/*
 * Check the regular file or directory @path (relative: to the current directory). It,
 * every directory on the way to it and every symbolic link that is followed must belong
 * to root or to @caller, and no other user may be able to write them. A group may write
 * them if it is root's or the caller's private one (of the same name), no other user is
 * in it, and no ACL names others. A directory on the way may have the sticky bit, as
 * /tmp has.
 *
 * 0; -ENOENT without a message if it does not exist and no other user can create it;
 * -EPERM or another -errno after a message that says which file is not trusted, who can
 * write it, and how to mend it. @hint is what else the caller can do, for the end of that
 * message ("or name it"), or NULL.
 */
int trust_check_file(const struct caller *caller, const char *path, const char *hint);

/*
 * The same for the file @name in the current directory, and for that directory, which may
 * have the sticky bit. The directories above it do not matter: the current directory is
 * not looked up again.
 */
int trust_check_here(const struct caller *caller, const char *name, const char *hint);

/*
 * The same for the directory @dir, which may not have the sticky bit, and for everything
 * in it, TRUST_DEPTH_MAX levels down. The caller must read neither what is deeper nor
 * names that begin with a dot, which are skipped. A symbolic link is checked as the file
 * it points to; if that does not exist, it is skipped. Also -ENOTDIR (@dir), -E2BIG (more
 * than TRUST_ENTRIES_MAX entries) and -EINVAL (a special file), after a message.
 */
int trust_check_tree(const struct caller *caller, const char *dir);

#endif

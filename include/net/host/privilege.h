/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command that runs as root owes to the one who called it: an environment that
 * decides nothing, and files that nobody else could have written.
 */
#ifndef RAPIDO_PRIVILEGE_H
#define RAPIDO_PRIVILEGE_H

#include "lib/util.h"

/* How deep privilege_check_tree() looks, and at how many entries at most. */
#define PRIVILEGE_DEPTH_MAX   3
#define PRIVILEGE_ENTRIES_MAX 10000

/* The user who called: the one that root's files are read and devices are made for. */
struct privilege {
	uid_t uid;
	gid_t gid; /* the one of the password file */
	char *name;
	char *home; /* absolute; "/" for a user without one */
	/* what else the caller can do about a file that is not trusted, for messages:
	   "or name it"; NULL: nothing. Not freed. */
	const char *hint;
};

/*
 * Begin the command @command, whose arguments are @argv from the second on: who calls is
 * found out from SUDO_UID, DOAS_USER or PKEXEC_UID (see sudo(8), doas(1), pkexec(1)),
 * else it is root himself. Then the environment is emptied but for RAPIDO_CONF and
 * RAPIDO_DIR, and gets PATH (the system's directories), LC_ALL=C and HOME (the caller's);
 * the umask becomes 022. 0; -EPERM after a message when we are not root, or only because
 * the program is set-user-ID; -EINVAL after a message when the variable names nobody.
 * privilege_release() either way.
 */
int privilege_init(struct privilege *privilege, const char *command, int argc,
		   char **argv);
void privilege_release(struct privilege *privilege);

/*
 * Who calls any other command: the user himself, and of root the one for whom sudo(8) and
 * its kin have made us root; root if the variable names nobody. Nothing else is done.
 * privilege_release() afterwards.
 */
void privilege_of_caller(struct privilege *privilege);

/*
 * Be the caller when his files are read: what he could not read himself, and has links
 * to, would get into our messages. It is the effective user and groups that change, and
 * nothing when he is root or we are not. 0, or -errno after a message, and then nothing
 * has changed. privilege_resume() makes us root again, without root's supplementary
 * groups; 0, or -errno after a message.
 */
int privilege_assume(const struct privilege *privilege);
int privilege_resume(void);

/*
 * Whether the regular file or directory @path (relative: to the current directory) can be
 * trusted: it, every directory on the way to it and every symbolic link that is followed
 * belong to root or to the caller, and nobody else can write them. A group may only if it
 * is root's or the caller's private one (of the same name), no other user is in it, and
 * no ACL names others. A directory on the way may be like /tmp, with the sticky bit.
 *
 * 0; -ENOENT without a message when it is not there and nobody else could put it there;
 * -EPERM or another -errno after a message that says which of them, who, and how to mend
 * it.
 */
int privilege_check_file(const struct privilege *privilege, const char *path);

/*
 * The same of the file @name of the current directory and of that directory, which is not
 * looked up again: what is above it does not matter. The directory may have the sticky
 * bit, but then not the link or file in it belong to another.
 */
int privilege_check_here(const struct privilege *privilege, const char *name);

/*
 * The same of the directory @dir, without the exception for the sticky bit, and of all
 * that is in it, PRIVILEGE_DEPTH_MAX levels down; what is below that must not be read.
 * Names that begin with a dot are passed over, and must not be read, either. Symbolic
 * links in it are checked as what they point to; one to nothing is fine. Only regular
 * files and directories may be there. Results as above, and -ENOTDIR, -E2BIG, -EINVAL (a
 * special file).
 */
int privilege_check_tree(const struct privilege *privilege, const char *dir);

#endif

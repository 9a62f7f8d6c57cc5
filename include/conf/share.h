/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line wants of this host's files in a VM. */
#ifndef RAPIDO_SHARE_H
#define RAPIDO_SHARE_H

#include "conf/conf.h"
#include "lib/util.h"

/* Each is a device of the VM. */
#define SHARES_MAX 8

/* A directory that the VM sees. */
struct share {
	char *dir;  /* on this host: absolute, without links; heap */
	char *path; /* in the VM: absolute and clean; heap */
	bool writable;
};

/* The user whom the VM's shell is for, in a VM with this host's root. */
struct share_user {
	/* "UID:GID:GID,GID:NAME", the groups in the middle, for the guest; NULL: root */
	char *ids;
	char *home; /* absolute; or NULL */
};

struct share_args {
	struct share *v; /* a directory stands before those below it */
	size_t nr, alloc;
	const char *root; /* --root: "host" or NULL */
	const char *user; /* --user: a name, or NULL */
};

void share_args_release(struct share_args *args);

/*
 * Add "DIR[:PATH][:rw]". A DIR whose name has ":/" in it is given with a PATH, and one
 * that ends in ":rw" with ":ro" behind it. PATH is absolute; without one, the VM has the
 * directory where this host has it. 0, or -EINVAL after a message.
 */
int share_args_add(struct share_args *args, const char *text);

/* Whether the VM needs a way to this host's directories. */
static inline bool share_args_any(const struct share_args *args)
{
	return args->nr || args->root;
}

/*
 * The program virtiofsd, by the setting VIRTIOFSD or where distributions have it. Heap;
 * NULL, and in *@why the reason (static text), if it is not there, or could not be
 * confined to what it is to serve.
 */
char *share_virtiofsd(const struct conf *conf, const char **why);

/* Check them against each other, when all are known. 0, or -EINVAL after a message. */
int share_args_check(const struct share_args *args);

/*
 * Find the user @name of this host (NULL: root, with the home of whoever calls us). 0, or
 * -ENOENT after a message. Call share_user_release() in either case.
 */
int share_user_find(struct share_user *user, const char *name);
void share_user_release(struct share_user *user);

#endif

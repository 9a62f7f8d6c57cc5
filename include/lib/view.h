/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A view: the file tree that a child process has in place of this host's, so that it
 * cannot reach anything else. Requires Linux 5.12, and root or user namespaces that
 * everybody may make.
 */
#ifndef RAPIDO_VIEW_H
#define RAPIDO_VIEW_H

#include "lib/str.h"

struct view_part {
	char *source;  /* on this host, absolute; of a link: its target; NULL: nothing,
			  an empty directory */
	char *target;  /* in the view, without a slash before it */
	bool writable; /* else nothing in it can be changed */
	bool is_link;
};

struct view {
	struct view_part *v;
	size_t nr, alloc;
	/* bytes of the memory that what is made in the view itself may take, in /tmp and
	   elsewhere; it is gone when the processes are */
	uint64_t room;
	/* to the child, its user is root; otherwise it is who it was */
	bool as_root;
};

void view_release(struct view *view);

/*
 * Have @source, and what is mounted below it, at @target. Where procfs is mounted, there
 * is nothing: its links such as "1/root" lead to what is not in the view.
 */
void view_add(struct view *view, const char *source, const char *target, bool writable);

/* Have the directories of this host's libraries where they are. */
void view_add_libraries(struct view *view);

/* Whether a child could have a view here: 0 or -errno. */
int view_check(void);

/*
 * For a child that is about to execute a program: from now on see nothing but the parts
 * of @view, /tmp, a few devices, and of /proc what is about this process. Descriptors
 * stay open, and their files are reached by /proc/self/fd. 0 or -errno.
 */
int view_enter(const struct view *view);

#endif

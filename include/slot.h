/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VM numbers. The file rapido_vmN.pid of a directory that all VMs share stands for number
 * N. Who has it locked (flock(2)) has the number; QEMU inherits the lock, so that the
 * number stays taken for as long as its VM lives, whatever becomes of rapido. What is in
 * the file is for people and other programs; a stale or damaged one does no harm.
 */
#ifndef RAPIDO_SLOT_H
#define RAPIDO_SLOT_H

#include "util.h"

#define SLOT_MAX 999

struct slot {
	unsigned int number; /* 1 to SLOT_MAX */
	int fd;		     /* holds the lock; to be inherited by QEMU */
	char *path;
};

/*
 * Take the lowest free number in @dir, which is made if it is not there. 0, or -errno
 * after a message: -EBUSY when all are taken.
 */
int slot_take(struct slot *slot, const char *dir);

/* Write @pid into the file's first line. 0 or -errno. */
int slot_set_pid(const struct slot *slot, pid_t pid);

/* Give the number back: the file is removed. */
void slot_release(struct slot *slot);

#endif

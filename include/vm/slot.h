/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VM numbers. The file rapido_vmN.pid of a directory that all VMs share stands for number
 * N. Whoever has it locked (flock(2)) has the number; the VM's process inherits the lock,
 * so that the number stays taken for as long as the VM lives, whatever becomes of rapido.
 * What is in the file is for people and other programs; a stale or damaged one does no
 * harm.
 *
 * Beside that lock there is one of the kind of fcntl(2)'s F_OFD_SETLK, which is inherited
 * in the same way. It keeps nobody out, but others can ask for it without taking it, so
 * that whoever looks which numbers are taken is never in the way of whoever takes one.
 */
#ifndef RAPIDO_SLOT_H
#define RAPIDO_SLOT_H

#include "conf/vm-number.h"
#include "lib/lockfile.h"

struct slot {
	unsigned int number;  /* 1 to VM_NUMBER_MAX */
	struct lockfile lock; /* its descriptor is to be inherited by the VM */
};

#define SLOT_INIT                     \
	{                             \
		.lock = LOCKFILE_INIT \
	}

/*
 * Take the lowest free number in @dir, which is made if it is not there. 0, or -errno
 * after a message: -EBUSY when all are taken.
 */
int slot_take(struct slot *slot, const char *dir);

/* The path of the file, and of the control socket (control.h) beside the file @path. Both
 * on the heap. */
char *slot_path(const char *dir, unsigned int number);
char *slot_socket_path(const char *path);

/* What the file says of its VM, a line each: the VM's pid alone on the first, as other
 * tools expect it, then "key value". NULL and 0 for what is not known. */
struct slot_info {
	unsigned int number;
	pid_t vm;
	pid_t rapido; /* that looks after it */
	char *test;
	char *kernel;	/* release, or path */
	char *log;	/* of the console; NULL: it is not kept */
	time_t started; /* seconds since the epoch */
	bool foreign;	/* of an older tool: the file is not locked */
};

void slot_info_release(struct slot_info *info);

/*
 * Write the file: all of @info but the number, which is the slot's, and foreign. 0 or
 * -errno. Newlines and other control characters become '?'.
 */
int slot_describe(const struct slot *slot, const struct slot_info *info);

/*
 * The VMs that are running in @dir, sorted by number: those whose file is locked, and
 * those of older tools, whose file has nothing but the pid of a VM that runs since
 * before it was written, by the same user. Nothing is changed or waited for. A file that
 * makes no sense has an entry with its number alone. 0, also when there is no @dir, or
 * -errno after a message; slot_list_free() either way.
 */
int slot_list(const char *dir, struct slot_info **list, size_t *nr);
void slot_list_free(struct slot_info *list, size_t nr);

/* Whether VM @number of @dir is running. */
bool slot_is_taken(const char *dir, unsigned int number);

/*
 * The file of VM @number if that is running, open for slot_look() and slot_signal(), and
 * what it says, which is released by the caller either way. -ENOENT when it does not run,
 * or another -errno.
 */
int slot_open(const char *dir, unsigned int number, struct slot_info *info);

/*
 * Whether the VM of slot_open() is still running, and not another one that has got its
 * number since. What has become known of it is added to @info.
 */
bool slot_look(int fd, struct slot_info *info);

/*
 * Send @signal to @pid, which is one of the two of @info, if it really is of that VM.
 * 0; -ESRCH when it is not, or is 0; -EPERM when it is another user's.
 */
int slot_signal(int fd, const struct slot_info *info, pid_t pid, int signal);

/* Give the number back: the file is removed, and the control socket beside it. */
void slot_release(struct slot *slot);

/* Remove the files of VM @number if they are there and nobody has the number. */
void slot_tidy(const char *dir, unsigned int number);

#endif

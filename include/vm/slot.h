/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VM numbers. The file rapido_vmN.pid, in a directory that all VMs share, stands for
 * number N. Whoever holds its flock(2) has the number. The VM's process inherits the
 * lock, so that the number stays taken as long as the VM lives, whatever happens to
 * rapido. The contents of the file are for people and other programs; a stale or damaged
 * file does no harm.
 *
 * A second lock, by fcntl(2)'s F_OFD_SETLK, is inherited in the same way. It keeps nobody
 * out, but can be tested without being taken: a process that looks which numbers are
 * taken never hinders one that takes a number.
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
 * Take the lowest free number in @dir, which is created if necessary. 0, or -errno after
 * a message: -EBUSY if all are taken.
 */
int slot_take(struct slot *slot, const char *dir);

/*
 * The paths of the file, and of what is beside the file @path as long as the VM runs: the
 * control socket (control.h), the socket of the kernel's port for a debugger, and the
 * kernel's log, if it is kept from the terminal. On the heap.
 */
char *slot_path(const char *dir, unsigned int number);
char *slot_socket_path(const char *path);
char *slot_debug_path(const char *path);
char *slot_log_path(const char *path);

/* What the file says about its VM, a line for each item: the first has the VM's pid and
 * nothing else, as other tools expect; the others are "key value". NULL or 0 if unknown.
 */
struct slot_info {
	unsigned int number;
	pid_t vm;
	pid_t rapido; /* that supervises it */
	char *test;
	char *kernel;	/* release, or path */
	char *log;	/* of the console; NULL: there is none */
	time_t started; /* seconds since the epoch */
	bool foreign;	/* it belongs to an older tool, which does not lock the file */
};

void slot_info_release(struct slot_info *info);

/*
 * Write the file: all of @info except the number and foreign. Newlines and other control
 * characters become '?'. 0 or -errno.
 */
int slot_describe(const struct slot *slot, const struct slot_info *info);

/*
 * The VMs that are running in @dir, sorted by number: those whose file is locked, and
 * those of older tools. The file of the latter has only the pid of a VM that belongs to
 * the same user and is not younger than the file. Changes nothing and does not wait. A
 * file that makes no sense gives an entry with only the number. 0, also if @dir does not
 * exist, or -errno after a message; slot_list_free() either way.
 */
int slot_list(const char *dir, struct slot_info **list, size_t *nr);
void slot_list_free(struct slot_info *list, size_t nr);

/*
 * Open the file of VM @number, for slot_look() and slot_signal(), and read it into @info,
 * which the caller releases either way. The descriptor, -ENOENT if the VM is not running,
 * or another -errno.
 */
int slot_open(const char *dir, unsigned int number, struct slot_info *info);

/*
 * Whether the VM of slot_open() is still running; another VM that has its number now does
 * not count. Updates @info.
 */
bool slot_look(int fd, struct slot_info *info);

/*
 * Send @signal to @pid, which is one of the two in @info, if that process really belongs
 * to the VM. 0; -ESRCH if it does not, or @pid is 0; -EPERM if it is another user's.
 */
int slot_signal(int fd, const struct slot_info *info, pid_t pid, int signal);

/*
 * Give the number back: remove the file and the sockets beside it, unless somebody else
 * removed the file, because another VM may have the number since.
 */
void slot_release(struct slot *slot);

/* Remove the files of VM @number, unless somebody has the number. */
void slot_tidy(const char *dir, unsigned int number);

#endif

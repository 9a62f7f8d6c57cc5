/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that are not our children: what /proc says about them, and sending signals to
 * them.
 */
#ifndef RAPIDO_PROC_H
#define RAPIDO_PROC_H

#include <sys/stat.h>

#include "lib/util.h"

struct proc {
	char name[64]; /* as ps(1) prints it: of the program, at most 15 bytes, escaped */
	uid_t uid;     /* its real user ID */
	time_t started; /* seconds since the epoch, accurate to a second */
};

/* 0, or -ESRCH if there is no such process, or if it has ended but is not reaped. */
int proc_read(struct proc *proc, pid_t pid);

/*
 * 1 if the process has @file open, else 0; -ESRCH if there is no such process, -EPERM if
 * it belongs to another user, who alone may know that.
 */
int proc_has_open(pid_t pid, const struct stat *file);

/*
 * Send @signal to the process @pid if @is_it(@pid, @data) returns 1. The receiver is
 * fixed before @is_it() is called, so that another process that gets the pid meanwhile is
 * not hit. 0; -ESRCH if there is no such process or it is not the one; another -errno of
 * @is_it(); or -EPERM.
 */
int proc_signal(pid_t pid, int signal, int (*is_it)(pid_t pid, const void *data),
		const void *data);

#endif

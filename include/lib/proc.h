/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that are not our children: what /proc says of them, and signals to them. */
#ifndef RAPIDO_PROC_H
#define RAPIDO_PROC_H

#include <sys/stat.h>

#include "lib/util.h"

struct proc {
	char name[64];	  /* as ps(1) has it: the program's, at most 15 bytes, escaped */
	uid_t uid;	  /* its real user */
	uint64_t handled; /* signals that it catches or has blocked; see proc_handles() */
	time_t started;	  /* seconds since the epoch, a second more or less */
};

/* 0, or -ESRCH when there is no such process, or it has ended and is not yet reaped. */
int proc_read(struct proc *proc, pid_t pid);

/* Whether @signal reaches a handler, or a signalfd(2), and does not end the process. */
bool proc_handles(const struct proc *proc, int signal);

/*
 * 1 when the process has @file open, 0 when not; -ESRCH when it is not there, -EPERM when
 * it is another user's, who alone may know that.
 */
int proc_has_open(pid_t pid, const struct stat *file);

/*
 * Send @signal with @value (sigqueue(3)) to process @pid if @is_it(@pid, @data) returns
 * 1, which is called when the receiver is already chosen: a process that gets the pid
 * meanwhile is not hit. 0, -ESRCH when it is not there or not the one, another -errno of
 * @is_it, or -EPERM.
 */
int proc_signal(pid_t pid, int signal, int value,
		int (*is_it)(pid_t pid, const void *data), const void *data);

#endif

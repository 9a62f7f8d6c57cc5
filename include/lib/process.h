/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child processes: described by a struct, started, waited for, and their end told truly.
 */
#ifndef RAPIDO_PROCESS_H
#define RAPIDO_PROCESS_H

#include "lib/str.h"

struct process {
	struct strvec argv; /* argv[0] is looked up on the PATH, unless it has a slash */
	struct strvec env;  /* NAME=VALUE, on top of our own environment */
	const char *dir;    /* to change to; NULL: stay */
	int in, out, err;   /* what becomes of 0, 1, 2; -1: as ours; the caller's */
	const int *keep;    /* other descriptors that it inherits, by the same number */
	size_t nr_keep;
	int death_signal; /* that it gets when we die; 0: none */
	bool own_group;	  /* it does not get the signals of our terminal */
	pid_t pid;	  /* 0: not running */
};

#define PROCESS_INIT                           \
	{                                      \
		.in = -1, .out = -1, .err = -1 \
	}

/* Frees the argv and env; a child that still runs is killed and reaped. */
void process_release(struct process *process);

/* Start it. 0, or -errno: also when the program could not be executed (-ENOENT, ...). */
int process_start(struct process *process);

/*
 * Wait for its end: its exit status, or 128 plus the number of the signal that killed it.
 * With @timeout_ms >= 0 no longer than that, then -ETIMEDOUT.
 */
int process_wait(struct process *process, int timeout_ms);

/* The program @name as execvp(3) would find it, and below /usr/sbin and /sbin. Heap or
 * NULL. */
char *process_find(const char *name);

#endif

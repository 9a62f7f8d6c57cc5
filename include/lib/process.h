/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Child processes: described by a struct, started, waited for, and their end reported as
 * it was.
 */
#ifndef RAPIDO_PROCESS_H
#define RAPIDO_PROCESS_H

#include "lib/str.h"
#include "lib/view.h"

struct process {
	struct strvec argv; /* argv[0] is searched on the PATH, unless it has a slash */
	const char *title;  /* what it gets as argv[0] instead; NULL: argv[0] */
	struct strvec env;  /* NAME=VALUE, in addition to our own environment */
	const char *dir;    /* its working directory; NULL: ours */
	/* all that it sees of this host's files, argv[0] included; NULL: what we see */
	const struct view *view;
	int in, out, err; /* its descriptors 0, 1, 2; -1: the same as ours; owned by the
			     caller */
	const int *keep;  /* other descriptors that it inherits, with the same numbers */
	size_t nr_keep;
	int death_signal; /* the signal that it gets when we die; 0: none */
	bool own_group;	  /* it gets no signals from our terminal */
	bool own_session; /* it has no terminal at all, to ask for a password for instance
			   */
	bool kill_group;  /* when it has ended, the rest of its process group is killed */
	bool no_core;	  /* it leaves no core file */
	pid_t pid;	  /* 0: not running */
};

#define PROCESS_INIT                           \
	{                                      \
		.in = -1, .out = -1, .err = -1 \
	}

/* Free argv and env; kill and reap a child that still runs. */
void process_release(struct process *process);

/*
 * Start the child. 0, or -errno, also if the program could not be executed (-ENOENT,
 * ...).
 */
int process_start(struct process *process);

/*
 * Wait for the child to end. Returns its exit status, or 128 plus the number of the
 * signal that killed it, or -errno. With @timeout_ms >= 0 it waits no longer than that:
 * then -ETIMEDOUT.
 */
int process_wait(struct process *process, int timeout_ms);

/* Whether our child @pid has ended; false for 0. It is not reaped. */
bool process_has_ended(pid_t pid);

/*
 * Where the program @name is: on the PATH, as execvp(3) searches it, or in /usr/sbin or
 * /sbin. Heap, or NULL.
 */
char *process_find(const char *name);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run a command in a VM that is running, as `rapido exec` does. */
#ifndef RAPIDO_EXEC_CLIENT_H
#define RAPIDO_EXEC_CLIENT_H

#include "lib/util.h"

/* The exit status if there is no command, or its end is not known. */
#define EXEC_FAILED 125

struct exec_job {
	const char *dir;     /* of the VMs' numbers, see slot.h */
	unsigned int number; /* the VM's */
	char *const *words;  /* the command, then NULL; without any: a shell */
	bool tty;	     /* it gets a terminal of its own */
	int in, out;	     /* standard input and output, not the job's */
};

/*
 * Run it, and wait for its end. What is read from @in goes to it, and what it writes goes
 * to @out and our standard error; none of them is made non-blocking. SIGHUP, SIGINT,
 * SIGQUIT and SIGTERM go to it; the third of them ends us, and with us the command.
 *
 * With a terminal: if our standard input is one too, it is raw meanwhile, and the keys
 * Enter, ~ and . end us. The terminal is as it was afterwards.
 *
 * Returns its exit status; 128 plus the signal that ended it, or us; after a message, 127
 * if it was not found, 126 if it could not be executed, or EXEC_FAILED.
 */
int exec_run(const struct exec_job *job);

#endif

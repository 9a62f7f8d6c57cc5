/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ending VMs that another rapido supervises. It is asked over the VM's control socket. If
 * it does not answer it gets SIGTERM, and at last both processes get SIGKILL.
 */
#ifndef RAPIDO_SLOT_STOP_H
#define RAPIDO_SLOT_STOP_H

#include "vm/slot.h"

enum slot_step {
	SLOT_RUNNING,	 /* nothing was done yet */
	SLOT_ASKED,	 /* to power off */
	SLOT_ENDED,	 /* its rapido was told to end it at once */
	SLOT_TERMINATED, /* SIGTERM: its rapido, or the VM if there is none */
	SLOT_VM_KILLED,	 /* its rapido may still remove the files */
	SLOT_KILLED,
	SLOT_GIVEN_UP,
};

struct slot_stop {
	unsigned int number;
	int fd;		       /* of slot_open(); the caller closes it */
	struct slot_info info; /* of slot_open(); the caller releases it */
	bool gone;	       /* it is not running */
	bool asked;	       /* a rapido was asked to power it off */
	bool answered;	       /* the rapido has answered */
	enum slot_step step;   /* the last one that was taken */
	int err;	       /* why the last step failed, or 0 */
};

/* Milliseconds to wait after each step. */
struct slot_patience {
	unsigned int ask_ms;  /* SLOT_ASKED; 0: leave this step out */
	unsigned int term_ms; /* SLOT_ENDED and SLOT_TERMINATED */
	unsigned int kill_ms; /* SLOT_VM_KILLED and SLOT_KILLED */
};

#define SLOT_PATIENCE                                            \
	{                                                        \
		.ask_ms = 5000, .term_ms = 3000, .kill_ms = 1000 \
	}

/*
 * Stop the VMs, all at the same time. Returns when each of them is gone or all steps have
 * failed. Removes the files that killed VMs leave in @dir.
 */
void slot_stop(struct slot_stop *vms, size_t nr, const char *dir,
	       const struct slot_patience *patience);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ending VMs that another rapido supervises. It is asked by the VM's control socket; a
 * rapido that does not answer gets SIGTERM, and SIGKILL to it and the VM needs nobody's
 * consent.
 */
#ifndef RAPIDO_SLOT_STOP_H
#define RAPIDO_SLOT_STOP_H

#include "vm/control.h"
#include "vm/slot.h"

enum slot_step {
	SLOT_RUNNING,	 /* nothing was done yet */
	SLOT_ASKED,	 /* to power off */
	SLOT_ENDED,	 /* its rapido was told to end it at once */
	SLOT_TERMINATED, /* SIGTERM: its rapido, or the VM if there is none */
	SLOT_VM_KILLED,	 /* its rapido may still tidy up */
	SLOT_KILLED,
	SLOT_GIVEN_UP,
};

struct slot_stop {
	unsigned int number;
	int fd;		       /* of slot_open(); the caller's */
	struct slot_info info; /* the same */
	bool gone;	       /* it runs no more */
	bool asked;	       /* there was a rapido that could be asked */
	bool answered;	       /* and it did answer */
	enum slot_step step;   /* how far it went */
	int err;	       /* what was wrong with the last step, or 0 */
	/* internal */
	struct control_client client;
	uint64_t deadline_ms;
};

/* How long to wait after each step. */
struct slot_patience {
	unsigned int ask_ms; /* 0: do not ask it to power off */
	unsigned int term_ms;
	unsigned int kill_ms; /* the VM, and then all */
};

#define SLOT_PATIENCE                                            \
	{                                                        \
		.ask_ms = 5000, .term_ms = 3000, .kill_ms = 1000 \
	}

/*
 * Stop the VMs, all at the same time, and return when each of them is gone or all was in
 * vain. The files of those that had to be killed are removed from @dir.
 */
void slot_stop(struct slot_stop *vms, size_t nr, const char *dir,
	       const struct slot_patience *patience);

#endif

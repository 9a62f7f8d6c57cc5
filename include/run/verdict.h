/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict on a run, from the facts of its record alone. */
#ifndef RAPIDO_VERDICT_H
#define RAPIDO_VERDICT_H

#include "run/record.h"

/* The exit statuses of `rapido run`; see rapido(1), EXIT STATUS. */
enum {
	STATUS_TAP = 1,	      /* TAP cases failed, while all scripts returned 0 */
	STATUS_TEST_MAX = 99, /* a higher one of the test's is reported as this */
	STATUS_FAULT = 100,
	STATUS_TIMEOUT = 101,
	STATUS_NO_VERDICT = 102,
	STATUS_NOT_RUN = 125,
};

/*
 * Set verdict, status and reason. In this order:
 *
 *  - a signal to rapido: 128 + its number;
 *  - the VM could not be prepared, QEMU not be started, or it failed before the console
 *    said anything: 125;
 *  - the kernel said that it could not unpack the image, before any fault, and no case
 *    has begun: 125;
 *  - a fault that counts: 100, whatever else happened;
 *  - a limit passed (RUN_TIMEOUT, RUN_BOOT_TIMEOUT, RUN_SILENT): 101;
 *  - the image was cut by another version of rapido: 125;
 *  - the VM was ended for a fault that turned out to be what a program wrote: the first
 *    status of a case that is not 0, as below, else 125;
 *  - the process on the host that served its network ended before the test
 *    (RUN_NO_NETWORK), or the host could not go on (RUN_HOST): 125;
 *  - a damaged conversation, a second start (kexec), RUN_COMMAND, a panic that does not
 *    count as a fault: 102;
 *  - no WIRE_END, and something that the host could not do or read: 125;
 *  - QEMU was ended by its sandbox (SIGSYS) before WIRE_END: 125;
 *  - the shell could not be started, or the guest has found that its image is not
 *    complete, and no case has begun: 125;
 *  - no WIRE_END, or one that says anything but an exit of the shell; QEMU failed or was
 *    killed before WIRE_END, or reported its end as a reset; cases that were planned were
 *    not run though the shell exited with 0: 102;
 *  - the first status of a case that is not 0, else the shell's: 1 to 99; but 125 when
 *    that is 126 or 127: a command was not found or could not be executed;
 *  - failed TAP cases, if they count (tap_check): 1;
 *  - bytes of output that got lost: 125; more than were sent: 102;
 *  - something that the host could not write or read, what the kernel said of the image
 *    though cases have begun, or a machine check of the VM's processor while faults are
 *    checked: 125;
 *  - else 0.
 *
 * A helper (record->helper) has passed when it was ready, and was there until it was
 * asked to stop. What its scripts return after that does not count, and they need not
 * have ended. In the place of the test's own verdict comes that of one of its helpers,
 * which have been judged before and whose name is then in the reason:
 *
 *  - a fault's, unless the test has one of its own or there was a signal;
 *  - the one of the first helper that failed or ended before the test's WIRE_END came
 *    (ended_run), whatever the test said after that, or if it was not even started;
 *  - when the test has passed, the one of the first helper that has not.
 *
 * A test that keeps its own verdict after a helper's end has that behind its reason.
 *
 * What is known to be missing of the kernel's log is in the reason of a run that passed.
 * Where failed TAP cases do not count, the reason of a run that passed has their number.
 *
 * The reason is one line, in the form of a log message, that names case, status, signal,
 * limit or the fault's title.
 */
void verdict_judge(struct run_record *record);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict on a run, which depends only on the facts of its record. */
#ifndef RAPIDO_VERDICT_H
#define RAPIDO_VERDICT_H

#include "run/record.h"

/* The exit statuses of `rapido run`; see rapido-run(1), EXIT STATUS. */
enum {
	STATUS_TAP = 1,	      /* TAP cases failed, while all scripts returned 0 */
	STATUS_TEST_MAX = 99, /* higher statuses of the test are reported as this */
	STATUS_FAULT = 100,
	STATUS_TIMEOUT = 101,
	STATUS_NO_VERDICT = 102,
	STATUS_NOT_RUN = 125,
};

/*
 * Set the record's verdict, status and reason. The first that applies decides:
 *
 *  - rapido got a signal: 128 + its number;
 *  - the VM could not be prepared or started, or it failed before the console said
 *    anything: 125;
 *  - the kernel said that it could not unpack the image, before any fault, and no case
 *    has begun: 125;
 *  - there is a fault that counts: 100;
 *  - a limit passed (RUN_TIMEOUT, RUN_BOOT_TIMEOUT, RUN_SILENT, RUN_CASE_TIMEOUT): 101;
 *  - the image was cut by another version of rapido: 125;
 *  - the VM was stopped because of a false fault, which a program had written: the first
 *    status of a case that is not 0, as below, else 125;
 *  - the process on the host that serves the VM's network ended before the test
 *    (RUN_NO_NETWORK), or the host could not go on (RUN_HOST): 125;
 *  - the conversation was damaged, the VM started again (kexec), RUN_COMMAND, or a panic
 *    that does not count as a fault: 102;
 *  - there was no WIRE_END, and the host failed to do or read something: 125;
 *  - a suite's script gave up (suite_fatal), or ended the shell before it was told that
 *    there is nothing more: 125;
 *  - the VM was ended by its sandbox before WIRE_END: 125;
 *  - the shell could not be started, or the guest found its image incomplete, and no case
 *    has begun: 125;
 *  - there was no WIRE_END, or it reports anything but an exit of the shell; the VM
 * failed or was killed before WIRE_END, or was reset; or planned cases were not run
 * though the shell exited with 0: 102;
 *  - the first status of a case that is not 0, else the shell's: 1 to 99; but 125 for 126
 *    and 127, since a command was not found or could not be executed;
 *  - TAP cases failed, and these count (tap_check): 1;
 *  - bytes of output got lost: 125; more arrived than were sent: 102;
 *  - the host failed to write or read something, the kernel could not unpack the image
 *    though cases have begun, or the VM's processor had a machine check while faults are
 *    checked: 125;
 *  - else 0.
 *
 * A helper (record->helper) has passed if it became ready, and stayed until it was asked
 * to stop. What its scripts return after that does not count, and they need not have
 * ended. Helpers must be judged before the test. The verdict of one of them replaces the
 * test's own, and the reason has its name:
 *
 *  - that of the first helper with a fault, unless the test has one of its own or rapido
 *    got a signal;
 *  - that of the first helper that failed or ended before the test's WIRE_END came
 *    (ended_run), whatever the test sent after that, or if it was not even started;
 *  - if the test has passed, that of the first helper that has not.
 *
 * If a helper ended and the test keeps its own verdict, the reason mentions the helper.
 *
 * The reason of a run that passed says what is known to be missing in the kernel's log,
 * and how many TAP cases failed if these do not count.
 *
 * The reason is one line, in the form of a log message, with the case, status, signal,
 * limit or title of the fault.
 */
void verdict_judge(struct run_record *record);

#endif

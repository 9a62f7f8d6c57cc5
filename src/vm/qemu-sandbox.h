/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's filter of its own system calls (-sandbox, seccomp(2)): a guest that breaks out
 * into QEMU can neither start a program nor become another user.
 */
#ifndef RAPIDO_QEMU_SANDBOX_H
#define RAPIDO_QEMU_SANDBOX_H

#include "lib/str.h"

/* The value of -sandbox. No device or back end needs what it denies. */
#define QEMU_SANDBOX "on,obsolete=deny,elevateprivileges=deny,spawn=deny"

/*
 * Decide whether QEMU gets the filter. A -sandbox among @extra_args replaces ours.
 * Otherwise @setting, QEMU_SANDBOX, decides by "yes" or "no". If it is NULL, QEMU gets
 * the filter if @program (found as by execvp(3)) is linked with libseccomp, this kernel
 * has filters, and nothing in @extra_args starts other programs, as a window does. @why
 * gets the reason against it (static text) or NULL.
 */
bool qemu_sandbox_choose(const char *setting, const char *program,
			 const struct strvec *extra_args, const char **why);

#endif

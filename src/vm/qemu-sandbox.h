/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's filter of its own system calls (its option -sandbox, seccomp(2)): should a guest
 * break out into QEMU, it can start no program there and become nobody else.
 */
#ifndef RAPIDO_QEMU_SANDBOX_H
#define RAPIDO_QEMU_SANDBOX_H

#include "lib/str.h"

/* -sandbox's value. What devices and back ends do does not need what is denied. */
#define QEMU_SANDBOX "on,obsolete=deny,elevateprivileges=deny,spawn=deny"

/*
 * Whether QEMU shall have the filter. @setting is QEMU_SANDBOX, as of rapido.conf: "yes"
 * or "no" decide, but for a -sandbox among @extra_args, which comes instead of ours;
 * NULL: it has it if @program (as execvp(3) would find it) is a QEMU that is linked with
 * libseccomp, this kernel has filters, and @extra_args ask for nothing that starts other
 * programs, a window among them. @why gets the reason against it (static text) or NULL.
 */
bool qemu_sandbox_choose(const char *setting, const char *program,
			 const struct strvec *extra_args, const char **why);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --gdb of the commands that start a VM, for their tables of options. */
#ifndef RAPIDO_DEBUG_OPTION_H
#define RAPIDO_DEBUG_OPTION_H

#include "cmd/cmd.h"
#include "vm/vm.h"

#define DEBUG_OPTION(struct_type, field)                                                 \
	OPTION_CHOICE_OR("gdb", "wait", struct_type, field, "attach", "attach|wait",     \
			 "let 'rapido gdb' debug the kernel, without KASLR; with =wait " \
			 "it starts only when gdb says so")

/* What such an option says; NULL: it was not given. */
static inline enum vm_debug debug_option(const char *gdb)
{
	if (!gdb)
		return VM_DEBUG_NO;
	return streq(gdb, "wait") ? VM_DEBUG_WAIT : VM_DEBUG_ATTACH;
}

#endif

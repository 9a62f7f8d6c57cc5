/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User Mode Linux as the back end of a VM: the kernel is a program. Its command line is
 * described in Documentation/virt/uml/user_mode_linux_howto_v2.rst of the kernel, and
 * `linux --help` prints it.
 */
#ifndef RAPIDO_UML_H
#define RAPIDO_UML_H

#include "vm/backend.h"

extern const struct vm_backend vm_uml;

/*
 * What @output, the words of a kernel that has ended without being asked to, says about
 * the host: a cause that is not the kernel's fault, to follow "the VM ". Static text, or
 * NULL.
 */
const char *uml_host_fault(const char *output);

#endif

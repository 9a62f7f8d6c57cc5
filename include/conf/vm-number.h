/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The number of a running VM: of its slot, its host name, its network files and
 * addresses. */
#ifndef RAPIDO_VM_NUMBER_H
#define RAPIDO_VM_NUMBER_H

/* Numbers are 1 to VM_NUMBER_MAX. */
#define VM_NUMBER_MAX 999

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory that this host has for VMs. */
#ifndef RAPIDO_HOST_MEMORY_H
#define RAPIDO_HOST_MEMORY_H

#include "lib/util.h"

/* Bytes that a VM's process needs beside the VM's own memory. */
#define VM_MEMORY_OVERHEAD (96ULL << 20)

/*
 * Bytes that programs may still allocate: what the kernel calls available, but not more
 * than is left of the limits of our control groups (version 1 or 2, those above ours
 * included), where memory that only caches files counts as free. @root has proc and
 * sys/fs/cgroup, "" for this host's own. UINT64_MAX: not known.
 */
uint64_t host_memory_available(const char *root);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files behind a VM's disks: empty ones that go with it, and the user's own. */
#ifndef RAPIDO_VM_DISK_H
#define RAPIDO_VM_DISK_H

#include "conf/vm-args.h"

/*
 * Make an empty file of @size bytes in @dir, which goes away with its last descriptor. A
 * descriptor, or -errno after a message that names the disk @name.
 */
int vm_disk_make(const char *dir, const char *name, uint64_t size);

/*
 * Open the file of @disk and lock it, so that no other VM writes to what this one uses:
 * for itself alone if the VM writes to it, else only against writers. The lock is the
 * descriptor's, also in processes that inherit it. @format gets the file's format, raw or
 * qcow2. A descriptor, or -errno after a message.
 */
int vm_disk_open(const struct vm_disk_arg *disk, enum vm_disk_format *format);

/* As vm_disk_make(), with the contents of @fd, which is the file of @disk. */
int vm_disk_copy(const char *dir, const struct vm_disk_arg *disk, int fd);

#endif

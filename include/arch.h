/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between architectures: kernel image formats and QEMU's machines. */
#ifndef RAPIDO_ARCH_H
#define RAPIDO_ARCH_H

#include "util.h"

struct arch {
	const char *name;	  /* the kernel's: "x86", "arm64" */
	const char *machine;	  /* uname(2)'s: "x86_64", "aarch64" */
	const char *qemu;	  /* "qemu-system-x86_64" */
	const char *qemu_package; /* Debian's that has it, for messages */
	const char *qemu_machine; /* -machine, or NULL for QEMU's default */
	const char *console;	  /* console= */
	const char *tree_image;	  /* in a build tree */
	bool kvm_needs_cpu_flag;  /* vmx or svm must be in /proc/cpuinfo */
	int elf_machine;
};

/* The bytes of an image that arch_of_image() wants to see. */
#define ARCH_HEADER_SIZE 4096

/*
 * The architecture of a bootable kernel image by its first @size bytes, or NULL. Sources:
 * the kernel's Documentation/arch/x86/boot.rst and Documentation/arch/arm64/booting.rst.
 */
const struct arch *arch_of_image(const void *header, size_t size);

/* By uname(2)'s machine; NULL when it is none that rapido knows. */
const struct arch *arch_by_machine(const char *machine);

/* The one this program was built for, for which it has the guest's init; NULL: unknown.
 */
const struct arch *arch_native(void);

/* By index, for whoever looks at all of them; NULL after the last. */
const struct arch *arch_nth(size_t i);

#endif

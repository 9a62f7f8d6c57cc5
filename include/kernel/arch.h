/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between architectures, as one table: names, consoles, and where a kernel's
 * build tree has the image. How an image's header tells the architecture is
 * kernel-image.h's; what runs a VM of it has a table of its own (vm/).
 */
#ifndef RAPIDO_ARCH_H
#define RAPIDO_ARCH_H

#include "lib/util.h"

#define ARCH_TREE_IMAGES_MAX 4

struct arch {
	const char *name;    /* of its directory in the kernel: "x86", "arm64" */
	const char *machine; /* uname(2)'s: "x86_64", "aarch64" */
	/* what the kernel calls a VM's serial lines: the first has the console, the
	   second is for the guest's agent, or NULL: there is only one */
	const char *console;
	const char *channel;
	uint64_t initrd_max; /* bytes of an initramfs that a VM loads; 0: any */
	/* in a build tree, the preferred first, up to a NULL */
	const char *tree_images[ARCH_TREE_IMAGES_MAX];
	unsigned char elf_data; /* elf(5)'s EI_DATA: the byte order */
	int elf_machine;	/* elf(5)'s e_machine; the class is ELFCLASS64 for all */
	int pe_machine;		/* of the kernel's include/linux/pe.h; 0: none */
};

/* By uname(2)'s machine; NULL when it is none that rapido knows. */
const struct arch *arch_by_machine(const char *machine);

/* By elf(5)'s e_machine (EM_386 counts as x86), whatever class and byte order; or NULL.
 */
const struct arch *arch_by_elf_machine(int machine);

/* By the Machine of a PE header, or NULL. */
const struct arch *arch_by_pe_machine(int machine);

/* The one this program was built for, for which it has the guest's init; NULL: unknown.
 */
const struct arch *arch_native(void);

/* By index, for whoever looks at all of them; NULL after the last. */
const struct arch *arch_nth(size_t i);

#endif

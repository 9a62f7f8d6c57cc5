/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between architectures, as one table: names, where a kernel's build tree
 * has the image, and the machine that a VM is. How an image's header tells the
 * architecture is kernel-image.h's; a back end has a table of its own (vm/).
 */
#ifndef RAPIDO_ARCH_H
#define RAPIDO_ARCH_H

#include "lib/util.h"

#define ARCH_TREE_IMAGES_MAX 4

struct arch {
	const char *name;    /* of its directory in the kernel: "x86", "arm64" */
	const char *machine; /* uname(2)'s: "x86_64", "aarch64" */
	/*
	 * These three are facts of the machine that rapido's back end gives a VM of this
	 * architecture. They are here because cut, which has no VM, chooses the modules
	 * by the channel and checks the image's size; a back end with another machine has
	 * to do with them, or give the VM its own vm_words.
	 *
	 * The kernel's names of the serial lines: the first is the console, the second
	 * the agent's channel, or NULL if the machine has only one.
	 */
	const char *console;
	const char *channel;
	uint64_t initrd_max; /* the largest initramfs that it loads, in bytes; 0: any */
	/* bytes for the kernel's command line with its final NUL (COMMAND_LINE_SIZE); it
	   silently cuts off what is beyond */
	size_t command_line_size;
	/* paths in a build tree, the preferred one first, up to a NULL */
	const char *tree_images[ARCH_TREE_IMAGES_MAX];
	unsigned char elf_data; /* elf(5)'s EI_DATA: the byte order */
	int elf_machine;	/* elf(5)'s e_machine; the class is ELFCLASS64 for all */
	int pe_machine;		/* of the kernel's include/linux/pe.h; 0: none */
};

/* By the kernel's name of it; NULL if rapido does not know it. */
const struct arch *arch_by_name(const char *name);

/*
 * By uname(2)'s machine; NULL if rapido does not know it. User Mode Linux, whose programs
 * are x86_64's, is found by its name alone.
 */
const struct arch *arch_by_machine(const char *machine);

/* By elf(5)'s e_machine (EM_386 counts as x86), whatever class and byte order; or NULL.
 */
const struct arch *arch_by_elf_machine(int machine);

/* By the Machine of a PE header, or NULL. */
const struct arch *arch_by_pe_machine(int machine);

/*
 * The architecture that this program, and the guest's init in it, were built for; NULL if
 * rapido does not know it.
 */
const struct arch *arch_native(void);

/* By index; NULL after the last. */
const struct arch *arch_nth(size_t i);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between architectures, as one table: names, QEMU's machines, consoles and
 * devices, and where a kernel's build tree has the image. How an image's header tells the
 * architecture is kernel-image.h's.
 */
#ifndef RAPIDO_ARCH_H
#define RAPIDO_ARCH_H

#include "lib/util.h"

#define ARCH_TREE_IMAGES_MAX 4

struct arch {
	const char *name;	  /* of its directory in the kernel: "x86", "arm64" */
	const char *machine;	  /* uname(2)'s: "x86_64", "aarch64" */
	const char *qemu;	  /* "qemu-system-x86_64" */
	const char *qemu_package; /* Debian's that has it, for messages */
	const char *qemu_machine; /* -machine, or NULL for QEMU's default */
	const char *tcg_machine;  /* the same under emulation; NULL: no difference */
	const char *tcg_cpu;	  /* -cpu under emulation; NULL: the machine's default */
	const char *tcg_params;	  /* for the kernel's command line; NULL: none */
	const char *console;	  /* console= of the serial line that -nographic shows */
	const char *channel;	  /* the second -serial, for the guest's agent; or NULL */
	/* -machine for a firmware that -nographic sends to the serial line, where it
	   clears the screen and switches line wrap off: it does not; NULL: there is none
	 */
	const char *silent_machine;
	bool firmware_draws; /* it has one that writes escape sequences to the console */
	const char *virtio_bus;	   /* ending of the devices' names: "pci" or "ccw" */
	const char *virtfs_device; /* what to add where -virtfs does not fit; or NULL */
	uint64_t initrd_max; /* bytes of an initramfs that QEMU loads; 0: what there is */
	/* in a build tree, the preferred first, up to a NULL */
	const char *tree_images[ARCH_TREE_IMAGES_MAX];
	/* power off ends QEMU 7.2 with status 0, and without a word on its monitor */
	bool ends_silently;
	bool kvm_needs_cpu_flag; /* vmx or svm must be in /proc/cpuinfo */
	unsigned char elf_data;	 /* elf(5)'s EI_DATA: the byte order */
	int elf_machine;	 /* elf(5)'s e_machine; the class is ELFCLASS64 for all */
	int pe_machine;		 /* of the kernel's include/linux/pe.h; 0: none */
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between architectures for QEMU: its programs, machines and devices. */
#ifndef RAPIDO_QEMU_ARCH_H
#define RAPIDO_QEMU_ARCH_H

#include "kernel/arch.h"

struct qemu_arch {
	const char *name;	 /* arch->name */
	const char *program;	 /* "qemu-system-x86_64" */
	const char *package;	 /* Debian's that has it, for messages */
	const char *machine;	 /* -machine, or NULL for QEMU's default */
	const char *tcg_machine; /* the same under emulation; NULL: no difference */
	const char *tcg_cpu;	 /* -cpu under emulation; NULL: the machine's default */
	const char *tcg_params;	 /* for the kernel's command line; NULL: none */
	/* -machine for a firmware that -nographic sends to the serial line, where it
	   clears the screen and switches line wrap off: it does not; NULL: there is none
	 */
	const char *silent_machine;
	bool firmware_draws; /* it has one that writes escape sequences to the console */
	const char *virtio_bus;	   /* ending of the devices' names: "pci" or "ccw" */
	const char *virtfs_device; /* what to add where -virtfs does not fit; or NULL */
	/* power off ends QEMU 7.2 with status 0, and without a word on its monitor */
	bool ends_silently;
	bool kvm_needs_cpu_flag; /* vmx or svm must be in /proc/cpuinfo */
};

/* The entry of @arch: every architecture has one. */
const struct qemu_arch *qemu_arch_of(const struct arch *arch);

#endif

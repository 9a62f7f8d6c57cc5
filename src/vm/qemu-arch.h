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
	/* -machine that keeps the firmware off the serial line, to which -nographic sends
	   it: there it would clear the screen and switch line wrap off; or NULL */
	const char *silent_machine;
	bool firmware_draws;	/* its firmware writes escape sequences to the console */
	const char *virtio_bus; /* "pci" or "ccw", the end of the devices' names */
	const char *virtfs_device; /* the device of a share if -virtfs does not fit, or
				      NULL */
	/* QEMU 7.2 ends with status 0 at a power-off, but says nothing on its monitor */
	bool ends_silently;
	bool kvm_needs_cpu_flag; /* vmx or svm must be in /proc/cpuinfo */
};

/* The entry of @arch; NULL if QEMU does not run its kernels. */
const struct qemu_arch *qemu_arch_of(const struct arch *arch);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU as the back end of a VM: what its files share. */
#ifndef RAPIDO_QEMU_H
#define RAPIDO_QEMU_H

#include "vm/backend.h"
#include "qemu-arch.h"
#include "qemu-qmp.h"

enum accel { ACCEL_KVM, ACCEL_TCG };

/* The back end's state of one VM. */
struct qemu {
	const struct qemu_arch *arch;
	const char *program;
	enum accel accel;
	char *why_emulated;	  /* see struct vm_traits; heap, or NULL */
	bool sandbox;		  /* see qemu-sandbox.h */
	bool has_monitor;	  /* qmp was made */
	int vmcore;		  /* see struct vm_spec */
	struct strvec extra_args; /* appended to the argv: has the last word */
	struct qmp qmp;
};

/* qemu.c */

extern const struct vm_backend vm_qemu;

/* qemu-argv.c */

/* vm_qemu's argv(). */
void qemu_argv(const struct qemu *qemu, const struct vm_spec *spec, struct strvec *argv);

/*
 * Whether QEMU, given @extra_args, makes the console and the monitor that -nographic
 * implies; only then a -serial of ours can stand for them.
 */
bool qemu_has_default_console(const struct strvec *extra_args);

/*
 * Whether the firmware may draw on the console: the machine's own, where it cannot be
 * kept from that, or one that @extra_args name.
 */
bool qemu_firmware_draws(const struct qemu_arch *arch, const struct strvec *extra_args);

/* qemu-accel.c */

/* Where accel_choose() looks; tests have their own. */
struct accel_places {
	const char *kvm;     /* "/dev/kvm" */
	const char *cpuinfo; /* "/proc/cpuinfo" */
};

#define ACCEL_PLACES_HOST                   \
	{                                   \
		"/dev/kvm", "/proc/cpuinfo" \
	}

/*
 * Decide on KVM or emulation. @setting is ACCEL: "kvm", "tcg", "auto" or NULL. With
 * "auto" KVM must open, answer with the API version that QEMU wants, and on x86 the CPU
 * must have vmx or svm: /dev/kvm can be there without, and then guests hang. @why gets
 * the reason against KVM (static text), also if it is obeyed all the same, or NULL.
 */
enum accel accel_choose(const char *setting, const struct arch *arch,
			const struct accel_places *places, const char **why);

#endif

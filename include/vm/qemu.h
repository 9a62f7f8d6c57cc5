/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM described as data, and QEMU's argument vector made from it. Nothing is started
 * here. */
#ifndef RAPIDO_QEMU_H
#define RAPIDO_QEMU_H

#include "kernel/arch.h"
#include "image/image.h"

enum accel { ACCEL_KVM, ACCEL_TCG };

/* A network card. */
struct vm_nic {
	const char *device;  /* what the guest knows it by: the TAP device's name */
	const char *mac;     /* "b8:..." */
	const char *backend; /* -netdev, without its id: "tap,fd=7" */
};

struct vm_spec {
	const struct arch *arch;
	const char *qemu; /* program; NULL: the architecture's */
	enum accel accel;
	unsigned int slot;
	unsigned int cpus;
	uint64_t memory;		 /* bytes, a multiple of 1 MiB */
	const char *kernel;		 /* path */
	const char *initrd;		 /* path */
	const char *hostname;		 /* NULL: the guest makes its own from the slot */
	const char *share;		 /* directory that appears as /host, or NULL */
	const char *append;		 /* words for the command line, or NULL */
	const char *kernel_params;	 /* the same, after them */
	const struct strvec *extra_args; /* appended to the argv: has the last word */
	bool sandbox;			 /* see qemu-sandbox.h */
	const struct image_disk *disks;	 /* each is given disk_files[i] */
	size_t nr_disks;
	const char *const *disk_files;
	const struct vm_nic *nics; /* none: not networked */
	size_t nr_nics;
	unsigned short rows, cols; /* of the terminal; 0: not known */
	const char *term;	   /* TERM for the guest's shell, or NULL */
	bool unattended; /* no terminal: end when the scripts have, and at a panic */
	bool run;	 /* `rapido run`: the guest's agent tells what becomes of it */
	bool merge; /* of a run: the test's standard error goes where its output does */
	bool stay;  /* of a run: a helper, which is there until it is asked to stop */
	const char *first_serial; /* -serial of the console; NULL: what extra_args say */
	/* sockets, or -1; of the console a pipe */
	int monitor_fd; /* QEMU's monitor */
	int console_fd; /* gets the console, instead of first_serial */
	int serial_fd;	/* arch->channel, only with a first -serial before it */
	int port_fd;	/* the virtio-serial port WIRE_PORT */
};

#define VM_SPEC_INIT                                                               \
	{                                                                          \
		.monitor_fd = -1, .console_fd = -1, .serial_fd = -1, .port_fd = -1 \
	}

/* Append the argument vector, argv[0] included. */
void qemu_argv(const struct vm_spec *spec, struct strvec *argv);

/*
 * Whether QEMU, given @extra_args, makes the console and the monitor that -nographic
 * implies; only then first_serial can stand for them.
 */
bool qemu_has_default_console(const struct strvec *extra_args);

/*
 * Whether the firmware may draw on the console: the machine's own, where it cannot be
 * kept from that, or one that @extra_args name.
 */
bool qemu_firmware_draws(const struct arch *arch, const struct strvec *extra_args);

/* Append the kernel command line. */
void qemu_kernel_params(const struct vm_spec *spec, struct strbuf *line);

/*
 * Memory that a VM with pages of @page_size bytes (4, 16 or 64 KiB) needs so that an
 * image of @image_size bytes and the files that it unpacks to, @space, have room beside
 * each other; at least @memory. Whole MiB, in bytes.
 */
uint64_t qemu_memory_for(uint64_t memory, uint64_t image_size,
			 const struct image_space *space, unsigned int page_size);

/* Where accel_choose() looks; tests have their own. */
struct accel_places {
	const char *kvm;     /* "/dev/kvm" */
	const char *cpuinfo; /* "/proc/cpuinfo" */
};

/*
 * Decide on KVM or emulation. @setting is ACCEL: "kvm", "tcg", "auto" or NULL. With
 * "auto" KVM must open, answer with the API version that QEMU wants, and on x86 the CPU
 * must have vmx or svm: /dev/kvm can be there without, and then guests hang. @why gets
 * the reason against KVM (static text), also if it is obeyed all the same, or NULL.
 */
enum accel accel_choose(const char *setting, const struct arch *arch,
			const struct accel_places *places, const char **why);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM described as data, whatever runs it: the back ends (backend.h) make their command
 * lines from it. Nothing is opened or started here, and no string is written in a back
 * end's language.
 */
#ifndef RAPIDO_SPEC_H
#define RAPIDO_SPEC_H

#include "conf/net-kind.h"
#include "image/image.h"
#include "kernel/arch.h"
#include "vm/forward.h"

/*
 * The host's end of a way to the guest: a descriptor that the VM's process inherits, or
 * one of these.
 */
enum {
	VM_FD_NONE = -1,  /* there is no such way, or the user's arguments say where */
	VM_FD_STDIO = -2, /* the process's standard input and output */
};

/* A disk. The guest knows it by its name: /dev/disk/by-id and the like, see rapido(1). */
struct vm_disk {
	const char *name;
	const char *file; /* path of a raw image, which need not outlive the VM */
};

/* A network card. */
struct vm_nic {
	const char *device; /* what the guest knows it by: the TAP device's name */
	const char *mac;    /* "b8:..." */
	/*
	 * What it is connected to, anything but NET_NONE: a TAP device; a stream socket
	 * on which each frame follows its length, 4 bytes, most significant first (a LAN
	 * or passt); or the back end's own user-mode network, in which the guest is
	 * VM_USER_ADDRESS.
	 */
	enum net_kind kind;
	int fd; /* of the TAP device or socket; -1 in a dry run, where none is open */
	/* of the user-mode network: ports of the host that lead to the guest's */
	const struct forward *forwards;
	size_t nr_forwards;
};

/* The user-mode network: 10.0.2.0/24, the gateway leads to the host. */
#define VM_USER_ADDRESS	  "10.0.2.15"
#define VM_USER_BROADCAST "10.0.2.255"
#define VM_USER_GATEWAY	  "10.0.2.2"
#define VM_USER_DNS	  "10.0.2.3"

/* What the guest calls things, which depends on the back end. Static text. */
struct vm_words {
	const char *console; /* console=, "ttyS0" */
	const char *channel; /* the terminal at spec.channel; NULL: it cannot have one */
	const char *params;  /* more for the kernel's command line, or NULL */
};

struct vm_spec {
	const struct arch *arch;
	unsigned int slot; /* its number */
	unsigned int cpus;
	uint64_t memory; /* bytes, a multiple of 1 MiB */
	/* paths, of this process's descriptors unless it is a dry run */
	const char *kernel;
	const char *initrd;
	const char *hostname;	   /* NULL: the guest makes its own from the slot */
	const char *share;	   /* directory that appears as /host, or NULL */
	const char *append;	   /* words for the command line, or NULL */
	const char *kernel_params; /* the same, after them */
	const struct vm_disk *disks;
	size_t nr_disks;
	const struct vm_nic *nics; /* none: not networked */
	size_t nr_nics;
	unsigned short rows, cols; /* of the terminal; 0: not known */
	const char *term;	   /* TERM for the guest's shell, or NULL */
	bool unattended; /* no terminal: end when the scripts have, and at a panic */
	bool run;	 /* `rapido run`: the guest's agent tells what becomes of it */
	bool merge; /* of a run: the test's standard error goes where its output does */
	bool stay;  /* of a run: a helper, which is there until it is asked to stop */
	/* ends, see above */
	int console; /* the guest's output: the writing end of a pipe, or STDIO */
	int channel; /* a serial line for the guest's init or agent: a socket */
	int port;    /* a faster way for the agent, WIRE_PORT of wire.h: a socket */
	int monitor; /* by which the back end tells how the VM ended: a socket */
	struct vm_words words;
};

#define VM_SPEC_INIT                                                              \
	{                                                                         \
		.console = VM_FD_NONE, .channel = VM_FD_NONE, .port = VM_FD_NONE, \
		.monitor = VM_FD_NONE                                             \
	}

/* Append the kernel's command line. */
void spec_kernel_params(const struct vm_spec *spec, struct strbuf *line);

/*
 * Memory that a VM with pages of @page_size bytes (4, 16 or 64 KiB) needs so that an
 * image of @image_size bytes and the files that it unpacks to, @space, have room beside
 * each other; at least @memory. Whole MiB, in bytes.
 */
uint64_t spec_memory_for(uint64_t memory, uint64_t image_size,
			 const struct image_space *space, unsigned int page_size);

#endif

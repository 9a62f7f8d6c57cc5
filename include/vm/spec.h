/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM described as data, in no back end's language: each back end (backend.h) makes its
 * command line from it. Nothing is opened or started here.
 */
#ifndef RAPIDO_SPEC_H
#define RAPIDO_SPEC_H

#include "conf/net-kind.h"
#include "image/image.h"
#include "kernel/arch.h"
#include "vm/forward.h"

/* A way to the guest: a descriptor that the VM's process inherits, or one of these. */
enum {
	VM_FD_NONE = -1,  /* no such way. For the console: the back end's default. */
	VM_FD_STDIO = -2, /* the process's standard input and output */
};

/* A disk. Its name in the guest is @name, see rapido-manifest(5). */
struct vm_disk {
	const char *name;
	const char *file; /* path */
	bool qcow2;	  /* its format; otherwise raw */
	bool keep;	  /* its content outlives the VM, and must not be lost */
	bool read_only;
	bool snapshot; /* what the VM writes goes elsewhere, and with the VM */
};

/* A network card. */
struct vm_nic {
	const char *device; /* its name in the guest, and the TAP device's */
	const char *mac;    /* "b8:..." */
	/*
	 * What it is connected to. NET_TAP: a TAP device. NET_LAN and NET_PASST: a stream
	 * socket, on which each frame follows its length (4 bytes, the most significant
	 * first). NET_USER: the back end's own user-mode network.
	 *
	 * For a back end that wants packets, all kinds are a socket that listens: the
	 * card connects to /proc/self/fd/N (SOCK_SEQPACKET, see net/lan/lan-relay.h), and
	 * a packet is a frame.
	 */
	enum net_kind kind;
	int fd; /* of the TAP device or socket; -1 in a dry run */
	/* of NET_USER: ports of the host that lead to the guest's */
	const struct forward *forwards;
	size_t nr_forwards;
	unsigned int mtu; /* that the guest will set; 0: the usual one */
};

/* The tag of VIRTFS_SHARE_PATH by hostfs, if it is the only share. */
#define VM_SHARE_ALONE "."

/* A directory of the host that the guest mounts, at @path. */
struct vm_share {
	const char *type; /* of the guest's file system: "9p", "virtiofs", "hostfs" */
	const char *tag;  /* what the guest mounts; of hostfs: below its prefix */
	const char *dir;  /* on the host: absolute */
	const char *path; /* in the guest; "/": below its root, see wire.h */
	bool writable;
	int fd; /* virtiofs: of the connection to the server; -1 in a dry run */
};

/* The guest in the user-mode network 10.0.2.0/24; the gateway leads to the host. */
#define VM_USER_ADDRESS	  "10.0.2.15"
#define VM_USER_BROADCAST "10.0.2.255"
#define VM_USER_GATEWAY	  "10.0.2.2"
#define VM_USER_DNS	  "10.0.2.3"

/* Words that depend on the back end, for the guest. Static text. */
struct vm_words {
	const char *console; /* console=, "ttyS0" */
	const char *channel; /* the terminal of spec.channel; NULL: it cannot have one */
	const char *params;  /* more for the kernel's command line, or NULL */
};

struct vm_spec {
	const struct arch *arch;
	unsigned int slot; /* its number */
	unsigned int cpus;
	uint64_t memory; /* bytes, a multiple of 1 MiB */
	/* paths; of descriptors, "/proc/self/fd/7", unless this is a dry run */
	const char *kernel;
	const char *initrd;
	const char *hostname; /* NULL: the guest makes its own from the slot */
	const char *share;    /* path of the directory that is /host, or NULL: for
				 images of all versions. Not with hostfs */
	const struct vm_share *shares;
	size_t nr_shares;
	const char *user;	   /* see struct share_user, or NULL */
	const char *home;	   /* the same */
	const char *image_append;  /* the image's words for the command line, or NULL */
	const char *append;	   /* words for the command line, or NULL */
	const char *kernel_params; /* the same, after them */
	const char *asked_params;  /* the same, last */
	/* more words for the command line of the VM's process, last, or NULL */
	const struct strvec *asked_args;
	const struct vm_disk *disks;
	size_t nr_disks;
	const struct vm_nic *nics; /* if none, the VM has no network */
	size_t nr_nics;
	unsigned short rows, cols; /* of the terminal; 0: not known */
	const char *term;	   /* TERM for the guest's shell, or NULL */
	bool unattended; /* without a user: end with the scripts, or at a panic */
	bool run;	 /* for `rapido run`: the guest's agent reports */
	bool merge;	 /* of a run: the test's standard error goes to its output */
	bool stay;	 /* of a run: a helper, which stays until it is asked to stop */
	bool quiet;	 /* the console is the user's: the kernel's log goes elsewhere */
	bool debug;	 /* its kernel can be debugged */
	bool debug_wait; /* and does not start before a debugger says so */
	/* ways to the guest, see VM_FD_NONE */
	int console; /* the writing end of a pipe, or VM_FD_STDIO */
	int channel; /* a socket: a serial line for the guest's init or agent */
	int port;    /* a socket: a faster way for the agent, WIRE_PORT of wire.h */
	int monitor; /* by which the VM tells how it ended, see backend.h */
	/* of an unattended boot: a file that gets the VM's memory, compressed, if the
	   kernel resets it */
	int vmcore;
	int debugger; /* a socket that listens for a debugger, gdb's remote protocol */
	struct vm_words words;
};

#define VM_SPEC_INIT                                                                \
	{                                                                           \
		.console = VM_FD_NONE, .channel = VM_FD_NONE, .port = VM_FD_NONE,   \
		.monitor = VM_FD_NONE, .debugger = VM_FD_NONE, .vmcore = VM_FD_NONE \
	}

/* Append the guest kernel's command line to @line. */
void spec_kernel_params(const struct vm_spec *spec, struct strbuf *line);

/*
 * The memory for a VM with pages of @page_size bytes (4, 16 or 64 KiB): @memory, or more
 * if an image of @image_size bytes and the files that it unpacks to, @space, need more
 * side by side. In bytes, a multiple of 1 MiB.
 */
uint64_t spec_memory_for(uint64_t memory, uint64_t image_size,
			 const struct image_space *space, unsigned int page_size);

#endif

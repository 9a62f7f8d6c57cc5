/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel options that rapido itself needs: for the image, for the guest's first
 * process, and for the devices of the VM.
 */
#ifndef RAPIDO_NEEDS_H
#define RAPIDO_NEEDS_H

#include "kernel/arch.h"
#include "kernel/kconfig.h"
#include "conf/manifest.h"

/* The conditions of a need; a set of these. */
enum {
	NEEDS_ALWAYS = 0,
	NEEDS_MODULES = 1 << 0, /* there are modules to be loaded */
	NEEDS_VIRTIO = 1 << 1,	/* a virtio device of the VM is used */
	NEEDS_DISK = 1 << 2,	/* `disk` */
	NEEDS_SHARE = 1 << 3,	/* VIRTFS_SHARE_PATH */
	NEEDS_SYSTEMD = 1 << 4, /* systemd is in the image */
	NEEDS_DEBUG = 1 << 5,	/* DYN_DEBUG_MODULES or DYN_DEBUG_FILES */
	NEEDS_CONSOLE =
		1 << 6, /* the console is rapido's choice: no console= of the user's */
	NEEDS_TREE = 1 << 7,	 /* the kernel is a tree's; the caller adds it */
	NEEDS_NETWORK = 1 << 8,	 /* `network`, or NETWORK */
	NEEDS_NETWORKD = 1 << 9, /* systemd-networkd sets it up; the caller adds it */
	NEEDS_GDB = 1 << 10,	 /* the kernel is to be debugged; the caller adds it */
	NEEDS_HOST = 1 << 11,	 /* --share, or --root host; the caller adds it */
};

enum need_level {
	NEED_ESSENTIAL, /* without it a VM does not work, or prints nothing: an error */
	NEED_EXPECTED,	/* without it a VM surprises its users: a warning */
	NEED_WANTED,	/* some programs use it: only `check` reports it */
};

struct need {
	const char *symbol; /* without CONFIG_ */
	const char *value;  /* "y"; "m": or a module; "n": it must not be set */
	enum need_level level;
	unsigned int when;
	/* the kernel's names of architectures, between blanks; all with "!" before them:
	   any other; NULL: any */
	const char *arch;
	const char *purpose;  /* "the root of the VM is an initramfs" */
	const char *breakage; /* "the kernel finds no root and panics" */
};

/* By index; NULL after the last. */
const struct need *needs_nth(size_t i);

/* Whether @need counts for @arch (its name) when the conditions @when hold. */
bool needs_applies(const struct need *need, const char *arch, unsigned int when);

/* The conditions that follow from a manifest and the settings. */
unsigned int needs_when(const struct manifest *manifest, const struct conf *conf);

/*
 * Report essential options that @config lacks as errors, expected ones as warnings, and
 * the manifest's `kconfig` lines that @config does not satisfy as errors. @arch is the
 * kernel's, or NULL if it is not known; @bases: see manifest_label(). 0 or -EINVAL.
 */
int needs_check(const struct kconfig *config, const struct arch *arch, unsigned int when,
		const struct manifest *manifest, const struct strvec *bases,
		struct report *report);

/* Report wanted options that @config lacks as warnings. */
void needs_check_wanted(const struct kconfig *config, const struct arch *arch,
			unsigned int when, struct report *report);

/*
 * Split the argument of a `kconfig` line into @symbol, without "CONFIG_", and @value,
 * NULL if it has no "=VALUE". Both on the heap.
 */
void needs_split_kconfig(const char *arg, char **symbol, char **value);

#endif
